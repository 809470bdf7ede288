//! The archive: its places, what they have, and the import of recordings that the library no longer has.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use crate::actions::guard;
use crate::actions::library::description::Selected;
use crate::actions::library::transfers::check_folder;
use crate::actions::library::{bin, recordings};
use crate::archive::Opened;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{PlaceId, RecordingId};
use crate::domain::invalid::Invalid;
use crate::domain::library::description::{DescriptionInput, TagChange};
use crate::domain::library::sidecar::{BYTES_MAX, ENDING, Sidecar};
use crate::domain::library::transfer::{Bucket, BucketInput, Place, PlaceKind, Target, place_name};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::recording::{Facts, Recording, Relay};
use crate::domain::recorder::session_text::{SessionText, TextKind, TextState};
use crate::domain::recorder::stage::{Import, Stage};
use crate::domain::recorder::work::RecordingWork;
use crate::domain::schedule::limits::PARTICIPANTS_DEFAULT;
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Plan, Room, Session};
use crate::domain::schedule::start::Start;
use crate::domain::sharing::ledger::hex;
use crate::error::Error;
use crate::http_client;
use crate::ports::{SecretName, Topic};
use crate::recorder::{captions, lifecycle, relay_files, room_people, secrets, transfer_step};
use crate::store::{Adopted, TextLines};

/// The name of a file that is written and read to test a place.
const TEST_NAME: &str = ".hajime-test";

/// A place, and whether its secret key is in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceView {
    /// The place.
    pub place: Place,
    /// Whether it can be opened as far as this computer knows: a bucket needs its secret key.
    pub has_key: bool,
}

/// What an archive has of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The name of the file that says what is known of it.
    pub name: String,
    /// What it says; `None` if it cannot be read.
    pub known: Option<ArchivedEntry>,
}

/// What an archive says of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedEntry {
    /// The recording.
    pub recording: RecordingId,
    /// Its title.
    pub title: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The size of the video in bytes.
    pub bytes: u64,
    /// Whether the library has it.
    pub is_in_library: bool,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The recording, as it is now.
    pub recording: Recording,
    /// Whether its video goes back to Stream, because Stream does not have it any more.
    pub goes_back: bool,
}

/// The places.
pub async fn places(context: &Context) -> Result<Vec<PlaceView>, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    let mut views = Vec::new();
    for place in context.store().archive_places()? {
        let has_key = match place.kind {
            PlaceKind::Folder { .. } => true,
            PlaceKind::Bucket(_) => {
                secrets::get(context, SecretName::ArchivePlace(place.id)).await.is_ok_and(|key| key.is_some())
            }
        };
        views.push(PlaceView { place, has_key });
    }
    Ok(views)
}

/// Adds a folder as a place.
pub fn add_folder(context: &Context, name: &str, folder: &Path) -> Result<Place, Error> {
    guard::allow(context, Permission::KeepData)?;
    let name = place_name(name)?;
    check_folder(folder)?;
    let place = Place { id: PlaceId::new(), name, kind: PlaceKind::Folder { folder: folder.to_owned() } };
    context.store().put_archive_place(&place, context.now())?;
    context.changed(&[Topic::Transfers]);
    Ok(place)
}

/// Adds a bucket as a place. Its secret key goes to the keyring and nowhere else.
pub async fn add_bucket(
    context: &Context,
    name: &str,
    input: &BucketInput,
    secret: SecretString,
) -> Result<Place, Error> {
    guard::allow(context, Permission::KeepData)?;
    let name = place_name(name)?;
    let bucket = Bucket::check(input, http_client::on_this_computer)?;
    let place = Place { id: PlaceId::new(), name, kind: PlaceKind::Bucket(bucket) };
    // The key is kept before the place is: a place without a key would be useless.
    keep_key(context, place.id, secret).await?;
    context.store().put_archive_place(&place, context.now())?;
    context.changed(&[Topic::Transfers]);
    Ok(place)
}

/// Replaces the secret key of a bucket.
pub async fn set_key(context: &Context, id: PlaceId, secret: SecretString) -> Result<(), Error> {
    guard::allow(context, Permission::KeepData)?;
    let place = place(context, id)?;
    if place.folder().is_some() {
        let message = format!("“{}” is a folder and needs no key.", place.name);
        return Err(Error::Conflict { message, next: "Enter keys of buckets only." });
    }
    keep_key(context, id, secret).await?;
    context.changed(&[Topic::Transfers]);
    Ok(())
}

