//! What takes the minutes of the storage, when it is full, and the ways to make room.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::error_code::ErrorCode;
use crate::domain::health::cost::month_after;
use crate::domain::health::forecast::{Growth, LOOK_BACK_DAYS, Reading, WithRules};
use crate::domain::health::price::PriceName;
use crate::domain::health::storage::{Expiring, Minutes, Stored, UNWATCHED_AFTER_DAYS, Way, sentence, ways};
use crate::domain::health::usage::complete_since;
use crate::domain::library::retention_rules::{Term, Trial};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Recording;
use crate::error::{Error, UserError};
use crate::recorder::usage::storage_no_older_than;
use crate::store::StoredDates;

/// How old a reading may be when a person looks at it.
const LOOK_AGE: TimeDelta = TimeDelta::minutes(10);
/// How long a person waits for a new one.
const LOOK_PATIENCE: Duration = Duration::from_secs(5);
/// The most recordings that are listed as expiring.
const EXPIRING_MAX: u32 = 50;
/// The days of the history: each one of the last, and one of each week before.
const EACH_DAY: u64 = 90;
const HISTORY_DAYS: u64 = 365;
/// How far ahead is drawn, and in which steps.
const AHEAD_DAYS: u64 = 365;
const STEP_DAYS: usize = 30;
/// Within how many days minutes count as freed by applying the rules: what they delete stays in the bin for 30.
const FREED_WITHIN_DAYS: i64 = 31;
/// A year, for recordings that nobody watched.
const YEAR_DAYS: u64 = 365;

/// A day of the history or of the forecast, in minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StorageDay {
    /// The day.
    pub day: NaiveDate,
    /// The minutes that are stored.
    pub used: f64,
    /// The minutes that are paid for.
    pub limit: f64,
    /// Whether it lies ahead.
    pub is_forecast: bool,
    /// The minutes that would be stored if the rules were applied; only ahead.
    pub with_rules: Option<f64>,
}

/// What is known of the storage.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// What Stream said last.
    pub reading: Option<Reading>,
    /// How full it is, and how it goes on.
    pub sentence: String,
    /// What takes the minutes.
    pub stored: Stored,
    /// The minutes of videos that this desk does not know.
    pub other_minutes: f64,
    /// How it grows; `None` where that is not known yet.
    pub growth: Option<Growth>,
    /// When it is full.
    pub full_on: Option<NaiveDate>,
    /// When it is full if the rules are applied.
    pub full_on_with_rules: Option<NaiveDate>,
    /// The first day from which on all watched minutes were counted.
    pub watched_since: Option<NaiveDate>,
    /// The recordings that nobody ever watched; `None` where that is not known of any.
    pub never_watched: Option<Minutes>,
    /// The recordings that nobody watched for a year; `None` while less than a year was counted.
    pub unwatched_year: Option<Minutes>,
    /// The ways to make room.
    pub ways: Vec<Way>,
    /// The recordings that Stream deletes next.
    pub expiring: Vec<Expiring>,
    /// The recordings that wait for room.
    pub waiting: Vec<Recording>,
    /// The past and what lies ahead, oldest first.
    pub history: Vec<StorageDay>,
}

/// Asks Stream how much is stored, if that was not asked lately. Returns why it did not tell.
pub async fn refresh(context: &Context) -> Result<Option<UserError>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    match tokio::time::timeout(LOOK_PATIENCE, storage_no_older_than(context, LOOK_AGE)).await {
        Ok(Ok(_)) => Ok(None),
        Ok(Err(error @ Error::Store(_))) => Err(error),
        Ok(Err(error)) => Ok(Some(error.into())),
        Err(_) => Ok(Some(UserError::new(
            ErrorCode::Offline,
            "Stream did not answer in time.",
            "The numbers are those of the last answer. Look again in a moment.",
        ))),
    }
}

/// What is known of the storage. Sends no request.
pub fn overview(context: &Context) -> Result<Storage, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let (store, now) = (context.store(), context.cloudflare_now());
    let today = now.date_naive();
    let preferences = store.preferences()?;
    let reading = store.last_storage_reading()?;
    let past = store.storage_readings_of_days(midnight(before(today, HISTORY_DAYS)))?;
    let stored = store.stored(midnight(month_after(today)))?;
    let growth = Growth::of(&past, today);
    let full_on = reading.as_ref().zip(growth).and_then(|(last, growth)| growth.full_on(last, today));
    let trial = Trial::of(&preferences.retention, store.retention_candidates()?, now);
    let dates = store.stored_dates(now.earlier(TimeDelta::days(i64::try_from(LOOK_BACK_DAYS).unwrap_or(i64::MAX))))?;
    let with_rules = growth.map(|_| with_rules(dates, &trial, preferences.retention.others, today));
    let counted_since = complete_since(&store.counted_days()?, today);
    let unwatched = Unwatched::find(context, counted_since, today)?;
    let known = stored.library.minutes + stored.bin.minutes;
    let archivable = unwatched.year.as_ref().or(unwatched.never.as_ref());
    let price = preferences.prices.at(PriceName::Stored, today);
    Ok(Storage {
        sentence: sentence(reading.as_ref(), growth, full_on),
        other_minutes: reading.map_or(0.0, |reading| (reading.used - known).max(0.0)),
        full_on,
        full_on_with_rules: reading
            .as_ref()
            .zip(with_rules.as_ref())
            .and_then(|(last, with_rules)| with_rules.full_on(last, today)),
        ways: ways(&stored.bin, archivable, &freed_by(&trial, now), &price),
        history: history(&past, growth, with_rules.as_ref(), today),
        growth,
        watched_since: counted_since,
        never_watched: unwatched.never,
        unwatched_year: unwatched.year,
        expiring: store.expiring_next(EXPIRING_MAX)?,
        waiting: store.recordings_without_room()?,
        stored,
        reading,
    })
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// The recordings that nobody watched, as far as every day was counted.
#[derive(Default)]
struct Unwatched {
    never: Option<Minutes>,
    year: Option<Minutes>,
}

