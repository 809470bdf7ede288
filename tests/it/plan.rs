//! When Cloudflare is asked: little, at the right time, however much is on its way.

use std::time::Duration;

use chrono::TimeDelta;
use hajime_core::actions::{forecasts, sessions};
use hajime_core::domain::forecast::Wait;
use hajime_core::domain::recording::Recording;
use hajime_core::domain::session::Session;
use hajime_core::domain::stage::{Import, Stage};
use hajime_core::store::{Filter, Query};
use serde_json::json;

use crate::support::{Cloud, Office};

async fn class(cloud: &Cloud, office: &mut Office, title: &str) -> Session {
    let session = office.schedule(title);
    let started = sessions::start(&office.desk, session.id).await.unwrap();
    cloud.join(&started.session, "Ada").await;
    office.tick().await;
    session
}

async fn classes_that_ended(cloud: &Cloud, office: &mut Office, count: usize) -> Vec<Session> {
    let mut classes = Vec::new();
    for number in 0..count {
        classes.push(class(cloud, office, &format!("Class {number}")).await);
    }
    office.pass(cloud, 60).await;
    for session in &classes {
        sessions::end(&office.desk, session.id).await.unwrap();
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
        let mut office = Office::open(&cloud, folder.path());
        let classes = classes_that_ended(&cloud, &mut office, count).await;
        let mut highest = (0, 0);
        for _ in 0..200 {
            office.pass_unseen(&cloud, 5).await;
            let stages = |office: &Office| -> Vec<Stage> {
                let of = |session: &Session| office.desk.store().recordings_of(session.id).unwrap()[0].stage;
                classes.iter().map(of).collect()
            };
            let (before, sent) = (stages(&office), office.desk.cloud().sent());
            let look = office.tick().await;
            let sent = office.desk.cloud().sent() - sent;
            let waiting = before.iter().all(|stage| Wait::of(*stage).is_some());
            // Moves cost what they cost; looks that find nothing new are what there are many of.
            if waiting && before == stages(&office) && !before.contains(&Stage::Importing(Import::Asked)) {
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
    let mut office = Office::open(&cloud, folder.path());
    assert!(forecasts::history(&office.desk).unwrap().waits(Wait::Importing).is_empty());
    for round in 1..=3 {
        classes_that_ended(&cloud, &mut office, 1).await;
        for _ in 0..400 {
            if office.pass(&cloud, 5).await.idle() {
                break;
            }
        }
        let history = forecasts::history(&office.desk).unwrap();
        assert_eq!(history.waits(Wait::Saving).len(), round);
        assert_eq!(history.waits(Wait::Importing).len(), round);
    }
    let history = forecasts::history(&office.desk).unwrap();
    let took = |wait: Wait| history.waits(wait)[0].took;
    assert!(took(Wait::Saving) > TimeDelta::zero() && took(Wait::Importing) > TimeDelta::zero(), "{history:?}");

    // Another process on the same data knows it too.
    let session = classes_that_ended(&cloud, &mut office, 1).await.remove(0);
    office.pass(&cloud, 1).await;
    let office = Office::with(&cloud, folder.path(), office.clock.clone(), None);
    let recording = office.desk.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(recording.stage, Stage::Uploading);
    let expected = forecasts::expected(&office.desk, &recording).unwrap().unwrap();
    let likely = expected.likely - office.desk.now();
    let typical = took(Wait::Saving) + took(Wait::Importing);
    assert!(likely > TimeDelta::zero() && likely < typical * 2, "{likely} beside {typical}");
    assert!(expected.latest >= expected.likely);

    // What is at rest is not waited for.
    let ready = forecasts::expected(&office.desk, &at_rest(&office)).unwrap();
    assert_eq!(ready, None);
}

fn at_rest(office: &Office) -> Recording {
    let query = Query { search: String::new(), filter: Filter::Ready, limit: 1, offset: 0 };
    office.desk.store().find_recordings(&query).unwrap().remove(0)
}

#[tokio::test]
async fn what_was_put_off_is_looked_at_when_somebody_comes_back_or_asks() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    office.desk.set_away(true);
    let session = classes_that_ended(&cloud, &mut office, 1).await.remove(0);
    office.pass(&cloud, 2).await;
    let recording = office.desk.store().recordings_of(session.id).unwrap().remove(0);
    assert_eq!(recording.stage, Stage::Uploading);
    assert!(recording.next_check.unwrap() - office.desk.now() >= TimeDelta::seconds(15), "{recording:?}");
    hajime_core::jobs::check_now(&office.desk).unwrap();
    let sent = office.desk.cloud().sent();
    office.tick().await;
    assert_eq!(office.desk.cloud().sent() - sent, 1);
}

#[tokio::test]
async fn a_network_that_is_back_finds_everything_due() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let classes = classes_that_ended(&cloud, &mut office, 3).await;
    cloud.fault("GET", "*", 40, json!({ "kind": "reset" })).await;
    for _ in 0..6 {
        office.pass(&cloud, 70).await;
    }
    let stages = |office: &Office| -> Vec<Stage> {
        classes.iter().map(|session| office.desk.store().recordings_of(session.id).unwrap()[0].stage).collect()
    };
    assert!(stages(&office).contains(&Stage::Uploading), "{:?}", stages(&office));
    cloud.clear_faults().await;
    office.pass(&cloud, 70).await;
    office.tick().await;
    assert!(stages(&office).iter().all(|stage| *stage != Stage::Uploading), "{:?}", stages(&office));
}

/// A fifth of the 1,200 requests that everything a person does may make in five minutes.
const OUR_SHARE: u64 = 240;

/// How many people are in all classes together, as far as this desk knows.
fn people(office: &Office) -> u32 {
    sessions::live(&office.desk).unwrap().iter().map(|class| class.people.as_ref().unwrap().people).sum()
}

/// So many classes with somebody in them, and one where nobody is.
async fn classes(cloud: &Cloud, office: &mut Office, many: u32) -> Session {
    for number in 0..many {
        class(cloud, office, &format!("Class {number}")).await;
    }
    let waiting = office.schedule("Waiting");
    let waiting = sessions::start(&office.desk, waiting.id).await.unwrap().session;
    office.pass(cloud, 60).await;
    waiting
}

#[tokio::test]
async fn many_classes_at_once_leave_the_account_to_others_and_none_is_overlooked() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let waiting = classes(&cloud, &mut office, 18).await;

    let sent = office.desk.cloud().sent();
    for _ in 0..60 {
        office.pass(&cloud, 5).await;
    }
    let sent = office.desk.cloud().sent() - sent;
    assert!(sent <= OUR_SHARE, "{sent} requests in five minutes");
    assert_eq!(people(&office), 18);
    let seen = |class: &sessions::Live| office.desk.now() - class.people.as_ref().unwrap().at;
    let oldest = sessions::live(&office.desk).unwrap().iter().map(seen).max().unwrap();
    assert!(oldest < TimeDelta::seconds(5), "{oldest}");

    // Who comes and who goes is seen as soon as in a single class, also while the list cannot be had, or hangs.
    let peer = cloud.join(&waiting, "Ben").await;
    office.pass(&cloud, 5).await;
    assert_eq!(people(&office), 19);
    cloud.control("leave", json!({ "peer_id": peer })).await;
    cloud.fault("GET", "*/sessions", 1, json!({ "kind": "stall", "seconds": 60 })).await;
    cloud.fault("GET", "*/sessions", 1_000, json!({ "kind": "status", "status": 500 })).await;
    let looks = async {
        office.pass(&cloud, 20).await;
        office.pass(&cloud, 20).await;
    };
    tokio::time::timeout(Duration::from_secs(30), looks).await.unwrap();
    assert_eq!(people(&office), 18);
}

