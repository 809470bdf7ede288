//! Sessions and live rooms.

use hajime_core::actions::recorder::live::Live;
use hajime_core::actions::recorder::start;
use hajime_core::context::Context;
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::session::{Session, SessionInput, SessionState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::recordings::{PublicStatus, RecordingDto};
use super::{instant, maybe_instant};
use crate::ipc::error::IpcError;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[ts(rename = "Quality")]
pub(crate) enum QualityDto {
    #[serde(rename = "1080p")]
    Full,
    #[serde(rename = "720p")]
    High,
    #[serde(rename = "480p")]
    Standard,
}

impl From<Quality> for QualityDto {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Full => Self::Full,
            Quality::High => Self::High,
            Quality::Standard => Self::Standard,
        }
    }
}

impl From<QualityDto> for Quality {
    fn from(quality: QualityDto) -> Self {
        match quality {
            QualityDto::Full => Self::Full,
            QualityDto::High => Self::High,
            QualityDto::Standard => Self::Standard,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Scheduled,
    Starting,
    Live,
    Ending,
    Ended,
    Cancelled,
}

impl From<&SessionState> for SessionStatus {
    fn from(state: &SessionState) -> Self {
        match state {
            SessionState::Scheduled { .. } => Self::Scheduled,
            SessionState::Starting { .. } => Self::Starting,
            SessionState::Live(_) => Self::Live,
            SessionState::Ending(..) => Self::Ending,
            SessionState::Ended(..) => Self::Ended,
            SessionState::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SessionDto {
    id: String,
    title: String,
    instructor: String,
    start: String,
    end: String,
    #[ts(type = "number")]
    duration_minutes: i64,
    timezone: String,
    record: bool,
    quality: QualityDto,
    max_participants: u32,
    status: SessionStatus,
    room_id: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    recording_id: Option<String>,
    /// Whether it ended a short while ago with nothing recorded, so that it can go on.
    can_start_again: bool,
}

impl SessionDto {
    pub(crate) fn read(context: &Context, session: &Session) -> Result<Self, IpcError> {
        let all = context.store().recordings_of(session.id).map_err(hajime_core::error::Error::from)?;
        // One that was taken off the list, or never captured anything, stands for the session only where there is no other.
        let newest = all
            .iter()
            .find(|recording| recording.removed_at.is_none() && !recording.is_empty_attempt())
            .or_else(|| all.iter().find(|recording| recording.removed_at.is_none()))
            .or(all.first());
        let (plan, room) = (&session.plan, session.state.room());
        Ok(Self {
            id: session.id.to_string(),
            title: plan.title.clone(),
            instructor: plan.instructor.clone(),
            start: instant(plan.start.instant()),
            end: instant(plan.end()),
            duration_minutes: plan.length.num_minutes(),
            timezone: plan.start.zone().name().to_owned(),
            record: plan.record,
            quality: plan.quality.into(),
            max_participants: plan.max_participants,
            status: (&session.state).into(),
            room_id: room.map(|room| room.id.to_string()),
            started_at: maybe_instant(room.map(|room| room.opened_at)),
            ended_at: maybe_instant(session.state.ended_at()),
            recording_id: newest.map(|recording| recording.id.to_string()),
            can_start_again: start::can_start_again(session, &all, context.now()),
        })
    }
}

#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct SessionDraft {
    title: String,
    instructor: String,
    start_local: String,
    timezone: String,
    #[ts(type = "number")]
    duration_minutes: i64,
    record: bool,
    quality: QualityDto,
    #[ts(type = "number")]
    max_participants: i64,
}

impl From<SessionDraft> for SessionInput {
    fn from(draft: SessionDraft) -> Self {
        Self {
            title: draft.title,
            instructor: draft.instructor,
            start_local: draft.start_local,
            timezone: draft.timezone,
            duration_minutes: draft.duration_minutes,
            record: draft.record,
            quality: Quality::from(draft.quality).name().to_owned(),
            max_participants: draft.max_participants,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProofState {
    NotRecorded,
    WaitingForPeople,
    Starting,
    Recording,
    Paused,
    Stopped,
    Alarm,
}

impl From<&Proof> for ProofState {
    fn from(proof: &Proof) -> Self {
        match proof {
            Proof::NotRecorded => Self::NotRecorded,
            Proof::WaitingForPeople => Self::WaitingForPeople,
            Proof::Starting(_) => Self::Starting,
            Proof::Recording(_) => Self::Recording,
            Proof::Paused(_) => Self::Paused,
            Proof::Stopped(_) => Self::Stopped,
            Proof::Alarm(..) => Self::Alarm,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LiveDto {
    session: SessionDto,
    people: Option<u32>,
    people_checked_at: Option<String>,
    invites_made: u32,
    proof: ProofState,
    proof_since: Option<String>,
    proof_sentence: String,
    recording: Option<RecordingDto>,
    error: Option<IpcError>,
}

impl LiveDto {
    pub(crate) fn read(context: &Context, live: Live) -> Result<Self, IpcError> {
        Ok(Self {
            session: SessionDto::read(context, &live.session)?,
            people: live.people.as_ref().map(|seen| seen.people),
            people_checked_at: maybe_instant(live.people.map(|seen| seen.at)),
            invites_made: live.invites_made,
            proof: (&live.proof).into(),
            proof_since: maybe_instant(live.proof.since()),
            proof_sentence: live.proof.sentence().to_owned(),
            recording: live.recording.map(|recording| RecordingDto::read(context, &recording)).transpose()?,
            error: live.trouble.map(IpcError::from),
        })
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct StartedDto {
    pub(crate) session: SessionDto,
    pub(crate) already_live: bool,
    pub(crate) opened: bool,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct EndedDto {
    pub(crate) session: SessionDto,
    pub(crate) already_ended: bool,
    /// What became of its latest recording; `null` when there is none.
    pub(crate) recording: Option<PublicStatus>,
    /// What is still in the way; the press stands, and ending goes on by itself.
    pub(crate) waits_for: Option<IpcError>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct InviteDto {
    pub(crate) made: u32,
    pub(crate) max: u32,
    pub(crate) copied: bool,
    pub(crate) local_only: bool,
}
