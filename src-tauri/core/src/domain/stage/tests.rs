//! What may follow what, and what may not.

use proptest::prelude::*;

use super::*;

const fn by_hand(seen: Seen) -> bool {
    matches!(seen, Seen::RetryAsked | Seen::CloudAttached | Seen::VideoAttached)
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let percent = (0u8..=100).prop_map(Percent);
    prop_oneof![
        Just(Seen::CloudStarting),
        Just(Seen::CloudRecording),
        Just(Seen::CloudPaused),
        Just(Seen::CloudUploading),
        Just(Seen::CloudUploaded),
        Just(Seen::CloudWithoutFile),
        Just(Seen::CloudInOwnStorage),
        Just(Seen::CloudErrored),
        Just(Seen::CloudMissing),
        Just(Seen::VideoDownloading),
        Just(Seen::VideoQueued),
        percent.clone().prop_map(Seen::VideoEncoding),
        percent.prop_map(Seen::VideoPlayable),
        proptest::sample::select(&Cause::ALL[..]).prop_map(Seen::VideoFailed),
        Just(Seen::VideoMissing),
        Just(Seen::StopAsked),
        Just(Seen::ImportAsked),
        Just(Seen::FileFetched),
        Just(Seen::FileLost),
        Just(Seen::FileSent),
        proptest::sample::select(&Cause::ALL[..]).prop_map(Seen::Refused),
        Just(Seen::DeadlinePassed),
        Just(Seen::RetryAsked),
        Just(Seen::CloudAttached),
        Just(Seen::VideoAttached),
    ]
}

