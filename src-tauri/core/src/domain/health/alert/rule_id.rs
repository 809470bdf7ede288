//! The id of a rule.

use std::fmt;
use std::str::FromStr;

use crate::domain::health::alert::metric::Metric;
use crate::domain::ids::{IdError, OwnRuleId};

/// The id of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleId {
    /// The rule that Hajime brings for a metric. Its id is the word of the metric.
    Brought(Metric),
    /// A rule that a person added.
    Own(OwnRuleId),
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brought(metric) => f.write_str(metric.about().name),
            Self::Own(id) => id.fmt(f),
        }
    }
}

impl FromStr for RuleId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match Metric::named(text) {
            Some(metric) => Ok(Self::Brought(metric)),
            None => text.parse().map(Self::Own),
        }
    }
}
