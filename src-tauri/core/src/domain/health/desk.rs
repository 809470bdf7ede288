//! What is known of a desk besides its jobs: who works, how its connections answered, and whether its database is whole.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::bounds::Moved as _;

/// The requests that Cloudflare allows one user in [`BUDGET_WINDOW`] (Cloudflare docs, “API rate limits”).
pub const BUDGET_REQUESTS: u32 = 1_200;
/// The window in which requests are counted.
pub const BUDGET_WINDOW: TimeDelta = TimeDelta::minutes(5);

/// What kind of process runs the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerKind {
    /// A window of Hajime.
    Window,
    /// `hajime-cli watch` as a service of the user.
    Service,
    /// A command in a terminal.
    #[default]
    Terminal,
}

impl WorkerKind {
    /// The word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Service => "service",
            Self::Terminal => "terminal",
        }
    }

    const fn subject(self) -> &'static str {
        match self {
            Self::Window => "A window of Hajime",
            Self::Service => "The service hajime-watch",
            Self::Terminal => "A command in a terminal",
        }
    }
}

/// The process that took the right to run the jobs last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// What kind of process it is.
    pub kind: WorkerKind,
    /// When it began to work.
    pub since: DateTime<Utc>,
}

/// Who runs the jobs on the data of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Working {
    /// This process.
    This(Option<Worker>),
    /// Another process; `None` where it has not said what it is.
    Other(Option<Worker>),
    /// Nobody.
    Nobody,
    /// The disk has no locks, so nobody can tell.
    Untold,
}

impl Working {
    /// The process that works, as far as it said what it is.
    #[must_use]
    pub const fn worker(&self) -> Option<Worker> {
        match self {
            Self::This(worker) | Self::Other(worker) => *worker,
            Self::Nobody | Self::Untold => None,
        }
    }

    /// The word in the CLI and the IPC.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.worker() {
            Some(worker) => worker.kind.name(),
            None => match self {
                Self::This(_) | Self::Other(_) => WorkerKind::Terminal.name(),
                Self::Nobody | Self::Untold => "none",
            },
        }
    }

    /// Who works, in one sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::This(_) => "This process runs the background jobs.".to_owned(),
            Self::Other(Some(worker)) => {
                format!("{} runs the background jobs. This process shows what it does.", worker.kind.subject())
            }
            Self::Other(None) => {
                "Another process runs the background jobs. This process shows what it does.".to_owned()
            }
            Self::Nobody => "Nobody runs the background jobs. Open the window, or run hajime-cli watch.".to_owned(),
            Self::Untold => {
                "The disk of the data has no locks, so nobody can tell which process runs the background jobs."
                    .to_owned()
            }
        }
    }
}

/// How a product of Cloudflare answered last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When it answered, or did not.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// What was wrong, in words for people; `None` if it answered.
    pub trouble: Option<String>,
}

/// The rate budget when it was last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetSeen {
    /// The requests that were left.
    pub remaining: u32,
    /// When the window of these requests ends.
    pub resets_at: DateTime<Utc>,
}

/// What a process heard from Cloudflare last. The process that works writes it for all others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Heard {
    /// The last answer of RealtimeKit.
    pub realtime: Option<Answer>,
    /// The last answer of Stream.
    pub stream: Option<Answer>,
    /// The rate budget.
    pub budget: Option<BudgetSeen>,
    /// How far Cloudflare's clock was ahead of this computer's, in milliseconds.
    pub clock_ahead: Option<i64>,
}

impl Heard {
    /// What the two processes heard last.
    #[must_use]
    pub fn newest(self, other: Self) -> Self {
        let later = |one: Option<Answer>, other: Option<Answer>| match (one, other) {
            (Some(one), Some(other)) => Some(if one.at >= other.at { one } else { other }),
            (one, other) => one.or(other),
        };
        let budget = match (self.budget, other.budget) {
            (Some(one), Some(other)) => Some(if one.resets_at >= other.resets_at { one } else { other }),
            (one, other) => one.or(other),
        };
        Self {
            realtime: later(self.realtime, other.realtime),
            stream: later(self.stream, other.stream),
            budget,
            clock_ahead: self.clock_ahead.or(other.clock_ahead),
        }
    }

    /// The requests used in the present window. None are used in a window of which nothing was heard yet.
    #[must_use]
    pub fn used(&self, now: DateTime<Utc>) -> u32 {
        let told = self.budget.filter(|seen| seen.resets_at > now && seen.resets_at <= now.later(BUDGET_WINDOW));
        told.map_or(0, |seen| BUDGET_REQUESTS.saturating_sub(seen.remaining))
    }
}

/// The result of a check of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseCheck {
    /// When it was checked.
    pub at: DateTime<Utc>,
    /// Whether it is whole.
    pub is_whole: bool,
}

/// How a connection fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// It answered last.
    Works,
    /// It did not answer last, or refused.
    Fails,
    /// Nothing was asked yet.
    Unknown,
    /// It is not set up.
    Off,
}

impl ConnectionState {
    /// The word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Works => "ok",
            Self::Fails => "failing",
            Self::Unknown => "unknown",
            Self::Off => "off",
        }
    }
}

/// A connection of the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The stable name.
    pub name: &'static str,
    /// The name for people.
    pub label: String,
    /// How it fares.
    pub state: ConnectionState,
    /// How long the last answer took, in milliseconds.
    pub milliseconds: Option<u64>,
    /// When that was.
    pub at: Option<DateTime<Utc>>,
    /// What was wrong; empty where nothing was.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::from(minute))
    }

    fn answer(minute: u32) -> Answer {
        Answer { at: at(minute), milliseconds: 40, trouble: None }
    }

    #[test]
    fn the_later_answer_of_two_processes_counts() {
        let one = Heard { realtime: Some(answer(2)), stream: Some(answer(1)), ..Heard::default() };
        let other =
            Heard { realtime: Some(answer(1)), stream: Some(answer(3)), clock_ahead: Some(5), ..Heard::default() };
        let both = one.newest(other);
        assert_eq!((both.realtime, both.stream, both.clock_ahead), (Some(answer(2)), Some(answer(3)), Some(5)));
    }

    #[test]
    fn requests_of_a_window_that_is_over_are_not_used() {
        let heard = Heard { budget: Some(BudgetSeen { remaining: 1_139, resets_at: at(5) }), ..Heard::default() };
        assert_eq!((heard.used(at(4)), heard.used(at(5))), (61, 0));
        let clock_set_back = heard.used(at(0) - TimeDelta::hours(1));
        assert_eq!(clock_set_back, 0);
    }

    #[test]
    fn who_works_is_said_in_a_sentence() {
        let service = Worker { kind: WorkerKind::Service, since: at(0) };
        let other = Working::Other(Some(service));
        assert_eq!(
            other.words(),
            "The service hajime-watch runs the background jobs. This process shows what it does."
        );
        assert_eq!((other.name(), Working::Nobody.name()), ("service", "none"));
    }
}
