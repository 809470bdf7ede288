//! `usage`: what is used at Cloudflare, and what it costs.

use hajime_core::actions::health::usage::{self, Month, Spend, Usage};
use hajime_core::context::Context;
use hajime_core::domain::health::price::Dollars;
use hajime_core::error::UserError;
use serde::Serialize;

use super::price::PriceView;
use crate::output::Output;

/// The output for a month, in cents. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct MonthView {
    month: String,
    stored: f64,
    watched: f64,
    rooms: f64,
    recording: f64,
    is_forecast: bool,
}

impl From<Month> for MonthView {
    fn from(Month { cost, is_forecast }: Month) -> Self {
        Self {
            month: cost.month.format("%Y-%m").to_string(),
            stored: cost.stored,
            watched: cost.watched,
            rooms: cost.rooms,
            recording: cost.recorded,
            is_forecast,
        }
    }
}

impl MonthView {
    fn line(&self) -> String {
        let total = self.stored + self.watched + self.rooms + self.recording;
        let about = if self.is_forecast { "  forecast" } else { "" };
        format!(
            "{}  {:>10}  stored {}, watched {}, rooms {}, recording {}{about}",
            self.month,
            Dollars(total).to_string(),
            Dollars(self.stored),
            Dollars(self.watched),
            Dollars(self.rooms),
            Dollars(self.recording)
        )
    }
}

#[derive(Debug, Serialize)]
struct SpendView {
    name: String,
    stored_minutes: f64,
    watched_minutes: f64,
    cents: f64,
}

impl From<Spend> for SpendView {
    fn from(Spend { name, stored_minutes, watched_minutes, cents }: Spend) -> Self {
        Self { name, stored_minutes, watched_minutes, cents }
    }
}

/// Why numbers are missing or old.
#[derive(Debug, Serialize)]
pub(super) struct ProblemView {
    pub(super) message: String,
    pub(super) next: String,
}

#[derive(Debug, Serialize)]
struct UsageView {
    currency: &'static str,
    /// Every number is an estimate.
    is_estimate: bool,
    months: Vec<MonthView>,
    this_month: f64,
    forecast: f64,
    budget: Option<u32>,
    over_budget: bool,
    sentence: String,
    estimate_note: String,
    watched_since: Option<String>,
    watched_problem: Option<ProblemView>,
    rooms_free: bool,
    room_sessions: u32,
    room_minutes: f64,
    recorded_minutes: f64,
    by_instructor: Vec<SpendView>,
    by_series: Vec<SpendView>,
    by_tag: Vec<SpendView>,
    prices: Vec<PriceView>,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        let over_budget = usage.is_over_budget();
        let spend = |all: Vec<Spend>| all.into_iter().map(SpendView::from).collect();
        Self {
            currency: "USD",
            is_estimate: true,
            months: usage.months.into_iter().map(MonthView::from).collect(),
            this_month: usage.this_month,
            forecast: usage.forecast,
            budget: usage.budget_cents,
            over_budget,
            sentence: usage.sentence,
            estimate_note: usage.estimate_note,
            watched_since: usage.watched_since.map(|day| day.to_string()),
            watched_problem: usage
                .watched_problem
                .map(|problem| ProblemView { message: problem.message, next: problem.next }),
            rooms_free: usage.rooms_free,
            room_sessions: usage.room_sessions,
            room_minutes: usage.room_minutes,
            recorded_minutes: usage.recorded_minutes,
            by_instructor: spend(usage.by_instructor),
            by_series: spend(usage.by_series),
            by_tag: spend(usage.by_tag),
            prices: usage.prices.into_iter().map(PriceView::from).collect(),
        }
    }
}

impl UsageView {
    fn lines(&self) -> String {
        let months = self.months.iter().map(MonthView::line);
        let rooms = format!(
            "This month: {} classes, {:.0} minutes of people in rooms, {:.0} minutes recorded.",
            self.room_sessions, self.room_minutes, self.recorded_minutes
        );
        let problem = self.watched_problem.as_ref().map(|problem| format!("{} {}", problem.message, problem.next));
        std::iter::once(self.sentence.clone())
            .chain(months)
            .chain([rooms])
            .chain(problem)
            .chain([self.estimate_note.clone()])
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Asks what is used where that is due, and shows it.
pub(crate) async fn run(context: &Context, months: u32, output: Output) -> Result<(), UserError> {
    usage::refresh(context).await?;
    output.print(&UsageView::from(usage::overview(context, months)?), UsageView::lines);
    Ok(())
}
