//! How soon readiness is noticed, and for how many requests, on a simulated clock.
//!
//! Two thousand classes end one after the other. The planner learns from those that were ready before, beginning with none. Beside it,
//! the same classes are watched by a poller that asks every five seconds and by one that backs off exponentially.

use chrono::TimeDelta;
use hajime_core::domain::recorder::forecast::{
    EncodingMark, FinishedProcessing, ProcessingPhase, ProcessingTimes, RunningProcessing,
};
use hajime_core::domain::recorder::stage::Percent;
use hajime_core::jobs::plan::{Attention, waiting_interval};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp, Gamma, LogNormal};

use crate::table::{Row, Table};

const CLASSES: usize = 2_000;
const SEED: u64 = 20_261_123;
/// The poller everything is compared with.
const FIXED: f64 = 5.0;
const P50_MARK: f64 = 3.0;
const P95_MARK: f64 = 5.0;

/// One class, from its end on; all in seconds.
struct Class {
    length: f64,
    /// Until RealtimeKit has saved the file.
    saving: f64,
    /// From then until Stream can play it.
    importing: f64,
    /// When Stream says which share is encoded, counted from the request.
    shares: Vec<(f64, u8)>,
}

impl Class {
    /// A class as the association's guide and the API's documents describe them: five to ten minutes in all, some far longer, progress in
    /// uneven steps, and playable at a share that nobody tells beforehand.
    fn any(random: &mut SmallRng) -> Self {
        let length = [2_700.0, 3_600.0, 3_600.0, 3_600.0, 4_500.0, 5_400.0][random.random_range(0..6)]
            * random.random_range(0.93..1.07);
        let normal = |random: &mut SmallRng, median: f64, spread: f64| {
            LogNormal::new(median.ln(), spread).map_or(median, |law| law.sample(random))
        };
        let saving = normal(random, 20.0 + 0.018 * length, 0.25);
        let fetching = normal(random, 8.0 + 0.006 * length, 0.3);
        let queue = Exp::new(1.0 / 15.0).map_or(15.0, |law| law.sample(random));
        let tail = if random.random_bool(0.04) { random.random_range(1.5..4.0) } else { 1.0 };
        let encoding = normal(random, 90.0 + 0.06 * length, 0.18) * tail;
        let at_end = random.random_range(45.0..80.0);
        let steps = random.random_range(6..14);
        let strides = |random: &mut SmallRng, shape: f64| -> Vec<f64> {
            let law = Gamma::new(shape, 1.0).ok();
            (0..steps).map(|_| law.map_or(1.0, |law| law.sample(random)) + 0.05).collect()
        };
        let (times, jumps) = (strides(random, 2.0), strides(random, 1.5));
        let (all_time, all_share): (f64, f64) = (times.iter().sum(), jumps.iter().sum());
        let (mut at, mut share) = (fetching + queue, 0.0);
        let shares = times
            .iter()
            .zip(&jumps)
            .map(|(time, jump)| {
                at += time / all_time * encoding;
                share += jump / all_share * at_end;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 85")]
                let whole = share as u8;
                (at, whole)
            })
            .collect();
        Self { length, saving, importing: fetching + queue + encoding, shares }
    }

    /// The share that a look at this moment sees.
    fn share(&self, at: f64) -> u8 {
        self.shares.iter().take_while(|(seen, _)| *seen <= at).last().map_or(0, |(_, share)| *share)
    }
}

/// Whoever watches: what it asks, and how late it is.
#[derive(Default)]
struct Watch {
    looks: u64,
    late: Vec<f64>,
    late_saved: Vec<f64>,
}

impl Watch {
    fn percentile(late: &[f64], percent: usize) -> f64 {
        let mut sorted = late.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
    }

    fn p(&self, percent: usize) -> f64 {
        Self::percentile(&self.late, percent)
    }

    /// Watches by a rule that knows nothing but the time since the end of the class.
    fn blindly(classes: &[Class], phases: &[f64], next: impl Fn(f64) -> f64) -> Self {
        let mut watch = Self::default();
        for (class, phase) in classes.iter().zip(phases) {
            let mut at = *phase * next(0.0);
            let mut saved = None;
            loop {
                watch.looks += 1;
                if saved.is_none() && at >= class.saving {
                    saved = Some(at);
                    watch.late_saved.push(at - class.saving);
                }
                if let Some(asked) = saved
                    && at - asked >= class.importing
                {
                    watch.late.push(at - asked - class.importing);
                    break;
                }
                at += next(at);
            }
        }
        watch
    }
}