#[tokio::test]
async fn what_no_list_tells_is_asked_about_one_by_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&cloud, folder.path());
    let mut on = Vec::new();
    for number in 0..10 {
        on.push(class(&cloud, &mut office, &format!("Class {number}")).await);
    }
    office.pass(&cloud, 10).await;
    cloud.fault("GET", "*/recordings", 8, json!({ "kind": "truncated" })).await;
    cloud.fault("GET", "*/recordings", 1_000_000, json!({ "kind": "html", "status": 502 })).await;
    let sent = office.desk.cloud().sent();
    for _ in 0..60 {
        office.pass(&cloud, 5).await;
    }
    let sent = office.desk.cloud().sent() - sent;
    assert!(sent <= OUR_SHARE, "{sent} requests in five minutes");
    let latest = |office: &Office, session: &Session| office.desk.store().recordings_of(session.id).unwrap().remove(0);
    for session in &on {
        let unseen = office.desk.now() - latest(&office, session).last_check.unwrap();
        assert!(unseen <= TimeDelta::seconds(60), "{unseen}");
    }
    for session in &on {
        sessions::end(&office.desk, session.id).await.unwrap();
    }
    office.until_idle(&cloud).await;
    assert!(on.iter().all(|session| latest(&office, session).stage == Stage::Ready));
}

#[tokio::test]
async fn a_list_that_does_not_tell_who_is_in_a_room_is_not_believed() {
    for list in ["uncounted", "ended"] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut office = Office::open(&cloud, folder.path());
        cloud.control("switches", json!({ "session_list": list, "record_on_start_heeded": false })).await;
        let waiting = classes(&cloud, &mut office, 6).await;
        assert_eq!(people(&office), 6, "{list}");
        cloud.join(&waiting, "Ben").await;
        office.pass(&cloud, 5).await;
        assert_eq!(people(&office), 7, "{list}");

        // Nor when it did before.
        cloud.control("switches", json!({ "session_list": "counted" })).await;
        office.pass(&cloud, 20).await;
        cloud.control("switches", json!({ "session_list": list })).await;
        let late = office.schedule("Late");
        let late = sessions::start(&office.desk, late.id).await.unwrap().session;
        office.pass(&cloud, 5).await;
        cloud.join(&late, "Cem").await;
        for _ in 0..13 {
            office.pass(&cloud, 5).await;
        }
        assert_eq!(people(&office), 8, "{list}");
        let recorded =
            |class: &sessions::Live| class.recording.as_ref().is_some_and(|one| one.stage == Stage::Recording);
        assert!(sessions::live(&office.desk).unwrap().iter().all(recorded), "{list}");
    }
}
