//! Replies that are odd: what is odd is left out and named once, and everything else goes on.

mod empty;
mod half_sent;
pub mod proxy;
mod refused;

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::actions::recorder::sync;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::Method;
use hajime_core::actions::schedule::invitations;
use hajime_core::cloudflare::{NewMeeting, NewParticipant, RecordingsQuery, VideosQuery};
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::schedule::session::Session;
use hajime_core::opening;
use hajime_core::ports::MemorySecrets;
use serde_json::{Value, json};

use crate::support::{Cloud, ShiftedClock, TestDesk, cause};
use proxy::Proxy;

const RECORDINGS: &str = "/realtime/kit/*/recordings";
const RECORDING: &str = "/realtime/kit/*/recordings/*";
const ACTIVE: &str = "/realtime/kit/*/recordings/active-recording/*";
const MEETING: &str = "/realtime/kit/*/meetings/*";

/// A sandbox, what stands before it, and a desk that sees only that.
struct Field {
    cloud: Cloud,
    proxy: Proxy,
    desk: TestDesk,
    _folder: tempfile::TempDir,
}

impl Field {
    async fn new() -> Self {
        let cloud = Cloud::start().await;
        let proxy = Proxy::before(&cloud).await;
        let folder = tempfile::tempdir().unwrap();
        let desk = another(&proxy, folder.path(), &Arc::default());
        Self { cloud, proxy, desk, _folder: folder }
    }

    async fn start(&mut self, title: &str) -> Session {
        let session = self.desk.schedule(title);
        let started = start::start(&self.desk.context, session.id).await.unwrap();
        self.cloud.join(&started.session, "Ada").await;
        self.desk.tick().await;
        self.desk.pass(&self.cloud, 30).await;
        started.session
    }

    async fn end(&mut self, session: &Session) {
        self.desk.pass(&self.cloud, 60).await;
        end::end(&self.desk.context, session.id).await.unwrap();
        self.desk.until_idle(&self.cloud).await;
    }

    async fn recorded(&mut self, title: &str) -> Recording {
        let session = self.start(title).await;
        self.end(&session).await;
        self.recording(&session)
    }

    fn recording(&self, session: &Session) -> Recording {
        self.desk.context.store().recordings_of(session.id).unwrap().remove(0)
    }

    /// What was named, in words.
    fn named(&self) -> Vec<String> {
        named(&self.desk)
    }
}

/// A desk whose clock shows what the given one shows.
fn another(proxy: &Proxy, folder: &std::path::Path, clock: &Arc<ShiftedClock>) -> TestDesk {
    TestDesk::connected(proxy.connection(), folder, Arc::clone(clock), Some(Arc::new(MemorySecrets::default())))
}

fn named(desk: &TestDesk) -> Vec<String> {
    desk.context.cloudflare().oddities().iter().map(ToString::to_string).collect()
}

fn all(desk: &TestDesk) -> Vec<Recording> {
    let query = Query { search: String::new(), filter: Filter::All, limit: 100, offset: 0 };
    desk.context.store().find_recordings(&query).unwrap()
}

/// The list in a reply, whichever envelope it has.
fn list(reply: &mut Value) -> Option<&mut Vec<Value>> {
    let member = if reply["result"].is_array() { "result" } else { "data" };
    reply[member].as_array_mut()
}

fn each(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> impl Fn(&mut Value, &str) + Send + Sync + 'static {
    move |reply, _| list(reply).into_iter().flatten().for_each(&edit)
}

fn whole(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> impl Fn(&mut Value, &str) + Send + Sync + 'static {
    move |reply, _| {
        let member = if reply["result"].is_object() { "result" } else { "data" };
        if reply[member].is_object() {
            edit(&mut reply[member]);
        }
    }
}

