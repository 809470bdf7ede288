//! Moving the planned end of a live class.

use chrono::TimeDelta;
use hajime_core::actions::profile::journal;
use hajime_core::actions::recorder::{extend, live, start};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::profile::journal::{Entity, Scope};
use serde_json::json;

use crate::support::{Cloud, TestDesk, input_at};

#[tokio::test]
async fn an_extension_is_journalled_and_undone_while_the_class_is_live() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    let first = extend::extend(&desk.context, session.id, 5).unwrap();
    assert_eq!(first.session.session.plan.end(), session.plan.end() + TimeDelta::minutes(5));
    let second = extend::extend(&desk.context, session.id, 15).unwrap();
    assert_eq!(desk.session(&session).plan.length, TimeDelta::minutes(80));
    assert_eq!(live::live(&desk.context).unwrap()[0].session.plan.length, TimeDelta::minutes(80));
    let entries = journal::list(&desk.context, Scope::Of(Entity::Session(session.id)), 1).unwrap();
    assert_eq!((entries[0].id, &entries[0].changes.before["length_seconds"]), (second.change, &json!(3_900)));
    let refused = extend::undo(&desk.context, session.id, first.change).unwrap_err();
    assert_eq!(refused.code(), "conflict");
    extend::undo(&desk.context, session.id, second.change).unwrap();
    extend::undo(&desk.context, session.id, first.change).unwrap();
    assert_eq!(desk.session(&session).plan, session.plan);
    // The room goes on.
    desk.pass(&cloud, 30).await;
    assert_eq!(live::count(&desk.context).unwrap(), 1);
    let other = desk.schedule("Judo");
    assert_eq!(extend::undo(&desk.context, other.id, first.change).unwrap_err().code(), "not_found");
    assert_eq!(extend::extend(&desk.context, other.id, 5).unwrap_err().code(), "not_live");
    assert_eq!(extend::extend(&desk.context, session.id, 0).unwrap_err().code(), "invalid_input");
    let refused = extend::extend(&desk.context, session.id, 1_440).unwrap_err();
    assert_eq!(refused.message(), "“Karate” would last more than 24 hours.");
}

#[tokio::test]
async fn after_the_planned_end_an_extension_counts_from_now() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    desk.pass_without_tick(&cloud, 90 * 60).await;
    let end = extend::extend(&desk.context, session.id, 15).unwrap().session.session.plan.end();
    let ahead = end - desk.context.now();
    assert!(ahead >= TimeDelta::minutes(14) && ahead <= TimeDelta::minutes(16), "{ahead}");
}

#[tokio::test]
async fn the_instructor_s_next_class_is_named_when_it_overlaps_and_refuses_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = desk.start_with_ada(&cloud, "Karate").await;
    let next = session.plan.end() + TimeDelta::minutes(10);
    sessions::schedule(&desk.context, &input_at("Judo", next)).unwrap();
    let mut other = input_at("Aikido", next - TimeDelta::minutes(8));
    other.instructor = "M. Ito".into();
    sessions::schedule(&desk.context, &other).unwrap();
    assert_eq!(extend::extend(&desk.context, session.id, 5).unwrap().overlapped, None);
    let told = extend::extend(&desk.context, session.id, 15).unwrap();
    assert_eq!(told.overlapped.unwrap().plan.title, "Judo");
    let shown = live::views(&desk.context).unwrap().remove(0);
    assert_eq!(shown.overlapped.unwrap().plan.title, "Judo");
}

#[tokio::test]
async fn a_recording_that_ends_before_the_new_end_is_told_and_another_one_follows() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let mut input = input_at("Karate", desk.context.now() + TimeDelta::hours(2));
    input.duration_minutes = 22 * 60;
    let session = sessions::schedule(&desk.context, &input).unwrap();
    let live = start::start_early(&desk.context, session.id).await.unwrap().session;
    cloud.join(&live, "Ada").await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 30).await;
    let began = desk.context.store().recordings_of(session.id).unwrap()[0].facts.started_at.unwrap();
    let told = extend::extend(&desk.context, session.id, 60).unwrap();
    assert_eq!(told.recording_cut, Some(began + TimeDelta::hours(24)));
    assert_eq!(live::live(&desk.context).unwrap()[0].recording_cut, told.recording_cut);
    desk.pass(&cloud, 24 * 3_600).await;
    for _ in 0..12 {
        desk.pass(&cloud, 10).await;
    }
    let recordings = desk.context.store().recordings_of(session.id).unwrap();
    assert!(recordings.len() == 2 && recordings[0].stage.capturing(), "{recordings:?}");
    assert_eq!(live::live(&desk.context).unwrap()[0].recording_cut, None);
}