async fn keep_key(context: &Context, id: PlaceId, secret: SecretString) -> Result<(), Error> {
    let key = secret.expose_secret().trim();
    if key.is_empty() || key.len() > 1_000 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "This is no secret key.";
        return Err(Invalid::one("secret", message, "Copy the secret access key as its service showed it.").into());
    }
    secrets::set(context, SecretName::ArchivePlace(id), SecretString::from(key)).await
}

/// Takes a place off the list and forgets its key. What is archived there stays.
pub async fn remove_place(context: &Context, id: PlaceId) -> Result<(), Error> {
    guard::allow(context, Permission::KeepData)?;
    let place = place(context, id)?;
    let waits = context.store().active_transfers()?.into_iter().any(|transfer| transfer.target == Target::Place(id));
    if waits {
        return Err(Error::Conflict {
            message: format!("Recordings are on their way to “{}”.", place.name),
            next: "Wait until they are there, or cancel them first.",
        });
    }
    context.store().remove_archive_place(id, context.now())?;
    context.changed(&[Topic::Transfers]);
    if place.folder().is_none() {
        secrets::ask(context, move |secrets| secrets.remove(&SecretName::ArchivePlace(id))).await?;
    }
    Ok(())
}

/// Writes a small file to a place, reads it back, and compares the two.
pub async fn test_place(context: &Context, id: PlaceId) -> Result<(), Error> {
    guard::allow(context, Permission::KeepData)?;
    let (place, opened) = transfer_step::open(context, id).await?;
    let written = format!("Hajime wrote this to test the place, at {}.\n", context.now()).into_bytes();
    opened.put(TEST_NAME, &written).await?;
    if opened.get(TEST_NAME, 1_000).await?.as_ref() != Some(&written) {
        return Err(Error::Conflict {
            message: format!("“{}” gave back something else than was written to it.", place.name),
            next: "Choose another place; nothing would be safe there.",
        });
    }
    Ok(())
}

fn place(context: &Context, id: PlaceId) -> Result<Place, Error> {
    let places = context.store().archive_places()?;
    let unknown = || Error::NotFound { what: "place of the archive", id: id.to_string() };
    places.into_iter().find(|place| place.id == id).ok_or_else(unknown)
}

/// What a place has.
pub async fn contents(context: &Context, id: PlaceId) -> Result<Vec<Archived>, Error> {
    guard::allow(context, Permission::KeepData)?;
    let (_, opened) = transfer_step::open(context, id).await?;
    let mut contents = Vec::new();
    for name in opened.names(&format!(".{ENDING}")).await? {
        let read = opened.get(&name, BYTES_MAX).await.ok().flatten().and_then(|bytes| Sidecar::read(&bytes).ok());
        let known = match read {
            None => None,
            Some(sidecar) => Some(ArchivedEntry {
                is_in_library: is_in_library(context, &sidecar)?,
                recording: sidecar.recording.id,
                title: sidecar.recording.title,
                recorded_at: sidecar.recording.recorded_at,
                bytes: sidecar.file.bytes,
            }),
        };
        contents.push(Archived { name, known });
    }
    Ok(contents)
}

/// Whether the library has a recording, or one that was imported from the same file.
fn is_in_library(context: &Context, sidecar: &Sidecar) -> Result<bool, Error> {
    let there = |recording: &Recording| recording.removed_at.is_none() && recording.deleted_at().is_none();
    if context.store().recording(sidecar.recording.id)?.is_some_and(|recording| there(&recording)) {
        return Ok(true);
    }
    let of_class = context.store().recordings_of(sidecar.class.id)?;
    let same = |recording: &Recording| {
        recording.facts.started_at.unwrap_or(recording.created_at) == sidecar.recording.recorded_at
    };
    Ok(of_class.iter().any(|recording| there(recording) && same(recording)))
}

/// Imports a recording from a place of the archive: its title, notes, tags, people, chat, transcript, captions and times. Where
/// Stream does not have its video any more, the video goes back to Stream, and gets its captions there.
pub async fn import(context: &Context, id: PlaceId, name: &str) -> Result<Imported, Error> {
    guard::allow(context, Permission::KeepData)?;
    let (_, opened) = transfer_step::open(context, id).await?;
    import_from(context, &opened, name).await
}

