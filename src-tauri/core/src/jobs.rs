//! What goes on by itself: a reconciler over everything open, woken by time and by people.
//!
//! [`tick`] looks at the database, asks Cloudflare what it needs to know, does what is owed and says when to look again. It takes no
//! input, may be killed at any instruction and may run any number of times. [`Driver`] runs it; one process per data folder at a time.

mod pipeline;
pub mod plan;
mod reconcile;
mod rooms;
pub mod sync;

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::{JoinHandle, JoinSet};

use self::sync::Synced;
use crate::actions::{Desk, Error, Trouble};
use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::recording::Recording;
use crate::domain::rescue::News;
use crate::domain::stage::Announcement;
use crate::ports::{Notice, Topic};

/// What the jobs remember between two looks. Losing it costs a few requests and nothing else.
#[derive(Debug, Default)]
pub struct Memory {
    failures: HashMap<RecordingId, u32>,
    session_failures: HashMap<SessionId, u32>,
    rooms_due: HashMap<SessionId, DateTime<Utc>>,
    rooms_list: rooms::List,
    carriers: HashMap<RecordingId, pipeline::Carrier>,
    uploads: Arc<pipeline::Uploads>,
    next_sweep: Option<DateTime<Utc>>,
    next_sync: Option<DateTime<Utc>>,
    last_look: Option<DateTime<Utc>>,
    list_not_before: Option<DateTime<Utc>>,
    allowance: plan::Allowance,
}

impl Memory {
    /// Somebody asked: what the plan put off is looked at too.
    pub fn look_at_everything(&mut self) {
        self.rooms_due.clear();
        self.allowance = plan::Allowance::default();
    }

    /// A clock that was set back, now or while nothing ran, says nothing of when to look: everything is due.
    fn heed_the_clock(&mut self, desk: &Desk) -> Result<(), Error> {
        let now = desk.now();
        if self.last_look.replace(now).is_none_or(|last| now < last) {
            desk.store().bring_into_the_present(now)?;
            self.rooms_due.clear();
            self.rooms_list.forget_when();
            (self.list_not_before, self.next_sweep, self.next_sync) = (None, None, None);
        }
        Ok(())
    }
}

/// Has everything on its way looked at now, whatever the plan says. The process that runs the jobs sees it at its next look.
pub fn check_now(desk: &Desk) -> Result<(), Error> {
    desk.store().make_due(desk.now())?;
    desk.check_now();
    Ok(())
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When to look again; `None` when nothing is open.
    pub next: Option<DateTime<Utc>>,
    /// How many sessions are open.
    pub open_sessions: usize,
    /// How many recordings are on their way. One that failed is at rest, also while it waits to be tried again by itself.
    pub in_flight: usize,
}

impl Look {
    /// Whether nothing is left to do.
    #[must_use]
    pub const fn idle(&self) -> bool {
        self.open_sessions == 0 && self.in_flight == 0
    }
}

/// Looks once at everything that is due.
pub async fn tick(desk: &Desk, memory: &mut Memory) -> Result<Look, Error> {
    let mut trouble: Option<Trouble> = None;
    let mut asked = false;
    memory.heed_the_clock(desk)?;
    let sent = desk.cloud().sent();
    rooms::look_after(desk, memory, &mut trouble, &mut asked).await?;
    pipeline::look_after(desk, memory, &mut trouble, &mut asked).await?;
    rooms::raise_alarms(desk)?;
    memory.allowance.take(desk.cloud().sent() - sent, desk.now());
    desk.store().warn_of_expiry(desk.now())?;
    tell(desk)?;
    let before = desk.health();
    if asked && trouble.is_none() && before.trouble.is_some() {
        // The network is back: what waited for it longer than it had to is due.
        desk.store().make_due(desk.now())?;
        memory.rooms_due.clear();
    }
    let look = look_around(desk, Some(memory))?;
    desk.set_health(|health| {
        health.next_check = look.next;
        if trouble.is_some() {
            health.trouble.clone_from(&trouble);
        } else if asked {
            health.last_ok = Some(desk.now());
            health.trouble = None;
        }
    });
    if asked || before.trouble != desk.health().trouble || before.next_check != look.next {
        desk.changed(&[Topic::Desk]);
    }
    Ok(look)
}

/// What is open, without asking Cloudflare: for a process that only looks on while another one runs the jobs.
pub fn survey(desk: &Desk) -> Result<Look, Error> {
    look_around(desk, None)
}

fn look_around(desk: &Desk, memory: Option<&Memory>) -> Result<Look, Error> {
    let sessions = desk.store().open_sessions()?;
    let recordings = desk.store().recordings_in_flight()?;
    let rooms = memory.iter().flat_map(|memory| memory.rooms_due.values().copied()).min();
    let spent = memory.and_then(|memory| memory.allowance.spent_until(desk.now(), desk.cloud().budget()));
    let recording = recordings
        .iter()
        .filter_map(|recording| recording.next_check)
        .chain(desk.store().next_retry()?)
        .min()
        .map(|next| spent.map_or(next, |spent| next.max(spent)));
    let next = [recording, rooms].into_iter().flatten().min();
    Ok(Look { next, open_sessions: sessions.len(), in_flight: recordings.len() })
}