fn span(seconds: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "a few hours at most")]
    let millis = (seconds * 1_000.0) as i64;
    TimeDelta::milliseconds(millis)
}

fn whole_seconds(delta: TimeDelta) -> f64 {
    delta.as_seconds_f64()
}

/// What the planner remembers of one wait.
#[derive(Default)]
struct Observation {
    marks: Vec<EncodingMark>,
}

impl Observation {
    fn note(&mut self, after: f64, share: u8) {
        let percent = Percent::clamped(f32::from(share));
        if share > 0 && self.marks.last().is_none_or(|mark| mark.percent < percent) {
            self.marks.push(EncodingMark { after: span(after), percent });
        }
    }

    fn interval(&self, history: &ProcessingTimes, wait: ProcessingPhase, length: f64, lasted: f64) -> f64 {
        let going = RunningProcessing { length: span(length), lasted: span(lasted), marks: self.marks.clone() };
        whole_seconds(waiting_interval(wait, &history.forecast(wait, &going), Attention::Watched))
    }

    fn learn(self, history: &mut ProcessingTimes, wait: ProcessingPhase, length: f64, took: f64) {
        history.add(wait, FinishedProcessing { length: span(length), took: span(took), marks: self.marks });
    }
}

/// The planner, one class after the other.
fn planned(classes: &[Class], phases: &[f64]) -> Watch {
    let mut watch = Watch::default();
    let mut history = ProcessingTimes::default();
    for (class, phase) in classes.iter().zip(phases) {
        // A wait begins at some moment between two looks at the room, not at a look.
        let saving = Observation::default();
        let mut at = phase * 0.5;
        let mut before = 0.0;
        loop {
            at += saving.interval(&history, ProcessingPhase::Saving, class.length, at);
            watch.looks += 1;
            if at >= class.saving {
                break;
            }
            before = at;
        }
        watch.late_saved.push(at - class.saving);
        saving.learn(&mut history, ProcessingPhase::Saving, class.length, f64::midpoint(before, at));

        let mut importing = Observation::default();
        let (mut at, mut before) = (phase * 0.5, 0.0);
        loop {
            at += importing.interval(&history, ProcessingPhase::Importing, class.length, at);
            watch.looks += 1;
            importing.note(at, class.share(at));
            if at >= class.importing {
                break;
            }
            before = at;
        }
        watch.late.push(at - class.importing);
        importing.learn(&mut history, ProcessingPhase::Importing, class.length, f64::midpoint(before, at));
    }
    watch
}

/// The exponential poller that is as punctual: its longest interval is searched for.
fn as_punctual(classes: &[Class], phases: &[f64], p95: f64) -> Watch {
    let backing_off = |longest: f64| {
        // After a time t, doubling from one second has come to an interval of about t + 1.
        Watch::blindly(classes, phases, move |at| (at + 1.0).min(longest))
    };
    let (mut low, mut high) = (1.0, 60.0);
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        if backing_off(middle).p(95) <= p95 { low = middle } else { high = middle }
    }
    backing_off(low)
}

/// How many are on their way at once, and for how long they are watched.
const MANY: usize = 1_000;
const WATCHED: f64 = 3_600.0;

/// What is known of one class among many.
struct Flight<'a> {
    class: &'a Class,
    /// When what it waits for now began.
    began: f64,
    wait: ProcessingPhase,
    seen: Observation,
    next: f64,
}

