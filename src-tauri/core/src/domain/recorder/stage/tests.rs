//! Tests of the moves between stages: which are made, and which are refused.

use proptest::prelude::*;

use crate::domain::recorder::stage::*;

const fn by_hand(seen: Observation) -> bool {
    matches!(seen, Observation::RetryAsked | Observation::RecorderAttached | Observation::VideoAttached)
}

fn any_seen() -> impl Strategy<Value = Observation> {
    let percent = (0u8..=100).prop_map(Percent);
    prop_oneof![
        Just(Observation::RecorderStarting),
        Just(Observation::RecorderRecording),
        Just(Observation::RecorderPaused),
        Just(Observation::RecorderUploading),
        Just(Observation::RecorderUploaded),
        Just(Observation::RecorderWithoutFile),
        Just(Observation::RecorderInOwnStorage),
        Just(Observation::RecorderErrored),
        Just(Observation::RecorderMissing),
        Just(Observation::VideoDownloading),
        Just(Observation::VideoQueued),
        percent.clone().prop_map(Observation::VideoEncoding),
        percent.prop_map(Observation::VideoPlayable),
        proptest::sample::select(&Cause::ALL[..]).prop_map(Observation::VideoFailed),
        Just(Observation::VideoMissing),
        Just(Observation::StopAsked),
        Just(Observation::ImportAsked),
        Just(Observation::FileFetched),
        Just(Observation::FileLost),
        Just(Observation::FileSent),
        proptest::sample::select(&Cause::ALL[..]).prop_map(Observation::Refused),
        Just(Observation::DeadlinePassed),
        Just(Observation::RetryAsked),
        Just(Observation::RecorderAttached),
        Just(Observation::VideoAttached),
    ]
}

proptest! {
    #[test]
    fn a_stage_goes_back_only_for_a_pause_within_an_import_or_after_a_failure(all in proptest::collection::vec(any_seen(), 0..60)) {
        let mut stage = Stage::Requested;
        for seen in all {
            if let Step::Move(next, _) = step(stage, seen) {
                let allowed = next.rank() > stage.rank()
                    || matches!((stage, next), (Stage::Recording, Stage::Paused) | (Stage::Paused, Stage::Recording))
                    || matches!((stage, next), (Stage::Importing(_), Stage::Importing(_)) | (Stage::Playable(_), Stage::Playable(_)))
                    || (matches!(stage, Stage::Failed { .. }) && by_hand(seen));
                prop_assert!(allowed, "{stage:?} --{seen:?}--> {next:?}");
                stage = next;
            }
        }
    }

    #[test]
    fn watchable_is_notified_exactly_once_between_two_failures(all in proptest::collection::vec(any_seen(), 0..60)) {
        let mut stage = Stage::Requested;
        let mut announced = 0;
        for seen in all {
            if let Step::Move(next, announcement) = step(stage, seen) {
                let watchable = matches!(next, Stage::Playable(_) | Stage::Ready);
                match announcement {
                    Some(NotificationKind::Watchable) => { announced += 1; prop_assert!(watchable); }
                    Some(NotificationKind::Failed) => { announced = 0; let failed = matches!(next, Stage::Failed { .. }); prop_assert!(failed); }
                    Some(other) => prop_assert!(false, "no stage causes {:?}", other),
                    None => {}
                }
                prop_assert_eq!(announced > 0, watchable);
                prop_assert!(announced <= 1);
                stage = next;
            }
        }
    }

    #[test]
    fn ready_is_left_only_when_the_video_was_deleted(seen in any_seen()) {
        match step(Stage::Ready, seen) {
            Step::Move(Stage::Failed { cause, .. }, _) => prop_assert_eq!(cause, Cause::VideoMissing),
            Step::Move(next, _) => prop_assert!(false, "ready moved to {:?}", next),
            Step::Stay | Step::Refuse => {}
        }
    }
}

#[test]
fn a_report_from_stream_is_refused_before_the_import_was_asked_for() {
    assert_eq!(step(Stage::Uploaded, Observation::VideoDownloading), Step::Refuse);
    assert_eq!(step(Stage::Uploaded, Observation::ImportAsked), Step::Move(Stage::Importing(Import::Asked), None));
}

#[test]
fn a_retry_after_an_encoding_error_imports_the_uploaded_file_again() {
    let Step::Move(failed, _) =
        step(Stage::Importing(Import::Downloading), Observation::VideoFailed(Cause::EncodingFailed))
    else {
        panic!("the recording did not fail")
    };
    assert_eq!(step(failed, Observation::RetryAsked), Step::Move(Stage::Uploaded, None));
}

