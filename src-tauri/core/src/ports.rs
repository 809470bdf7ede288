//! The machine as the core needs it: traits only where the real thing cannot run in a test.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::domain::delivery::notification::{Notification, Subject};
use crate::domain::ids::{KeyId, RecordingId};

/// The only source of “now”.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        Utc::now()
    }
}

/// Which secret is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// The API token of an account (its id).
    ApiToken(String),
    /// The private half of a Stream signing key, PEM text.
    SigningKey(KeyId),
    /// The address at which the upload of a recording resumes.
    Upload(RecordingId),
}

impl SecretName {
    /// The entry's name in the operating system's keyring.
    #[must_use]
    pub fn entry(&self) -> String {
        match self {
            Self::ApiToken(account) => format!("api-token/{account}"),
            Self::SigningKey(kid) => format!("signing-key/{kid}"),
            Self::Upload(recording) => format!("upload/{recording}"),
        }
    }
}

/// Why the keyring did not answer. Carries no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no keyring.
    #[error("no keyring: {0}")]
    Unavailable(String),
    /// The keyring is locked and was not unlocked.
    #[error("the keyring is locked")]
    Locked,
    /// The keyring did not answer in time; it may be waiting for its password.
    #[error("the keyring did not answer within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The keyring works, and has no such entry.
    #[error("the keyring has no such entry")]
    Gone,
    /// The keyring answered something unusable.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

impl SecretError {
    /// A sentence for a person.
    #[must_use]
    pub const fn user_message(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "This computer has no keyring that can be used.",
            Self::Locked => "This computer’s keyring is locked.",
            Self::Silent(_) => "This computer’s keyring does not answer; it may be waiting for its password.",
            Self::Gone => "This computer’s keyring no longer has it.",
            Self::Failed(_) => "This computer’s keyring gave no usable answer.",
        }
    }

    /// What to do next.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Unavailable(_) | Self::Failed(_) => {
                "Unlock or install a keyring (on Linux: GNOME Keyring or KWallet), then try again."
            }
            Self::Locked | Self::Silent(_) => "Unlock it, then try again.",
            Self::Gone => "Enter the API token again, under Settings in the window.",
        }
    }
}

/// The operating system's keyring (Secret Service, Keychain, Credential Manager). A call may ask the person to unlock it; it returns within a limit.
pub trait SecretStore: Send + Sync {
    /// The secret, if there is one.
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError>;
    /// Stores or replaces it.
    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError>;
    /// Removes it; removing what is not there is fine.
    fn remove(&self, name: &SecretName) -> Result<(), SecretError>;
    /// Finds out whether secrets can be kept.
    fn probe(&self) -> Result<(), SecretError> {
        Ok(())
    }
    /// The error of the last request to the keyring. Sends no request.
    fn trouble(&self) -> Option<SecretError> {
        None
    }
}

/// A notification in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub body: String,
}

/// Desktop notifications.
pub trait Notifier: Send + Sync {
    /// Shows a notification, until it is withdrawn if its kind [stays](crate::domain::delivery::notification::NotificationKind::stays). A desktop
    /// without a notification service is no error.
    fn notify(&self, notification: &Notification, message: &Message);
    /// Takes a notification that stays off the screen.
    fn withdraw(&self, subject: &Subject);
}

/// A part of the data that changed, so that views of it are read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Connection, sync state, settings.
    Desk,
    /// Schedule and live sessions.
    Sessions,
    /// Recordings.
    Recordings,
    /// The share-link ledger.
    Links,
}

/// Listens to changes.
pub trait EventSink: Send + Sync {
    /// Something about these topics changed.
    fn changed(&self, topics: &[Topic]);
}

/// Listens to nothing and shows nothing: for the command line and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl EventSink for Quiet {
    fn changed(&self, _topics: &[Topic]) {}
}

impl Notifier for Quiet {
    fn notify(&self, _notification: &Notification, _message: &Message) {}

    fn withdraw(&self, _subject: &Subject) {}
}

/// Secrets that live as long as the process: what is used where no keyring can be had.
#[derive(Debug, Default)]
pub struct MemorySecrets(std::sync::Mutex<std::collections::HashMap<String, SecretString>>);

impl MemorySecrets {
    fn entries(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, SecretString>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl SecretStore for MemorySecrets {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        Ok(self.entries().get(&name.entry()).cloned())
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        self.entries().insert(name.entry(), value.clone());
        Ok(())
    }

    fn remove(&self, name: &SecretName) -> Result<(), SecretError> {
        self.entries().remove(&name.entry());
        Ok(())
    }
}
