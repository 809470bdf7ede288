//! Attaching by hand: a person makes a video or RealtimeKit recording the recording of a session.
//!
//! At Cloudflare nothing is removed or replaced. Attaching a video only sets its marks and makes it ask for a signed
//! token. A video or RealtimeKit recording that is attached to any session already is never taken away from it.

use crate::actions::guard;
use crate::domain::profile::role::Permission;
use crate::recorder::realtimekit_app;
use crate::recorder::room_lock;
use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::library::recordings;
use crate::actions::schedule::sessions;
use crate::cloudflare::{
    self, RealtimeKitRecording, RecordingStatus, RecordingsQuery, Video, VideoEdit, VideoState, VideosQuery,
};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::library::attachment::{AttachTo, Candidate, SessionTime, shown_name};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::recording::{Facts, MARK, Recording};
use crate::domain::recorder::stage::{Observation, Stage};
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::{capture, observe, relay_files};

/// How long after the end of a class a video may be uploaded and still be suggested.
const MAX_UPLOAD_DELAY: TimeDelta = TimeDelta::days(14);
/// The largest difference allowed for between this computer's clock and Cloudflare's.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(15);
/// How long before a class its recording may begin, and how long after.
const MAX_RECORDING_LEAD: TimeDelta = TimeDelta::hours(3);
const MAX_RECORDING_LAG: TimeDelta = TimeDelta::hours(12);
/// The most recordings that are read: of the session's room, and of the hours around the class.
const MAX_RECORDINGS_READ: u32 = 100;
/// The most videos that are read: Stream's largest page. They are read oldest first, so that the page holds those
/// nearest to the class.
const MAX_VIDEOS_READ: u32 = 1_000;
/// The most candidates that are returned.
const MAX_CANDIDATES: usize = 50;

/// A candidate and the reason why it is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The video or RealtimeKit recording that may be attached.
    pub candidate: Candidate,
    /// The reason, in one sentence.
    pub reason: String,
}

/// The result of attaching.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The recording that has the attachment.
    pub recording: Recording,
    /// Whether the recording had it already.
    pub already: bool,
}

