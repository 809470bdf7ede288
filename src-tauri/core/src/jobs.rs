//! What goes on by itself: a reconciler over everything open, woken by time and by people.
//!
//! [`tick`] looks at the database, asks Cloudflare what it needs to know, does what is owed and says when to look again. It takes no
//! input, may be killed at any instruction and may run any number of times. [`Driver`] runs it; one process per data folder at a time.

mod auto_retry;
pub mod plan;
mod recordings;
mod rooms;
mod stream_work;
mod upkeep;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::rescue::News;
use crate::domain::recorder::stage::Announcement;
use crate::error::{Error, UserError};
pub use crate::jobs::upkeep::Upkeep;
use crate::ports::{Notice, Topic};
use crate::recorder::{attempts, explanation, sync};
use crate::store::locks::Held;
use crate::supervisor::{Stopped, Task};

/// What the jobs remember between two looks. Losing it costs a few requests and nothing else.
#[derive(Debug, Default)]
pub struct Memory {
    failures: recordings::Failures,
    stream: stream_work::StreamWork,
    session_failures: HashMap<SessionId, u32>,
    rooms_due: HashMap<SessionId, DateTime<Utc>>,
    rooms_list: rooms::List,
    next_sweep: Option<DateTime<Utc>>,
    next_sync: Option<DateTime<Utc>>,
    last_look: Option<DateTime<Utc>>,
    list_not_before: Option<DateTime<Utc>>,
    allowance: plan::Allowance,
}

impl Memory {
    /// Somebody asked: what the plan put off is looked at too.
    pub fn reset(&mut self) {
        self.rooms_due.clear();
        self.allowance = plan::Allowance::default();
    }

    /// A clock that was set back, now or while nothing ran, says nothing of when to look: everything is due.
    fn heed_the_clock(&mut self, context: &Context) -> Result<(), Error> {
        let now = context.now();
        if self.last_look.replace(now).is_none_or(|last| now < last) {
            context.store().bring_into_the_present(now)?;
            self.rooms_due.clear();
            self.rooms_list.forget_when();
            (self.list_not_before, self.next_sweep, self.next_sync) = (None, None, None);
        }
        Ok(())
    }
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickReport {
    /// When to look again; `None` when nothing is open.
    pub next: Option<DateTime<Utc>>,
    /// How many sessions are open.
    pub open_sessions: usize,
    /// How many recordings are on their way. One that failed is at rest, also while it waits to be tried again by itself.
    pub in_flight: usize,
    /// Whether something is being done with Stream beside the looks.
    pub under_way: bool,
}

impl TickReport {
    /// The same, looked at again no sooner than that.
    fn not_before(self, moment: DateTime<Utc>) -> Self {
        Self { next: self.next.map(|next| next.max(moment)), ..self }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub const fn idle(&self) -> bool {
        self.open_sessions == 0 && self.in_flight == 0 && !self.under_way
    }
}

/// Looks once at everything that is due. What is done with Stream and takes longer than a look goes on beside the next ones. A part of it that
/// stops unexpectedly is shown, and keeps nothing else from being looked at.
pub async fn tick(context: &Context, memory: &mut Memory) -> Result<TickReport, Error> {
    let supervisor = context.supervisor();
    let stopped = match supervisor.caught("looking after rooms and recordings", Box::pin(look(context, memory))).await {
        Ok(look) => return look,
        Err(stopped) => UserError::from(&Error::from(stopped)),
    };
    supervisor.caught_now("showing what is wrong", || {
        context.set_health(|health| health.trouble = Some(stopped));
        context.changed(&[Topic::Desk]);
        Ok(survey_rooms_and_recordings(context, Some(memory))?.not_before(context.now().later(AFTER_A_STOP)))
    })?
}

/// Looks once as [`tick`] does, and to the end of it, however long Stream takes: for a process that does nothing else.
pub async fn tick_to_the_end(context: &Context) -> Result<TickReport, Error> {
    let mut memory = Memory::default();
    loop {
        let look = tick(context, &mut memory).await?;
        if !look.under_way {
            return Ok(look);
        }
    }
}

/// One part of a look after the other. Each is caught by itself.
struct Parts<'a> {
    context: &'a Context,
    trouble: Option<UserError>,
    stopped: bool,
}

impl Parts<'_> {
    fn take(&mut self, part: Result<Result<(), Error>, Stopped>) -> Result<(), Error> {
        match part {
            Ok(done) => done,
            Err(stopped) => {
                self.stopped = true;
                self.trouble = Some(UserError::from(&Error::from(stopped)));
                Ok(())
            }
        }
    }

    fn now(&mut self, job: &'static str, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let done = self.context.supervisor().caught_now(job, work);
        self.take(done)
    }
}

