//! Rules: those that Hajime brings, one for each metric, and those that people add. A rule that contradicts itself is
//! refused by field.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::health::alert::channel::AlertChannel;
use crate::domain::health::alert::metric::Metric;
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal};

/// The most rules, those that Hajime brings included.
pub const RULES_MAX: usize = 100;
/// The longest time that a metric must hold, or be over, in minutes.
const LONGEST_WAIT_MINUTES: u32 = 7 * 24 * 60;
/// The shortest and the longest time after which an alert is told again, in minutes.
const REPEAT_MINUTES: (u32, u32) = (60, 30 * 24 * 60);

/// A channel of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChannel {
    /// The channel.
    pub channel: AlertChannel,
    /// How many minutes after the alert has opened it is told.
    pub after_minutes: u32,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// What it compares.
    pub metric: Metric,
    /// What it compares with; `None` where the metric only holds or does not.
    pub threshold: Option<f64>,
    /// The value at which an alert ends, where it differs from the threshold.
    pub closes_at: Option<f64>,
    /// How many minutes the metric must hold.
    pub for_minutes: u32,
    /// How many minutes it must have been over.
    pub clears_after_minutes: u32,
    /// Through which channels people are told.
    pub channels: Vec<RuleChannel>,
    /// After how many minutes people are told again; `None` for never.
    pub repeat_minutes: Option<u32>,
    /// Whether it is on.
    pub is_on: bool,
}

impl Rule {
    /// The rule that Hajime brings for a metric.
    #[must_use]
    pub fn brought(metric: Metric) -> Self {
        let brought = &metric.about().brought;
        let channels = brought.channels.iter().map(|&(channel, after_minutes)| RuleChannel { channel, after_minutes });
        Self {
            id: RuleId::Brought(metric),
            metric,
            threshold: brought.threshold,
            closes_at: brought.closes_at,
            for_minutes: brought.for_minutes,
            clears_after_minutes: brought.clears_after_minutes,
            channels: channels.collect(),
            repeat_minutes: brought.repeat_minutes,
            is_on: true,
        }
    }

    /// The rule as a sentence.
    #[must_use]
    pub fn name(&self) -> String {
        self.metric.sentence(self.threshold)
    }

    /// Whether a value begins an alert.
    #[must_use]
    pub fn begins_at(&self, value: f64) -> bool {
        self.metric.is_beyond(value, self.threshold)
    }

    /// Whether a value keeps an alert that has begun.
    #[must_use]
    pub fn holds_at(&self, value: f64) -> bool {
        self.metric.is_beyond(value, self.closes_at.or(self.threshold))
    }

    /// When an alert ends by itself, in words.
    #[must_use]
    pub fn closing_words(&self) -> String {
        let about = self.metric.about();
        let value = self.closes_at.or(self.threshold).map(|value| about.unit.words(value));
        let side = if about.low_is_bad { "above" } else { "below" };
        let at = value.map_or_else(|| "when it is over".to_owned(), |value| format!("when {side} {value}"));
        match self.clears_after_minutes {
            0 => format!("closes by itself {at}"),
            60 => format!("closes by itself {at} for an hour"),
            minutes => format!("closes by itself {at} for {minutes} min"),
        }
    }

    /// Whether two rules would raise the same alerts.
    fn says_the_same(&self, other: &Self) -> bool {
        let of =
            |rule: &Self| (rule.metric, rule.threshold, rule.closes_at, rule.for_minutes, rule.clears_after_minutes);
        of(self) == of(other)
    }

