//! Why a session stays as it is, as data, and the words that people read for it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::error_code::ErrorCode;
use crate::domain::schedule::session::SessionPhase;

/// A change of the schedule that a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleChange {
    /// Another title, time, length or limit.
    Edit,
    /// Off the schedule.
    Cancel,
    /// Back on the schedule.
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

/// Why a transition of a session was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// The plan can be changed only before the session begins.
    #[error("a session that is {} cannot be {}", phase.name(), change.done())]
    PlanIsFixed {
        /// The session's title.
        title: String,
        /// Where the session is in its life.
        phase: SessionPhase,
        /// The change that was asked for.
        change: ScheduleChange,
    },
    /// A session that ended is not started; see [`SessionRefusal::NotRestartable`] for the exception.
    #[error("the session is over")]
    Over {
        /// The session's title.
        title: String,
    },
    /// A cancelled session is not started.
    #[error("the session was cancelled")]
    Cancelled {
        /// The session's title.
        title: String,
    },
    /// The plan is for much later, and nobody has confirmed an early start.
    #[error("the session is planned for {start}")]
    TooEarly {
        /// The session's title.
        title: String,
        /// The planned start.
        start: DateTime<Utc>,
        /// The plan's zone, in which people read the start.
        zone: Tz,
    },
    /// Only a session that ended a short while ago without a recording goes on where it stopped.
    #[error("the session cannot be started again")]
    NotRestartable {
        /// The session's title.
        title: String,
    },
    /// The session's room is not open.
    #[error("the session is not live")]
    NotLive,
}

impl SessionRefusal {
    /// The stable word for it in the CLI and the IPC.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::PlanIsFixed { .. } | Self::Over { .. } | Self::Cancelled { .. } | Self::NotRestartable { .. } => {
                ErrorCode::Conflict
            }
            Self::TooEarly { .. } => ErrorCode::TooEarly,
            Self::NotLive => ErrorCode::NotLive,
        }
    }

    /// A sentence for a person that names the session.
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
            Self::NotLive => "The session’s room is not open.".into(),
        }
    }

    /// What to do next.
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
    fn a_refusal_names_the_session_and_the_next_step() {
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
