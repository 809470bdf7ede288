//! Odd replies: Hajime leaves out what it cannot read, reports that once, and continues with the rest.

pub mod editing_proxy;
mod empty;
mod half_uploaded;
mod refusals;

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
use editing_proxy::Proxy;

const RECORDINGS_PATH: &str = "/realtime/kit/*/recordings";
const RECORDING_PATH: &str = "/realtime/kit/*/recordings/*";
const ACTIVE_RECORDING_PATH: &str = "/realtime/kit/*/recordings/active-recording/*";
const MEETING_PATH: &str = "/realtime/kit/*/meetings/*";

/// A sandbox, a proxy that edits its replies, and a desk behind that proxy.
struct ProxiedDesk {
    cloud: Cloud,
    proxy: Proxy,
    desk: TestDesk,
    _folder: tempfile::TempDir,
}

impl ProxiedDesk {
    async fn new() -> Self {
        let cloud = Cloud::start().await;
        let proxy = Proxy::before(&cloud).await;
        let folder = tempfile::tempdir().unwrap();
        let desk = another_desk(&proxy, folder.path(), &Arc::default());
        Self { cloud, proxy, desk, _folder: folder }
    }

    async fn start(&mut self, title: &str) -> Session {
        let (session, _) = self.desk.start_with_ada(&self.cloud, title).await;
        self.desk.tick().await;
        self.desk.pass(&self.cloud, 30).await;
        session
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

    /// Returns the sentences by which the desk reported odd replies.
    fn reported(&self) -> Vec<String> {
        reported(&self.desk)
    }
}

/// Opens another desk behind the same proxy, with the given clock.
fn another_desk(proxy: &Proxy, folder: &std::path::Path, clock: &Arc<ShiftedClock>) -> TestDesk {
    TestDesk::connected(proxy.connection(), folder, Arc::clone(clock), Some(Arc::new(MemorySecrets::default())))
}

fn reported(desk: &TestDesk) -> Vec<String> {
    desk.context.cloudflare().oddities().iter().map(ToString::to_string).collect()
}

fn all(desk: &TestDesk) -> Vec<Recording> {
    let query = Query { search: String::new(), filter: Filter::All, limit: 100, offset: 0, ..Query::default() };
    desk.context.store().find_recordings(&query).unwrap()
}

/// Returns the list in a reply of either product: `result` of Stream or `data` of RealtimeKit.
fn list(reply: &mut Value) -> Option<&mut Vec<Value>> {
    let member = if reply["result"].is_array() { "result" } else { "data" };
    reply[member].as_array_mut()
}

fn edit_entries(
    edit: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&mut Value, &str) + Send + Sync + 'static {
    move |reply, _| list(reply).into_iter().flatten().for_each(&edit)
}

fn edit_object(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> impl Fn(&mut Value, &str) + Send + Sync + 'static {
    move |reply, _| {
        let member = if reply["result"].is_object() { "result" } else { "data" };
        if reply[member].is_object() {
            edit(&mut reply[member]);
        }
    }
}

