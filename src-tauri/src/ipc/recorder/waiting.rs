//! People who came by a class link and wait until the host lets them in, and the lock that makes them wait.

use hajime_core::actions::recorder::waiting::{self, WaitingList};
use hajime_core::domain::schedule::join_link::DoorSeat;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{id, instant};

hajime_macros::commands![waiting_list, waiting_admit, waiting_refuse, waiting_admit_all, class_lock,];

/// Returns who waits to be let into a class, as the door told last.
#[hajime_macros::command]
pub(crate) async fn waiting_list(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<WaitingRoomDto, UserError> {
    let here = accounts.current().await?;
    Ok(waiting::list(&here.context, id(&session_id)?)?.into())
}

/// Lets somebody in who waits.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn waiting_admit(
    accounts: State<'_, Accounts>,
    session_id: String,
    seat: String,
) -> Result<WaitingRoomDto, UserError> {
    let here = accounts.current().await?;
    Ok(waiting::admit(&here.context, id(&session_id)?, &seat).await?.into())
}

/// Does not let somebody in who waits.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn waiting_refuse(
    accounts: State<'_, Accounts>,
    session_id: String,
    seat: String,
) -> Result<WaitingRoomDto, UserError> {
    let here = accounts.current().await?;
    Ok(waiting::refuse(&here.context, id(&session_id)?, &seat).await?.into())
}

/// Lets everybody in who waits.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn waiting_admit_all(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<WaitingRoomDto, UserError> {
    let here = accounts.current().await?;
    Ok(waiting::admit_all(&here.context, id(&session_id)?).await?.into())
}

/// Locks a class, so that the host lets each person in, or unlocks it.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn class_lock(
    accounts: State<'_, Accounts>,
    session_id: String,
    locked: bool,
) -> Result<WaitingRoomDto, UserError> {
    let here = accounts.current().await?;
    Ok(waiting::set_locked(&here.context, id(&session_id)?, locked).await?.into())
}

/// Who waits to be let into a class.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WaitingRoomDto {
    /// Whether the join page has a door. Without one, nobody waits.
    door: bool,
    /// Whether the host lets each person in.
    locked: bool,
    /// Whoever came first is before the others.
    people: Vec<WaitingPersonDto>,
}

/// Somebody who waits.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WaitingPersonDto {
    /// The door’s id of the seat, by which the person is let in.
    seat: String,
    name: String,
    since: String,
}

impl From<WaitingList> for WaitingRoomDto {
    fn from(WaitingList { session: _, door, locked, people }: WaitingList) -> Self {
        Self { door, locked, people: people.into_iter().map(WaitingPersonDto::from).collect() }
    }
}

impl From<DoorSeat> for WaitingPersonDto {
    fn from(seat: DoorSeat) -> Self {
        Self { seat: seat.seat, name: seat.name, since: instant(seat.since) }
    }
}
