//! Attaching by hand, the table of failures, and evidence.

use hajime_core::actions::library::attachment::{Attached, Suggestion};
use hajime_core::context::Context;
use hajime_core::domain::ids::IdError;
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::diagnosis::Likely;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::instant;
use super::recordings::{CauseDto, RecordingDto};
use crate::ipc::error::IpcError;

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttachKind {
    Video,
    RealtimeKitRecording,
}

/// Something that may be the recording of a session.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CandidateDto {
    kind: AttachKind,
    id: String,
    name: Option<String>,
    made_at: String,
    #[ts(type = "number | null")]
    duration_seconds: Option<i64>,
    #[ts(type = "number | null")]
    size_bytes: Option<u64>,
    same_room: bool,
    reason: String,
}

impl From<Suggestion> for CandidateDto {
    fn from(Suggestion { candidate, reason }: Suggestion) -> Self {
        let (kind, id) = match candidate.what {
            AttachTo::Video(id) => (AttachKind::Video, id.to_string()),
            AttachTo::RealtimeKitRecording(id) => (AttachKind::RealtimeKitRecording, id.to_string()),
        };
        Self {
            kind,
            id,
            name: candidate.name,
            made_at: instant(candidate.made_at),
            duration_seconds: candidate.length.map(|length| length.num_seconds()),
            size_bytes: candidate.size,
            same_room: candidate.same_room,
            reason,
        }
    }
}

/// What to attach: a candidate, or, without a kind, whatever somebody pasted.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct AttachForm {
    kind: Option<AttachKind>,
    id: String,
}

impl TryFrom<AttachForm> for AttachTo {
    type Error = IpcError;

    fn try_from(AttachForm { kind, id }: AttachForm) -> Result<Self, IpcError> {
        let read = match kind {
            Some(AttachKind::Video) => id.parse().map(Self::Video),
            Some(AttachKind::RealtimeKitRecording) => id.parse().map(Self::RealtimeKitRecording),
            None => Self::pasted(&id),
        };
        read.map_err(|error: IdError| {
            let next = "Copy the id of the video or the recording from the Cloudflare dashboard.";
            IpcError::new("invalid_input", format!("{error}."), next)
        })
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AttachedDto {
    recording: RecordingDto,
    /// Whether it was attached before.
    already: bool,
}

impl AttachedDto {
    pub(crate) fn read(context: &Context, attached: &Attached) -> Result<Self, IpcError> {
        Ok(Self { recording: RecordingDto::read(context, &attached.recording)?, already: attached.already })
    }
}

/// A guess at what lies behind an error without a reason.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct GuessDto {
    seen: String,
    sentence: String,
}

/// Everything that can go wrong with a recording.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct FailuresDto {
    causes: Vec<CauseDto>,
    guesses: Vec<GuessDto>,
}

impl FailuresDto {
    pub(crate) fn all() -> Self {
        let guess = |guess: Likely| GuessDto { seen: guess.seen().to_owned(), sentence: guess.sentence().to_owned() };
        Self {
            causes: Cause::ALL.into_iter().map(CauseDto::from).collect(),
            guesses: Likely::ALL.into_iter().map(guess).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct EvidenceDto {
    pub(crate) text: String,
    pub(crate) copied: bool,
}
