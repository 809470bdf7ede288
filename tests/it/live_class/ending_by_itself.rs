//! Classes that end by themselves after their planned end.

use std::sync::atomic::Ordering;

use hajime_core::actions::profile::{journal, settings};
use hajime_core::actions::recorder::auto_end::keep_open;
use hajime_core::actions::recorder::{extend, live, start, sync};
use hajime_core::domain::profile::journal::{Entity, Scope};
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::auto_end::{AutoEnd, Why};
use hajime_core::domain::schedule::session::{Session, SessionPhase};
use serde_json::json;

use crate::support::{Cloud, TestDesk};

fn rule(desk: &TestDesk, auto_end: AutoEnd) {
    settings::save(&desk.context, &Preferences { auto_end, ..settings::get(&desk.context).unwrap() }).unwrap();
}

fn phase(desk: &TestDesk, session: &Session) -> SessionPhase {
    desk.session(session).state.phase()
}

fn countdown(desk: &TestDesk) -> Option<Why> {
    live::live(&desk.context).unwrap().first().and_then(|live| live.countdown).map(|countdown| countdown.why)
}

/// Lets time pass in steps of ten seconds.
async fn pass(desk: &mut TestDesk, cloud: &Cloud, seconds: i64) {
    for _ in 0..seconds / 10 {
        desk.pass(cloud, 10).await;
    }
}

/// A class of 60 minutes whose planned end was a few seconds ago.
async fn past_its_end(desk: &mut TestDesk, cloud: &Cloud) -> (Session, String) {
    let started = desk.start_with_ada(cloud, "Karate").await;
    desk.pass(cloud, 5).await;
    desk.pass(cloud, 3_600).await;
    started
}

#[tokio::test]
async fn no_class_ends_by_itself_unless_the_settings_say_so() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    let (session, ada) = past_its_end(&mut desk, &cloud).await;
    cloud.control("leave", json!({ "peer_id": ada })).await;
    pass(&mut desk, &cloud, 900).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, None));
}

#[tokio::test]
async fn an_empty_room_ends_after_five_minutes_and_a_countdown() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    rule(&desk, AutoEnd::WhenEmpty);
    let (session, ada) = past_its_end(&mut desk, &cloud).await;
    pass(&mut desk, &cloud, 600).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, None), "Ada is there");
    cloud.control("leave", json!({ "peer_id": ada })).await;
    pass(&mut desk, &cloud, 340).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, Some(Why::Empty)));
    pass(&mut desk, &cloud, 140).await;
    desk.until_idle(&cloud).await;
    assert_eq!(phase(&desk, &session), SessionPhase::Ended);
}

#[tokio::test]
async fn a_class_that_runs_over_ends_with_people_in_it_unless_it_is_kept_open_or_extended() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    rule(&desk, AutoEnd::After15);
    let (session, _) = past_its_end(&mut desk, &cloud).await;
    pass(&mut desk, &cloud, 920).await;
    assert_eq!(countdown(&desk), Some(Why::Late));
    let seen = live::live(&desk.context).unwrap().remove(0);
    assert!(seen.ends_by_itself && seen.countdown.unwrap().at > desk.context.now());
    keep_open(&desk.context, session.id, true).unwrap();
    assert_eq!(countdown(&desk), None);
    pass(&mut desk, &cloud, 300).await;
    assert_eq!(phase(&desk, &session), SessionPhase::Live);
    assert!(!live::live(&desk.context).unwrap()[0].ends_by_itself);

    keep_open(&desk.context, session.id, false).unwrap();
    pass(&mut desk, &cloud, 30).await;
    assert_eq!(countdown(&desk), Some(Why::Late));
    extend::extend(&desk.context, session.id, 15).unwrap();
    pass(&mut desk, &cloud, 10).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, None));
    pass(&mut desk, &cloud, 31 * 60).await;
    pass(&mut desk, &cloud, 140).await;
    desk.until_idle(&cloud).await;
    assert_eq!(phase(&desk, &session), SessionPhase::Ended);
    assert_eq!(keep_open(&desk.context, session.id, true).unwrap_err().code(), "not_live");
}

#[tokio::test]
async fn a_computer_that_slept_through_the_planned_end_counts_down_from_the_beginning() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    rule(&desk, AutoEnd::After15);
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 3 * 3_600).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, None));
    pass(&mut desk, &cloud, 60).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, Some(Why::Late)));
    // A clock that is set back ends nothing either.
    desk.clock.0.fetch_sub(3 * 3_600_000, Ordering::SeqCst);
    desk.tick().await;
    pass(&mut desk, &cloud, 200).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, None));
}

#[tokio::test]
async fn somebody_alone_who_is_not_the_host_keeps_the_class_open() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::stopped(&cloud, folder.path());
    rule(&desk, AutoEnd::WhenEmpty);
    let session = desk.schedule("Karate");
    let session = start::start(&desk.context, session.id).await.unwrap().session;
    let room = session.state.room().unwrap().id.to_string();
    let host = format!("host-{}", session.id);
    let join = |who: String| json!({ "meeting_id": room, "custom_participant_id": who, "name": "Somebody" });
    let guest = cloud.control("join", join("guest-1".into())).await["peer_id"].as_str().unwrap().to_owned();
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 3_600).await;
    pass(&mut desk, &cloud, 480).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, None));
    cloud.control("leave", json!({ "peer_id": guest })).await;
    cloud.control("join", join(host)).await;
    pass(&mut desk, &cloud, 360).await;
    assert_eq!((phase(&desk, &session), countdown(&desk)), (SessionPhase::Live, Some(Why::Empty)));
}

#[tokio::test]
async fn the_rule_is_a_setting_whose_change_is_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::stopped(&cloud, folder.path());
    rule(&desk, AutoEnd::After30);
    let entry = journal::list(&desk.context, Scope::Of(Entity::Settings), 1).unwrap().remove(0);
    assert_eq!(
        (&entry.changes.before["auto_end"], &entry.changes.after["auto_end"]),
        (&json!("off"), &json!("after_30"))
    );
    journal::undo(&desk.context, entry.id).unwrap();
    assert_eq!(settings::get(&desk.context).unwrap().auto_end, AutoEnd::Off);
}

#[tokio::test]
async fn a_class_of_another_desk_and_one_without_a_window_are_never_ended() {
    let cloud = Cloud::start().await;
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut desk = TestDesk::stopped(&cloud, here.path());
    let other = TestDesk::stopped(&cloud, there.path());
    rule(&desk, AutoEnd::After15);
    other.start_with_ada(&cloud, "Judo").await;
    sync::sync(&desk.context).await.unwrap();
    assert_eq!(live::count(&desk.context).unwrap(), 1);
    desk.pass(&cloud, 4_600).await;
    pass(&mut desk, &cloud, 200).await;
    assert_eq!((live::count(&desk.context).unwrap(), countdown(&desk)), (1, None), "its length is not known here");

    let (session, _) = past_its_end(&mut desk, &cloud).await;
    desk.notices.in_a_terminal.store(true, Ordering::Relaxed);
    desk.pass(&cloud, 1_000).await;
    pass(&mut desk, &cloud, 200).await;
    assert_eq!(phase(&desk, &session), SessionPhase::Live, "nobody would see the countdown");
}
