//! Translates what the core reads from a data folder into the words of `expected.json`.
//!
//! The words stay the same when types, functions and columns are renamed; only this file follows such a change. Absent
//! values are left out, so a new optional fact changes no expectation.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use hajime_core::actions::library::recordings;
use hajime_core::actions::schedule::sessions;
use hajime_core::config::Profile;
use hajime_core::context::Context;
use hajime_core::domain::delivery::notification::{Notification, NotificationKind, Subject};
use hajime_core::domain::library::query::{Filter, Query, Sort, SortBy};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::coverage::Coverage;
use hajime_core::domain::recorder::diagnosis::{Likely, likely};
use hajime_core::domain::recorder::event::{EventKind, RecordingEvent};
use hajime_core::domain::recorder::forecast::{FinishedProcessing, ProcessingPhase};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::{Import, Resume, Stage};
use hajime_core::domain::recorder::stage_kind::StageKind;
use hajime_core::domain::schedule::session::{Plan, Session, SessionState};
use hajime_core::domain::sharing::link::ShareLink;
use hajime_core::opening;
use hajime_core::opening::Platform;
use hajime_core::ports::Quiet;
use hajime_core::recorder::forecast;
use hajime_core::store::Store;
use hajime_core::store::installation::Installation;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// The account whose data lies at the top of the data folder.
pub const FIRST: &str = "11111111111111111111111111111111";
/// The account whose data lies in a subfolder. The settings name it as the connected account.
pub const SECOND: &str = "2222222222222222222222222222abcd";
/// The account of the sandbox.
pub const SANDBOX: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
/// The moment for which the fixture was written: recordings are due, missing or about to expire as of this moment.
pub const NOW: &str = "2026-11-29T12:00:00Z";
/// The instructor that marks sessions and recordings of another desk.
const ANOTHER_DESK: &str = "Another desk";
/// The custom ids by which RealtimeKit knows the guests of the fixture. A host's id follows from the session's id.
const GUESTS: [&str; 4] = ["guest-a1", "guest-a2", "guest-a3", "guest-b1"];
/// Searches of the fixture's recordings: half-width letters, no accents, Hebrew letters, the instructor, an emoji, a
/// word of many titles, and a word that occurs nowhere.
const SEARCHES: [&str; 7] = ["ｶﾗﾃ", "nguyen", "יוגה", "alves", "🧘", "stage", "aikido"];

pub fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

/// Opens the data of one of the three accounts as the window and the CLI do. It needs no network and no keyring.
pub fn open(folder: &Path, account: &str) -> Context {
    let connection = Profile {
        base_url: "http://127.0.0.1:9/client/v4".parse().unwrap(),
        account: account.parse().unwrap(),
        token: SecretString::from("not-asked-for"),
        app: None,
    };
    let folder = if account == SANDBOX { folder.join("sandbox") } else { folder.to_owned() };
    let surroundings =
        Platform { secrets: None, notifier: Arc::new(Quiet), events: Arc::new(Quiet), local_join_page: None };
    opening::open_context(&folder, &connection, surroundings).unwrap()
}

/// Returns every fact that the core's public interface shows of a data folder.
pub fn of(folder: &Path) -> Value {
    let accounts = [FIRST, SECOND, SANDBOX].map(|account| (account.to_owned(), of_account(&open(folder, account))));
    json!({ "installation": installation(folder), "accounts": Value::Object(Map::from_iter(accounts)) })
}

fn installation(folder: &Path) -> Value {
    let mut owners: Vec<_> = opening::owned(folder).into_iter().filter_map(|owned| owned.account).collect();
    owners.sort();
    let saved = opening::saved_account(folder).unwrap().unwrap();
    json!({
        "accounts": owners.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "connected": saved.account.to_string(),
        "connected_at": saved.base_url.as_str(),
        "keyring_entry_of_token": saved.token_name().entry(),
        "keyring_has_token": Installation::open(folder).unwrap().connected().unwrap().unwrap().token_kept,
    })
}