proptest! {
    #[test]
    fn stages_only_go_forward_except_by_pause_or_hand(all in proptest::collection::vec(any_seen(), 0..60)) {
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
    fn watchable_is_announced_exactly_once_between_failures(all in proptest::collection::vec(any_seen(), 0..60)) {
        let mut stage = Stage::Requested;
        let mut announced = 0;
        for seen in all {
            if let Step::Move(next, announcement) = step(stage, seen) {
                let watchable = matches!(next, Stage::Playable(_) | Stage::Ready);
                match announcement {
                    Some(Announcement::Watchable) => { announced += 1; prop_assert!(watchable); }
                    Some(Announcement::Failed) => { announced = 0; let failed = matches!(next, Stage::Failed { .. }); prop_assert!(failed); }
                    None => {}
                }
                prop_assert_eq!(announced > 0, watchable);
                prop_assert!(announced <= 1);
                stage = next;
            }
        }
    }

    #[test]
    fn ready_is_left_only_when_the_video_is_gone(seen in any_seen()) {
        match step(Stage::Ready, seen) {
            Step::Move(Stage::Failed { cause, .. }, _) => prop_assert_eq!(cause, Cause::VideoMissing),
            Step::Move(next, _) => prop_assert!(false, "ready moved to {:?}", next),
            Step::Stay | Step::Refuse => {}
        }
    }
}

#[test]
fn nothing_reaches_stream_before_the_intent_is_recorded() {
    assert_eq!(step(Stage::Uploaded, Seen::VideoDownloading), Step::Refuse);
    assert_eq!(step(Stage::Uploaded, Seen::ImportAsked), Step::Move(Stage::Importing(Import::Asked), None));
}

#[test]
fn a_retry_begins_where_it_failed() {
    let Step::Move(failed, _) = step(Stage::Importing(Import::Downloading), Seen::VideoFailed(Cause::EncodingFailed))
    else {
        panic!("it fails")
    };
    assert_eq!(step(failed, Seen::RetryAsked), Step::Move(Stage::Uploaded, None));
}

#[test]
fn a_source_that_stream_cannot_fetch_is_asked_for_once_more_and_then_relayed() {
    let unreachable = Seen::VideoFailed(Cause::SourceUnreachable);
    let walk = [
        (unreachable, Import::AskedAgain, Duty::Import),
        (Seen::VideoDownloading, Import::DownloadingAgain, Duty::WatchVideo),
        (unreachable, Import::Fetching, Duty::Relay),
        (Seen::FileFetched, Import::Sending, Duty::Relay),
        (Seen::FileLost, Import::Fetching, Duty::Relay),
        (Seen::FileFetched, Import::Sending, Duty::Relay),
        (Seen::FileSent, Import::Queued, Duty::WatchVideo),
    ];
    let mut stage = Stage::Importing(Import::Downloading);
    for (seen, to, duty) in walk {
        assert_eq!(step(stage, seen), Step::Move(Stage::Importing(to), None), "{stage:?} {seen:?}");
        stage = Stage::Importing(to);
        assert_eq!(stage.duty(), Some(duty));
    }
    let Step::Move(failed, Some(Announcement::Failed)) =
        step(Stage::Importing(Import::Fetching), Seen::Refused(Cause::DiskFull))
    else {
        panic!("a full disk is told")
    };
    assert_eq!(step(failed, Seen::RetryAsked), Step::Move(Stage::Importing(Import::Fetching), None));
}

proptest! {
    #[test]
    fn the_two_copies_and_the_relay_come_in_turn(all in proptest::collection::vec(any_seen(), 0..200)) {
        let mut stage = Stage::Importing(Import::Asked);
        let mut fetch_failures = 0;
        for seen in all {
            let Step::Move(next, _) = step(stage, seen) else { continue };
            let unreachable = [Seen::VideoFailed(Cause::SourceUnreachable), Seen::Refused(Cause::SourceUnreachable)];
            let late = seen == Seen::DeadlinePassed && stage.duty() == Some(Duty::WatchVideo);
            if unreachable.contains(&seen) || seen == Seen::VideoMissing || late {
                fetch_failures += 1;
            }
            if matches!(next, Stage::Failed { .. } | Stage::Uploaded) {
                fetch_failures = 0;
            }
            if matches!(next, Stage::Importing(Import::Fetching)) && seen != Seen::FileLost && seen != Seen::RetryAsked {
                prop_assert_eq!(fetch_failures, 2);
            }
            stage = next;
        }
    }
}

#[test]
fn a_file_that_stream_does_not_get_in_time_is_brought_there_in_another_way() {
    for (stage, next) in [(Import::Downloading, Import::AskedAgain), (Import::DownloadingAgain, Import::Fetching)] {
        let late = step(Stage::Importing(stage), Seen::DeadlinePassed);
        assert_eq!(late, Step::Move(Stage::Importing(next), None), "{stage:?}");
    }
    let Step::Move(Stage::Failed { cause, .. }, _) = step(Stage::Importing(Import::Queued), Seen::DeadlinePassed)
    else {
        panic!("what Stream has is not brought there again")
    };
    assert_eq!(cause, Cause::TookTooLong);
}

#[test]
fn what_is_attached_goes_on_where_it_is() {
    let failed = Stage::Failed { cause: Cause::CloudErrored, resume: Resume::AtCloud };
    assert_eq!(step(failed, Seen::CloudAttached), Step::Move(Stage::CLOUD_ATTACHED, None));
    assert_eq!(step(Stage::CLOUD_ATTACHED, Seen::CloudUploaded), Step::Move(Stage::Uploaded, None));
    assert_eq!(step(failed, Seen::VideoAttached), Step::Move(Stage::VIDEO_ATTACHED, None));
    assert_eq!(
        step(Stage::VIDEO_ATTACHED, Seen::VideoPlayable(Percent(100))),
        Step::Move(Stage::Ready, Some(Announcement::Watchable))
    );
    for stage in [Stage::Recording, Stage::Uploaded, Stage::Ready] {
        assert_eq!(step(stage, Seen::VideoAttached), Step::Refuse);
    }
}

#[test]
fn an_app_that_was_closed_catches_up_in_one_step() {
    assert_eq!(step(Stage::Recording, Seen::CloudUploaded), Step::Move(Stage::Uploaded, None));
    assert_eq!(
        step(Stage::Importing(Import::Asked), Seen::VideoPlayable(Percent(100))),
        Step::Move(Stage::Ready, Some(Announcement::Watchable))
    );
}

#[test]
fn percent_is_clamped() {
    assert_eq!(Percent::clamped(f32::NAN).get(), 0);
    assert_eq!(Percent::clamped(-1.0).get(), 0);
    assert_eq!(Percent::clamped(39.9).get(), 39);
    assert_eq!(Percent::clamped(1e9).get(), 100);
}
