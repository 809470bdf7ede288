//! The storage: what takes its minutes, and what happens when it is full.

use std::path::Path;
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta};
use hajime_core::actions::health::{desk, storage};
use hajime_core::actions::library::bin;
use hajime_core::actions::library::description::Selected;
use hajime_core::actions::recorder::end;
use hajime_core::domain::health::forecast::Reading;
use hajime_core::domain::health::storage::WayKind;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::jobs::{self, Group, Jobs};
use serde_json::json;

use crate::adoption::{all, recorded};
use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk, cause, eventually};

/// A desk with two recordings, the first of which is in the bin, and the storage as full as with them.
async fn full_desk(folder: &Path) -> (Cloud, TestDesk, Recording) {
    let cloud = Cloud::start().await;
    let mut desk = TestDesk::open(&cloud, folder);
    let karate = recorded(&cloud, &mut desk, "Karate").await;
    recorded(&cloud, &mut desk, "Judo").await;
    bin::put(&desk.context, &Selected::Named(vec![karate.id])).await.unwrap();
    (cloud, desk, karate)
}

fn named(desk: &TestDesk, title: &str) -> Recording {
    all(desk).into_iter().find(|recording| recording.title == title).unwrap()
}

#[tokio::test]
async fn an_import_that_waits_for_room_succeeds_by_itself_once_the_bin_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, mut desk, _) = full_desk(folder.path()).await;
    // The rehearsal fills the storage while a class is live.
    let (session, _) = desk.start_with_ada(&cloud, "Kobudo").await;
    desk.pass(&cloud, 5).await;
    cloud.control("scenarios", json!({ "name": "storage-full" })).await;
    desk.pass(&cloud, 60).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let kobudo = named(&desk, "Kobudo");
    assert_eq!(cause(&kobudo), Some(Cause::StorageFull));

    assert_eq!(storage::refresh(&desk.context).await.unwrap(), None);
    let shown = storage::overview(&desk.context).unwrap();
    assert!(shown.reading.unwrap().left().abs() < f64::EPSILON);
    assert!(shown.sentence.starts_with("The storage is full"), "{}", shown.sentence);
    let waiting: Vec<_> = shown.waiting.iter().map(|one| (one.id, one.file_kept_until().is_some())).collect();
    assert_eq!(waiting, [(kobudo.id, true)]);
    assert_eq!((shown.stored.bin.recordings, shown.stored.library.recordings), (1, 1));
    assert_eq!(shown.ways.first().map(|way| way.kind), Some(WayKind::EmptyBin));
    assert_eq!(shown.ways.last().map(|way| way.kind), Some(WayKind::Buy));

    assert!(bin::empty(&desk.context, "empty bin").await.is_err(), "the words are others");
    assert_eq!(bin::bin(&desk.context).unwrap().recordings.len(), 1);
    let emptied = bin::empty(&desk.context, " Empty the BIN ").await.unwrap();
    assert_eq!((emptied.deleted, emptied.refused.len()), (1, 0));
    assert!(emptied.minutes > 0.9, "{emptied:?}");
    let next = desk.context.store().recording(kobudo.id).unwrap().unwrap().work.next_auto_retry.unwrap();
    assert!(next <= desk.context.now(), "it is tried again at once");
    desk.until_idle(&cloud).await;
    assert_eq!(named(&desk, "Kobudo").status(), Status::Ready);
    assert!(storage::overview(&desk.context).unwrap().waiting.is_empty());
}

#[tokio::test]
async fn a_video_that_cannot_be_deleted_now_is_listed_and_deleted_later() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, karate) = full_desk(folder.path()).await;
    let judo = named(&desk, "Judo");
    bin::put(&desk.context, &Selected::Named(vec![judo.id])).await.unwrap();
    let uid = karate.facts.video.as_ref().unwrap();
    cloud.fault("DELETE", &format!("*/stream/{uid}"), 9, json!({ "kind": "status", "status": 500 })).await;
    let emptied = bin::empty(&desk.context, bin::EMPTY_WORDS).await.unwrap();
    let refused: Vec<_> = emptied.refused.iter().map(|(id, title, _)| (*id, title.as_str())).collect();
    assert_eq!((emptied.deleted, refused), (1, vec![(karate.id, "Karate")]));
    assert!(bin::bin(&desk.context).unwrap().recordings[0].deleting);
    cloud.clear_faults().await;
    jobs::tick(&desk.context, &mut Jobs::of(&[Group::Account])).await.unwrap();
    assert!(bin::bin(&desk.context).unwrap().recordings.is_empty());
}

