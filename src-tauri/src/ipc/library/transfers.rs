//! Downloads and archivings, and the places of the archive.

use hajime_core::actions::library::archive::{self, Archived, Imported, PlaceView};
use hajime_core::actions::library::transfers::{self, Requested, TransferView, Wanted};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::library::transfer::{BucketInput, Place, PlaceKind, TransferKind, TransferState};
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::library::description::{RefusedDto, selected};
use crate::ipc::library::search::RecordingsQuery;
use crate::ipc::{id, instant, maybe_instant};
use crate::platform::{ask, browser};

hajime_macros::commands![
    transfers_list,
    transfer_pause,
    transfer_resume,
    transfer_cancel,
    transfer_show,
    recordings_download,
    recordings_archive,
    archive_places,
    archive_folder_add,
    archive_bucket_add,
    archive_key_set,
    archive_test,
    archive_remove,
    archive_contents,
    archive_import,
];

/// Returns the newest downloads and archivings, newest first.
#[hajime_macros::command]
pub(crate) async fn transfers_list(accounts: State<'_, Accounts>) -> Result<Vec<TransferDto>, UserError> {
    let here = accounts.current().await?;
    Ok(transfers::list(&here.context)?.into_iter().map(TransferDto::from).collect())
}

/// Pauses a transfer. What came is kept.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn transfer_pause(accounts: State<'_, Accounts>, id: String) -> Result<TransferDto, UserError> {
    let here = accounts.current().await?;
    Ok(transfers::pause(&here.context, crate::ipc::id(&id)?)?.into())
}

/// Lets a transfer go on at once, from where it stopped.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn transfer_resume(accounts: State<'_, Accounts>, id: String) -> Result<TransferDto, UserError> {
    let here = accounts.current().await?;
    Ok(transfers::resume(&here.context, crate::ipc::id(&id)?)?.into())
}

/// Cancels a transfer and removes what came of it.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn transfer_cancel(accounts: State<'_, Accounts>, id: String) -> Result<TransferDto, UserError> {
    let here = accounts.current().await?;
    Ok(transfers::cancel(&here.context, crate::ipc::id(&id)?).await?.into())
}

/// Opens the folder of a transfer in the file manager. Returns whether that worked.
#[hajime_macros::command]
pub(crate) async fn transfer_show(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<bool, UserError> {
    let here = accounts.current().await?;
    let seen = transfers::get(&here.context, crate::ipc::id(&id)?)?;
    let folder = seen.path.as_deref().and_then(std::path::Path::parent).filter(|folder| folder.is_dir());
    Ok(folder.is_some_and(|folder| browser::show_folder(&app, folder)))
}

/// Downloads recordings into the folder for downloads: their videos, or their sound alone. One that cannot be downloaded
/// does not keep the others from it.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn recordings_download(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
    matching: Option<RecordingsQuery>,
    except: Vec<String>,
    sound: bool,
) -> Result<RequestedDto, UserError> {
    let here = accounts.current().await?;
    let selected = selected(&ids, matching, &except)?;
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        UserError::new(
            ErrorCode::File,
            "This computer has no folder for downloads.",
            "Download from a terminal: hajime-cli recording download --to FOLDER.",
        )
    })?;
    std::fs::create_dir_all(&folder).ok();
    let wanted = if sound { Wanted::Sound(folder) } else { Wanted::Video(folder) };
    Ok(transfers::request_many(&here.context, &selected, &wanted)?.into())
}

/// Copies recordings to a place of the archive. One that cannot be copied does not keep the others from it.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn recordings_archive(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
    matching: Option<RecordingsQuery>,
    except: Vec<String>,
    place: String,
) -> Result<RequestedDto, UserError> {
    let here = accounts.current().await?;
    let selected = selected(&ids, matching, &except)?;
    Ok(transfers::request_many(&here.context, &selected, &Wanted::Archive(id(&place)?))?.into())
}

