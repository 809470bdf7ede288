//! The import queue: Hajime imports as many recordings at once as Stream takes. Manual retries come first.

use hajime_core::actions::recorder::end;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hajime_core::actions::library::recordings;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::import_queue::STREAM_QUEUE_LIMIT;
use hajime_core::domain::recorder::recording::{Facts, Recording};
use hajime_core::domain::recorder::stage::{Import, Observation, Percent, Stage};
use hajime_core::domain::recorder::work::RecordingWork;
use serde_json::json;

use crate::support::{Cloud, TestDesk, cause};

/// Holds `count` sessions for a minute, ends them together, and returns their recordings.
async fn ended_recordings(cloud: &Cloud, desk: &mut TestDesk, count: usize) -> Vec<Recording> {
    let mut sessions = Vec::new();
    for number in 0..count {
        sessions.push(desk.start_with_ada(cloud, &format!("Session {number}")).await.0);
    }
    desk.pass(cloud, 5).await;
    desk.pass(cloud, 60).await;
    for session in &sessions {
        end::end(&desk.context, session.id).await.unwrap();
    }
    sessions.iter().filter_map(|session| desk.context.store().recordings_of(session.id).unwrap().pop()).collect()
}

fn stages(desk: &TestDesk, recordings: &[Recording]) -> Vec<Stage> {
    recordings.iter().map(|recording| desk.context.store().recording(recording.id).unwrap().unwrap().stage).collect()
}

const fn handed_over(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Importing(Import::Downloading | Import::Queued | Import::Encoding(_))
            | Stage::Playable(_)
            | Stage::Ready
    )
}

#[tokio::test]
#[ignore = "a measurement: how quickly 300 waiting recordings are handed to Stream"]
#[expect(clippy::cast_precision_loss, reason = "the numbers of a measurement are small")]
async fn measures_imports_per_second_of_300_waiting_recordings() {
    let count: usize = std::env::var("HAJIME_BACKLOG").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let cloud = Cloud::start().await;
    let lots = 1_000_000;
    cloud.control("switches", json!({ "v4_requests": lots, "kit_requests": lots })).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recordings = ended_recordings(&cloud, &mut desk, count).await;
    for _ in 0..200 {
        if stages(&desk, &recordings).iter().all(|stage| *stage == Stage::Uploaded || handed_over(*stage)) {
            break;
        }
        desk.pass_without_tick(&cloud, 60).await;
        desk.tick().await;
    }
    let (began, sent, clock) = (desk.context.now(), desk.context.cloudflare().sent(), Instant::now());
    let before = stages(&desk, &recordings).into_iter().filter(|stage| handed_over(*stage)).count();
    let (mut most_sent, mut ticks) = (0, 0);
    for _ in 0..4_000 {
        let sent = desk.context.cloudflare().sent();
        desk.pass(&cloud, 5).await;
        most_sent = most_sent.max(desk.context.cloudflare().sent() - sent);
        ticks += 1;
        if stages(&desk, &recordings).into_iter().all(handed_over) {
            break;
        }
    }
    let handed = stages(&desk, &recordings).into_iter().filter(|stage| handed_over(*stage)).count() - before;
    let took: TimeDelta = desk.context.now() - began;
    let requests = desk.context.cloudflare().sent() - sent;
    println!(
        "{handed} imports in {} s by the desk's clock: {:.2} a second, {:.1} requests each, at most {most_sent} requests a tick, {ticks} ticks in {:.1} s",
        took.num_seconds(),
        handed as f64 / took.as_seconds_f64(),
        requests as f64 / handed.max(1) as f64,
        clock.elapsed().as_secs_f64(),
    );
}

#[tokio::test]
async fn sends_no_request_while_stream_is_full() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let first = ended_recordings(&cloud, &mut desk, 1).await.remove(0);
    let later = desk.context.now() + TimeDelta::days(1);
    let busy: Vec<Recording> = (0..STREAM_QUEUE_LIMIT)
        .map(|_| Recording {
            id: RecordingId::new(),
            stage: Stage::Importing(Import::Queued),
            facts: Facts::default(),
            work: RecordingWork { next_poll: Some(later), ..first.work.clone() },
            ..first.clone()
        })
        .collect();
    for one in &busy {
        desk.context.store().add_recording(one, "").unwrap();
    }
    for _ in 0..40 {
        desk.pass(&cloud, 5).await;
    }
    let waiting = recordings::get(&desk.context, first.id).unwrap();
    assert_eq!((waiting.stage, cloud.videos().await.len()), (Stage::Uploaded, 0));
    let sentence = recordings::sentence(&desk.context, &waiting).unwrap();
    assert!(sentence.contains("Waiting: Stream takes 120 at once"), "{sentence}");
    let sent = desk.context.cloudflare().sent();
    for _ in 0..10 {
        desk.pass(&cloud, 5).await;
    }
    assert_eq!(desk.context.cloudflare().sent(), sent, "no request is sent while Stream is full");

    // When one import completes, the first waiting recording takes its place.
    let note = "Stream says that it can be watched.";
    let done = Observation::VideoPlayable(Percent::clamped(100.0));
    desk.context.store().observe(busy[0].id, done, desk.context.now(), note, |_| {}).unwrap();
    for _ in 0..4 {
        desk.pass(&cloud, 5).await;
    }
    assert_eq!(cloud.videos().await.len(), 1);
}

#[tokio::test]
async fn imports_every_recording_that_stream_refused_for_now() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recordings = ended_recordings(&cloud, &mut desk, 6).await;
    cloud.fault("POST", "*/stream/copy", 3, json!({ "kind": "rate_limited", "retry_after": 1 })).await;
    let mut waiting_shown = false;
    // The rate limit blocks requests for one second of real time, however quickly the ticks follow each other.
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let report = desk.pass(&cloud, 10).await;
        for recording in &recordings {
            let recording = recordings::get(&desk.context, recording.id).unwrap();
            waiting_shown |= recordings::sentence(&desk.context, &recording)
                .unwrap()
                .contains("Waiting: Stream accepts no more imports at the moment");
            assert_eq!(cause(&recording), None, "{recording:?}");
        }
        if report.idle() {
            break;
        }
    }
    assert!(waiting_shown);
    assert!(stages(&desk, &recordings).iter().all(|stage| *stage == Stage::Ready), "{:?}", stages(&desk, &recordings));
    assert_eq!(cloud.videos().await.len(), 6);
}

#[tokio::test]
async fn imports_a_manual_retry_before_auto_retries() {
    let cloud = Cloud::start().await;
    cloud.control("switches", json!({ "storage_limit_minutes": 0 })).await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recordings = ended_recordings(&cloud, &mut desk, 4).await;
    for _ in 0..60 {
        desk.pass(&cloud, 5).await;
        if stages(&desk, &recordings).iter().all(|stage| matches!(stage, Stage::Failed { .. })) {
            break;
        }
    }
    cloud.control("switches", json!({ "storage_limit_minutes": 1_000 })).await;
    // Auto-retry queues all recordings, and a person retries one of them.
    desk.pass_without_tick(&cloud, 16 * 60).await;
    recordings::retry(&desk.context, recordings[3].id).unwrap();
    for _ in 0..4 {
        desk.pass(&cloud, 3).await;
    }
    let videos = cloud.videos().await;
    let first = videos.last().unwrap();
    assert_eq!(first["meta"]["name"], "Session 3", "{videos:?}");
}
