//! Decides when Hajime tries a failed recording again by itself: by a rule for each cause, and only while Cloudflare
//! keeps the file.
//!
//! Nothing here does I/O: the store counts the auto-retries, and `jobs/auto_retry.rs` makes them.

use chrono::{DateTime, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Resume, Stage};

pub use crate::domain::recorder::retry_rule::{AutoRetries, LONGEST_WAIT, wait, words};

/// Returns the moment of the next auto-retry of a recording that failed at `failed_at`; `None` when there is none.
#[must_use]
pub fn next_try(recording: &Recording, failed_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Stage::Failed { cause, .. } = recording.stage else { return None };
    let at = failed_at.later(wait(cause, recording.work.auto_retries.made)?);
    is_worth_it(recording, at).then_some(at)
}

/// Returns whether an auto-retry at `at` has a file to begin with, and no person decided against it.
#[must_use]
pub fn is_worth_it(recording: &Recording, at: DateTime<Utc>) -> bool {
    // An auto-retry of an attached recording would replace the video that a person chose.
    !recording.facts.attached
        && recording.removed_at.is_none()
        && recording.file_kept_until().is_some_and(|until| at < until)
}

/// The number of times that a recording which Hajime gave up may start again because RealtimeKit lists it after all.
const MAX_RESTARTS_AFTER_GIVING_UP: u32 = 3;

