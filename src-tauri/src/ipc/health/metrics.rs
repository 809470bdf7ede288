//! The figures over the history, what stands behind each, and what each means.

use chrono::TimeDelta;
use hajime_core::actions::health::figures;
use hajime_core::actions::health::why::{self, Counted, Subject};
use hajime_core::domain::health::deliveries::ChannelCount;
use hajime_core::domain::health::distribution::{Bin, Distribution};
use hajime_core::domain::health::figure::{DETECTION_GOAL, Definition, SUCCESS_GOAL, WATCHABLE_GOAL};
use hajime_core::domain::health::group::Group;
use hajime_core::domain::health::overview::{Detected, Named, Overview};
use hajime_core::domain::health::row::Narrowed;
use hajime_core::domain::health::success::{Week, share};
use hajime_core::domain::health::words;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::instant;

hajime_macros::commands![health_overview, health_recordings, health_definitions];

/// Returns all figures of the last 7, 30, 90 or 365 days, of one instructor or series if they are named.
#[hajime_macros::command]
pub(crate) async fn health_overview(
    accounts: State<'_, Accounts>,
    days: u32,
    instructor: Option<String>,
    series: Option<String>,
) -> Result<HealthDto, UserError> {
    let here = accounts.current().await?;
    Ok(figures::overview(&here.context, days, &narrowed(instructor, series.as_deref())?)?.into())
}

/// Returns the recordings or classes behind a figure, newest first, a thousand at most.
#[hajime_macros::command]
pub(crate) async fn health_recordings(
    accounts: State<'_, Accounts>,
    figure: String,
    days: u32,
    instructor: Option<String>,
    series: Option<String>,
) -> Result<Vec<CountedDto>, UserError> {
    let here = accounts.current().await?;
    let figure = figure.parse().map_err(hajime_core::error::Error::from)?;
    let all = why::recordings(&here.context, figure, days, &narrowed(instructor, series.as_deref())?)?;
    Ok(all.into_iter().map(CountedDto::from).collect())
}

/// Returns what each figure means.
#[hajime_macros::command]
pub(crate) async fn health_definitions(accounts: State<'_, Accounts>) -> Result<Vec<DefinitionDto>, UserError> {
    let here = accounts.current().await?;
    Ok(figures::definitions(&here.context)?.into_iter().map(DefinitionDto::from).collect())
}

fn narrowed(instructor: Option<String>, series: Option<&str>) -> Result<Narrowed, UserError> {
    Ok(Narrowed { instructor, series: series.map(crate::ipc::id).transpose()? })
}

fn seconds(time: TimeDelta) -> f64 {
    time.as_seconds_f64()
}

/// The figures of a period.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct HealthDto {
    from: String,
    to: String,
    days: u32,
    /// Whether there is nothing to measure yet.
    is_empty: bool,
    /// One or two sentences that say it all.
    summary: String,
    success: SuccessDto,
    watchable: WatchableDto,
    detection: DetectionDto,
    proof: ProofDto,
    deliveries: DeliveriesDto,
    relay: RelayDto,
    instructors: Vec<GroupDto>,
    series: Vec<GroupDto>,
    choices: ChoicesDto,
}

/// The figure “success”: how many recordings of the period became a video. A share of 1 means all of them.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SuccessDto {
    /// Those that are decided.
    total: u32,
    succeeded: u32,
    failed: u32,
    /// Those that are on their way.
    undecided: u32,
    share: Option<f64>,
    goal: f64,
    /// `null` without data.
    met: Option<bool>,
    sentence: String,
    weeks: Vec<WeekDto>,
    causes: Vec<CauseCountDto>,
}

/// The recordings of a week.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WeekDto {
    start: String,
    total: u32,
    succeeded: u32,
    share: Option<f64>,
    /// Whether no job of this desk ran in it.
    desk_off: bool,
}

/// A cause, and how many recordings of the period failed for it.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CauseCountDto {
    /// The code; empty for one that this version does not know.
    cause: String,
    label: String,
    count: u32,
}

/// From the end of a class to its video, in seconds.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WatchableDto {
    count: u32,
    median: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    slowest: Option<f64>,
    goal: f64,
    within_goal: u32,
    share: Option<f64>,
    met: Option<bool>,
    sentence: String,
    bins: Vec<TimeBinDto>,
    by_length: Vec<LengthDto>,
    slowest_recording: Option<NamedDto>,
}

