//! Measures, on a simulated clock, the delay until a ready recording is noticed and the requests that this takes.
//!
//! Two thousand sessions end one after the other. The planner begins without processing times and learns from each
//! recording that becomes ready. For comparison, a poller that asks every five seconds and a poller that backs off
//! exponentially watch the same sessions.

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

const SESSIONS: usize = 2_000;
const SEED: u64 = 20_261_123;
/// Seconds between two requests of the poller that everything is compared with.
const FIXED_INTERVAL: f64 = 5.0;
/// Targets for the median and the 95th percentile of the delay, in seconds.
const P50_TARGET: f64 = 3.0;
const P95_TARGET: f64 = 5.0;

/// A session that has ended, and the times of its processing; all times in seconds.
struct EndedSession {
    length: f64,
    /// Time from the end of the session until RealtimeKit has saved the file.
    saving: f64,
    /// Time from the request to import the file until Stream can play the video.
    importing: f64,
    /// Moments at which Stream reports an encoded share in percent, counted from the request to import.
    shares: Vec<(f64, u8)>,
}

impl EndedSession {
    /// Draws a session as the association's guide and the API's documents describe them: processing takes five to ten
    /// minutes, sometimes far longer; progress comes in uneven steps; the share at which the video becomes playable is
    /// not known beforehand.
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

    /// Returns the encoded share in percent that Stream reports at the moment `at`.
    fn share(&self, at: f64) -> u8 {
        self.shares.iter().take_while(|(seen, _)| *seen <= at).last().map_or(0, |(_, share)| *share)
    }
}