    /// What is wrong with the rule by itself.
    fn problems(&self) -> Vec<FieldError> {
        let about = self.metric.about();
        let mut problems = Vec::new();
        let mut refuse = |field, message: String, next| problems.push(FieldError { field, message, next });
        let (lowest, highest) = about.bounds;
        let words = |value| about.unit.words(value);
        let out_of_bounds = |value: f64| !value.is_finite() || !(lowest..=highest).contains(&value);
        let bounds = format!("It must be from {} to {}.", words(lowest), words(highest));
        match (self.threshold, about.brought.threshold.is_some()) {
            (None, true) => refuse("threshold", "The threshold is missing.".into(), "Type a number."),
            (Some(_), false) => {
                refuse("threshold", "This metric has no threshold.".into(), "Leave the threshold out.");
            }
            (Some(value), true) if out_of_bounds(value) => {
                refuse("threshold", bounds.clone(), "Type a number within these bounds.");
            }
            _ => {}
        }
        match (self.closes_at, self.threshold) {
            (Some(_), None) => refuse("closes_at", "This metric has no threshold.".into(), "Leave this out."),
            (Some(value), _) if !(0.0..=highest).contains(&value) => {
                let message = format!("It must be from {} to {}.", words(0.0), words(highest));
                refuse("closes_at", message, "Type a number within these bounds.");
            }
            (Some(closes), Some(threshold)) if about.low_is_bad && closes < threshold => refuse(
                "closes_at",
                format!("The alert would end below {}, where it begins.", words(threshold)),
                "Type a number that is not below the threshold.",
            ),
            (Some(closes), Some(threshold)) if !about.low_is_bad && closes > threshold => refuse(
                "closes_at",
                format!("The alert would end above {}, where it begins.", words(threshold)),
                "Type a number that is not above the threshold.",
            ),
            _ => {}
        }
        for (field, minutes) in [("for_minutes", self.for_minutes), ("clears_after_minutes", self.clears_after_minutes)]
        {
            if minutes > LONGEST_WAIT_MINUTES {
                refuse(field, format!("{minutes} minutes are too long."), "Choose a week at most.");
            }
        }
        let mut seen = Vec::new();
        for RuleChannel { channel, after_minutes } in &self.channels {
            if seen.contains(channel) {
                refuse(
                    "channels",
                    format!("The channel {} is in it twice.", channel.name()),
                    "Name each channel once.",
                );
            }
            if *after_minutes > LONGEST_WAIT_MINUTES {
                refuse("channels", format!("{after_minutes} minutes are too long."), "Choose a week at most.");
            }
            seen.push(*channel);
        }
        let (shortest, longest) = REPEAT_MINUTES;
        if self.repeat_minutes.is_some_and(|minutes| !(shortest..=longest).contains(&minutes)) {
            let message = "An alert is told again after an hour at the earliest and 30 days at the latest.".into();
            refuse("repeat_minutes", message, "Choose a time between these, or none.");
        }
        problems
    }
}

/// The rules that Hajime brings, each as a person changed it, then those that people added.
#[must_use]
pub fn all(changed: &[Rule]) -> Vec<Rule> {
    let of = |metric| changed.iter().find(|rule| rule.id == RuleId::Brought(metric)).cloned();
    let brought = Metric::ALL.into_iter().map(|metric| of(metric).unwrap_or_else(|| Rule::brought(metric)));
    let own = changed.iter().filter(|rule| matches!(rule.id, RuleId::Own(_))).cloned();
    brought.chain(own).collect()
}

/// Returns the rules with one that is added or changed.
pub fn with(rules: &[Rule], rule: Rule) -> Result<Vec<Rule>, Invalid> {
    let mut problems = rule.problems();
    let others = || rules.iter().filter(|other| other.id != rule.id);
    if let RuleId::Brought(metric) = rule.id
        && metric != rule.metric
    {
        problems.push(FieldError {
            field: "metric",
            message: "The metric of a rule that Hajime brings cannot be changed.".into(),
            next: "Add a rule of your own.",
        });
    }
    if others().any(|other| other.says_the_same(&rule)) {
        problems.push(FieldError {
            field: "threshold",
            message: format!("There is a rule “{}” already.", rule.name()),
            next: "Change that rule, or choose another threshold.",
        });
    }
    if others().count() >= RULES_MAX {
        problems.push(FieldError {
            field: "metric",
            message: format!("There are {RULES_MAX} rules."),
            next: "Remove one of your own first.",
        });
    }
    Invalid::check(problems)?;
    let mut all = rules.to_vec();
    match all.iter_mut().find(|other| other.id == rule.id) {
        Some(known) => *known = rule,
        None => all.push(rule),
    }
    Ok(all)
}

