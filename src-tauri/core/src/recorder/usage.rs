//! Asks Cloudflare what is used: the storage at Stream, how long videos were watched, and how long people were in rooms.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::cloudflare::{self, CredentialProblem, KEPT_DAYS, windows};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::health::cost::{self, DayUse, MonthCost};
use crate::domain::health::forecast::Reading;
use crate::domain::health::report::Month;
use crate::domain::health::usage::{Asked, Asking, Untold, days_to_count, is_due};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::realtimekit_app;

/// The days of rooms that are asked for each time: more than a month, because a day may change while it lasts.
const ROOM_DAYS: u64 = 31;

/// How far Cloudflare’s clock may seem to go back between two answers, which tell it in whole seconds.
const CLOCK_BACK: TimeDelta = TimeDelta::minutes(-1);

/// Why the storage is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Time has passed, or a person looks at it.
    Look,
    /// Videos were deleted, so that there is more room than before.
    Freed,
}

/// Asks Stream how much is stored, and keeps the answer. Where there is room again, the imports that wait for it begin.
///
/// Readings are dated by Cloudflare’s clock, so that a wrong clock of this computer cannot drop the history.
pub(crate) async fn read_storage(context: &Context, reason: Reason) -> Result<Reading, Error> {
    let usage = context.cloudflare().storage_usage().await?;
    let reading = Reading {
        at: context.cloudflare_now(),
        used: usage.total_storage_minutes,
        allowed: usage.total_storage_minutes_limit,
    };
    let store = context.store();
    let before = store.last_storage_reading()?;
    store.add_storage_reading(&reading)?;
    let has_more = match (reason, before) {
        (Reason::Freed, _) => reading.left() > 0.0,
        (Reason::Look, before) => before.is_some_and(|before| reading.has_more_room_than(&before)),
    };
    if has_more && store.retry_those_without_room(context.now())? > 0 {
        context.changed(&[Topic::Recordings]);
        context.wake_jobs();
    }
    context.changed(&[Topic::Desk]);
    Ok(reading)
}

/// Returns the last reading of the storage, or a new one if that is older than `age`.
pub(crate) async fn storage_no_older_than(context: &Context, age: TimeDelta) -> Result<Reading, Error> {
    match context.store().last_storage_reading()? {
        Some(reading) if !is_older(context, &reading, age) => Ok(reading),
        _ => read_storage(context, Reason::Look).await,
    }
}

/// Whether a reading is older than `age`. One from the future is, because a clock was wrong.
pub(crate) fn is_older(context: &Context, reading: &Reading, age: TimeDelta) -> bool {
    let old = context.cloudflare_now().since(reading.at);
    !(CLOCK_BACK..age).contains(&old)
}

/// Asks the analytics if it is time. What they refuse is noted and is no error: the other work goes on. Returns whether they were
/// asked.
pub(crate) async fn ask_analytics(context: &Context) -> Result<bool, Error> {
    let watched = if is_time(context, Asking::Watched)? {
        let told = count_watched(context).await;
        note(context, Asking::Watched, told)?;
        true
    } else {
        false
    };
    let Some(app) = realtimekit_app::known(context)?.map(|known| known.id) else { return Ok(watched) };
    if !is_time(context, Asking::Rooms)? {
        return Ok(watched);
    }
    let told = async {
        let (first, last) = (days_before(today(context), ROOM_DAYS), today(context));
        let days = context.cloudflare().room_days(&app, first, last).await?;
        // A day without sessions is not named. Today is not over, so it may still get some.
        let finished: Vec<_> = first.iter_days().take_while(|day| *day < last).collect();
        let days: Vec<_> =
            days.into_iter().map(|day| (day.day, day.sessions, day.minutes, day.recorded_minutes)).collect();
        context.store().put_room_days(&finished, &days)?;
        Ok(())
    };
    let told = told.await;
    note(context, Asking::Rooms, told)?;
    Ok(true)
}

/// When the analytics are asked next.
pub(crate) fn next_asking(context: &Context) -> Result<Option<DateTime<Utc>>, Error> {
    let of = |about| Ok::<_, Error>(context.store().analytics_asked(about)?.map(|asked| asked.again));
    let (watched, rooms) = (of(Asking::Watched)?, of(Asking::Rooms)?);
    Ok(watched.into_iter().chain(rooms).min())
}

/// What is known of each day since one.
pub(crate) fn days_of_use(context: &Context, since: NaiveDate) -> Result<BTreeMap<NaiveDate, DayUse>, Error> {
    let mut days = context.store().days_of_use(since)?;
    let begin = since.and_time(chrono::NaiveTime::MIN).and_utc();
    for reading in context.store().storage_readings_of_days(begin)? {
        days.entry(reading.at.date_naive()).or_default().storage = Some((reading.used, reading.allowed));
    }
    Ok(days)
}

/// What a month costs up to now, by the prices of each day; `None` where nothing of it is known.
pub(crate) fn cost_of(context: &Context, month: Month) -> Result<Option<MonthCost>, Error> {
    let days = days_of_use(context, month.first_day())?;
    let is_known = days.range(..=month.last_day()).next().is_some();
    let prices = context.store().preferences()?.prices;
    Ok(is_known.then(|| cost::to_date(month.first_day(), &days, &prices)))
}

fn is_time(context: &Context, about: Asking) -> Result<bool, Error> {
    Ok(is_due(context.store().analytics_asked(about)?.as_ref(), context.now()))
}

/// Today in UTC, by Cloudflare's clock.
fn today(context: &Context) -> NaiveDate {
    context.cloudflare_now().date_naive()
}

fn days_before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// Counts the finished days that are missing, and the last ones again.
async fn count_watched(context: &Context) -> Result<(), Error> {
    let store = context.store();
    let wanted = days_to_count(&store.counted_days()?, today(context), KEPT_DAYS);
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(()) };
    for (start, end) in windows(*first, *last) {
        let days: Vec<_> = wanted.iter().filter(|day| (start..end).contains(*day)).copied().collect();
        if days.is_empty() {
            continue;
        }
        let watched = context.cloudflare().watched(start, end).await?;
        let watched: Vec<_> = watched.into_iter().map(|one| (one.day, one.video, one.minutes)).collect();
        // Each window is kept at once, so that an error in the next one loses nothing.
        store.put_watched(&days, &watched, context.now())?;
    }
    Ok(())
}

/// Notes what came of asking. Only the database, and what every call would meet, is an error.
fn note(context: &Context, about: Asking, told: Result<(), Error>) -> Result<(), Error> {
    let now = context.now();
    let (asked, failed) = match told {
        Ok(()) => (Asked::told(now), None),
        Err(Error::Cloudflare(error)) => {
            tracing::info!(%error, about = about.name(), "the analytics were not told");
            let problem = Untold { message: error.user_message(), next: error.next_step() };
            let asked = Asked::untold(now, error.retryable(), problem);
            (asked, is_of_the_connection(&error).then_some(error))
        }
        Err(error) => return Err(error),
    };
    context.store().note_analytics_asked(about, &asked)?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// Whether the next call would fail, too. A permission that is missing for the analytics alone, or the limit that they have for
/// themselves, keeps nothing else from being asked.
const fn is_of_the_connection(error: &cloudflare::Error) -> bool {
    error.concerns_every_call()
        && !matches!(
            error,
            cloudflare::Error::Credentials(CredentialProblem::PermissionMissing(_)) | cloudflare::Error::RateLimited(_)
        )
}