fn of_account(context: &Context) -> Value {
    let store = context.store();
    let mut all = store.every_recording().unwrap();
    all.sort_by_key(|recording| recording.id);
    let all_sessions = sessions::list(context, None, None).unwrap();
    json!({
        "settings": settings(store),
        "sessions": all_sessions.iter().map(|session| of_session(store, session)).collect::<Vec<_>>(),
        "seats": all_sessions.iter().flat_map(|session| seats(store, session)).collect::<Vec<_>>(),
        "recordings": all.iter().map(|recording| of_recording(context, recording)).collect::<Vec<_>>(),
        "links": store.links().unwrap().iter().map(link).collect::<Vec<_>>(),
        "processing_times": processing_times(context),
        "waits": all.iter().filter_map(|recording| going(store, recording)).collect::<Vec<_>>(),
        "notices": notices(store),
        "lists": lists(context),
        "relay_files": relay_files(store),
    })
}

/// Returns the id of the desk that wrote the fixture, when marks with that id still count as this desk's; otherwise
/// `None`.
fn made_under(store: &Store) -> Option<String> {
    let owner = store.owner().unwrap();
    let number = [FIRST, SECOND, SANDBOX].iter().position(|account| owner.as_deref() == Some(*account)).unwrap() + 1;
    let made_under = format!("019adde5-0000-7000-8000-{number:012}");
    store.own_desk_ids().unwrap().into_iter().find(|id| *id == made_under)
}

fn settings(store: &Store) -> Value {
    let preferences = store.preferences().unwrap();
    let mut entries: Vec<_> = store.secret_names().unwrap().iter().map(hajime_core::ports::SecretName::entry).collect();
    entries.sort();
    known(json!({
        "owner": store.owner().unwrap(),
        "desk": made_under(store),
        "realtimekit_app": store.app().unwrap().map(|app| app.to_string()),
        "signing_key": store.signing_key().unwrap().map(|key| key.to_string()),
        "keyring_entries": entries,
        "default_quality": preferences.quality.name(),
        "default_minutes": preferences.duration_minutes,
        "default_participants": preferences.max_participants,
        "default_record": preferences.record,
        "default_instructor": preferences.instructor,
        "join_page": preferences.join_page.as_ref().map(url::Url::as_str),
    }))
}

fn of_session(store: &Store, session: &Session) -> Value {
    let Session { id, plan, state, series, origin: _, created_at, updated_at } = session;
    assert_eq!(*series, None, "no earlier version knew series");
    let (word, since) = match state {
        SessionState::Scheduled { .. } => ("scheduled", None),
        SessionState::Starting { since, .. } => ("starting", Some(*since)),
        SessionState::Live(_) => ("live", None),
        SessionState::Ending(..) => ("ending", None),
        SessionState::Ended(..) => ("ended", None),
        SessionState::Cancelled { .. } => ("cancelled", None),
    };
    let code = match state {
        SessionState::Scheduled { code } => code.as_ref(),
        SessionState::Starting { code, .. } => Some(code),
        SessionState::Live(room) | SessionState::Ending(room, _) | SessionState::Ended(room, _) => room.code.as_ref(),
        SessionState::Cancelled { .. } => None,
    };
    let (instructor, held_by) = held_by(plan.instructor_name());
    let nowhere = "nowhere".parse().unwrap();
    let room = state.room();
    known(json!({
        "id": id.to_string(),
        "title": plan.title,
        "instructor": instructor,
        "held_by": held_by,
        "start": instant(plan.start.instant()),
        "wall_clock": wall_clock(plan).format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        "time_zone": plan.start.zone().name(),
        "length_ms": millis(plan.length),
        "record": plan.record,
        "quality": plan.quality.name(),
        "participants_max": plan.max_participants,
        "invitations": store.invites_made(*id).unwrap(),
        "state": word,
        "starting_since": since.map(instant),
        "room_code": code.map(hajime_core::domain::schedule::session::RoomCode::as_str),
        "room_code_is_known": code.map(|code| !store.sessions_of_room(&nowhere, code).unwrap().is_empty()),
        "room": room.map(|room| room.id.to_string()),
        "opened": room.map(|room| instant(room.opened_at)),
        "ended": state.ended_at().map(instant),
        "created": instant(*created_at),
        "updated": instant(*updated_at),
    }))
}

