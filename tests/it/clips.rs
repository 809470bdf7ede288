//! Cutting a recording, and choosing its picture.

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::actions::library::{bin, clip, description, pictures, recordings, search};
use hajime_core::actions::recorder::{end, start, sync};
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::links;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::description::DescriptionInput;
use hajime_core::domain::library::query::Query;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::of_session::recording_of_session;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::sharing::link::Validity;
use reqwest::Method;
use serde_json::{Value, json};

use crate::adoption::{all, another_desk, recorded};
use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk, cause, wait_out_rate_limit};

async fn video(cloud: &Cloud, recording: &Recording) -> Value {
    let video = recording.facts.video.as_ref().unwrap();
    cloud.api(Method::GET, &format!("/stream/{video}")).await["result"].clone()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn get(desk: &TestDesk, id: RecordingId) -> Recording {
    recordings::get(&desk.context, id).unwrap()
}

/// Cuts seconds 10 to 40 and waits until the clip is ready.
async fn cut(cloud: &Cloud, desk: &mut TestDesk, whole: &Recording) -> Recording {
    let id = clip::make(&desk.context, whole.id, 10, 40).unwrap().id;
    desk.until_idle(cloud).await;
    get(desk, id)
}

/// Puts a recording in the bin and returns how many changed.
async fn put_in_bin(desk: &TestDesk, id: RecordingId) -> usize {
    bin::put(&desk.context, &description::Selected::Named(vec![id])).await.unwrap().changed
}

#[tokio::test]
async fn a_part_becomes_a_recording_of_its_own_kept_and_protected_as_the_whole() {
    // Whether a clip needs a token without being asked to is not documented.
    for inherits in [false, true] {
        let cloud = Cloud::start().await;
        cloud.control("switches", json!({ "clip_inherits_signing": inherits })).await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let whole = recorded(&cloud, &mut desk, "Karate").await;
        let tags = DescriptionInput { tags: Some(vec!["Kihon".into()]), ..DescriptionInput::default() };
        description::edit(&desk.context, whole.id, &tags).unwrap();
        let before = video(&cloud, &whole).await;

        let clip = cut(&cloud, &mut desk, &whole).await;
        assert_eq!((clip.status(), clip.title.as_str()), (Status::Ready, "Karate (cut)"));
        assert_eq!((clip.session, &clip.instructor), (whole.session, &whole.instructor));
        assert_eq!(clip.facts.length, Some(TimeDelta::seconds(30)));
        let made = video(&cloud, &clip).await;
        assert_eq!((&made["clippedFrom"], &made["requireSignedURLs"]), (&before["uid"], &json!(true)));
        assert_eq!(moment(&made["scheduledDeletion"]), moment(&before["scheduledDeletion"]));
        assert_eq!(
            (&made["meta"]["name"], &made["meta"]["hajime_tags"]),
            (&json!("Karate (cut)"), &json!(r#"["Kihon"]"#))
        );
        assert_eq!(made["creator"], format!("hajime-{}", clip.id));

        // The whole is as it was, and stands for its class.
        assert_eq!(get(&desk, whole.id).facts, whole.facts);
        let of_class = desk.context.store().recordings_of(whole.session).unwrap();
        assert_eq!(recording_of_session(&of_class).map(|one| one.id), Some(whole.id));
        // The clip is found, and a link to it plays.
        let found = search::find(&desk.context, &Query { search: "cut".into(), limit: 9, ..Query::default() }).unwrap();
        assert_eq!(found.rows.iter().map(|row| row.view.recording.id).collect::<Vec<_>>(), [clip.id]);
        assert_eq!(found.rows[0].view.written.tags, ["Kihon"]);
        let link = links::make(&desk.context, clip.id, Validity::DAY, false).await.unwrap();
        assert_eq!(cloud.status_of(link.hls_url.expose()).await, 200);

        let again = clip::make(&desk.context, whole.id, 10, 40).unwrap_err();
        assert!(again.to_string().contains("cut already"), "{again}");
    }
}

#[tokio::test]
async fn a_fault_that_passes_or_a_reply_without_the_clip_makes_one_clip() {
    let faults = [
        json!({ "kind": "drop_reply" }),
        json!({ "kind": "reset" }),
        json!({ "kind": "truncated" }),
        json!({ "kind": "cut_body" }),
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "html", "status": 502 }),
    ];
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let mut begin = 0;
    for shape in ["video", "clip"] {
        cloud.control("switches", json!({ "clip_reply": shape })).await;
        for fault in std::iter::once(None).chain(faults.iter().map(Some)) {
            if let Some(fault) = fault {
                cloud.fault("POST", "*/stream/clip", 2, fault.clone()).await;
            }
            let id = clip::make(&desk.context, whole.id, begin, 40).unwrap().id;
            begin += 1;
            desk.until_idle(&cloud).await;
            let clip = get(&desk, id);
            assert_eq!(clip.status(), Status::Ready, "{fault:?} {shape}: {:?}", clip.stage);
            let mark = json!(format!("hajime-{id}"));
            let marked = cloud.videos().await.into_iter().filter(|video| video["creator"] == mark).count();
            assert_eq!(marked, 1, "{fault:?} {shape}");
            // The rule of a fault counts down at each request that meets it.
            let left = cloud.state().await["faults"].clone();
            let met = left.as_array().is_some_and(|rules| rules.iter().all(|rule| rule["count"] != 2));
            assert!(met, "{fault:?} {shape}: {left}");
            cloud.clear_faults().await;
        }
    }
}

#[tokio::test]
async fn a_clip_that_stream_puts_off_is_cut_once_it_takes_more() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let clock = desk.clock.clone();
    let mut begin = 0;
    for shape in ["video", "clip"] {
        cloud.control("switches", json!({ "clip_reply": shape })).await;
        for (refusals, retry_after) in [(1, Some(1)), (2, Some(1)), (1, None), (2, None)] {
            let fault = json!({ "kind": "rate_limited", "retry_after": retry_after });
            cloud.fault("POST", "*/stream/clip", refusals, fault).await;
            let id = clip::make(&desk.context, whole.id, begin, 40).unwrap().id;
            begin += 1;
            for _ in 0..refusals {
                desk.pass_until(&cloud, 15, |desk| desk.context.cloudflare().budget().blocked_for.is_some()).await;
                assert!(!matches!(get(&desk, id).stage, Stage::Failed { .. }), "{shape} {refusals} {retry_after:?}");
                if retry_after.is_some() {
                    wait_out_rate_limit(&desk.context).await;
                } else {
                    // Another process does not know how long the first one was to wait.
                    drop(desk);
                    desk = TestDesk::with(&cloud, folder.path(), clock.clone(), None);
                }
            }
            desk.until_idle(&cloud).await;
            let made = get(&desk, id);
            assert_eq!(made.status(), Status::Ready, "{shape} {refusals} {retry_after:?}: {:?}", made.stage);
            let mark = json!(format!("hajime-{id}"));
            assert_eq!(cloud.videos().await.iter().filter(|video| video["creator"] == mark).count(), 1);
        }
    }
}

