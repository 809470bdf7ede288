//! Sessions: schedule, edit, cancel, start, end.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Desk, Error, SecretUrl, Trouble, capture, observe, rooms, unnoted};
use crate::cloudflare::{self, CloudRecording, Kicked, NewMeeting, RecordingAction, RecordingStatus};
use crate::domain::cause::Cause;
use crate::domain::clock::is_within;
use crate::domain::ids::{CloudRecordingId, MeetingId, SessionId};
use crate::domain::proof::{Proof, proof};
use crate::domain::recording::Recording;
use crate::domain::session::{LENGTH_MAX, Plan, Room, RoomCode, Session, SessionInput, SessionState};
use crate::domain::stage::{Seen, Stage};
use crate::ports::Topic;
use crate::store::Nature;

/// What Start did.
#[derive(Debug, Clone)]
pub struct Started {
    /// The session, live.
    pub session: Session,
    /// Whether it was live already.
    pub already_live: bool,
    /// The host's way into the room; `None` when there is no page to join on.
    pub join: Option<SecretUrl>,
}

/// What End did.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The session, ended, or still ending when Cloudflare did not confirm everything yet.
    pub session: Session,
    /// Whether it was over already.
    pub already_ended: bool,
    /// What is still in the way; ending goes on by itself.
    pub trouble: Option<Trouble>,
}

/// Everything the live panel shows.
#[derive(Debug, Clone)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// People in the room and when they were counted.
    pub people: Option<super::RoomSeen>,
    /// Invitations made.
    pub invites_made: u32,
    /// What may be said about its recording.
    pub proof: Proof,
    /// Its latest recording.
    pub recording: Option<Recording>,
    /// What is in the way of knowing more.
    pub trouble: Option<Trouble>,
}

/// A question to answer before the window is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingQuestion {
    /// What is going on.
    pub title: String,
    /// What goes on without the window, and what stops.
    pub description: String,
}

/// For how long after its end a class may go on where it stopped.
pub(crate) const START_AGAIN_WITHIN: TimeDelta = TimeDelta::hours(12);

/// Whether a class can go on where it stopped: it ended a short while ago, and nothing of it was captured.
#[must_use]
pub fn can_start_again(session: &Session, recordings: &[Recording], now: DateTime<Utc>) -> bool {
    let SessionState::Ended(_, at) = session.state else { return false };
    is_within(at, START_AGAIN_WITHIN, now) && recordings.iter().all(Recording::is_empty_attempt)
}

/// One session.
pub fn get(desk: &Desk, id: SessionId) -> Result<Session, Error> {
    desk.store().session(id)?.ok_or_else(|| not_found(id))
}

