//! Adoption: adds the rooms, recordings and videos that other desks made. They carry Hajime's marks and are not in this
//! desk's database.
//!
//! One sync is enough for a new desk, or for one that was off for weeks. Adoption only adds what is missing here. It
//! removes and overwrites nothing that this desk knows: its schedule, links and history are not Cloudflare's.

use crate::recorder::realtimekit_app;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::cloudflare::{Meeting, Oddity, RealtimeKitRecording, RecordingStatus, Video, VideoState};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::library::attachment::shown_name;
use crate::domain::recorder::clip::title_of_class;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::recording::{Facts, MARK, Recording};
use crate::domain::recorder::stage::{Observation, Stage, Step, step};
use crate::domain::recorder::sync_report::SyncReport;
use crate::domain::recorder::video_marks::VideoMarks;
use crate::domain::recorder::work::RecordingWork;
use crate::domain::schedule::held::{ANOTHER_CLASS_AFTER, Held, nearest};
use crate::domain::schedule::limits::{PARTICIPANTS_DEFAULT, TITLE_MAX};
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Plan, Room, RoomCode, Session, SessionState};
use crate::domain::schedule::start::Start;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::import::waited_out;
use crate::recorder::observe;
use crate::recorder::{ending, rooms as room_calls};
use crate::store::{Adopted, Error as StoreError};
use crate::supervisor::Task;

/// The age from which an open room is not adopted.
const MAX_ADOPTED_ROOM_AGE: TimeDelta = TimeDelta::hours(24);
/// The assumed length of a session whose end is unknown.
const ASSUMED_SESSION_LENGTH: TimeDelta = TimeDelta::hours(1);

/// Returns the RealtimeKit recordings in rooms with a room code, and those that this desk knows, newest first. Other
/// programs may use the same app; their recordings are left out.
pub(crate) async fn recordings_of_ours(
    context: &Context,
    synced: &mut SyncReport,
) -> Result<Vec<RealtimeKitRecording>, Error> {
    let Some(app) = &realtimekit_app::existing(context).await? else { return Ok(Vec::new()) };
    let mut ours: Vec<RealtimeKitRecording> = Vec::new();
    let mut pages = context.cloudflare().recording_pages(app);
    while let Some(page) = pages.next().await? {
        synced.odd = synced.odd.saturating_add(page.odd);
        for seen in page.items {
            let in_our_room = seen.title.as_deref().is_some_and(|title| RoomCode::of_meeting(title).is_some());
            if in_our_room || context.store().recording_with_realtimekit_id(&seen.id)?.is_some() {
                ours.push(seen);
            }
        }
    }
    Ok(ours)
}

/// The ids that this desk's database already holds.
struct Known {
    /// The id of this desk.
    us: String,
    recordings: HashSet<RecordingId>,
    realtimekit_recordings: HashSet<RealtimeKitRecordingId>,
    videos: HashSet<VideoId>,
    sessions: HashSet<SessionId>,
    /// The sessions held in each room.
    rooms: HashMap<MeetingId, Vec<Held>>,
    /// Rooms for which this desk has asked to record but does not know the RealtimeKit recording yet. A recording found
    /// in such a room is the one it asked for.
    asked_for: HashSet<MeetingId>,
    /// Sessions found by this adoption, each with the start of its first recording and the end of its last one.
    found: HashMap<SessionId, (DateTime<Utc>, DateTime<Utc>)>,
}

/// One adoption: adds what this desk does not know. It writes one page to the database while the next page is fetched.
pub(crate) struct Adoption<'a> {
    context: &'a Context,
    known: Known,
    /// All RealtimeKit recordings, newest first, and by id those of which no video was seen yet.
    realtimekit_recordings: &'a [RealtimeKitRecording],
    without_video: HashMap<&'a str, &'a RealtimeKitRecording>,
    putting_down: Option<Task<Result<(), StoreError>>>,
    count: usize,
}

