//! Attaching by hand: a video or a recording that lies at Cloudflare becomes the recording of a session.
//!
//! Nothing that Cloudflare has is removed or replaced here: a video is marked and asks for a signed token from then on, that is all. What is
//! attached already, to whichever session, is never taken away from it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Desk, Error, capture, observe, recordings, relay_files, sessions};
use crate::cloudflare::{
    self, CloudRecording, RecordingStatus, RecordingsQuery, Video, VideoEdit, VideoState, VideosQuery,
};
use crate::domain::attaching::{AttachTo, Candidate, Class, shown_name};
use crate::domain::bounds::Moved as _;
use crate::domain::cause::Cause;
use crate::domain::ids::{CloudRecordingId, MeetingId, RecordingId, SessionId, VideoId};
use crate::domain::recording::{Facts, MARK, Recording};
use crate::domain::retry::Retries;
use crate::domain::session::{Session, SessionState};
use crate::domain::stage::{Seen, Stage};
use crate::ports::Topic;

/// How long after a class its video may come to Stream and still be suggested.
const ARRIVES_WITHIN: TimeDelta = TimeDelta::days(14);
/// How far the clocks of this computer and of Cloudflare may be apart.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(15);
/// How long before and after a class somebody may have begun to record it.
const EARLY: TimeDelta = TimeDelta::hours(3);
const LATE: TimeDelta = TimeDelta::hours(12);
/// How many recordings are read of a room, and of the hours around a class.
const RECORDINGS: u32 = 100;
/// Stream's largest page. The oldest come first, so that those nearest to the class are on it however many follow.
const VIDEOS: u32 = 1_000;
/// More than this nobody reads.
const SHOWN: usize = 50;

/// A candidate and why it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What may be attached.
    pub candidate: Candidate,
    /// Why, in one sentence.
    pub reason: String,
}

/// What attaching did.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The recording that has it now.
    pub recording: Recording,
    /// Whether it had it before.
    pub already: bool,
}

/// What lies at Cloudflare that may be the recording of a session and that no recording here has: the likeliest first.
///
/// Three lists are read, each bounded by a room or by time, however much the account holds.
pub async fn candidates(desk: &Desk, id: SessionId) -> Result<Vec<Suggestion>, Error> {
    let session = sessions::get(desk, id)?;
    begun(desk, &session)?;
    let class = Class::from(&session);
    let room = session.state.room().map(|room| &room.id);
    let (of_room, around, videos) =
        tokio::try_join!(of_room(desk, room), recorded_around(desk, &class), videos_after(desk, &class),)?;
    // What another desk made of a recording and somebody attached here stands for that recording.
    let mut stood_for = Vec::new();
    for video in &videos {
        if video.creator.is_some() && desk.store().recording_with_video(&video.uid)?.is_some() {
            stood_for.extend(video.creator.clone());
        }
    }
    let mut found = Vec::new();
    for recording in of_room.iter().chain(&around) {
        let what = AttachTo::CloudRecording(recording.id.clone());
        let same_room = room.is_some() && (recording.meeting.as_ref() == room || of_room.contains(recording));
        let repeated =
            found.iter().any(|other: &Candidate| other.what == what) || stood_for.contains(&shared_mark(&recording.id));
        if !repeated
            && usable(recording, desk.passed_by_both_clocks()).is_ok()
            && is_free(id, owner_of_cloud(desk, &recording.id)?)
        {
            found.extend(described(recording, same_room));
        }
    }
    for video in &videos {
        if fit(video).is_ok() && is_free(id, owner_of_video(desk, video)?) {
            let same_room = of_room.iter().any(|recording| video.creator == Some(shared_mark(&recording.id)));
            found.extend(video.created.map(|made_at| Candidate {
                what: AttachTo::Video(video.uid.clone()),
                name: video.name.as_deref().and_then(shown_name),
                made_at,
                length: video.duration.and_then(|length| TimeDelta::from_std(length).ok()),
                size: video.size,
                same_room,
            }));
        }
    }
    class.rank(&mut found);
    found.truncate(SHOWN);
    Ok(found.into_iter().map(|candidate| Suggestion { reason: class.reason(&candidate), candidate }).collect())
}

fn described(recording: &CloudRecording, same_room: bool) -> Option<Candidate> {
    Some(Candidate {
        what: AttachTo::CloudRecording(recording.id.clone()),
        name: recording.title.as_deref().and_then(shown_name),
        made_at: recording.started_time.or(recording.invoked_time)?,
        length: recording.duration.and_then(|length| TimeDelta::from_std(length).ok()),
        size: recording.file_size,
        same_room,
    })
}