#[test]
fn a_file_that_stream_cannot_fetch_is_imported_once_more_and_then_relayed() {
    let unreachable = Observation::VideoFailed(Cause::SourceUnreachable);
    let walk = [
        (unreachable, Import::AskedAgain, PendingWork::Import),
        (Observation::VideoDownloading, Import::DownloadingAgain, PendingWork::WatchVideo),
        (unreachable, Import::Fetching, PendingWork::Relay),
        (Observation::FileFetched, Import::Sending, PendingWork::Relay),
        (Observation::FileLost, Import::Fetching, PendingWork::Relay),
        (Observation::FileFetched, Import::Sending, PendingWork::Relay),
        (Observation::FileSent, Import::Queued, PendingWork::WatchVideo),
    ];
    let mut stage = Stage::Importing(Import::Downloading);
    for (seen, to, pending_work) in walk {
        assert_eq!(step(stage, seen), Step::Move(Stage::Importing(to), None), "{stage:?} {seen:?}");
        stage = Stage::Importing(to);
        assert_eq!(stage.pending_work(), Some(pending_work));
    }
    let Step::Move(failed, Some(NotificationKind::Failed)) =
        step(Stage::Importing(Import::Fetching), Observation::Refused(Cause::DiskFull))
    else {
        panic!("a full disk did not fail the recording with a notification")
    };
    assert_eq!(step(failed, Observation::RetryAsked), Step::Move(Stage::Importing(Import::Fetching), None));
}

proptest! {
    #[test]
    fn the_relay_begins_only_after_stream_failed_to_fetch_twice(all in proptest::collection::vec(any_seen(), 0..200)) {
        let mut stage = Stage::Importing(Import::Asked);
        let mut fetch_failures = 0;
        for seen in all {
            let Step::Move(next, _) = step(stage, seen) else { continue };
            let unreachable = [Observation::VideoFailed(Cause::SourceUnreachable), Observation::Refused(Cause::SourceUnreachable)];
            let late = seen == Observation::DeadlinePassed && stage.pending_work() == Some(PendingWork::WatchVideo);
            if unreachable.contains(&seen) || seen == Observation::VideoMissing || late {
                fetch_failures += 1;
            }
            if matches!(next, Stage::Failed { .. } | Stage::Uploaded) {
                fetch_failures = 0;
            }
            if matches!(next, Stage::Importing(Import::Fetching)) && seen != Observation::FileLost && seen != Observation::RetryAsked {
                prop_assert_eq!(fetch_failures, 2);
            }
            stage = next;
        }
    }
}

#[test]
fn a_file_that_stream_does_not_fetch_in_time_is_imported_again_and_then_relayed() {
    for (stage, next) in [(Import::Downloading, Import::AskedAgain), (Import::DownloadingAgain, Import::Fetching)] {
        let late = step(Stage::Importing(stage), Observation::DeadlinePassed);
        assert_eq!(late, Step::Move(Stage::Importing(next), None), "{stage:?}");
    }
    let Step::Move(Stage::Failed { cause, .. }, _) =
        step(Stage::Importing(Import::Queued), Observation::DeadlinePassed)
    else {
        panic!("a queued video past its deadline did not fail")
    };
    assert_eq!(cause, Cause::TookTooLong);
}

#[test]
fn an_attached_recording_or_video_moves_on_with_the_next_report() {
    let failed = Stage::Failed { cause: Cause::RecorderErrored, resume: Resume::AtRealtimeKit };
    assert_eq!(step(failed, Observation::RecorderAttached), Step::Move(Stage::RECORDER_ATTACHED, None));
    assert_eq!(step(Stage::RECORDER_ATTACHED, Observation::RecorderUploaded), Step::Move(Stage::Uploaded, None));
    assert_eq!(step(failed, Observation::VideoAttached), Step::Move(Stage::VIDEO_ATTACHED, None));
    assert_eq!(
        step(Stage::VIDEO_ATTACHED, Observation::VideoPlayable(Percent(100))),
        Step::Move(Stage::Ready, Some(NotificationKind::Watchable))
    );
    for stage in [Stage::Recording, Stage::Uploaded, Stage::Ready] {
        assert_eq!(step(stage, Observation::VideoAttached), Step::Refuse);
    }
}

#[test]
fn one_report_moves_over_the_stages_that_were_missed() {
    assert_eq!(step(Stage::Recording, Observation::RecorderUploaded), Step::Move(Stage::Uploaded, None));
    assert_eq!(
        step(Stage::Importing(Import::Asked), Observation::VideoPlayable(Percent(100))),
        Step::Move(Stage::Ready, Some(NotificationKind::Watchable))
    );
}

#[test]
fn percent_clamps_numbers_to_0_to_100_and_nan_to_0() {
    assert_eq!(Percent::clamped(f32::NAN).get(), 0);
    assert_eq!(Percent::clamped(-1.0).get(), 0);
    assert_eq!(Percent::clamped(39.9).get(), 39);
    assert_eq!(Percent::clamped(1e9).get(), 100);
}