impl<'a> Adoption<'a> {
    pub(crate) fn new(
        context: &'a Context,
        here: &[Recording],
        realtimekit_recordings: &'a [RealtimeKitRecording],
    ) -> Result<Self, Error> {
        let known = Known {
            us: context.store().desk_id()?,
            recordings: here.iter().map(|recording| recording.id).collect(),
            realtimekit_recordings: here
                .iter()
                .filter_map(|recording| recording.facts.realtimekit_recording.clone())
                .collect(),
            videos: here.iter().filter_map(|recording| recording.facts.video.clone()).collect(),
            sessions: context.store().session_ids()?.into_iter().collect(),
            rooms: rooms_of(context)?,
            asked_for: here.iter().filter(|one| is_asked_for(one)).filter_map(|one| one.room.clone()).collect(),
            found: HashMap::new(),
        };
        let without_video = realtimekit_recordings
            .iter()
            .map(|realtimekit_recording| (realtimekit_recording.id.as_str(), realtimekit_recording))
            .collect();
        Ok(Self { context, known, realtimekit_recordings, without_video, putting_down: None, count: 0 })
    }

    /// Adopts the recordings of one page of videos, newest first.
    pub(crate) async fn videos(&mut self, page: &[Video], synced: &mut SyncReport) -> Result<(), Error> {
        let now = self.context.now();
        let mut adopted = Vec::new();
        for video in page {
            let Some(mark) = video.creator.as_deref().and_then(|creator| creator.strip_prefix(MARK)) else { continue };
            let realtimekit_recording = self
                .without_video
                .remove(mark)
                .filter(|realtimekit_recording| !self.known.realtimekit_recordings.contains(&realtimekit_recording.id));
            // A video that was attached here counts as known, and so does the RealtimeKit recording it was made of.
            if self.known.videos.contains(&video.uid) {
                continue;
            }
            let found = realtimekit_recording
                .and_then(|realtimekit_recording| {
                    from_realtimekit(realtimekit_recording, Some(video), &mut self.known, now)
                })
                .or_else(|| from_video(self.context, video, &mut self.known, now));
            let (_, odd) = VideoMarks::of(&video.meta);
            if found.is_some() && !odd.is_empty() {
                synced.odd = synced.odd.saturating_add(1);
                let why = format!("its mark “{}” cannot be read and was left out", odd.join("”, “"));
                self.context.cloudflare().note_odd([Oddity::new("Stream video", Some(video.uid.as_str()), why)]);
            }
            adopted.extend(found);
        }
        self.put_down(adopted).await
    }

    /// Adopts the RealtimeKit recordings of which Stream has no video.
    pub(crate) async fn finish(mut self, synced: &mut SyncReport) -> Result<(), Error> {
        let now = self.context.now();
        let mut adopted = Vec::new();
        for realtimekit_recording in self.realtimekit_recordings.iter().rev() {
            if self.without_video.contains_key(realtimekit_recording.id.as_str())
                && !self.known.realtimekit_recordings.contains(&realtimekit_recording.id)
            {
                adopted.extend(from_realtimekit(realtimekit_recording, None, &mut self.known, now));
            }
        }
        self.put_down(adopted).await?;
        self.put_down(Vec::new()).await?;
        if self.count > 0 {
            self.context.changed(&[Topic::Recordings, Topic::Sessions]);
        }
        synced.found = self.count;
        Ok(())
    }

    /// If this desk has planned the session of an adopted recording, the plan says who taught it, in which time zone
    /// and quality.
    fn of_known_classes(&self, adopted: &mut [Adopted]) -> Result<(), Error> {
        for Adopted { recording, .. } in adopted.iter_mut().filter(|one| one.session.is_none()) {
            let session = self.context.store().session(recording.session)?;
            if let Some(plan) = session.map(|session| session.plan).filter(|plan| !plan.instructor.is_empty()) {
                recording.instructor = plan.instructor;
                recording.timezone = plan.start.zone();
                recording.quality = plan.quality;
            }
        }
        Ok(())
    }

    /// Waits until the previous page is written, then begins to write this one.
    async fn put_down(&mut self, mut adopted: Vec<Adopted>) -> Result<(), Error> {
        if let Some(before) = self.putting_down.take() {
            before.join().await??;
        }
        self.of_known_classes(&mut adopted)?;
        if !adopted.is_empty() {
            self.count = self.count.saturating_add(adopted.len());
            let store = self.context.store().clone();
            let note = EventKind::Adopted.note("Found at Cloudflare.");
            let supervisor = self.context.supervisor();
            let put_down = move || store.adopt(&adopted, &note);
            self.putting_down = Some(supervisor.spawn_blocking("putting down what other desks made", put_down));
        }
        Ok(())
    }
}

