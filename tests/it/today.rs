//! Today: early starts, sessions that are started again or restored, the alarm, and the recordings that Today lists.

use hajime_core::actions::recorder::closing;
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::pause;
use hajime_core::actions::recorder::start;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::library::{recordings, today};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::delivery::notification::{Notification, Subject};
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::profile::desktop::WayBack;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::{Recording, Status};
use hajime_core::domain::schedule::refusal::SessionRefusal;
use hajime_core::domain::schedule::session::{Session, SessionState};
use hajime_core::error::Error;
use serde_json::json;

use crate::support::{Cloud, TestDesk};

fn planned_in(desk: &TestDesk, minutes: i64) -> Session {
    let mut input = desk.input("Judo");
    input.start_local = (desk.context.now() + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M").to_string();
    sessions::schedule(&desk.context, &input).unwrap()
}

#[tokio::test]
async fn refuses_a_start_more_than_an_hour_early_until_it_is_confirmed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let tomorrow = planned_in(&desk, 26 * 60);
    let refused = start::start(&desk.context, tomorrow.id).await.unwrap_err();
    assert_eq!(refused.code(), "too_early");
    assert!(refused.message().starts_with("“Judo” is planned for "), "{}", refused.message());
    assert!(matches!(desk.session(&tomorrow).state, SessionState::Scheduled { code: None }));
    let started = start::start_early(&desk.context, tomorrow.id).await.unwrap();
    assert!(matches!(started.session.state, SessionState::Live(_)));

    // Starting a live session again only opens its room. A start less than an hour early needs no confirmation.
    assert!(start::start(&desk.context, tomorrow.id).await.unwrap().already_live);
    let soon = planned_in(&desk, 59);
    start::start(&desk.context, soon.id).await.unwrap();
}

#[tokio::test]
async fn starts_a_session_again_in_the_same_room_after_a_mistaken_end() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let first = start::start(&desk.context, session.id).await.unwrap().session;
    let room = first.state.room().unwrap().id.clone();
    end::end(&desk.context, session.id).await.unwrap();
    assert_eq!(today::today(&desk.context).unwrap().unrecorded.len(), 1);

    let again = start::start_again(&desk.context, session.id).await.unwrap();
    assert_eq!(again.session.state.room().unwrap().id, room, "the invitations still open this room");
    assert!(again.join.is_some());
    assert_eq!(today::today(&desk.context).unwrap().unrecorded, []);
    cloud.join(&again.session, "Ada").await;
    desk.pass(&cloud, 10).await;
    desk.pass(&cloud, 120).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    let own = desk.context.store().recordings_of(session.id).unwrap();
    assert_eq!(own.iter().map(Recording::status).collect::<Vec<_>>(), [Status::Ready]);
    // A session with a recording cannot be started again.
    let refused = start::start_again(&desk.context, session.id).await;
    assert!(matches!(refused, Err(Error::Session(SessionRefusal::NotRestartable { .. }))), "{refused:?}");
    assert_eq!(today::today(&desk.context).unwrap().unrecorded, []);
}

#[tokio::test]
async fn a_failed_second_start_leaves_the_session_ended() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    start::start(&desk.context, session.id).await.unwrap();
    let ended = end::end(&desk.context, session.id).await.unwrap().session;
    cloud.fault("PATCH", "*/meetings/*", 1, json!({ "kind": "reset" })).await;
    let failed = start::start_again(&desk.context, session.id).await;
    if failed.is_err() {
        assert_eq!(desk.session(&session).state, ended.state);
        start::start_again(&desk.context, session.id).await.unwrap();
    }
    assert!(matches!(desk.session(&session).state, SessionState::Live(_)));
}

#[tokio::test]
async fn refuses_to_start_a_session_of_yesterday_again_and_duplicates_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    start::start(&desk.context, session.id).await.unwrap();
    end::end(&desk.context, session.id).await.unwrap();
    desk.clock.0.fetch_add(TimeDelta::hours(13).num_milliseconds(), Ordering::SeqCst);
    let refused = start::start_again(&desk.context, session.id).await;
    assert!(matches!(refused, Err(Error::Session(SessionRefusal::NotRestartable { .. }))), "{refused:?}");
    assert_eq!(today::today(&desk.context).unwrap().unrecorded, []);

    let start = (desk.context.now() + TimeDelta::days(7)).format("%Y-%m-%dT%H:%M").to_string();
    let other = sessions::duplicate(&desk.context, session.id, &start).unwrap();
    assert_ne!(other.id, session.id);
    assert!(matches!(other.state, SessionState::Scheduled { code: None }));
    let same = |plan: &hajime_core::domain::schedule::session::Plan| {
        (plan.title.clone(), plan.length, plan.quality, plan.record)
    };
    assert_eq!(same(&other.plan), same(&desk.session(&session).plan));
    assert_eq!(sessions::duplicate(&desk.context, session.id, "soon").unwrap_err().code(), "invalid_input");
}

