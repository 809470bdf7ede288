//! Whether a key that works in every program does so, and why not.

use std::sync::Arc;

use hajime_core::domain::profile::global_keys::KeyAction;

/// Whether a key works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// It is switched off.
    Off,
    /// It works. The desktop portal may have assigned other keys, in its own words.
    On(Option<String>),
    /// The desktop asks the person.
    Asking,
    /// It does not work.
    Refused(KeyRefusal),
}

/// Why a key does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    /// Another program has the keys.
    Taken,
    /// The keyboard has no such key.
    NoSuchKey,
    /// The desktop did not assign keys.
    NotAssigned,
    /// The desktop gives no keys to a program that it does not know.
    NotAllowed,
    /// The desktop took the keys back.
    TakenBack,
    /// The desktop portal has gone.
    PortalGone,
    /// This desktop gives no keys to programs.
    NoMeans,
    /// The system refused for a reason that is not known.
    Unknown,
}

/// Called when a key is pressed.
pub(crate) type OnKey = Arc<dyn Fn(KeyAction) + Send + Sync>;