/// Sessions overlapping a span, by start.
pub fn list(desk: &Desk, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Vec<Session>, Error> {
    Ok(desk.store().sessions(from, to)?)
}

/// Puts a session on the schedule. Needs no network.
pub fn schedule(desk: &Desk, input: &SessionInput) -> Result<Session, Error> {
    let now = desk.now();
    let session = Session::new(Plan::check(input, now)?, now);
    desk.store().add_session(&session)?;
    desk.changed(&[Topic::Sessions]);
    Ok(session)
}

/// Changes a session that has not begun.
pub fn edit(desk: &Desk, id: SessionId, input: &SessionInput) -> Result<Session, Error> {
    let now = desk.now();
    change(desk, id, |session| match session.state {
        SessionState::Scheduled { .. } => {
            Ok(Session { plan: session.plan.check_change(input, now)?, updated_at: now, ..session })
        }
        _ => Err(begun(&session, "changed")),
    })
}

/// Takes a session that has not begun off the schedule. Cancelling twice is fine.
pub fn cancel(desk: &Desk, id: SessionId) -> Result<Session, Error> {
    let now = desk.now();
    change(desk, id, |session| match session.state {
        SessionState::Scheduled { .. } => Ok(Session { state: SessionState::Cancelled, updated_at: now, ..session }),
        SessionState::Cancelled => Ok(session),
        _ => Err(begun(&session, "cancelled")),
    })
}

/// Puts a session that was cancelled back on the schedule. Undoing it twice is fine.
pub fn restore(desk: &Desk, id: SessionId) -> Result<Session, Error> {
    let now = desk.now();
    change(desk, id, |session| match session.state {
        SessionState::Cancelled => {
            Ok(Session { state: SessionState::Scheduled { code: None }, updated_at: now, ..session })
        }
        SessionState::Scheduled { .. } => Ok(session),
        _ => Err(begun(&session, "put back on the schedule")),
    })
}

/// Schedules another class like one there is, at another time in the same zone.
pub fn duplicate(desk: &Desk, id: SessionId, start_local: &str) -> Result<Session, Error> {
    let Plan { title, instructor, timezone, length, record, quality, max_participants, start: _ } = get(desk, id)?.plan;
    let input = SessionInput {
        title,
        instructor,
        start_local: start_local.to_owned(),
        timezone: timezone.name().to_owned(),
        duration_minutes: length.num_minutes(),
        record,
        quality: quality.name().to_owned(),
        max_participants: max_participants.into(),
    };
    schedule(desk, &input)
}

/// Opens the room and lets the host in. Pressing it again lets the host in again and opens nothing twice. A start long before the plan is
/// refused: see [`start_early`].
pub async fn start(desk: &Desk, id: SessionId) -> Result<Started, Error> {
    start_if(desk, id, |session, now| {
        if session.is_early(now) {
            let start = session.plan.start.with_timezone(&session.plan.timezone);
            let start = format!("{} ({})", start.format("%a %-d %b %Y, %H:%M"), session.plan.timezone);
            return Err(Error::TooEarly { title: session.plan.title.clone(), start });
        }
        Ok(())
    })
    .await
}

/// Opens the room however long before the plan it is.
pub async fn start_early(desk: &Desk, id: SessionId) -> Result<Started, Error> {
    start_if(desk, id, |_, _| Ok(())).await
}

async fn start_if(
    desk: &Desk,
    id: SessionId,
    allowed: impl FnOnce(&Session, DateTime<Utc>) -> Result<(), Error>,
) -> Result<Started, Error> {
    let _turn = desk.turn().await?;
    let now = desk.now();
    let mut mark_is_new = false;
    let session = change(desk, id, |session| match &session.state {
        SessionState::Scheduled { code } => {
            allowed(&session, now)?;
            mark_is_new = code.is_none();
            let code = code.clone().unwrap_or_else(RoomCode::random);
            Ok(Session { state: SessionState::Starting { code, since: now }, updated_at: now, ..session })
        }
        SessionState::Starting { .. } | SessionState::Live(_) => Ok(session),
        SessionState::Ending(..) | SessionState::Ended(..) => Err(Error::Conflict {
            message: format!("“{}” is over.", session.plan.title),
            next: "Schedule a new session.",
        }),
        SessionState::Cancelled => Err(Error::Conflict {
            message: format!("“{}” was cancelled.", session.plan.title),
            next: "Put it back on the schedule, or schedule a new session.",
        }),
    })?;
    if let SessionState::Live(room) = &session.state {
        let join = rooms::host_url(desk, &session, &room.id).await?;
        return Ok(Started { join, already_live: true, session });
    }
    opened(desk, &session, mark_is_new, |code| SessionState::Scheduled { code: Some(code) }).await
}

/// Goes on with a class that was ended by mistake: the same room with the same invitations. Refused where something of it was recorded.
pub async fn start_again(desk: &Desk, id: SessionId) -> Result<Started, Error> {
    let _turn = desk.turn().await?;
    let now = desk.now();
    let recordings = desk.store().recordings_of(id)?;
    let (mut before, mut mark_is_new) = (None, false);
    let session = change(desk, id, |session| {
        let room = session.state.room().filter(|_| can_start_again(&session, &recordings, now)).cloned();
        let Some(room) = room else {
            return Err(Error::Conflict {
                message: format!("“{}” cannot be started again.", session.plan.title),
                next: "Only a class that ended today without a recording can. Duplicate it instead.",
            });
        };
        // One that another desk held has no mark of ours.
        mark_is_new = room.code.as_str().is_empty();
        let code = if mark_is_new { RoomCode::random() } else { room.code };
        before = Some(session.state.clone());
        Ok(Session { state: SessionState::Starting { code, since: now }, updated_at: now, ..session })
    })?;
    let back = |code| before.unwrap_or(SessionState::Scheduled { code: Some(code) });
    opened(desk, &session, mark_is_new, back).await
}

/// Opens the room of a session that is being started; where that fails, the session is what `otherwise` makes of its mark.
async fn opened(
    desk: &Desk,
    session: &Session,
    mark_is_new: bool,
    otherwise: impl FnOnce(RoomCode) -> SessionState,
) -> Result<Started, Error> {
    match open_room(desk, session, mark_is_new).await {
        Ok((session, join)) => {
            desk.check_now();
            Ok(Started { session, already_live: false, join })
        }
        Err(error) => {
            // Back where it was, with its mark: the next Start looks for the room before it makes one.
            let now = desk.now();
            change(desk, session.id, |session| match session.state {
                SessionState::Starting { code, .. } => {
                    Ok(Session { state: otherwise(code), updated_at: now, ..session })
                }
                _ => Ok(session),
            })?;
            Err(error)
        }
    }
}

async fn open_room(desk: &Desk, session: &Session, mark_is_new: bool) -> Result<(Session, Option<SecretUrl>), Error> {
    let SessionState::Starting { code, .. } = &session.state else { return Err(Error::NotLive) };
    let app = desk.app().await?;
    let existing = if mark_is_new {
        None
    } else {
        let found = desk.cloud().find_meetings(app, code.as_str()).await?;
        found.into_iter().find(|meeting| meeting.title.as_deref().is_some_and(|title| title.contains(code.as_str())))
    };
    let new = NewMeeting {
        title: code.meeting_title(&session.plan.title),
        max_seconds: Some(u32::try_from(LENGTH_MAX.num_seconds()).unwrap_or(86_400)),
        // The request to record goes with the room: it stands even if this computer dies before the first person comes.
        record: session.plan.record.then(|| session.plan.quality.pixels()),
    };
    let room = match existing {
        Some(meeting) => bring_up_to_date(desk, meeting.id, &new).await?,
        None => make_room(desk, new).await?,
    };
    let join = rooms::host_url(desk, session, &room).await?;
    let now = desk.now();
    let live = change(desk, session.id, |session| match session.state {
        // One that took so long that it counted as interrupted is live all the same.
        SessionState::Starting { code: own, .. } | SessionState::Scheduled { code: Some(own) } if own == *code => {
            let room = Room { id: room.clone(), code: own, opened_at: now };
            Ok(Session { state: SessionState::Live(room), updated_at: now, ..session })
        }
        _ => Ok(session),
    })?;
    Ok((live, join))
}

/// Makes the room. An account may have to be set up before rooms record by themselves, and a class does not wait for that: recording is asked
/// for when somebody is there.
async fn make_room(desk: &Desk, new: NewMeeting) -> Result<MeetingId, Error> {
    let app = desk.app().await?;
    match desk.cloud().create_meeting(app, &new).await {
        Err(error) if new.record.is_some() && refused(&error) => {
            Ok(desk.cloud().create_meeting(app, &NewMeeting { record: None, ..new }).await?.id)
        }
        made => Ok(made?.id),
    }
}

/// The plan may have changed since the room was made. One that cannot be told to record is asked to later; one that must not record has to be
/// told.
async fn bring_up_to_date(desk: &Desk, room: MeetingId, new: &NewMeeting) -> Result<MeetingId, Error> {
    match desk.cloud().edit_meeting(desk.app().await?, &room, new).await {
        Err(error) if new.record.is_some() && refused(&error) => Ok(room),
        told => Ok(told.map(|()| room)?),
    }
}

const fn refused(error: &cloudflare::Error) -> bool {
    !error.retryable() && !error.outcome_unknown()
}

/// Ends a session: recording stopped, everyone removed, room closed, in this order. A second press is harmless. It never depends on the disk:
/// what cannot be noted is done at Cloudflare all the same, and where nothing can be read the session is taken from memory.
pub async fn end(desk: &Desk, id: SessionId) -> Result<Ended, Error> {
    let _turn = desk.turn_to_end().await;
    let now = desk.now();
    let mut already_ended = false;
    let mut note = || {
        change(desk, id, |session| match &session.state {
            SessionState::Live(room) => {
                let state = SessionState::Ending(room.clone(), now);
                Ok(Session { state, updated_at: now, ..session })
            }
            SessionState::Ending(..) => Ok(session),
            SessionState::Ended(..) => {
                already_ended = true;
                Ok(session)
            }
            SessionState::Scheduled { .. } | SessionState::Starting { .. } | SessionState::Cancelled => {
                Err(Error::NotLive)
            }
        })
    };
    let noted = match note() {
        Err(Error::Store(error)) if error.nature() == Nature::Full && desk.give_back_reserve() => note(),
        noted => noted,
    };
    let session = match noted {
        Ok(session) => session,
        Err(Error::Store(error)) => {
            let session = get(desk, id).or_else(|unread| desk.remembered(id).ok_or(unread))?;
            return unnoted::end(desk, session, &error).await;
        }
        Err(error) => return Err(error),
    };
    if already_ended {
        return Ok(Ended { session, already_ended, trouble: None });
    }
    let outcome = finish_ending(desk, &session).await;
    desk.check_now();
    match outcome {
        Ok(session) => Ok(Ended { session, already_ended, trouble: None }),
        // The intent stands: the jobs go on ending it.
        Err(error @ Error::Cloud(_)) => Ok(Ended { session, already_ended, trouble: Some(Trouble::from(&error)) }),
        Err(Error::Store(error)) => unnoted::end(desk, session, &error).await,
        Err(error) => Err(error),
    }
}

/// Another desk ended it: its room is closed and empty.
pub(crate) fn ended_elsewhere(desk: &Desk, id: SessionId) -> Result<(), Error> {
    let now = desk.now();
    leave_board(desk, id);
    change(desk, id, |session| match session.state {
        SessionState::Live(room) => Ok(Session { state: SessionState::Ended(room, now), updated_at: now, ..session }),
        _ => Ok(session),
    })?;
    Ok(())
}

/// Forgets what was last seen in a room, and takes back an alarm about it.
fn leave_board(desk: &Desk, id: SessionId) {
    let seen = desk.board().remove(&id);
    if seen.is_some_and(|seen| seen.alarmed) {
        desk.notifier().withdraw(id);
    }
}

/// The steps of ending, each harmless when repeated. A step that fails alone does not keep the next one from being tried: a recording that
/// cannot be stopped keeps nobody in the room, and ends when everybody has left. Where no call is answered, the rest is not tried. The first
/// error is returned in the end, and the jobs do all steps again.
pub(crate) async fn finish_ending(desk: &Desk, session: &Session) -> Result<Session, Error> {
    let SessionState::Ending(room, _) = &session.state else { return Ok(session.clone()) };
    let app = desk.app().await?;
    // Where nothing is answered, the rest is not tried in vain.
    let stopped = match stop_recordings(desk, session, room).await {
        Err(Error::Cloud(error)) if error.is_of_every_call() => return Err(error.into()),
        tried => tried,
    };
    let emptied = match desk.cloud().kick_all(app, &room.id).await {
        Err(error) if error.is_of_every_call() => return Err(error.into()),
        tried => tried,
    };
    let closed = desk.cloud().close_meeting(app, &room.id).await;
    stopped?;
    if let Kicked::People(count) = emptied? {
        tracing::info!(session = %session.id, count, "everyone was removed");
    }
    closed?;
    let now = desk.now();
    leave_board(desk, session.id);
    let ended = change(desk, session.id, |session| match session.state {
        SessionState::Ending(room, at) => {
            Ok(Session { state: SessionState::Ended(room, at), updated_at: now, ..session })
        }
        _ => Ok(session),
    })?;
    desk.changed(&[Topic::Recordings]);
    Ok(ended)
}

/// Stops whatever captures the room, also a recording whose start was asked for but never confirmed.
async fn stop_recordings(desk: &Desk, session: &Session, room: &Room) -> Result<(), Error> {
    let mut known = Ok(());
    for recording in desk.store().recordings_of(session.id)? {
        if recording.stage.capturing() {
            desk.store().observe(recording.id, Seen::StopAsked, desk.now(), "The session was ended.", |_| {})?;
        }
        if recording.stage.capturing() || recording.stage == Stage::Stopping {
            known = known.and(stop(desk, &recording).await);
        }
    }
    known?;
    // The room may have begun one that nobody has looked at yet, or somebody at another desk has.
    let app = desk.app().await?;
    let Some(other) = desk.cloud().active_recording(app, &room.id).await? else {
        return take_in_unseen(desk, session, room).await;
    };
    if let Some(owner) = desk.store().recording_with_cloud(&other.id)? {
        if matches!(owner.stage, Stage::Failed { .. }) {
            let note = "It was recorded after all.";
            desk.store().observe(owner.id, Seen::CloudAttached, desk.now(), note, |_| {})?;
        }
        ask_to_stop(desk, &owner, &other.id).await?;
        return Ok(());
    }
    let found = capture::take_in(desk, session, room, &other)?;
    desk.store().observe(found.id, Seen::StopAsked, desk.now(), "The session was ended.", |_| {})?;
    stop(desk, &found).await
}

/// A class may have begun and ended while no Hajime ran: what its room recorded is its recording.
async fn take_in_unseen(desk: &Desk, session: &Session, room: &Room) -> Result<(), Error> {
    if !session.plan.record || !desk.store().recordings_of(session.id)?.is_empty() {
        return Ok(());
    }
    for seen in capture::unknown(desk, &room.id).await? {
        capture::take_in(desk, session, room, &seen)?;
    }
    Ok(())
}

/// Asks RealtimeKit to stop a recording and says what it is afterwards. Where the answer does not tell, a look does: it may have stopped all
/// the same, or have stopped by itself before. Where it may be asked again, one that goes on or is not told of is an error: that it is gone is
/// believed when the stop itself was answered so.
async fn ask_to_stop(
    desk: &Desk,
    recording: &Recording,
    cloud: &CloudRecordingId,
) -> Result<Option<CloudRecording>, Error> {
    let error = match desk.cloud().act_on_recording(desk.app().await?, cloud, RecordingAction::Stop).await {
        Ok(seen) => return Ok(Some(seen)),
        Err(error) => error,
    };
    if error.retryable() && !error.outcome_unknown() {
        return Err(error.into());
    }
    let seen = capture::look_or_find(desk, recording, cloud).await?;
    let goes_on = |seen: &CloudRecording| seen.status == RecordingStatus::Invoked || capture::is_recording(seen);
    if error.retryable() && seen.as_ref().is_none_or(goes_on) { Err(error.into()) } else { Ok(seen) }
}

/// Has RealtimeKit stop one recording and notes what it says. “Already stopped” counts as done.
pub(crate) async fn stop(desk: &Desk, recording: &Recording) -> Result<(), Error> {
    let mut cloud = recording.facts.cloud.clone();
    if cloud.is_none()
        && let Some(found) = capture::made(desk, recording).await?
    {
        // Known before it is stopped: once it has, nothing in the room says that it was.
        capture::note_cloud(desk, recording.id, Some(&found))?;
        cloud = Some(found.id);
    }
    let Some(cloud) = cloud else {
        let note = "RealtimeKit has no recording of the room.";
        desk.store().observe(recording.id, Seen::Refused(Cause::NeverStarted), desk.now(), note, |_| {})?;
        return Ok(());
    };
    match ask_to_stop(desk, recording, &cloud).await? {
        Some(seen) => {
            if let Some(meaning) = observe::cloud(&seen) {
                let learn = |facts: &mut _| observe::learn_cloud(facts, &seen);
                desk.store().observe(recording.id, meaning, desk.now(), "RealtimeKit stopped recording.", learn)?;
            }
        }
        None => {
            desk.store().observe(
                recording.id,
                Seen::CloudMissing,
                desk.now(),
                "RealtimeKit does not know it.",
                |_| {},
            )?;
        }
    }
    desk.changed(&[Topic::Recordings]);
    Ok(())
}

/// Every live session with what is known about it. Needs no network: the jobs keep it fresh.
pub fn live(desk: &Desk) -> Result<Vec<Live>, Error> {
    let open = desk.store().open_sessions()?;
    open.into_iter()
        .filter(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..)))
        .map(|session| live_one(desk, session))
        .collect()
}