async fn look(context: &Context, memory: &mut Memory) -> Result<TickReport, Error> {
    let mut trouble: Option<UserError> = None;
    let mut asked = false;
    let mut parts = Parts { context, trouble: None, stopped: false };
    memory.heed_the_clock(context)?;
    let sent = context.cloudflare().sent();
    let supervisor = context.supervisor();
    let rooms = Box::pin(rooms::reconcile(context, memory, &mut trouble, &mut asked));
    parts.take(supervisor.caught("looking after rooms", rooms).await)?;
    let mut known = stream_work::Known::default();
    let recordings = Box::pin(recordings::reconcile(context, memory, &mut trouble, &mut asked, &mut known));
    parts.take(supervisor.caught("looking after recordings", recordings).await)?;
    parts.now("looking for classes that are not recorded", || rooms::raise_alarms(context))?;
    // Last, and no longer than a look may take: what this does with Stream can wait, and a class cannot.
    parts.take(Box::pin(memory.stream.look(context, known, &mut trouble)).await)?;
    // While the work with Stream goes on, it is not known whether Stream answers.
    let answered = asked && !memory.stream.is_under_way();
    memory.allowance.take(context.cloudflare().sent().saturating_sub(sent), context.now());
    parts.now("looking for files that run out", || {
        context.store().warn_of_expiry(context.now())?;
        Ok(())
    })?;
    parts.now("showing notifications", || tell(context))?;
    let Parts { trouble: part, stopped, .. } = parts;
    trouble = part.or(trouble);
    let before = context.health();
    if answered && trouble.is_none() && before.trouble.is_some() {
        // The network is back: what waited for it longer than it had to is due.
        context.store().make_due(context.now())?;
        memory.rooms_due.clear();
    }
    let mut look = survey_rooms_and_recordings(context, Some(memory))?;
    look.under_way = memory.stream.is_under_way();
    if stopped {
        look = look.not_before(context.now().later(AFTER_A_STOP));
    }
    context.set_health(|health| {
        health.next_check = look.next;
        if trouble.is_some() {
            health.trouble.clone_from(&trouble);
        } else if answered {
            health.last_ok = Some(context.now());
            health.trouble = None;
        }
    });
    if asked || before.trouble != context.health().trouble || before.next_check != look.next {
        context.changed(&[Topic::Desk]);
    }
    Ok(look)
}

/// What is open, without asking Cloudflare: for a process that only looks on while another one runs the jobs.
pub fn survey(context: &Context) -> Result<TickReport, Error> {
    survey_rooms_and_recordings(context, None)
}

fn survey_rooms_and_recordings(context: &Context, memory: Option<&Memory>) -> Result<TickReport, Error> {
    let sessions = context.store().open_sessions()?;
    let recordings = context.store().recordings_in_flight()?;
    let rooms = memory.iter().flat_map(|memory| memory.rooms_due.values().copied()).min();
    let spent = memory.and_then(|memory| memory.allowance.spent_until(context.now(), context.cloudflare().budget()));
    let recording = recordings
        .iter()
        .filter_map(|recording| recording.work.next_poll)
        .chain(context.store().next_auto_retry()?)
        .min()
        .map(|next| spent.map_or(next, |spent| next.max(spent)));
    let next = [recording, rooms].into_iter().flatten().min();
    Ok(TickReport { next, open_sessions: sessions.len(), in_flight: recordings.len(), under_way: false })
}

/// Shows what people were not told yet. Taken out of the queue first: told once or, if the process dies in between, shown in the list only.
fn tell(context: &Context) -> Result<(), Error> {
    for pending in context.store().pending_notices()? {
        let Some(recording) = context.store().recording(pending.recording)? else { continue };
        // While the class is on another attempt may follow: whether this one is worth a word shows when it is over.
        if pending.news == News::Stage(Announcement::Failed) && attempts::is_on(context, &recording)? {
            continue;
        }
        if context.store().take_notice(pending.id)?
            && let Some(notice) = notice(context, &recording, pending.news)?
        {
            context.notifier().notify(&notice);
        }
    }
    Ok(())
}

/// What is said; `None` when it is no longer true, or nothing that anybody has to hear: a video that somebody deleted, an attempt in whose
/// place another recording stands.
fn notice(context: &Context, recording: &Recording, news: News) -> Result<Option<Notice>, Error> {
    let (title, body) = match news {
        News::Stage(Announcement::Watchable) => {
            (format!("Ready to watch: {}", recording.title), "The recording can be played and shared.".to_owned())
        }
        News::Stage(Announcement::Failed) => {
            if recording.deleted_at().is_some() || attempts::is_superseded(context, recording)? {
                return Ok(None);
            }
            (format!("Recording failed: {}", recording.title), explanation::sentence(context, recording)?)
        }
        News::Expiring(warning) => {
            let Some(until) = recording.rescue_until() else { return Ok(None) };
            let until = until.with_timezone(&recording.timezone);
            let hours = warning.hours();
            (
                format!("{hours} hours left to save “{}”", recording.title),
                format!(
                    "Stream does not have this recording yet, and Cloudflare deletes its file on {}. Save a copy to this computer.",
                    until.format("%-d %B at %H:%M")
                ),
            )
        }
    };
    Ok(Some(Notice { title, body, recording: recording.id, alarm: None }))
}

