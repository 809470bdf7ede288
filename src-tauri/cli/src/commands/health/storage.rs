//! `storage`: what takes the minutes of the storage, when it is full, and the ways to make room.

use hajime_core::actions::health::storage::{self, Storage};
use hajime_core::context::Context;
use hajime_core::domain::health::forecast::Growth;
use hajime_core::domain::health::storage::{Minutes, Way, minutes};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::error::UserError;
use serde::Serialize;

use super::usage::ProblemView;
use crate::commands::instant;
use crate::output::Output;

/// The output for minutes that have something in common. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct UseView {
    name: String,
    minutes: f64,
    recordings: u32,
}

impl From<Minutes> for UseView {
    fn from(Minutes { name, minutes, recordings }: Minutes) -> Self {
        Self { name, minutes, recordings }
    }
}

#[derive(Debug, Serialize)]
struct WayView {
    kind: &'static str,
    minutes: f64,
    recordings: u32,
    words: String,
    note: String,
}

impl From<Way> for WayView {
    fn from(Way { kind, minutes, recordings, words, note }: Way) -> Self {
        Self { kind: kind.name(), minutes, recordings, words, note }
    }
}

#[derive(Debug, Serialize)]
struct WaitingView {
    id: String,
    title: String,
    kept_until: Option<String>,
}

impl From<Recording> for WaitingView {
    fn from(recording: Recording) -> Self {
        let kept_until = recording.file_kept_until().map(instant);
        Self { id: recording.id.to_string(), title: recording.title, kept_until }
    }
}

#[derive(Debug, Serialize)]
struct StorageView {
    used: Option<f64>,
    limit: Option<f64>,
    left: Option<f64>,
    share: Option<f64>,
    asked_at: Option<String>,
    problem: Option<ProblemView>,
    sentence: String,
    library_minutes: f64,
    expiring_minutes: f64,
    bin_minutes: f64,
    other_minutes: f64,
    growth_per_month: Option<f64>,
    full_on: Option<String>,
    full_on_with_rules: Option<String>,
    by_tag: Vec<UseView>,
    by_instructor: Vec<UseView>,
    by_month: Vec<UseView>,
    kept: UseView,
    never_watched: Option<UseView>,
    unwatched_year: Option<UseView>,
    watched_since: Option<String>,
    ways: Vec<WayView>,
    waiting: Vec<WaitingView>,
}

impl StorageView {
    fn new(storage: Storage, problem: Option<UserError>) -> Self {
        let reading = storage.reading;
        let used = |all: Vec<Minutes>| all.into_iter().map(UseView::from).collect();
        let stored = storage.stored;
        Self {
            used: reading.map(|reading| reading.used),
            limit: reading.map(|reading| reading.allowed),
            left: reading.map(|reading| reading.left()),
            share: reading.and_then(|reading| reading.share()),
            asked_at: reading.map(|reading| instant(reading.at)),
            problem: problem.map(|UserError { message, next, .. }| ProblemView { message, next }),
            sentence: storage.sentence,
            library_minutes: stored.library.minutes,
            expiring_minutes: stored.expiring.minutes,
            bin_minutes: stored.bin.minutes,
            other_minutes: storage.other_minutes,
            growth_per_month: storage.growth.map(Growth::per_month),
            full_on: storage.full_on.map(|day| day.to_string()),
            full_on_with_rules: storage.full_on_with_rules.map(|day| day.to_string()),
            by_tag: used(stored.by_tag),
            by_instructor: used(stored.by_instructor),
            by_month: used(stored.by_month),
            kept: stored.kept.into(),
            never_watched: storage.never_watched.map(UseView::from),
            unwatched_year: storage.unwatched_year.map(UseView::from),
            watched_since: storage.watched_since.map(|day| day.to_string()),
            ways: storage.ways.into_iter().map(WayView::from).collect(),
            waiting: storage.waiting.into_iter().map(WaitingView::from).collect(),
        }
    }

    fn lines(&self) -> String {
        let mut lines = vec![self.sentence.clone()];
        lines.extend(self.problem.as_ref().map(|problem| format!("{} {}", problem.message, problem.next)));
        lines.push(format!(
            "On the list {}, of which {} are deleted this month. In the bin {}. Others {}.",
            minutes(self.library_minutes),
            minutes(self.expiring_minutes),
            minutes(self.bin_minutes),
            minutes(self.other_minutes)
        ));
        lines.extend(self.waiting.iter().map(|one| {
            let until = one.kept_until.as_ref().map(|until| format!(" Its file is kept until {until}."));
            format!("  {}  {} waits for room.{}", one.id, one.title, until.unwrap_or_default())
        }));
        lines.extend(self.ways.iter().map(|way| format!("  {}: {}", way.words, way.note)));
        lines.join("\n")
    }
}

/// Asks Stream how much is stored if that was not asked lately, and shows it.
pub(crate) async fn run(context: &Context, output: Output) -> Result<(), UserError> {
    let problem = storage::refresh(context).await?;
    output.print(&StorageView::new(storage::overview(context)?, problem), StorageView::lines);
    Ok(())
}
