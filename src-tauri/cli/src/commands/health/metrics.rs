//! `metrics`: the figures and the state of the jobs in the text format of Prometheus, version 0.0.4.
//!
//! Names, labels and units stay as they are, because monitoring relies on them. Times are in seconds, shares from 0 to 1.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use hajime_core::actions::health::alerts;
use hajime_core::actions::health::figures;
use hajime_core::actions::library::recordings;
use hajime_core::context::Context;
use hajime_core::domain::health::distribution::Distribution;
use hajime_core::domain::health::overview::Overview;
use hajime_core::domain::health::row::Narrowed;
use hajime_core::domain::health::success::share;
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::error::UserError;
use hajime_core::jobs::status;

use crate::output::Output;

/// The period of the figures, in days.
const DAYS: u32 = 30;

/// What a metric is.
#[derive(Clone, Copy)]
enum Kind {
    Gauge,
    Counter,
}

/// The text, family by family.
#[derive(Default)]
struct Exposition(String);

/// The labels of a sample and its value.
type Sample<'a> = (Vec<(&'a str, &'a str)>, f64);

impl Exposition {
    /// Adds a family with its samples. One without samples is left out.
    fn add(&mut self, name: &str, kind: Kind, help: &str, samples: &[Sample<'_>]) {
        if samples.is_empty() {
            return;
        }
        let kind = match kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        };
        let text = &mut self.0;
        // Writing to a text cannot fail.
        writeln!(text, "# HELP hajime_{name} {}\n# TYPE hajime_{name} {kind}", escaped(help, false)).ok();
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value, true))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            writeln!(text, "hajime_{name}{labels} {value}").ok();
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Into<f64>) {
        self.add(name, Kind::Gauge, help, &[(Vec::new(), value.into())]);
    }
}

/// Escapes a text: a backslash and a new line, and in the value of a label also a quotation mark.
fn escaped(text: &str, is_label: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => safe.push_str("\\\\"),
            '\n' => safe.push_str("\\n"),
            '"' if is_label => safe.push_str("\\\""),
            letter => safe.push(letter),
        }
    }
    safe
}

fn unix(at: DateTime<Utc>) -> f64 {
    at.signed_duration_since(DateTime::UNIX_EPOCH).as_seconds_f64()
}

pub(crate) fn run(context: &Context) -> Result<(), UserError> {
    let overview = figures::overview(context, DAYS, &Narrowed::default())?;
    let mut text = Exposition::default();
    let version = vec![("version", env!("CARGO_PKG_VERSION"))];
    text.add("build_info", Kind::Gauge, "The version of Hajime.", &[(version, 1.0)]);
    library(context, &mut text)?;
    of_figures(&overview, &mut text);
    if let Some(reading) = &overview.storage {
        text.gauge("storage_minutes", "The minutes that Stream stores, as it told last.", reading.used);
        text.gauge("storage_limit_minutes", "The minutes that may be stored, as Stream told last.", reading.allowed);
    }
    text.gauge("alerts_open", "Alerts that are open.", alerts::count_open(context)?);
    jobs(context, &mut text)?;
    Output::whole(&text.0);
    Ok(())
}

fn library(context: &Context, text: &mut Exposition) -> Result<(), UserError> {
    let counts = recordings::list(context, &Query { limit: 1, ..Query::default() })?.counts;
    let of = |status: &'static str, filter: Filter| (vec![("status", status)], f64::from(counts.of(filter)));
    let samples = [
        of("ready", Filter::Ready),
        of("processing", Filter::Processing),
        of("failed", Filter::Failed),
        of("deleted", Filter::Deleted),
    ];
    text.add("recordings", Kind::Gauge, "Recordings on the list, by their status.", &samples);
    Ok(())
}