fn rooms_of(context: &Context) -> Result<HashMap<MeetingId, Vec<Held>>, Error> {
    let mut rooms: HashMap<MeetingId, Vec<Held>> = HashMap::new();
    for (room, held) in context.store().session_rooms()? {
        rooms.entry(room).or_default().push(held);
    }
    Ok(rooms)
}

fn is_asked_for(recording: &Recording) -> bool {
    let waits = recording.stage.capturing() || recording.stage == Stage::Stopping;
    waits && recording.facts.realtimekit_recording.is_none()
}

/// Adopts a RealtimeKit recording in a room with a room code. If this desk has just asked for the recording, a later
/// sync decides.
fn from_realtimekit(
    realtimekit_recording: &RealtimeKitRecording,
    video: Option<&Video>,
    known: &mut Known,
    now: DateTime<Utc>,
) -> Option<Adopted> {
    let room = realtimekit_recording.meeting.as_ref().filter(|room| !known.asked_for.contains(room))?;
    let (code, title) = RoomCode::of_meeting(realtimekit_recording.title.as_deref()?)?;
    let stage = match realtimekit_recording.status {
        RecordingStatus::Recording | RecordingStatus::Paused => Stage::Recording,
        RecordingStatus::Uploading | RecordingStatus::Uploaded | RecordingStatus::Errored => Stage::RECORDER_ATTACHED,
        RecordingStatus::Invoked | RecordingStatus::Unknown(_) => return None,
    };
    let began = realtimekit_recording.started_time.or(realtimekit_recording.invoked_time)?;
    let told = told_by(video, known);
    let mut facts = Facts::default();
    observe::learn_recording(&mut facts, realtimekit_recording);
    let room = Room { id: room.clone(), code: Some(code), opened_at: began };
    let class = FoundSession {
        title: shown(title, TITLE_MAX)?,
        began,
        ended: realtimekit_recording.stopped_time,
        room: Some(room),
    };
    let seen = observe::recorder(realtimekit_recording)?;
    Some(ForeignRecording { class, told, stage: after(stage, seen), facts, video }.adopt(known, now))
}

/// Adopts a video with Hajime's mark if RealtimeKit has no recording for it in a room with a room code.
fn from_video(context: &Context, video: &Video, known: &mut Known, now: DateTime<Utc>) -> Option<Adopted> {
    let realtimekit_recording: Option<RealtimeKitRecordingId> =
        video.creator.as_deref()?.strip_prefix(MARK)?.parse().ok();
    let told = told_by(Some(video), known);
    let here = known.videos.contains(&video.uid)
        || realtimekit_recording
            .as_ref()
            .is_some_and(|realtimekit_recording| known.realtimekit_recordings.contains(realtimekit_recording))
        || VideoMarks::of(&video.meta).0.recording.is_some_and(|id| known.recordings.contains(&id));
    // A video is not adopted while another desk still uploads it, or if Stream has waited too long for its file.
    let never_came = waited_out(context, video, video_length(video).unwrap_or_default(), now);
    if here
        || never_came
        || matches!(video.state, VideoState::PendingUpload | VideoState::Error | VideoState::LiveInProgress)
    {
        return None;
    }
    let began = told.recorded_at.or(video.created)?;
    let room = told.room.clone().map(|id| Room { id, code: None, opened_at: began });
    let title = video.name.as_deref().and_then(|name| shown(name, TITLE_MAX)).unwrap_or_else(|| "Untitled".to_owned());
    let length = video_length(video);
    let class = FoundSession { title, began, ended: length.map(|length| began.later(length)), room };
    let facts = Facts {
        realtimekit_recording: realtimekit_recording
            .filter(|id| told.recording.is_none_or(|own| own.to_string() != id.to_string())),
        clip: told.clip,
        ..Facts::default()
    };
    Some(ForeignRecording { class, told, stage: Stage::VIDEO_ATTACHED, facts, video: Some(video) }.adopt(known, now))
}

fn video_length(video: &Video) -> Option<TimeDelta> {
    video.duration.and_then(|length| TimeDelta::from_std(length).ok())
}

/// The facts about a session that another desk held.
struct FoundSession {
    title: String,
    began: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
    room: Option<Room>,
}

/// The marks of a video. If the recording that they name is known already, that mark is dropped: the first video of a
/// recording gets it.
fn told_by(video: Option<&Video>, known: &Known) -> VideoMarks {
    let marks = video.map(|video| VideoMarks::of(&video.meta).0).unwrap_or_default();
    VideoMarks { recording: marks.recording.filter(|id| !known.recordings.contains(id)), ..marks }
}

