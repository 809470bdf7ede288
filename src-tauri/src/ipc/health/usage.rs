//! What is used, what it costs, and what a class will cost. Amounts are cents and estimates.

use chrono::NaiveDate;
use hajime_core::actions::health::prices;
use hajime_core::actions::health::usage::{self, ClassCost, Month, Spend, Usage};
use hajime_core::domain::health::cost::{PlannedClass, QualityCost};
use hajime_core::domain::health::price::{Price, PriceName};
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use super::ProblemDto;
use crate::accounts::{Accounts, blocking};

hajime_macros::commands![usage_overview, price_set, price_reset, budget_set, cost_estimate];

/// Returns what was used in the last months, and what it cost.
#[hajime_macros::command]
pub(crate) async fn usage_overview(accounts: State<'_, Accounts>, months: u32) -> Result<UsageDto, UserError> {
    let context = accounts.current().await?.context.clone();
    Ok(blocking(move || usage::overview(&context, months)).await?.into())
}

/// Sets a price in cents for a thousand minutes, from a day on (`YYYY-MM-DD`). Returns every price.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn price_set(
    accounts: State<'_, Accounts>,
    name: String,
    cents: f64,
    from: String,
) -> Result<Vec<PriceDto>, UserError> {
    let here = accounts.current().await?;
    let from: NaiveDate = from.parse().map_err(|_| {
        let from: String = from.chars().take(20).collect();
        Invalid::one("from", format!("“{from}” is no day."), "Write it as 2027-01-31.")
    })?;
    prices::set(&here.context, name.parse::<PriceName>()?, cents, from)?;
    all(&here.context)
}

/// Takes back the prices that people set for one thing. Returns every price.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn price_reset(accounts: State<'_, Accounts>, name: String) -> Result<Vec<PriceDto>, UserError> {
    let here = accounts.current().await?;
    prices::reset(&here.context, name.parse::<PriceName>()?)?;
    all(&here.context)
}

/// Sets what a month may cost, in cents; `null` for no limit.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn budget_set(accounts: State<'_, Accounts>, cents: Option<f64>) -> Result<(), UserError> {
    let here = accounts.current().await?;
    Ok(prices::set_budget(&here.context, cents)?)
}

/// Estimates what a class costs, of this length and with so many people.
#[hajime_macros::command]
pub(crate) async fn cost_estimate(
    accounts: State<'_, Accounts>,
    minutes: u32,
    people: u32,
    quality: String,
) -> Result<EstimateDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let class = PlannedClass { minutes, people, quality: quality.parse::<Quality>()? };
    Ok(blocking(move || usage::estimate(&context, class)).await?.into())
}

fn all(context: &hajime_core::context::Context) -> Result<Vec<PriceDto>, UserError> {
    Ok(prices::list(context)?.into_iter().map(PriceDto::from).collect())
}

/// What a month costs, in cents.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct MonthDto {
    /// The month, such as `2026-11`.
    month: String,
    stored: f64,
    watched: f64,
    rooms: f64,
    /// The recording of rooms.
    exports: f64,
    /// Whether it is the present month, and its rest is a forecast.
    is_forecast: bool,
    /// Whether some of it is an estimate.
    is_estimate: bool,
}

impl From<Month> for MonthDto {
    fn from(Month { cost, is_forecast }: Month) -> Self {
        Self {
            month: cost.month.format("%Y-%m").to_string(),
            stored: cost.stored,
            watched: cost.watched,
            rooms: cost.rooms,
            exports: cost.recorded,
            is_forecast,
            is_estimate: is_forecast || cost.watched > 0.0,
        }
    }
}

/// The stored and watched minutes of one instructor, series or tag, and what they cost this month.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SpendDto {
    name: String,
    stored_minutes: f64,
    watched_minutes: f64,
    cents: f64,
}

impl From<Spend> for SpendDto {
    fn from(Spend { name, stored_minutes, watched_minutes, cents }: Spend) -> Self {
        Self { name, stored_minutes, watched_minutes, cents }
    }
}

/// A price, in cents for a thousand minutes.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PriceDto {
    name: String,
    label: String,
    /// What it is for.
    per: String,
    cents: f64,
    /// The first day on which it counts; for a price of the documentation, the day on which it was read.
    from: String,
    source: String,
    /// Whether it is the one of Cloudflare’s documentation.
    is_default: bool,
}

