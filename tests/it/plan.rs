//! When Cloudflare is asked: little, at the right time, however much is on its way.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::start;
use std::time::Duration;

use chrono::TimeDelta;
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::recorder::forecast::ProcessingPhase;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Import, Stage};
use hajime_core::domain::schedule::session::Session;
use hajime_core::recorder::forecast;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

async fn class(cloud: &Cloud, desk: &mut TestDesk, title: &str) -> Session {
    let session = desk.schedule(title);
    let started = start::start(&desk.context, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    desk.tick().await;
    session
}

async fn classes_that_ended(cloud: &Cloud, desk: &mut TestDesk, count: usize) -> Vec<Session> {
    let mut classes = Vec::new();
    for number in 0..count {
        classes.push(class(cloud, desk, &format!("Class {number}")).await);
    }
    desk.pass(cloud, 60).await;
    for session in &classes {
        end::end(&desk.context, session.id).await.unwrap();
    }
    classes
}

#[tokio::test]
async fn requests_do_not_grow_with_what_is_on_its_way() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "concurrent_encodes": 1_000 })).await;
    let mut most = Vec::new();
    for count in [1, 12] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let classes = classes_that_ended(&cloud, &mut desk, count).await;
        let mut highest = (0, 0);
        for _ in 0..200 {
            desk.pass_unseen(&cloud, 5).await;
            let stages = |desk: &TestDesk| -> Vec<Stage> {
                let of = |session: &Session| desk.context.store().recordings_of(session.id).unwrap()[0].stage;
                classes.iter().map(of).collect()
            };
            let (before, sent) = (stages(&desk), desk.context.cloudflare().sent());
            let look = desk.tick().await;
            let sent = desk.context.cloudflare().sent() - sent;
            let waiting = before.iter().all(|stage| ProcessingPhase::of(*stage).is_some());
            // Moves cost what they cost; looks that find nothing new are what there are many of.
            if waiting && before == stages(&desk) && !before.contains(&Stage::Importing(Import::Asked)) {
                highest = (highest.0.max(sent), highest.1 + 1);
            }
            if look.idle() {
                break;
            }
        }
        assert!(highest.1 >= 3, "hardly a look: {highest:?}");
        most.push(highest.0);
    }
    assert!(most.iter().all(|sent| *sent <= 2), "{most:?}");
}

#[tokio::test]
async fn a_desk_learns_how_long_it_takes_and_says_when_it_will_be_ready() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    assert!(forecast::history(&desk.context).unwrap().waits(ProcessingPhase::Importing).is_empty());
    for round in 1..=3 {
        classes_that_ended(&cloud, &mut desk, 1).await;
        for _ in 0..400 {
            if desk.pass(&cloud, 5).await.idle() {
                break;
            }
        }
        let history = forecast::history(&desk.context).unwrap();
        assert_eq!(history.waits(ProcessingPhase::Saving).len(), round);
        assert_eq!(history.waits(ProcessingPhase::Importing).len(), round);
    }
    let history = forecast::history(&desk.context).unwrap();
    let took = |wait: ProcessingPhase| history.waits(wait)[0].took;
    assert!(
        took(ProcessingPhase::Saving) > TimeDelta::zero() && took(ProcessingPhase::Importing) > TimeDelta::zero(),
        "{history:?}"
    );

    // Another process on the same data knows it too.
    let session = classes_that_ended(&cloud, &mut desk, 1).await.remove(0);
    desk.pass(&cloud, 1).await;
    let desk = TestDesk::with(&cloud, folder.path(), desk.clock.clone(), None);
    let recording = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(recording.stage, Stage::Uploading);
    let expected = forecast::expected(&desk.context, &recording).unwrap().unwrap();
    let likely = expected.likely - desk.context.now();
    let typical = took(ProcessingPhase::Saving) + took(ProcessingPhase::Importing);
    assert!(likely > TimeDelta::zero() && likely < typical * 2, "{likely} beside {typical}");
    assert!(expected.latest >= expected.likely);

    // What is at rest is not waited for.
    let ready = forecast::expected(&desk.context, &at_rest(&desk)).unwrap();
    assert_eq!(ready, None);
}

fn at_rest(desk: &TestDesk) -> Recording {
    let query = Query { search: String::new(), filter: Filter::Ready, limit: 1, offset: 0 };
    desk.context.store().find_recordings(&query).unwrap().remove(0)
}

#[tokio::test]
async fn what_was_put_off_is_looked_at_when_somebody_comes_back_or_asks() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    desk.context.set_unattended(true);
    let session = classes_that_ended(&cloud, &mut desk, 1).await.remove(0);
    desk.pass(&cloud, 2).await;
    let recording = desk.context.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(recording.stage, Stage::Uploading);
    assert!(recording.next_check.unwrap() - desk.context.now() >= TimeDelta::seconds(15), "{recording:?}");
    hajime_core::actions::recorder::sync::make_due(&desk.context).unwrap();
    let sent = desk.context.cloudflare().sent();
    desk.tick().await;
    assert_eq!(desk.context.cloudflare().sent() - sent, 1);
}

