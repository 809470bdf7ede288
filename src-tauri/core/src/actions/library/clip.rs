//! Cutting a recording: a part of it becomes a recording of its own, and the whole stays as it is.
//!
//! Nothing is sent to Cloudflare here: the clip is stored with what it is to be cut from, and the job that brings
//! recordings to Stream has it cut.

use chrono::TimeDelta;

use crate::actions::guard;
use crate::actions::library::{pictures, recordings};
use crate::actions::recorder::history;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::clip::{Clip, ClipRange, Suggested, clock, last_second, title_of_clip};
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::{Facts, Recording};
use crate::domain::recorder::stage::Stage;
use crate::domain::recorder::work::RecordingWork;
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::person::Role;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::{playback, session_texts};
use crate::secret_url::SecretUrl;

/// The pictures that show a whole recording.
const STRIP_PICTURES: u32 = 12;

/// What a person sees before cutting.
#[derive(Debug, Clone)]
pub struct ClipPlan {
    /// The whole recording.
    pub recording: Recording,
    /// The second at which a part may end at most.
    pub last_second: u32,
    /// The part that is suggested, and why.
    pub suggested: Suggested,
    /// Pictures of the whole, from its beginning to its end at even distances; empty where there are none.
    pub strip: Vec<SecretUrl>,
}

/// Looks at a recording that is to be cut, and suggests a part: from the first participant who joined to the last one who
/// left. If RealtimeKit cannot be asked who was there, what was noted earlier counts.
pub async fn plan(context: &Context, id: RecordingId) -> Result<ClipPlan, Error> {
    guard::allow_recording(context, Permission::TendRecordings, id)?;
    let recording = recordings::get(context, id)?;
    playback::watchable(context, &recording)?;
    let length = recordings::length(&recording)?;
    let people = match history::attendance(context, recording.session).await {
        Ok(people) => people.into_iter().map(|one| (one.role, one.attendance)).collect(),
        Err(error) => {
            tracing::debug!(%error, "who was in the class is not known at present");
            let listed = context.store().roster_entries(recording.session)?;
            listed.into_iter().map(|entry| (entry.person.role, entry.attendance)).collect::<Vec<_>>()
        }
    };
    let participants: Vec<Attendance> =
        people.into_iter().filter(|(role, _)| *role == Role::Participant).filter_map(|(_, there)| there).collect();
    let timeline = session_texts::timeline_of(context, &recording)?;
    Ok(ClipPlan {
        last_second: last_second(length),
        suggested: Suggested::new(length, timeline.as_ref(), recording.timezone, &participants),
        strip: pictures::strip(context, &recording, STRIP_PICTURES).await?,
        recording,
    })
}

/// The second at which a part of a recording may end at most.
pub fn end_of(context: &Context, id: RecordingId) -> Result<u32, Error> {
    guard::allow_recording(context, Permission::TendRecordings, id)?;
    Ok(last_second(recordings::length(&recordings::get(context, id)?)?))
}

/// Has a part of a recording cut out as a recording of its own, from the second `begin` to the second `end`. It has the
/// class, the instructor and the tags of the whole. Refused for a part that is not within the recording, and for one that
/// was cut already.
pub fn make(context: &Context, id: RecordingId, begin: u32, end: u32) -> Result<Recording, Error> {
    guard::allow_recording(context, Permission::TendRecordings, id)?;
    let whole = recordings::get(context, id)?;
    playback::watchable(context, &whole)?;
    let clip = Clip { of: id, range: ClipRange::check(begin, end, recordings::length(&whole)?)? };
    let same = context.store().recordings_of(whole.session)?.into_iter().find(|other| {
        other.facts.clip == Some(clip) && !matches!(other.stage, Stage::Failed { .. }) && other.removed_at.is_none()
    });
    if let Some(same) = same {
        return Err(Error::Conflict {
            message: format!("This part was cut already: “{}”.", same.title),
            next: "Look for it on the list of recordings, or choose another part.",
        });
    }
    let now = context.now();
    let stage = Stage::Uploaded;
    let title = title_of_clip(&whole.title);
    let recording = Recording {
        id: RecordingId::new(),
        title,
        stage,
        stage_since: now,
        facts: Facts { length: Some(clip.range.length()), clip: Some(clip), ..Facts::default() },
        work: RecordingWork::begin(stage, now),
        // It is listed with its class.
        created_at: whole.created_at.later(TimeDelta::seconds(i64::from(begin))),
        removed_at: None,
        origin: Origin::Here,
        ..whole
    };
    let note = format!("Cut by hand from “{}”, {} to {}.", whole.title, clock(begin), clock(end));
    context.store().add_clip(&recording, clip.of, now, &EventKind::Noted.note(note))?;
    context.changed(&[Topic::Recordings]);
    context.wake_jobs();
    recordings::get(context, recording.id)
}
