//! Keeping recordings forever, the bin, and deleting what is in it for good.

use hajime_core::actions::library::bin::{self, Bin, Deletion, InBin, Stopped};
use hajime_core::actions::library::description::Selected;
use hajime_core::actions::library::view;
use hajime_core::domain::ids::RecordingId;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::library::description::{BulkDto, RefusedDto, selected};
use crate::ipc::library::recordings::RecordingDto;
use crate::ipc::library::search::RecordingsQuery;
use crate::ipc::maybe_instant;
use crate::ipc::user_error::ErrorDto;

hajime_macros::commands![
    recordings_missing,
    recordings_keep,
    recordings_bin,
    recordings_restore,
    recording_delete,
    bin_get,
    bin_stop_links,
];

/// Returns the recordings on the list that are gone at Cloudflare.
#[hajime_macros::command]
pub(crate) async fn recordings_missing(accounts: State<'_, Accounts>) -> Result<Vec<RecordingDto>, UserError> {
    let here = accounts.current().await?;
    let all = view::views(&here.context, bin::missing(&here.context)?)?;
    Ok(all.into_iter().map(RecordingDto::from).collect())
}

/// Keeps recordings forever: those with these ids, or all that a query finds without those in `except`.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recordings_keep(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
    matching: Option<RecordingsQuery>,
    except: Vec<String>,
) -> Result<BulkDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::keep(&here.context, &selected(&ids, matching, &except)?).await?.into())
}

/// Puts recordings in the bin: those with these ids, or all that a query finds without those in `except`.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recordings_bin(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
    matching: Option<RecordingsQuery>,
    except: Vec<String>,
) -> Result<BulkDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::put(&here.context, &selected(&ids, matching, &except)?).await?.into())
}

/// Takes recordings out of the bin, and lets those that are kept forever have their date again.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recordings_restore(accounts: State<'_, Accounts>, ids: Vec<String>) -> Result<BulkDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::restore(&here.context, &Selected::Named(all(&ids)?)).await?.into())
}

/// Deletes the video of a recording in the bin for good. `typed` must be its title.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_delete(
    accounts: State<'_, Accounts>,
    id: String,
    typed: String,
) -> Result<DeletionDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::delete(&here.context, crate::ipc::id(&id)?, &typed).await?.into())
}

/// Returns the recordings in the bin whose minutes Stream still counts.
#[hajime_macros::command]
pub(crate) async fn bin_get(accounts: State<'_, Accounts>) -> Result<BinDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::bin(&here.context)?.into())
}

/// Stops the links of recordings in the bin at once.
#[hajime_macros::command(changes(Recordings, Links))]
pub(crate) async fn bin_stop_links(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
    with_others: bool,
) -> Result<StoppedLinksDto, UserError> {
    let here = accounts.current().await?;
    Ok(bin::stop_links(&here.context, &all(&ids)?, with_others).await?.into())
}

fn all(ids: &[String]) -> Result<Vec<RecordingId>, UserError> {
    ids.iter().map(|one| crate::ipc::id(one)).collect()
}

/// A recording in the bin.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct InBinDto {
    recording: RecordingDto,
    /// When Stream deletes the video; `null` if it does not by itself, because the video is too old for a date.
    deleted_on: Option<String>,
    /// Whether Stream knows that date.
    told: bool,
    /// Whether the video is about to be deleted for good.
    deleting: bool,
    /// How many of its links work.
    links: u32,
    /// Until when Cloudflare may still have the file of the class itself, which a new desk would import again; `null` if it
    /// does not have it.
    file_until: Option<String>,
}

impl From<InBin> for InBinDto {
    fn from(InBin { view, deletion, told, deleting, links, file_until }: InBin) -> Self {
        let links = u32::try_from(links).unwrap_or(u32::MAX);
        let (deleted_on, file_until) = (maybe_instant(deletion), maybe_instant(file_until));
        Self { recording: view.into(), deleted_on, told, deleting, links, file_until }
    }
}

/// What is in the bin.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct BinDto {
    recordings: Vec<InBinDto>,
    /// The minutes that Stream still counts.
    minutes: u32,
    /// When the last of them is deleted; `null` if one of them has no date.
    until: Option<String>,
    /// How many links to them work.
    links: u32,
}

impl From<Bin> for BinDto {
    fn from(Bin { recordings, minutes, until, links }: Bin) -> Self {
        Self {
            recordings: recordings.into_iter().map(InBinDto::from).collect(),
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
            until: maybe_instant(until),
            links: u32::try_from(links).unwrap_or(u32::MAX),
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeletionOutcome {
    Deleted,
    Overruled,
    Waits,
}

/// What became of a video that was to be deleted for good.
#[derive(Debug, Serialize, TS)]
pub(crate) struct DeletionDto {
    outcome: DeletionOutcome,
    /// Why it waits; `null` if it does not.
    why: Option<ErrorDto>,
}

impl From<Deletion> for DeletionDto {
    fn from(deletion: Deletion) -> Self {
        match deletion {
            Deletion::Done => Self { outcome: DeletionOutcome::Deleted, why: None },
            Deletion::Overruled => Self { outcome: DeletionOutcome::Overruled, why: None },
            Deletion::Waits(why) => Self { outcome: DeletionOutcome::Waits, why: Some(ErrorDto(why)) },
        }
    }
}

/// What became of stopping links.
#[derive(Debug, Serialize, TS)]
pub(crate) struct StoppedLinksDto {
    /// The recordings whose links were stopped.
    stopped: Vec<String>,
    /// The recordings whose links still work, and why.
    refused: Vec<RefusedDto>,
}

impl From<Stopped> for StoppedLinksDto {
    fn from(Stopped { stopped, refused }: Stopped) -> Self {
        Self {
            stopped: stopped.into_iter().map(|(id, _)| id.to_string()).collect(),
            refused: refused.into_iter().map(RefusedDto::from).collect(),
        }
    }
}
