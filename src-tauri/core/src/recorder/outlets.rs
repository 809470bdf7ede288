//! Keeps the schedule as a calendar for other programs: in a file on this computer, and at an address of the account's Workers.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::profile::join_page::{PageFile, SiteName};
use crate::domain::schedule::calendar::feed::Trouble;
use crate::domain::schedule::calendar::outlet::{self, Kind, Outlet};
use crate::domain::schedule::series::SeriesSessions;
use crate::domain::schedule::session::Session;
use crate::error::{Error, UserError};

/// The shortest time between two publications.
const PUBLISH_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// The wait after a place could not be written.
const FAILURE_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// For how long the account’s name below `workers.dev` is not asked for again. The window shows the address beside a schedule that
/// changes often.
const SITE_MAX_AGE: TimeDelta = TimeDelta::minutes(10);

/// What the published calendar is served with.
const HEADERS: &str = "/*\n  X-Content-Type-Options: nosniff\n  \
                       Referrer-Policy: no-referrer\n  X-Robots-Tag: noindex\n  Cache-Control: no-cache\n";

/// All series that ever have a class, and all sessions.
pub(crate) fn whole_schedule(context: &Context) -> Result<SeriesSessions, Error> {
    let store = context.store();
    let series = store.all_series()?.into_iter().filter(|series| series.ends_before != Some(series.counts_from));
    let by_id = |session: Session| (session.id, session);
    Ok(SeriesSessions {
        series: series.map(|series| (series.id, series)).collect(),
        sessions: store.sessions(None, None)?.into_iter().map(by_id).collect(),
        ..SeriesSessions::default()
    })
}

/// Saves a file. One of that name is replaced at once or not at all, because programs may read it meanwhile.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::file(path, &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    // So that a computer that stops does not leave an empty file.
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What became of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is as the schedule is.
    Same,
    /// It was written.
    Written,
    /// It is written later, because it was written a short while ago.
    Later,
}

/// The locks of the two places. One at a time chooses, writes or removes a place.
#[derive(Debug, Default)]
struct Locks {
    file: Arc<Mutex<()>>,
    published: Arc<Mutex<()>>,
}

/// Says that nobody else in this process chooses, writes or removes a place meanwhile.
#[derive(Debug)]
pub(crate) struct Alone {
    pub(crate) kind: Kind,
    _guard: OwnedMutexGuard<()>,
}

impl Alone {
    /// Waits until it is so.
    pub(crate) async fn with(context: &Context, kind: Kind) -> Self {
        let locks = context.service::<Locks>();
        let lock = match kind {
            Kind::File => &locks.file,
            Kind::Published => &locks.published,
        };
        Self { kind, _guard: Arc::clone(lock).lock_owned().await }
    }
}

/// Writes the schedule to a place unless it has it already. What goes wrong is noted at the place and returned.
pub(crate) async fn bring_up_to_date(context: &Context, alone: &Alone) -> Result<Kept, Error> {
    let kind = alone.kind;
    let Some(before) = context.store().outlet(kind)? else { return Ok(Kept::Same) };
    let now = context.now();
    let all = whole_schedule(context)?;
    let text = match kind {
        Kind::File => outlet::everything(&all, now),
        Kind::Published => outlet::published(&all, now),
    };
    let hash = outlet::hash(&text);
    let is_there = kind == Kind::Published || Path::new(&before.place).is_file();
    if before.content.as_ref() == Some(&hash) && is_there && before.trouble.is_none() {
        return Ok(Kept::Same);
    }
    // A later moment is from before the clock was set back.
    if before.due_at.is_some_and(|due| due > now && due <= now.later(PUBLISH_PAUSE.max(FAILURE_PAUSE))) {
        return Ok(Kept::Later);
    }
    let written = match kind {
        Kind::File => save(Path::new(&before.place), &text),
        Kind::Published => publish(context, &before.place, text).await,
    };
    match written {
        Ok(()) => {
            let due_at = (kind == Kind::Published).then(|| now.later(PUBLISH_PAUSE));
            let after = Outlet { content: Some(hash), written_at: Some(now), due_at, trouble: None, ..before };
            note_written(context, &after).await?;
            Ok(Kept::Written)
        }
        Err(error) => {
            let words = UserError::from(&error);
            let trouble = Some(Trouble { message: words.message, next: words.next });
            let due_at = Some(now.later(FAILURE_PAUSE));
            context.store().note_outlet(&Outlet { due_at, trouble, ..before })?;
            Err(error)
        }
    }
}

/// Notes that a place was written. Another process may have taken the published calendar down or changed its address meanwhile:
/// then what was published is taken down, or written again at the new address.
async fn note_written(context: &Context, written: &Outlet) -> Result<(), Error> {
    let store = context.store();
    match store.outlet(written.kind)? {
        Some(now_is) if now_is.place == written.place => store.set_outlet(written)?,
        Some(now_is) => store.set_outlet(&Outlet { content: None, due_at: None, ..now_is })?,
        None if written.kind == Kind::Published => {
            take_down(context).await?;
        }
        None => {}
    }
    Ok(())
}

/// The Worker that serves the published calendar of this desk.
pub(crate) fn worker(context: &Context) -> Result<String, Error> {
    Ok(outlet::worker(&context.store().desk_id()?))
}

/// Deletes the Worker of the published calendar, where there is one. Returns whether there was.
pub(crate) async fn take_down(context: &Context) -> Result<bool, Error> {
    let worker = worker(context)?;
    let is_there = context.cloudflare().is_served(&worker).await?.is_some();
    if is_there {
        context.cloudflare().delete_script(&worker).await?;
    }
    Ok(is_there)
}

/// Publishes a file, alone on its site.
async fn publish(context: &Context, name: &str, text: String) -> Result<(), Error> {
    let (cloudflare, worker) = (context.cloudflare(), worker(context)?);
    let served = cloudflare.is_served(&worker).await?;
    let file = PageFile::new(format!("/{name}"), text.into_bytes());
    cloudflare.deploy(&worker, &[file], HEADERS, None, &|_| {}).await?;
    if served != Some(true) {
        cloudflare.serve(&worker).await?;
    }
    Ok(())
}

/// The account’s name below `workers.dev`, and when it was asked for.
#[derive(Debug, Default)]
struct KnownSite(std::sync::Mutex<Option<(DateTime<Utc>, SiteName)>>);

/// The address at which a published file is read; `None` while the account has no name below `workers.dev`.
pub(crate) async fn published_address(context: &Context, name: &str) -> Result<Option<Url>, Error> {
    let now = context.now();
    let known = context.service::<KnownSite>();
    let recent = known.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let site = match recent.filter(|(at, _)| is_within(*at, SITE_MAX_AGE, now)) {
        Some((_, site)) => site,
        None => {
            let Some(site) = context.cloudflare().site_name().await? else { return Ok(None) };
            *known.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, site.clone()));
            site
        }
    };
    let mut address = context.cloudflare().site_address(&worker(context)?, &site)?;
    address.set_path(name);
    Ok(Some(address))
}
