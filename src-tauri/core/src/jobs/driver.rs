//! Runs the jobs that are due, one after the other, and notes how each run ended. The driver knows no job by name.
//!
//! An error or panic of a job does not keep the others from running. A job that takes long may continue beside later
//! ticks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::context::Context;
use crate::context::health::{Concern, JobName, Outcome, RunTime};
use crate::domain::error_code::ErrorCode;
use crate::domain::profile::role::{Occasion, why_resting};
use crate::error::{Error, UserError};
use crate::jobs::job::{About, AnyJob, Due, Group, Patience, Report, Turn, Wake, Work};
use crate::jobs::plan::Allowance;
use crate::jobs::registry;
use crate::recorder::token_rights;
use crate::supervisor::{Stopped, Supervisor, Task};

/// The longest run of a job that its tick waits for. A longer run is cancelled, which every job must survive, as it
/// survives a crash.
const MAX_RUN_IN_TICK: Duration = Duration::from_secs(600);
/// The longest run of a job beside the ticks. The sync of a large account takes minutes.
const MAX_RUN_BESIDE: Duration = Duration::from_secs(3_600);

/// The jobs, with what they remember between two ticks. If this memory is lost, a few more requests are sent.
pub struct Jobs {
    slots: Vec<Slot>,
    allowance: Allowance,
    last_tick: Option<DateTime<Utc>>,
    /// Whether a person did something since the last tick.
    woken: bool,
    /// How many calls had changed something at Cloudflare at the last tick.
    changed: u64,
    /// Whether a job has reached Cloudflare again after a failure and the other jobs have not been told yet.
    network_is_back: bool,
}

/// A job with its present run, if it is running beside the ticks.
struct Slot {
    about: About,
    job: Arc<Mutex<Box<dyn AnyJob>>>,
    run: Option<Run>,
    /// Whether the role of the desk or the rights of its token leave this job to other desks.
    rests: bool,
    /// Whether a person wants it to run now.
    asked_for: bool,
    /// The events that happened while the job was running. The job is told of them after its run.
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

/// A run that has ended, with its result and time.
struct Ended {
    result: Result<Ran, Stopped>,
    run: RunTime,
}

/// The result of a tick.
#[derive(Debug, Default)]
pub(crate) struct Ticked {
    /// Whether a job of the pipeline asked Cloudflare.
    pub(crate) asked: bool,
    /// Whether a job of the pipeline had an error.
    pub(crate) failed: bool,
    /// Whether a job panicked.
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
    /// All jobs of these groups.
    #[must_use]
    pub fn of(groups: &[Group]) -> Self {
        Self::with(registry::every_job().into_iter().filter(|job| groups.contains(&job.about().group)).collect())
    }

    /// One job alone, by its name; `None` if there is none of this name.
    #[must_use]
    pub fn only(name: &str) -> Option<Self> {
        let job = registry::every_job().into_iter().find(|job| job.about().name.id == name)?;
        Some(Self::with(vec![job]))
    }

    pub(crate) fn with(jobs: Vec<Box<dyn AnyJob>>) -> Self {
        let slots = jobs.into_iter().map(Slot::of).collect();
        Self {
            slots,
            allowance: Allowance::default(),
            last_tick: None,
            woken: false,
            changed: 0,
            network_is_back: false,
        }
    }

    /// Lets the next tick also do what was put off to save requests, because a person did something.
    pub fn wake(&mut self) {
        self.allowance = Allowance::default();
        self.woken = true;
        self.wake_all(Wake::Person);
    }

    pub(crate) fn names(&self) -> Vec<JobName> {
        self.slots.iter().map(|slot| slot.about.name).collect()
    }

    /// The moment at which the jobs may send requests again that can wait; `None` if they may now.
    pub(crate) fn spent_until(&self, context: &Context) -> Option<DateTime<Utc>> {
        self.allowance.spent_until(context.now(), context.cloudflare().budget())
    }