async fn of_room(desk: &Desk, room: Option<&MeetingId>) -> Result<Vec<CloudRecording>, Error> {
    let Some(room) = room else { return Ok(Vec::new()) };
    let query =
        RecordingsQuery { meeting: Some(room.clone()), page: 1, per_page: RECORDINGS, ..RecordingsQuery::default() };
    match desk.cloud().recordings(desk.app().await?, &query).await {
        Ok(page) => Ok(page.items),
        // A room that is gone has no recordings.
        Err(cloudflare::Error::Missing { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn recorded_around(desk: &Desk, class: &Class) -> Result<Vec<CloudRecording>, Error> {
    let between = Some((class.begin.earlier(EARLY), class.end.later(LATE)));
    let query = RecordingsQuery { between, page: 1, per_page: RECORDINGS, ..RecordingsQuery::default() };
    Ok(desk.cloud().recordings(desk.app().await?, &query).await?.items)
}

async fn videos_after(desk: &Desk, class: &Class) -> Result<Vec<Video>, Error> {
    let between = Some((class.begin.earlier(CLOCKS_DIFFER), class.end.later(ARRIVES_WITHIN)));
    let query = VideosQuery { between, limit: Some(VIDEOS), ..VideosQuery::default() };
    Ok(desk.cloud().videos(&query).await?)
}

/// Makes something that lies at Cloudflare the recording of a session. Doing it twice is harmless.
///
/// A failed recording of the session takes it, the one named by `into` before others; otherwise a new one is made for it.
pub async fn attach(desk: &Desk, id: SessionId, what: &AttachTo, into: Option<RecordingId>) -> Result<Attached, Error> {
    let session = sessions::get(desk, id)?;
    begun(desk, &session)?;
    // One at a time: what is attached must not be given to two.
    let _turn = desk.turn().await?;
    let attached = match what {
        AttachTo::Video(video) => attach_video(desk, &session, video, into).await?,
        AttachTo::CloudRecording(cloud) => attach_cloud(desk, &session, cloud, into).await?,
    };
    desk.changed(&[Topic::Recordings, Topic::Sessions]);
    desk.check_now();
    Ok(attached)
}

async fn attach_video(
    desk: &Desk,
    session: &Session,
    id: &VideoId,
    into: Option<RecordingId>,
) -> Result<Attached, Error> {
    let Some(video) = desk.cloud().video(id).await? else {
        return Err(Error::NotAtCloudflare { what: "Stream video", id: id.to_string() });
    };
    let own = match owner_of_video(desk, &video)? {
        Some(owner) if owner.session != session.id => return Err(taken(&owner, "video")),
        Some(owner) if !failed(&owner) => return Ok(Attached { recording: owner, already: true }),
        owner => owner,
    };
    fit(&video)?;
    let note = format!("Attached by hand: the Stream video {id}.");
    let target = target(desk, session, own, into, note, |before| Facts {
        video: Some(id.clone()),
        attached: true,
        relay: None,
        ..before
    })
    .await?;
    mark(desk, &video, &target.recording).await?;
    let recording = target.keep(desk, Stage::VIDEO_ATTACHED, Seen::VideoAttached)?;
    if let Some(meaning) = observe::video(&video) {
        let note = match meaning {
            Seen::VideoPlayable(_) => "Stream says that it can be watched.",
            _ => "Stream is still working on the video.",
        };
        desk.store().observe(recording, meaning, desk.now(), note, |facts| observe::learn_video(facts, &video))?;
    }
    Ok(Attached { recording: recordings::get(desk, recording)?, already: false })
}

async fn attach_cloud(
    desk: &Desk,
    session: &Session,
    id: &CloudRecordingId,
    into: Option<RecordingId>,
) -> Result<Attached, Error> {
    let owner = match owner_of_cloud(desk, id)? {
        None => owner_of_its_video(desk, id).await?,
        owner => owner,
    };
    let own = match owner {
        Some(owner) if owner.session != session.id => return Err(taken(&owner, "recording")),
        Some(owner) if !failed(&owner) => return Ok(Attached { recording: owner, already: true }),
        owner => owner,
    };
    let Some(seen) = desk.cloud().recording(desk.app().await?, id).await? else {
        return Err(Error::NotAtCloudflare { what: "RealtimeKit recording", id: id.to_string() });
    };
    usable(&seen, desk.passed_by_both_clocks())?;
    let note = format!("Attached by hand: RealtimeKit’s recording {id}.");
    let fresh = Facts { cloud: Some(id.clone()), ..Facts::default() };
    let recording = target(desk, session, own, into, note, |_| fresh).await?.keep(
        desk,
        Stage::CLOUD_ATTACHED,
        Seen::CloudAttached,
    )?;
    capture::note_cloud(desk, recording, Some(&seen))?;
    Ok(Attached { recording: recordings::get(desk, recording)?, already: false })
}

/// Sets our marks, by which other desks find the video, and has it ask for a signed token. A mark of another desk stays: it finds it by that.
/// A mark of a recording here that has given it up goes.
async fn mark(desk: &Desk, video: &Video, recording: &Recording) -> Result<(), Error> {
    let mut meta = video.meta.clone();
    meta.extend(recording.marks());
    meta.insert("name".to_owned(), recording.title.clone());
    let marked_elsewhere = video.creator.as_deref().is_some_and(|creator| creator.starts_with(MARK))
        && marked_recording(desk, video)?.is_none();
    let edit = VideoEdit {
        meta: Some(meta),
        creator: (!marked_elsewhere).then(|| recording.creator_mark()),
        require_signed_urls: Some(true),
        ..VideoEdit::default()
    };
    desk.cloud().edit_video(&video.uid, &edit).await?;
    Ok(())
}

/// The recording that shall have what is attached, as it will be.
struct Target {
    recording: Recording,
    is_new: bool,
    note: String,
}

impl Target {
    fn keep(self, desk: &Desk, begins: Stage, seen: Seen) -> Result<RecordingId, Error> {
        let Self { mut recording, is_new, note } = self;
        let (id, now) = (recording.id, desk.now());
        if is_new {
            recording.stage = begins;
            desk.store().add_recording(&recording, &note)?;
            return Ok(id);
        }
        let saved = desk.store().observe(id, seen, now, &note, |facts| *facts = recording.facts)?;
        if saved.is_some_and(|saved| saved.moved) {
            return Ok(id);
        }
        Err(Error::Conflict {
            message: format!("“{}” has just changed.", recording.title),
            next: "Look at it again, then attach.",
        })
    }
}

async fn target(
    desk: &Desk,
    session: &Session,
    own: Option<Recording>,
    into: Option<RecordingId>,
    mut note: String,
    facts: impl FnOnce(Facts) -> Facts,
) -> Result<Target, Error> {
    let chosen = match own {
        Some(own) => Some(own),
        None => failed_one(desk, session, into).await?,
    };
    if let Some(mut recording) = chosen {
        let before = recording.facts.clone();
        recording.facts = facts(before.clone());
        if let Some(video) = before.video.filter(|video| recording.facts.video.as_ref() != Some(video)) {
            note = format!("{note} The video before it was {video}.");
        }
        if let Some(cloud) = before.cloud.filter(|cloud| recording.facts.cloud.as_ref() != Some(cloud)) {
            note = format!("{note} RealtimeKit’s recording before it was {cloud}.");
        }
        return Ok(Target { recording, is_new: false, note });
    }
    let (now, plan) = (desk.now(), &session.plan);
    let recording = Recording {
        id: RecordingId::new(),
        session: session.id,
        room: session.state.room().map(|room| room.id.clone()),
        title: plan.title.clone(),
        instructor: plan.instructor.clone(),
        timezone: plan.timezone,
        quality: plan.quality,
        stage: Stage::VIDEO_ATTACHED,
        stage_since: now,
        facts: facts(Facts::default()),
        last_check: None,
        next_check: Some(now),
        retries: Retries::default(),
        // It stands in the list where the class stands.
        created_at: Class::from(session).begin.min(now),
        removed_at: None,
    };
    Ok(Target { recording, is_new: true, note })
}

/// The failed recording of a session that takes what is attached. One whose only file lies on this computer keeps its place.
async fn failed_one(desk: &Desk, session: &Session, into: Option<RecordingId>) -> Result<Option<Recording>, Error> {
    let mut all = desk.store().recordings_of(session.id)?;
    all.sort_by_key(|recording| Some(recording.id) != into);
    for recording in all {
        let lapsed = recording.facts.file_expires.is_some_and(|expires| expires <= desk.now());
        if failed(&recording) && !(lapsed && relay_files::whole(desk, &recording).await.is_some()) {
            return Ok(Some(recording));
        }
    }
    Ok(None)
}

fn failed(recording: &Recording) -> bool {
    matches!(recording.stage, Stage::Failed { .. })
}

/// Whether something may still be attached to a session: nobody has it, or a recording of this very session that failed.
fn is_free(session: SessionId, owner: Option<Recording>) -> bool {
    owner.is_none_or(|owner| owner.session == session && failed(&owner))
}

fn owner_of_cloud(desk: &Desk, id: &CloudRecordingId) -> Result<Option<Recording>, Error> {
    Ok(desk.store().recording_with_cloud(id)?)
}

/// The recording that has a video which another desk made of a recording of RealtimeKit's.
async fn owner_of_its_video(desk: &Desk, id: &CloudRecordingId) -> Result<Option<Recording>, Error> {
    let query = VideosQuery { creator: Some(shared_mark(id)), ..VideosQuery::default() };
    for video in desk.cloud().videos(&query).await? {
        if let Some(owner) = desk.store().recording_with_video(&video.uid)? {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// The mark that every desk gives the video of a recording of RealtimeKit's.
fn shared_mark(id: &CloudRecordingId) -> String {
    format!("{MARK}{id}")
}

/// The recording that has a video, or that it was made for: the mark says so even while the reply that told of it is lost.
fn owner_of_video(desk: &Desk, video: &Video) -> Result<Option<Recording>, Error> {
    if let Some(owner) = desk.store().recording_with_video(&video.uid)? {
        return Ok(Some(owner));
    }
    // A video that was attached by hand is the only one its recording means, and has given up what was attached before.
    let means = |owner: &Recording| owner.facts.video.is_none() || !owner.facts.attached;
    Ok(marked_recording(desk, video)?.filter(means))
}

/// The recording here that a video's mark names.
fn marked_recording(desk: &Desk, video: &Video) -> Result<Option<Recording>, Error> {
    let Some(name) = video.creator.as_deref().and_then(|creator| creator.strip_prefix(MARK)) else { return Ok(None) };
    if let Ok(id) = name.parse()
        && let Some(recording) = desk.store().recording(id)?
    {
        return Ok(Some(recording));
    }
    match name.parse() {
        Ok(cloud) => Ok(desk.store().recording_with_cloud(&cloud)?),
        Err(_) => Ok(None),
    }
}

/// Refuses sessions whose class has not begun or is still going on.
fn begun(desk: &Desk, session: &Session) -> Result<(), Error> {
    let title = &session.plan.title;
    match &session.state {
        SessionState::Ended(..) => Ok(()),
        SessionState::Scheduled { .. } | SessionState::Cancelled if session.plan.start <= desk.now() => Ok(()),
        SessionState::Scheduled { .. } | SessionState::Cancelled => Err(Error::Conflict {
            message: format!("“{title}” has not begun."),
            next: "Attach a recording once the class is over.",
        }),
        SessionState::Starting { .. } | SessionState::Live(_) | SessionState::Ending(..) => Err(Error::Conflict {
            message: format!("“{title}” is still going on."),
            next: "End the session first.",
        }),
    }
}

fn taken(owner: &Recording, what: &str) -> Error {
    let day = owner.created_at.with_timezone(&owner.timezone).format("%-d %B %Y, %H:%M");
    Error::Conflict {
        message: format!("This {what} is already attached to “{}” of {day}.", owner.title),
        next: "Choose another one, or open that session.",
    }
}

/// Whether a recording of RealtimeKit's has, or is about to have, a file.
fn usable(recording: &CloudRecording, now: DateTime<Utc>) -> Result<(), Error> {
    let refused = |message: &str, next| Err(Error::Conflict { message: message.to_owned(), next });
    let another = "Choose another one.";
    match &recording.status {
        RecordingStatus::Uploading => Ok(()),
        RecordingStatus::Uploaded => {
            let expired = recording.download_url_expiry.is_some_and(|expiry| expiry <= now);
            match recording.download_url {
                Some(_) if !expired => Ok(()),
                Some(_) => refused(Cause::FileExpired.sentence(), another),
                None if recording.own_storage.is_some() => {
                    refused(Cause::OwnStorage.sentence(), Cause::OwnStorage.next())
                }
                None => refused("RealtimeKit has no file of this recording any more.", another),
            }
        }
        RecordingStatus::Invoked | RecordingStatus::Recording | RecordingStatus::Paused => {
            refused("This recording is still going on.", "Wait until that class is over, then attach it.")
        }
        RecordingStatus::Errored => {
            refused("RealtimeKit has no file of this recording: it stopped with an error.", another)
        }
        RecordingStatus::Unknown(_) => {
            refused("RealtimeKit says of this recording what Hajime does not know.", another)
        }
    }
}

/// Whether a video is one, or is about to be.
fn fit(video: &Video) -> Result<(), Error> {
    let refused = |message: String, next| Err(Error::Conflict { message, next });
    match &video.state {
        VideoState::Error => match observe::video(video) {
            Some(Seen::VideoFailed(cause)) => {
                refused(format!("This video cannot be played: {}", cause.sentence()), "Choose another one.")
            }
            _ => refused("This video cannot be played.".into(), "Choose another one."),
        },
        VideoState::PendingUpload => {
            refused("This video is not uploaded yet.".into(), "Attach it once its upload is finished.")
        }
        VideoState::LiveInProgress => {
            refused("This is a broadcast that is still going on.".into(), "Attach it once the broadcast is over.")
        }
        VideoState::Unknown(_) if !video.ready_to_stream => {
            refused("Stream says of this video what Hajime does not know.".into(), "Choose another one.")
        }
        VideoState::Downloading
        | VideoState::Queued
        | VideoState::InProgress
        | VideoState::Ready
        | VideoState::Unknown(_) => Ok(()),
    }
}