#[tokio::test]
async fn restores_and_starts_a_cancelled_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    sessions::cancel(&desk.context, session.id).unwrap();
    let refused = start::start(&desk.context, session.id).await;
    assert!(matches!(refused, Err(Error::Session(SessionRefusal::Cancelled { .. }))), "{refused:?}");
    let back = sessions::restore(&desk.context, session.id).unwrap();
    assert_eq!(back.plan, session.plan);
    let again = sessions::restore(&desk.context, session.id).unwrap();
    assert_eq!((again.plan, again.state), (back.plan, back.state), "twice is fine");
    start::start(&desk.context, session.id).await.unwrap();
    let refused = sessions::restore(&desk.context, session.id);
    assert!(matches!(refused, Err(Error::Session(SessionRefusal::PlanIsFixed { .. }))), "{refused:?}");
}

/// Starts a session with one participant whose recorder has not joined after 70 seconds.
async fn unrecorded_session(cloud: &Cloud, desk: &mut TestDesk) -> Session {
    cloud.control("mishaps", json!({ "mishap": { "kind": "recorder_never_comes" } })).await;
    let (session, _) = desk.start_with_ada(cloud, "Judo").await;
    for _ in 0..14 {
        desk.pass(cloud, 5).await;
    }
    session
}

#[tokio::test]
async fn withdraws_the_alarm_once_the_session_is_recorded_or_over() {
    for recovers in [true, false] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        let session = unrecorded_session(&cloud, &mut desk).await;
        let shown = desk.notices.all().into_iter().map(|(notification, _)| notification);
        let alarms: Vec<_> = shown.filter(|notification| notification.kind.stays()).collect();
        assert_eq!(alarms, [Notification::not_recorded(session.id)]);
        assert_eq!(desk.notices.withdrawn(), []);
        if recovers {
            pause::resume(&desk.context, session.id).await.unwrap();
            desk.pass(&cloud, 10).await;
        } else {
            end::end(&desk.context, session.id).await.unwrap();
        }
        assert_eq!(desk.notices.withdrawn(), [Subject::Session(session.id)], "recovers: {recovers}");
        if recovers {
            end::end(&desk.context, session.id).await.unwrap();
        }
        desk.until_idle(&cloud).await;
        assert_eq!(desk.notices.withdrawn(), [Subject::Session(session.id)], "once");
    }
}

#[tokio::test]
async fn hides_an_attempt_that_captured_nothing_behind_the_recording_of_its_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = unrecorded_session(&cloud, &mut desk).await;
    pause::resume(&desk.context, session.id).await.unwrap();
    desk.pass(&cloud, 120).await;
    let statuses = |desk: &TestDesk| -> Vec<Status> {
        desk.context.store().recordings_of(session.id).unwrap().iter().map(Recording::status).collect()
    };
    assert_eq!(statuses(&desk), [Status::Recording, Status::Failed]);
    assert_eq!(listed(&desk), (vec![Status::Recording], 1, 0));
    assert!(today::today(&desk.context).unwrap().failures.is_empty(), "the session is recorded");
    end::end(&desk.context, session.id).await.unwrap();
    assert_eq!(today::today(&desk.context).unwrap().on_its_way.len(), 1);
    desk.until_idle(&cloud).await;
    let shown = today::today(&desk.context).unwrap();
    assert!(shown.failures.is_empty() && shown.unrecorded.is_empty());
    assert_eq!((shown.ready.len(), shown.ready_total), (1, 1));
    assert_eq!(listed(&desk), (vec![Status::Ready], 1, 0));
    assert_eq!(failure_notifications(&desk), 0);
}

