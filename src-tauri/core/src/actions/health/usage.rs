//! What is used at Cloudflare, what it costs, and what a class will cost.

use std::collections::{BTreeMap, HashMap};

use chrono::{Months, NaiveDate};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::health::cost::{self, DayUse, Estimate, MonthCost, PlannedClass, month_after, month_of};
use crate::domain::health::price::{Dollars, Price, PriceName, Prices};
use crate::domain::health::storage::minutes;
use crate::domain::health::usage::{Asking, Untold, complete_since};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::recorder;
use crate::store::{Spent, SpentBy};

/// The most months that are shown.
const MONTHS_MAX: u32 = 36;
/// What stands in the place of a series where a class has none.
const NO_SERIES: &str = "Classes of their own";
/// What stands in the place of an instructor where a recording has none.
const NO_INSTRUCTOR: &str = "No instructor";

/// What a month costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Month {
    /// The cost.
    pub cost: MonthCost,
    /// Whether it is the present month, and its rest is a forecast.
    pub is_forecast: bool,
}

/// The stored and watched minutes of one instructor, series or tag, and their share of this month’s cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Spend {
    /// The name.
    pub name: String,
    /// The minutes that Stream stores.
    pub stored_minutes: f64,
    /// The minutes that were watched this month.
    pub watched_minutes: f64,
    /// The cents for both.
    pub cents: f64,
}

/// What is used, and what it costs. Every number is an estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// The months of which something is known, oldest first. The last one is the present month.
    pub months: Vec<Month>,
    /// The cents of this month so far.
    pub this_month: f64,
    /// The cents of this month, if it goes on like this.
    pub forecast: f64,
    /// What a month may cost, in cents.
    pub budget_cents: Option<u32>,
    /// This month in one or two sentences.
    pub sentence: String,
    /// What is estimated, and why.
    pub estimate_note: String,
    /// The first day from which on all watched minutes were counted.
    pub watched_since: Option<NaiveDate>,
    /// Why the watched minutes were not told last.
    pub watched_problem: Option<Untold>,
    /// Whether rooms and their recording are free.
    pub rooms_free: bool,
    /// The sessions of this month.
    pub room_sessions: u32,
    /// The minutes of all people in rooms this month.
    pub room_minutes: f64,
    /// The minutes that were recorded this month.
    pub recorded_minutes: f64,
    /// By instructor.
    pub by_instructor: Vec<Spend>,
    /// By series.
    pub by_series: Vec<Spend>,
    /// By tag; a recording with two tags counts in both.
    pub by_tag: Vec<Spend>,
    /// Every price.
    pub prices: Vec<Price>,
}

impl Usage {
    /// Whether this month will cost more than it may.
    #[must_use]
    pub fn is_over_budget(&self) -> bool {
        self.budget_cents.is_some_and(|budget| self.forecast > f64::from(budget))
    }
}

/// Asks Cloudflare what is used, where that is due. What is refused is noted and shown by [`overview`].
pub async fn refresh(context: &Context) -> Result<(), Error> {
    guard::allow(context, Permission::SeeHealth)?;
    recorder::usage::ask_analytics(context).await?;
    Ok(())
}

/// What was used in the last months, and what it cost.
pub fn overview(context: &Context, months: u32) -> Result<Usage, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let (store, now) = (context.store(), context.cloudflare_now());
    let today = now.date_naive();
    let preferences = store.preferences()?;
    let prices = &preferences.prices;
    let back = months.clamp(1, MONTHS_MAX).saturating_sub(1);
    let first = month_of(today).checked_sub_months(Months::new(back)).unwrap_or_else(|| month_of(today));
    // The month before is needed for the forecast.
    let days = recorder::usage::days_of_use(context, first.min(month_of(month_of(today).pred_opt().unwrap_or(today))))?;
    let shown: Vec<Month> = months_of(&days, first, today, prices);
    let so_far = cost::to_date(today, &days, prices);
    let forecast = cost::forecast(today, &days, prices);
    let this_month = days.range(month_of(today)..month_after(today)).map(|(_, used)| used);
    let sum = |of: fn(&DayUse) -> Option<f64>| this_month.clone().filter_map(of).sum();
    let spend = |by| spend(context, by, today, prices);
    let asked = store.analytics_asked(Asking::Watched)?;
    let budget = preferences.budget_cents;
    Ok(Usage {
        months: shown,
        this_month: so_far.total(),
        forecast: forecast.total(),
        budget_cents: budget,
        sentence: sentence(today, &so_far, &forecast, budget),
        estimate_note: estimate_note(context, prices, today)?,
        watched_since: complete_since(&store.counted_days()?, today),
        watched_problem: asked.and_then(|asked| asked.problem),
        rooms_free: rooms_free(prices, today),
        room_sessions: store.room_sessions_since(month_of(today))?,
        room_minutes: sum(|used| used.rooms),
        recorded_minutes: sum(|used| used.recorded),
        by_instructor: spend(SpentBy::Instructor)?,
        by_series: spend(SpentBy::Series)?,
        by_tag: spend(SpentBy::Tag)?,
        prices: prices.all(),
    })
}