/// The wall-clock time at which a session begins.
fn wall_clock(plan: &Plan) -> NaiveDateTime {
    plan.start.local()
}

/// Returns the instructor, when known, and the desk that the session belongs to.
fn held_by(instructor: &str) -> (Option<&str>, &'static str) {
    if instructor == ANOTHER_DESK { (None, "another desk") } else { (Some(instructor), "this desk") }
}

fn seats(store: &Store, session: &Session) -> Vec<Value> {
    let host = format!("host-{}", session.id);
    let seats = GUESTS.into_iter().chain([host.as_str()]).filter_map(|mark| store.invitee(session.id, mark).unwrap());
    seats
        .map(|seat| {
            let participant = seat.participant.map(|id| id.to_string());
            known(json!({ "session": session.id.to_string(), "seat": seat.custom_id, "participant": participant }))
        })
        .collect()
}

fn of_recording(context: &Context, recording: &Recording) -> Value {
    let detail = recordings::detail(context, recording.id).unwrap();
    let (facts, stage) = (&recording.facts, recording.stage);
    let (instructor, held_by) = held_by(recording.instructor_name());
    let failure = match stage {
        Stage::Failed { cause, resume } => Some((cause_word(cause), resume_word(resume))),
        _ => None,
    };
    let wanted = context.store().wanted().unwrap().get(&recording.id).copied().unwrap_or_default();
    known(json!({
        "id": recording.id.to_string(),
        "session": recording.session.to_string(),
        "room": recording.room.as_ref().map(ToString::to_string),
        "title": recording.title,
        "instructor": instructor,
        "held_by": held_by,
        "time_zone": recording.timezone.name(),
        "quality": recording.quality.name(),
        "stage": stage_word(stage),
        "percent": recording.progress(),
        "cause": failure.map(|(cause, _)| cause),
        "resume": failure.map(|(_, resume)| resume),
        "stage_since": instant(recording.stage_since),
        "realtimekit_recording": facts.realtimekit_recording.as_ref().map(ToString::to_string),
        "video": facts.video.as_ref().map(ToString::to_string),
        "attached": facts.attached,
        "capture_began": facts.started_at.map(instant),
        "capture_ended": facts.stopped_at.map(instant),
        "length_ms": facts.length.map(millis),
        "bytes": facts.size,
        "file_expires": facts.file_expires.map(instant),
        "own_storage": facts.own_storage,
        "manifest": facts.manifest.as_ref().map(url::Url::as_str),
        "relay": facts.relay.as_ref().map(|relay| {
            json!({ "total": relay.total, "fetched": relay.fetched, "sent": relay.sent, "version": relay.version })
        }),
        "last_check": recording.work.last_check.map(instant),
        "next_check": recording.work.next_check().map(instant),
        "retries": recording.work.auto_retries.made,
        "retried_cause": recording.work.auto_retries.cause.map(cause_word),
        "created": instant(recording.created_at),
        "removed": recording.removed_at.map(instant),
        "history": detail.events.iter().map(happened).collect::<Vec<_>>(),
        // Conclusions from the history. They must be the same however the history is stored.
        "refusal": context.store().refusal(recording.id).unwrap(),
        "likely": likely(recording, &detail.events).map(likely_word),
        "coverage": detail.coverage.map(covered),
        "tried_by_hand": wanted.by_hand.then_some(true),
        "shared": wanted.shared.then_some(true),
        "links": detail.links.len(),
    }))
}

fn happened(event: &RecordingEvent) -> Value {
    let (at, means) = (instant(event.at), meaning(event));
    known(
        json!({ "at": at, "from": event.from.map(StageKind::name), "to": event.to.name(), "note": event.note, "means": means }),
    )
}