/// Runs the jobs until it is dropped.
#[derive(Debug)]
pub struct Driver {
    _task: Task<()>,
}

/// The longest time between two looks: another process may have changed the data.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// The shortest time between two looks when a part of the first one stopped unexpectedly.
const AFTER_A_STOP: TimeDelta = TimeDelta::seconds(5);
/// How often the whole account is compared, beside what is on its way: one request per thousand videos.
const BETWEEN_SYNCS: TimeDelta = TimeDelta::minutes(15);

impl Driver {
    /// Starts the jobs on the current tokio runtime. While another process on the same data runs them, this one only waits for its turn.
    #[must_use]
    pub fn start(context: Context) -> Self {
        let supervisor = context.supervisor().clone();
        Self { _task: supervisor.keep_running("watching rooms and recordings", move || run(context.clone())) }
    }
}

async fn run(context: Context) {
    let mut memory = Memory::default();
    let mut lease = Lease::default();
    // Beside the looks and after the first of them: a class that is on does not wait for a long list.
    let mut sync_lock: Option<Task<()>> = None;
    let mut upkeep = Upkeep::default();
    loop {
        let rest = match may_work(&context, &mut lease) {
            Ok(true) => {
                let look = tick(&context, &mut memory).await;
                let compares = sync_lock.as_ref().is_some_and(|task| !task.is_finished());
                if !compares && memory.next_sync.is_none_or(|next| next <= context.now()) {
                    memory.next_sync = Some(context.now().later(BETWEEN_SYNCS));
                    let own = context.clone();
                    sync_lock = Some(context.supervisor().spawn(sync::TASK_NAME, async move {
                        if let Err(error) = sync::sync(&own).await {
                            tracing::error!(%error, "the account could not be compared");
                        }
                    }));
                }
                upkeep.reconcile(&context).await;
                match look {
                    Ok(look) => {
                        set_local_trouble(&context, None);
                        crate::jobs::rest(&context, &look)
                    }
                    Err(error) => {
                        tracing::error!(%error, "the jobs could not look");
                        match &error {
                            Error::Store(error) => set_local_trouble(&context, Some(error.into())),
                            error => context.set_health(|health| health.trouble = Some(UserError::from(error))),
                        }
                        context.changed(&[Topic::Desk]);
                        LONGEST_REST
                    }
                }
            }
            Ok(false) => {
                set_local_trouble(&context, None);
                // Whoever runs the jobs writes what it finds; show that.
                context.changed(&[Topic::Sessions, Topic::Recordings]);
                LONGEST_REST
            }
            Err(trouble) => {
                set_local_trouble(&context, Some(trouble));
                LONGEST_REST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            // Somebody asked: rooms are looked at too, whatever the plan says.
            () = context.woken() => memory.reset(),
        }
    }
}

/// Whether this process may run the jobs now; when nobody can, why not.
fn may_work(context: &Context, lease: &mut Lease) -> Result<bool, UserError> {
    context.store().try_to_write_again();
    if let Some(error) = context.store().reading_only() {
        return Err(error.as_ref().into());
    }
    lease.hold(context).map_err(|error| UserError::from(&error))
}

fn set_local_trouble(context: &Context, trouble: Option<UserError>) {
    if context.health().local != trouble {
        if let Some(trouble) = &trouble {
            tracing::error!(code = trouble.code, message = trouble.message, "the jobs cannot work");
        }
        context.set_health(|health| health.local = trouble);
        context.changed(&[Topic::Desk]);
    }
}

/// How long to rest after a look.
#[must_use]
pub fn rest(context: &Context, look: &TickReport) -> Duration {
    let wait = look.next.map_or(TimeDelta::MAX, |next| next.since(context.now()));
    wait.max(TimeDelta::milliseconds(50)).to_std().unwrap_or(LONGEST_REST).min(LONGEST_REST)
}

/// The right to run the jobs on a data folder. The operating system takes it back when the process dies, however it dies.
#[derive(Debug, Default)]
pub struct Lease(Option<Held>);

impl Lease {
    /// Whether this process holds it, taking it if nobody does. A lock that cannot be asked for is an error, and not somebody else's.
    pub fn hold(&mut self, context: &Context) -> Result<bool, Error> {
        let Some(lock) = context.locks().map(|locks| &locks.jobs) else { return Ok(true) };
        if self.0.is_none() {
            self.0 = lock.take()?;
        }
        Ok(self.0.is_some())
    }
}
