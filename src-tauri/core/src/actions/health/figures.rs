//! The figures over the history of this desk and what it took over from others.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::health::deliveries::{self, ChannelCount};
use crate::domain::health::distribution::Distribution;
use crate::domain::health::figure::{Definition, Figure, Goals};
use crate::domain::health::group::{self, Group};
use crate::domain::health::period::Period;
use crate::domain::health::proof::{self, ProofCount};
use crate::domain::health::relay::{self, RelayCount};
use crate::domain::health::row::{Narrowed, RecordingRow};
use crate::domain::health::success::{self, Success};
use crate::domain::health::timing::{self, Timing, Timings};
use crate::domain::ids::{RecordingId, SeriesId};
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// How many of the latest detections are told one by one.
const LATEST: usize = 44;

/// A recording with its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The recording.
    pub id: RecordingId,
    /// Its title.
    pub title: String,
}

/// The detection of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// The recording.
    pub recording: Named,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// How long it took to notice that its video was ready.
    pub took: TimeDelta,
}

/// All figures of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The period.
    pub period: Period,
    /// The zone in which its weeks begin.
    pub zone: Tz,
    /// Which goals are met.
    pub goals: Goals,
    /// How many recordings became a video.
    pub success: Success,
    /// From the end of a class to its video.
    pub watchable: Timings,
    /// The same by the length of the video.
    pub by_length: Vec<(&'static str, Distribution)>,
    /// The recording that took longest; `None` without times.
    pub slowest: Option<Named>,
    /// From a ready video to this desk noticing.
    pub detection: Timings,
    /// The latest detections, the last one last.
    pub latest: Vec<Detected>,
    /// Classes without proof.
    pub proof: ProofCount,
    /// What was told.
    pub deliveries: Vec<ChannelCount>,
    /// Recordings through this computer.
    pub relay: RelayCount,
    /// The figures of each instructor, by the name that people read.
    pub instructors: Vec<Group<String>>,
    /// The figures of each series.
    pub series: Vec<Group<SeriesId>>,
    /// The titles of all series that can be chosen.
    pub series_titles: HashMap<SeriesId, String>,
    /// The instructors and the series that can be chosen: those with recordings in the period.
    pub choices: Choices,
}

/// What the figures can be narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The names of the instructors, as people read them.
    pub instructors: Vec<String>,
    /// The series with their titles.
    pub series: Vec<(SeriesId, String)>,
}

impl Overview {
    /// Returns whether there is nothing to measure yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.success.tally.total() == 0 && self.success.undecided == 0 && self.proof.classes == 0
    }
}

/// Returns all figures of the last `days` days.
pub fn overview(context: &Context, days: u32, narrowed: &Narrowed) -> Result<Overview, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let store = context.store();
    let period = Period::last(days, context.now())?;
    let zone = store.zone_of_figures()?.unwrap_or(Tz::UTC);
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
    Ok(Overview {
        period,
        zone,
        goals: Goals::of(success.tally, &watchable.times, &detection.times),
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

/// Returns what each figure means.
pub fn definitions(context: &Context) -> Result<Vec<Definition>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    Ok(Figure::ALL.into_iter().map(Figure::definition).collect())
}