/// Shows what people were not told yet. Taken out of the queue first: told once or, if the process dies in between, shown in the list only.
fn tell(desk: &Desk) -> Result<(), Error> {
    for pending in desk.store().pending_notices()? {
        let Some(recording) = desk.store().recording(pending.recording)? else { continue };
        if desk.store().take_notice(pending.id)?
            && let Some(notice) = notice(&recording, pending.news)
        {
            desk.notifier().notify(&notice);
        }
    }
    Ok(())
}

/// What is said; `None` when it is no longer true.
fn notice(recording: &Recording, news: News) -> Option<Notice> {
    let (title, body) = match news {
        News::Stage(Announcement::Watchable) => {
            (format!("Ready to watch: {}", recording.title), "The recording can be played and shared.".to_owned())
        }
        News::Stage(Announcement::Failed) => (format!("Recording failed: {}", recording.title), recording.sentence()),
        News::Expiring(warning) => {
            let until = recording.rescue_until()?.with_timezone(&recording.timezone);
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
    Some(Notice { title, body, recording: recording.id })
}

/// Runs the jobs until it is dropped.
#[derive(Debug)]
pub struct Driver {
    task: JoinHandle<()>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The longest time between two looks: another process may have changed the data.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// How often the whole account is compared, beside what is on its way: one request per thousand videos.
const BETWEEN_SYNCS: TimeDelta = TimeDelta::minutes(15);

impl Driver {
    /// Starts the jobs on the current tokio runtime. While another process on the same data runs them, this one only waits for its turn.
    #[must_use]
    pub fn start(desk: Desk) -> Self {
        Self { task: tokio::spawn(run(desk)) }
    }
}

async fn run(desk: Desk) {
    let mut memory = Memory::default();
    let mut lease = Lease::default();
    // Beside the looks and after the first of them: a class that is on does not wait for a long list.
    let mut comparing = JoinSet::new();
    loop {
        let rest = if lease.hold(&desk) {
            let look = tick(&desk, &mut memory).await;
            if comparing.is_empty() && memory.next_sync.is_none_or(|next| next <= desk.now()) {
                memory.next_sync = Some(desk.now() + BETWEEN_SYNCS);
                let desk = desk.clone();
                comparing.spawn(async move { compare(&desk).await });
            }
            match look {
                Ok(look) => self::rest(&desk, &look),
                Err(error) => {
                    tracing::error!(%error, "the jobs could not look");
                    desk.set_health(|health| health.trouble = Some(Trouble::from(&error)));
                    desk.changed(&[Topic::Desk]);
                    LONGEST_REST
                }
            }
        } else {
            // Whoever runs the jobs writes what it finds; show that.
            desk.changed(&[Topic::Sessions, Topic::Recordings]);
            LONGEST_REST
        };
        tokio::select! {
            Some(compared) = comparing.join_next() => {
                if let Err(error) = compared {
                    tracing::error!(%error, "the account could not be compared");
                }
            }
            () = tokio::time::sleep(rest) => {}
            // Somebody asked: rooms are looked at too, whatever the plan says.
            () = desk.woken() => memory.look_at_everything(),
        }
    }
}

/// Compares the whole account. What goes wrong is shown too, and the jobs try it again the next time.
pub async fn compare(desk: &Desk) -> Result<Synced, Error> {
    let _alone = desk.comparing().lock().await;
    let result = sync::sync(desk).await;
    desk.set_health(|health| match &result {
        Ok(_) => {
            health.last_ok = Some(desk.now());
            health.trouble = None;
        }
        Err(error) => health.trouble = Some(Trouble::from(error)),
    });
    desk.changed(&[Topic::Desk]);
    result
}

/// How long to rest after a look.
#[must_use]
pub fn rest(desk: &Desk, look: &Look) -> Duration {
    let wait = look.next.map_or(TimeDelta::MAX, |next| next - desk.now());
    wait.max(TimeDelta::milliseconds(50)).to_std().unwrap_or(LONGEST_REST).min(LONGEST_REST)
}

/// The right to run the jobs on a data folder. The operating system takes it back when the process dies, however it dies.
#[derive(Debug, Default)]
pub struct Lease(Option<File>);

impl Lease {
    /// Whether this process holds it, taking it if nobody does.
    pub fn hold(&mut self, desk: &Desk) -> bool {
        let Some(folder) = desk.store().folder() else { return true };
        if self.0.is_some() {
            return true;
        }
        let path = folder.join("jobs.lock");
        let taken = File::options().create(true).truncate(false).write(true).open(path).and_then(|file| {
            file.try_lock().map_err(std::io::Error::from)?;
            Ok(file)
        });
        match taken {
            Ok(file) => {
                self.0 = Some(file);
                true
            }
            Err(_) => false,
        }
    }
}