/// What a class will cost, and whether its recording fits into the storage.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCost {
    /// The cost.
    pub estimate: Estimate,
    /// The class.
    pub class: PlannedClass,
    /// The minutes that are left; `None` where Stream was not asked yet.
    pub minutes_left: Option<f64>,
    /// The cost in words.
    pub sentence: String,
}

impl ClassCost {
    /// Whether the recording fits; `None` where that is not known.
    #[must_use]
    pub fn fits(&self) -> Option<bool> {
        self.minutes_left.map(|left| left >= self.estimate.stored_minutes)
    }
}

/// Estimates what a class costs. Sends no request.
pub fn estimate(context: &Context, class: PlannedClass) -> Result<ClassCost, Error> {
    guard::allow(context, Permission::PlanClasses)?;
    let store = context.store();
    let prices = store.preferences()?.prices;
    let today = context.cloudflare_now().date_naive();
    let estimate = cost::estimate(class, &store.bytes_per_minute()?, &prices, today);
    let minutes_left = store.last_storage_reading()?.map(|reading| reading.left());
    let mut words = vec![format!(
        "The recording takes {} of the storage: {} a month.",
        minutes(estimate.stored_minutes),
        Dollars(estimate.stored_month)
    )];
    words.push(if estimate.rooms_free {
        "Its room is free in the beta.".to_owned()
    } else {
        format!("Its room costs {} and its recording {}.", Dollars(estimate.room), Dollars(estimate.recording))
    });
    words.push(format!("If everybody watches all of it once, that is {}.", Dollars(estimate.if_all_watch)));
    if let Some(left) = minutes_left.filter(|left| *left < estimate.stored_minutes) {
        words.push(format!("It does not fit: Stream has {} left.", minutes(left)));
    }
    Ok(ClassCost { estimate, class, minutes_left, sentence: words.join(" ") })
}

fn months_of(days: &BTreeMap<NaiveDate, DayUse>, first: NaiveDate, today: NaiveDate, prices: &Prices) -> Vec<Month> {
    let known_since = days.range(first..).next().map_or(today, |(day, _)| *day);
    let mut months = Vec::new();
    let mut month = month_of(known_since.min(today));
    while month < month_of(today) {
        months.push(Month { cost: cost::to_date(month, days, prices), is_forecast: false });
        month = month_after(month);
    }
    months.push(Month { cost: cost::forecast(today, days, prices), is_forecast: true });
    months
}

fn spend(context: &Context, by: SpentBy, today: NaiveDate, prices: &Prices) -> Result<Vec<Spend>, Error> {
    let store = context.store();
    let titles: HashMap<String, String> = match by {
        SpentBy::Series => {
            store.all_series()?.into_iter().map(|series| (series.id.to_string(), series.plan.title)).collect()
        }
        SpentBy::Instructor | SpentBy::Tag => HashMap::new(),
    };
    let named = |name: String| match by {
        SpentBy::Series if name.is_empty() => NO_SERIES.to_owned(),
        SpentBy::Series => titles.get(&name).cloned().unwrap_or_else(|| "A series of another desk".to_owned()),
        SpentBy::Instructor if name.is_empty() => NO_INSTRUCTOR.to_owned(),
        SpentBy::Instructor | SpentBy::Tag => name,
    };
    let rate = |name| prices.at(name, today).rate;
    let (stored, watched) = (rate(PriceName::Stored), rate(PriceName::Watched));
    let all = store.spent(by, month_of(today), month_after(today))?.into_iter();
    Ok(all
        .map(|Spent { name, stored_minutes, watched_minutes }| Spend {
            name: named(name),
            stored_minutes,
            watched_minutes,
            cents: stored.cents_of(stored_minutes) + watched.cents_of(watched_minutes),
        })
        .collect())
}

fn rooms_free(prices: &Prices, today: NaiveDate) -> bool {
    [PriceName::Room, PriceName::Recording].into_iter().all(|name| prices.at(name, today).rate.is_free())
}

fn sentence(today: NaiveDate, so_far: &MonthCost, forecast: &MonthCost, budget: Option<u32>) -> String {
    let month = today.format("%B");
    let cost = format!(
        "{month} costs {} so far, and about {} by its end.",
        Dollars(so_far.total()),
        Dollars(forecast.total())
    );
    match budget.map(f64::from) {
        Some(budget) if forecast.total() > budget => {
            format!("{cost} That is more than the budget of {}.", Dollars(budget))
        }
        _ => cost,
    }
}

fn estimate_note(context: &Context, prices: &Prices, today: NaiveDate) -> Result<String, Error> {
    let rate = prices.at(PriceName::Stored, today).rate;
    let paid = match context.store().last_storage_reading()? {
        Some(reading) if reading.allowed > 0.0 => format!(
            " {} are {} a month, and {} of them are used.",
            minutes(reading.allowed),
            Dollars(rate.cents_of(reading.allowed)),
            minutes(reading.used)
        ),
        _ => String::new(),
    };
    Ok(format!(
        "These are estimates and no bill. Storage is paid in advance.{paid} Watched minutes are sampled by Cloudflare, and their days are \
         those of UTC. In which zone RealtimeKit’s days begin is not documented."
    ))
}
