//! What other desks made: rooms, recordings and videos that carry Hajime's marks and that this desk does not know.
//!
//! A new desk, or one that was away for weeks, has everything again after one sync. Only what is missing here is added. Nothing that this
//! desk knows is removed or overwritten: its schedule, its links and its history are not Cloudflare's.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::sync::Synced;
use crate::actions::{Desk, Error, observe, rooms as opened, sessions};
use crate::cloudflare::{CloudRecording, Meeting, RecordingStatus, RecordingsQuery, Video, VideoState};
use crate::domain::attaching::shown_name;
use crate::domain::ids::{CloudRecordingId, MeetingId, RecordingId, SessionId, VideoId};
use crate::domain::quality::Quality;
use crate::domain::recording::{Facts, MARK, Recording};
use crate::domain::session::{INSTRUCTOR_MAX, Plan, Room, RoomCode, Session, SessionState, TITLE_MAX};
use crate::domain::stage::{Seen, Stage, Step, step};
use crate::ports::Topic;
use crate::store::Adopted;

/// The largest page asked for, and how many pages are believed.
const PAGE: u32 = 1_000;
const PAGES: u32 = 100;
/// A room that was left open longer ago than this is nobody's class any more.
const A_CLASS_AGO: TimeDelta = TimeDelta::hours(24);
/// How long a class counts as that nobody says more about.
const SOME_LENGTH: TimeDelta = TimeDelta::hours(1);

/// Every recording of the app, newest first.
pub(super) async fn all_recordings(desk: &Desk) -> Result<Vec<CloudRecording>, Error> {
    let Some(app) = desk.existing_app().await? else { return Ok(Vec::new()) };
    let mut all: Vec<CloudRecording> = Vec::new();
    for page in 1..=PAGES {
        let query = RecordingsQuery { page, per_page: PAGE, ..RecordingsQuery::default() };
        let listed = desk.cloud().recordings(app, &query).await?;
        // A server that knows no pages gives the same one again.
        let repeated = listed.items.first().is_some_and(|first| all.iter().any(|known| known.id == first.id));
        let last = listed.is_last() || repeated;
        if !repeated {
            all.extend(listed.items);
        }
        if last {
            break;
        }
    }
    Ok(all)
}

/// What this desk knows already.
struct Known {
    recordings: HashSet<RecordingId>,
    clouds: HashSet<CloudRecordingId>,
    videos: HashSet<VideoId>,
    /// The session held in each room.
    rooms: HashMap<MeetingId, SessionId>,
}

/// Adds what this desk does not know.
pub(super) fn adopt(
    desk: &Desk,
    here: &[Recording],
    clouds: &[CloudRecording],
    videos: &HashMap<VideoId, Video>,
) -> Result<usize, Error> {
    let mut known = Known {
        recordings: here.iter().map(|recording| recording.id).collect(),
        clouds: here.iter().filter_map(|recording| recording.facts.cloud.clone()).collect(),
        videos: here.iter().filter_map(|recording| recording.facts.video.clone()).collect(),
        rooms: desk.store().session_rooms()?.into_iter().collect(),
    };
    let marked: HashMap<&str, &Video> =
        videos.values().filter_map(|video| Some((video.creator.as_deref()?.strip_prefix(MARK)?, video))).collect();
    let now = desk.now();
    let mut adopted = Vec::new();
    for cloud in clouds.iter().rev() {
        let video = marked.get(cloud.id.as_str()).copied();
        // A video that somebody attached here stands for the recording it was made of.
        if known.clouds.contains(&cloud.id) || video.is_some_and(|video| known.videos.contains(&video.uid)) {
            continue;
        }
        if let Some(found) = from_cloud(cloud, video, &mut known, now) {
            adopted.push(found);
        }
    }
    let mut rest: Vec<&Video> = marked.into_values().collect();
    rest.sort_by(|a, b| (a.created, a.uid.as_str()).cmp(&(b.created, b.uid.as_str())));
    for video in rest {
        if let Some(found) = from_video(video, &mut known, now) {
            adopted.push(found);
        }
    }
    if !adopted.is_empty() {
        desk.store().adopt(&adopted, "Made at another desk, and found at Cloudflare.")?;
        desk.changed(&[Topic::Recordings, Topic::Sessions]);
    }
    Ok(adopted.len())
}

