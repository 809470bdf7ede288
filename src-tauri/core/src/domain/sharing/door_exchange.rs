//! What the desk and the door tell each other: rows of the door's tables, and what the door saw.

use chrono::{DateTime, Utc};

use crate::domain::ids::SessionId;
use crate::domain::schedule::join_link::SeatState;
use crate::domain::sharing::door_link::CodeHash;

/// A table of the door that the desk writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DoorTable {
    /// Classes that people can join.
    Classes,
    /// Links to join.
    JoinLinks,
    /// People whom the host removed. The desk only changes their seats, and keeps the row until the door has it.
    Seats,
    /// Links to watch.
    WatchLinks,
}

impl DoorTable {
    /// Every table.
    pub const ALL: [Self; 4] = [Self::Classes, Self::JoinLinks, Self::Seats, Self::WatchLinks];

    /// The name of the table, here and at the door.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::JoinLinks => "join_links",
            Self::Seats => "seats",
            Self::WatchLinks => "watch_links",
        }
    }

    /// Finds a table by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// A row that the door must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorRow {
    /// Its table.
    pub table: DoorTable,
    /// The id of the class, or the hash of the code.
    pub key: String,
    /// The columns as JSON, without the version; `None` where the door keeps what it has, because this desk cannot tell now.
    pub body: Option<String>,
    /// Whether it keeps somebody out, so that it goes first.
    pub urgent: bool,
}

/// A row that the door does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedRow {
    /// Its table.
    pub table: DoorTable,
    /// The id of the class, or the hash of the code.
    pub key: String,
    /// The columns as JSON; `None` for a row that the door deletes.
    pub body: Option<String>,
    /// Of two versions of a row, the higher one holds at the door.
    pub version: i64,
    /// Whether it keeps somebody out.
    pub urgent: bool,
}

/// A recording that was played by a watch link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPlay {
    /// The number of the event at the door.
    pub seq: i64,
    /// The link.
    pub link: CodeHash,
    /// When.
    pub at: DateTime<Utc>,
    /// Two letters; `None` where Cloudflare does not know.
    pub country: Option<String>,
}

/// A person who came by a link to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSeat {
    /// The door's id of the seat.
    pub seat: String,
    /// The class.
    pub session: SessionId,
    /// The link.
    pub link: CodeHash,
    /// The mark of the person on the roster; `None` for a guest.
    pub person: Option<String>,
    /// The name.
    pub name: String,
    /// Where the person is.
    pub state: SeatState,
    /// Whether the person agreed to be recorded; `None` where nobody asked.
    pub agreed: Option<bool>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What came of one exchange with the door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoorReply {
    /// The id of the database that answered.
    pub database: String,
    /// When, by Cloudflare's clock.
    pub at: DateTime<Utc>,
    /// The rows that the door has now, in the version that was sent.
    pub told: Vec<QueuedRow>,
    /// The seats that are free again, because their people left.
    pub freed: Vec<String>,
    /// The number of the last event that was fetched.
    pub cursor: i64,
    /// Whether the door's events have begun anew, so that it lost what it was told.
    pub began_anew: bool,
    /// What was played.
    pub plays: Vec<SeenPlay>,
    /// Who came.
    pub seats: Vec<SeenSeat>,
    /// Whether the door may have seen more than it told.
    pub is_full: bool,
    /// The classes of which the door told everybody who waits.
    pub waiting_of: Vec<SessionId>,
}

/// What of an exchange was new to this desk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DoorNews {
    /// Recordings were played.
    pub plays: bool,
    /// People came, or wait.
    pub people: bool,
}
