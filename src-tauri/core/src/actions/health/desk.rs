//! The state of this desk besides its jobs, and running a job now.

use chrono::TimeDelta;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::clock::is_off;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::ChannelSettings;
use crate::domain::health::desk::{Answer, Connection, ConnectionState, DatabaseCheck, Heard, Working};
use crate::domain::library::transfer::{Place, Target, Transfer, TransferState};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::jobs::status;
use crate::ports::Topic;

/// The newest transfers, in which the last one to each place of the archive is looked for.
const TRANSFERS_READ: u32 = 500;

/// The state of a desk.
#[derive(Debug, Clone)]
pub struct DeskStatus {
    /// Its connections.
    pub connections: Vec<Connection>,
    /// The requests to Cloudflare that were used in the present window.
    pub budget_used: u32,
    /// How far this computer's clock is behind Cloudflare's; `None` before the first answer.
    pub clock_off: Option<TimeDelta>,
    /// Whether that is so far that links are dated wrongly.
    pub is_clock_wrong: bool,
    /// The size of the database in bytes.
    pub database_bytes: u64,
    /// The last check of the database; `None` before the first.
    pub database_check: Option<DatabaseCheck>,
    /// Who runs the jobs.
    pub working: Working,
}

/// The state of this desk. Sends no request.
pub fn status(context: &Context) -> Result<DeskStatus, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let heard = status::heard(context)?;
    let clock_off = heard.clock_ahead.and_then(TimeDelta::try_milliseconds);
    Ok(DeskStatus {
        budget_used: heard.used(context.now()),
        is_clock_wrong: clock_off.is_some_and(is_off),
        clock_off,
        database_bytes: context.store().size(),
        database_check: context.store().database_check()?,
        working: who_works(context)?,
        connections: connections(context, heard)?,
    })
}

/// Who runs the jobs on this data.
pub fn working(context: &Context) -> Result<Working, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    who_works(context)
}

/// Lets a job run now, in whichever process runs the jobs. That process hears of it within a few seconds.
pub fn run_job(context: &Context, name: &str) -> Result<Working, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    if !status::list(context)?.iter().any(|job| job.name == name) {
        return Err(Error::NotFound { what: "job", id: name.chars().take(40).collect() });
    }
    context.store().ask_job_to_run(name)?;
    context.wake_jobs();
    context.changed(&[Topic::Desk]);
    who_works(context)
}

fn who_works(context: &Context) -> Result<Working, Error> {
    let Some(lock) = context.locks().map(|locks| &locks.jobs) else { return Ok(Working::This(None)) };
    let worker = context.store().last_worker()?;
    if lock.is_ours() {
        return Ok(Working::This(worker));
    }
    // Nobody has the lock for longer than this question if nobody works.
    Ok(match lock.take()? {
        None => Working::Other(worker),
        Some(_) if lock.is_unsupported() => Working::Untold,
        Some(_) => Working::Nobody,
    })
}

fn connections(context: &Context, heard: Heard) -> Result<Vec<Connection>, Error> {
    let mut all =
        vec![product("realtimekit", "RealtimeKit", heard.realtime), product("stream", "Stream", heard.stream)];
    for channel in [Channel::Webhook, Channel::Email, Channel::Slack] {
        all.push(of_channel(context.store().channel(channel)?));
    }
    let transfers = context.store().transfers(TRANSFERS_READ)?;
    for place in context.store().archive_places()? {
        let last = transfers.iter().find(|transfer| transfer.target == Target::Place(place.id));
        all.push(of_place(&place, last));
    }
    Ok(all)
}

/// A place of the archive, by the last archiving to it.
fn of_place(place: &Place, last: Option<&Transfer>) -> Connection {
    let (state, at, detail) = match last {
        Some(last) if last.state == TransferState::Done => (ConnectionState::Works, last.ended_at, String::new()),
        Some(last) if last.state == TransferState::Failed || last.tries > 0 => {
            (ConnectionState::Fails, last.ended_at, last.said.clone())
        }
        _ => (ConnectionState::Unknown, None, String::new()),
    };
    let label = format!("Archive {}", place.name);
    Connection { name: "archive", label, state, milliseconds: None, at, detail }
}

fn product(name: &'static str, label: &str, answer: Option<Answer>) -> Connection {
    let label = label.to_owned();
    match answer {
        None => Connection {
            name,
            label,
            state: ConnectionState::Unknown,
            milliseconds: None,
            at: None,
            detail: String::new(),
        },
        Some(Answer { at, milliseconds, trouble }) => Connection {
            name,
            label,
            state: if trouble.is_some() { ConnectionState::Fails } else { ConnectionState::Works },
            milliseconds: Some(milliseconds),
            at: Some(at),
            detail: trouble.unwrap_or_default(),
        },
    }
}

/// Which of both happened last decides: something was accepted, or something went wrong.
fn of_channel(settings: ChannelSettings) -> Connection {
    let (state, at, detail) = match (settings.is_on, settings.last_error, settings.last_sent) {
        (false, ..) => (ConnectionState::Off, None, String::new()),
        (true, Some((said, at)), sent) if sent.is_none_or(|sent| sent <= at) => {
            (ConnectionState::Fails, Some(at), said)
        }
        (true, _, Some(sent)) => (ConnectionState::Works, Some(sent), String::new()),
        (true, _, None) => (ConnectionState::Unknown, None, String::new()),
    };
    let host = settings.address.as_ref().and_then(|address| address.host_str()).map(|host| format!(" to {host}"));
    let label = format!("{}{}", settings.channel.title(), host.unwrap_or_default());
    Connection { name: settings.channel.name(), label, state, milliseconds: None, at, detail }
}