#[tokio::test]
async fn a_part_of_a_part_is_cut_from_that_part() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let part = cut(&cloud, &mut desk, &whole).await;
    let plan = clip::plan(&desk.context, part.id).await.unwrap();
    assert_eq!((plan.suggested.begin, plan.suggested.end, plan.last_second), (0, 30, 30));
    let id = clip::make(&desk.context, part.id, 5, 20).unwrap().id;
    desk.until_idle(&cloud).await;
    let inner = get(&desk, id);
    assert_eq!((inner.status(), inner.title.as_str()), (Status::Ready, "Karate (cut)"));
    assert_eq!(inner.facts.length, Some(TimeDelta::seconds(15)));
    assert_eq!(video(&cloud, &inner).await["clippedFrom"], video(&cloud, &part).await["uid"]);

    // What was said at 0:30 of the whole is 20 seconds into the part; where it is in the inner one is not told.
    let database = rusqlite::Connection::open(folder.path().join(hajime_core::store::FILE_NAME)).unwrap();
    let sql = "INSERT INTO transcript_lines (session, source, n, start_ms, end_ms, name, text)
               VALUES (?1, 'captions', 1, 30000, 34000, '', 'Now mae geri.')";
    database.execute(sql, [whole.session.to_string()]).unwrap();
    let found =
        search::find(&desk.context, &Query { search: "mae geri".into(), limit: 9, ..Query::default() }).unwrap();
    let at = |id| found.rows.iter().find(|row| row.view.recording.id == id).map(|row| row.hits[0].at);
    let seconds = |seconds| Some(Some(TimeDelta::seconds(seconds)));
    assert_eq!((at(whole.id), at(part.id), at(inner.id)), (seconds(30), seconds(20), Some(None)));
}