impl From<Price> for PriceDto {
    fn from(Price { name, rate, from, source, is_default }: Price) -> Self {
        Self {
            name: name.name().to_owned(),
            label: name.label().to_owned(),
            per: name.per().to_owned(),
            cents: rate.cents(),
            from: from.to_string(),
            source: source.to_owned(),
            is_default,
        }
    }
}

/// What is used and what it costs. Amounts are cents.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct UsageDto {
    #[ts(type = "\"USD\"")]
    currency: &'static str,
    /// The months of which something is known, oldest first. The last one is the present month.
    months: Vec<MonthDto>,
    this_month: f64,
    /// What this month will cost, if it goes on like this.
    forecast: f64,
    budget: Option<f64>,
    over_budget: bool,
    sentence: String,
    /// What is estimated, and why.
    estimate_note: String,
    /// The first day from which on all watched minutes were counted; `null` if the last days were not.
    watched_since: Option<String>,
    /// Why the watched minutes were not told last; `null` if they were.
    watched_problem: Option<ProblemDto>,
    /// Whether rooms and their recording are free.
    rooms_free: bool,
    room_sessions: u32,
    /// The minutes of all people in rooms this month.
    room_minutes: f64,
    recorded_minutes: f64,
    by_instructor: Vec<SpendDto>,
    by_series: Vec<SpendDto>,
    /// A recording with two tags counts in both.
    by_tag: Vec<SpendDto>,
    prices: Vec<PriceDto>,
}

impl From<Usage> for UsageDto {
    fn from(usage: Usage) -> Self {
        let over_budget = usage.is_over_budget();
        let spend = |all: Vec<Spend>| all.into_iter().map(SpendDto::from).collect();
        Self {
            currency: "USD",
            months: usage.months.into_iter().map(MonthDto::from).collect(),
            this_month: usage.this_month,
            forecast: usage.forecast,
            budget: usage.budget_cents.map(f64::from),
            over_budget,
            sentence: usage.sentence,
            estimate_note: usage.estimate_note,
            watched_since: usage.watched_since.map(|day| day.to_string()),
            watched_problem: usage.watched_problem.map(ProblemDto::from),
            rooms_free: usage.rooms_free,
            room_sessions: usage.room_sessions,
            room_minutes: usage.room_minutes,
            recorded_minutes: usage.recorded_minutes,
            by_instructor: spend(usage.by_instructor),
            by_series: spend(usage.by_series),
            by_tag: spend(usage.by_tag),
            prices: usage.prices.into_iter().map(PriceDto::from).collect(),
        }
    }
}

/// A quality, for one class.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct QualityCostDto {
    quality: String,
    label: String,
    /// The size of the file, by the recordings of this desk.
    gigabytes: f64,
    /// The video for a month. Cloudflare counts minutes, so that it is the same for every quality.
    cents: f64,
    is_chosen: bool,
}

/// What a class will cost. Amounts are cents and estimates.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct EstimateDto {
    cents_room: f64,
    cents_recording: f64,
    cents_stored_month: f64,
    /// If everybody who took part watches all of it once.
    cents_if_all_watch: f64,
    stored_minutes: f64,
    /// The minutes that Stream has left; `null` if it was not asked yet.
    minutes_left: Option<f64>,
    fits: Option<bool>,
    rooms_free: bool,
    sentence: String,
    /// Only the qualities of which this desk has recordings.
    qualities: Vec<QualityCostDto>,
}

impl From<ClassCost> for EstimateDto {
    fn from(cost: ClassCost) -> Self {
        let fits = cost.fits();
        let ClassCost { estimate, class, minutes_left, sentence } = cost;
        let quality = |QualityCost { quality, gigabytes, stored_month }| QualityCostDto {
            quality: quality.name().to_owned(),
            label: {
                let (width, height) = quality.pixels();
                format!("{quality}, {width} × {height}")
            },
            gigabytes,
            cents: stored_month,
            is_chosen: quality == class.quality,
        };
        Self {
            cents_room: estimate.room,
            cents_recording: estimate.recording,
            cents_stored_month: estimate.stored_month,
            cents_if_all_watch: estimate.if_all_watch,
            stored_minutes: estimate.stored_minutes,
            minutes_left,
            fits,
            rooms_free: estimate.rooms_free,
            sentence,
            qualities: estimate.qualities.into_iter().map(quality).collect(),
        }
    }
}