#[tokio::test]
async fn an_import_is_tried_again_when_a_look_at_the_storage_finds_room() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "storage_limit_minutes": 0 })).await;
    desk.hold(&cloud).await;
    desk.until_idle(&cloud).await;
    let id = all(&desk)[0].id;
    let next = || desk.context.store().recording(id).unwrap().unwrap().work.next_auto_retry.unwrap();
    let look = async |limit: f64| {
        jobs::tick(&desk.context, &mut Jobs::of(&[Group::Account])).await.unwrap();
        let last = || desk.context.store().last_storage_reading().unwrap();
        eventually("the storage was asked", async || last().is_some_and(|last| last.allowed >= limit)).await;
    };
    look(0.0).await;
    assert!(next() > desk.context.now());
    cloud.control("switches", json!({ "storage_limit_minutes": 100 })).await;
    desk.pass_without_tick(&cloud, 601).await;
    look(100.0).await;
    eventually("the import is tried again", async || next() <= desk.context.now()).await;
    desk.until_idle(&cloud).await;
    assert_eq!(all(&desk)[0].status(), Status::Ready);
}

#[tokio::test]
async fn a_clock_that_is_set_back_drops_no_reading() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let desk = TestDesk::stopped(&cloud, folder.path());
    let store = desk.context.store();
    let now = DateTime::from_timestamp_millis(desk.context.now().timestamp_millis()).unwrap();
    let earlier = Reading { at: now - TimeDelta::days(5), used: 1.0, allowed: 100_000.0 };
    store.add_storage_reading(&earlier).unwrap();
    desk.clock.0.fetch_sub(TimeDelta::days(400).num_milliseconds(), Ordering::SeqCst);
    assert_eq!(storage::refresh(&desk.context).await.unwrap(), None);
    let days = store.storage_readings_of_days(DateTime::UNIX_EPOCH).unwrap();
    assert_eq!((days.len(), days[0]), (2, earlier));
    assert!(days[1].at > now - TimeDelta::days(1), "it has the time of Cloudflare’s clock: {days:?}");
}

#[tokio::test]
async fn a_person_has_the_storage_looked_at_before_an_hour_has_passed() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let desk = TestDesk::open(&cloud, folder.path());
    let mut jobs = Jobs::of(&[Group::Account]);
    let last = || desk.context.store().last_storage_reading().unwrap();
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    eventually("the storage was asked", async || last().is_some()).await;
    cloud.control("switches", json!({ "storage_limit_minutes": 77 })).await;
    desk::run_job(&desk.context, "usage").unwrap();
    jobs::tick(&desk.context, &mut jobs).await.unwrap();
    eventually("the storage is asked again", async || {
        last().is_some_and(|last| last.allowed >= 77.0 && last.allowed < 78.0)
    })
    .await;
}

#[tokio::test]
async fn a_history_of_readings_says_when_the_storage_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start().await;
    let desk = TestDesk::stopped(&cloud, folder.path());
    let empty = storage::overview(&desk.context).unwrap();
    assert_eq!((empty.reading, empty.growth, empty.full_on), (None, None, None));
    assert!(empty.history.is_empty() && empty.never_watched.is_none() && empty.unwatched_year.is_none());
    let now = desk.context.now();
    for day in (0..=20).rev() {
        let used = 80_000.0 - f64::from(day) * 100.0;
        let at = now - TimeDelta::days(day.into());
        desk.context.store().add_storage_reading(&Reading { at, used, allowed: 100_000.0 }).unwrap();
    }
    let shown = storage::overview(&desk.context).unwrap();
    assert!((shown.growth.unwrap().per_day - 100.0).abs() < 1e-6);
    let today = now.date_naive();
    assert_eq!(shown.full_on, Some(today + TimeDelta::days(200)));
    assert_eq!(shown.full_on_with_rules, None, "nothing was recorded in this time");
    let (past, ahead): (Vec<storage::StorageDay>, Vec<_>) =
        shown.history.iter().copied().partition(|day| !day.is_forecast);
    assert_eq!((past.len(), past[20].used, ahead.len(), ahead[0].day), (21, 80_000.0, 12, today + TimeDelta::days(30)));
    assert!((ahead[0].used - 83_000.0).abs() < 1e-6 && ahead[11].used <= 100_000.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_shows_the_storage_and_empties_the_bin() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, desk, _) = full_desk(folder.path()).await;
    drop(desk);
    let shown = printed(&run(&cloud, folder.path(), &["storage"]));
    assert!(shown["limit"] == 100_000.0 && shown["bin_minutes"].as_f64().unwrap() > 0.9, "{shown}");
    assert_eq!(shown["ways"][0]["kind"], "empty_bin");
    let without = refused(&run(&cloud, folder.path(), &["recording", "empty-bin"]));
    assert_eq!(without["code"], "not_confirmed");
    let wrong = refused(&run(&cloud, folder.path(), &["recording", "empty-bin", "--typed", "empty"]));
    assert_eq!(wrong["code"], "conflict");
    let done = printed(&run(&cloud, folder.path(), &["recording", "empty-bin", "--typed", "empty the bin"]));
    assert_eq!((&done["deleted"], &done["refused"]), (&json!(1), &json!([])));
    assert_eq!(printed(&run(&cloud, folder.path(), &["storage"]))["bin_minutes"], 0.0);
}