/// Returns whether Hajime gave a recording up although its file may still exist. Such a recording starts again when
/// RealtimeKit lists it.
#[must_use]
pub fn is_given_up_early(recording: &Recording, now: DateTime<Utc>) -> bool {
    let early = match recording.stage {
        // The relay file on this computer is better than anything that RealtimeKit may still have.
        Stage::Failed { resume: Resume::AtRelay, .. } => false,
        Stage::Failed { cause, .. } => matches!(cause, Cause::NeverStarted | Cause::RecorderMissing),
        _ => false,
    };
    early && recording.work.auto_retries.made < MAX_RESTARTS_AFTER_GIVING_UP && is_worth_it(recording, now)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::recorder::recording::Facts;
    use crate::domain::recorder::{rescue, retry_rule};

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn failed(cause: Cause) -> Recording {
        let facts = Facts {
            realtimekit_recording: Some("rec-1".parse().unwrap()),
            stopped_at: Some(now()),
            file_expires: Some(now() + rescue::FILE_RETENTION),
            ..Facts::default()
        };
        Recording { facts, ..Recording::example(Stage::Failed { cause, resume: Resume::AtImport }, now()) }
    }

    /// Returns the moments of all auto-retries when each of them fails for the cause that `cause` returns for its
    /// number.
    fn tries(recording: &mut Recording, cause: impl Fn(usize) -> Cause) -> Vec<DateTime<Utc>> {
        let mut all = Vec::new();
        let mut at = now();
        while let Some(next) = next_try(recording, at) {
            all.push(next);
            at = next;
            let before = recording.stage;
            let Stage::Failed { cause: failed, resume } = before else { break };
            let begun = recording.work.auto_retries.after(
                before,
                Stage::Uploaded,
                recording.work.auto_retries.one_more(failed),
            );
            recording.stage = Stage::Failed { cause: cause(all.len()), resume };
            recording.work.auto_retries = begun.after(Stage::Uploaded, recording.stage, AutoRetries::default());
        }
        all
    }

    #[test]
    fn wait_returns_the_waits_of_each_cause_until_its_retries_are_used_up() {
        let minutes = |cause: Cause| -> Vec<Option<i64>> {
            (0..6).map(|made| wait(cause, made).map(|wait| wait.num_minutes())).collect()
        };
        let said: Vec<_> = Cause::ALL.iter().map(|cause| (minutes(*cause), words(*cause))).collect();
        for ((waits, words), cause) in said.iter().zip(Cause::ALL) {
            assert_eq!(words.is_some(), waits[0].is_some(), "{cause:?}");
            assert!(words.is_none() || cause.retryable(), "{cause:?} cannot be retried by hand");
        }
        let quarter = Some(15);
        assert_eq!(minutes(Cause::StorageFull), [quarter, quarter, quarter, quarter, Some(60), Some(60)]);
        assert_eq!(minutes(Cause::ImportRefused), [Some(5), Some(30), Some(180), None, None, None]);
        assert_eq!(minutes(Cause::Damaged), [Some(30), None, None, None, None, None]);
        assert_eq!(minutes(Cause::VideoMissing), [None; 6]);
        assert_eq!(wait(Cause::DiskFull, u32::MAX), Some(TimeDelta::hours(1)));
    }

    #[test]
    fn a_recording_that_failed_for_full_storage_is_retried_until_its_file_expires() {
        let all = tries(&mut failed(Cause::StorageFull), |_| Cause::StorageFull);
        assert_eq!(all.len(), 4 + 6 * 24 + 22);
        assert!(all.iter().all(|at| *at < now() + rescue::FILE_RETENTION));
    }

    #[test]
    fn retries_for_full_storage_do_not_count_for_another_cause() {
        let mut recording = failed(Cause::StorageFull);
        let all = tries(&mut recording, |made| if made < 10 { Cause::StorageFull } else { Cause::ImportRefused });
        assert_eq!(all.len(), 10 + 3);
        assert!(recording.work.auto_retries.told(recording.stage));
    }

    #[test]
    fn recordings_attached_removed_not_failed_or_without_a_file_are_not_retried() {
        let kept = failed(Cause::StorageFull);
        assert!(next_try(&kept, now()).is_some());
        let chosen = Facts { attached: true, ..kept.facts.clone() };
        let nothing = Facts { realtimekit_recording: None, ..kept.facts.clone() };
        for left_alone in [
            Recording { facts: chosen, ..kept.clone() },
            Recording { facts: nothing, ..kept.clone() },
            Recording { removed_at: Some(now()), ..kept.clone() },
            Recording { stage: Stage::Uploaded, ..kept.clone() },
        ] {
            assert_eq!(next_try(&left_alone, now()), None, "{left_alone:?}");
        }
    }

    #[test]
    fn people_are_told_of_a_failed_retry_only_when_its_cause_is_another() {
        let failed = |cause| Stage::Failed { cause, resume: Resume::AtImport };
        let begun = AutoRetries::default().one_more(Cause::StorageFull);
        assert!(!AutoRetries::default().told(failed(Cause::StorageFull)));
        assert!(begun.told(failed(Cause::StorageFull)));
        assert!(!begun.told(failed(Cause::ImportRefused)));
        assert_eq!(begun.after(Stage::Uploaded, Stage::Ready, begun), AutoRetries::default());
        assert_eq!(
            begun.after(failed(Cause::StorageFull), Stage::Uploaded, AutoRetries::default()),
            AutoRetries::default()
        );
    }

    fn any_cause() -> impl Strategy<Value = Cause> {
        proptest::sample::select(&Cause::ALL[..])
    }

    proptest! {
        #[test]
        fn every_retry_lies_ahead_and_before_the_file_expires(
            cause in any_cause(),
            made in 0u32..200,
            expires in proptest::option::of(-20_000i64..20_000),
            stopped in proptest::option::of(-20_000i64..20_000),
        ) {
            let mut recording = failed(cause);
            recording.work.auto_retries.made = made;
            recording.facts.file_expires = expires.map(|minutes| now() + TimeDelta::minutes(minutes));
            recording.facts.stopped_at = stopped.map(|minutes| now() + TimeDelta::minutes(minutes));
            if let Some(at) = next_try(&recording, now()) {
                prop_assert!(at > now() && at < recording.file_kept_until().unwrap());
            }
        }

        #[test]
        fn retries_are_five_minutes_apart_and_end_after_three_unless_a_rule_goes_on(causes in proptest::collection::vec(any_cause(), 1..20)) {
            let mut recording = failed(causes[0]);
            let all = tries(&mut recording, |made| causes[made % causes.len()]);
            prop_assert!(all.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::minutes(5)));
            if causes.iter().all(|cause| retry_rule::rule(*cause).then.is_none()) {
                prop_assert!(all.len() <= 3, "{all:?}");
            }
        }
    }
}