/// The title of the window: how long the class that began first is on, to the minute.
pub fn window_title(desk: &Desk) -> Result<String, Error> {
    let (live, _) = on_air(desk)?;
    let Some((room, first)) = live.first() else { return Ok("Hajime".to_owned()) };
    let minutes = desk.now().signed_duration_since(room.opened_at).num_minutes().max(0);
    let time = if minutes < 60 { format!("{minutes} min") } else { format!("{}:{:02} h", minutes / 60, minutes % 60) };
    let others = live.len().saturating_sub(1);
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    Ok(format!("● Live {time} · {}{more}", first.plan.title))
}

/// What is asked before the window is closed during a class; `None` while nothing is live.
pub fn closing_question(desk: &Desk) -> Result<Option<ClosingQuestion>, Error> {
    let (live, recorded) = on_air(desk)?;
    let title = match live.as_slice() {
        [] => return Ok(None),
        [(_, only)] => format!("“{}” is live", only.plan.title),
        several => format!("{} classes are live", several.len()),
    };
    let goes_on =
        if recorded { "The room and the recording go on at Cloudflare" } else { "The room stays open at Cloudflare" };
    let stops = if recorded {
        "Hajime stops watching them: nobody is warned if recording stops, and the video arrives only after Hajime is opened again."
    } else {
        "Hajime no longer shows who is there, and the room stays open until the class is ended here."
    };
    Ok(Some(ClosingQuestion { title, description: format!("{goes_on}. {stops}") }))
}

