//! Rows of the ledger as people see them, and what may be asked of them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{KeyId, LinkId, RecordingId};
use crate::domain::sharing::key::KeyState;
use crate::domain::sharing::ledger::{Act, Fingerprint};
use crate::domain::sharing::rights::Rights;

/// The most rows of a page.
pub const PAGE_MAX: u32 = 500;
/// A link that ends within this time is due for a new one.
pub const ENDS_SOON: TimeDelta = TimeDelta::hours(2);

/// The place of a row in the list, newest first: its time in milliseconds and its number in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The number in the database.
    pub seq: i64,
}

/// What is asked of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this act.
    pub act: Option<Act>,
    /// Only this recording.
    pub recording: Option<RecordingId>,
    /// Only this key.
    pub kid: Option<KeyId>,
    /// Only recordings whose title holds this text, or the user of the operating system; empty for all.
    pub text: String,
    /// Only links that work now and end within [`ENDS_SOON`].
    pub ends_soon: bool,
    /// Only links that work now.
    pub works: bool,
}

/// Whether a link works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It works.
    Works,
    /// It does not work yet.
    Early,
    /// It has ended.
    Ended,
    /// Its key was deleted, or the watch link was revoked.
    Revoked,
}

impl LinkState {
    /// The name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Early => "early",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }

    /// The state of a link by its times and its key.
    #[must_use]
    pub fn of(rights: Option<&Rights>, expires_at: DateTime<Utc>, key: Option<KeyState>, now: DateTime<Utc>) -> Self {
        match key {
            _ if expires_at <= now => Self::Ended,
            Some(KeyState::Revoked | KeyState::Missing) => Self::Revoked,
            _ if rights.and_then(|rights| rights.not_before).is_some_and(|begins| begins > now) => Self::Early,
            Some(KeyState::InUse | KeyState::Replaced) | None => Self::Works,
        }
    }
}

/// A row of the ledger with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its place in the list.
    pub place: Place,
    /// The desk; empty for rows from before desks had chains.
    pub desk: String,
    /// Its number in the desk's chain.
    pub n: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The name of the act.
    pub act: String,
    /// The role.
    pub role: String,
    /// The user of the operating system; empty if unknown.
    pub os_user: String,
    /// The recording.
    pub recording: Option<String>,
    /// The recording's title.
    pub title: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The video.
    pub video: Option<String>,
    /// The link.
    pub link: Option<LinkId>,
    /// The key.
    pub kid: Option<String>,
    /// The name of the key.
    pub key_name: Option<String>,
    /// The state of the key; `None` where Hajime does not know it.
    pub key_state: Option<KeyState>,
    /// The rights of the link.
    pub rights: Option<Rights>,
    /// When the link ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The fingerprint of the token.
    pub fingerprint: Option<Fingerprint>,
    /// More.
    pub note: String,
    /// Whether it carries a signature. Whether that is right, the check tells.
    pub is_signed: bool,
    /// Whether it tells of a watch link that was revoked.
    pub is_revoked: bool,
}

impl LedgerRow {
    /// The state of the link that the row tells of; `None` if it tells of none.
    #[must_use]
    pub fn link_state(&self, now: DateTime<Utc>) -> Option<LinkState> {
        let ends = self.expires_at.filter(|_| self.act == Act::LinkMade.name())?;
        match LinkState::of(self.rights.as_ref(), ends, self.key_state, now) {
            LinkState::Works | LinkState::Early if self.is_revoked => Some(LinkState::Revoked),
            state => Some(state),
        }
    }

    /// Whether the link works and ends soon.
    #[must_use]
    pub fn ends_soon(&self, now: DateTime<Utc>) -> bool {
        self.link_state(now) == Some(LinkState::Works)
            && self.expires_at.is_some_and(|ends| ends.since(now) <= ENDS_SOON)
    }
}

/// A part of the ledger, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<LedgerRow>,
    /// Where the next part begins; `None` after the last one.
    pub next: Option<Place>,
}
