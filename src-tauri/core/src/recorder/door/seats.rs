//! Which places are free again: those of people who came by a link and left the room.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::recorder::room_people::Seen;
use crate::domain::schedule::join_link::{DoorSeat, SeatState};
use crate::error::Error;
use crate::recorder::{lifecycle, room_people};

/// How long somebody is away before the place is free. Whoever loads the page again, or changes the network, is back sooner.
const AWAY: TimeDelta = TimeDelta::minutes(3);

/// The seats of people who left these classes. RealtimeKit is asked only where all places are taken: before that nobody lacks one.
pub(super) async fn left(context: &Context, live: &[SessionId]) -> Result<Vec<String>, Error> {
    let mut left = Vec::new();
    for id in live {
        let mut taken = context.store().door_seats_of(*id)?;
        taken.retain(|seat| seat.state == SeatState::In);
        let session = lifecycle::session(context, *id)?;
        if u32::try_from(taken.len()).is_ok_and(|taken| taken < session.plan.max_participants) {
            continue;
        }
        match room_people::recent(context, &session).await {
            Ok(list) => {
                let gone = taken.into_iter().filter(|seat| is_gone(seat, &list.seen, list.at));
                left.extend(gone.map(|seat| seat.seat));
            }
            // The door works without it.
            Err(error) => tracing::warn!(%error, "nobody knows who left the class, so no place is freed"),
        }
    }
    Ok(left)
}

/// Whether somebody with a seat has been out of the room for a while.
fn is_gone(seat: &DoorSeat, seen: &[Seen], now: DateTime<Utc>) -> bool {
    let mark = seat.mark();
    let mut last = seat.since;
    for one in seen.iter().filter(|one| one.mark == mark) {
        match one.connection.left_at {
            Some(left) => last = last.max(left),
            None => return false,
        }
    }
    last.later(AWAY) <= now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::consent::Consent;
    use crate::domain::schedule::attendance::Connection;
    use crate::domain::schedule::person::Role;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn seen(mark: &str, from: i64, to: Option<i64>) -> Seen {
        Seen {
            mark: mark.into(),
            participant: None,
            name: "Ada".into(),
            consent: Consent::Unknown,
            role: Role::Participant,
            connection: Connection { joined_at: at(from), left_at: to.map(at) },
        }
    }

    #[test]
    fn a_place_is_free_three_minutes_after_its_person_left() {
        let seat = DoorSeat {
            seat: "0a".into(),
            session: SessionId::new(),
            link: None,
            person: None,
            name: "Ada".into(),
            state: SeatState::In,
            agreed: None,
            since: at(10),
        };
        let other = seen("door-0b", 10, None);
        for (connections, now, gone) in [
            (vec![], 12, false),
            (vec![], 13, true),
            (vec![seen("door-0a", 11, None)], 60, false),
            (vec![seen("door-0a", 11, Some(20))], 22, false),
            (vec![seen("door-0a", 11, Some(20))], 23, true),
            (vec![seen("door-0a", 11, Some(20)), seen("door-0a", 21, None)], 60, false),
        ] {
            let all: Vec<Seen> = connections.into_iter().chain([other.clone()]).collect();
            assert_eq!(is_gone(&seat, &all, at(now)), gone, "{all:?} at {now}");
        }
    }
}