/// The classes that are on, the one that began first in front, and whether any of them is to be recorded.
fn on_air(desk: &Desk) -> Result<(Vec<(Room, Session)>, bool), Error> {
    let mut live: Vec<(Room, Session)> = desk
        .store()
        .open_sessions()?
        .into_iter()
        .filter_map(|session| match &session.state {
            SessionState::Live(room) => Some((room.clone(), session)),
            _ => None,
        })
        .collect();
    live.sort_by_key(|(room, _)| room.opened_at);
    let recorded = live.iter().any(|(_, session)| session.plan.record);
    Ok((live, recorded))
}

/// One live session.
pub fn live_one(desk: &Desk, session: Session) -> Result<Live, Error> {
    let recording = desk.store().recordings_of(session.id)?.into_iter().next();
    let people = desk.room_seen(session.id);
    let count = people.as_ref().map(|seen| seen.people);
    let unrecorded = people.as_ref().and_then(|seen| seen.unrecorded_since);
    let proof = proof(&session, recording.as_ref(), count, unrecorded, desk.now());
    Ok(Live {
        invites_made: desk.store().invites_made(session.id)?,
        people,
        proof,
        recording,
        trouble: desk.health().trouble,
        session,
    })
}

pub(crate) fn change(
    desk: &Desk,
    id: SessionId,
    change: impl FnOnce(Session) -> Result<Session, Error>,
) -> Result<Session, Error> {
    let changed = desk.store().change_session(id, change)?.ok_or_else(|| not_found(id))?;
    desk.remember(&changed);
    desk.changed(&[Topic::Sessions]);
    Ok(changed)
}

fn not_found(id: SessionId) -> Error {
    Error::NotFound { what: "session", id: id.to_string() }
}

fn begun(session: &Session, done: &str) -> Error {
    let state = match session.state {
        SessionState::Scheduled { .. } => "is on the schedule",
        SessionState::Starting { .. } => "is being started",
        SessionState::Live(_) => "is live",
        SessionState::Ending(..) | SessionState::Ended(..) => "is over",
        SessionState::Cancelled => "was cancelled",
    };
    Error::Conflict {
        message: format!("“{}” {state} and cannot be {done}.", session.plan.title),
        next: "Schedule a new session instead.",
    }
}