fn shown(text: &str, longest: usize) -> Option<String> {
    Some(shown_name(text)?.chars().take(longest).collect())
}

/// A recording that another desk made, before it is written to this desk's database.
struct ForeignRecording<'a> {
    class: FoundSession,
    told: VideoMarks,
    stage: Stage,
    facts: Facts,
    video: Option<&'a Video>,
}

impl ForeignRecording<'_> {
    fn adopt(self, known: &mut Known, now: DateTime<Utc>) -> Adopted {
        let Self { class, told, mut stage, mut facts, video } = self;
        if let Some(video) = video {
            observe::learn_video(&mut facts, video);
            // Stream has the video, even if RealtimeKit's file has expired or never existed.
            if matches!(stage, Stage::Failed { .. }) {
                stage = Stage::RECORDER_ATTACHED;
            }
            let seen = [Some(Observation::RecorderUploaded), Some(Observation::ImportAsked), observe::video(video)];
            stage = seen.into_iter().flatten().fold(stage, after);
        }
        let origin = Origin::of_sender(video.and_then(|video| video.sender.as_deref()), &known.us);
        let (id, session) = session_of(&class, &told, &origin, known, now);
        let recording = Recording {
            id: told.recording.unwrap_or_default(),
            session: id,
            room: class.room.as_ref().map(|room| room.id.clone()),
            title: class.title,
            instructor: told.instructor.unwrap_or_default(),
            timezone: told.timezone.unwrap_or(Tz::UTC),
            quality: Quality::default(),
            stage,
            stage_since: now,
            work: RecordingWork { last_check: Some(now), ..RecordingWork::begin(stage, now) },
            created_at: class.began,
            removed_at: None,
            origin: origin.clone(),
            facts,
        };
        known.recordings.insert(recording.id);
        known.realtimekit_recordings.extend(recording.facts.realtimekit_recording.clone());
        known.videos.extend(recording.facts.video.clone());
        if let Some(room) = class.room {
            note_held(known, room.id, id, (class.began, class.ended.unwrap_or(class.began)));
        }
        Adopted { session, recording }
    }
}

/// The stage after one more observation. No notification is sent, because the event happened elsewhere, perhaps long
/// ago.
fn after(stage: Stage, seen: Observation) -> Stage {
    match step(stage, seen) {
        Step::Move(to, _) => to,
        Step::Stay | Step::Refuse => stage,
    }
}

/// Notes when a session was held in a room, as far as its recordings tell. What this desk knew before stays.
fn note_held(known: &mut Known, room: MeetingId, session: SessionId, own: (DateTime<Utc>, DateTime<Utc>)) {
    let found = known.found.get(&session).copied();
    let (opened_at, ended) = found.unwrap_or(own);
    let now_known = Held { session, opened_at, ended_at: Some(ended) };
    let held = known.rooms.entry(room).or_default();
    match held.iter_mut().find(|held| held.session == session) {
        None => held.push(now_known),
        Some(before) if found.is_some() => *before = now_known,
        Some(_) => {}
    }
}

/// The session of a recording, with its row if the session is new. Of the sessions that were held in the room it is the
/// one that the video names, or else the nearest.
fn session_of(
    class: &FoundSession,
    told: &VideoMarks,
    origin: &Origin,
    known: &mut Known,
    now: DateTime<Utc>,
) -> (SessionId, Option<Session>) {
    let own = (class.began, class.ended.unwrap_or(class.began.later(ASSUMED_SESSION_LENGTH)));
    let held = class.room.as_ref().and_then(|room| known.rooms.get(&room.id)).map_or(&[][..], Vec::as_slice);
    let named = told.session.filter(|id| held.iter().any(|held| held.session == *id));
    let id = named.or_else(|| nearest(held, own.0, own.1)).or(told.session).unwrap_or_default();
    if known.sessions.contains(&id) {
        return (id, None);
    }
    // A session with several recordings begins with the first one and ends with the last one.
    let span = match known.found.get(&id) {
        Some(seen) => (seen.0.min(own.0), seen.1.max(own.1)),
        None => own,
    };
    if known.found.insert(id, span) == Some(span) {
        return (id, None);
    }
    let (began, ended) = span;
    let plan = Plan {
        title: told.clip.map_or(class.title.as_str(), |_| title_of_class(&class.title)).to_owned(),
        instructor: told.instructor.clone().unwrap_or_default(),
        start: Start::at(began, told.timezone.unwrap_or(Tz::UTC)),
        length: ended.since(began).max(TimeDelta::minutes(1)),
        record: true,
        quality: Quality::default(),
        max_participants: PARTICIPANTS_DEFAULT,
    };
    let held = class.room.as_ref().map(|room| (Room { opened_at: began, ..room.clone() }, ended));
    (id, Some(Session::found_past(id, plan, held, origin.clone(), began, now)))
}