    /// The earliest moment at which a job of the pipeline is due that is in the job's memory and not in the database.
    pub(crate) fn next_remembered(&self, context: &Context) -> Option<DateTime<Utc>> {
        let pipeline = self.slots.iter().filter(|slot| slot.about.group == Group::Pipeline);
        let next = pipeline.filter_map(|slot| match slot.due(context)? {
            Due::EveryTick { next } => next,
            Due::At(_) => None,
        });
        next.min()
    }

    /// The earliest moment after `now` at which a job outside of the pipeline that runs in every tick has something to do.
    pub(crate) fn next_beside_pipeline(&self, context: &Context, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let others = self.slots.iter().filter(|slot| slot.about.group != Group::Pipeline);
        let next = others.filter_map(|slot| match slot.due(context)? {
            Due::EveryTick { next } => next,
            Due::At(_) => None,
        });
        next.filter(|next| *next > now).min()
    }

    /// Returns whether the clock was set back since the last tick, and tells the jobs if so. Before the first tick this
    /// is assumed.
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

    /// Returns, once, whether a job has reached Cloudflare again after a failure, and tells all jobs if so.
    pub(crate) fn notice_network(&mut self) -> bool {
        let is_back = std::mem::take(&mut self.network_is_back);
        if is_back {
            self.wake_all(Wake::Network);
        }
        is_back
    }

    /// Whether a job of the pipeline is running beside the ticks.
    pub(crate) fn is_under_way(&self) -> bool {
        self.slots.iter().any(|slot| slot.run.is_some() && slot.about.group == Group::Pipeline)
    }

    /// Whether something is being sent to other people's servers.
    pub(crate) fn is_sending(&self) -> bool {
        self.slots.iter().any(|slot| slot.run.is_some() && slot.about.group == Group::Outward)
    }

    /// Whether any job is running beside the ticks.
    pub(crate) fn is_busy(&self) -> bool {
        self.slots.iter().any(|slot| slot.run.is_some())
    }

    /// Runs every job that is due, and returns how the runs ended.
    pub(crate) async fn run_due(&mut self, context: &Context, now: DateTime<Utc>) -> Ticked {
        let sent = context.cloudflare().sent();
        let turn = Turn { context: context.clone(), allowance: self.allowance, asked_for: false };
        let mut ticked = Ticked::default();
        let mut refused = false;
        context.set_health(|health| health.list_jobs(&self.names()));
        let woken = std::mem::take(&mut self.woken);
        // What a person changed at Cloudflare while jobs rested shows that they may work again.
        let changed = context.cloudflare().changed();
        let succeeded = std::mem::replace(&mut self.changed, changed) < changed;
        try_rights(context, if woken || succeeded { Occasion::Person } else { Occasion::Time }).await;
        self.let_rest(context);
        self.hear_who_is_asked_for(context);
        for place in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(place) else { break };
            let about = slot.about;
            let ended = slot.run(&turn, now).await;
            if let Some(ended) = ended {
                refused |= self.note(context, about, ended, &mut ticked);
            }
        }
        if refused {
            try_rights(context, Occasion::Refusal).await;
        }
        self.allowance.take(context.cloudflare().sent().saturating_sub(sent), context.now());
        ticked
    }

    /// Lets the jobs rest that the role of the desk or the rights of its token leave to other desks. If those cannot be read,
    /// everything stays as it is.
    fn let_rest(&mut self, context: &Context) {
        let (role, Ok(rights)) = (context.role(), context.store().token_rights()) else { return };
        for slot in &mut self.slots {
            slot.rests = why_resting(slot.about.name.id, role, rights.as_ref()).is_some();
            if slot.rests {
                context.set_health(|health| health.note_rest(slot.about.name));
            }
        }
    }

    /// Notes which jobs a person wants to run now. They run in this tick, or once the run that goes on has ended.
    fn hear_who_is_asked_for(&mut self, context: &Context) {
        let known: Vec<_> = self.slots.iter().map(|slot| slot.about.name.id).collect();
        let asked = context.store().take_jobs_to_run(&known).unwrap_or_else(|error| {
            tracing::warn!(%error, "nobody can tell which jobs are asked for");
            Vec::new()
        });
        for slot in self.slots.iter_mut().filter(|slot| asked.iter().any(|name| name == slot.about.name.id)) {
            slot.asked_for = !slot.rests;
            match slot.job.try_lock() {
                Ok(mut job) => job.woken(Wake::Person),
                Err(_) => slot.missed.wake = Some(Wake::Person),
            }
        }
    }

