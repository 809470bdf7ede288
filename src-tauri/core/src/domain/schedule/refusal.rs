//! The refusals of a session's transitions as data, and the words that people read for them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::error_code::ErrorCode;
use crate::domain::schedule::session::SessionPhase;

/// A change to the schedule that a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleChange {
    /// Change the title, the time, the length or another part of the plan.
    Edit,
    /// Take the session off the schedule.
    Cancel,
    /// Put the session back on the schedule.
    Restore,
}

impl ScheduleChange {
    const fn done(self) -> &'static str {
        match self {
            Self::Edit => "changed",
            Self::Cancel => "cancelled",
            Self::Restore => "put back on the schedule",
        }
    }
}

/// The reason why a transition of a session was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// The plan can be changed only before the session begins.
    #[error("a session that is {} cannot be {}", phase.name(), change.done())]
    PlanIsFixed {
        /// The session's title.
        title: String,
        /// The state of the session.
        phase: SessionPhase,
        /// The change that was asked for.
        change: ScheduleChange,
    },
    /// An ended session cannot be started. [`SessionRefusal::NotRestartable`] describes the exception.
    #[error("the session is over")]
    Over {
        /// The session's title.
        title: String,
    },
    /// A cancelled session cannot be started.
    #[error("the session was cancelled")]
    Cancelled {
        /// The session's title.
        title: String,
    },
    /// The session is planned for much later, and nobody has confirmed an early start.
    #[error("the session is planned for {start}")]
    TooEarly {
        /// The session's title.
        title: String,
        /// The planned start.
        start: DateTime<Utc>,
        /// The zone in which people read the start.
        zone: Tz,
    },
    /// Only a session that ended a short while ago without a recording can be started again.
    #[error("the session cannot be started again")]
    NotRestartable {
        /// The session's title.
        title: String,
    },
    /// A session lasts 24 hours at most.
    #[error("the session would last more than 24 hours")]
    TooLong {
        /// The session's title.
        title: String,
    },
    /// The session's room is not open.
    #[error("the session is not live")]
    NotLive,
}

impl SessionRefusal {
    /// Returns the stable word in the CLI and the IPC.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::PlanIsFixed { .. }
            | Self::Over { .. }
            | Self::Cancelled { .. }
            | Self::NotRestartable { .. }
            | Self::TooLong { .. } => ErrorCode::Conflict,
            Self::TooEarly { .. } => ErrorCode::TooEarly,
            Self::NotLive => ErrorCode::NotLive,
        }
    }

    /// Returns a sentence that says what was refused. It contains the title of the session where that is known.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::PlanIsFixed { title, phase, change } => {
                format!("“{title}” {} and cannot be {}.", in_words(*phase), change.done())
            }
            Self::Over { title } => format!("“{title}” is over."),
            Self::Cancelled { title } => format!("“{title}” was cancelled."),
            Self::TooEarly { title, start, zone } => {
                let local = start.with_timezone(zone);
                format!("“{title}” is planned for {} ({zone}).", local.format("%a %-d %b %Y, %H:%M"))
            }
            Self::NotRestartable { title } => format!("“{title}” cannot be started again."),
            Self::TooLong { title } => format!("“{title}” would last more than 24 hours."),
            Self::NotLive => "The session’s room is not open.".into(),
        }
    }

    /// Returns a sentence that says what to do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::PlanIsFixed { .. } => "Schedule a new session instead.",
            Self::Over { .. } => "Schedule a new session.",
            Self::Cancelled { .. } => "Put it back on the schedule, or schedule a new session.",
            Self::TooEarly { .. } => "Confirm that it starts early (in a terminal: --early), or start it later.",
            Self::NotRestartable { .. } => {
                "Only a class that ended today without a recording can. Duplicate it instead."
            }
            Self::TooLong { .. } => "Extend it by less, or schedule another class.",
            Self::NotLive => "Start the session first.",
        }
    }
}

const fn in_words(phase: SessionPhase) -> &'static str {
    match phase {
        SessionPhase::Scheduled => "is on the schedule",
        SessionPhase::Starting => "is being started",
        SessionPhase::Live => "is live",
        SessionPhase::Ending | SessionPhase::Ended => "is over",
        SessionPhase::Cancelled => "was cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_refusal_names_the_session_and_why() {
        let title = || "Judo".to_owned();
        let fixed = |phase, change| SessionRefusal::PlanIsFixed { title: title(), phase, change }.message();
        assert_eq!(fixed(SessionPhase::Live, ScheduleChange::Edit), "“Judo” is live and cannot be changed.");
        assert_eq!(fixed(SessionPhase::Ended, ScheduleChange::Cancel), "“Judo” is over and cannot be cancelled.");
        assert_eq!(
            fixed(SessionPhase::Starting, ScheduleChange::Restore),
            "“Judo” is being started and cannot be put back on the schedule."
        );
        let start = "2026-11-30T18:00:00Z".parse().unwrap();
        let early = SessionRefusal::TooEarly { title: title(), start, zone: Tz::Europe__Berlin };
        assert_eq!(early.message(), "“Judo” is planned for Mon 30 Nov 2026, 19:00 (Europe/Berlin).");
        assert_eq!((early.code().word(), SessionRefusal::NotLive.code().word()), ("too_early", "not_live"));
        assert_eq!(SessionRefusal::Over { title: title() }.code(), "conflict");
    }
}
