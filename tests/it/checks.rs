//! The check of picture and sound, and the captions of a recording.

use hajime_core::actions::library::captions::{self, CueChange};
use hajime_core::actions::library::{checks, search};
use hajime_core::actions::profile::settings;
use hajime_core::domain::delivery::notification::NotificationKind;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::captions::CaptionsState;
use hajime_core::domain::library::check::{Check, Flaw, HalfState};
use hajime_core::domain::library::query::{Flag, Query};
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::session_text::Language;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::error::Error;
use serde_json::{Value, json};

use crate::command_line;
use crate::support::{Cloud, TestDesk};

/// The length of a class in seconds: long enough for silent and still stretches that count.
const CLASS_SECONDS: i64 = 600;

/// How often a fault is set to be met, which is more often than anybody asks.
const FAULTS: u64 = 1_000;

struct Held {
    cloud: Cloud,
    desk: TestDesk,
    folder: tempfile::TempDir,
}

impl Held {
    /// Holds a class, of which Stream makes a film as these switches say, and waits until it is ready.
    async fn class(switches: Value) -> (Self, Recording) {
        Self::class_with(switches, &Preferences::default()).await
    }

    async fn class_with(switches: Value, preferences: &Preferences) -> (Self, Recording) {
        let cloud = Cloud::start().await;
        cloud.control("switches", switches).await;
        let folder = tempfile::tempdir().unwrap();
        let mut desk = TestDesk::open(&cloud, folder.path());
        settings::save(&desk.context, preferences).unwrap();
        let session = desk.hold_for(&cloud, "Karate", CLASS_SECONDS).await;
        let ready = |desk: &TestDesk| {
            let recordings = desk.context.store().recordings_of(session.id).unwrap();
            recordings.into_iter().find(|recording| recording.stage == Stage::Ready)
        };
        desk.pass_until(&cloud, 10, |desk| ready(desk).is_some()).await;
        let recording = ready(&desk).unwrap();
        (Self { cloud, desk, folder }, recording)
    }

    fn check(&self, id: RecordingId) -> Option<Check> {
        checks::known(&self.desk.context, id).unwrap()
    }

    /// Lets the jobs go on until the check is done, for at most a minute.
    async fn checked(&mut self, id: RecordingId) -> Check {
        for _ in 0..12 {
            let known = self.check(id);
            if let Some(check) = known.filter(|check| [check.picture, check.sound] == [HalfState::Done; 2]) {
                return check;
            }
            self.desk.pass(&self.cloud, 5).await;
        }
        panic!("not checked within a minute: {:?}", self.check(id));
    }

    async fn wait_for_captions(&mut self, id: RecordingId, state: CaptionsState) {
        for _ in 0..60 {
            let known = captions::known(&self.desk.context, id).unwrap();
            if known.iter().any(|one| one.captions.state == state) {
                return;
            }
            self.desk.pass(&self.cloud, 5).await;
        }
        panic!("{:?}", captions::known(&self.desk.context, id).unwrap());
    }

    fn found(&self, words: &str) -> usize {
        let query = Query { search: words.to_owned(), limit: 10, ..Query::default() };
        search::find(&self.desk.context, &query).unwrap().rows.len()
    }
}