    /// Whether no job follows open rooms and recordings here.
    pub(crate) fn rests(&self) -> bool {
        let mut pipeline = self.slots.iter().filter(|slot| slot.about.group == Group::Pipeline);
        pipeline.any(|slot| slot.rests)
    }

    /// Notes the next run of each job. A job that runs in every tick runs at `next_tick`.
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

    /// Notes how a run ended. Returns whether Cloudflare refused it because the token lacks a permission.
    fn note(&mut self, context: &Context, about: About, ended: Ended, ticked: &mut Ticked) -> bool {
        let pipeline = about.group == Group::Pipeline;
        let mut asked = false;
        let (outcome, error) = match ended.result {
            Ok(Ran(Some(Ok(report)))) => {
                asked = report.work == Work::Asked;
                (outcome_of(report, about.concern), None)
            }
            Ok(Ran(Some(Err(error)))) => {
                tracing::error!(job = about.name.id, %error, "a job failed");
                // Errors of the database are not errors of the connection to Cloudflare.
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
        let refused = matches!(&outcome, Outcome::Failed(error, _) if error.code == ErrorCode::Permission);
        let recovered = context.set_health(|health| health.note_run(about.name, ended.run, outcome));
        self.network_is_back |= recovered && asked;
        if pipeline {
            ticked.asked |= asked;
            ticked.failed |= failed;
            ticked.error = ticked.error.take().or(error);
        }
        refused
    }
}

/// Tries what the API token may do, if this occasion asks for it. If that fails, what is known stays.
async fn try_rights(context: &Context, occasion: Occasion) {
    if let Err(error) = token_rights::try_if_due(context, occasion).await {
        tracing::debug!(%error, "what the API token may do could not be tried");
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
        let (about, job) = (job.about(), Arc::new(Mutex::new(job)));
        Self { about, job, run: None, rests: false, asked_for: false, missed: Missed::default() }
    }

    /// When the job runs next; `None` while it runs or rests.
    fn due(&self, context: &Context) -> Option<Due> {
        if self.rests {
            return None;
        }
        Some(self.job.try_lock().ok()?.due(context))
    }

    /// Runs the job if it is due, or waits for the run that is going on. `None` if no run ended in the meantime.
    async fn run(&mut self, turn: &Turn, now: DateTime<Utc>) -> Option<Ended> {
        let supervisor = turn.context.supervisor();
        if self.run.is_none() {
            if self.rests {
                return None;
            }
            let asked_for = std::mem::take(&mut self.asked_for);
            match supervisor.caught_now(self.about.activity, || self.due(&turn.context)) {
                Ok(None) => return None,
                Ok(Some(Due::At(moment))) if moment > now && !asked_for => return None,
                Ok(Some(Due::At(_) | Due::EveryTick { .. })) => {}
                Err(stopped) => {
                    return Some(Ended { result: Err(stopped), run: RunTime { at: Some(now), took: Duration::ZERO } });
                }
            }
            let turn = Turn { asked_for, ..turn.clone() };
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

    async fn run_to_the_end(&self, supervisor: &Supervisor, turn: Turn, now: DateTime<Utc>) -> Ended {
        let began = Instant::now();
        let mut job = self.job.lock().await;
        let work = tokio::time::timeout(MAX_RUN_IN_TICK, job.run(turn));
        let result = supervisor.caught(self.about.activity, work).await.map(|ran| Ran(ran.ok()));
        Ended { result, run: RunTime { at: Some(now), took: began.elapsed() } }
    }

    fn begin(&mut self, supervisor: &Supervisor, turn: Turn, now: DateTime<Utc>) {
        let job = Arc::clone(&self.job);
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
