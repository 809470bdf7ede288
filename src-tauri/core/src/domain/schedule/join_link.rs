//! Links to join: one address for everybody of a class or a series, or for one person.

use chrono::{DateTime, Utc};

use crate::domain::ids::{JoinLinkId, PersonId, SeriesId, SessionId};
use crate::domain::sharing::door_link::CodeHash;

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