/// Returns the meaning of an event on which Hajime bases a decision; `None` for most events, which only change the
/// stage.
fn meaning(event: &RecordingEvent) -> Option<&'static str> {
    match event.kind {
        EventKind::RetriedByHand => Some("tried again by hand"),
        EventKind::StreamRefused => Some("refused by Stream"),
        EventKind::RoomWasEmpty => Some("the room was empty"),
        _ => None,
    }
}

fn likely_word(likely: Likely) -> &'static str {
    match likely {
        Likely::TooShort => "too short",
        Likely::NobodyThere => "nobody there",
        Likely::Limit => "limit reached",
        Likely::Storage => "storage",
        Likely::BrokeOff => "broke off",
    }
}

fn covered(coverage: Coverage) -> Value {
    json!({
        "began": instant(coverage.began),
        "ended": instant(coverage.ended),
        "paused_ms": millis(coverage.paused),
        "length_ms": millis(coverage.length),
        "begun_late_ms": millis(coverage.begun_late),
        "hole_ms": millis(coverage.hole),
    })
}

fn link(link: &ShareLink) -> Value {
    known(json!({
        "id": link.id.to_string(),
        "recording": link.recording.to_string(),
        "title": link.recording_title,
        "video": link.video.to_string(),
        "signing_key": link.kid.as_ref().map(ToString::to_string),
        "made": instant(link.created_at),
        "works_until": instant(link.expires_at),
        "download": link.download,
    }))
}

fn processing_times(context: &Context) -> Value {
    let history = forecast::history(context).unwrap();
    let past = |past: &FinishedProcessing| {
        let marks = past.marks.iter().map(|mark| json!([millis(mark.after), mark.percent.get()]));
        json!({ "length_ms": millis(past.length), "took_ms": millis(past.took), "marks": marks.collect::<Vec<_>>() })
    };
    let of = |wait: ProcessingPhase| history.waits(wait).iter().map(past).collect::<Vec<_>>();
    json!({ "saving": of(ProcessingPhase::Saving), "importing": of(ProcessingPhase::Importing) })
}

/// Returns the present wait of a recording that Cloudflare is processing.
fn going(store: &Store, recording: &Recording) -> Option<Value> {
    ProcessingPhase::of(recording.stage)?;
    let going = store.going(recording, now()).unwrap();
    let marks = going.marks.iter().map(|mark| json!([millis(mark.after), mark.percent.get()])).collect::<Vec<_>>();
    let (length, lasted) = (millis(going.length), millis(going.lasted));
    Some(json!({ "recording": recording.id.to_string(), "length_ms": length, "lasted_ms": lasted, "marks": marks }))
}

fn notices(store: &Store) -> Vec<Value> {
    let word = |kind: NotificationKind| match kind {
        NotificationKind::Watchable => "watchable".to_owned(),
        NotificationKind::Failed => "failed".to_owned(),
        NotificationKind::Expiring { hours_left } => format!("file expires in {hours_left} hours"),
        NotificationKind::NotRecorded => "not recorded".to_owned(),
        NotificationKind::Muted => "muted".to_owned(),
        NotificationKind::AlertOpened => "alert opened".to_owned(),
        NotificationKind::AlertClosed => "alert closed".to_owned(),
        NotificationKind::Test => "test".to_owned(),
        NotificationKind::Reminder(kind) => format!("reminder: {}", kind.name()),
    };
    let subject = |notification: &Notification| match &notification.subject {
        Subject::Recording(id) => id.to_string(),
        other => panic!("only recordings had notifications: {other:?}"),
    };
    let waiting = store.outbox().unwrap().into_iter().map(|entry| entry.notification);
    waiting.map(|one| json!({ "recording": subject(&one), "news": word(one.kind) })).collect()
}

