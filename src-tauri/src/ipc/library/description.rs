//! Titles, notes and tags of recordings, and their pictures.

use hajime_core::actions::library::description::{self, BulkEdited, Edited, Selected};
use hajime_core::actions::library::pictures;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::description::{DescriptionInput, TagChange};
use hajime_core::error::{Error, UserError};
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::library::recordings::RecordingDto;
use crate::ipc::library::search::RecordingsQuery;
use crate::ipc::user_error::ErrorDto;
use crate::ipc::{id, instant};

hajime_macros::commands![recording_describe, recordings_tag, recording_pictures];

/// Changes title, notes or tags of a recording. The video at Stream gets them too.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_describe(
    accounts: State<'_, Accounts>,
    id: String,
    draft: DescriptionDraft,
) -> Result<DescribedDto, UserError> {
    let here = accounts.current().await?;
    let DescriptionDraft { title, notes, tags } = draft;
    let input = DescriptionInput { title, notes, tags };
    Ok(description::edit(&here.context, crate::ipc::id(&id)?, &input)?.into())
}

/// Adds tags to recordings and takes tags off them: to those with these ids, or to all that a query finds without those
/// in `except`. A recording that is refused does not keep the others from being changed.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recordings_tag(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
    matching: Option<RecordingsQuery>,
    except: Vec<String>,
    add: Vec<String>,
    remove: Vec<String>,
) -> Result<BulkDto, UserError> {
    let here = accounts.current().await?;
    let change = TagChange::check(&add, &remove).map_err(Error::from)?;
    Ok(description::tag(&here.context, &selected(&ids, matching, &except)?, &change)?.into())
}

/// The recordings that a change is about: those with these ids, or all that a query finds without those in `except`.
pub(super) fn selected(
    ids: &[String],
    matching: Option<RecordingsQuery>,
    except: &[String],
) -> Result<Selected, UserError> {
    let all = |ids: &[String]| ids.iter().map(|one| id(one)).collect::<Result<Vec<RecordingId>, _>>();
    Ok(match matching {
        Some(query) => Selected::Matching { query: Box::new(query.exact()?), except: all(except)? },
        None => Selected::Named(all(ids)?),
    })
}

/// Returns addresses of still pictures of recordings, as far as there are any. They expire.
#[hajime_macros::command]
pub(crate) async fn recording_pictures(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
) -> Result<Vec<PictureDto>, UserError> {
    let here = accounts.current().await?;
    let ids = ids.iter().map(|one| id(one)).collect::<Result<Vec<RecordingId>, _>>()?;
    let all = pictures::of(&here.context, &ids).await?;
    let dto = |one: pictures::Picture| PictureDto {
        recording_id: one.recording.to_string(),
        url: one.url.expose().to_owned(),
        expires_at: instant(one.expires_at),
    };
    Ok(all.into_iter().map(dto).collect())
}

/// What is to be different. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct DescriptionDraft {
    #[serde(default)]
    #[ts(optional)]
    title: Option<String>,
    #[serde(default)]
    #[ts(optional)]
    notes: Option<String>,
    #[serde(default)]
    #[ts(optional)]
    tags: Option<Vec<String>>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DescribedDto {
    recording: RecordingDto,
    /// The change, which can be undone; `null` if nothing changed.
    change: Option<String>,
}

impl From<Edited> for DescribedDto {
    fn from(edited: Edited) -> Self {
        Self { recording: edited.view.into(), change: edited.change.map(|change| change.to_string()) }
    }
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct RefusedDto {
    id: String,
    title: String,
    error: ErrorDto,
}

impl From<(RecordingId, String, UserError)> for RefusedDto {
    fn from((id, title, error): (RecordingId, String, UserError)) -> Self {
        Self { id: id.to_string(), title, error: ErrorDto(error) }
    }
}

/// What became of a change of several recordings.
#[derive(Debug, Serialize, TS)]
pub(crate) struct BulkDto {
    changed: u32,
    unchanged: u32,
    refused: Vec<RefusedDto>,
    /// The change, which can be undone at once; `null` if nothing changed.
    change: Option<String>,
}

impl From<BulkEdited> for BulkDto {
    fn from(BulkEdited { changed, unchanged, refused, change }: BulkEdited) -> Self {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            changed: number(changed),
            unchanged: number(unchanged),
            refused: refused.into_iter().map(RefusedDto::from).collect(),
            change: change.map(|change| change.to_string()),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PictureDto {
    recording_id: String,
    url: String,
    expires_at: String,
}