#[tokio::test]
async fn null_where_a_list_is_expected_is_an_empty_list_on_every_endpoint() {
    let field = Field::new().await;
    let paths = [
        "/realtime/kit/apps",
        "/realtime/kit/*/presets",
        "/realtime/kit/*/meetings",
        "/realtime/kit/*/meetings/*/participants",
        RECORDINGS,
        "/realtime/kit/*/sessions",
        "/stream",
        "/stream/keys",
    ];
    for absent in [false, true] {
        field.proxy.leave_alone();
        for path in paths {
            field.proxy.edit(Method::GET, path, move |reply, _| {
                let member = if path.starts_with("/stream") { "result" } else { "data" };
                *reply = json!({ "success": true, "errors": null, "messages": null, "paging": null });
                if !absent {
                    reply[member] = Value::Null;
                }
            });
        }
        let connection = field.proxy.connection();
        let client = opening::client(connection, field.desk.clock.clone()).unwrap();
        let app = connection.app.clone().unwrap();
        let new = NewMeeting { title: "Karate".into(), max_seconds: None, record: None };
        let room = client.create_meeting(&app, &new).await.unwrap().id;
        assert_eq!(client.apps().await.unwrap(), []);
        assert_eq!(client.presets(&app).await.unwrap(), []);
        assert_eq!(client.find_meetings(&app, "HJ-").await.unwrap(), []);
        assert_eq!(client.open_meetings(&app, "HJ-").await.unwrap().items, []);
        let query = RecordingsQuery { page: 1, per_page: 10, ..RecordingsQuery::default() };
        assert_eq!(client.recordings(&app, &query).await.unwrap().items, []);
        assert!(client.recording_pages(&app).next().await.unwrap().is_none_or(|page| page.items.is_empty()));
        assert!(client.live_sessions(&app, 10).await.unwrap().is_empty());
        assert_eq!(client.videos(&VideosQuery::default()).await.unwrap(), []);
        assert_eq!(client.signing_keys().await.unwrap(), []);
        assert_eq!(client.participants(&app, &room).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_class_becomes_ready_while_every_empty_list_comes_as_null() {
    let mut field = Field::new().await;
    for path in ["/stream", RECORDINGS, "/realtime/kit/*/meetings", "/realtime/kit/*/presets"] {
        field.proxy.edit(Method::GET, path, |reply, _| {
            for member in ["result", "data"] {
                if reply[member].as_array().is_some_and(Vec::is_empty) {
                    reply[member] = Value::Null;
                }
            }
        });
    }
    let recording = field.recorded("Karate").await;
    assert_eq!(recording.status(), Status::Ready);
    assert_eq!(sync::sync(&field.desk.context).await.unwrap().videos, 1);
}

#[tokio::test]
async fn odd_entries_are_left_out_of_their_list_and_named_once() {
    let mut field = Field::new().await;
    let good = field.recorded("Karate").await;
    field.proxy.edit(Method::GET, "/stream", |reply, _| {
        if let Some(entries) = list(reply) {
            entries.insert(0, json!({ "uid": "not-a-uid", "status": { "state": "ready" } }));
            entries.insert(0, json!({ "uid": "00000000000000000000000000000001", "status": null, "created": "" }));
            entries.extend([json!(null), json!("text"), json!({})]);
        }
    });
    field.proxy.edit(Method::GET, RECORDINGS, |reply, _| {
        if let Some(entries) = list(reply) {
            entries.insert(0, json!({ "id": null, "status": "UPLOADED" }));
            entries.push(json!({ "id": "../../x", "status": "UPLOADED" }));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let fresh = another(&field.proxy, folder.path(), &field.desk.clock);
    let synced = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((synced.videos, synced.found, synced.missing), (2, 1, 0));
    assert_eq!(synced.odd, 7, "{:?}", named(&fresh));
    let once = named(&fresh);
    assert!(once.iter().any(|said| said.starts_with("Stream video not-a-uid: its “uid” cannot be read")), "{once:?}");
    assert!(once.iter().any(|said| said.contains("00000000000000000000000000000001: its “status”")), "{once:?}");
    let again = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((again.found, again.missing, again.odd), (0, 0, 7));
    assert_eq!(named(&fresh), once, "named once, not at every comparison");
    // Nor does a class that waits for its import wait for the odd ones to go.
    assert_eq!(field.recorded("Judo").await.status(), Status::Ready);
    assert_eq!(sync::sync(&field.desk.context).await.unwrap().missing, 0);
    assert_eq!(good.status(), Status::Ready);
}

#[tokio::test]
async fn numbers_as_text_are_read_and_unknown_words_are_kept_as_unknown() {
    let mut field = Field::new().await;
    let as_text = |entry: &mut Value| {
        for member in ["file_size", "recording_duration", "duration", "size"] {
            if entry[member].is_number() {
                entry[member] = json!(entry[member].to_string());
            }
        }
        if entry["stop_reason"].is_object() {
            entry["stop_reason"]["reason"] = json!("THE_MOON_ROSE");
        }
        for member in ["creator", "thumbnail", "scheduledDeletion", "allowedOrigins", "stop_reason", "start_reason"] {
            if entry[member] == "" {
                entry[member] = Value::Null;
            }
        }
    };
    field.proxy.edit(Method::GET, RECORDINGS, each(as_text));
    field.proxy.edit(Method::GET, "/stream", each(as_text));
    for path in [RECORDING, ACTIVE, "/stream/*"] {
        field.proxy.edit(Method::GET, path, whole(as_text));
    }
    field.proxy.edit(Method::PUT, RECORDING, whole(as_text));
    let recording = field.recorded("Karate").await;
    assert_eq!(recording.status(), Status::Ready);
    assert!(recording.facts.size.is_some_and(|size| size > 0) && recording.facts.length.is_some());

    // A status that no document names moves nothing, and is named.
    let session = field.start("Judo").await;
    field.proxy.leave_alone();
    let weird = |entry: &mut Value| entry["status"] = json!("TRANSMOGRIFYING");
    for path in [RECORDING, ACTIVE] {
        field.proxy.edit(Method::GET, path, whole(weird));
    }
    field.proxy.edit(Method::GET, RECORDINGS, each(weird));
    for _ in 0..5 {
        field.desk.pass(&field.cloud, 20).await;
    }
    assert_eq!(field.recording(&session).status(), Status::Recording);
    let said: Vec<String> = field.named().into_iter().filter(|said| said.contains("“TRANSMOGRIFYING”")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    field.proxy.leave_alone();
    field.end(&session).await;
    assert_eq!(field.recording(&session).status(), Status::Ready);
}

#[tokio::test]
async fn lengths_sizes_and_moments_beyond_all_bounds_count_as_absent() {
    let mut field = Field::new().await;
    let beyond = |entry: &mut Value| {
        entry["recording_duration"] = json!(9.2e15);
        entry["file_size"] = json!("99999999999999999999999");
        entry["started_time"] = json!("+262142-12-31T23:59:59Z");
        entry["stopped_time"] = json!("-262143-01-01T00:00:00Z");
        entry["invoked_time"] = json!("2101-01-01T00:00:00Z");
    };
    for path in [RECORDING, ACTIVE] {
        field.proxy.edit(Method::GET, path, whole(beyond));
    }
    field.proxy.edit(Method::PUT, RECORDING, whole(beyond));
    field.proxy.edit(Method::POST, RECORDINGS, whole(beyond));
    field.proxy.edit(Method::GET, RECORDINGS, each(beyond));
    let video = |entry: &mut Value| {
        entry["duration"] = json!(1e300);
        entry["size"] = json!(-1e300);
        entry["created"] = json!("+200000-01-01T00:00:00Z");
        entry["status"]["pctComplete"] = json!("1e400");
    };
    field.proxy.edit(Method::GET, "/stream", each(video));
    field.proxy.edit(Method::GET, "/stream/*", whole(video));
    field.proxy.edit(Method::POST, "/stream/copy", whole(video));
    let recording = field.recorded("Karate").await;
    assert_eq!(recording.status(), Status::Ready);
    assert_eq!((recording.facts.length, recording.facts.size, recording.facts.stopped_at), (None, None, None));
    let named = field.named();
    assert!(named.iter().any(|said| said.contains("RealtimeKit recording") && said.contains("recording_duration")));
    assert!(named.iter().any(|said| said.contains("Stream video") && said.contains("created")), "{named:?}");
    sync::sync(&field.desk.context).await.unwrap();
}

#[tokio::test]
async fn a_mark_with_an_impossible_moment_is_left_out_and_named() {
    let mut field = Field::new().await;
    let odd = field.recorded("Karate").await.facts.video.unwrap().to_string();
    let good = field.recorded("Judo").await;
    let wanted = odd.clone();
    field.proxy.edit(
        Method::GET,
        "/stream",
        each(move |entry| {
            if entry["uid"] == wanted.as_str() {
                entry["meta"]["recorded_at"] = json!("+262142-12-31T23:59:59Z");
                entry["meta"]["timezone"] = json!("Mars/Olympus");
            }
        }),
    );
    // Without RealtimeKit's recordings only the marks say when it was.
    field.proxy.edit(Method::GET, RECORDINGS, |reply, _| reply["data"] = json!([]));
    let folder = tempfile::tempdir().unwrap();
    let fresh = another(&field.proxy, folder.path(), &field.desk.clock);
    let synced = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((synced.found, synced.odd), (2, 1));
    let said = named(&fresh);
    assert_eq!(
        said,
        [format!("Stream video {odd}: its mark “timezone”, “recorded_at” cannot be read and was left out")]
    );
    let here = all(&fresh);
    assert!(here.iter().all(|recording| recording.created_at < fresh.context.now()), "{here:?}");
    assert!(here.iter().any(|recording| recording.id == good.id));
}

#[tokio::test]
async fn an_answer_about_another_video_is_named_as_such_and_changes_nothing() {
    let mut field = Field::new().await;
    let other = field.recorded("Judo").await.facts.video.unwrap().to_string();
    let session = field.start("Karate").await;
    let answered = other.clone();
    field.proxy.edit(Method::GET, "/stream/*", whole(move |video| video["uid"] = json!(answered)));
    let answered = other.clone();
    field.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("id=") {
            list(reply).into_iter().flatten().for_each(|video| video["uid"] = json!(answered));
        }
    });
    field.desk.pass(&field.cloud, 60).await;
    end::end(&field.desk.context, session.id).await.unwrap();
    let mut said = Vec::new();
    for _ in 0..12 {
        field.desk.pass(&field.cloud, 30).await;
        said.extend(field.desk.context.health().trouble.map(|trouble| trouble.message));
    }
    let about = said.iter().find(|said| said.contains("answered about another one"));
    assert!(about.is_some_and(|said| said.contains(&other)), "{said:?}");
    assert!(!said.iter().any(|said| said.contains("disk") || said.contains("database")), "{said:?}");
    assert_ne!(field.recording(&session).facts.video.map(|id| id.to_string()), Some(other));
    field.proxy.leave_alone();
    field.desk.until_idle(&field.cloud).await;
    assert_eq!(field.recording(&session).status(), Status::Ready);
}

#[tokio::test]
async fn an_import_or_a_recording_that_is_answered_with_anothers_harms_neither() {
    let mut field = Field::new().await;
    let first = field.recorded("Judo").await;
    let (video, cloud) = (first.facts.video.clone().unwrap(), first.facts.realtimekit_recording.clone().unwrap());
    let answered = video.to_string();
    field.proxy.edit(
        Method::POST,
        "/stream/copy",
        whole(move |copied| {
            copied["uid"] = json!(answered);
            copied["creator"] = Value::Null;
        }),
    );
    let answered = cloud.to_string();
    field.proxy.edit(Method::POST, RECORDINGS, whole(move |begun| begun["id"] = json!(answered)));
    let session = field.start("Karate").await;
    field.proxy.edit(Method::GET, "/stream/*", |_, _| {});
    field.end(&session).await;
    let second = field.recording(&session);
    assert_eq!(second.status(), Status::Ready);
    assert!(second.facts.video.as_ref() != Some(&video) && second.facts.realtimekit_recording.as_ref() != Some(&cloud));
    let first = field.desk.context.store().recording(first.id).unwrap().unwrap();
    assert_eq!((first.facts.video, first.facts.realtimekit_recording), (Some(video), Some(cloud)));
}

#[tokio::test]
async fn a_recording_a_room_and_a_seat_of_another_are_refused() {
    let mut field = Field::new().await;
    let session = field.start("Karate").await;
    let elsewhere = "11111111-1111-4111-8111-111111111111";
    field.proxy.edit(Method::GET, RECORDING, whole(move |seen| seen["id"] = json!(elsewhere)));
    field.proxy.edit(Method::GET, MEETING, whole(move |seen| seen["id"] = json!(elsewhere)));
    field.proxy.edit(Method::POST, "/realtime/kit/*/meetings/*/participants", {
        whole(move |seen| seen["custom_participant_id"] = json!("host-of-another-class"))
    });
    let context = &field.desk.context;
    let (app, cloud) =
        (field.proxy.connection().app.clone().unwrap(), field.recording(&session).facts.realtimekit_recording.unwrap());
    let room = session.state.room().unwrap().id.clone();
    for error in [
        context.cloudflare().recording(&app, &cloud).await.unwrap_err(),
        context.cloudflare().meeting(&app, &room).await.unwrap_err(),
    ] {
        assert!(error.user_message().contains("answered about another one"), "{error}");
        assert!(error.user_message().contains(elsewhere), "{error}");
    }
    let preset_name = context.cloudflare().presets(&app).await.unwrap()[0].name.clone();
    let new = NewParticipant { preset_name, custom_participant_id: "guest-1".into(), name: String::new() };
    let error = context.cloudflare().add_participant(&app, &room, &new).await.unwrap_err();
    assert!(error.user_message().contains("host-of-another-class"), "{error}");
    // Somebody else's token is never given to a guest: the guest's own seat is looked up.
    invitations::invite(context, session.id).await.unwrap();
    assert_eq!(field.proxy.asked(&Method::POST, "/realtime/kit/*/meetings/*/participants/*/token").len(), 1);
}

#[tokio::test]
async fn a_wrong_id_of_what_a_room_records_loses_no_recording() {
    let mut field = Field::new().await;
    let elsewhere = "44444444-4444-4844-8444-444444444444";
    let active = "/realtime/kit/*/recordings/active-recording/*";
    field.proxy.edit(Method::GET, active, whole(move |seen| seen["id"] = json!(elsewhere)));
    let session = field.start("Karate").await;
    assert_eq!(field.recording(&session).facts.realtimekit_recording.unwrap().as_str(), elsewhere);
    field.proxy.leave_alone();
    field.end(&session).await;
    sync::sync(&field.desk.context).await.unwrap();
    let all = all(&field.desk);
    assert_eq!(all.iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    assert_ne!(all[0].facts.realtimekit_recording.as_ref().unwrap().as_str(), elsewhere);
}

#[tokio::test]
async fn what_a_list_was_not_asked_for_is_ignored_and_named() {
    let mut field = Field::new().await;
    let first = field.recorded("Judo").await;
    let second = field.recorded("Karate").await;
    let (video, other) = (first.facts.video.unwrap(), second.facts.video.unwrap());
    let everything = field.cloud.videos().await;
    field.proxy.edit(Method::GET, "/stream", move |reply, _| reply["result"] = json!(everything));
    let cloud = field.desk.context.cloudflare();
    let by_id = cloud.videos(&VideosQuery { ids: vec![video.clone()], ..VideosQuery::default() }).await.unwrap();
    assert_eq!(by_id.iter().map(|seen| &seen.uid).collect::<Vec<_>>(), [&video]);
    let by_mark = VideosQuery { creator: by_id[0].creator.clone(), ..VideosQuery::default() };
    assert_eq!(cloud.videos(&by_mark).await.unwrap().len(), 1);
    let named = field.named();
    assert!(named.iter().any(|said| said.contains(other.as_str()) && said.contains("not asked for")), "{named:?}");
}

#[tokio::test]
async fn pages_that_repeat_or_never_end_are_read_no_further_and_named() {
    let mut field = Field::new().await;
    let recording = field.recorded("Karate").await;
    let video = |n: u32, created: String| json!({ "uid": format!("{n:032x}"), "status": { "state": "ready" }, "created": created, "creator": "somebody" });
    let page = move |first: u32, moment: &dyn Fn(u32) -> i64| -> Value {
        let at = |n| chrono::DateTime::from_timestamp_millis(moment(n)).unwrap().to_rfc3339();
        (first..first + 1_000).map(|n| video(n, at(n))).collect()
    };
    let newest = 1_900_000_000_000_i64;
    // The same page again and again.
    field.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("limit=1000") {
            reply["result"] = page(0, &|n| newest - i64::from(n));
        }
    });
    let asked = |field: &Field| field.proxy.asked(&Method::GET, "/stream").len();
    let before = asked(&field);
    let synced = sync::sync(&field.desk.context).await.unwrap();
    assert_eq!((synced.videos, synced.missing), (1_000, 0));
    assert!(asked(&field) - before <= 4, "{}", asked(&field) - before);
    assert!(field.named().iter().any(|said| said.contains("page 2 repeats an earlier one")), "{:?}", field.named());

    // New videos for ever, of which the later pages are no older.
    field.proxy.leave_alone();
    let served = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&served);
    field.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("limit=1000") {
            let first = counter.fetch_add(1_000, Ordering::SeqCst);
            reply["result"] = page(first, &|_| newest);
        }
    });
    let synced = sync::sync(&field.desk.context).await.unwrap();
    assert_eq!((synced.videos, served.load(Ordering::SeqCst)), (2_000, 2_000));
    assert!(field.named().iter().any(|said| said.contains("would not begin before this one")), "{:?}", field.named());

    // Older ones for ever.
    field.proxy.leave_alone();
    let served = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&served);
    field.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("limit=1000") {
            let first = counter.fetch_add(1_000, Ordering::SeqCst);
            reply["result"] = page(first, &|n| newest - i64::from(n) * 1_000);
        }
    });
    let synced = sync::sync(&field.desk.context).await.unwrap();
    assert_eq!(synced.videos, 100_000);
    assert!(field.named().iter().any(|said| said.contains("it has more than 100 pages")), "{:?}", field.named());
    // The videos are still at Stream, although no list names them.
    assert_eq!(field.desk.context.store().recording(recording.id).unwrap().unwrap().status(), Status::Ready);

    // RealtimeKit's pages repeat.
    field.proxy.leave_alone();
    field.proxy.edit(Method::GET, RECORDINGS, |reply, _| {
        reply["paging"] = json!({ "total_count": "99999999", "start_offset": 1, "end_offset": "1" });
    });
    let before = field.proxy.asked(&Method::GET, RECORDINGS).len();
    sync::sync(&field.desk.context).await.unwrap();
    assert_eq!(field.proxy.asked(&Method::GET, RECORDINGS).len() - before, 2);
}