/// Returns the places of the archive.
#[hajime_macros::command]
pub(crate) async fn archive_places(accounts: State<'_, Accounts>) -> Result<Vec<PlaceDto>, UserError> {
    let here = accounts.current().await?;
    Ok(archive::places(&here.context).await?.into_iter().map(PlaceDto::from).collect())
}

/// Adds a folder as a place. A person chooses it in a dialog of the system; `null` if no folder was chosen.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn archive_folder_add(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    name: String,
) -> Result<Option<PlaceDto>, UserError> {
    let here = accounts.current().await?;
    let Some(folder) = ask::folder(&app, "Archive recordings in a folder").await else { return Ok(None) };
    Ok(Some(PlaceDto::new(archive::add_folder(&here.context, &name, &folder)?, true)))
}

/// Adds a bucket as a place. Its secret key goes to the keyring and is never shown again.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn archive_bucket_add(
    accounts: State<'_, Accounts>,
    name: String,
    bucket: BucketDraft,
    secret: String,
) -> Result<PlaceDto, UserError> {
    let here = accounts.current().await?;
    let secret = SecretString::from(secret);
    Ok(PlaceDto::new(archive::add_bucket(&here.context, &name, &bucket.into(), secret).await?, true))
}

/// Replaces the secret key of a bucket.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn archive_key_set(
    accounts: State<'_, Accounts>,
    id: String,
    secret: String,
) -> Result<(), UserError> {
    let here = accounts.current().await?;
    let secret = SecretString::from(secret);
    Ok(archive::set_key(&here.context, crate::ipc::id(&id)?, secret).await?)
}

/// Writes a small file to a place and reads it back.
#[hajime_macros::command]
pub(crate) async fn archive_test(accounts: State<'_, Accounts>, id: String) -> Result<(), UserError> {
    let here = accounts.current().await?;
    Ok(archive::test_place(&here.context, crate::ipc::id(&id)?).await?)
}

/// Takes a place off the list and forgets its key. What is archived there stays.
#[hajime_macros::command(changes(Transfers))]
pub(crate) async fn archive_remove(accounts: State<'_, Accounts>, id: String) -> Result<(), UserError> {
    let here = accounts.current().await?;
    Ok(archive::remove_place(&here.context, crate::ipc::id(&id)?).await?)
}

/// Returns what a place has.
#[hajime_macros::command]
pub(crate) async fn archive_contents(accounts: State<'_, Accounts>, id: String) -> Result<Vec<ArchivedDto>, UserError> {
    let here = accounts.current().await?;
    let contents = archive::contents(&here.context, crate::ipc::id(&id)?).await?;
    Ok(contents.into_iter().map(ArchivedDto::from).collect())
}

/// Puts an archived recording back into the library. Where Stream does not have its video any more, it goes back to Stream.
#[hajime_macros::command(changes(Recordings, Sessions))]
pub(crate) async fn archive_import(
    accounts: State<'_, Accounts>,
    id: String,
    name: String,
) -> Result<ImportedDto, UserError> {
    let here = accounts.current().await?;
    Ok(archive::import(&here.context, crate::ipc::id(&id)?, &name).await?.into())
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "TransferKind")]
pub(crate) enum TransferKindDto {
    Video,
    Sound,
    Archive,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "TransferState")]
pub(crate) enum TransferStateDto {
    Active,
    Paused,
    Failed,
    Done,
    Cancelled,
}

/// A download or an archiving.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct TransferDto {
    id: String,
    recording_id: String,
    title: String,
    kind: TransferKindDto,
    state: TransferStateDto,
    /// The step that it is at: `prepare`, `fetch`, `send` or `verify`.
    step: String,
    /// The folder, or the name of the place.
    to: String,
    /// The name of the file; `null` until it has one.
    name: Option<String>,
    /// Whether its folder can be opened.
    shows: bool,
    /// The size of the file; `null` until it is known.
    total_bytes: Option<u64>,
    /// The whole way in bytes, and how much of it is done: an archived file is fetched and then sent.
    way_bytes: Option<u64>,
    done_bytes: u64,
    sha256: Option<String>,
    /// Why it waits or failed, in a sentence with the next step; empty if there is nothing to say.
    said: String,
    next_try: Option<String>,
    created_at: String,
    ended_at: Option<String>,
}

