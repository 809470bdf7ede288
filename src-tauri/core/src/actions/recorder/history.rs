//! What became of a class: when it was held, who was there, its pauses, its recordings, its chat and its transcript; and
//! the list of who attended as a file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::actions::guard;
use crate::actions::library::view::{self, RecordingView};
use crate::actions::recorder::people::{self, InRoom};
use crate::actions::recorder::session_texts::{self, TextView, save_new};
use crate::context::Context;
use crate::domain::file_name::file_name;
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::profile::journal::{Entity, Scope};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::consent::Consent;
use crate::domain::recorder::extensions::{self, Extension};
use crate::domain::recorder::pauses::{self, Pause};
use crate::domain::recorder::session_text::TextKind;
use crate::domain::schedule::attendance_list::{self, Attendee};
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::recorder::lifecycle;

/// The most changes of a class that are read.
const CHANGES_MAX: u32 = 1_000;

/// A recording of a class, and when it was paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The recording.
    pub recording: RecordingView,
    /// Its pauses, the first one first.
    pub pauses: Vec<Pause>,
}

/// What became of a class.
#[derive(Debug)]
pub struct History {
    /// The session. Its room says when it was opened; a class that was not held has none.
    pub session: Session,
    /// The people: those who were in the room, by when they first joined, then those on the roster who were not seen.
    pub people: Vec<Attendee>,
    /// Why RealtimeKit was not heard; `None` where it was. Without it, people who are not on the roster are missing, and
    /// so are the answers about being recorded.
    pub unheard: Option<Error>,
    /// How the planned end was moved while the class was live, the first time first.
    pub extensions: Vec<Extension>,
    /// The recordings, newest first.
    pub recordings: Vec<Recorded>,
    /// How far the chat is.
    pub chat: TextView,
    /// How far the transcript is.
    pub transcript: TextView,
}

/// What became of a class. One that was not held has the people of its roster and the videos that were attached to it.
pub async fn history(context: &Context, id: SessionId) -> Result<History, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    let session = lifecycle::session(context, id)?;
    let (mut extensions, mut seen, mut unheard) = (Vec::new(), Vec::new(), None);
    if let Some(room) = session.state.room() {
        let changes = context.store().journal(Scope::Of(Entity::Session(id)), CHANGES_MAX)?;
        extensions = extensions::extensions(&changes, session.plan.start.instant(), room.opened_at);
        match people::people(context, id).await {
            Ok(told) => seen = told.people,
            Err(error) => unheard = Some(error),
        }
    }
    let mut recordings = Vec::new();
    for recording in view::views(context, context.store().recordings_of(id)?)? {
        let events = context.store().recording_events(recording.recording.id)?;
        recordings.push(Recorded { recording, pauses: pauses::pauses(&events) });
    }
    Ok(History {
        people: attendees(context, id, seen)?,
        chat: session_texts::view(context, &session, TextKind::Chat)?,
        transcript: session_texts::view(context, &session, TextKind::Transcript)?,
        session,
        unheard,
        extensions,
        recordings,
    })
}

/// Who attended a class, and who of its roster did not. Fails where RealtimeKit cannot be asked, because a list without
/// the people who are not on the roster would look complete.
pub async fn attendance(context: &Context, id: SessionId) -> Result<Vec<Attendee>, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    attendees(context, id, people::people(context, id).await?.people)
}

/// The list of who attended a class, as CSV, and a name for its file without the ending. Fails as [`attendance`] does.
pub async fn attendance_csv(context: &Context, id: SessionId) -> Result<(String, String), Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    let told = people::people(context, id).await?;
    let start = told.session.plan.start;
    let csv = attendance_list::csv(&attendees(context, id, told.people)?, start.zone());
    let ending = format!(" {} attendance", start.local().format("%Y-%m-%d %H.%M"));
    Ok((csv, file_name(&told.session.plan.title, "Class", &ending)))
}

/// Saves the list of who attended a class at `path`. An existing file is never overwritten.
pub async fn save_attendance(context: &Context, id: SessionId, path: &Path) -> Result<(), Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    let (csv, _) = attendance_csv(context, id).await?;
    let made = std::fs::File::create_new(path);
    let written = made.and_then(|mut file| std::io::Write::write_all(&mut file, csv.as_bytes()));
    written.map_err(|error| Error::file(path, &error))
}

/// Saves the list of who attended a class as a new CSV file in a folder. Returns its path and its size in bytes.
pub async fn save_attendance_into(context: &Context, id: SessionId, folder: &Path) -> Result<(PathBuf, u64), Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    let (csv, name) = attendance_csv(context, id).await?;
    save_new(context, &csv, &name, "csv", folder)
}

fn attendees(context: &Context, id: SessionId, mut seen: Vec<InRoom>) -> Result<Vec<Attendee>, Error> {
    seen.sort_by_key(|one| one.seen.attendance.joined_at);
    let there: HashSet<PersonId> = seen.iter().filter_map(|one| Some(one.person.as_ref()?.id)).collect();
    let present = seen.into_iter().map(|InRoom { seen, person }| {
        let (listed_as, email) = person.map(|person| (person.name, person.email)).unzip();
        Attendee {
            name: listed_as.unwrap_or(seen.name),
            email: email.flatten(),
            role: seen.role,
            attendance: Some(seen.attendance),
            consent: seen.consent,
        }
    });
    // What was noted earlier stays known after RealtimeKit has forgotten the session.
    let others = context.store().roster_entries(id)?.into_iter().filter(|entry| !there.contains(&entry.person.id));
    let others = others.map(|entry| Attendee {
        name: entry.person.name,
        email: entry.person.email,
        role: entry.person.role,
        attendance: entry.attendance,
        consent: Consent::Unknown,
    });
    Ok(present.chain(others).collect())
}