/// A bar of the chart: how many recordings took between two numbers of minutes. The last bar may have no upper end.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct TimeBinDto {
    from_minutes: u32,
    to_minutes: Option<u32>,
    count: u32,
}

/// The times of recordings of about the same length.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LengthDto {
    label: String,
    count: u32,
    median: Option<f64>,
    p95: Option<f64>,
}

/// A recording and its title.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct NamedDto {
    id: String,
    title: String,
}

/// From a ready video to this desk noticing, in seconds.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DetectionDto {
    count: u32,
    median: Option<f64>,
    p95: Option<f64>,
    slowest: Option<f64>,
    goal: f64,
    met: Option<bool>,
    sentence: String,
    /// The latest ones, the last one last.
    latest: Vec<PointDto>,
}

/// How fast one ready video was noticed.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PointDto {
    recording: String,
    title: String,
    at: String,
    seconds: f64,
}

/// Classes that were not seen being recorded within a minute.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ProofDto {
    classes: u32,
    without_proof: u32,
    sentence: String,
}

/// What was told to people and programs.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DeliveriesDto {
    sent: u32,
    failed: u32,
    waiting: u32,
    sentence: String,
    channels: Vec<ChannelCountDto>,
}

/// What was told through one channel.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChannelCountDto {
    channel: String,
    sent: u32,
    failed: u32,
    waiting: u32,
}

/// Recordings whose file this computer passed on.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RelayDto {
    recordings: u32,
    relayed: u32,
    share: Option<f64>,
    sentence: String,
}

/// The figures of one instructor or one series.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct GroupDto {
    /// The id of the series; `null` for an instructor.
    id: Option<String>,
    name: String,
    total: u32,
    succeeded: u32,
    share: Option<f64>,
    /// The middle value from the end of a class to its video, in seconds.
    median: Option<f64>,
}

/// What the figures can be narrowed to.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChoicesDto {
    instructors: Vec<String>,
    series: Vec<SeriesChoiceDto>,
}

/// A series that can be chosen.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SeriesChoiceDto {
    id: String,
    name: String,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CountedKind {
    Recording,
    Session,
}

/// A recording or a class, and what it counts as in a figure.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CountedDto {
    /// The id of the recording or of the class.
    id: String,
    kind: CountedKind,
    title: String,
    instructor: String,
    at: String,
    /// What it counts as, in words.
    verdict: String,
    /// The time that was measured, in words.
    value: Option<String>,
    counts: bool,
    /// Whether it speaks for the figure; `null` where it does not count.
    met: Option<bool>,
}

/// What a figure means.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DefinitionDto {
    figure: String,
    title: String,
    definition: String,
    data: String,
    /// Empty where the figure has no goal.
    goal: String,
}

impl From<Overview> for HealthDto {
    fn from(all: Overview) -> Self {
        let is_empty = all.is_empty();
        let series_name = |group: &Group<_>| all.series_titles.get(&group.key).cloned().unwrap_or_default();
        Self {
            from: instant(all.period.from),
            to: instant(all.period.to),
            days: all.period.days,
            is_empty,
            summary: words::summary(&all.success, all.goals),
            success: SuccessDto::of(&all),
            watchable: WatchableDto::of(&all),
            detection: DetectionDto::of(&all),
            proof: ProofDto {
                classes: all.proof.classes,
                without_proof: all.proof.without,
                sentence: words::proof(all.proof),
            },
            deliveries: DeliveriesDto::of(&all),
            relay: RelayDto {
                recordings: all.relay.recordings,
                relayed: all.relay.relayed,
                share: share(all.relay.relayed, all.relay.recordings),
                sentence: words::relay(all.relay),
            },
            instructors: all.instructors.iter().map(|group| GroupDto::of(group, None, group.key.clone())).collect(),
            series: all
                .series
                .iter()
                .map(|group| GroupDto::of(group, Some(group.key.to_string()), series_name(group)))
                .collect(),
            choices: ChoicesDto {
                series: all
                    .choices
                    .series
                    .into_iter()
                    .map(|(id, name)| SeriesChoiceDto { id: id.to_string(), name })
                    .collect(),
                instructors: all.choices.instructors,
            },
        }
    }
}

