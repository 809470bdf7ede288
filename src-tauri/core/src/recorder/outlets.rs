//! Keeps the schedule as a calendar for other programs: in a file on this computer, and at an address of the account's Workers.

use std::io::Write as _;
use std::path::Path;

use chrono::TimeDelta;
use url::Url;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::profile::join_page::PageFile;
use crate::domain::schedule::calendar::feed::Trouble;
use crate::domain::schedule::calendar::outlet::{self, Kind, Outlet, WORKER};
use crate::domain::schedule::series::SeriesSessions;
use crate::domain::schedule::session::Session;
use crate::error::{Error, UserError};

/// The shortest time between two publications.
const PUBLISH_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// The wait after a place could not be written.
const FAILURE_PAUSE: TimeDelta = TimeDelta::minutes(15);

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

/// Writes the schedule to a place unless it has it already. What goes wrong is noted at the place and returned.
pub(crate) async fn bring_up_to_date(context: &Context, kind: Kind) -> Result<Kept, Error> {
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
    if before.due_at.is_some_and(|due| due > now) {
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
            context.store().note_outlet(&after)?;
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

/// Publishes a file, alone on its site.
async fn publish(context: &Context, name: &str, text: String) -> Result<(), Error> {
    let cloudflare = context.cloudflare();
    let served = cloudflare.is_served(WORKER).await?;
    let file = PageFile::new(format!("/{name}"), text.into_bytes());
    cloudflare.deploy(WORKER, &[file], HEADERS, &|_| {}).await?;
    if served != Some(true) {
        cloudflare.serve(WORKER).await?;
    }
    Ok(())
}

/// The address at which a published file is read; `None` while the account has no name below `workers.dev`.
pub(crate) async fn published_address(context: &Context, name: &str) -> Result<Option<Url>, Error> {
    let Some(site) = context.cloudflare().site_name().await? else { return Ok(None) };
    let mut address = context.cloudflare().site_address(WORKER, &site)?;
    address.set_path(name);
    Ok(Some(address))
}
