//! Runs jobs that are due, one after the other, and notes how each run ended. It knows none of them by name.
//!
//! A job that fails or panics keeps no other from running. A job that takes long goes on beside the next ticks, if it may.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::context::Context;
use crate::context::health::{Concern, JobName, Outcome, RunTime};
use crate::error::{Error, UserError};
use crate::jobs::job::{About, AnyJob, Due, Group, Patience, Report, Turn, Wake, Work};
use crate::jobs::plan::Allowance;
use crate::jobs::registry;
use crate::supervisor::{Stopped, Supervisor, Task};

/// How long a run may take that a tick waits for. Afterwards it is cancelled, which a job survives like a crash.
const MAX_RUN_IN_TICK: Duration = Duration::from_secs(600);
/// How long a run may take beside the ticks: a comparison of a large account takes minutes.
const MAX_RUN_BESIDE: Duration = Duration::from_secs(3_600);

/// The jobs and their memory between two ticks. If this memory is lost, the jobs send a few more requests.
pub struct Jobs {
    slots: Vec<Slot>,
    allowance: Allowance,
    last_tick: Option<DateTime<Utc>>,
    /// A job reached Cloudflare again and the others have not been told yet.
    network_is_back: bool,
}

/// A job and the run of it that goes on, if one does.
struct Slot {
    about: About,
    job: Arc<Mutex<Box<dyn AnyJob>>>,
    run: Option<Run>,
    /// The events that the job missed during its run: the clock was set back, or the job was woken.
    missed: Missed,
}

struct Run {
    task: Task<Ran>,
    began: Instant,
    at: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Missed {
    clock_moved: bool,
    wake: Option<Wake>,
}

/// The result of a run; `None` when the run was cancelled at its time limit.
struct Ran(Option<Result<Report, Error>>);

/// A run that ended.
struct Ended {
    result: Result<Ran, Stopped>,
    run: RunTime,
}

/// The result of a tick.
#[derive(Debug, Default)]
pub(crate) struct Ticked {
    /// A job of the pipeline asked Cloudflare.
    pub(crate) asked: bool,
    /// A job of the pipeline had an error.
    pub(crate) failed: bool,
    /// A job panicked.
    pub(crate) stopped: bool,
    /// The first error that ended a run of the pipeline.
    pub(crate) error: Option<Error>,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.iter().map(|slot| slot.about.name.id)).finish()
    }
}

impl Default for Jobs {
    /// The jobs of the pipeline.
    fn default() -> Self {
        Self::of(&[Group::Pipeline])
    }
}

impl Jobs {
    /// The jobs of these groups.
    #[must_use]
    pub fn of(groups: &[Group]) -> Self {
        Self::with(registry::every_job().into_iter().filter(|job| groups.contains(&job.about().group)).collect())
    }

    pub(crate) fn with(jobs: Vec<Box<dyn AnyJob>>) -> Self {
        let slots = jobs.into_iter().map(Slot::of).collect();
        Self { slots, allowance: Allowance::default(), last_tick: None, network_is_back: false }
    }

    /// Makes the next tick also do the work that the plan put off, because a person did something.
    pub fn wake(&mut self) {
        self.allowance = Allowance::default();
        self.wake_all(Wake::Person);
    }

    pub(crate) fn names(&self) -> Vec<JobName> {
        self.slots.iter().map(|slot| slot.about.name).collect()
    }

    /// Until when the jobs have used their share of the rate budget.
    pub(crate) fn spent_until(&self, context: &Context) -> Option<DateTime<Utc>> {
        self.allowance.spent_until(context.now(), context.cloudflare().budget())
    }

    /// The next moment at which a pipeline job is due that only its memory holds, not the database.
    pub(crate) fn next_remembered(&self, context: &Context) -> Option<DateTime<Utc>> {
        let pipeline = self.slots.iter().filter(|slot| slot.about.group == Group::Pipeline);
        let next = pipeline.filter_map(|slot| match slot.due(context)? {
            Due::EveryTick { next } => next,
            Due::At(_) => None,
        });
        next.min()
    }

    /// Answers whether the clock was set back since the last tick, or may have been before the first one, and tells the jobs so.
    pub(crate) fn notice_clock(&mut self, now: DateTime<Utc>) -> bool {
        let moved = self.last_tick.replace(now).is_none_or(|last| now < last);
        if moved {
            for slot in &mut self.slots {
                match slot.job.try_lock() {
                    Ok(mut job) => job.clock_moved(),
                    Err(_) => slot.missed.clock_moved = true,
                }
            }
        }
        moved
    }

    /// Answers whether a job reached Cloudflare again after a failure, once, and tells the jobs so.
    pub(crate) fn notice_network(&mut self) -> bool {
        let is_back = std::mem::take(&mut self.network_is_back);
        if is_back {
            self.wake_all(Wake::Network);
        }
        is_back
    }

    /// Whether a job of the pipeline goes on beside the ticks.
    pub(crate) fn is_under_way(&self) -> bool {
        self.slots.iter().any(|slot| slot.run.is_some() && slot.about.group == Group::Pipeline)
    }

