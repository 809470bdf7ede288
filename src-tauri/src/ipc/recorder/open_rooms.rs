//! The open rooms at RealtimeKit, and closing one that nobody needs.

use hajime_core::actions::recorder::open_rooms::{self, OpenRoom};
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{id, maybe_instant};

hajime_macros::commands![rooms_open, room_close,];

/// Returns the open rooms with Hajime’s mark, those that nobody needs first.
#[hajime_macros::command]
pub(crate) async fn rooms_open(accounts: State<'_, Accounts>) -> Result<Vec<OpenRoomDto>, UserError> {
    let here = accounts.current().await?;
    Ok(open_rooms::list(&here.context).await?.into_iter().map(OpenRoomDto::from).collect())
}

/// Closes a room whose class is over. Nothing is deleted.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn room_close(accounts: State<'_, Accounts>, room: String) -> Result<(), UserError> {
    let here = accounts.current().await?;
    Ok(open_rooms::close(&here.context, &id(&room)?).await?)
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct OpenRoomDto {
    id: String,
    title: String,
    opened_at: Option<String>,
    /// Whether its class is known to be over, so that it may be closed.
    stray: bool,
    /// A sentence that says what is known of its class.
    known: String,
}

impl From<OpenRoom> for OpenRoomDto {
    fn from(room: OpenRoom) -> Self {
        Self {
            id: room.id.to_string(),
            opened_at: maybe_instant(room.opened_at),
            stray: room.is_stray(),
            known: room.sentence(),
            title: room.title,
        }
    }
}
