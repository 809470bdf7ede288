//! Videos that everybody can watch who has their address.

use hajime_core::actions::library::public_videos::{self, Closed, PublicVideo};
use hajime_core::domain::ids::VideoId;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::user_error::UserErrorShape;
use crate::ipc::{id, maybe_instant};

hajime_macros::commands![public_videos_list, public_videos_close];

/// Returns the videos of the account that everybody can watch who has their address, the newest first. Asks Cloudflare.
#[hajime_macros::command]
pub(crate) async fn public_videos_list(accounts: State<'_, Accounts>) -> Result<Vec<PublicVideoDto>, UserError> {
    let here = accounts.current().await?;
    Ok(public_videos::list(&here.context).await?.into_iter().map(PublicVideoDto::from).collect())
}

/// Closes public videos: those of `ids`, or all if it is `null`. Those that are not ours are left alone unless
/// `others_too` is set.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn public_videos_close(
    accounts: State<'_, Accounts>,
    ids: Option<Vec<String>>,
    others_too: bool,
) -> Result<ClosedVideosDto, UserError> {
    let here = accounts.current().await?;
    let ids: Option<Vec<VideoId>> =
        ids.map(|ids| ids.iter().map(|video| id(video)).collect::<Result<_, _>>()).transpose()?;
    Ok(public_videos::close(&here.context, ids.as_deref(), others_too).await?.into())
}

/// A video that everybody can watch who has its address.
#[derive(Debug, Serialize, TS)]
pub(crate) struct PublicVideoDto {
    id: String,
    /// Empty if it has no name.
    title: String,
    created: Option<String>,
    /// Whether Hajime made it or shows it as a recording.
    ours: bool,
}

impl From<PublicVideo> for PublicVideoDto {
    fn from(video: PublicVideo) -> Self {
        Self {
            id: video.id.to_string(),
            title: video.title,
            created: maybe_instant(video.created),
            ours: video.is_ours,
        }
    }
}

/// What became of the videos that were to be closed.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ClosedVideosDto {
    closed: u32,
    /// Those that are still public, each with the reason.
    failed: Vec<OpenVideoDto>,
    /// How many were left alone because they are not ours.
    unconfirmed: u32,
}

/// A video that is still public.
#[derive(Debug, Serialize, TS)]
pub(crate) struct OpenVideoDto {
    id: String,
    title: String,
    #[ts(as = "UserErrorShape")]
    error: UserError,
}

impl From<Closed> for ClosedVideosDto {
    fn from(done: Closed) -> Self {
        let count = |all: &[PublicVideo]| u32::try_from(all.len()).unwrap_or(u32::MAX);
        let still_open = |(video, error): (PublicVideo, UserError)| OpenVideoDto {
            id: video.id.to_string(),
            title: video.title,
            error,
        };
        Self {
            closed: count(&done.closed),
            unconfirmed: count(&done.unconfirmed),
            failed: done.failed.into_iter().map(still_open).collect(),
        }
    }
}
