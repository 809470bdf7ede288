//! A tick: one run over all jobs that are due, and its report.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::context::Context;
use crate::context::health::{Concern, JobName, Outcome, RunTime};
use crate::domain::bounds::Moved as _;
use crate::error::{Error, UserError};
use crate::jobs::driver::Jobs;
use crate::jobs::job::Group;
use crate::jobs::status;
use crate::ports::Topic;

/// The shortest rest after a tick in which a job panicked.
const MIN_REST_AFTER_PANIC: TimeDelta = TimeDelta::seconds(5);
/// How often a process that waits for answers looks for them.
const POLL_WHILE_SENDING: Duration = Duration::from_millis(20);
/// The tick itself, as an entry in the list of jobs.
const TICK: JobName = JobName { id: "tick", title: "Background work" };

/// The state of the open work after a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickReport {
    /// The moment at which the next tick has something to do; `None` if nothing is open.
    pub next: Option<DateTime<Utc>>,
    /// The moment at which a job that needs no open work has something to do: a reminder, or the checks before a class;
    /// `None` where no class lies ahead.
    pub next_of_schedule: Option<DateTime<Utc>>,
    /// The number of open sessions.
    pub open_sessions: usize,
    /// The number of recordings in processing. A failed recording is not one of them, even while it waits for its
    /// auto-retry.
    pub in_flight: usize,
    /// Whether a job of the pipeline is running beside the ticks.
    pub under_way: bool,
    /// Whether something is being sent to other people's servers.
    pub sending: bool,
}

impl TickReport {
    fn not_before(self, moment: DateTime<Utc>) -> Self {
        Self { next: self.next.map(|next| next.max(moment)), ..self }
    }

    /// Whether there is no open work.
    #[must_use]
    pub const fn idle(&self) -> bool {
        self.open_sessions == 0 && self.in_flight == 0 && !self.under_way && !self.sending
    }
}

/// Runs every job that is due, once. A job may continue beside the next ticks. An error of one job does not keep the
/// others from running; the first error that ended a run is returned at the end.
pub async fn tick(context: &Context, jobs: &mut Jobs) -> Result<TickReport, Error> {
    let began = Instant::now();
    let supervisor = context.supervisor();
    let stopped = match supervisor.caught("looking after rooms and recordings", Box::pin(run(context, jobs))).await {
        Ok(report) => return report,
        Err(stopped) => UserError::from(&Error::from(stopped)),
    };
    supervisor.caught_now("showing what is wrong", || {
        note_tick(context, RunTime { at: None, took: began.elapsed() }, Outcome::Failed(stopped, Concern::Cloudflare));
        context.changed(&[Topic::Desk]);
        Ok(survey_with(context, Some(jobs))?.not_before(context.now().later(MIN_REST_AFTER_PANIC)))
    })?
}

/// Runs every job of the pipeline that is due until all have ended, however long Stream takes. For a process that does
/// nothing else.
pub async fn tick_to_the_end(context: &Context) -> Result<TickReport, Error> {
    let mut jobs = Jobs::default();
    loop {
        let report = tick(context, &mut jobs).await?;
        if !report.under_way {
            status::save(context);
            return Ok(report);
        }
    }
}

/// Runs one job of this name that was asked for, until it has ended. `false` if there is no such job. It has to hold the lease.
pub async fn run_once(context: &Context, name: &str) -> Result<bool, Error> {
    let Some(mut jobs) = Jobs::only(name) else { return Ok(false) };
    loop {
        tick(context, &mut jobs).await?;
        if !jobs.is_busy() {
            status::save(context);
            return Ok(true);
        }
        tokio::time::sleep(POLL_WHILE_SENDING).await;
    }
}

/// Sends every event that is due, and waits for the answers: for a process that does nothing else. It has to hold the lease.
pub async fn send_what_is_due(context: &Context) -> Result<(), Error> {
    let mut jobs = Jobs::of(&[Group::Outward]);
    while tick(context, &mut jobs).await?.sending {
        tokio::time::sleep(POLL_WHILE_SENDING).await;
    }
    status::save(context);
    Ok(())
}

/// Makes the tick report without running a job or sending a request. For a process that shows progress while another
/// one runs the jobs.
pub fn survey(context: &Context) -> Result<TickReport, Error> {
    survey_with(context, None)
}

async fn run(context: &Context, jobs: &mut Jobs) -> Result<TickReport, Error> {
    let (now, began) = (context.now(), Instant::now());
    if jobs.notice_clock(now) {
        context.store().bring_into_the_present(now)?;
    }
    let before = context.health();
    let ticked = jobs.run_due(context, now).await;
    if let Some(error) = ticked.error {
        return Err(error);
    }
    // While a job is still running, its requests may yet fail.
    let answered = ticked.asked && !ticked.failed && !jobs.is_under_way();
    if answered && jobs.notice_network() {
        // The network is back, so every recording that waited for it becomes due.
        context.store().make_due(context.now())?;
    }
    let mut report = survey_with(context, Some(jobs))?;
    report.under_way = jobs.is_under_way();
    report.sending = jobs.is_sending();
    if ticked.stopped {
        report = report.not_before(context.now().later(MIN_REST_AFTER_PANIC));
    }
    let answered_at = answered.then(|| context.now());
    note_tick(context, RunTime { at: Some(now), took: began.elapsed() }, Outcome::Succeeded);
    context.set_health(|health| {
        health.next_check = report.next;
        health.last_ok = answered_at.or(health.last_ok);
    });
    let after = context.health();
    if ticked.asked
        || before.trouble != after.trouble
        || before.backup != after.backup
        || before.next_check != report.next
    {
        context.changed(&[Topic::Desk]);
    }
    Ok(report)
}

fn note_tick(context: &Context, run: RunTime, outcome: Outcome) {
    context.set_health(|health| health.note_run(TICK, run, outcome));
}

fn survey_with(context: &Context, jobs: Option<&Jobs>) -> Result<TickReport, Error> {
    let mut sessions = context.store().open_sessions()?;
    let mut recordings = context.store().recordings_in_flight()?;
    let rests = jobs.is_some_and(Jobs::rests);
    if rests {
        // Other desks follow them.
        sessions.clear();
        recordings.clear();
    }
    let remembered = jobs.and_then(|jobs| jobs.next_remembered(context));
    let spent = jobs.and_then(|jobs| jobs.spent_until(context));
    let recording = recordings
        .iter()
        .filter_map(|recording| recording.work.next_poll)
        .chain(context.store().next_auto_retry()?.filter(|_| !rests))
        .min()
        .map(|next| spent.map_or(next, |spent| next.max(spent)));
    let next = [recording, remembered].into_iter().flatten().min();
    Ok(TickReport {
        next,
        next_of_schedule: jobs.and_then(|jobs| jobs.next_beside_pipeline(context, context.now())),
        open_sessions: sessions.len(),
        in_flight: recordings.len(),
        under_way: false,
        sending: false,
    })
}