impl From<TransferView> for TransferDto {
    fn from(TransferView { transfer, title, to, path }: TransferView) -> Self {
        Self {
            id: transfer.id.to_string(),
            recording_id: transfer.recording.to_string(),
            title,
            kind: match transfer.kind {
                TransferKind::Video => TransferKindDto::Video,
                TransferKind::Sound => TransferKindDto::Sound,
                TransferKind::Archive => TransferKindDto::Archive,
            },
            state: match transfer.state {
                TransferState::Active => TransferStateDto::Active,
                TransferState::Paused => TransferStateDto::Paused,
                TransferState::Failed => TransferStateDto::Failed,
                TransferState::Done => TransferStateDto::Done,
                TransferState::Cancelled => TransferStateDto::Cancelled,
            },
            step: transfer.step.name().to_owned(),
            to,
            shows: path.is_some(),
            total_bytes: transfer.file.total,
            way_bytes: transfer.way(),
            done_bytes: transfer.way_done(),
            next_try: maybe_instant(transfer.next_try),
            created_at: instant(transfer.created_at),
            ended_at: maybe_instant(transfer.ended_at),
            name: transfer.name,
            sha256: transfer.sha256,
            said: transfer.said,
        }
    }
}

/// What became of a request for several recordings.
#[derive(Debug, Serialize, TS)]
pub(crate) struct RequestedDto {
    transfers: Vec<TransferDto>,
    refused: Vec<RefusedDto>,
}

impl From<Requested> for RequestedDto {
    fn from(requested: Requested) -> Self {
        Self {
            transfers: requested.transfers.into_iter().map(TransferDto::from).collect(),
            refused: requested.refused.into_iter().map(RefusedDto::from).collect(),
        }
    }
}

/// A place of the archive.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PlaceDto {
    id: String,
    name: String,
    is_bucket: bool,
    /// What it is and where, on one line.
    whereabouts: String,
    /// Whether its secret key is in the keyring. A folder needs none.
    has_key: bool,
}

impl PlaceDto {
    fn new(place: Place, has_key: bool) -> Self {
        Self {
            id: place.id.to_string(),
            is_bucket: matches!(place.kind, PlaceKind::Bucket(_)),
            whereabouts: place.whereabouts(),
            has_key,
            name: place.name,
        }
    }
}

impl From<PlaceView> for PlaceDto {
    fn from(PlaceView { place, has_key }: PlaceView) -> Self {
        Self::new(place, has_key)
    }
}

/// What a person enters for a bucket, without its secret key.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct BucketDraft {
    endpoint: String,
    region: String,
    bucket: String,
    prefix: String,
    access_key: String,
}

impl From<BucketDraft> for BucketInput {
    fn from(BucketDraft { endpoint, region, bucket, prefix, access_key }: BucketDraft) -> Self {
        Self { endpoint, region, bucket, prefix, access_key }
    }
}

/// What a place has of a recording.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ArchivedDto {
    /// The name of the file that says what is known of it.
    name: String,
    /// Its title; `null` if the file cannot be read.
    title: Option<String>,
    recorded_at: Option<String>,
    bytes: Option<u64>,
    is_in_library: bool,
}

impl From<Archived> for ArchivedDto {
    fn from(Archived { name, known }: Archived) -> Self {
        Self {
            name,
            recorded_at: known.as_ref().map(|known| instant(known.recorded_at)),
            bytes: known.as_ref().map(|known| known.bytes),
            is_in_library: known.as_ref().is_some_and(|known| known.is_in_library),
            title: known.map(|known| known.title),
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ImportedDto {
    recording_id: String,
    title: String,
    /// Whether the video goes back to Stream.
    goes_back: bool,
}

impl From<Imported> for ImportedDto {
    fn from(Imported { recording, goes_back }: Imported) -> Self {
        Self { recording_id: recording.id.to_string(), title: recording.title, goes_back }
    }
}
