//! The retry table: for each cause, how often and when Hajime retries a failed recording by itself, and which retries count.

use chrono::TimeDelta;

use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::stage::Stage;

/// The tries that were made by themselves since somebody last saw to a recording or it could be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AutoRetries {
    /// How many count.
    pub made: u32,
    /// The cause before the last retry. People were notified of it.
    pub cause: Option<Cause>,
}

impl AutoRetries {
    /// The same with one more, made because of this cause.
    #[must_use]
    pub const fn one_more(self, cause: Cause) -> Self {
        Self { made: self.made.saturating_add(1), cause: Some(cause) }
    }

    /// What counts after a move. `begun` is what counts once something that failed begins again.
    #[must_use]
    pub fn after(self, from: Stage, to: Stage, begun: Self) -> Self {
        match to {
            Stage::Playable(_) | Stage::Ready => Self::default(),
            // Retries that waited for storage do not count against another cause.
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

    /// Whether people know already that it failed for this cause.
    #[must_use]
    pub fn told(self, stage: Stage) -> bool {
        matches!(stage, Stage::Failed { cause, .. } if self.cause == Some(cause))
    }
}

/// How a cause is tried again.
pub(super) struct Rule {
    /// The wait before each try.
    waits: &'static [TimeDelta],
    /// The wait before each further retry; `None` when there is no further one.
    pub(super) then: Option<TimeDelta>,
    /// The same in words.
    words: Option<&'static str>,
}

/// The longest wait there is.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(3);

/// A person has to free storage, and may do so at any time.
const STORAGE_RULE: Rule = Rule {
    waits: &[TimeDelta::minutes(15); 4],
    then: Some(TimeDelta::hours(1)),
    words: Some("every 15 minutes for an hour, then every hour"),
};
/// It may have been bad luck, or an outage of some hours.
const OUTAGE_RULE: Rule = Rule {
    waits: &[TimeDelta::minutes(5), TimeDelta::minutes(30), LONGEST_WAIT],
    then: None,
    words: Some("after 5 minutes, 30 minutes and 3 hours"),
};
/// A second try rarely succeeds.
const DAMAGE_RULE: Rule = Rule { waits: &[TimeDelta::minutes(30)], then: None, words: Some("once, after 30 minutes") };
/// Trying again cannot help, or is for people to decide.
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

/// When a cause is tried again by itself, in words that follow “tries again”; `None` for never.
#[must_use]
pub const fn words(cause: Cause) -> Option<&'static str> {
    rule(cause).words
}

/// How long after a failure the next try is due, given how many were made; `None` for never.
#[must_use]
pub fn wait(cause: Cause, made: u32) -> Option<TimeDelta> {
    let rule = rule(cause);
    let next = usize::try_from(made).ok().and_then(|made| rule.waits.get(made));
    next.copied().or(rule.then)
}