fn german() -> Language {
    "de".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_recorder_and_a_silent_part_are_found_within_a_minute_and_told_to_five_seconds() {
    let (mut held, recording) = Held::class(json!({ "film_offline": [0.3, 0.5], "film_silent": [0.6, 0.8] })).await;
    let check = held.checked(recording.id).await;
    let length = u64::try_from(
        held.desk.context.store().recording(recording.id).unwrap().unwrap().facts.length.unwrap().num_milliseconds(),
    )
    .unwrap();
    let expected = [(Flaw::Offline, 3, 5), (Flaw::Silent, 6, 8)];
    assert_eq!(check.stretches.len(), expected.len(), "{check:?}");
    for (stretch, (flaw, from, until)) in check.stretches.iter().zip(expected) {
        assert_eq!(stretch.flaw, flaw, "{check:?}");
        assert!(stretch.start_ms.abs_diff(length * from / 10) <= 5_000, "{check:?} of {length}");
        assert!(stretch.end_ms.abs_diff(length * until / 10) <= 5_000, "{check:?} of {length}");
    }
    assert!(!check.muted);
    let query = Query { flags: vec![Flag::SilentOrBlank], limit: 10, ..Query::default() };
    assert_eq!(search::find(&held.desk.context, &query).unwrap().rows.len(), 1);
    let shown = command_line::run(
        &held.cloud,
        held.folder.path(),
        &["recording", "check", "--known", &recording.id.to_string()],
    );
    assert_eq!(command_line::printed(&shown)["stretches"][0]["flaw"], "offline");
}

#[tokio::test]
async fn a_normal_class_raises_nothing() {
    let (mut held, recording) = Held::class(json!({})).await;
    let check = held.checked(recording.id).await;
    assert_eq!((check.stretches.clone(), check.muted), (vec![], false), "{check:?}");
    assert_eq!(check.sentence(), "Complete, no blank, frozen or silent part.");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_normal_classes_raise_nothing() {
    let (mut held, first) = Held::class(json!({})).await;
    let mut all = vec![first.id];
    for number in 1..20 {
        // From two minutes to nearly an hour, each with another title.
        let (title, seconds) =
            (format!("Class {number}: {}", "kihon ".repeat(number % 8)), 120 + 180 * i64::try_from(number).unwrap());
        let session = held.desk.hold_for(&held.cloud, &title, seconds).await;
        let ready = |desk: &TestDesk| {
            let recordings = desk.context.store().recordings_of(session.id).unwrap();
            recordings.into_iter().find(|recording| recording.stage == Stage::Ready)
        };
        held.desk.pass_until(&held.cloud, 10, |desk| ready(desk).is_some()).await;
        all.push(ready(&held.desk).unwrap().id);
    }
    for id in all {
        let check = held.checked(id).await;
        assert_eq!((check.stretches.clone(), check.muted), (vec![], false), "{check:?}");
    }
    let query = Query { flags: vec![Flag::SilentOrBlank], limit: 10, ..Query::default() };
    assert!(search::find(&held.desk.context, &query).unwrap().rows.is_empty());
    let told = held.desk.notices.all();
    assert!(!told.iter().any(|(notification, _)| notification.kind == NotificationKind::Muted), "{told:?}");
}

#[tokio::test]
async fn a_class_that_was_muted_throughout_raises_an_alarm_once() {
    let (mut held, recording) = Held::class(json!({ "film_silent": [0.0, 1.0] })).await;
    let check = held.checked(recording.id).await;
    assert!(check.muted, "{check:?}");
    held.desk.pass(&held.cloud, 5).await;
    held.desk.pass(&held.cloud, 5).await;
    let told = held.desk.notices.all();
    let alarms = told.iter().filter(|(notification, _)| notification.kind == NotificationKind::Muted).count();
    assert_eq!(alarms, 1, "{told:?}");
}

#[tokio::test]
async fn captions_are_made_by_themselves_where_the_settings_say_so_and_are_searchable_within_five_minutes() {
    let preferences = Preferences { captions: Some(german()), ..Preferences::default() };
    let (mut held, recording) = Held::class_with(json!({}), &preferences).await;
    held.wait_for_captions(recording.id, CaptionsState::Ready).await;
    let known = captions::known(&held.desk.context, recording.id).unwrap();
    assert!(known[0].captions.generated && known[0].lines > 0, "{known:?}");
    // The made captions name their language.
    assert_eq!(held.found("Deutsch"), 1);
    // Captions that a person deletes are not made again.
    captions::delete(&held.desk.context, recording.id, &german()).await.unwrap();
    for _ in 0..6 {
        held.desk.pass(&held.cloud, 10).await;
    }
    assert_eq!((captions::known(&held.desk.context, recording.id).unwrap(), held.found("Deutsch")), (vec![], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn captions_are_uploaded_from_subrip_edited_and_deleted() {
    let (held, recording) = Held::class(json!({})).await;
    let (context, id) = (&held.desk.context, recording.id);
    let file = "1\n00:00:01,000 --> 00:00:03,000\nHajime\n\n2\n00:00:05,000 --> 00:00:07,000\nMawashi geri\n";
    captions::upload(context, id, &german(), file.as_bytes()).await.unwrap();
    assert_eq!(held.found("mawashi"), 1);
    let change = CueChange { n: 1, start_ms: 5_000, text: "Ushiro geri".to_owned() };
    let edited = captions::edit(context, id, &german(), &[change]).await.unwrap();
    assert!(!edited[0].captions.generated);
    assert_eq!((held.found("mawashi"), held.found("ushiro")), (0, 1));
    let stale = CueChange { n: 0, start_ms: 9_000, text: "x".to_owned() };
    assert!(matches!(captions::edit(context, id, &german(), &[stale]).await, Err(Error::Conflict { .. })));
    let path = held.folder.path().join("wrong.vtt");
    std::fs::write(&path, "WEBVTT\n\n00:02.000 --> 00:01.000\nback\n").unwrap();
    let arguments = ["recording", "captions", "upload", &id.to_string(), path.to_str().unwrap(), "--language", "de"];
    let refused = command_line::refused(&command_line::run(&held.cloud, held.folder.path(), &arguments));
    assert!(refused["message"].as_str().unwrap().starts_with("Line 3:"), "{refused}");
    captions::delete(context, id, &german()).await.unwrap();
    assert_eq!(held.found("ushiro"), 0);
}

#[tokio::test]
async fn captions_that_stream_cannot_make_are_told_and_can_be_asked_for_again() {
    let (mut held, recording) = Held::class(json!({ "captions_fail": true })).await;
    captions::generate(&held.desk.context, recording.id, &german()).await.unwrap();
    held.wait_for_captions(recording.id, CaptionsState::Failed).await;
    held.cloud.control("switches", json!({ "captions_fail": false })).await;
    captions::generate(&held.desk.context, recording.id, &german()).await.unwrap();
    held.wait_for_captions(recording.id, CaptionsState::Ready).await;
    let again = captions::generate(&held.desk.context, recording.id, &german()).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    let other = captions::generate(&held.desk.context, recording.id, &"sv".parse().unwrap()).await;
    assert!(matches!(other, Err(Error::Invalid(_))), "{other:?}");
}

/// How often the only fault was met, which was to be met [`FAULTS`] times.
async fn times_met(cloud: &Cloud) -> u64 {
    FAULTS - cloud.state().await["faults"][0]["count"].as_u64().unwrap()
}

#[tokio::test]
async fn captions_that_stream_lists_and_does_not_give_out_yet_are_asked_for_again_after_a_while() {
    let (mut held, recording) = Held::class(json!({})).await;
    held.cloud.fault("GET", "*/captions/de/vtt", FAULTS, json!({ "kind": "status", "status": 404 })).await;
    captions::generate(&held.desk.context, recording.id, &german()).await.unwrap();
    for _ in 0..60 {
        if times_met(&held.cloud).await > 0 {
            break;
        }
        held.desk.pass(&held.cloud, 5).await;
    }
    for _ in 0..24 {
        held.desk.pass(&held.cloud, 5).await;
    }
    let met = times_met(&held.cloud).await;
    assert!((1..=8).contains(&met), "within two minutes the text was asked for {met} times");
    held.cloud.clear_faults().await;
    held.wait_for_captions(recording.id, CaptionsState::Ready).await;
    assert!(captions::known(&held.desk.context, recording.id).unwrap()[0].lines > 0);
}