/// Imports a recording from a file of an archive in any folder, as [`import`] does.
pub async fn import_file(context: &Context, path: &Path) -> Result<Imported, Error> {
    guard::allow(context, Permission::KeepData)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(Error::file(path, &std::io::ErrorKind::NotFound.into()));
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    import_from(context, &Opened::Folder(folder.to_owned()), name).await
}

async fn import_from(context: &Context, opened: &Opened, name: &str) -> Result<Imported, Error> {
    let bytes = opened.get(name, BYTES_MAX).await?.ok_or_else(|| missing(name))?;
    let sidecar = Sidecar::read(&bytes).map_err(|why| {
        let (what, next) = why.words();
        Error::Conflict { message: format!("“{name}” {what}."), next }
    })?;
    if is_in_library(context, &sidecar)? {
        return Err(Error::Conflict {
            message: format!("“{}” is in the library.", sidecar.recording.title),
            next: "There is nothing to import. Its title, notes and tags stay as they are.",
        });
    }
    let is_at_stream = match &sidecar.recording.video {
        Some(video) => context.cloudflare().video(video).await?.is_some(),
        None => false,
    };
    let known = context.store().recording(sidecar.recording.id)?;
    let id = match known {
        Some(known) if is_at_stream && known.deleted_at().is_none() => {
            bin::restore(context, &Selected::Named(vec![known.id])).await?;
            known.id
        }
        // What was deleted stays on the list of deleted recordings, with its history.
        Some(_) => add(context, opened, &sidecar, RecordingId::new(), is_at_stream).await?,
        None => add(context, opened, &sidecar, sidecar.recording.id, is_at_stream).await?,
    };
    describe(context, id, &sidecar)?;
    texts(context, &sidecar)?;
    keep_captions(context, id, &sidecar).await?;
    people(context, &sidecar).await?;
    context.changed(&[Topic::Recordings, Topic::Sessions]);
    context.wake_jobs();
    Ok(Imported { recording: recordings::get(context, id)?, goes_back: !is_at_stream })
}

fn missing(name: &str) -> Error {
    Error::Conflict {
        message: format!("The archive has no “{name}”."),
        next: "Look at what it has, then choose again.",
    }
}

/// Adds the recording and its class. Where Stream does not have the video, its file is copied to this computer first, and
/// the recording begins at the step that sends it to Stream.
async fn add(
    context: &Context,
    opened: &Opened,
    sidecar: &Sidecar,
    id: RecordingId,
    is_at_stream: bool,
) -> Result<RecordingId, Error> {
    let now = context.now();
    let mut facts = Facts {
        started_at: Some(sidecar.recording.recorded_at),
        length: sidecar.length(),
        size: Some(sidecar.file.bytes),
        ..Facts::default()
    };
    let stage = if is_at_stream {
        facts.video.clone_from(&sidecar.recording.video);
        facts.attached = true;
        Stage::VIDEO_ATTACHED
    } else {
        let path = relay_files::path_of(context, id).ok_or_else(|| missing(&sidecar.file.name))?;
        relay_files::make_folder(&path).await.map_err(|error| Error::file(&path, &error))?;
        let fetched = opened.fetch(&sidecar.file.name, &path).await?;
        let (bytes, digest) = fetched.ok_or_else(|| missing(&sidecar.file.name))?;
        if bytes != sidecar.file.bytes || hex(&digest) != sidecar.file.sha256 || !relay_files::is_video(&path).await {
            relay_files::remove(&path).await;
            return Err(Error::Conflict {
                message: format!("“{}” is not the video that was archived: its bytes differ.", sidecar.file.name),
                next: "Nothing was imported. Look for another copy of it.",
            });
        }
        facts.relay = Some(Relay { total: Some(bytes), fetched: bytes, sent: 0, version: None });
        Stage::Importing(Import::Sending)
    };
    let timezone = sidecar.zone();
    let class = &sidecar.class;
    let room = class.room.clone().map(|id| Room { id, code: None, opened_at: class.began });
    let plan = Plan {
        title: class.title.clone(),
        instructor: class.instructor.clone(),
        start: Start::at(class.began, timezone),
        length: class.ended.since(class.began).max(TimeDelta::minutes(1)),
        record: true,
        quality: Quality::default(),
        max_participants: PARTICIPANTS_DEFAULT,
    };
    let held = room.clone().map(|room| (room, class.ended));
    let session = context
        .store()
        .session(class.id)?
        .is_none()
        .then(|| Session::found_past(class.id, plan, held, Origin::Here, class.began, now));
    let recording = Recording {
        id,
        session: class.id,
        room: room.map(|room| room.id),
        title: sidecar.recording.title.clone(),
        instructor: class.instructor.clone(),
        timezone,
        quality: Quality::default(),
        stage,
        stage_since: now,
        facts,
        work: RecordingWork::begin(stage, now),
        created_at: sidecar.recording.recorded_at,
        removed_at: None,
        origin: Origin::Here,
    };
    let note = EventKind::Attached.note("Imported from the archive.");
    context.store().adopt(&[Adopted { session, recording }], &note)?;
    // Whoever took part long ago does not get a letter because the recording comes back.
    context.store().set_mails_participants(class.id, false)?;
    Ok(id)
}

