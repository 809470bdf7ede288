//! The waiting list of a class: people who came by a link of the door and wait until the host lets them in, and the lock that
//! makes them wait.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::join_link::{DoorSeat, SeatState};
use crate::domain::schedule::session::{Session, SessionPhase};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::door::{self, live};
use crate::recorder::lifecycle;

/// The longest id that an error repeats, in characters. Those of the door are shorter.
const SHOWN_MAX: usize = 60;

/// The waiting list of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingList {
    /// The class.
    pub session: Session,
    /// Whether the join page has a door. Without one, nobody waits.
    pub door: bool,
    /// Whether the host lets each person in.
    pub locked: bool,
    /// Who waits, whoever came first before the others.
    pub people: Vec<DoorSeat>,
}

/// Who waits to be let into a class, as the door told last. Sends no request.
pub fn list(context: &Context, id: SessionId) -> Result<WaitingList, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let session = lifecycle::session(context, id)?;
    let mut people = context.store().door_seats_of(id)?;
    people.retain(|seat| seat.state == SeatState::Waiting);
    people.sort_by(|one, other| (one.since, &one.seat).cmp(&(other.since, &other.seat)));
    let door = door::is_open(context)?.is_some();
    Ok(WaitingList { locked: context.store().is_class_locked(id)?, door, people, session })
}

/// Lets somebody in who waits. A second call is harmless.
pub async fn admit(context: &Context, id: SessionId, seat: &str) -> Result<WaitingList, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let seat = known(context, id, seat)?;
    live::admit(context, id, &[seat.seat.as_str()]).await?;
    noted(context, id)
}

/// Lets everybody in who waits.
pub async fn admit_all(context: &Context, id: SessionId) -> Result<WaitingList, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let waiting = list(context, id)?.people;
    let seats: Vec<&str> = waiting.iter().map(|seat| seat.seat.as_str()).collect();
    if !seats.is_empty() {
        live::admit(context, id, &seats).await?;
    }
    noted(context, id)
}

/// Does not let somebody in who waits. The page says so to the person.
pub async fn refuse(context: &Context, id: SessionId, seat: &str) -> Result<WaitingList, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let seat = known(context, id, seat)?;
    live::refuse(context, id, &seat.seat).await?;
    noted(context, id)
}

/// Locks a class, so that the host lets each person in from now on, or unlocks it, so that those who wait come in too. Hosts and
/// people who have been in the class come in without asking.
///
/// Refused for a class that is over or cancelled, and where the join page has no door.
pub async fn set_locked(context: &Context, id: SessionId, locked: bool) -> Result<WaitingList, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let session = lifecycle::session(context, id)?;
    if locked {
        if door::is_open(context)?.is_none() {
            return Err(Error::Conflict {
                message: "A class can be locked only where the join page has a door.".into(),
                next: "Publish the join page in Settings.",
            });
        }
        if matches!(session.state.phase(), SessionPhase::Ending | SessionPhase::Ended | SessionPhase::Cancelled) {
            return Err(Error::Conflict {
                message: format!("“{}” is over or cancelled, so nobody comes in.", session.plan.title),
                next: "Lock a class that is on the schedule or live.",
            });
        }
    }
    if context.store().set_class_locked(id, locked, context.now())? {
        live::lock(context, id, locked).await?;
    }
    noted(context, id)
}

fn known(context: &Context, id: SessionId, seat: &str) -> Result<DoorSeat, Error> {
    let all = context.store().door_seats_of(id)?;
    let not_found = || Error::NotFound { what: "person who waits", id: seat.chars().take(SHOWN_MAX).collect() };
    all.into_iter().find(|known| known.seat == seat).ok_or_else(not_found)
}

/// Tells everybody of the change and returns the list.
fn noted(context: &Context, id: SessionId) -> Result<WaitingList, Error> {
    context.changed(&[Topic::Sessions]);
    context.wake_jobs();
    list(context, id)
}
