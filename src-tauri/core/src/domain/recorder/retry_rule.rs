//! The rules for auto-retries: for each cause, how often and when Hajime retries a failed recording, and which retries
//! count.

use chrono::TimeDelta;

use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::stage::Stage;

/// The auto-retries of a recording since it last could be watched or a person last retried it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AutoRetries {
    /// The number of auto-retries that count.
    pub made: u32,
    /// The cause of the failure before the last auto-retry. People were notified of it.
    pub cause: Option<Cause>,
}

impl AutoRetries {
    /// Counts one more auto-retry, made because of `cause`.
    #[must_use]
    pub const fn one_more(self, cause: Cause) -> Self {
        Self { made: self.made.saturating_add(1), cause: Some(cause) }
    }

    /// Returns what counts after a move from one stage to another. `begun` is what counts where the move leaves a
    /// failure.
    #[must_use]
    pub fn after(self, from: Stage, to: Stage, begun: Self) -> Self {
        match to {
            Stage::Playable(_) | Stage::Ready => Self::default(),
            // Auto-retries that waited for storage do not count against another cause.
            Stage::Failed { cause, .. }
                if self.cause.is_some_and(|told| told != cause && rule(told).then.is_some()) =>
            {
                Self { made: 0, ..self }
            }
            Stage::Failed { .. } => self,
            Stage::Requested
            | Stage::Recording
            | Stage::Paused
            | Stage::Stopping
            | Stage::Uploading
            | Stage::Uploaded
            | Stage::Importing(_) => match from {
                Stage::Failed { .. } => begun,
                _ => self,
            },
        }
    }

    /// Returns whether people were notified already that the recording failed for this cause.
    #[must_use]
    pub fn told(self, stage: Stage) -> bool {
        matches!(stage, Stage::Failed { cause, .. } if self.cause == Some(cause))
    }
}

/// The rule for the auto-retries of one cause.
pub(super) struct Rule {
    /// The wait before each of the first auto-retries.
    waits: &'static [TimeDelta],
    /// The wait before each further auto-retry; `None` when there are no further ones.
    pub(super) then: Option<TimeDelta>,
    /// The waits in words that follow “tries again”; `None` without auto-retries.
    words: Option<&'static str>,
}

/// The longest wait of all rules.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(3);

/// The rule for full storage. A person has to free some and may do so at any time.
const STORAGE_RULE: Rule = Rule {
    waits: &[TimeDelta::minutes(15); 4],
    then: Some(TimeDelta::hours(1)),
    words: Some("every 15 minutes for an hour, then every hour"),
};
/// The rule for failures that may come from a single fault or from an outage of some hours.
const OUTAGE_RULE: Rule = Rule {
    waits: &[TimeDelta::minutes(5), TimeDelta::minutes(30), LONGEST_WAIT],
    then: None,
    words: Some("after 5 minutes, 30 minutes and 3 hours"),
};
/// The rule for a damaged file. A second try rarely succeeds.
const DAMAGE_RULE: Rule = Rule { waits: &[TimeDelta::minutes(30)], then: None, words: Some("once, after 30 minutes") };
/// The rule for causes where another try cannot help or is for people to decide.
const NO_RETRY_RULE: Rule = Rule { waits: &[], then: None, words: None };

pub(super) const fn rule(cause: Cause) -> Rule {
    match cause {
        Cause::StorageFull | Cause::DiskFull => STORAGE_RULE,
        Cause::ImportRefused
        | Cause::SourceUnreachable
        | Cause::EncodingFailed
        | Cause::NoFile
        | Cause::TookTooLong
        | Cause::ForeignAddress
        | Cause::ForeignFile
        | Cause::DiskRefused => OUTAGE_RULE,
        Cause::Damaged => DAMAGE_RULE,
        Cause::NeverStarted
        | Cause::RecorderErrored
        | Cause::RecorderMissing
        | Cause::OwnStorage
        | Cause::FileExpired
        | Cause::NotAVideo
        | Cause::TooShort
        | Cause::TooLong
        | Cause::TooLarge
        | Cause::VideoMissing => NO_RETRY_RULE,
    }
}

/// Returns when Hajime tries again for a cause, in words that follow “tries again”; `None` for never.
#[must_use]
pub const fn words(cause: Cause) -> Option<&'static str> {
    rule(cause).words
}

/// Returns the wait between a failure and the next auto-retry after `made` ones; `None` when no further one follows.
#[must_use]
pub fn wait(cause: Cause, made: u32) -> Option<TimeDelta> {
    let rule = rule(cause);
    let next = usize::try_from(made).ok().and_then(|made| rule.waits.get(made));
    next.copied().or(rule.then)
}
