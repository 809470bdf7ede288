//! Traits for what the core needs from the machine. Only things that cannot run in a test have a trait.

use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::domain::delivery::notification::{Button, Notification, Subject};
use crate::domain::ids::{CalendarId, KeyId, PlaceId, RecordingId};
use crate::domain::text::one_line;

/// The only source of the current time.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        Utc::now()
    }
}

/// The most characters of a user's name.
const USER_NAME_MAX: usize = 64;

/// The name of the user who runs this process, as the operating system passes it on; empty if it does not.
#[must_use]
pub fn system_user() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(std::env::var_os);
    let name = named.map(|name| one_line(&name.to_string_lossy())).unwrap_or_default();
    name.chars().take(USER_NAME_MAX).collect()
}

/// The name of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// The API token of an account, by the account's id.
    ApiToken(String),
    /// The private half of a Stream signing key, as PEM text.
    SigningKey(KeyId),
    /// The address at which the upload of a recording resumes.
    Upload(RecordingId),
    /// The secret that the events of an account (its id) are signed with.
    WebhookSecret(String),
    /// The one before it, which signs too for a day after it was replaced.
    EarlierWebhookSecret(String),
    /// The address of the Slack channel of an account (its id): whoever has it may post there.
    SlackAddress(String),
    /// The key that a desk (its id) signs the ledger of an account (its id) with.
    LedgerKey(String, String),
    /// The end of that ledger's chain. It is no secret; in the keyring, nobody changes it together with the database.
    LedgerEnd(String, String),
    /// The address of a feed, by the id of its calendar: whoever has it may read the calendar.
    FeedAddress(CalendarId),
    /// The password of the mail server of an account (its id), with the server and the user that it is for.
    SmtpPassword(String),
    /// The secret key of a bucket, by the id of its place.
    ArchivePlace(PlaceId),
}

impl SecretName {
    /// The entry's name in the operating system's keyring.
    #[must_use]
    pub fn entry(&self) -> String {
        match self {
            Self::ApiToken(account) => format!("api-token/{account}"),
            Self::SigningKey(kid) => format!("signing-key/{kid}"),
            Self::Upload(recording) => format!("upload/{recording}"),
            Self::WebhookSecret(account) => format!("webhook-secret/{account}"),
            Self::EarlierWebhookSecret(account) => format!("earlier-webhook-secret/{account}"),
            Self::SlackAddress(account) => format!("slack-address/{account}"),
            Self::LedgerKey(account, desk) => format!("ledger-key/{account}/{desk}"),
            Self::LedgerEnd(account, desk) => format!("ledger-end/{account}/{desk}"),
            Self::FeedAddress(calendar) => format!("feed-address/{calendar}"),
            Self::SmtpPassword(account) => format!("smtp-password/{account}"),
            Self::ArchivePlace(place) => format!("archive-place/{place}"),
        }
    }
}

/// The reason why the keyring did not answer. It carries no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// This computer has no keyring; the reason.
    #[error("no keyring: {0}")]
    Unavailable(String),
    /// The keyring is locked, and the person did not unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// The keyring did not answer within this time. It may be waiting for its password.
    #[error("the keyring did not answer within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The keyring works but has no entry of this name.
    #[error("the keyring has no such entry")]
    Gone,
    /// The keyring answered with an error; its message.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

impl SecretError {
    /// A sentence for people.
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

    /// The next step for people, as a sentence.
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

/// The operating system's keyring (Secret Service, Keychain, Credential Manager). A call may wait for the person to
/// unlock it, but never longer than a limit.
pub trait SecretStore: Send + Sync {
    /// Reads a secret; `None` if the keyring has none of this name.
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError>;
    /// Stores a secret, replacing an earlier one of the same name.
    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError>;
    /// Removes a secret. It is no error if there is none.
    fn remove(&self, name: &SecretName) -> Result<(), SecretError>;
    /// Checks whether the keyring keeps secrets.
    fn probe(&self) -> Result<(), SecretError> {
        Ok(())
    }
    /// The error of the last request to the keyring; `None` if it succeeded. Does not ask the keyring.
    fn trouble(&self) -> Option<SecretError> {
        None
    }
}

/// The words of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The title, one line.
    pub title: String,
    /// The text, one or two sentences.
    pub body: String,
    /// The buttons, at most two. The first one solves what the notification is about.
    pub buttons: Vec<Button>,
}

/// The reason why a notification was not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// This program has no desktop, such as the command line.
    #[error("this program shows no notifications")]
    NoDesktop,
    /// The notification service did not answer within this time.
    #[error("the notification service did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// There is no notification service, or it refused; its words.
    #[error("{0}")]
    Refused(String),
}

impl NotShown {
    /// A sentence for people.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::NoDesktop => "This program shows no notifications; the window does.".to_owned(),
            Self::Silent(limit) => {
                format!("The notification service of this desktop did not answer within {} s.", limit.as_secs())
            }
            Self::Refused(words) => {
                let words: String = words.chars().filter(|letter| !letter.is_control()).take(200).collect();
                format!("This desktop did not show it: {words}")
            }
        }
    }
}

/// Resolves when the desktop has taken a notification, or refused it.
pub type Showing = Pin<Box<dyn Future<Output = Result<(), NotShown>> + Send>>;

/// Shows desktop notifications.
pub trait Notifier: Send + Sync {
    /// Shows a notification. If its kind [stays](crate::domain::delivery::notification::NotificationKind::stays), it is
    /// shown until it is withdrawn. It is shown also if nobody awaits the answer.
    fn notify(&self, notification: &Notification, message: &Message) -> Showing;
    /// Removes a notification that stays from the screen.
    fn withdraw(&self, subject: &Subject);
    /// Whether this program has a desktop on which people see what it shows.
    fn has_desktop(&self) -> bool {
        true
    }
}

/// A part of the data. When it changes, everything that shows it is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The connection, the state of the sync, and the settings.
    Desk,
    /// The schedule and the live sessions.
    Sessions,
    /// The recordings.
    Recordings,
    /// The ledger of share links.
    Links,
    /// Events on their way out, and the channels that they take.
    Deliveries,
    /// Downloads, archivings, and the places of the archive.
    Transfers,
}

/// A listener for changes of the data.
pub trait EventSink: Send + Sync {
    /// Tells the listener which parts of the data changed.
    fn changed(&self, topics: &[Topic]);
}

/// A listener and notifier that does nothing, for the command line and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl EventSink for Quiet {
    fn changed(&self, _topics: &[Topic]) {}
}

impl Notifier for Quiet {
    fn notify(&self, _notification: &Notification, _message: &Message) -> Showing {
        Box::pin(async { Err(NotShown::NoDesktop) })
    }

    fn withdraw(&self, _subject: &Subject) {}

    fn has_desktop(&self) -> bool {
        false
    }
}

/// A keyring that lives as long as the process, for computers without a usable keyring.
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
