//! Attachments, the table of everything that can go wrong with a recording, and evidence.

use hajime_core::actions::library::attachment::{self, Suggestion};
use hajime_core::actions::library::{evidence, view};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::IdError;
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::diagnosis::Likely;
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::recordings::{CauseDto, RecordingDto};
use crate::accounts::Accounts;
use crate::ipc::{copy, instant};

hajime_macros::commands![attach_candidates, attach, failures_list, recording_evidence];

/// Returns the videos and RealtimeKit recordings at Cloudflare that may belong to a session, the likeliest first.
#[hajime_macros::command]
pub(crate) async fn attach_candidates(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<Vec<CandidateDto>, UserError> {
    let here = accounts.current().await?;
    let found = attachment::candidates(&here.context, crate::ipc::id(&session_id)?).await?;
    Ok(found.into_iter().map(CandidateDto::from).collect())
}

/// Makes a video or a RealtimeKit recording the recording of a session. It is attached to a failed recording of the
/// session if there is one, to the given recording first.
#[hajime_macros::command(changes(Recordings, Sessions))]
pub(crate) async fn attach(
    accounts: State<'_, Accounts>,
    session_id: String,
    form: AttachForm,
    recording_id: Option<String>,
) -> Result<AttachedDto, UserError> {
    let here = accounts.current().await?;
    let into = recording_id.map(|recording| crate::ipc::id(&recording)).transpose()?;
    let attached = attachment::attach(&here.context, crate::ipc::id(&session_id)?, &form.try_into()?, into).await?;
    let recording = view::view(&here.context, attached.recording)?.into();
    Ok(AttachedDto { recording, already: attached.already })
}

/// Everything that can go wrong with a recording.
#[hajime_macros::command]
pub(crate) async fn failures_list() -> Result<FailuresDto, UserError> {
    Ok(FailuresDto::all())
}

/// Copies the evidence of a recording and returns it as text. It may be shown to anybody.
#[hajime_macros::command]
pub(crate) async fn recording_evidence(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<EvidenceDto, UserError> {
    let here = accounts.current().await?;
    let text = evidence::evidence(&here.context, crate::ipc::id(&id)?)?.text();
    let copied = copy(&app, &text);
    Ok(EvidenceDto { text, copied })
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttachKind {
    Video,
    #[serde(rename = "cloud_recording")]
    RealtimeKitRecording,
}

/// A video or RealtimeKit recording that may belong to a session.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CandidateDto {
    kind: AttachKind,
    id: String,
    name: Option<String>,
    made_at: String,
    duration_seconds: Option<i64>,
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

/// The thing to attach: a candidate, or an id that a person pasted, which has no kind.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct AttachForm {
    kind: Option<AttachKind>,
    id: String,
}

impl TryFrom<AttachForm> for AttachTo {
    type Error = UserError;

    fn try_from(AttachForm { kind, id }: AttachForm) -> Result<Self, UserError> {
        let read = match kind {
            Some(AttachKind::Video) => id.parse().map(Self::Video),
            Some(AttachKind::RealtimeKitRecording) => id.parse().map(Self::RealtimeKitRecording),
            None => Self::pasted(&id),
        };
        read.map_err(|error: IdError| {
            let next = "Copy the id of the video or the recording from the Cloudflare dashboard.";
            UserError::new(ErrorCode::InvalidInput, format!("{error}."), next)
        })
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AttachedDto {
    recording: RecordingDto,
    /// Whether it was already attached before this call.
    already: bool,
}

/// A likely cause of a failure for which Cloudflare gives no reason.
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
    text: String,
    copied: bool,
}