/// The fields of a rule by name, for the journal.
#[must_use]
pub fn fields(rule: &Rule) -> Fields {
    let Rule {
        id: _,
        metric,
        threshold,
        closes_at,
        for_minutes,
        clears_after_minutes,
        channels,
        repeat_minutes,
        is_on,
    } = rule;
    [
        ("metric", json!(metric.about().name)),
        ("threshold", json!(threshold)),
        ("closes_at", json!(closes_at)),
        ("for_minutes", json!(for_minutes)),
        ("clears_after_minutes", json!(clears_after_minutes)),
        ("channels", json!(channels)),
        ("repeat_minutes", json!(repeat_minutes)),
        ("is_on", json!(is_on)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Reads a rule from its fields; `None` where this version does not understand one.
#[must_use]
pub fn from_fields(id: RuleId, fields: &Fields) -> Option<Rule> {
    fn read<T: serde::de::DeserializeOwned>(fields: &Fields, name: &str) -> Option<T> {
        serde_json::from_value(fields.get(name).cloned().unwrap_or(Value::Null)).ok()
    }
    Some(Rule {
        id,
        metric: Metric::named(&read::<String>(fields, "metric")?)?,
        threshold: read(fields, "threshold")?,
        closes_at: read(fields, "closes_at")?,
        for_minutes: read(fields, "for_minutes")?,
        clears_after_minutes: read(fields, "clears_after_minutes")?,
        channels: read(fields, "channels")?,
        repeat_minutes: read(fields, "repeat_minutes")?,
        is_on: read(fields, "is_on")?,
    })
}

/// Returns the rules with the one of `entry` as it was before.
pub fn undo(rules: &[Rule], id: RuleId, entry: &JournalEntry) -> Result<Vec<Rule>, UndoRefusal> {
    let present = rules.iter().find(|rule| rule.id == id).map(fields).unwrap_or_default();
    entry.check_undo(&present)?;
    if entry.is_creation() {
        return Ok(rules.iter().filter(|rule| rule.id != id).cloned().collect());
    }
    let mut before = present;
    before.extend(entry.changes.before.clone());
    let unreadable = || UndoRefusal::Unreadable { field: "rule".to_owned() };
    let rule = from_fields(id, &before).ok_or_else(unreadable)?;
    with(rules, rule).map_err(|_| UndoRefusal::ChangedSince { fields: vec!["threshold".into()] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::OwnRuleId;

    fn own(metric: Metric, threshold: f64) -> Rule {
        Rule { id: RuleId::Own(OwnRuleId::new()), threshold: Some(threshold), closes_at: None, ..Rule::brought(metric) }
    }

    fn refused(rule: Rule) -> Vec<&'static str> {
        with(&all(&[]), rule).unwrap_err().problems().iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn every_rule_that_hajime_brings_could_be_saved_by_a_person() {
        let rules = all(&[]);
        for rule in &rules {
            assert_eq!(with(&rules, rule.clone()).as_ref(), Ok(&rules), "{}", rule.name());
            assert_eq!(from_fields(rule.id, &fields(rule)).as_ref(), Some(rule));
            assert_eq!(rule.id.to_string().parse(), Ok(rule.id));
        }
    }

    #[test]
    fn a_rule_that_contradicts_itself_is_refused_by_field() {
        let storage = || own(Metric::StorageShare, 90.0);
        assert!(with(&all(&[]), storage()).is_ok());
        assert_eq!(refused(Rule { threshold: Some(f64::NAN), ..storage() }), ["threshold"]);
        assert_eq!(refused(Rule { threshold: Some(101.0), ..storage() }), ["threshold"]);
        assert_eq!(refused(Rule { threshold: None, ..storage() }), ["threshold"]);
        assert_eq!(refused(Rule { closes_at: Some(91.0), ..storage() }), ["closes_at"]);
        assert_eq!(refused(Rule { closes_at: Some(1.0), ..own(Metric::Rescue, 2.0) }), ["closes_at"]);
        assert_eq!(refused(Rule { closes_at: Some(1e300), ..own(Metric::Rescue, 2.0) }), ["closes_at"]);
        assert_eq!(refused(Rule { repeat_minutes: Some(1), ..storage() }), ["repeat_minutes"]);
        assert_eq!(refused(Rule { for_minutes: u32::MAX, ..storage() }), ["for_minutes"]);
        let twice = RuleChannel { channel: AlertChannel::Slack, after_minutes: 0 };
        assert_eq!(refused(Rule { channels: vec![twice, twice], ..storage() }), ["channels"]);
        let id = RuleId::Brought(Metric::StorageShare);
        assert_eq!(refused(Rule { id, ..own(Metric::NotWatchable, 20.0) }), ["metric"]);
    }

    #[test]
    fn two_equal_rules_and_more_than_the_limit_are_refused() {
        let same = Rule { id: RuleId::Own(OwnRuleId::new()), ..Rule::brought(Metric::StorageShare) };
        assert_eq!(refused(same), ["threshold"]);
        let mut rules = all(&[]);
        let mut minutes = 100.0;
        while rules.len() < RULES_MAX {
            minutes += 1.0;
            rules = with(&rules, own(Metric::NotWatchable, minutes)).unwrap();
        }
        assert!(with(&rules, own(Metric::NotWatchable, 99.0)).is_err());
        assert!(with(&rules, Rule { is_on: false, ..Rule::brought(Metric::Muted) }).is_ok(), "a known one is changed");
    }

    #[test]
    fn the_end_of_an_alert_is_worded() {
        assert_eq!(Rule::brought(Metric::StorageShare).closing_words(), "closes by itself when below 78 % for an hour");
        assert_eq!(Rule::brought(Metric::Token).closing_words(), "closes by itself when it is over");
    }
}