#[tokio::test]
async fn a_clip_is_cut_by_the_next_process_when_the_first_one_dies() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let id = clip::make(&desk.context, whole.id, 0, 20).unwrap().id;
    assert_eq!(cloud.videos().await.len(), 1, "the intent comes first");
    let clock = desk.clock.clone();
    drop(desk);
    let mut next = TestDesk::with(&cloud, folder.path(), clock, None);
    next.until_idle(&cloud).await;
    assert_eq!(get(&next, id).status(), Status::Ready);
    assert_eq!(cloud.videos().await.len(), 2);
}

#[tokio::test]
async fn another_desk_adopts_a_clip_as_a_part_of_the_same_recording() {
    let cloud = Cloud::start().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut desk = TestDesk::open(&cloud, one.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let clip = cut(&cloud, &mut desk, &whole).await;
    let fresh = another_desk(&cloud, &desk, two.path());
    sync::sync(&fresh.context).await.unwrap();
    assert_eq!(all(&fresh).len(), 2);
    let here = get(&fresh, clip.id);
    assert_eq!((here.facts.clip, here.session), (clip.facts.clip, whole.session));
    assert_eq!((here.title.as_str(), here.status()), ("Karate (cut)", Status::Ready));
    assert_eq!(here.facts.clip.unwrap().of, whole.id);
    assert_eq!(sessions::get(&fresh.context, whole.session).unwrap().plan.title, "Karate");
    let again = sync::sync(&desk.context).await.unwrap();
    assert_eq!((again.found, again.missing, all(&desk).len()), (0, 0, 2));
}

#[tokio::test]
async fn what_somebody_takes_off_a_clip_before_it_is_ready_is_put_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let id = clip::make(&desk.context, whole.id, 0, 20).unwrap().id;
    desk.pass_until(&cloud, 1, |desk| get(desk, id).facts.video.is_some()).await;
    let uid = get(&desk, id).facts.video.unwrap();
    let off = json!({ "requireSignedURLs": false, "scheduledDeletion": null });
    cloud.send(Method::POST, &format!("/stream/{uid}"), off).await;
    desk.until_idle(&cloud).await;
    let clip = video(&cloud, &get(&desk, id)).await;
    assert_eq!(clip["requireSignedURLs"], true);
    assert_eq!(clip["scheduledDeletion"], video(&cloud, &whole).await["scheduledDeletion"]);
}

#[tokio::test]
async fn a_clip_of_a_recording_that_is_kept_for_ever_or_nearly_over_has_a_date_that_stream_takes() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let uid = whole.facts.video.clone().unwrap();
    cloud.send(Method::POST, &format!("/stream/{uid}"), json!({ "scheduledDeletion": null })).await;
    let kept = cut(&cloud, &mut desk, &whole).await;
    assert_eq!(video(&cloud, &kept).await["scheduledDeletion"], Value::Null);

    let made = moment(&video(&cloud, &whole).await["created"]);
    let soon = (made + TimeDelta::days(31)).to_rfc3339();
    cloud.send(Method::POST, &format!("/stream/{uid}"), json!({ "scheduledDeletion": soon })).await;
    desk.pass(&cloud, 20 * 24 * 3_600).await;
    let id = clip::make(&desk.context, whole.id, 0, 20).unwrap().id;
    desk.until_idle(&cloud).await;
    let late = video(&cloud, &get(&desk, id)).await;
    let days = moment(&late["scheduledDeletion"]) - moment(&late["created"]);
    assert!(days >= TimeDelta::days(30) && days < TimeDelta::days(31), "{days}");
}

#[tokio::test]
async fn a_clip_that_stream_refuses_says_why_and_can_be_taken_off_the_list() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let uid = whole.facts.video.clone().unwrap();
    let view = |desk: &TestDesk, id| recordings::detail_view(&desk.context, id).unwrap().view;
    cloud.control("switches", json!({ "storage_limit_minutes": 0 })).await;
    let full = cut(&cloud, &mut desk, &whole).await;
    assert_eq!(cause(&full), Some(Cause::StorageFull));
    let shown = view(&desk, full.id);
    assert!(shown.removable && shown.failure.unwrap().retryable, "{}", shown.sentence);
    cloud.control("switches", json!({ "storage_limit_minutes": 100_000 })).await;
    recordings::retry(&desk.context, full.id).unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(get(&desk, full.id).stage, Stage::Ready);

    // This desk takes the whole for longer than it is.
    let database = rusqlite::Connection::open(folder.path().join(hajime_core::store::FILE_NAME)).unwrap();
    database.execute("UPDATE recordings SET length = 600000 WHERE id = ?1", [whole.id.to_string()]).unwrap();
    let id = clip::make(&desk.context, whole.id, 0, 500).unwrap().id;
    desk.until_idle(&cloud).await;
    assert_eq!(cause(&get(&desk, id)), Some(Cause::ImportRefused));
    assert!(view(&desk, id).sentence.contains("past the end"), "{}", view(&desk, id).sentence);
    assert_eq!(put_in_bin(&desk, id).await, 1);

    cloud.api(Method::DELETE, &format!("/stream/{uid}")).await;
    let id = clip::make(&desk.context, whole.id, 0, 20).unwrap().id;
    desk.until_idle(&cloud).await;
    let sentence = view(&desk, id).sentence;
    assert!(sentence.contains("no longer in Stream"), "{sentence}");
    assert_eq!(put_in_bin(&desk, id).await, 1);
}