/// A recording of RealtimeKit's in a room of ours. What is just being asked for is left to the next time.
fn from_cloud(cloud: &CloudRecording, video: Option<&Video>, known: &mut Known, now: DateTime<Utc>) -> Option<Adopted> {
    let room = cloud.meeting.as_ref()?;
    let (code, title) = RoomCode::of_meeting(cloud.title.as_deref()?)?;
    let stage = match cloud.status {
        RecordingStatus::Recording | RecordingStatus::Paused => Stage::Recording,
        RecordingStatus::Uploading | RecordingStatus::Uploaded | RecordingStatus::Errored => Stage::CLOUD_ATTACHED,
        RecordingStatus::Invoked | RecordingStatus::Unknown(_) => return None,
    };
    let began = cloud.started_time.or(cloud.invoked_time)?;
    let told = Told::by(video.map(|video| &video.meta), known);
    let mut facts = Facts::default();
    observe::learn_cloud(&mut facts, cloud);
    let room = Room { id: room.clone(), code, opened_at: began };
    let class = Class { title: shown(title, TITLE_MAX)?, began, ended: cloud.stopped_time, room: Some(room) };
    let seen = observe::cloud(cloud)?;
    Some(Found { class, told, stage: after(stage, seen), facts, video }.adopt(known, now))
}

/// A video with our mark whose recording RealtimeKit does not have, or not in a room of ours.
fn from_video(video: &Video, known: &mut Known, now: DateTime<Utc>) -> Option<Adopted> {
    let cloud: Option<CloudRecordingId> = video.creator.as_deref()?.strip_prefix(MARK)?.parse().ok();
    let told = Told::by(Some(&video.meta), known);
    let here = known.videos.contains(&video.uid)
        || cloud.as_ref().is_some_and(|cloud| known.clouds.contains(cloud))
        || recording_of(&video.meta).is_some_and(|id| known.recordings.contains(&id));
    // What another desk is still sending is its own until Stream has all of it.
    if here || matches!(video.state, VideoState::PendingUpload | VideoState::Error | VideoState::LiveInProgress) {
        return None;
    }
    let began = told.recorded_at.or(video.created)?;
    let room = told.room.clone().map(|id| Room { id, code: RoomCode::from_stored(String::new()), opened_at: began });
    let title = video.name.as_deref().and_then(|name| shown(name, TITLE_MAX)).unwrap_or_else(|| "Untitled".to_owned());
    let length = video.duration.and_then(|length| TimeDelta::from_std(length).ok());
    let class = Class { title, began, ended: length.map(|length| began + length), room };
    let facts = Facts {
        cloud: cloud.filter(|id| told.recording.is_none_or(|own| own.to_string() != id.to_string())),
        ..Facts::default()
    };
    Some(Found { class, told, stage: Stage::VIDEO_ATTACHED, facts, video: Some(video) }.adopt(known, now))
}

/// What is known of a class that another desk held.
struct Class {
    title: String,
    began: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
    room: Option<Room>,
}

/// What a video says of itself: our marks, which anybody may have written.
#[derive(Default)]
struct Told {
    recording: Option<RecordingId>,
    session: Option<SessionId>,
    room: Option<MeetingId>,
    instructor: Option<String>,
    timezone: Option<Tz>,
    recorded_at: Option<DateTime<Utc>>,
}

impl Told {
    fn by(meta: Option<&BTreeMap<String, String>>, known: &Known) -> Self {
        let Some(meta) = meta else { return Self::default() };
        let get = |name: &str| meta.get(name).map(String::as_str);
        Self {
            // Two videos may claim to be one recording; the first one is.
            recording: recording_of(meta).filter(|id| !known.recordings.contains(id)),
            session: get("session_id").and_then(|id| id.parse().ok()),
            room: get("room_id").and_then(|id| id.parse().ok()),
            instructor: get("instructor").and_then(|name| shown(name, INSTRUCTOR_MAX)),
            timezone: get("timezone").and_then(|zone| zone.parse().ok()),
            recorded_at: get("recorded_at").and_then(|at| at.parse().ok()),
        }
    }
}

fn recording_of(meta: &BTreeMap<String, String>) -> Option<RecordingId> {
    meta.get("recording_id")?.parse().ok()
}

fn shown(text: &str, longest: usize) -> Option<String> {
    Some(shown_name(text)?.chars().take(longest).collect())
}

/// A recording that another desk made, before it is put down here.
struct Found<'a> {
    class: Class,
    told: Told,
    stage: Stage,
    facts: Facts,
    video: Option<&'a Video>,
}

impl Found<'_> {
    fn adopt(self, known: &mut Known, now: DateTime<Utc>) -> Adopted {
        let Self { class, told, mut stage, mut facts, video } = self;
        if let Some(video) = video {
            observe::learn_video(&mut facts, video);
            let seen = [Some(Seen::CloudUploaded), Some(Seen::ImportAsked), observe::video(video)];
            stage = seen.into_iter().flatten().fold(stage, after);
        }
        let session = session_of(&class, &told, known, now);
        let recording = Recording {
            id: told.recording.unwrap_or_default(),
            session: session.id,
            room: class.room.as_ref().map(|room| room.id.clone()),
            title: class.title,
            instructor: session.plan.instructor.clone(),
            timezone: session.plan.timezone,
            quality: session.plan.quality,
            stage,
            stage_since: now,
            last_check: Some(now),
            next_check: stage.duty().map(|_| now),
            created_at: class.began,
            facts,
        };
        known.recordings.insert(recording.id);
        known.clouds.extend(recording.facts.cloud.clone());
        known.videos.extend(recording.facts.video.clone());
        if let Some(room) = class.room {
            known.rooms.entry(room.id).or_insert(session.id);
        }
        Adopted { session, recording }
    }
}