fn of_figures(all: &Overview, text: &mut Exposition) {
    let success = &all.success;
    let outcomes =
        [("succeeded", success.tally.succeeded), ("failed", success.tally.failed), ("undecided", success.undecided)];
    let outcomes = outcomes.map(|(outcome, count)| (vec![("outcome", outcome)], f64::from(count)));
    text.add(
        "recordings_asked_for",
        Kind::Gauge,
        "Recordings that were asked for in the last 30 days, by what became of them.",
        &outcomes,
    );
    if let Some(share) = success.tally.share() {
        text.gauge("success_ratio", "The share of decided recordings of the last 30 days that became a video.", share);
    }
    let causes: Vec<Sample<'_>> = success
        .causes
        .iter()
        .map(|(cause, count)| (vec![("cause", cause.map_or("unknown", |cause| cause.code()))], f64::from(*count)))
        .collect();
    text.add("recordings_failed", Kind::Gauge, "Failed recordings of the last 30 days, by their cause.", &causes);
    times(
        text,
        "watchable",
        "from the end of a class to its video, over the recordings of the last 30 days",
        &all.watchable.times,
    );
    times(
        text,
        "detection",
        "from a ready video to this desk noticing, over the recordings of the last 30 days",
        &all.detection.times,
    );
    text.gauge(
        "classes_to_be_recorded",
        "Classes of the last 30 days that were to be recorded and had somebody in the room.",
        all.proof.classes,
    );
    text.gauge(
        "classes_without_proof",
        "Those of them that were not seen being recorded within a minute.",
        all.proof.without,
    );
    let states = all.deliveries.iter().flat_map(|one| {
        let of = |state, count| (vec![("channel", one.channel.name()), ("state", state)], f64::from(count));
        [of("accepted", one.sent), of("failed", one.failed), of("waiting", one.waiting)]
    });
    let states: Vec<Sample<'_>> = states.collect();
    text.add("deliveries", Kind::Gauge, "Deliveries of the last 30 days, by channel and state.", &states);
    if let Some(share) = share(all.relay.relayed, all.relay.recordings) {
        let help = "The share of the videos of the last 30 days whose file went through this computer.";
        text.gauge("relayed_ratio", help, share);
    }
}

fn times(text: &mut Exposition, name: &str, what: &str, times: &Distribution) {
    text.gauge(&format!("{name}_measured"), &format!("How many times were measured {what}."), times.count());
    let quantiles = [("0.5", 50), ("0.9", 90), ("0.95", 95), ("1", 100)];
    let samples: Vec<Sample<'_>> = quantiles
        .into_iter()
        .filter_map(|(word, percent)| Some((vec![("quantile", word)], times.quantile(percent)?.as_seconds_f64())))
        .collect();
    text.add(&format!("{name}_seconds"), Kind::Gauge, &format!("Quantiles of the time {what}."), &samples);
}

fn jobs(context: &Context, text: &mut Exposition) -> Result<(), UserError> {
    let all = status::list(context)?;
    let of = |value: &dyn Fn(&status::JobStatus) -> Option<f64>| -> Vec<Sample<'_>> {
        all.iter().filter_map(|job| Some((vec![("job", job.name.as_str())], value(job)?))).collect()
    };
    let (gauge, counter) = (Kind::Gauge, Kind::Counter);
    let last = of(&|job| job.last_run.map(unix));
    text.add("job_last_run_timestamp_seconds", gauge, "When each background job last ran.", &last);
    let success = of(&|job| job.last_success.map(unix));
    text.add("job_last_success_timestamp_seconds", gauge, "When each background job last succeeded.", &success);
    let failures = of(&|job| Some(f64::from(job.failures_in_a_row)));
    text.add("job_failures_in_a_row", gauge, "Failed runs of each job since the last one that succeeded.", &failures);
    let runs = of(&|job| u32::try_from(job.runs).ok().map(f64::from));
    text.add("job_runs_total", counter, "Runs of each job since the process that runs the jobs began.", &runs);
    let took = of(&|job| job.took.map(|took| took.as_secs_f64()));
    text.add("job_last_run_seconds", gauge, "How long the last run of each job took.", &took);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_the_format_asks() {
        let mut text = Exposition::default();
        text.add("x", Kind::Gauge, "A \"b\"\\\n", &[(vec![("l", "a\"b\\c\nd")], 0.5)]);
        assert_eq!(
            text.0,
            "# HELP hajime_x A \"b\"\\\\\\n\n# TYPE hajime_x gauge\nhajime_x{l=\"a\\\"b\\\\c\\nd\"} 0.5\n"
        );
    }
}
