//! An alert from its beginning to its end, and what was told of it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::health::alert::channel::AlertChannel;
use crate::domain::health::alert::metric::Metric;
use crate::domain::health::alert::reading::Affected;
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::ids::AlertId;

/// The longest snooze.
pub const SNOOZE_MAX: TimeDelta = TimeDelta::days(30);

/// An alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The rule that it is of.
    pub rule: RuleId,
    /// What the rule compares.
    pub metric: Metric,
    /// What it was compared with when it began.
    pub threshold: Option<f64>,
    /// Since when the rule has held.
    pub since: DateTime<Utc>,
    /// When it had held long enough; `None` while the alert waits for that.
    pub opened_at: Option<DateTime<Utc>>,
    /// Since when it has not held any more; `None` while it holds.
    pub well_since: Option<DateTime<Utc>>,
    /// When the alert ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// What was measured, in words.
    pub detail: String,
    /// What it is about. Bounded.
    pub affected: Vec<Affected>,
    /// How many things it is about.
    pub affected_total: u32,
    /// How many messages that follow from it were held back.
    pub held_back: u32,
    /// When a person took note of it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Until when nothing is told of it.
    pub snoozed_until: Option<DateTime<Utc>>,
}

impl Alert {
    /// Whether it has opened and not ended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.opened_at.is_some() && self.closed_at.is_none()
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> String {
        self.metric.sentence(self.threshold)
    }
}

/// What a message says of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum News {
    /// It has opened.
    Opened,
    /// It is still open.
    Repeated,
    /// It is over.
    Over,
}

impl News {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Opened, Self::Repeated, Self::Over];

    /// The word in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Repeated => "repeated",
            Self::Over => "over",
        }
    }
}

/// That something was told of an alert through a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The alert.
    pub alert: AlertId,
    /// Its rule.
    pub rule: RuleId,
    /// The channel.
    pub channel: AlertChannel,
    /// What was told.
    pub news: News,
    /// When.
    pub at: DateTime<Utc>,
}