/// Returns the ids of the recordings and sessions in each list, in the order of the list.
fn lists(context: &Context) -> Value {
    let store = context.store();
    let page = |search: &str, filter: Filter| {
        let sort = Sort { by: SortBy::When, descending: true };
        let query = Query { search: search.to_owned(), filter, limit: 1_000, sort, ..Query::default() };
        let page = recordings::list(context, &query).unwrap();
        assert_eq!(page.total as usize, page.rows.len(), "the count of “{search}”");
        page.rows.iter().map(|row| row.recording.id.to_string()).collect::<Vec<_>>()
    };
    let searches = SEARCHES.map(|search| (search.to_owned(), json!(page(search, Filter::All))));
    let retries: Vec<_> = store.recordings_to_auto_retry(now()).unwrap().iter().map(ToString::to_string).collect();
    known(json!({
        "all": page("", Filter::All),
        "ready": page("", Filter::Ready),
        "processing": page("", Filter::Processing),
        "failed": page("", Filter::Failed),
        "deleted": page("", Filter::Deleted),
        "searches": Map::from_iter(searches),
        "missing": ids(&store.missing_recordings(now()).unwrap()),
        "removed": ids(&store.removed_recordings().unwrap()),
        "on_their_way": ids(&store.recordings_in_flight().unwrap()),
        "due_for_retry": retries,
        "next_retry": store.next_auto_retry().unwrap().map(instant),
        "places_taken_at_stream": store.places_taken().unwrap(),
        "open_sessions": store.open_sessions().unwrap().iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
        "rooms": store.session_rooms().unwrap().iter().map(|(room, held)| format!("{room} {}", held.session)).collect::<Vec<_>>(),
    }))
}

fn ids(all: &[Recording]) -> Vec<String> {
    all.iter().map(|recording| recording.id.to_string()).collect()
}

/// Returns the names and sizes of the files that this computer is relaying to Stream.
fn relay_files(store: &Store) -> Vec<Value> {
    let folder = store.folder().unwrap().join("relay");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = files
        .map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len()))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    files.sort();
    files.into_iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect()
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Requested => "requested",
        Stage::Recording => "recording",
        Stage::Paused => "paused",
        Stage::Stopping => "stopping",
        Stage::Uploading => "uploading",
        Stage::Uploaded => "uploaded",
        Stage::Importing(import) => match import {
            Import::Asked => "importing: requested",
            Import::Downloading => "importing: downloading",
            Import::AskedAgain => "importing: requested again",
            Import::DownloadingAgain => "importing: downloading again",
            Import::Fetching => "importing: fetching here",
            Import::Sending => "importing: sending from here",
            Import::Queued => "importing: queued",
            Import::Encoding(_) => "importing: encoding",
        },
        Stage::Playable(_) => "playable",
        Stage::Ready => "ready",
        Stage::Failed { .. } => "failed",
    }
}

fn resume_word(resume: Resume) -> &'static str {
    match resume {
        Resume::AtRealtimeKit => "at RealtimeKit",
        Resume::AtImport => "at the import",
        Resume::AtRelay => "at the relay",
    }
}

fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::NeverStarted => "never started",
        Cause::RecorderErrored => "RealtimeKit reported an error",
        Cause::RecorderMissing => "missing at RealtimeKit",
        Cause::NoFile => "no file",
        Cause::OwnStorage => "own storage",
        Cause::FileExpired => "file expired",
        Cause::StorageFull => "Stream storage full",
        Cause::ImportRefused => "import refused",
        Cause::SourceUnreachable => "source unreachable",
        Cause::NotAVideo => "not a video",
        Cause::Damaged => "damaged",
        Cause::TooShort => "too short",
        Cause::TooLong => "too long",
        Cause::EncodingFailed => "encoding failed",
        Cause::VideoMissing => "video deleted",
        Cause::TookTooLong => "took too long",
        Cause::DiskFull => "disk full",
        Cause::DiskRefused => "disk refused",
        Cause::TooLarge => "too large",
        Cause::ForeignAddress => "foreign address",
        Cause::ForeignFile => "foreign file",
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn millis(span: TimeDelta) -> i64 {
    span.num_milliseconds()
}

/// Returns the facts without those that are null.
fn known(facts: Value) -> Value {
    match facts {
        Value::Object(facts) => facts.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}