#[tokio::test]
async fn null_instead_of_a_list_is_an_empty_list_on_every_endpoint() {
    let proxied = ProxiedDesk::new().await;
    let paths = [
        "/realtime/kit/apps",
        "/realtime/kit/*/presets",
        "/realtime/kit/*/meetings",
        "/realtime/kit/*/meetings/*/participants",
        RECORDINGS_PATH,
        "/realtime/kit/*/sessions",
        "/stream",
        "/stream/keys",
    ];
    for absent in [false, true] {
        proxied.proxy.leave_alone();
        for path in paths {
            proxied.proxy.edit(Method::GET, path, move |reply, _| {
                let member = if path.starts_with("/stream") { "result" } else { "data" };
                *reply = json!({ "success": true, "errors": null, "messages": null, "paging": null });
                if !absent {
                    reply[member] = Value::Null;
                }
            });
        }
        let connection = proxied.proxy.connection();
        let client = opening::client(connection, proxied.desk.clock.clone()).unwrap();
        let app = connection.app.clone().unwrap();
        let new = NewMeeting { title: "Karate".into(), max_seconds: None, record: None, transcribe: false };
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
async fn a_session_becomes_ready_while_every_empty_list_comes_as_null() {
    let mut proxied = ProxiedDesk::new().await;
    for path in ["/stream", RECORDINGS_PATH, "/realtime/kit/*/meetings", "/realtime/kit/*/presets"] {
        proxied.proxy.edit(Method::GET, path, |reply, _| {
            for member in ["result", "data"] {
                if reply[member].as_array().is_some_and(Vec::is_empty) {
                    reply[member] = Value::Null;
                }
            }
        });
    }
    let recording = proxied.recorded("Karate").await;
    assert_eq!(recording.status(), Status::Ready);
    assert_eq!(sync::sync(&proxied.desk.context).await.unwrap().videos, 1);
}

#[tokio::test]
async fn unreadable_entries_are_left_out_of_their_list_and_reported_once() {
    let mut proxied = ProxiedDesk::new().await;
    let good = proxied.recorded("Karate").await;
    proxied.proxy.edit(Method::GET, "/stream", |reply, _| {
        if let Some(entries) = list(reply) {
            entries.insert(0, json!({ "uid": "not-a-uid", "status": { "state": "ready" } }));
            entries.insert(0, json!({ "uid": "00000000000000000000000000000001", "status": null, "created": "" }));
            entries.extend([json!(null), json!("text"), json!({})]);
        }
    });
    proxied.proxy.edit(Method::GET, RECORDINGS_PATH, |reply, _| {
        if let Some(entries) = list(reply) {
            entries.insert(0, json!({ "id": null, "status": "UPLOADED" }));
            entries.push(json!({ "id": "../../x", "status": "UPLOADED" }));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let fresh = another_desk(&proxied.proxy, folder.path(), &proxied.desk.clock);
    let synced = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((synced.videos, synced.found, synced.missing), (2, 1, 0));
    assert_eq!(synced.odd, 7, "{:?}", reported(&fresh));
    let once = reported(&fresh);
    assert!(once.iter().any(|said| said.starts_with("Stream video not-a-uid: its “uid” cannot be read")), "{once:?}");
    assert!(once.iter().any(|said| said.contains("00000000000000000000000000000001: its “status”")), "{once:?}");
    let again = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((again.found, again.missing, again.odd), (0, 0, 7));
    assert_eq!(reported(&fresh), once, "reported once, not at every sync");
    // A session that waits for its import does not wait for the unreadable entries either.
    assert_eq!(proxied.recorded("Judo").await.status(), Status::Ready);
    assert_eq!(sync::sync(&proxied.desk.context).await.unwrap().missing, 0);
    assert_eq!(good.status(), Status::Ready);
}

#[tokio::test]
async fn reads_numbers_as_text_and_keeps_unknown_words() {
    let mut proxied = ProxiedDesk::new().await;
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
    proxied.proxy.edit(Method::GET, RECORDINGS_PATH, edit_entries(as_text));
    proxied.proxy.edit(Method::GET, "/stream", edit_entries(as_text));
    for path in [RECORDING_PATH, ACTIVE_RECORDING_PATH, "/stream/*"] {
        proxied.proxy.edit(Method::GET, path, edit_object(as_text));
    }
    proxied.proxy.edit(Method::PUT, RECORDING_PATH, edit_object(as_text));
    let recording = proxied.recorded("Karate").await;
    assert_eq!(recording.status(), Status::Ready);
    assert!(recording.facts.size.is_some_and(|size| size > 0) && recording.facts.length.is_some());

    // An undocumented status changes no stage, and is reported.
    let session = proxied.start("Judo").await;
    proxied.proxy.leave_alone();
    let weird = |entry: &mut Value| entry["status"] = json!("TRANSMOGRIFYING");
    for path in [RECORDING_PATH, ACTIVE_RECORDING_PATH] {
        proxied.proxy.edit(Method::GET, path, edit_object(weird));
    }
    proxied.proxy.edit(Method::GET, RECORDINGS_PATH, edit_entries(weird));
    for _ in 0..5 {
        proxied.desk.pass(&proxied.cloud, 20).await;
    }
    assert_eq!(proxied.recording(&session).status(), Status::Recording);
    let said: Vec<String> = proxied.reported().into_iter().filter(|said| said.contains("“TRANSMOGRIFYING”")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    proxied.proxy.leave_alone();
    proxied.end(&session).await;
    assert_eq!(proxied.recording(&session).status(), Status::Ready);
}

#[tokio::test]
async fn impossible_lengths_sizes_and_times_count_as_absent() {
    let mut proxied = ProxiedDesk::new().await;
    let beyond = |entry: &mut Value| {
        entry["recording_duration"] = json!(9.2e15);
        entry["file_size"] = json!("99999999999999999999999");
        entry["started_time"] = json!("+262142-12-31T23:59:59Z");
        entry["stopped_time"] = json!("-262143-01-01T00:00:00Z");
        entry["invoked_time"] = json!("2101-01-01T00:00:00Z");
    };
    for path in [RECORDING_PATH, ACTIVE_RECORDING_PATH] {
        proxied.proxy.edit(Method::GET, path, edit_object(beyond));
    }
    proxied.proxy.edit(Method::PUT, RECORDING_PATH, edit_object(beyond));
    proxied.proxy.edit(Method::POST, RECORDINGS_PATH, edit_object(beyond));
    proxied.proxy.edit(Method::GET, RECORDINGS_PATH, edit_entries(beyond));
    let video = |entry: &mut Value| {
        entry["duration"] = json!(1e300);
        entry["size"] = json!(-1e300);
        entry["created"] = json!("+200000-01-01T00:00:00Z");
        entry["status"]["pctComplete"] = json!("1e400");
    };
    proxied.proxy.edit(Method::GET, "/stream", edit_entries(video));
    proxied.proxy.edit(Method::GET, "/stream/*", edit_object(video));
    proxied.proxy.edit(Method::POST, "/stream/copy", edit_object(video));
    let recording = proxied.recorded("Karate").await;
    assert_eq!(recording.status(), Status::Ready);
    assert_eq!((recording.facts.length, recording.facts.size, recording.facts.stopped_at), (None, None, None));
    let named = proxied.reported();
    assert!(named.iter().any(|said| said.contains("RealtimeKit recording") && said.contains("recording_duration")));
    assert!(named.iter().any(|said| said.contains("Stream video") && said.contains("created")), "{named:?}");
    sync::sync(&proxied.desk.context).await.unwrap();
}

#[tokio::test]
async fn a_mark_with_an_impossible_time_is_left_out_and_reported() {
    let mut proxied = ProxiedDesk::new().await;
    let odd = proxied.recorded("Karate").await.facts.video.unwrap().to_string();
    let good = proxied.recorded("Judo").await;
    let wanted = odd.clone();
    proxied.proxy.edit(
        Method::GET,
        "/stream",
        edit_entries(move |entry| {
            if entry["uid"] == wanted.as_str() {
                entry["meta"]["recorded_at"] = json!("+262142-12-31T23:59:59Z");
                entry["meta"]["timezone"] = json!("Mars/Olympus");
            }
        }),
    );
    // RealtimeKit lists no recordings, so only the marks tell when the session was held.
    proxied.proxy.edit(Method::GET, RECORDINGS_PATH, |reply, _| reply["data"] = json!([]));
    let folder = tempfile::tempdir().unwrap();
    let fresh = another_desk(&proxied.proxy, folder.path(), &proxied.desk.clock);
    let synced = sync::sync(&fresh.context).await.unwrap();
    assert_eq!((synced.found, synced.odd), (2, 1));
    let said = reported(&fresh);
    assert_eq!(
        said,
        [format!("Stream video {odd}: its mark “timezone”, “recorded_at” cannot be read and was left out")]
    );
    let here = all(&fresh);
    assert!(here.iter().all(|recording| recording.created_at < fresh.context.now()), "{here:?}");
    assert!(here.iter().any(|recording| recording.id == good.id));
}

#[tokio::test]
async fn a_reply_about_another_video_is_reported_and_changes_nothing() {
    let mut proxied = ProxiedDesk::new().await;
    let other = proxied.recorded("Judo").await.facts.video.unwrap().to_string();
    let session = proxied.start("Karate").await;
    let answered = other.clone();
    proxied.proxy.edit(Method::GET, "/stream/*", edit_object(move |video| video["uid"] = json!(answered)));
    let answered = other.clone();
    proxied.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("id=") {
            list(reply).into_iter().flatten().for_each(|video| video["uid"] = json!(answered));
        }
    });
    proxied.desk.pass(&proxied.cloud, 60).await;
    end::end(&proxied.desk.context, session.id).await.unwrap();
    let mut said = Vec::new();
    for _ in 0..12 {
        proxied.desk.pass(&proxied.cloud, 30).await;
        said.extend(proxied.desk.context.health().trouble.map(|trouble| trouble.message));
    }
    let about = said.iter().find(|said| said.contains("answered about another one"));
    assert!(about.is_some_and(|said| said.contains(&other)), "{said:?}");
    assert!(!said.iter().any(|said| said.contains("disk") || said.contains("database")), "{said:?}");
    assert_ne!(proxied.recording(&session).facts.video.map(|id| id.to_string()), Some(other));
    proxied.proxy.leave_alone();
    proxied.desk.until_idle(&proxied.cloud).await;
    assert_eq!(proxied.recording(&session).status(), Status::Ready);
}

#[tokio::test]
async fn a_reply_with_the_id_of_another_recording_harms_neither_recording() {
    let mut proxied = ProxiedDesk::new().await;
    let first = proxied.recorded("Judo").await;
    let (video, cloud) = (first.facts.video.clone().unwrap(), first.facts.realtimekit_recording.clone().unwrap());
    let answered = video.to_string();
    proxied.proxy.edit(
        Method::POST,
        "/stream/copy",
        edit_object(move |copied| {
            copied["uid"] = json!(answered);
            copied["creator"] = Value::Null;
        }),
    );
    let answered = cloud.to_string();
    proxied.proxy.edit(Method::POST, RECORDINGS_PATH, edit_object(move |begun| begun["id"] = json!(answered)));
    let session = proxied.start("Karate").await;
    proxied.proxy.edit(Method::GET, "/stream/*", |_, _| {});
    proxied.end(&session).await;
    let second = proxied.recording(&session);
    assert_eq!(second.status(), Status::Ready);
    assert!(second.facts.video.as_ref() != Some(&video) && second.facts.realtimekit_recording.as_ref() != Some(&cloud));
    let first = proxied.desk.context.store().recording(first.id).unwrap().unwrap();
    assert_eq!((first.facts.video, first.facts.realtimekit_recording), (Some(video), Some(cloud)));
}

#[tokio::test]
async fn refuses_replies_about_another_recording_room_or_seat() {
    let mut proxied = ProxiedDesk::new().await;
    let session = proxied.start("Karate").await;
    let elsewhere = "11111111-1111-4111-8111-111111111111";
    proxied.proxy.edit(Method::GET, RECORDING_PATH, edit_object(move |seen| seen["id"] = json!(elsewhere)));
    proxied.proxy.edit(Method::GET, MEETING_PATH, edit_object(move |seen| seen["id"] = json!(elsewhere)));
    proxied.proxy.edit(Method::POST, "/realtime/kit/*/meetings/*/participants", {
        edit_object(move |seen| seen["custom_participant_id"] = json!("host-of-another-session"))
    });
    let context = &proxied.desk.context;
    let (app, cloud) = (
        proxied.proxy.connection().app.clone().unwrap(),
        proxied.recording(&session).facts.realtimekit_recording.unwrap(),
    );
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
    assert!(error.user_message().contains("host-of-another-session"), "{error}");
    // The desk looks up the guest's own seat, so that a guest never gets the token of another participant.
    invitations::invite(context, session.id).await.unwrap();
    assert_eq!(proxied.proxy.asked(&Method::POST, "/realtime/kit/*/meetings/*/participants/*/token").len(), 1);
}

#[tokio::test]
async fn a_wrong_id_of_the_active_recording_loses_no_recording() {
    let mut proxied = ProxiedDesk::new().await;
    let elsewhere = "44444444-4444-4844-8444-444444444444";
    let active = "/realtime/kit/*/recordings/active-recording/*";
    proxied.proxy.edit(Method::GET, active, edit_object(move |seen| seen["id"] = json!(elsewhere)));
    let session = proxied.start("Karate").await;
    assert_eq!(proxied.recording(&session).facts.realtimekit_recording.unwrap().as_str(), elsewhere);
    proxied.proxy.leave_alone();
    proxied.end(&session).await;
    sync::sync(&proxied.desk.context).await.unwrap();
    let all = all(&proxied.desk);
    assert_eq!(all.iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    assert_ne!(all[0].facts.realtimekit_recording.as_ref().unwrap().as_str(), elsewhere);
}

#[tokio::test]
async fn list_entries_outside_the_query_are_ignored_and_reported() {
    let mut proxied = ProxiedDesk::new().await;
    let first = proxied.recorded("Judo").await;
    let second = proxied.recorded("Karate").await;
    let (video, other) = (first.facts.video.unwrap(), second.facts.video.unwrap());
    let everything = proxied.cloud.videos().await;
    proxied.proxy.edit(Method::GET, "/stream", move |reply, _| reply["result"] = json!(everything));
    let cloud = proxied.desk.context.cloudflare();
    let by_id = cloud.videos(&VideosQuery { ids: vec![video.clone()], ..VideosQuery::default() }).await.unwrap();
    assert_eq!(by_id.iter().map(|seen| &seen.uid).collect::<Vec<_>>(), [&video]);
    let by_mark = VideosQuery { creator: by_id[0].creator.clone(), ..VideosQuery::default() };
    assert_eq!(cloud.videos(&by_mark).await.unwrap().len(), 1);
    let named = proxied.reported();
    assert!(named.iter().any(|said| said.contains(other.as_str()) && said.contains("not asked for")), "{named:?}");
}

#[tokio::test]
async fn stops_reading_pages_that_repeat_or_never_end_and_reports_them() {
    let mut proxied = ProxiedDesk::new().await;
    let recording = proxied.recorded("Karate").await;
    let video = |n: u32, created: String| json!({ "uid": format!("{n:032x}"), "status": { "state": "ready" }, "created": created, "creator": "somebody" });
    let page = move |first: u32, moment: &dyn Fn(u32) -> i64| -> Value {
        let at = |n| chrono::DateTime::from_timestamp_millis(moment(n)).unwrap().to_rfc3339();
        (first..first + 1_000).map(|n| video(n, at(n))).collect()
    };
    let newest = 1_900_000_000_000_i64;
    // Every page is the same.
    proxied.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("limit=1000") {
            reply["result"] = page(0, &|n| newest - i64::from(n));
        }
    });
    let asked = |proxied: &ProxiedDesk| proxied.proxy.asked(&Method::GET, "/stream").len();
    let before = asked(&proxied);
    let synced = sync::sync(&proxied.desk.context).await.unwrap();
    assert_eq!((synced.videos, synced.missing), (1_000, 0));
    assert!(asked(&proxied) - before <= 4, "{}", asked(&proxied) - before);
    assert!(
        proxied.reported().iter().any(|said| said.contains("page 2 repeats an earlier one")),
        "{:?}",
        proxied.reported()
    );

    // Every page has new videos that are not older than those of the page before.
    proxied.proxy.leave_alone();
    let served = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&served);
    proxied.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("limit=1000") {
            let first = counter.fetch_add(1_000, Ordering::SeqCst);
            reply["result"] = page(first, &|_| newest);
        }
    });
    let synced = sync::sync(&proxied.desk.context).await.unwrap();
    assert_eq!((synced.videos, served.load(Ordering::SeqCst)), (2_000, 2_000));
    assert!(
        proxied.reported().iter().any(|said| said.contains("would not begin before this one")),
        "{:?}",
        proxied.reported()
    );

    // Every page has older videos, and the pages never end.
    proxied.proxy.leave_alone();
    let served = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&served);
    proxied.proxy.edit(Method::GET, "/stream", move |reply, query| {
        if query.contains("limit=1000") {
            let first = counter.fetch_add(1_000, Ordering::SeqCst);
            reply["result"] = page(first, &|n| newest - i64::from(n) * 1_000);
        }
    });
    let synced = sync::sync(&proxied.desk.context).await.unwrap();
    assert_eq!(synced.videos, 100_000);
    assert!(
        proxied.reported().iter().any(|said| said.contains("it has more than 100 pages")),
        "{:?}",
        proxied.reported()
    );
    // The videos still exist at Stream, although no list names them.
    assert_eq!(proxied.desk.context.store().recording(recording.id).unwrap().unwrap().status(), Status::Ready);

    // RealtimeKit sends the same page again and again.
    proxied.proxy.leave_alone();
    proxied.proxy.edit(Method::GET, RECORDINGS_PATH, |reply, _| {
        reply["paging"] = json!({ "total_count": "99999999", "start_offset": 1, "end_offset": "1" });
    });
    let before = proxied.proxy.asked(&Method::GET, RECORDINGS_PATH).len();
    sync::sync(&proxied.desk.context).await.unwrap();
    assert_eq!(proxied.proxy.asked(&Method::GET, RECORDINGS_PATH).len() - before, 2);
}

