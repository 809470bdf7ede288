//! Signing keys: what they are for, and what became of them. A key signs links; deleting it at Cloudflare ends them.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{KeyGroupId, KeyId, RecordingId};
use crate::domain::invalid::Invalid;
use crate::domain::text::one_line;

/// The most keys that Hajime lets an account have. Stream allows 1,000 (Stream docs, “Signing keys”); the rest is for
/// keys made by hand.
pub const KEYS_MAX: usize = 900;
/// The most keys in the pool.
pub const POOL_MAX: u32 = 200;
/// How many keys the pool holds unless others are wanted.
pub const POOL_DEFAULT: u32 = 10;
/// After how many months a key should be replaced unless others are wanted.
pub const REMIND_MONTHS_DEFAULT: u32 = 6;
/// The most months.
pub const REMIND_MONTHS_MAX: u32 = 36;
/// A replaced key stays this long after its last link has ended.
pub const KEPT_AFTER_LAST_LINK: TimeDelta = TimeDelta::hours(24);
/// The most characters of the name of a key or a group.
const NAME_MAX: usize = 80;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Links of this desk for which there is no other key.
    Desk,
    /// The links of a group.
    Group(KeyGroupId),
    /// The links of one recording, and no others.
    Recording(RecordingId),
    /// Made ahead, for the next recording.
    Pool,
    /// The plays of the door's watch links. Its private half is a secret of the door and is nowhere else.
    Door,
    /// It was made and its private half was lost with the reply.
    Unclaimed,
}

impl Purpose {
    /// The name in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Group(_) => "group",
            Self::Recording(_) => "recording",
            Self::Pool => "pool",
            Self::Door => "door",
            Self::Unclaimed => "unclaimed",
        }
    }
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// It signs.
    InUse,
    /// Another key signs in its place. Its links work on.
    Replaced,
    /// Hajime deleted it at Cloudflare.
    Revoked,
    /// Cloudflare does not have it any more, and Hajime did not delete it.
    Missing,
}

impl KeyState {
    const ALL: [Self; 4] = [Self::InUse, Self::Replaced, Self::Revoked, Self::Missing];

    /// The name in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Missing => "missing",
        }
    }

    /// Finds a state by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether Cloudflare has the key.
    #[must_use]
    pub const fn is_there(self) -> bool {
        matches!(self, Self::InUse | Self::Replaced)
    }
}

/// Where a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Hajime made it.
    Made,
    /// A person gave its private half to Hajime.
    Imported,
}

impl KeyOrigin {
    /// The name in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Imported => "imported",
        }
    }
}

/// A signing key that Hajime knows. Its private half is in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The id at Cloudflare.
    pub id: KeyId,
    /// The name that people gave it.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What became of it.
    pub state: KeyState,
    /// Where it came from.
    pub origin: KeyOrigin,
    /// When it was made or imported.
    pub made_at: DateTime<Utc>,
    /// When its state changed last.
    pub changed_at: DateTime<Utc>,
    /// When a replaced key is deleted; `None` for never.
    pub delete_after: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether the key should be replaced by now. Keys of recordings and of the pool are short-lived.
    #[must_use]
    pub fn is_due(&self, settings: &KeySettings, now: DateTime<Utc>) -> bool {
        let lasts = matches!(self.purpose, Purpose::Desk | Purpose::Group(_)) && self.state == KeyState::InUse;
        let due = settings.remind_months.and_then(|months| self.made_at.checked_add_months(Months::new(months)));
        lasts && due.is_some_and(|due| due <= now)
    }
}

/// A group of links with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGroup {
    /// The id.
    pub id: KeyGroupId,
    /// The name.
    pub name: String,
}

/// How keys are used on this desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySettings {
    /// Whether each recording gets a key of its own.
    pub per_recording: bool,
    /// How many keys are made ahead for that.
    pub pool: u32,
    /// After how many months a key should be replaced; `None` for never.
    pub remind_months: Option<u32>,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self { per_recording: false, pool: POOL_DEFAULT, remind_months: Some(REMIND_MONTHS_DEFAULT) }
    }
}

impl KeySettings {
    /// Checks the bounds.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.pool > POOL_MAX {
            let message = format!("{} keys cannot be made ahead.", self.pool);
            return Err(Invalid::one("pool", message, "Choose a number from 0 to 200."));
        }
        if self.remind_months.is_some_and(|months| months == 0 || months > REMIND_MONTHS_MAX) {
            return Err(Invalid::one(
                "remind_months",
                "This is no number of months.",
                "Choose from 1 to 36 months, or none.",
            ));
        }
        Ok(())
    }
}

/// When a replaced key may be deleted without breaking a link: a day after its last link has ended.
#[must_use]
pub fn deletion_after(last_link_ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    last_link_ends.map_or(now, |ends| ends.max(now)).later(KEPT_AFTER_LAST_LINK)
}

/// Checks the name of a key or a group, and returns it on one line.
pub fn read_name(text: &str) -> Result<String, Invalid> {
    let name = one_line(text);
    if name.is_empty() {
        return Err(Invalid::one("name", "The name is empty.", "Type a name."));
    }
    if name.chars().count() > NAME_MAX {
        return Err(Invalid::one("name", "The name is too long.", "Use at most 80 characters."));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_is_due_after_the_months_of_the_settings_and_never_without_them() {
        let mut key = Key {
            id: "k".parse().unwrap(),
            name: "Members".into(),
            purpose: Purpose::Desk,
            state: KeyState::InUse,
            origin: KeyOrigin::Made,
            made_at: at("2026-06-01T12:00:00Z"),
            changed_at: at("2026-06-01T12:00:00Z"),
            delete_after: None,
        };
        let settings = KeySettings::default();
        assert!(!key.is_due(&settings, at("2026-12-01T11:59:59Z")));
        assert!(key.is_due(&settings, at("2026-12-01T12:00:00Z")));
        assert!(!key.is_due(&KeySettings { remind_months: None, ..settings }, at("2030-01-01T00:00:00Z")));
        key.purpose = Purpose::Pool;
        assert!(!key.is_due(&settings, at("2030-01-01T00:00:00Z")));
    }

    #[test]
    fn a_replaced_key_stays_a_day_longer_than_its_last_link() {
        let now = at("2026-12-01T12:00:00Z");
        assert_eq!(deletion_after(Some(at("2026-12-02T10:12:00Z")), now), at("2026-12-03T10:12:00Z"));
        assert_eq!(deletion_after(Some(at("2026-11-01T00:00:00Z")), now), at("2026-12-02T12:00:00Z"));
        assert_eq!(deletion_after(None, now), at("2026-12-02T12:00:00Z"));
    }

    #[test]
    fn settings_outside_their_bounds_are_refused() {
        assert!(KeySettings { pool: POOL_MAX, ..KeySettings::default() }.check().is_ok());
        assert!(KeySettings { pool: POOL_MAX + 1, ..KeySettings::default() }.check().is_err());
        assert!(KeySettings { remind_months: Some(0), ..KeySettings::default() }.check().is_err());
        assert!(KeySettings { remind_months: Some(37), ..KeySettings::default() }.check().is_err());
    }
}
