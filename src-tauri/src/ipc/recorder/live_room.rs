//! The room of a live session: who is there, removing one of them, and moving the planned end.

use hajime_core::actions::recorder::auto_end;
use hajime_core::actions::recorder::extend::{self, Extended};
use hajime_core::actions::recorder::people::{self, InRoom, RoomPeople};
use hajime_core::domain::recorder::auto_end::{Countdown, Why};
use hajime_core::domain::recorder::consent::Consent;
use hajime_core::domain::recorder::room_people::WayIn;
use hajime_core::domain::schedule::session::Session;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::schedule::SessionDto;
use crate::ipc::schedule::roster::RoleDto;
use crate::ipc::{self, id, instant, maybe_instant};

hajime_macros::commands![room_people, room_remove, session_extend, session_extend_undo, session_keep_open,];

/// Returns who is and was in the room of a session. Cloudflare is asked at most every ten seconds.
#[hajime_macros::command]
pub(crate) async fn room_people(accounts: State<'_, Accounts>, session_id: String) -> Result<RoomPeopleDto, UserError> {
    let here = accounts.current().await?;
    Ok(people::people(&here.context, id(&session_id)?).await?.into())
}

/// Removes somebody from the room and takes their link back.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn room_remove(
    accounts: State<'_, Accounts>,
    session_id: String,
    participant: String,
) -> Result<RoomPeopleDto, UserError> {
    let here = accounts.current().await?;
    Ok(people::remove(&here.context, id(&session_id)?, &participant).await?.into())
}

/// Moves the planned end of a live session by this number of minutes.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_extend(
    accounts: State<'_, Accounts>,
    id: String,
    minutes: i64,
) -> Result<ExtendedDto, UserError> {
    let here = accounts.current().await?;
    Ok(extend::extend(&here.context, ipc::id(&id)?, minutes)?.into())
}

/// Undoes an extension.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_extend_undo(
    accounts: State<'_, Accounts>,
    id: String,
    change: String,
) -> Result<SessionDto, UserError> {
    let here = accounts.current().await?;
    let (session, change) = (ipc::id(&id)?, ipc::id(&change)?);
    Ok(extend::undo(&here.context, session, change)?.into())
}

/// Keeps a live class open that would end by itself, or lets it end by itself again.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_keep_open(accounts: State<'_, Accounts>, id: String, keep: bool) -> Result<(), UserError> {
    let here = accounts.current().await?;
    Ok(auto_end::keep_open(&here.context, ipc::id(&id)?, keep)?)
}

/// The countdown before a live class ends by itself.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CountdownDto {
    /// When the class ends, if nothing changes.
    at: String,
    why: EndsWhy,
}

/// Why a class ends by itself.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndsWhy {
    /// Nobody but the host is in the room.
    Empty,
    /// The class is over time.
    Late,
}

impl From<Countdown> for CountdownDto {
    fn from(countdown: Countdown) -> Self {
        let why = match countdown.why {
            Why::Empty => EndsWhy::Empty,
            Why::Late => EndsWhy::Late,
        };
        Self { at: instant(countdown.at), why }
    }
}

/// Somebody who is or was in a room.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RoomPersonDto {
    /// The participant’s id at Cloudflare, by which the person is removed; `null` where Cloudflare does not say.
    participant: Option<String>,
    /// The name that others see in the room; empty where there is none.
    name: String,
    /// The name on the roster; `null` for somebody who is not on it.
    listed_as: Option<String>,
    role: RoleDto,
    consent: ConsentDto,
    way_in: WayInDto,
    joined_at: String,
    /// `null` while the person is in the room.
    left_at: Option<String>,
    present_minutes: i64,
}

/// What somebody answered when the join page asked whether they may be recorded.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "Consent")]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentDto {
    Agreed,
    Declined,
    Unknown,
}

impl From<Consent> for ConsentDto {
    fn from(consent: Consent) -> Self {
        match consent {
            Consent::Agreed => Self::Agreed,
            Consent::Declined => Self::Declined,
            Consent::Unknown => Self::Unknown,
        }
    }
}

/// How somebody came into a room.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "WayIn")]
#[serde(rename_all = "snake_case")]
pub(crate) enum WayInDto {
    /// By the seat of the host who runs the session.
    Host,
    /// By the code of the room, which many people use as one participant.
    RoomCode,
    /// By a link of their own.
    OwnLink,
}

impl From<WayIn> for WayInDto {
    fn from(way_in: WayIn) -> Self {
        match way_in {
            WayIn::Host => Self::Host,
            WayIn::RoomCode => Self::RoomCode,
            WayIn::OwnLink => Self::OwnLink,
        }
    }
}

impl From<InRoom> for RoomPersonDto {
    fn from(InRoom { seen, person }: InRoom) -> Self {
        Self {
            participant: seen.participant.map(|participant| participant.to_string()),
            name: seen.name,
            listed_as: person.map(|person| person.name),
            role: seen.role.into(),
            consent: seen.consent.into(),
            way_in: seen.way_in.into(),
            joined_at: instant(seen.attendance.joined_at),
            left_at: maybe_instant(seen.attendance.left_at),
            present_minutes: seen.attendance.present.num_minutes(),
        }
    }
}

/// The people who are or were in a room. Those who are there come first.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RoomPeopleDto {
    people: Vec<RoomPersonDto>,
    /// When Cloudflare was asked.
    checked_at: String,
}

impl From<RoomPeople> for RoomPeopleDto {
    fn from(RoomPeople { session: _, people, at }: RoomPeople) -> Self {
        Self { people: people.into_iter().map(RoomPersonDto::from).collect(), checked_at: instant(at) }
    }
}

/// Another class of the same instructor.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct NextClassDto {
    title: String,
    start: String,
}

impl From<Session> for NextClassDto {
    fn from(session: Session) -> Self {
        Self { start: instant(session.plan.start.instant()), title: session.plan.title }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ExtendedDto {
    session: SessionDto,
    /// The change, by which it is undone.
    change: String,
    /// The instructor’s next class, if it begins before the new end.
    overlapped: Option<NextClassDto>,
    /// When the running recording ends by itself and another one begins, if that is before the new end.
    recording_cut: Option<String>,
}

impl From<Extended> for ExtendedDto {
    fn from(Extended { session, change, overlapped, recording_cut }: Extended) -> Self {
        Self {
            session: session.into(),
            change: change.to_string(),
            overlapped: overlapped.map(NextClassDto::from),
            recording_cut: maybe_instant(recording_cut),
        }
    }
}