#[tokio::test]
async fn the_empty_ends_of_a_class_are_suggested_to_be_left_out() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let live = start::start(&desk.context, session.id).await.unwrap().session;
    let room = live.state.room().unwrap().id.to_string();
    let host = json!({ "meeting_id": room, "custom_participant_id": format!("host-{}", session.id) });
    cloud.control("join", host).await;
    desk.tick().await;
    desk.pass(&cloud, 30).await;
    desk.pass(&cloud, 120).await;
    let ada = cloud.join(&live, "Ada").await;
    desk.pass(&cloud, 200).await;
    cloud.control("leave", json!({ "peer_id": ada })).await;
    desk.pass(&cloud, 90).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let whole = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    // Pictures are signed with the key of the desk, which the first playing makes.
    recordings::play(&desk.context, whole.id).await.unwrap();
    let plan = clip::plan(&desk.context, whole.id).await.unwrap();
    let (begin, end) = (plan.suggested.begin, plan.suggested.end);
    assert!((130..=160).contains(&begin) && (195..=205).contains(&(end - begin)), "{plan:?}");
    assert!(plan.suggested.reasons[0].starts_with("No participant was in before "), "{plan:?}");
    assert!(plan.suggested.reasons[1].starts_with("Every participant had left by "), "{plan:?}");
    assert_eq!(cloud.status_of(plan.strip[5].expose()).await, 200);
    clip::make(&desk.context, whole.id, begin, end).unwrap();
}

#[tokio::test]
async fn a_chosen_picture_stands_for_the_recording_and_the_one_before_it_can_come_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let whole = recorded(&cloud, &mut desk, "Karate").await;
    let length = whole.facts.length.unwrap().as_seconds_f64();
    let chosen = pictures::choose(&desk.context, whole.id, 30).await.unwrap();
    assert_eq!((chosen.second, chosen.before), (30, 0));
    let pct = |video: Value| video["thumbnailTimestampPct"].as_f64().unwrap();
    assert!((pct(video(&cloud, &whole).await) * length - 30.0).abs() < 0.01);
    assert_eq!(pictures::choose(&desk.context, whole.id, 0).await.unwrap().before, 30);
    assert_eq!(pictures::choose(&desk.context, whole.id, 9_000).await.unwrap_err().code(), "invalid_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_suggests_cuts_and_chooses_a_picture() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let whole = {
        let mut desk = TestDesk::open(&cloud, folder.path());
        recorded(&cloud, &mut desk, "Karate").await
    };
    let id = whole.id.to_string();
    let cli = |arguments: &[&str]| run(&cloud, folder.path(), arguments);
    let part = printed(&cli(&["recording", "clip", &id]));
    assert_eq!(part["from_second"], 0);
    assert_eq!(cloud.videos().await.len(), 1);
    let made = printed(&cli(&["recording", "clip", &id, "--from", "0:10", "--to", "0:00:40"]));
    assert_eq!((&made["title"], &made["status"]), (&json!("Karate (cut)"), &json!("PROCESSING")));
    assert_eq!(made["clip"], json!({ "of": id, "from_second": 10, "to_second": 40 }));
    for (from, to) in [("0:40", "0:10"), ("0", "9:00:00"), ("soon", "0:10")] {
        let why = refused(&cli(&["recording", "clip", &id, "--from", from, "--to", to]));
        assert_eq!(why["code"], "invalid_input", "{why}");
    }
    let chosen = printed(&cli(&["recording", "thumbnail", &id, "--at", "0:20"]));
    assert_eq!((&chosen["second"], &chosen["before"]), (&json!(20), &json!(0)));
    let shown = printed(&cli(&["recording", "show", &id]));
    assert_eq!(shown["storage_cost"], "$0.01 a month to store");
}
