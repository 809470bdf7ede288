//! Reads the figures of a period over the history of this desk and what it took over from others.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::context::Context;
use crate::domain::health::figure::Goals;
use crate::domain::health::overview::{Choices, Detected, Named, Overview};
use crate::domain::health::period::Period;
use crate::domain::health::row::{Narrowed, RecordingRow};
use crate::domain::health::timing::{self, Timing};
use crate::domain::health::{deliveries, group, proof, relay, storage, success};
use crate::domain::ids::{RecordingId, SeriesId};
use crate::error::Error;

/// How many of the latest detections are told one by one.
const LATEST: usize = 44;

/// Returns all figures of a period, whose weeks begin in `zone`.
pub(crate) fn of_period(context: &Context, period: Period, zone: Tz, narrowed: &Narrowed) -> Result<Overview, Error> {
    let store = context.store();
    let everything = store.figure_rows(&period)?;
    let series_titles = store.titles_of_series()?;
    let choices = choices(&everything, &series_titles);
    let rows: Vec<&RecordingRow> = everything.iter().filter(|row| narrowed.has(&row.instructor, row.series)).collect();

    let weeks = period.weeks(zone);
    let success = success::success(rows.iter().copied(), &weeks, &store.desk_days(period.from)?);
    let timed: Vec<(&RecordingRow, Timing)> = rows.iter().map(|row| (*row, timing::watchable(row))).collect();
    let watchable = timing::collect(timed.iter().map(|(_, timing)| *timing));
    let took = timed.iter().filter_map(|(row, timing)| match timing {
        Timing::Took(time) => Some((*row, *time)),
        Timing::Nothing | Timing::LeftOut(_) => None,
    });
    let took: Vec<(&RecordingRow, TimeDelta)> = took.collect();
    let by_length = timing::by_length(&took.iter().map(|(row, time)| (row.length, *time)).collect::<Vec<_>>());
    let slowest = took.iter().max_by_key(|(_, time)| *time).map(|(row, _)| row.id);

    let detected: Vec<(&RecordingRow, Timing)> = rows.iter().map(|row| (*row, timing::detection(row))).collect();
    let detection = timing::collect(detected.iter().map(|(_, timing)| *timing));
    let latest = detected.iter().rev().filter_map(|(row, timing)| match timing {
        Timing::Took(time) => Some((row.id, row.asked_at, *time)),
        Timing::Nothing | Timing::LeftOut(_) => None,
    });
    let mut latest: Vec<(RecordingId, DateTime<Utc>, TimeDelta)> = latest.take(LATEST).collect();
    latest.reverse();
    let titles = store.titles_of_recordings(latest.iter().map(|(id, ..)| *id).chain(slowest))?;
    let named = |id: RecordingId| Named { id, title: titles.get(&id).cloned().unwrap_or_default() };

    let asked = proof::asked(&everything);
    let classes = store.classes_held(&period, |class| asked.contains_key(&class))?;
    let classes = classes.iter().filter(|class| narrowed.has(&class.instructor, class.series));
    let told = store.deliveries_by_state(&period, narrowed)?;
    let storage = store.storage_reading_of(&period)?;
    let goals = Goals::of(success.tally, &watchable.times, &detection.times);
    Ok(Overview {
        period,
        zone,
        goals: Goals { storage: storage.as_ref().and_then(storage::is_met), ..goals },
        storage,
        by_length,
        slowest: slowest.map(named),
        latest: latest.into_iter().map(|(id, at, took)| Detected { recording: named(id), at, took }).collect(),
        proof: proof::count(classes.map(|class| proof::proven(class, asked.get(&class.id)))),
        deliveries: deliveries::by_channel(&told),
        relay: relay::relay(rows.iter().copied()),
        instructors: group::groups(&rows, |row| Some(row.instructor_name().to_owned())),
        series: group::groups(&rows, |row| row.series),
        success,
        watchable,
        detection,
        series_titles,
        choices,
    })
}

fn choices(rows: &[RecordingRow], titles: &HashMap<SeriesId, String>) -> Choices {
    let mut instructors: Vec<&str> = rows.iter().map(RecordingRow::instructor_name).collect();
    instructors.sort_unstable();
    instructors.dedup();
    let mut series: Vec<SeriesId> = rows.iter().filter_map(|row| row.series).collect();
    series.sort_unstable();
    series.dedup();
    let mut series: Vec<(SeriesId, String)> =
        series.into_iter().map(|id| (id, titles.get(&id).cloned().unwrap_or_default())).collect();
    series.sort_by(|(_, one), (_, other)| one.cmp(other));
    Choices { instructors: instructors.into_iter().map(str::to_owned).collect(), series }
}