/// A thousand on their way at any moment: when one is ready the next one ends. Whoever is due has one list read for all of its kind.
fn many(classes: &[Class], random: &mut SmallRng) -> (Watch, u64) {
    let mut watch = Watch::default();
    let mut history = ProcessingTimes::default();
    let mut classes = classes.iter().cycle();
    let mut begin = |at: f64| {
        classes.next().map(|class| Flight {
            class,
            began: at,
            wait: ProcessingPhase::Saving,
            seen: Observation::default(),
            next: at,
        })
    };
    // The first ones are somewhere on their way, as they would be on any day.
    let mut flights: Vec<Flight<'_>> = (0..MANY).filter_map(|_| begin(-random.random_range(0.0..500.0))).collect();
    let mut now = 0.0;
    while now < WATCHED {
        for kind in [ProcessingPhase::Saving, ProcessingPhase::Importing] {
            if !flights.iter().any(|flight| flight.wait == kind && flight.next <= now) {
                continue;
            }
            watch.looks += 1;
            for flight in flights.iter_mut().filter(|flight| flight.wait == kind) {
                let lasted = now - flight.began;
                let (took, share) = match kind {
                    ProcessingPhase::Saving => (flight.class.saving, 0),
                    ProcessingPhase::Importing => (flight.class.importing, flight.class.share(lasted)),
                };
                flight.seen.note(lasted, share);
                if lasted < took {
                    flight.next = now + flight.seen.interval(&history, kind, flight.class.length, lasted);
                    continue;
                }
                let seen = std::mem::take(&mut flight.seen);
                // Those that were on their way before anybody looked say nothing about how late they were seen.
                if flight.began >= 0.0 {
                    let late = if kind == ProcessingPhase::Saving { &mut watch.late_saved } else { &mut watch.late };
                    late.push(lasted - took);
                    seen.learn(&mut history, kind, flight.class.length, lasted);
                }
                match kind {
                    ProcessingPhase::Saving => (flight.wait, flight.began) = (ProcessingPhase::Importing, now),
                    ProcessingPhase::Importing => {
                        if let Some(fresh) = begin(now + random.random_range(0.0..5.0)) {
                            *flight = fresh;
                        }
                    }
                }
                flight.next = now + flight.seen.interval(&history, flight.wait, flight.class.length, 0.0);
            }
        }
        let due = flights.iter().map(|flight| flight.next).fold(f64::INFINITY, f64::min);
        now = due.max(now + 0.05);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an hour")]
    let lists_of_fixed = (2.0 * WATCHED / FIXED) as u64;
    (watch, lists_of_fixed)
}

pub(crate) fn run(table: &mut Table) {
    let mut random = SmallRng::seed_from_u64(SEED);
    let classes: Vec<Class> = (0..CLASSES).map(|_| Class::any(&mut random)).collect();
    let phases: Vec<f64> = (0..CLASSES).map(|_| random.random_range(0.0..1.0)).collect();
    let ours = planned(&classes, &phases);
    let fixed = Watch::blindly(&classes, &phases, |_| FIXED);
    let backing_off = as_punctual(&classes, &phases, ours.p(95));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let ratio = |watch: &Watch| ours.looks as f64 / watch.looks as f64;
    let row = |what: &str, figure: String, beside: String, mark: &str, reached| Row {
        what: format!("readiness: {what}"),
        figure,
        beside,
        mark: mark.into(),
        reached,
    };
    table.add(row(
        "one in flight, noticed after",
        format!("p50 {:.2} s, p95 {:.2} s", ours.p(50), ours.p(95)),
        format!("{FIXED} s poller: p50 {:.2} s, p95 {:.2} s", fixed.p(50), fixed.p(95)),
        "p50 ≤ 3 s, p95 ≤ 5 s",
        ours.p(50) <= P50_MARK && ours.p(95) <= P95_MARK,
    ));
    table.add(row(
        "one in flight, requests",
        format!("{} of {}", ours.looks, fixed.looks),
        format!("{:.0} % of a {FIXED} s poller's", ratio(&fixed) * 100.0),
        "≤ 35 %",
        ratio(&fixed) <= 0.35,
    ));
    table.add(row(
        "the same, at equal p95",
        format!("{} of {}", ours.looks, backing_off.looks),
        format!("{:.0} % of exponential backoff's", ratio(&backing_off) * 100.0),
        "< 100 %",
        ratio(&backing_off) < 1.0,
    ));
    let saved = |percent| Watch::percentile(&ours.late_saved, percent);
    table.add(row(
        "the file at RealtimeKit, noticed after",
        format!("p50 {:.2} s, p95 {:.2} s", saved(50), saved(95)),
        format!("{FIXED} s poller: p50 {:.2} s", Watch::percentile(&fixed.late_saved, 50)),
        "p50 ≤ 7 s",
        saved(50) <= 7.0,
    ));
    let (crowd, lists) = many(&classes, &mut random);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let by_themselves = MANY as f64 * WATCHED / FIXED;
    table.add(row(
        "1,000 in flight, noticed after",
        format!("p50 {:.2} s, p95 {:.2} s", crowd.p(50), crowd.p(95)),
        format!("{} were ready within an hour", crowd.late.len()),
        "p50 ≤ 3 s, p95 ≤ 5 s",
        crowd.p(50) <= P50_MARK && crowd.p(95) <= P95_MARK,
    ));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (share, of_lists) = (crowd.looks as f64 / by_themselves * 100.0, crowd.looks as f64 / lists as f64 * 100.0);
    table.add(row(
        "1,000 in flight, requests",
        format!("{} in an hour", crowd.looks),
        format!("{share:.2} % of a poller for each, {of_lists:.0} % of a {FIXED} s list poller's {lists}"),
        "≤ 1 %, ≤ 100 %",
        share <= 1.0 && crowd.looks <= lists,
    ));
}