impl Unwatched {
    fn find(context: &Context, counted_since: Option<NaiveDate>, today: NaiveDate) -> Result<Self, Error> {
        let Some(since) = counted_since else { return Ok(Self::default()) };
        let store = context.store();
        let old = before(today, UNWATCHED_AFTER_DAYS);
        let never = (since < old).then(|| store.not_watched(since, midnight(old), Some(midnight(since))));
        let year = before(today, YEAR_DAYS);
        let unwatched = (since <= year).then(|| store.not_watched(year, midnight(year), None));
        Ok(Self { never: never.transpose()?, year: unwatched.transpose()? })
    }
}

/// What applying the rules frees soon.
fn freed_by(trial: &Trial, now: DateTime<Utc>) -> Minutes {
    let soon = now.later(TimeDelta::days(FREED_WITHIN_DAYS));
    let mut freed = Minutes::default();
    for change in &trial.changes {
        let is_earlier = change.to.is_some_and(|to| to <= soon && change.from.is_none_or(|from| from > to));
        if is_earlier {
            freed.minutes += minutes_of(change.length);
            freed.recordings = freed.recordings.saturating_add(1);
        }
    }
    freed
}

fn minutes_of(length: Option<TimeDelta>) -> f64 {
    length.unwrap_or_default().as_seconds_f64() / 60.0
}

/// What comes and goes with the rules: every video has its date, or the one that its rule gives it.
fn with_rules(dates: StoredDates, trial: &Trial, others: Term, today: NaiveDate) -> WithRules {
    let mut deleted_on: BTreeMap<NaiveDate, f64> = dates.deleted_on;
    for change in &trial.changes {
        let minutes = minutes_of(change.length);
        if let Some(from) = change.from {
            *deleted_on.entry(from.date_naive()).or_default() -= minutes;
        }
        if let Some(to) = change.to {
            *deleted_on.entry(to.date_naive()).or_default() += minutes;
        }
    }
    let look_back = u32::try_from(LOOK_BACK_DAYS).unwrap_or(u32::MAX);
    let days = dates.first.map_or(look_back, |first| {
        let days = today.signed_duration_since(first.date_naive()).num_days();
        u32::try_from(days).unwrap_or(0).clamp(1, look_back)
    });
    WithRules {
        added_per_day: dates.added / f64::from(days),
        kept_days: match others {
            Term::Days(days) => Some(days),
            Term::Forever => None,
        },
        deleted_on,
    }
}

fn history(
    past: &[Reading],
    growth: Option<Growth>,
    with_rules: Option<&WithRules>,
    today: NaiveDate,
) -> Vec<StorageDay> {
    let near = before(today, EACH_DAY);
    let shown = past.iter().map(|reading| (reading.at.date_naive(), reading));
    let shown = shown.filter(|(day, _)| *day > near || day.weekday() == Weekday::Mon);
    let mut all: Vec<StorageDay> = shown
        .map(|(day, reading)| StorageDay {
            day,
            used: reading.used,
            limit: reading.allowed,
            is_forecast: false,
            with_rules: None,
        })
        .collect();
    let (Some(last), Some(growth)) = (past.last(), growth) else { return all };
    let ahead: Vec<NaiveDate> = (1..=AHEAD_DAYS)
        .filter_map(|number| today.checked_add_days(Days::new(number)))
        .skip(STEP_DAYS.saturating_sub(1))
        .step_by(STEP_DAYS)
        .collect();
    let ruled = with_rules.map(|with_rules| with_rules.used_on(last, today, &ahead)).unwrap_or_default();
    for day in ahead {
        let days = u32::try_from(day.signed_duration_since(today).num_days()).unwrap_or(0);
        // What does not fit is not stored.
        let used = growth.used_after(last, days).min(last.allowed.max(last.used));
        let with_rules = ruled.get(&day).map(|used| used.min(last.allowed.max(last.used)));
        all.push(StorageDay { day, used, limit: last.allowed, is_forecast: true, with_rules });
    }
    all
}