    /// Runs every job that is due.
    pub(crate) async fn run_due(&mut self, context: &Context, now: DateTime<Utc>) -> Ticked {
        let sent = context.cloudflare().sent();
        let turn = Turn { context: context.clone(), allowance: self.allowance };
        let mut ticked = Ticked::default();
        context.set_health(|health| health.list_jobs(&self.names()));
        for place in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(place) else { break };
            let about = slot.about;
            let ended = slot.run(&turn, now).await;
            if let Some(ended) = ended {
                self.note(context, about, ended, &mut ticked);
            }
        }
        self.allowance.take(context.cloudflare().sent().saturating_sub(sent), context.now());
        ticked
    }

    /// Notes when each job runs next, given when the next tick is.
    pub(crate) fn note_next_runs(&self, context: &Context, next_tick: DateTime<Utc>) {
        let next = |slot: &Slot| match slot.run {
            Some(_) => None,
            None => slot.due(context).map(|due| match due {
                Due::EveryTick { .. } => next_tick,
                Due::At(moment) => moment.max(next_tick),
            }),
        };
        let all: Vec<_> = self.slots.iter().map(|slot| (slot.about.name, next(slot))).collect();
        context.set_health(|health| all.into_iter().for_each(|(name, next)| health.note_next_run(name, next)));
    }

    fn wake_all(&mut self, wake: Wake) {
        for slot in &mut self.slots {
            match slot.job.try_lock() {
                Ok(mut job) => job.woken(wake),
                Err(_) => slot.missed.wake = Some(wake),
            }
        }
    }

    fn note(&mut self, context: &Context, about: About, ended: Ended, ticked: &mut Ticked) {
        let pipeline = about.group == Group::Pipeline;
        let mut asked = false;
        let (outcome, error) = match ended.result {
            Ok(Ran(Some(Ok(report)))) => {
                asked = report.work == Work::Asked;
                (outcome_of(report, about.concern), None)
            }
            Ok(Ran(Some(Err(error)))) => {
                tracing::error!(job = about.name.id, %error, "a job failed");
                // Errors of the database are shown by themselves.
                let concern = match &error {
                    Error::Store(_) if about.concern == Concern::Cloudflare => Concern::Data,
                    _ => about.concern,
                };
                (Outcome::Failed(UserError::from(&error), concern), Some(error))
            }
            Ok(Ran(None)) => (Outcome::Failed(took_too_long(about), about.concern), None),
            Err(stopped) => {
                ticked.stopped = true;
                (Outcome::Failed(UserError::from(&Error::from(stopped)), about.concern), None)
            }
        };
        let failed = matches!(outcome, Outcome::Failed(..));
        let recovered = context.set_health(|health| health.note_run(about.name, ended.run, outcome));
        self.network_is_back |= recovered && asked;
        if pipeline {
            ticked.asked |= asked;
            ticked.failed |= failed;
            ticked.error = ticked.error.take().or(error);
        }
    }
}

fn outcome_of(report: Report, concern: Concern) -> Outcome {
    match report {
        Report { trouble: Some(trouble), .. } => Outcome::Failed(trouble, concern),
        Report { work: Work::Postponed, trouble: None } => Outcome::Unchanged,
        Report { work: Work::Nothing | Work::Local | Work::Asked, trouble: None } => Outcome::Succeeded,
    }
}

fn took_too_long(about: About) -> UserError {
    UserError::from(&Error::TooLong { activity: about.activity })
}

impl Slot {
    fn of(job: Box<dyn AnyJob>) -> Self {
        Self { about: job.about(), job: Arc::new(Mutex::new(job)), run: None, missed: Missed::default() }
    }

    /// When the job runs next; `None` while it runs.
    fn due(&self, context: &Context) -> Option<Due> {
        Some(self.job.try_lock().ok()?.due(context))
    }

    /// Runs the job if it is due, or waits for the run that goes on. `None` when no run ended.
    async fn run(&mut self, turn: &Turn, now: DateTime<Utc>) -> Option<Ended> {
        let supervisor = turn.context.supervisor();
        if self.run.is_none() {
            match supervisor.caught_now(self.about.activity, || self.due(&turn.context)) {
                Ok(None) => return None,
                Ok(Some(Due::At(moment))) if moment > now => return None,
                Ok(Some(Due::At(_) | Due::EveryTick { .. })) => {}
                Err(stopped) => {
                    return Some(Ended { result: Err(stopped), run: RunTime { at: Some(now), took: Duration::ZERO } });
                }
            }
            match self.about.patience {
                Patience::ToTheEnd => return Some(self.run_to_the_end(supervisor, turn, now).await),
                Patience::Beside(_) => self.begin(supervisor, turn, now),
            }
        }
        let limit = match self.about.patience {
            Patience::Beside(limit) => limit,
            Patience::ToTheEnd => Duration::ZERO,
        };
        let run = self.run.as_mut()?;
        let result = run.task.within(limit).await?;
        let run = RunTime { at: Some(run.at), took: run.began.elapsed() };
        self.run = None;
        self.make_up_for_missed();
        Some(Ended { result, run })
    }

    async fn run_to_the_end(&self, supervisor: &Supervisor, turn: &Turn, now: DateTime<Utc>) -> Ended {
        let began = Instant::now();
        let mut job = self.job.lock().await;
        let work = tokio::time::timeout(MAX_RUN_IN_TICK, job.run(turn.clone()));
        let result = supervisor.caught(self.about.activity, work).await.map(|ran| Ran(ran.ok()));
        Ended { result, run: RunTime { at: Some(now), took: began.elapsed() } }
    }

    fn begin(&mut self, supervisor: &Supervisor, turn: &Turn, now: DateTime<Utc>) {
        let (job, turn) = (Arc::clone(&self.job), turn.clone());
        let task = supervisor.spawn(self.about.activity, async move {
            let mut job = job.lock().await;
            Ran(tokio::time::timeout(MAX_RUN_BESIDE, job.run(turn)).await.ok())
        });
        self.run = Some(Run { task, began: Instant::now(), at: now });
    }

    fn make_up_for_missed(&mut self) {
        let Missed { clock_moved, wake } = std::mem::take(&mut self.missed);
        let Ok(mut job) = self.job.try_lock() else { return };
        if clock_moved {
            job.clock_moved();
        }
        if let Some(wake) = wake {
            job.woken(wake);
        }
    }
}

#[cfg(test)]
mod tests;