/// Returns the videos and RealtimeKit recordings that may be attached to a session, the likeliest first. No recording
/// on this desk has any of them.
///
/// Reads three lists. Each is bounded by a room or by time, so that the size of the account does not matter.
pub async fn candidates(context: &Context, id: SessionId) -> Result<Vec<Suggestion>, Error> {
    guard::allow_session(context, Permission::TendRecordings, id)?;
    let session = sessions::get(context, id)?;
    begun(context, &session)?;
    let class = SessionTime::from(&session);
    let room = session.state.room().map(|room| &room.id);
    let (of_room, around, videos) =
        tokio::try_join!(of_room(context, room), recorded_around(context, &class), videos_after(context, &class),)?;
    // If another desk made a video of a RealtimeKit recording and the video is attached here, the RealtimeKit recording
    // counts as attached too.
    let mut stood_for = Vec::new();
    for video in &videos {
        if video.creator.is_some() && context.store().recording_with_video(&video.uid)?.is_some() {
            stood_for.extend(video.creator.clone());
        }
    }
    let mut found = Vec::new();
    for recording in of_room.iter().chain(&around) {
        let what = AttachTo::RealtimeKitRecording(recording.id.clone());
        let same_room = room.is_some() && (recording.meeting.as_ref() == room || of_room.contains(recording));
        let repeated =
            found.iter().any(|other: &Candidate| other.what == what) || stood_for.contains(&shared_mark(&recording.id));
        if !repeated
            && usable(recording, context.passed_by_both_clocks()).is_ok()
            && is_free(id, owner_of_realtimekit_recording(context, &recording.id)?)
        {
            found.extend(described(recording, same_room));
        }
    }
    for video in &videos {
        if fit(video).is_ok() && is_free(id, owner_of_video(context, video)?) {
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
    found.truncate(MAX_CANDIDATES);
    Ok(found.into_iter().map(|candidate| Suggestion { reason: class.reason(&candidate), candidate }).collect())
}

fn described(recording: &RealtimeKitRecording, same_room: bool) -> Option<Candidate> {
    Some(Candidate {
        what: AttachTo::RealtimeKitRecording(recording.id.clone()),
        name: recording.title.as_deref().and_then(shown_name),
        made_at: recording.started_time.or(recording.invoked_time)?,
        length: recording.duration.and_then(|length| TimeDelta::from_std(length).ok()),
        size: recording.file_size,
        same_room,
    })
}

async fn of_room(context: &Context, room: Option<&MeetingId>) -> Result<Vec<RealtimeKitRecording>, Error> {
    let Some(room) = room else { return Ok(Vec::new()) };
    let query = RecordingsQuery {
        meeting: Some(room.clone()),
        page: 1,
        per_page: MAX_RECORDINGS_READ,
        ..RecordingsQuery::default()
    };
    match context.cloudflare().recordings(&realtimekit_app::id(context).await?, &query).await {
        Ok(page) => Ok(page.items),
        // A room that Cloudflare does not know has no recordings.
        Err(cloudflare::Error::Missing { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn recorded_around(context: &Context, class: &SessionTime) -> Result<Vec<RealtimeKitRecording>, Error> {
    let between = Some((class.begin.earlier(MAX_RECORDING_LEAD), class.end.later(MAX_RECORDING_LAG)));
    let query = RecordingsQuery { between, page: 1, per_page: MAX_RECORDINGS_READ, ..RecordingsQuery::default() };
    Ok(context.cloudflare().recordings(&realtimekit_app::id(context).await?, &query).await?.items)
}

async fn videos_after(context: &Context, class: &SessionTime) -> Result<Vec<Video>, Error> {
    let between = Some((class.begin.earlier(CLOCK_TOLERANCE), class.end.later(MAX_UPLOAD_DELAY)));
    let query = VideosQuery { between, limit: Some(MAX_VIDEOS_READ), ..VideosQuery::default() };
    Ok(context.cloudflare().videos(&query).await?)
}

/// Makes a video or RealtimeKit recording the recording of a session. Attaching the same thing twice is harmless.
///
/// If the session has a failed recording, that one receives the attachment (`into` first); otherwise a new recording is
/// made.
pub async fn attach(
    context: &Context,
    id: SessionId,
    what: &AttachTo,
    into: Option<RecordingId>,
) -> Result<Attached, Error> {
    guard::allow_session(context, Permission::TendRecordings, id)?;
    let session = sessions::get(context, id)?;
    begun(context, &session)?;
    // The lock keeps two calls from attaching the same thing to two sessions.
    let _room_lock = room_lock::take(context).await?;
    let attached = match what {
        AttachTo::Video(video) => attach_video(context, &session, video, into).await?,
        AttachTo::RealtimeKitRecording(realtimekit_recording) => {
            attach_realtimekit_recording(context, &session, realtimekit_recording, into).await?
        }
    };
    context.changed(&[Topic::Recordings, Topic::Sessions]);
    context.wake_jobs();
    Ok(attached)
}

async fn attach_video(
    context: &Context,
    session: &Session,
    id: &VideoId,
    into: Option<RecordingId>,
) -> Result<Attached, Error> {
    let Some(video) = context.cloudflare().video(id).await? else {
        return Err(Error::NotAtCloudflare { what: "Stream video", id: id.to_string() });
    };
    let own = match owner_of_video(context, &video)? {
        Some(owner) if owner.session != session.id => return Err(taken(&owner, "video")),
        Some(owner) if !failed(&owner) => return Ok(Attached { recording: owner, already: true }),
        owner => owner,
    };
    fit(&video)?;
    let note = EventKind::Attached.note(format!("Attached by hand: the Stream video {id}."));
    let target = target(context, session, own, into, note, |before| Facts {
        video: Some(id.clone()),
        attached: true,
        relay: None,
        ..before
    })
    .await?;
    mark(context, &video, &target.recording).await?;
    let recording = target.keep(context, Stage::VIDEO_ATTACHED, Observation::VideoAttached)?;
    if let Some(meaning) = observe::video(&video) {
        let note = EventKind::StreamReported.note(match meaning {
            Observation::VideoPlayable(_) => "Stream says that it can be watched.",
            _ => "Stream is still working on the video.",
        });
        context
            .store()
            .observe(recording, meaning, context.now(), note, |facts| observe::learn_video(facts, &video))?;
    }
    Ok(Attached { recording: recordings::get(context, recording)?, already: false })
}

async fn attach_realtimekit_recording(
    context: &Context,
    session: &Session,
    id: &RealtimeKitRecordingId,
    into: Option<RecordingId>,
) -> Result<Attached, Error> {
    let owner = match owner_of_realtimekit_recording(context, id)? {
        None => owner_of_its_video(context, id).await?,
        owner => owner,
    };
    let own = match owner {
        Some(owner) if owner.session != session.id => return Err(taken(&owner, "recording")),
        Some(owner) if !failed(&owner) => return Ok(Attached { recording: owner, already: true }),
        owner => owner,
    };
    let Some(seen) = context.cloudflare().recording(&realtimekit_app::id(context).await?, id).await? else {
        return Err(Error::NotAtCloudflare { what: "RealtimeKit recording", id: id.to_string() });
    };
    usable(&seen, context.passed_by_both_clocks())?;
    let note = EventKind::Attached.note(format!("Attached by hand: RealtimeKit’s recording {id}."));
    let fresh = Facts { realtimekit_recording: Some(id.clone()), ..Facts::default() };
    let recording = target(context, session, own, into, note, |_| fresh).await?.keep(
        context,
        Stage::RECORDER_ATTACHED,
        Observation::RecorderAttached,
    )?;
    capture::note_recorder_state(context, recording, Some(&seen))?;
    Ok(Attached { recording: recordings::get(context, recording)?, already: false })
}

/// Sets Hajime's marks, by which other desks find the video, and makes the video ask for a signed token. If `creator`
/// is the mark of another desk, it stays, because that desk finds the video by it. If it names a recording of this
/// desk, it is replaced: that recording has given the video up.
async fn mark(context: &Context, video: &Video, recording: &Recording) -> Result<(), Error> {
    let mut meta = video.meta.clone();
    meta.extend(recording.marks());
    meta.insert("name".to_owned(), recording.title.clone());
    let marked_elsewhere = video.creator.as_deref().is_some_and(|creator| creator.starts_with(MARK))
        && marked_recording(context, video)?.is_none();
    let edit = VideoEdit {
        meta: Some(meta),
        creator: (!marked_elsewhere).then(|| recording.creator_mark()),
        require_signed_urls: Some(true),
        ..VideoEdit::default()
    };
    context.cloudflare().edit_video(&video.uid, &edit).await?;
    Ok(())
}

/// The recording that receives the attachment, with the attachment in its facts.
struct Target {
    recording: Recording,
    is_new: bool,
    note: EventNote,
}

impl Target {
    fn keep(self, context: &Context, begins: Stage, seen: Observation) -> Result<RecordingId, Error> {
        let Self { mut recording, is_new, note } = self;
        let (id, now) = (recording.id, context.now());
        if is_new {
            recording.stage = begins;
            context.store().add_recording(&recording, note)?;
            return Ok(id);
        }
        let saved = context.store().observe(id, seen, now, note, |facts| *facts = recording.facts)?;
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
    context: &Context,
    session: &Session,
    own: Option<Recording>,
    into: Option<RecordingId>,
    mut note: EventNote,
    facts: impl FnOnce(Facts) -> Facts,
) -> Result<Target, Error> {
    let chosen = match own {
        Some(own) => Some(own),
        None => failed_one(context, session, into).await?,
    };
    if let Some(mut recording) = chosen {
        let before = recording.facts.clone();
        recording.facts = facts(before.clone());
        if let Some(video) = before.video.filter(|video| recording.facts.video.as_ref() != Some(video)) {
            note.text = format!("{} The video before it was {video}.", note.text);
        }
        if let Some(realtimekit_recording) = before.realtimekit_recording.filter(|realtimekit_recording| {
            recording.facts.realtimekit_recording.as_ref() != Some(realtimekit_recording)
        }) {
            note.text = format!("{} RealtimeKit’s recording before it was {realtimekit_recording}.", note.text);
        }
        return Ok(Target { recording, is_new: false, note });
    }
    let now = context.now();
    let mut recording = Recording::new(session, Stage::VIDEO_ATTACHED, now);
    recording.facts = facts(Facts::default());
    // A new recording is listed at the time of its class.
    recording.created_at = SessionTime::from(session).begin.min(now);
    Ok(Target { recording, is_new: true, note })
}

/// A failed recording of the session that can receive an attachment, `into` first. A clip receives none. Neither does a
/// recording whose only file is on this computer, because that file would then be deleted.
async fn failed_one(
    context: &Context,
    session: &Session,
    into: Option<RecordingId>,
) -> Result<Option<Recording>, Error> {
    let mut all = context.store().recordings_of(session.id)?;
    all.sort_by_key(|recording| Some(recording.id) != into);
    for recording in all {
        let lapsed = recording.facts.file_expires.is_some_and(|expires| expires <= context.now());
        if failed(&recording)
            && recording.facts.clip.is_none()
            && !(lapsed && relay_files::whole(context, &recording).await.is_some())
        {
            return Ok(Some(recording));
        }
    }
    Ok(None)
}

fn failed(recording: &Recording) -> bool {
    matches!(recording.stage, Stage::Failed { .. })
}

/// Whether something may be attached to a session: no recording has it, or only a failed recording of the same session.
fn is_free(session: SessionId, owner: Option<Recording>) -> bool {
    owner.is_none_or(|owner| owner.session == session && failed(&owner))
}

fn owner_of_realtimekit_recording(context: &Context, id: &RealtimeKitRecordingId) -> Result<Option<Recording>, Error> {
    Ok(context.store().recording_with_realtimekit_id(id)?)
}

/// The recording that has the video which another desk made of this RealtimeKit recording.
async fn owner_of_its_video(context: &Context, id: &RealtimeKitRecordingId) -> Result<Option<Recording>, Error> {
    let query = VideosQuery { creator: Some(shared_mark(id)), ..VideosQuery::default() };
    for video in context.cloudflare().videos(&query).await? {
        if let Some(owner) = context.store().recording_with_video(&video.uid)? {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// The mark that every desk gives to the video of this RealtimeKit recording.
fn shared_mark(id: &RealtimeKitRecordingId) -> String {
    format!("{MARK}{id}")
}

/// The recording that has this video, or else the one that the video's mark names: the reply to its import may have
/// been lost.
fn owner_of_video(context: &Context, video: &Video) -> Result<Option<Recording>, Error> {
    if let Some(owner) = context.store().recording_with_video(&video.uid)? {
        return Ok(Some(owner));
    }
    // A recording with an attached video has given up every earlier video, even if their marks name it.
    let means = |owner: &Recording| owner.facts.video.is_none() || !owner.facts.attached;
    Ok(marked_recording(context, video)?.filter(means))
}

/// The recording on this desk that the video's mark names, by its own id or by that of its RealtimeKit recording.
fn marked_recording(context: &Context, video: &Video) -> Result<Option<Recording>, Error> {
    let Some(name) = video.creator.as_deref().and_then(|creator| creator.strip_prefix(MARK)) else { return Ok(None) };
    if let Ok(id) = name.parse()
        && let Some(recording) = context.store().recording(id)?
    {
        return Ok(Some(recording));
    }
    match name.parse() {
        Ok(realtimekit_recording) => Ok(context.store().recording_with_realtimekit_id(&realtimekit_recording)?),
        Err(_) => Ok(None),
    }
}

/// Refuses a session that has not begun or is still going on.
fn begun(context: &Context, session: &Session) -> Result<(), Error> {
    let title = &session.plan.title;
    match &session.state {
        SessionState::Ended(..) => Ok(()),
        SessionState::Scheduled { .. } | SessionState::Cancelled { .. }
            if session.plan.start.instant() <= context.now() =>
        {
            Ok(())
        }
        SessionState::Scheduled { .. } | SessionState::Cancelled { .. } => Err(Error::Conflict {
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

/// Refuses a RealtimeKit recording that neither has a file nor will have one soon.
fn usable(recording: &RealtimeKitRecording, now: DateTime<Utc>) -> Result<(), Error> {
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

/// Refuses a video that cannot be watched and will not become watchable.
fn fit(video: &Video) -> Result<(), Error> {
    let refused = |message: String, next| Err(Error::Conflict { message, next });
    match &video.state {
        VideoState::Error => match observe::video(video) {
            Some(Observation::VideoFailed(cause)) => {
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