impl SuccessDto {
    fn of(all: &Overview) -> Self {
        let success = &all.success;
        let week = |week: &Week| WeekDto {
            start: instant(week.start),
            total: week.tally.total(),
            succeeded: week.tally.succeeded,
            share: week.tally.share(),
            desk_off: week.is_desk_off,
        };
        let cause = |(cause, count): &(Option<Cause>, u32)| CauseCountDto {
            cause: cause.map_or_else(String::new, |cause| cause.code().to_owned()),
            label: cause.map_or("Another cause", Cause::sentence).to_owned(),
            count: *count,
        };
        Self {
            total: success.tally.total(),
            succeeded: success.tally.succeeded,
            failed: success.tally.failed,
            undecided: success.undecided,
            share: success.tally.share(),
            goal: SUCCESS_GOAL,
            met: all.goals.success,
            sentence: words::success(success),
            weeks: success.weeks.iter().map(week).collect(),
            causes: success.causes.iter().map(cause).collect(),
        }
    }
}

impl WatchableDto {
    fn of(all: &Overview) -> Self {
        let times = &all.watchable.times;
        let bin = |Bin { from, to, count }| TimeBinDto { from_minutes: from, to_minutes: to, count };
        let length = |(label, times): &(&'static str, Distribution)| LengthDto {
            label: (*label).to_owned(),
            count: times.count(),
            median: times.median().map(seconds),
            p95: times.quantile(95).map(seconds),
        };
        let within_goal = times.within(WATCHABLE_GOAL);
        Self {
            count: times.count(),
            median: times.median().map(seconds),
            p90: times.quantile(90).map(seconds),
            p95: times.quantile(95).map(seconds),
            slowest: times.slowest().map(seconds),
            goal: seconds(WATCHABLE_GOAL),
            within_goal,
            share: share(within_goal, times.count()),
            met: all.goals.watchable,
            sentence: words::watchable(&all.watchable, all.slowest.as_ref().map(|named| named.title.as_str())),
            bins: times.bins().into_iter().map(bin).collect(),
            by_length: all.by_length.iter().map(length).collect(),
            slowest_recording: all.slowest.clone().map(NamedDto::from),
        }
    }
}

impl DetectionDto {
    fn of(all: &Overview) -> Self {
        let times = &all.detection.times;
        let point = |Detected { recording, at, took }: &Detected| PointDto {
            recording: recording.id.to_string(),
            title: recording.title.clone(),
            at: instant(*at),
            seconds: seconds(*took),
        };
        Self {
            count: times.count(),
            median: times.median().map(seconds),
            p95: times.quantile(95).map(seconds),
            slowest: times.slowest().map(seconds),
            goal: seconds(DETECTION_GOAL),
            met: all.goals.detection,
            sentence: words::detection(&all.detection),
            latest: all.latest.iter().map(point).collect(),
        }
    }
}

impl DeliveriesDto {
    fn of(all: &Overview) -> Self {
        let sum = |of: fn(&ChannelCount) -> u32| all.deliveries.iter().map(of).fold(0, u32::saturating_add);
        let channel = |one: &ChannelCount| ChannelCountDto {
            channel: one.channel.name().to_owned(),
            sent: one.sent,
            failed: one.failed,
            waiting: one.waiting,
        };
        Self {
            sent: sum(|one| one.sent),
            failed: sum(|one| one.failed),
            waiting: sum(|one| one.waiting),
            sentence: words::deliveries(&all.deliveries, all.period.days),
            channels: all.deliveries.iter().map(channel).collect(),
        }
    }
}

impl GroupDto {
    fn of<K>(group: &Group<K>, id: Option<String>, name: String) -> Self {
        let Group { tally, median, .. } = group;
        let (total, succeeded, share) = (tally.total(), tally.succeeded, tally.share());
        Self { id, name, total, succeeded, share, median: median.map(seconds) }
    }
}

impl From<Named> for NamedDto {
    fn from(Named { id, title }: Named) -> Self {
        Self { id: id.to_string(), title }
    }
}

impl From<Counted> for CountedDto {
    fn from(one: Counted) -> Self {
        let Counted { subject, title, instructor, at, verdict, value, counts, met } = one;
        let (kind, id) = match subject {
            Subject::Recording(id) => (CountedKind::Recording, id.to_string()),
            Subject::Session(id) => (CountedKind::Session, id.to_string()),
        };
        Self { id, kind, title, instructor, at: instant(at), verdict, value, counts, met }
    }
}

impl From<Definition> for DefinitionDto {
    fn from(Definition { figure, title, definition, data, goal }: Definition) -> Self {
        Self {
            figure: figure.name().to_owned(),
            title: title.to_owned(),
            definition: definition.to_owned(),
            data: data.to_owned(),
            goal: goal.to_owned(),
        }
    }
}