#[tokio::test]
async fn sync_completes_although_one_video_cannot_be_read() {
    let mut proxied = ProxiedDesk::new().await;
    let odd = proxied.recorded("Karate").await;
    let deleted = proxied.recorded("Judo").await;
    let uid = odd.facts.video.unwrap().to_string();
    proxied.cloud.api(reqwest::Method::DELETE, &format!("/stream/{}", deleted.facts.video.unwrap())).await;
    // The list leaves the video out, and the request for the video itself is answered with `null`.
    let left_out = uid.clone();
    proxied.proxy.edit(Method::GET, "/stream", move |reply, _| {
        if let Some(entries) = list(reply) {
            entries.retain(|entry| entry["uid"] != left_out.as_str());
        }
    });
    proxied.proxy.edit(Method::GET, "/stream/*", |reply, _| {
        if reply["result"].is_object() {
            reply["result"] = Value::Null;
        }
    });
    let synced = sync::sync(&proxied.desk.context).await.unwrap();
    assert_eq!((synced.missing, synced.odd), (1, 1));
    let here = proxied.desk.context.store().recording(odd.id).unwrap().unwrap();
    assert_eq!(here.status(), Status::Ready, "an unreadable reply is no deletion");
}

#[tokio::test]
async fn fails_a_recording_in_own_storage_without_auto_retry() {
    for list_only in [false, true] {
        let mut proxied = ProxiedDesk::new().await;
        if list_only {
            // Cloudflare's SDK types have `storage_config` in lists only.
            proxied.proxy.edit(Method::GET, RECORDING_PATH, edit_object(|seen| seen["storage_config"] = Value::Null));
            proxied.proxy.edit(Method::PUT, RECORDING_PATH, edit_object(|seen| seen["storage_config"] = Value::Null));
        }
        let session = proxied.desk.schedule("Karate");
        let started = start::start(&proxied.desk.context, session.id).await.unwrap();
        let room = started.session.state.room().unwrap().id.to_string();
        let app = proxied.proxy.connection().app.clone().unwrap();
        let storage = json!({ "type": "aws", "bucket": "dojo-files", "region": "eu", "path": "classes", "access_key": "k", "secret": "s" });
        let config = json!({ "recording_config": { "storage_config": storage, "realtimekit_bucket_config": { "enabled": false } } });
        let path = format!("/realtime/kit/{app}/meetings/{room}");
        let edited = proxied.cloud.send(reqwest::Method::PATCH, &path, config).await;
        assert_eq!(edited["success"], true, "{edited}");
        proxied.cloud.join(&started.session, "Ada").await;
        proxied.desk.tick().await;
        proxied.desk.pass(&proxied.cloud, 30).await;
        proxied.end(&started.session).await;
        let recording = proxied.recording(&session);
        assert_eq!(cause(&recording), Some(Cause::OwnStorage), "{:?}", recording.stage);
        let place = recording.facts.own_storage.clone().unwrap();
        assert!(place.strip_suffix(".mp4").is_some_and(|name| name.starts_with("dojo-files/classes/")), "{place}");
        assert!(recording.sentence().contains(&place), "{}", recording.sentence());
        assert_eq!(recording.work.next_check(), None, "no auto-retry is due");
        let refused =
            hajime_core::actions::library::recordings::retry(&proxied.desk.context, recording.id).unwrap_err();
        assert!(refused.next().contains("attach the video"), "{}", refused.next());
        assert_eq!(proxied.cloud.videos().await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn sends_every_participant_with_a_name_even_if_empty() {
    let mut proxied = ProxiedDesk::new().await;
    let session = proxied.start("Karate").await;
    invitations::invite(&proxied.desk.context, session.id).await.unwrap();
    let asked = proxied.proxy.asked(&Method::POST, "/realtime/kit/*/meetings/*/participants");
    let names: Vec<&Value> = asked.iter().map(|one| &one.body["name"]).collect();
    assert_eq!(names, [&json!("R. Alves"), &json!("")]);
}