/// The stage after one more observation; nobody is told of what happened elsewhere long ago.
fn after(stage: Stage, seen: Seen) -> Stage {
    match step(stage, seen) {
        Step::Move(to, _) => to,
        Step::Stay | Step::Refuse => stage,
    }
}

fn session_of(class: &Class, told: &Told, known: &Known, now: DateTime<Utc>) -> Session {
    let in_room = class.room.as_ref().and_then(|room| known.rooms.get(&room.id)).copied();
    let length = class.ended.map_or(SOME_LENGTH, |ended| ended - class.began).max(TimeDelta::minutes(1));
    let state = match (&class.room, class.ended) {
        (Some(room), ended) => SessionState::Ended(room.clone(), ended.unwrap_or(class.began + length)),
        (None, _) => SessionState::Scheduled { code: None },
    };
    Session {
        id: in_room.or(told.session).unwrap_or_default(),
        plan: Plan {
            title: class.title.clone(),
            instructor: told.instructor.clone().unwrap_or_else(|| ELSEWHERE.to_owned()),
            start: class.began,
            timezone: told.timezone.unwrap_or(Tz::UTC),
            length,
            record: true,
            quality: Quality::default(),
            max_participants: 50,
        },
        state,
        created_at: class.began,
        updated_at: now,
    }
}

/// Stands for the instructor of a class that another desk holds: RealtimeKit does not know names.
const ELSEWHERE: &str = "Another desk";

/// Brings open rooms up to date: a class that another desk holds is shown here too, and one that another desk ended is over here too.
pub(super) async fn rooms(desk: &Desk, clouds: &[CloudRecording], synced: &mut Synced) -> Result<(), Error> {
    let Some(app) = desk.existing_app().await? else { return Ok(()) };
    let page = desk.cloud().open_meetings(app, RoomCode::PREFIX).await?;
    let known: HashMap<MeetingId, SessionId> = desk.store().session_rooms()?.into_iter().collect();
    let now = desk.now();
    for meeting in &page.items {
        let recent = meeting.created_at.is_some_and(|made| now - made < A_CLASS_AGO);
        if recent
            && !known.contains_key(&meeting.id)
            && let Some(session) = held_elsewhere(meeting, clouds, now)
            && let Some(room) = session.state.room()
            // It may be this desk's own, made a moment ago.
            && !desk.store().knows_room_code(&room.code)?
        {
            desk.store().add_session(&session)?;
            synced.rooms += 1;
        }
    }
    for session in desk.store().open_sessions()? {
        let SessionState::Live(room) = &session.state else { continue };
        if page.items.iter().any(|meeting| meeting.id == room.id) {
            continue;
        }
        // A list may lag behind; the room's own word decides.
        let closed = desk.cloud().meeting(app, &room.id).await?.is_some_and(|meeting| meeting.is_closed());
        if closed && opened::look(desk, &room.id).await?.0 == 0 {
            sessions::ended_elsewhere(desk, session.id)?;
            synced.closed += 1;
        }
    }
    if synced.rooms + synced.closed > 0 {
        desk.changed(&[Topic::Sessions]);
        desk.check_now();
    }
    Ok(())
}

/// A class that another desk opened. Whether it is to be recorded is seen by whether it is: nothing is recorded that nobody asked for.
fn held_elsewhere(meeting: &Meeting, clouds: &[CloudRecording], now: DateTime<Utc>) -> Option<Session> {
    let (code, title) = RoomCode::of_meeting(meeting.title.as_deref()?)?;
    let opened_at = meeting.created_at?;
    let room = Room { id: meeting.id.clone(), code, opened_at };
    Some(Session {
        id: SessionId::new(),
        plan: Plan {
            title: shown(title, TITLE_MAX)?,
            instructor: ELSEWHERE.to_owned(),
            start: opened_at,
            timezone: Tz::UTC,
            length: SOME_LENGTH,
            record: clouds.iter().any(|cloud| cloud.meeting.as_ref() == Some(&meeting.id)),
            quality: Quality::default(),
            max_participants: 50,
        },
        state: SessionState::Live(room),
        created_at: opened_at,
        updated_at: now,
    })
}
