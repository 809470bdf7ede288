//! Gathers what the report of a month tells.

use chrono_tz::Tz;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::health::cost::MonthCost;
use crate::domain::health::figure::Figure;
use crate::domain::health::forecast::Reading;
use crate::domain::health::overview::Overview;
use crate::domain::health::period::Period;
use crate::domain::health::price::Dollars;
use crate::domain::health::report::{Bar, Goal, Group, Month, Report, ReportFigures};
use crate::domain::health::row::Narrowed;
use crate::domain::health::success::Week;
use crate::domain::health::{storage, words};
use crate::domain::recorder::cause::Cause;
use crate::error::Error;
use crate::recorder::{figures, usage};

/// The report of a month. Months, days and weeks are those of UTC.
pub(crate) fn report(context: &Context, month: Month) -> Result<Report, Error> {
    let now = context.now();
    let period = Period::of_month(month, now);
    let all = figures::of_period(context, period, Tz::UTC, &Narrowed::default())?;
    let (opened, closed) = context.store().alerts_counted(&period)?;
    let days_ago = u32::try_from(now.since(period.from).num_days()).unwrap_or_default();
    let figures = ReportFigures {
        success: success(&all),
        watchable: watchable(&all),
        detection: detection(&all),
        storage: all.storage.as_ref().map(|reading| stored(reading, all.goals.storage)),
        cost: usage::cost_of(context, month)?.map(|cost| cost_words(&cost)),
        proof: (all.proof.classes > 0).then(|| words::proof(all.proof)),
        deliveries: (!all.deliveries.is_empty()).then(|| words::deliveries(&all.deliveries, days_ago)),
        alerts: (opened > 0 || closed > 0).then_some((opened, closed)),
        weeks: all.success.weeks.iter().filter_map(|week| bar(week, &period)).collect(),
        causes: all.success.causes.iter().map(|(cause, count)| (cause_words(*cause), *count)).collect(),
        instructors: all
            .instructors
            .iter()
            .map(|one| Group { name: one.key.clone(), total: one.tally.total(), succeeded: one.tally.succeeded })
            .collect(),
    };
    Ok(Report { month, made_at: now, figures })
}

fn success(all: &Overview) -> Option<Goal> {
    let tally = all.success.tally;
    (tally.total() > 0).then(|| Goal {
        value: words::percent(tally.succeeded, tally.total()),
        goal: Figure::Success.definition().goal.to_owned(),
        met: all.goals.success,
        counted: tally.total(),
        sentence: words::success(&all.success),
    })
}

fn watchable(all: &Overview) -> Option<Goal> {
    let times = &all.watchable.times;
    times.median().map(|middle| Goal {
        value: words::duration(middle),
        goal: Figure::Watchable.definition().goal.to_owned(),
        met: all.goals.watchable,
        counted: times.count(),
        sentence: words::watchable(&all.watchable, all.slowest.as_ref().map(|named| named.title.as_str())),
    })
}

fn detection(all: &Overview) -> Option<Goal> {
    let times = &all.detection.times;
    times.quantile(95).map(|nearly_all| Goal {
        value: words::duration(nearly_all),
        goal: Figure::Detection.definition().goal.to_owned(),
        met: all.goals.detection,
        counted: times.count(),
        sentence: words::detection(&all.detection),
    })
}

fn stored(reading: &Reading, met: Option<bool>) -> Goal {
    Goal {
        value: reading.share().map_or_else(|| "-".to_owned(), words::rounded),
        goal: storage::GOAL_WORDS.to_owned(),
        met,
        counted: 1,
        sentence: format!(
            "Stream was asked last on {} (UTC). {}",
            reading.at.format("%Y-%m-%d"),
            words::storage(Some(reading))
        ),
    }
}

fn cost_words(cost: &MonthCost) -> String {
    format!(
        "{}, an estimate: {} for storage, {} for watching, {} for rooms, {} for recording",
        Dollars(cost.total()),
        Dollars(cost.stored),
        Dollars(cost.watched),
        Dollars(cost.rooms),
        Dollars(cost.recorded)
    )
}

/// A week that has decided recordings. The first one begins with the month.
fn bar(week: &Week, period: &Period) -> Option<Bar> {
    let share = week.tally.share()?;
    let name = week.start.max(period.from).format("%-d %B").to_string();
    Some(Bar { name, share, value: words::percent(week.tally.succeeded, week.tally.total()) })
}

fn cause_words(cause: Option<Cause>) -> String {
    cause.map_or("A newer version of Hajime noted the cause.", Cause::sentence).to_owned()
}
