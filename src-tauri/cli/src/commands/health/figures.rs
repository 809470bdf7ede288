//! `health`: whether it works, and what stands behind each figure.

use chrono::TimeDelta;
use clap::Args;
use hajime_core::actions::health::figures;
use hajime_core::actions::health::why::{self, Counted, Subject};
use hajime_core::context::Context;
use hajime_core::domain::health::deliveries::ChannelCount;
use hajime_core::domain::health::distribution::Distribution;
use hajime_core::domain::health::figure::{DETECTION_GOAL, Figure, SUCCESS_GOAL, WATCHABLE_GOAL};
use hajime_core::domain::health::group::Group;
use hajime_core::domain::health::overview::Overview;
use hajime_core::domain::health::row::Narrowed;
use hajime_core::domain::health::success::{Week, share};
use hajime_core::domain::health::timing::Timings;
use hajime_core::domain::health::{storage, words};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// The last 7, 30, 90 or 365 days.
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    days: u32,
    /// Only the classes of this instructor, by the name that lists show.
    #[arg(long, value_name = "NAME")]
    instructor: Option<String>,
    /// Only the classes of this series, by its id.
    #[arg(long, value_name = "ID")]
    series: Option<String>,
    /// What stands behind one figure: success, watchable, detection, proof, deliveries or relay.
    #[arg(long, value_name = "FIGURE")]
    why: Option<String>,
}

/// The output for the figures. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct HealthView {
    from: String,
    to: String,
    days: u32,
    time_zone: String,
    summary: String,
    success: SuccessView,
    watchable: TimesView,
    detection: TimesView,
    storage: Option<StorageView>,
    proof: ProofView,
    deliveries: Vec<ChannelView>,
    relay: RelayView,
    instructors: Vec<GroupView>,
    series: Vec<GroupView>,
    #[serde(skip)]
    sentences: Vec<String>,
    #[serde(skip)]
    of_storage: String,
}

#[derive(Debug, Serialize)]
struct SuccessView {
    total: u32,
    succeeded: u32,
    failed: u32,
    undecided: u32,
    share: Option<f64>,
    goal: f64,
    met: Option<bool>,
    weeks: Vec<WeekView>,
    causes: Vec<CauseView>,
}

#[derive(Debug, Serialize)]
struct WeekView {
    start: String,
    total: u32,
    succeeded: u32,
    desk_off: bool,
}

#[derive(Debug, Serialize)]
struct CauseView {
    cause: Option<&'static str>,
    count: u32,
}

/// Times in seconds.
#[derive(Debug, Serialize)]
struct TimesView {
    count: u32,
    median: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    slowest: Option<f64>,
    goal: f64,
    within_goal: u32,
    met: Option<bool>,
    left_out: u32,
    by_length: Vec<LengthView>,
}

#[derive(Debug, Serialize)]
struct LengthView {
    length: &'static str,
    count: u32,
    median: Option<f64>,
    p95: Option<f64>,
}

/// The storage in minutes, as Stream told it last in the period.
#[derive(Debug, Serialize)]
struct StorageView {
    used: f64,
    limit: f64,
    share: Option<f64>,
    goal: f64,
    met: Option<bool>,
}

#[derive(Debug, Serialize)]
struct ProofView {
    classes: u32,
    without_proof: u32,
}

#[derive(Debug, Serialize)]
struct ChannelView {
    channel: &'static str,
    sent: u32,
    failed: u32,
    waiting: u32,
}

#[derive(Debug, Serialize)]
struct RelayView {
    recordings: u32,
    relayed: u32,
    share: Option<f64>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    name: String,
    total: u32,
    succeeded: u32,
    share: Option<f64>,
    median: Option<f64>,
}

#[derive(Debug, Serialize)]
struct CountedView {
    kind: &'static str,
    id: String,
    title: String,
    instructor: String,
    at: String,
    verdict: String,
    value: Option<String>,
    counts: bool,
    met: Option<bool>,
}

fn seconds(time: TimeDelta) -> f64 {
    time.as_seconds_f64()
}

