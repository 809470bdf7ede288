//! Cutting a recording, and choosing its picture.

use hajime_core::actions::library::clip::{self, ClipPlan};
use hajime_core::actions::library::pictures::{self, Chosen};
use hajime_core::actions::library::view;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::id;
use crate::ipc::library::recordings::RecordingDto;

hajime_macros::commands![recording_clip_plan, recording_clip, recording_choose_picture];

/// Looks at a recording that is to be cut, and suggests a part of it.
#[hajime_macros::command]
pub(crate) async fn recording_clip_plan(accounts: State<'_, Accounts>, id: String) -> Result<ClipPlanDto, UserError> {
    let here = accounts.current().await?;
    Ok(clip::plan(&here.context, crate::ipc::id(&id)?).await?.into())
}

/// Has a part of a recording cut out as a recording of its own. The whole stays as it is.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_clip(
    accounts: State<'_, Accounts>,
    id: String,
    from_second: u32,
    to_second: u32,
) -> Result<RecordingDto, UserError> {
    let here = accounts.current().await?;
    let made = clip::make(&here.context, crate::ipc::id(&id)?, from_second, to_second)?;
    Ok(view::view(&here.context, made)?.into())
}

/// Makes the picture at a second of the video the one that stands for the recording.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_choose_picture(
    accounts: State<'_, Accounts>,
    recording: String,
    second: u32,
) -> Result<ChosenPictureDto, UserError> {
    let here = accounts.current().await?;
    Ok(pictures::choose(&here.context, id(&recording)?, second).await?.into())
}

/// What is shown before cutting.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ClipPlanDto {
    /// The second at which a part may end at most.
    last_second: u32,
    /// The part that is suggested.
    from_second: u32,
    to_second: u32,
    /// Why it is not the whole: one sentence for each end that is left out.
    reasons: Vec<String>,
    /// Addresses of pictures at even distances; empty if there are none. They expire.
    strip: Vec<String>,
}

impl From<ClipPlan> for ClipPlanDto {
    fn from(ClipPlan { recording: _, last_second, suggested, strip }: ClipPlan) -> Self {
        Self {
            last_second,
            from_second: suggested.begin,
            to_second: suggested.end,
            reasons: suggested.reasons,
            strip: strip.iter().map(|url| url.expose().to_owned()).collect(),
        }
    }
}

/// The picture that was chosen, and the one before it, by their seconds of the video.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChosenPictureDto {
    second: u32,
    before: u32,
}

impl From<Chosen> for ChosenPictureDto {
    fn from(Chosen { second, before }: Chosen) -> Self {
        Self { second, before }
    }
}
