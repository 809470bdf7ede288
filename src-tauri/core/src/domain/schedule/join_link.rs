//! Links to join: one address for everybody of a class or a series, or for one person.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{JoinLinkId, PersonId, SeriesId, SessionId};
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::sharing::door_link::CodeHash;

/// How long before the start of a class its link opens: long enough to try camera and microphone.
pub const OPENS_BEFORE: TimeDelta = TimeDelta::minutes(15);

/// The moment from which on a link lets people into a class, as soon as its room is open.
#[must_use]
pub fn opens(plan: &Plan) -> DateTime<Utc> {
    plan.start.instant().earlier(OPENS_BEFORE)
}

/// What a link for everybody is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOf {
    /// One class.
    Class,
    /// Every class of a series.
    Series,
}

impl LinkOf {
    /// Says who comes in by such a link, and when. `next` is the class that it leads to now; `locked` says that its host lets
    /// each person in.
    #[must_use]
    pub fn sentence(self, next: Option<&Session>, locked: bool, now: DateTime<Utc>) -> String {
        let Some(Session { plan, state, .. }) = next else {
            return "No class of the series is on the schedule, so the link lets nobody in.".into();
        };
        match state.phase() {
            SessionPhase::Cancelled => return "The class is cancelled, so the link lets nobody in.".into(),
            SessionPhase::Ending | SessionPhase::Ended => {
                return "The class is over, so the link lets nobody in.".into();
            }
            SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live => {}
        }
        let max = plan.max_participants;
        let people = if max == 1 { "1 person".to_owned() } else { format!("{max} people") };
        let who = match self {
            Self::Class => format!("Anyone with this link comes in, up to {people}."),
            Self::Series => {
                format!("Anyone with this link comes into every class of the series, up to {people} each time.")
            }
        };
        let asks = if locked { " You let each of them in." } else { "" };
        let (opens, today) = (opens(plan).with_timezone(&plan.start.zone()), now.with_timezone(&plan.start.zone()));
        let when = match self {
            _ if state.phase() == SessionPhase::Live => "It is open.".to_owned(),
            _ if opens <= today => "It opens when you start the class.".to_owned(),
            _ if opens.date_naive() == today.date_naive() => format!("It opens at {}.", opens.format("%H:%M")),
            Self::Class => format!("It opens on {}.", opens.format("%a %-d %b at %H:%M")),
            Self::Series => format!("The next one opens on {}.", opens.format("%a %-d %b at %H:%M")),
        };
        format!("{who}{asks} {when}")
    }
}

/// Where a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeadsTo {
    /// One class.
    Class(SessionId),
    /// The class of a series that is on or comes next.
    Series(SeriesId),
}

/// A link to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinLink {
    /// Its id, from which its code is derived.
    pub id: JoinLinkId,
    /// The hash of its code.
    pub hash: CodeHash,
    /// Where it leads.
    pub leads_to: LeadsTo,
    /// The person whose link it is; `None` for everybody.
    pub person: Option<PersonId>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was revoked; `None` while it lives.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Where somebody who came by a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatState {
    /// Waits for the host.
    Waiting,
    /// The host let the person in.
    Admitted,
    /// The host let the person not in.
    Refused,
    /// Has a place in the class.
    In,
    /// Left, so that the place is free again.
    Left,
    /// The host removed the person.
    Removed,
}

impl SeatState {
    const ALL: [Self; 6] = [Self::Waiting, Self::Admitted, Self::Refused, Self::In, Self::Left, Self::Removed];

    /// The word in the databases of the door and the desk, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Admitted => "admitted",
            Self::Refused => "refused",
            Self::In => "in",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }

    /// Finds a state by its word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A person who came by a link, as the door told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorSeat {
    /// The door's id of the seat.
    pub seat: String,
    /// The class.
    pub session: SessionId,
    /// The link; `None` where another desk made it.
    pub link: Option<JoinLinkId>,
    /// The mark of the person on the roster; `None` for a guest.
    pub person: Option<String>,
    /// The name that the person gave, or has on the roster.
    pub name: String,
    /// Where the person is.
    pub state: SeatState,
    /// Whether the person agreed to be recorded; `None` where nobody asked.
    pub agreed: Option<bool>,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl DoorSeat {
    /// What RealtimeKit knows the participant of the seat by: the mark of a person on the roster, or one of a guest.
    #[must_use]
    pub fn mark(&self) -> String {
        self.person.clone().unwrap_or_else(|| format!("door-{}", self.seat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_who_comes_in_and_when() {
        let now = "2026-12-08T12:00:00Z".parse().unwrap();
        let mut session = Session::new(Plan::example("2026-12-08T17:30:00Z".parse().unwrap()), now);
        let said =
            |of: LinkOf, session: &Session, locked, now: &str| of.sentence(Some(session), locked, now.parse().unwrap());
        let today = said(LinkOf::Class, &session, false, "2026-12-08T12:00:00Z");
        assert_eq!(today, "Anyone with this link comes in, up to 50 people. It opens at 18:15.");
        let before = said(LinkOf::Series, &session, true, "2026-12-07T12:00:00Z");
        assert_eq!(
            before,
            "Anyone with this link comes into every class of the series, up to 50 people each time. \
             You let each of them in. The next one opens on Tue 8 Dec at 18:15."
        );
        session.plan.max_participants = 1;
        let soon = said(LinkOf::Class, &session, false, "2026-12-08T17:15:00Z");
        assert_eq!(soon, "Anyone with this link comes in, up to 1 person. It opens when you start the class.");
        let cancelled = session.cancel(now).unwrap();
        let gone = said(LinkOf::Class, &cancelled, false, "2026-12-08T12:00:00Z");
        assert_eq!(gone, "The class is cancelled, so the link lets nobody in.");
        assert!(LinkOf::Series.sentence(None, false, now).contains("lets nobody in"));
    }
}
