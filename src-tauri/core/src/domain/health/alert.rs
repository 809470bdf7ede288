//! Alerts: a rule compares a metric with a threshold, and an alert says that the rule holds. People are told once when it
//! opens and once when it is over.
//!
//! | module | for |
//! |---|---|
//! | [`metric`] | what can be measured, with its words and bounds |
//! | [`channel`] | the channels through which people are told |
//! | [`rule_id`] | the id of a rule |
//! | [`rule`] | rules, those that Hajime brings and those that people add |
//! | [`reading`] | what was measured at one moment |
//! | [`episode`] | an alert from its beginning to its end, and what was told of it |
//! | [`evaluate`] | what follows from rules, readings and alerts |

pub mod channel;
pub mod episode;
pub mod evaluate;
pub mod metric;
pub mod reading;
pub mod rule;
pub mod rule_id;
