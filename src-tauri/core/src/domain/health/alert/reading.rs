//! What was measured at one moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::health::alert::metric::Metric;

/// The most things that an alert names.
pub const AFFECTED_MAX: usize = 20;
/// The longest text of what was measured that an alert keeps, in characters.
pub const DETAIL_MAX: usize = 500;

/// The kind of a thing that an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AffectedKind {
    /// A recording.
    Recording,
    /// A class.
    Session,
    /// A background job.
    Job,
    /// A channel for messages.
    Channel,
    /// A signing key.
    Key,
    /// This desk.
    Desk,
}

impl AffectedKind {
    /// The word in the CLI, the IPC and the webhook.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Session => "session",
            Self::Job => "job",
            Self::Channel => "channel",
            Self::Key => "key",
            Self::Desk => "desk",
        }
    }
}

/// A thing that an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// The kind.
    pub kind: AffectedKind,
    /// Its id, or its name where it has none.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A thing that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The thing.
    pub affected: Affected,
    /// Its own value; `None` where it counts whatever the threshold is.
    pub value: Option<f64>,
}

/// What was measured of one metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The value; `None` while it is not known.
    pub value: Option<f64>,
    /// What is behind it.
    pub items: Vec<Item>,
    /// It in words.
    pub detail: String,
}

impl Reading {
    /// A value without things behind it.
    #[must_use]
    pub fn of(value: f64, detail: impl Into<String>) -> Self {
        Self { value: Some(value), items: Vec::new(), detail: detail.into() }
    }

    /// Holds where there are things.
    #[must_use]
    pub fn of_things(things: Vec<Affected>, detail: impl Into<String>) -> Self {
        let value = if things.is_empty() { 0.0 } else { 1.0 };
        let items = things.into_iter().map(|affected| Item { affected, value: None }).collect();
        Self { value: Some(value), items, detail: detail.into() }
    }

    /// The worst of the values of things. Without things, nothing is wrong.
    #[must_use]
    pub fn worst(metric: Metric, items: Vec<Item>, detail: impl Into<String>) -> Self {
        let values = items.iter().filter_map(|item| item.value);
        let value =
            if metric.about().low_is_bad { values.fold(f64::INFINITY, f64::min) } else { values.fold(0.0, f64::max) };
        Self { value: Some(value), items, detail: detail.into() }
    }

    /// It in words, as an alert keeps them.
    #[must_use]
    pub fn short_detail(&self) -> String {
        self.detail.chars().take(DETAIL_MAX).collect()
    }

    /// The things beyond a threshold: those that an alert names, and how many there are.
    #[must_use]
    pub fn beyond(&self, metric: Metric, threshold: Option<f64>) -> (Vec<Affected>, u32) {
        let is_beyond = |item: &&Item| item.value.is_none_or(|value| metric.is_beyond(value, threshold));
        let beyond = || self.items.iter().filter(is_beyond);
        let named = beyond().take(AFFECTED_MAX).map(|item| item.affected.clone()).collect();
        (named, u32::try_from(beyond().count()).unwrap_or(u32::MAX))
    }
}

/// What was measured at one moment. A metric that is missing is not known.
pub type Readings = BTreeMap<Metric, Reading>;
