//! Measures how long it takes to find what follows from 50 rules for alerts, with 10,000 recordings behind a reading.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::domain::health::alert::evaluate::{ChannelNow, State, evaluate};
use hajime_core::domain::health::alert::metric::Metric;
use hajime_core::domain::health::alert::reading::{Affected, AffectedKind, Item, Reading, Readings};
use hajime_core::domain::health::alert::rule::{Rule, all};
use hajime_core::domain::health::alert::rule_id::RuleId;
use hajime_core::domain::ids::OwnRuleId;

use crate::api::Failure;
use crate::table::{Row, Table, Times, millis};

const RULES: usize = 50;
const RECORDINGS: u32 = 10_000;
const TURNS: i64 = 500;
const LONGEST: Duration = Duration::from_millis(10);

pub(crate) fn run(table: &mut Table) {
    if let Err(failure) = measure(table) {
        table.add(row(&failure.to_string(), "none".into(), false));
    }
}

fn row(what: &str, figure: String, reached: bool) -> Row {
    Row { what: format!("alerts: {what}"), figure, beside: String::new(), mark: "≤ 10 ms".into(), reached }
}

fn measure(table: &mut Table) -> Result<(), Failure> {
    let begun: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
    let mut rules = all(&[]);
    let mut minutes = 20.0;
    while rules.len() < RULES {
        minutes += 1.0;
        let id = RuleId::Own(OwnRuleId::new());
        rules.push(Rule { id, threshold: Some(minutes), ..Rule::brought(Metric::NotWatchable) });
    }
    let readings = readings();
    let mut times = Times::default();
    for turn in 0..TURNS {
        let channels = [ChannelNow { is_on: true, is_quiet: false }; 4];
        let state = State { rules: &rules, readings: &readings, alerts: &[], told: &[], channels };
        let started = Instant::now();
        let changes = evaluate(&state, begun + TimeDelta::seconds(turn));
        times.since(started);
        if changes.is_empty() {
            return Err("no rule held".into());
        }
    }
    let p95 = times.percentile(95);
    table.add(row("what follows from 50 rules, p95", millis(p95), p95 <= LONGEST));
    Ok(())
}

/// Every metric is beyond its threshold, but no cause holds.
fn readings() -> Readings {
    let mut readings = Readings::new();
    for metric in Metric::ALL {
        let value = if metric.about().low_is_bad { 0.0 } else { 1_000.0 };
        readings.insert(metric, Reading::of(value, "Measured."));
    }
    readings.insert(Metric::Cloudflare, Reading::of(0.0, ""));
    readings.insert(Metric::Token, Reading::of(0.0, ""));
    let item = |number: u32| Item {
        affected: Affected { kind: AffectedKind::Recording, id: number.to_string(), title: format!("Class {number}") },
        value: Some(f64::from(number % 1_000)),
    };
    let late = (0..RECORDINGS).map(item).collect();
    readings.insert(Metric::NotWatchable, Reading::worst(Metric::NotWatchable, late, "Late."));
    readings
}