#[tokio::test]
async fn one_video_that_is_answered_oddly_does_not_keep_the_account_from_being_compared() {
    let mut field = Field::new().await;
    let odd = field.recorded("Karate").await;
    let deleted = field.recorded("Judo").await;
    let uid = odd.facts.video.unwrap().to_string();
    field.cloud.api(reqwest::Method::DELETE, &format!("/stream/{}", deleted.facts.video.unwrap())).await;
    // The list does not name it, and asked about by itself Cloudflare answers nonsense.
    let left_out = uid.clone();
    field.proxy.edit(Method::GET, "/stream", move |reply, _| {
        if let Some(entries) = list(reply) {
            entries.retain(|entry| entry["uid"] != left_out.as_str());
        }
    });
    field.proxy.edit(Method::GET, "/stream/*", |reply, _| {
        if reply["result"].is_object() {
            reply["result"] = Value::Null;
        }
    });
    let synced = sync::sync(&field.desk.context).await.unwrap();
    assert_eq!((synced.missing, synced.odd), (1, 1));
    let here = field.desk.context.store().recording(odd.id).unwrap().unwrap();
    assert_eq!(here.status(), Status::Ready, "nonsense is no deletion");
}

#[tokio::test]
async fn a_file_in_the_accounts_own_storage_has_a_cause_of_its_own_and_is_not_tried_again() {
    for list_only in [false, true] {
        let mut field = Field::new().await;
        if list_only {
            // Cloudflare's SDK types promise the member for lists only.
            field.proxy.edit(Method::GET, RECORDING, whole(|seen| seen["storage_config"] = Value::Null));
            field.proxy.edit(Method::PUT, RECORDING, whole(|seen| seen["storage_config"] = Value::Null));
        }
        let session = field.desk.schedule("Karate");
        let started = start::start(&field.desk.context, session.id).await.unwrap();
        let room = started.session.state.room().unwrap().id.to_string();
        let app = field.proxy.connection().app.clone().unwrap();
        let storage = json!({ "type": "aws", "bucket": "dojo-files", "region": "eu", "path": "classes", "access_key": "k", "secret": "s" });
        let config = json!({ "recording_config": { "storage_config": storage, "realtimekit_bucket_config": { "enabled": false } } });
        let path = format!("/realtime/kit/{app}/meetings/{room}");
        let edited = field.cloud.send(reqwest::Method::PATCH, &path, config).await;
        assert_eq!(edited["success"], true, "{edited}");
        field.cloud.join(&started.session, "Ada").await;
        field.desk.tick().await;
        field.desk.pass(&field.cloud, 30).await;
        field.end(&started.session).await;
        let recording = field.recording(&session);
        assert_eq!(cause(&recording), Some(Cause::OwnStorage), "{:?}", recording.stage);
        let place = recording.facts.own_storage.clone().unwrap();
        assert!(place.strip_suffix(".mp4").is_some_and(|name| name.starts_with("dojo-files/classes/")), "{place}");
        assert!(recording.sentence().contains(&place), "{}", recording.sentence());
        assert_eq!(recording.next_check, None, "nothing is tried again by itself");
        let refused = hajime_core::actions::library::recordings::retry(&field.desk.context, recording.id).unwrap_err();
        assert!(refused.next().contains("attach the video"), "{}", refused.next());
        assert_eq!(field.cloud.videos().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_participant_is_always_sent_a_name_although_an_empty_one() {
    let mut field = Field::new().await;
    let session = field.start("Karate").await;
    invitations::invite(&field.desk.context, session.id).await.unwrap();
    let asked = field.proxy.asked(&Method::POST, "/realtime/kit/*/meetings/*/participants");
    let names: Vec<&Value> = asked.iter().map(|one| &one.body["name"]).collect();
    assert_eq!(names, [&json!("R. Alves"), &json!("")]);
}