#[tokio::test]
async fn a_network_that_is_back_finds_everything_due() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let classes = classes_that_ended(&cloud, &mut desk, 3).await;
    cloud.fault("GET", "*", 40, json!({ "kind": "reset" })).await;
    for _ in 0..6 {
        desk.pass(&cloud, 70).await;
    }
    let stages = |desk: &TestDesk| -> Vec<Stage> {
        classes.iter().map(|session| desk.context.store().recordings_of(session.id).unwrap()[0].stage).collect()
    };
    assert!(stages(&desk).contains(&Stage::Uploading), "{:?}", stages(&desk));
    cloud.clear_faults().await;
    desk.pass(&cloud, 70).await;
    desk.tick().await;
    assert!(stages(&desk).iter().all(|stage| *stage != Stage::Uploading), "{:?}", stages(&desk));
}

/// A fifth of the 1,200 requests that everything a person does may make in five minutes.
const OUR_SHARE: u64 = 240;

/// How many people are in all classes together, as far as this desk knows.
fn people(desk: &TestDesk) -> u32 {
    live::live(&desk.context).unwrap().iter().map(|class| class.people.as_ref().unwrap().people).sum()
}

/// So many classes with somebody in them, and one where nobody is.
async fn classes(cloud: &Cloud, desk: &mut TestDesk, many: u32) -> Session {
    for number in 0..many {
        class(cloud, desk, &format!("Class {number}")).await;
    }
    let waiting = desk.schedule("Waiting");
    let waiting = start::start(&desk.context, waiting.id).await.unwrap().session;
    desk.pass(cloud, 60).await;
    waiting
}

#[tokio::test]
async fn many_classes_at_once_leave_the_account_to_others_and_none_is_overlooked() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let waiting = classes(&cloud, &mut desk, 18).await;

    let sent = desk.context.cloudflare().sent();
    for _ in 0..60 {
        desk.pass(&cloud, 5).await;
    }
    let sent = desk.context.cloudflare().sent() - sent;
    assert!(sent <= OUR_SHARE, "{sent} requests in five minutes");
    assert_eq!(people(&desk), 18);
    let seen = |class: &live::Live| desk.context.now() - class.people.as_ref().unwrap().at;
    let oldest = live::live(&desk.context).unwrap().iter().map(seen).max().unwrap();
    assert!(oldest < TimeDelta::seconds(5), "{oldest}");

    // Who comes and who goes is seen as soon as in a single class, also while the list cannot be had, or hangs.
    let peer = cloud.join(&waiting, "Ben").await;
    desk.pass(&cloud, 5).await;
    assert_eq!(people(&desk), 19);
    cloud.control("leave", json!({ "peer_id": peer })).await;
    cloud.fault("GET", "*/sessions", 1, json!({ "kind": "stall", "seconds": 60 })).await;
    cloud.fault("GET", "*/sessions", 1_000, json!({ "kind": "status", "status": 500 })).await;
    let looks = async {
        desk.pass(&cloud, 20).await;
        desk.pass(&cloud, 20).await;
    };
    tokio::time::timeout(Duration::from_secs(30), looks).await.unwrap();
    assert_eq!(people(&desk), 18);
}

#[tokio::test]
async fn what_no_list_tells_is_asked_about_one_by_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let mut on = Vec::new();
    for number in 0..10 {
        on.push(class(&cloud, &mut desk, &format!("Class {number}")).await);
    }
    desk.pass(&cloud, 10).await;
    cloud.fault("GET", "*/recordings", 8, json!({ "kind": "truncated" })).await;
    cloud.fault("GET", "*/recordings", 1_000_000, json!({ "kind": "html", "status": 502 })).await;
    let sent = desk.context.cloudflare().sent();
    for _ in 0..60 {
        desk.pass(&cloud, 5).await;
    }
    let sent = desk.context.cloudflare().sent() - sent;
    assert!(sent <= OUR_SHARE, "{sent} requests in five minutes");
    let latest = |desk: &TestDesk, session: &Session| desk.context.store().recordings_of(session.id).unwrap().remove(0);
    for session in &on {
        let unseen = desk.context.now() - latest(&desk, session).last_check.unwrap();
        assert!(unseen <= TimeDelta::seconds(60), "{unseen}");
    }
    for session in &on {
        end::end(&desk.context, session.id).await.unwrap();
    }
    desk.until_idle(&cloud).await;
    assert!(on.iter().all(|session| latest(&desk, session).stage == Stage::Ready));
}

#[tokio::test]
async fn a_list_that_does_not_tell_who_is_in_a_room_is_not_believed() {
    for list in ["uncounted", "ended"] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        cloud.control("switches", json!({ "session_list": list, "record_on_start_heeded": false })).await;
        let waiting = classes(&cloud, &mut desk, 6).await;
        assert_eq!(people(&desk), 6, "{list}");
        cloud.join(&waiting, "Ben").await;
        desk.pass(&cloud, 5).await;
        assert_eq!(people(&desk), 7, "{list}");

        // Nor when it did before.
        cloud.control("switches", json!({ "session_list": "counted" })).await;
        desk.pass(&cloud, 20).await;
        cloud.control("switches", json!({ "session_list": list })).await;
        let late = desk.schedule("Late");
        let late = start::start(&desk.context, late.id).await.unwrap().session;
        desk.pass(&cloud, 5).await;
        cloud.join(&late, "Cem").await;
        for _ in 0..13 {
            desk.pass(&cloud, 5).await;
        }
        assert_eq!(people(&desk), 8, "{list}");
        let recorded = |class: &live::Live| class.recording.as_ref().is_some_and(|one| one.stage == Stage::Recording);
        assert!(live::live(&desk.context).unwrap().iter().all(recorded), "{list}");
    }
}