impl TimesView {
    fn of(timings: &Timings, goal: TimeDelta, met: Option<bool>, by_length: &[(&'static str, Distribution)]) -> Self {
        let times = &timings.times;
        let length = |(length, times): &(&'static str, Distribution)| LengthView {
            length,
            count: times.count(),
            median: times.median().map(seconds),
            p95: times.quantile(95).map(seconds),
        };
        Self {
            count: times.count(),
            median: times.median().map(seconds),
            p90: times.quantile(90).map(seconds),
            p95: times.quantile(95).map(seconds),
            slowest: times.slowest().map(seconds),
            goal: seconds(goal),
            within_goal: times.within(goal),
            met,
            left_out: timings.left_out.iter().map(|(_, count)| *count).fold(0, u32::saturating_add),
            by_length: by_length.iter().map(length).collect(),
        }
    }
}

impl GroupView {
    fn of<K>(group: &Group<K>, id: Option<String>, name: String) -> Self {
        let Group { tally, median, .. } = group;
        let (total, succeeded, share) = (tally.total(), tally.succeeded, tally.share());
        Self { id, name, total, succeeded, share, median: median.map(seconds) }
    }
}

impl From<Overview> for HealthView {
    fn from(all: Overview) -> Self {
        let success = &all.success;
        let week = |week: &Week| WeekView {
            start: instant(week.start),
            total: week.tally.total(),
            succeeded: week.tally.succeeded,
            desk_off: week.is_desk_off,
        };
        let channel = |one: &ChannelCount| ChannelView {
            channel: one.channel.name(),
            sent: one.sent,
            failed: one.failed,
            waiting: one.waiting,
        };
        let name = |group: &Group<_>| all.series_titles.get(&group.key).cloned().unwrap_or_default();
        let slowest = all.slowest.as_ref().map(|named| named.title.as_str());
        Self {
            from: instant(all.period.from),
            to: instant(all.period.to),
            days: all.period.days,
            time_zone: all.zone.name().to_owned(),
            summary: words::summary(success, all.goals),
            success: SuccessView {
                total: success.tally.total(),
                succeeded: success.tally.succeeded,
                failed: success.tally.failed,
                undecided: success.undecided,
                share: success.tally.share(),
                goal: SUCCESS_GOAL,
                met: all.goals.success,
                weeks: success.weeks.iter().map(week).collect(),
                causes: success
                    .causes
                    .iter()
                    .map(|(cause, count)| CauseView { cause: cause.map(Cause::code), count: *count })
                    .collect(),
            },
            watchable: TimesView::of(&all.watchable, WATCHABLE_GOAL, all.goals.watchable, &all.by_length),
            detection: TimesView::of(&all.detection, DETECTION_GOAL, all.goals.detection, &[]),
            storage: all.storage.as_ref().map(|reading| StorageView {
                used: reading.used,
                limit: reading.allowed,
                share: reading.share(),
                goal: storage::GOAL,
                met: all.goals.storage,
            }),
            proof: ProofView { classes: all.proof.classes, without_proof: all.proof.without },
            deliveries: all.deliveries.iter().map(channel).collect(),
            relay: RelayView {
                recordings: all.relay.recordings,
                relayed: all.relay.relayed,
                share: share(all.relay.relayed, all.relay.recordings),
            },
            instructors: all.instructors.iter().map(|group| GroupView::of(group, None, group.key.clone())).collect(),
            series: all
                .series
                .iter()
                .map(|group| GroupView::of(group, Some(group.key.to_string()), name(group)))
                .collect(),
            sentences: vec![
                words::success(success),
                words::watchable(&all.watchable, slowest),
                words::detection(&all.detection),
                words::proof(all.proof),
                words::deliveries(&all.deliveries, all.period.days),
                words::relay(all.relay),
            ],
            of_storage: format!("Storage in use: {}", words::storage(all.storage.as_ref())),
        }
    }
}

impl HealthView {
    fn lines(&self) -> String {
        let titled = Figure::ALL.into_iter().zip(&self.sentences);
        let titled = titled.map(|(figure, sentence)| format!("{}: {sentence}", figure.definition().title));
        [self.summary.clone()].into_iter().chain(titled).chain([self.of_storage.clone()]).collect::<Vec<_>>().join("\n")
    }
}

impl From<Counted> for CountedView {
    fn from(one: Counted) -> Self {
        let Counted { subject, title, instructor, at, verdict, value, counts, met } = one;
        let (kind, id) = match subject {
            Subject::Recording(id) => ("recording", id.to_string()),
            Subject::Session(id) => ("session", id.to_string()),
        };
        Self { kind, id, title, instructor, at: instant(at), verdict, value, counts, met }
    }
}

impl CountedView {
    fn line(&self) -> String {
        let value = self.value.as_ref().map_or_else(String::new, |value| format!(", {value}"));
        format!("{}  {}  {}: {}{value}", self.id, self.at, self.title, self.verdict)
    }
}

pub(crate) fn run(context: &Context, asked: Health, output: Output) -> Result<(), UserError> {
    let Health { days, instructor, series, why } = asked;
    let narrowed = Narrowed { instructor, series: series.map(|id| id.parse()).transpose()? };
    let Some(figure) = why else {
        output.print(&HealthView::from(figures::overview(context, days, &narrowed)?), HealthView::lines);
        return Ok(());
    };
    let figure: Figure = figure.parse().map_err(Error::from)?;
    let all = why::recordings(context, figure, days, &narrowed)?;
    let all: Vec<CountedView> = all.into_iter().map(CountedView::from).collect();
    output.print(&all, |all| {
        let definition = figure.definition();
        let rows = all.iter().map(CountedView::line);
        [definition.definition.to_owned(), definition.data.to_owned()]
            .into_iter()
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(())
}