/// Puts title, notes and tags back, as a change by hand that can be undone. What is too long is left out.
fn describe(context: &Context, id: RecordingId, sidecar: &Sidecar) -> Result<(), Error> {
    let archived = &sidecar.recording;
    context.store().change_description_by_hand::<Error>(id, context.now(), |before| {
        let mut after = before.clone();
        let title = DescriptionInput { title: Some(archived.title.clone()), ..DescriptionInput::default() };
        let notes = DescriptionInput { notes: Some(archived.notes.clone()), ..DescriptionInput::default() };
        for input in [title, notes] {
            after = after.changed(&input).unwrap_or(after);
        }
        for tag in &archived.tags {
            let added = TagChange::check(std::slice::from_ref(tag), &[]).and_then(|change| change.apply(&after.tags));
            after.tags = added.unwrap_or(after.tags);
        }
        Ok(after)
    })?;
    Ok(())
}

/// Puts the chat and the transcript back, unless more of them is here.
fn texts(context: &Context, sidecar: &Sidecar) -> Result<(), Error> {
    let source = sidecar.transcript.as_ref().and_then(|transcript| transcript.source.parse().ok());
    let chat = Some(TextLines::Chat(sidecar.chat_lines()));
    let transcript = source.map(|source| TextLines::Transcript(source, sidecar.transcript_lines()));
    for (kind, lines) in [(TextKind::Chat, chat), (TextKind::Transcript, transcript)] {
        let Some(lines) = lines.filter(|lines| !lines.is_empty()) else { continue };
        let source = Some(lines.source());
        context.store().note_session_text(sidecar.class.id, kind, sidecar.class.ended, Some(&lines), |before| {
            SessionText { state: TextState::There, source, next_ask: None, trouble: None, ..before }
        })?;
    }
    Ok(())
}

/// Puts the people on the roster and says when they were there, unless somebody is on it. Those who came in without being on the
/// roster are put on it where RealtimeKit does not tell of them any more.
async fn people(context: &Context, sidecar: &Sidecar) -> Result<(), Error> {
    let (class, now) = (sidecar.class.id, context.now());
    let session = lifecycle::session(context, class)?;
    if sidecar.people.is_empty() || !context.store().roster_of(class)?.is_empty() {
        return Ok(());
    }
    let listed = room_people::recent(context, &session).await;
    let are_told = listed.is_ok_and(|list| !list.seen.is_empty());
    let roster = sidecar.roster(!are_told);
    let there = roster.iter().filter_map(|(person, attendance)| Some((person.mark(), (*attendance)?)));
    let there: Vec<_> = there.collect();
    let people = roster.into_iter().map(|(person, _)| person).collect();
    context.store().change_roster_by_hand::<Error>(class, now, |_, _| Ok(people))?;
    context.store().note_attendance(class, &there, now)?;
    Ok(())
}

/// Keeps the captions, unless captions in their language are here. The video gets them once it can be watched.
async fn keep_captions(context: &Context, id: RecordingId, sidecar: &Sidecar) -> Result<(), Error> {
    let Some(video) = &sidecar.recording.video else { return Ok(()) };
    for (language, generated, vtt) in sidecar.captions_by_language() {
        let lines = captions::lines_of(context, vtt.as_bytes().to_vec()).await?;
        if !lines.is_empty() {
            context.store().keep_archived_captions(id, video, (&language, generated), &lines, context.now())?;
        }
    }
    Ok(())
}