/// The number of requests of a poller, and its delays in seconds.
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

    /// Watches all sessions by a rule that knows only the time since the end of the session.
    fn blindly(sessions: &[EndedSession], phases: &[f64], next: impl Fn(f64) -> f64) -> Self {
        let mut watch = Self::default();
        for (session, phase) in sessions.iter().zip(phases) {
            let mut at = *phase * next(0.0);
            let mut saved = None;
            loop {
                watch.looks += 1;
                if saved.is_none() && at >= session.saving {
                    saved = Some(at);
                    watch.late_saved.push(at - session.saving);
                }
                if let Some(asked) = saved
                    && at - asked >= session.importing
                {
                    watch.late.push(at - asked - session.importing);
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

/// What the planner has observed during one wait.
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

/// Watches all sessions with the planner, one session after the other.
fn planned(sessions: &[EndedSession], phases: &[f64]) -> Watch {
    let mut watch = Watch::default();
    let mut history = ProcessingTimes::default();
    for (session, phase) in sessions.iter().zip(phases) {
        // The wait begins at a random moment between two requests about the room.
        let saving = Observation::default();
        let mut at = phase * 0.5;
        let mut before = 0.0;
        loop {
            at += saving.interval(&history, ProcessingPhase::Saving, session.length, at);
            watch.looks += 1;
            if at >= session.saving {
                break;
            }
            before = at;
        }
        watch.late_saved.push(at - session.saving);
        saving.learn(&mut history, ProcessingPhase::Saving, session.length, f64::midpoint(before, at));

        let mut importing = Observation::default();
        let (mut at, mut before) = (phase * 0.5, 0.0);
        loop {
            at += importing.interval(&history, ProcessingPhase::Importing, session.length, at);
            watch.looks += 1;
            importing.note(at, session.share(at));
            if at >= session.importing {
                break;
            }
            before = at;
        }
        watch.late.push(at - session.importing);
        importing.learn(&mut history, ProcessingPhase::Importing, session.length, f64::midpoint(before, at));
    }
    watch
}

/// Searches for the longest interval at which the exponential poller is as punctual as the planner.
fn as_punctual(sessions: &[EndedSession], phases: &[f64], p95: f64) -> Watch {
    let backing_off = |longest: f64| {
        // A poller that doubles its interval from one second has, after a time t, an interval of about t + 1.
        Watch::blindly(sessions, phases, move |at| (at + 1.0).min(longest))
    };
    let (mut low, mut high) = (1.0, 60.0);
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        if backing_off(middle).p(95) <= p95 { low = middle } else { high = middle }
    }
    backing_off(low)
}

/// Recordings that are in flight at any moment.
const RECORDINGS_IN_FLIGHT: usize = 1_000;
/// Seconds during which the recordings are watched.
const WATCHED_SECONDS: f64 = 3_600.0;

/// One of many sessions whose recordings are in flight, and what the planner has observed of it.
struct Flight<'a> {
    session: &'a EndedSession,
    /// The moment at which the present wait began, in seconds of the simulated clock.
    began: f64,
    wait: ProcessingPhase,
    seen: Observation,
    next: f64,
}

/// Watches a thousand recordings that are in flight at any moment: when one becomes ready, the next session ends. One
/// list answers for all recordings that wait in the same phase. Returns the watch and the requests of a list poller.
fn many(sessions: &[EndedSession], random: &mut SmallRng) -> (Watch, u64) {
    let mut watch = Watch::default();
    let mut history = ProcessingTimes::default();
    let mut sessions = sessions.iter().cycle();
    let mut begin = |at: f64| {
        sessions.next().map(|session| Flight {
            session,
            began: at,
            wait: ProcessingPhase::Saving,
            seen: Observation::default(),
            next: at,
        })
    };
    // The first recordings are at random points of their processing when the watch begins.
    let mut flights: Vec<Flight<'_>> =
        (0..RECORDINGS_IN_FLIGHT).filter_map(|_| begin(-random.random_range(0.0..500.0))).collect();
    let mut now = 0.0;
    while now < WATCHED_SECONDS {
        for kind in [ProcessingPhase::Saving, ProcessingPhase::Importing] {
            if !flights.iter().any(|flight| flight.wait == kind && flight.next <= now) {
                continue;
            }
            watch.looks += 1;
            for flight in flights.iter_mut().filter(|flight| flight.wait == kind) {
                let lasted = now - flight.began;
                let (took, share) = match kind {
                    ProcessingPhase::Saving => (flight.session.saving, 0),
                    ProcessingPhase::Importing => (flight.session.importing, flight.session.share(lasted)),
                };
                flight.seen.note(lasted, share);
                if lasted < took {
                    flight.next = now + flight.seen.interval(&history, kind, flight.session.length, lasted);
                    continue;
                }
                let seen = std::mem::take(&mut flight.seen);
                // The delays of the first recordings do not count, because their waits began before the watch.
                if flight.began >= 0.0 {
                    let late = if kind == ProcessingPhase::Saving { &mut watch.late_saved } else { &mut watch.late };
                    late.push(lasted - took);
                    seen.learn(&mut history, kind, flight.session.length, lasted);
                }
                match kind {
                    ProcessingPhase::Saving => (flight.wait, flight.began) = (ProcessingPhase::Importing, now),
                    ProcessingPhase::Importing => {
                        if let Some(fresh) = begin(now + random.random_range(0.0..5.0)) {
                            *flight = fresh;
                        }
                    }
                }
                flight.next = now + flight.seen.interval(&history, flight.wait, flight.session.length, 0.0);
            }
        }
        let due = flights.iter().map(|flight| flight.next).fold(f64::INFINITY, f64::min);
        now = due.max(now + 0.05);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an hour")]
    let lists_of_fixed = (2.0 * WATCHED_SECONDS / FIXED_INTERVAL) as u64;
    (watch, lists_of_fixed)
}

pub(crate) fn run(table: &mut Table) {
    let mut random = SmallRng::seed_from_u64(SEED);
    let sessions: Vec<EndedSession> = (0..SESSIONS).map(|_| EndedSession::any(&mut random)).collect();
    let phases: Vec<f64> = (0..SESSIONS).map(|_| random.random_range(0.0..1.0)).collect();
    let ours = planned(&sessions, &phases);
    let fixed = Watch::blindly(&sessions, &phases, |_| FIXED_INTERVAL);
    let backing_off = as_punctual(&sessions, &phases, ours.p(95));
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
        format!("{FIXED_INTERVAL} s poller: p50 {:.2} s, p95 {:.2} s", fixed.p(50), fixed.p(95)),
        "p50 ≤ 3 s, p95 ≤ 5 s",
        ours.p(50) <= P50_TARGET && ours.p(95) <= P95_TARGET,
    ));
    table.add(row(
        "one in flight, requests",
        format!("{} of {}", ours.looks, fixed.looks),
        format!("{:.0} % of a {FIXED_INTERVAL} s poller's", ratio(&fixed) * 100.0),
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
        format!("{FIXED_INTERVAL} s poller: p50 {:.2} s", Watch::percentile(&fixed.late_saved, 50)),
        "p50 ≤ 7 s",
        saved(50) <= 7.0,
    ));
    let (crowd, lists) = many(&sessions, &mut random);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let by_themselves = RECORDINGS_IN_FLIGHT as f64 * WATCHED_SECONDS / FIXED_INTERVAL;
    table.add(row(
        "1,000 in flight, noticed after",
        format!("p50 {:.2} s, p95 {:.2} s", crowd.p(50), crowd.p(95)),
        format!("{} were ready within an hour", crowd.late.len()),
        "p50 ≤ 3 s, p95 ≤ 5 s",
        crowd.p(50) <= P50_TARGET && crowd.p(95) <= P95_TARGET,
    ));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (share, of_lists) = (crowd.looks as f64 / by_themselves * 100.0, crowd.looks as f64 / lists as f64 * 100.0);
    table.add(row(
        "1,000 in flight, requests",
        format!("{} in an hour", crowd.looks),
        format!("{share:.2} % of a poller for each, {of_lists:.0} % of a {FIXED_INTERVAL} s list poller's {lists}"),
        "≤ 1 %, ≤ 100 %",
        share <= 1.0 && crowd.looks <= lists,
    ));
}