/// Brings open rooms up to date. A session that another desk opened is added as live, and one that another desk ended
/// is ended here.
pub(crate) async fn rooms(
    context: &Context,
    realtimekit_recordings: &[RealtimeKitRecording],
    synced: &mut SyncReport,
) -> Result<(), Error> {
    let Some(app) = &realtimekit_app::existing(context).await? else { return Ok(()) };
    let page = context.cloudflare().open_meetings(app, RoomCode::PREFIX).await?;
    let now = context.now();
    for meeting in &page.items {
        let recent = opened(meeting).is_some_and(|opened| now.since(opened) < MAX_ADOPTED_ROOM_AGE);
        if recent
            && let Some(session) = held_elsewhere(meeting, realtimekit_recordings, now)
            && let Some(code) = session.state.code()
            && is_of_no_class(&context.store().sessions_of_room(&meeting.id, code)?, &session)
        {
            context.store().add_session(&session)?;
            synced.rooms = synced.rooms.saturating_add(1);
        }
    }
    for session in context.store().open_sessions()? {
        let SessionState::Live(room) = &session.state else { continue };
        if page.items.iter().any(|meeting| meeting.id == room.id) {
            continue;
        }
        // The list may be out of date, so the room itself is asked.
        let closed = context.cloudflare().meeting(app, &room.id).await?.is_some_and(|meeting| meeting.is_closed());
        if closed && room_calls::count_participants(context, &room.id).await?.0 == 0 {
            ending::ended_elsewhere(context, session.id)?;
            synced.closed = synced.closed.saturating_add(1);
        }
    }
    if synced.rooms > 0 || synced.closed > 0 {
        context.changed(&[Topic::Sessions]);
        context.wake_jobs();
    }
    Ok(())
}

/// Whether an open room belongs to none of the classes that this desk knows of it. This desk may have made the room a
/// moment ago. A room of another desk may be open for the next class of a series that shares it.
fn is_of_no_class(known: &[Session], seen: &Session) -> bool {
    let opened_at = seen.plan.start.instant();
    known.iter().all(|class| match class.state {
        SessionState::Ended(_, at) => class.origin != Origin::Here && opened_at.since(at) > ANOTHER_CLASS_AFTER,
        SessionState::Scheduled { .. }
        | SessionState::Starting { .. }
        | SessionState::Live(_)
        | SessionState::Ending(..)
        | SessionState::Cancelled { .. } => false,
    })
}

/// When a meeting was opened. One that was made before its class, for the invitations, is opened by a change.
fn opened(meeting: &Meeting) -> Option<DateTime<Utc>> {
    meeting.created_at.max(meeting.updated_at)
}

/// A session that another desk opened. It is to be recorded if its room says so or if it has a recording: this desk
/// must not begin a recording that nobody asked for.
fn held_elsewhere(
    meeting: &Meeting,
    realtimekit_recordings: &[RealtimeKitRecording],
    now: DateTime<Utc>,
) -> Option<Session> {
    let (code, title) = RoomCode::of_meeting(meeting.title.as_deref()?)?;
    let opened_at = opened(meeting)?;
    let room = Room { id: meeting.id.clone(), code: Some(code), opened_at };
    let plan = Plan {
        title: shown(title, TITLE_MAX)?,
        instructor: String::new(),
        start: Start::at(opened_at, Tz::UTC),
        length: ASSUMED_SESSION_LENGTH,
        record: meeting.record_on_start == Some(true)
            || realtimekit_recordings
                .iter()
                .any(|realtimekit_recording| realtimekit_recording.meeting.as_ref() == Some(&meeting.id)),
        quality: Quality::default(),
        max_participants: PARTICIPANTS_DEFAULT,
    };
    Some(Session::found_live(plan, room, now))
}
