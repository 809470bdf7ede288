//! The checks of a connection: what was checked, and what was found.

use crate::domain::ids::AppId;
use crate::domain::profile::realtimekit_app::App;

/// The subject of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Whether Cloudflare knows the API token and the token is active.
    Token,
    /// Whether the token has the `Realtime` permission for this account.
    Realtime,
    /// Whether the token has the permission to write to `Stream`.
    Stream,
    /// Whether the account has a RealtimeKit app that can be used.
    App,
    /// Whether the app has presets that people can join with.
    Presets,
    /// Whether the token has the permission to publish the join page. Nothing else needs it.
    Workers,
    /// Whether this computer's clock agrees with Cloudflare's.
    Clock,
}

impl Subject {
    /// The stable name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Realtime => "realtime",
            Self::Stream => "stream",
            Self::App => "app",
            Self::Presets => "presets",
            Self::Workers => "workers",
            Self::Clock => "clock",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Token => "API token",
            Self::Realtime => "Permission: Realtime",
            Self::Stream => "Permission: Stream, Edit",
            Self::App => "RealtimeKit app",
            Self::Presets => "Presets to join with",
            Self::Workers => "Permission: Workers Scripts, Edit (optional)",
            Self::Clock => "Clock",
        }
    }
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The check passed; what was found, as a sentence.
    Passed(String),
    /// The check failed.
    Failed {
        /// A sentence that says what is wrong.
        message: String,
        /// The next step, as a sentence.
        next: String,
    },
    /// The check did not pass, but the connection can be used without it.
    Warned {
        /// A sentence that says what is wrong.
        message: String,
        /// The next step, as a sentence.
        next: String,
    },
    /// The check was not made, because an earlier one failed.
    Skipped,
}

/// One check of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub subject: Subject,
    /// The result.
    pub outcome: Outcome,
}

/// The results of all checks, and the apps that the person can choose from.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The checks, in the order in which they were made.
    pub checks: Vec<Check>,
    /// The account's RealtimeKit apps.
    pub apps: Vec<App>,
    /// The app that would be used; `None` while the person has to choose one, or if there is none yet.
    pub app: Option<AppId>,
}

impl Report {
    /// Whether every check that matters passed, so that the connection can be used.
    #[must_use]
    pub fn usable(&self) -> bool {
        let is_fine = |check: &Check| matches!(check.outcome, Outcome::Passed(_) | Outcome::Warned { .. });
        !self.checks.is_empty() && self.checks.iter().all(is_fine)
    }

    /// Adds the result of a check.
    pub fn note(&mut self, subject: Subject, outcome: Outcome) {
        self.checks.push(Check { subject, outcome });
    }
}