#[tokio::test]
async fn shows_attempts_that_captured_nothing_as_one_failure_after_the_session() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("mishaps", json!({ "count": 20, "mishap": { "kind": "recorder_never_comes" } })).await;
    let (session, _) = desk.start_with_ada(&cloud, "Judo").await;
    for attempt in 0..3 {
        if attempt > 0 {
            pause::resume(&desk.context, session.id).await.unwrap();
        }
        for _ in 0..14 {
            desk.pass(&cloud, 5).await;
        }
    }
    let attempts = desk.context.store().recordings_of(session.id).unwrap();
    let statuses: Vec<Status> = attempts.iter().map(Recording::status).collect();
    assert_eq!(statuses, [Status::Recording, Status::Failed, Status::Failed]);
    assert_eq!(
        (listed(&desk), failure_notifications(&desk)),
        ((vec![Status::Recording], 1, 0), 0),
        "the session is live"
    );
    end::end(&desk.context, session.id).await.unwrap();
    desk.until_idle(&cloud).await;
    assert_eq!(listed(&desk), (vec![Status::Failed], 1, 1));
    assert_eq!(failure_notifications(&desk), 1);
    assert_eq!(
        today::today(&desk.context).unwrap().failures.iter().map(|group| group.recordings.len()).sum::<usize>(),
        1
    );
}

/// Returns the statuses in the list, the total of the list, and its count of failed recordings.
fn listed(desk: &TestDesk) -> (Vec<Status>, u32, u32) {
    let query = Query { search: String::new(), filter: Filter::All, limit: 10, offset: 0, ..Query::default() };
    let page = recordings::list(&desk.context, &query).unwrap();
    let failed = recordings::list(&desk.context, &Query { filter: Filter::Failed, ..query }).unwrap();
    assert_eq!(failed.rows.len(), page.counts.failed as usize);
    (page.rows.iter().map(|row| row.recording.status()).collect(), page.total, page.counts.failed)
}

fn failure_notifications(desk: &TestDesk) -> usize {
    desk.notices.titles().iter().filter(|title| title.starts_with("Recording failed")).count()
}

#[tokio::test]
async fn groups_failures_by_cause_and_retries_them_together() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    cloud.control("switches", json!({ "storage_limit_minutes": 0 })).await;
    for title in ["Judo", "Karate", "Aikido"] {
        desk.hold_for(&cloud, title, 120).await;
    }
    desk.until_idle(&cloud).await;
    let shown = today::today(&desk.context).unwrap();
    let groups: Vec<_> = shown.failures.iter().map(|group| (group.cause, group.recordings.len())).collect();
    assert_eq!(groups, [(Cause::StorageFull, 3)]);
    assert_eq!(today::retry_all(&desk.context, Cause::NotAVideo).unwrap(), today::RetriedAll::default());
    let retried = today::retry_all(&desk.context, Cause::StorageFull).unwrap();
    assert_eq!((retried.retried, retried.refused), (3, 0));
    assert!(today::today(&desk.context).unwrap().failures.is_empty());
}

#[tokio::test]
async fn names_the_live_session_in_the_window_title_and_asks_before_closing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let title = || live::window_title(&desk.context).unwrap();
    assert_eq!(title(), "Hajime");
    assert_eq!(closing::question(&desk.context, WayBack::StartAgain).unwrap(), None);

    let session = desk.schedule("Judo");
    assert_eq!(title(), "Hajime", "a scheduled session is not live");
    start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(title(), "● Live 0 min · Judo");
    desk.clock.0.fetch_add(TimeDelta::seconds(12 * 60 + 4).num_milliseconds(), Ordering::SeqCst);
    assert_eq!(title(), "● Live 12 min · Judo");
    desk.clock.0.fetch_add(TimeDelta::minutes(60).num_milliseconds(), Ordering::SeqCst);
    assert_eq!(title(), "● Live 1:12 h · Judo");
    let question = closing::question(&desk.context, WayBack::StartAgain).unwrap().unwrap();
    assert_eq!(question.title, "“Judo” is live");
    assert!(question.description.contains("the recording continue at Cloudflare"), "{}", question.description);

    let mut unrecorded = desk.input("Karate");
    unrecorded.record = false;
    let other = sessions::schedule(&desk.context, &unrecorded).unwrap();
    start::start(&desk.context, other.id).await.unwrap();
    assert_eq!(title(), "● Live 1:12 h · Judo and 1 more");
    assert_eq!(closing::question(&desk.context, WayBack::StartAgain).unwrap().unwrap().title, "2 classes are live");
    end::end(&desk.context, session.id).await.unwrap();
    let question = closing::question(&desk.context, WayBack::StartAgain).unwrap().unwrap();
    assert!(question.description.starts_with("The room stays open at Cloudflare until"), "{}", question.description);
    end::end(&desk.context, other.id).await.unwrap();
    assert_eq!(title(), "Hajime");
    assert_eq!(closing::question(&desk.context, WayBack::StartAgain).unwrap(), None);
}
