//! Calendar files: import the events of another calendar as classes, and write the schedule for other calendars. Needs no
//! network.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::actions::schedule::holidays::{self, HolidayChange};
use crate::actions::schedule::series::Mode;
use crate::context::Context;
use crate::domain::file_name::file_name;
use crate::domain::ids::{CalendarId, JournalId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::journal::{Entity, Scope};
use crate::domain::profile::preferences::Preferences;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::calendar::export::{self, Calendar};
use crate::domain::schedule::calendar::import::{self, Import, Source};
use crate::domain::schedule::calendar::lines::FILE_MAX;
use crate::domain::schedule::calendar::outlet;
use crate::domain::schedule::calendar_days::read_zone;
use crate::domain::schedule::series::SeriesSessions;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::outlets::{save, whole_schedule};
use crate::store::Repeats;

/// What an export covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// One class. A class of a series is written alone.
    Session(SessionId),
    /// The classes of a span, each alone.
    Span(Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Everything, with series as rules.
    Everything,
}

/// Reads a calendar file. A file that is too large is refused before it is read whole.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |error: std::io::Error| {
        let message = format!("{} cannot be read: {}.", path.display(), error.kind());
        Error::from(Invalid::one("file", message, "Check the name, and whether you may read the file."))
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(FILE_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Reads a calendar file that the window sent as Base64 text.
pub fn sent_file(base64: &str) -> Result<Vec<u8>, Error> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64);
    bytes.map_err(|_| Invalid::one("file", "The file did not arrive whole.", "Choose the file again.").into())
}

/// Returns the newest change that an import of this calendar made, by which it is undone.
pub fn newest_change(context: &Context, calendar: CalendarId) -> Result<Option<JournalId>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let entries = context.store().journal(Scope::Of(Entity::Import(calendar)), 1)?;
    Ok(entries.first().map(|entry| entry.id))
}

/// Imports a calendar file, or says what an import would do. Times without a zone count in `timezone`. `instructor` teaches
/// the classes; without one it is the instructor of the settings, or the organiser of each event.
pub fn import(
    context: &Context,
    file: &[u8],
    timezone: &str,
    instructor: Option<&str>,
    mode: Mode,
) -> Result<Import, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    import_from(context, Source::Chosen, file, timezone, instructor, mode)
}

/// Imports a calendar as [`import`] does, for the file that a person chose or the feed that a person follows from now on.
pub(crate) fn import_from(
    context: &Context,
    source: Source,
    file: &[u8],
    timezone: &str,
    instructor: Option<&str>,
    mode: Mode,
) -> Result<Import, Error> {
    let zone = read_zone(timezone)?;
    let now = context.now();
    let settings = context.store().preferences()?;
    let defaults = match instructor {
        Some(name) => Preferences { instructor: name.to_owned(), ..settings },
        None => settings,
    };
    let plan = |known: &_| Ok::<_, Error>(import::plan(file, zone, &defaults, known, source, now)?);
    match mode {
        Mode::Show => context.store().plan_import(Repeats::WhatWasUndone, plan),
        Mode::Make => {
            let done = context.store().import_calendar(Repeats::WhatWasUndone, now, plan)?;
            context.changed(&[Topic::Sessions]);
            Ok(done)
        }
    }
}

/// Takes the days of a calendar of all-day events as holidays, each as a change that can be undone, or says which.
pub fn take_as_holidays(context: &Context, file: &[u8], mode: Mode) -> Result<Vec<HolidayChange>, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let days = import(context, file, "UTC", None, Mode::Show)?.days;
    days.iter().map(|one| holidays::add(context, one.first, one.last, &one.title, None, mode)).collect()
}

/// Returns the whole schedule for programs that other people use: titles, instructors and times.
pub fn for_readers(context: &Context) -> Result<String, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    Ok(outlet::everything(&whole_schedule(context)?, context.now()))
}

/// Returns the schedule as a calendar file.
pub fn export(context: &Context, covered: Covered) -> Result<String, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let store = context.store();
    let mut calendars: Vec<Calendar> = store.calendars()?;
    if covered != Covered::Everything {
        calendars = calendars.into_iter().map(Calendar::classes_only).collect();
    }
    let by_id = |sessions: Vec<_>| SeriesSessions {
        sessions: sessions
            .into_iter()
            .map(|session: crate::domain::schedule::session::Session| (session.id, session))
            .collect(),
        ..SeriesSessions::default()
    };
    let all = match covered {
        Covered::Session(id) => by_id(vec![super::sessions::get(context, id)?]),
        Covered::Span(from, to) => by_id(guard::sessions(context, store.sessions(from, to)?)?),
        Covered::Everything => {
            guard::allow(context, Permission::ChangeSettings)?;
            whole_schedule(context)?
        }
    };
    Ok(export::file(&all, &calendars, context.now()))
}

/// Saves a calendar file. A file of that name is replaced at once or not at all, because programs may read it meanwhile.
pub fn save_as(path: &Path, text: &str) -> Result<(), Error> {
    save(path, text)
}

/// The most files of one name in a folder.
const SAME_NAME_MAX: u32 = 1_000;

/// Saves a part of the schedule as a new calendar file in a folder. A number is put behind a name that is taken. Returns its
/// path and its size in bytes.
pub fn save_into(context: &Context, folder: &Path, covered: Covered, name: &str) -> Result<(PathBuf, u64), Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let text = export(context, covered)?;
    let numbered = (1..=SAME_NAME_MAX).map(|number| match number {
        1 => ".ics".to_owned(),
        number => format!(" ({number}).ics"),
    });
    let mut paths = numbered.map(|ending| folder.join(file_name(name, "Hajime schedule", &ending)));
    let free = paths.find(|path| path.symlink_metadata().is_err());
    let path = free.ok_or_else(|| Error::file(folder, &std::io::ErrorKind::AlreadyExists.into()))?;
    save(&path, &text)?;
    Ok((path, u64::try_from(text.len()).unwrap_or(u64::MAX)))
}
