//! The rule that decides which recording is the recording of a session. The live panel, the schedule and the end of a
//! session share this rule.

use chrono::TimeDelta;
use hajime_core::actions::recorder::live;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Resume, Stage};

use crate::support::{Cloud, TestDesk};

#[tokio::test]
async fn the_live_panel_shows_the_recording_that_captured_something_instead_of_a_later_empty_attempt() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let (store, now) = (desk.context.store(), desk.context.now());
    let captured = Recording::new(&session, Stage::Uploading, now);
    let failed = Stage::Failed { cause: Cause::NeverStarted, resume: Resume::AtRealtimeKit };
    let empty = Recording::new(&session, failed, now + TimeDelta::minutes(1));
    for recording in [&captured, &empty] {
        store.add_recording(recording, "").unwrap();
    }
    let panel = live::live_one(&desk.context, session).unwrap();
    assert_eq!(panel.recording.map(|recording| recording.id), Some(captured.id));
}
