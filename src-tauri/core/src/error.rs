//! The errors of actions, sorted by what a person can do about them.

mod file_trouble;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Local, Utc};
use serde::Serialize;

use crate::cloudflare;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::IdError;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::profile::journal::UndoRefusal;
use crate::domain::profile::realtimekit_app::AppChoice;
use crate::domain::profile::role::{Permission, Role};
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::series::SeriesRefusal;
pub use crate::error::file_trouble::FileTrouble;
use crate::ports::SecretError;
use crate::signing::SigningError;
use crate::store::{self, Nature};
use crate::supervisor::Stopped;

/// The reason why an action was not done. `Display` is for the log; people read [`Error::message`] and [`Error::next`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong, and the person can correct it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database has nothing with this id.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `session`, `recording` or `change`.
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// Cloudflare has nothing with this id in the account.
    #[error("Cloudflare has no {what} {id}")]
    NotAtCloudflare {
        /// `Stream video` or `RealtimeKit recording`.
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// The present state of the session or recording does not allow the action.
    #[error("{message}")]
    Conflict {
        /// A sentence that names the state.
        message: String,
        /// The next step, as a sentence.
        next: &'static str,
    },
    /// A calendar could not be read from its address.
    #[error("{message}")]
    Feed {
        /// A sentence that names the host and what it answered.
        message: String,
        /// The next step, as a sentence.
        next: String,
    },
    /// The session is in a state that does not allow the action.
    #[error(transparent)]
    Session(#[from] SessionRefusal),
    /// Nothing is sent through a channel.
    #[error(transparent)]
    Delivery(#[from] DeliveryRefusal),
    /// The undo of a change was refused.
    #[error(transparent)]
    Undo(#[from] UndoRefusal),
    /// The session has as many invitations, or participants in its room, as its plan allows.
    #[error("the session has room for {max}")]
    RoomFull {
        /// The number of participants that the plan allows.
        max: u32,
    },
    /// The role of the desk does not allow the action.
    #[error("the role {} may not {}", role.name(), permission.name())]
    Role {
        /// The role of the desk.
        role: Role,
        /// The permission that the action needs.
        permission: Permission,
    },
    /// The class or recording is another instructor's, and the role allows the own ones only.
    #[error("the {what} is another instructor's")]
    NotOwn {
        /// `class` or `recording`.
        what: &'static str,
    },
    /// The desk may only read, and it has no signing key for links.
    #[error("this desk has no signing key and may not make one")]
    NoSigningKey,
    /// The admin passphrase is wrong.
    #[error("the admin passphrase is wrong")]
    WrongPassphrase {
        /// When the next attempt is allowed; `None` if it is allowed now.
        wait_until: Option<DateTime<Utc>>,
    },
    /// There were so many wrong passphrases that the next attempt has to wait. This one was not looked at.
    #[error("too many wrong passphrases until {until}")]
    PassphraseWait {
        /// When the next attempt is allowed.
        until: DateTime<Utc>,
    },
    /// The recording cannot be watched yet, or cannot be watched any more.
    #[error("the recording is not ready: {sentence}")]
    NotReady {
        /// The state of the recording, as a sentence.
        sentence: String,
    },
    /// The account has several RealtimeKit apps, and no setting says which one to use.
    #[error("several RealtimeKit apps exist: {names}")]
    SeveralApps {
        /// The names of the apps.
        names: String,
    },
    /// The account does not have the RealtimeKit app in use.
    #[error("there is no RealtimeKit app {id}")]
    UnknownApp {
        /// The id of the app.
        id: String,
        /// Where the id came from.
        choice: AppChoice,
    },
    /// Another app would make invitations useless that were sent already, and nobody confirmed it.
    #[error("invitations lead to rooms of the app in use")]
    InvitationsOfApp {
        /// The titles of the classes.
        titles: String,
    },
    /// No key is made, because the account has as many as Hajime lets it have.
    #[error("the account has {keys} signing keys")]
    AccountFull {
        /// How many keys it has.
        keys: usize,
        /// How many Hajime lets it have.
        most: usize,
    },
    /// Links that work would stop, and nobody confirmed it.
    #[error("{what} {links} links")]
    LinksWouldStop {
        /// What would stop them, as the beginning of a sentence that goes on with the number of links.
        what: String,
        /// How many would stop.
        links: usize,
        /// What to add to the command to confirm it.
        flag: &'static str,
    },
    /// A request to Cloudflare failed.
    #[error(transparent)]
    Cloudflare(#[from] cloudflare::Error),
    /// Cloudflare's player refused the new link.
    #[error("Cloudflare's player answered {status} to the new link")]
    LinkRefused {
        /// The HTTP status of the player's answer.
        status: u16,
    },
    /// The server sent something that is not a video in place of a recording's file.
    #[error("the address of the recorded file returned something that is not a video")]
    NotAVideo {
        /// The recording's title.
        title: String,
    },
    /// The video may be embedded by certain sites only.
    #[error("the video allows certain sites only")]
    CertainSites {
        /// The host patterns of these sites.
        sites: Vec<String>,
    },
    /// A file on this computer cannot be written.
    #[error("{}: {}", path.display(), why.words())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The reason.
        why: FileTrouble,
    },
    /// A signing key or token is unusable.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The keyring did not answer.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Store(store::Error),
    /// A task panicked: a defect of Hajime.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A background job did not end within its limit and was cancelled.
    #[error("{activity} took too long")]
    TooLong {
        /// The activity of the job, in words that follow “while”.
        activity: &'static str,
    },
}

impl From<SeriesRefusal> for Error {
    fn from(refusal: SeriesRefusal) -> Self {
        match refusal {
            SeriesRefusal::Invalid(invalid) => Self::Invalid(invalid),
            SeriesRefusal::Session(refusal) => Self::Session(refusal),
            SeriesRefusal::NoSeries { title } => Self::Conflict {
                message: format!("“{title}” belongs to no series."),
                next: "Change the class alone.",
            },
            SeriesRefusal::HasSeries { title } => Self::Conflict {
                message: format!("“{title}” belongs to a series already."),
                next: "Change how that series repeats: this class and those after it, or all.",
            },
            SeriesRefusal::NotThatDay { date } => {
                let message = format!("The series has no class on {}.", date.format("%-d %B %Y"));
                Self::Invalid(Invalid::one("on", message, "Choose a day on which a class takes place."))
            }
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            // Nothing is wrong with the database: Cloudflare answered about another thing than Hajime asked about.
            store::Error::OfAnother { what, id } => {
                cloudflare::Error::OfAnother { what, asked: "of this recording".into(), answered: id }.into()
            }
            error => Self::Store(error),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Error {
    /// Makes the error of a file that cannot be written.
    #[must_use]
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), why: error.into() }
    }

    /// The stable code of the error in the CLI and the IPC.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::InvalidInput,
            Self::NotFound { .. } | Self::NotAtCloudflare { .. } => ErrorCode::NotFound,
            Self::Conflict { .. }
            | Self::AccountFull { .. }
            | Self::Feed { .. }
            | Self::UnknownApp { choice: AppChoice::Configured, .. } => ErrorCode::Conflict,
            Self::SeveralApps { .. } | Self::UnknownApp { .. } => ErrorCode::AppNotChosen,
            Self::InvitationsOfApp { .. } | Self::LinksWouldStop { .. } => ErrorCode::NotConfirmed,
            Self::Session(refusal) => refusal.code(),
            Self::Delivery(refusal) => refusal.code(),
            Self::Undo(refusal) => refusal.code(),
            Self::RoomFull { .. } => ErrorCode::RoomFull,
            Self::Role { .. } | Self::NotOwn { .. } | Self::NoSigningKey => ErrorCode::Role,
            Self::WrongPassphrase { .. } | Self::PassphraseWait { .. } => ErrorCode::Passphrase,
            Self::NotReady { .. } => ErrorCode::NotReady,
            Self::Cloudflare(error) => error.code(),
            Self::LinkRefused { .. } => ErrorCode::CloudflareRefused,
            Self::CertainSites { .. } => ErrorCode::CertainSites,
            Self::NotAVideo { .. } => ErrorCode::NotAVideo,
            Self::File { why: FileTrouble::Full, .. } => ErrorCode::DiskFull,
            Self::File { .. } => ErrorCode::File,
            Self::Signing(_) | Self::Stopped(_) | Self::TooLong { .. } => ErrorCode::Internal,
            Self::Secret(_) => ErrorCode::Keyring,
            Self::Store(error) => database_code(error),
        }
    }

    /// A sentence for people that says what went wrong and with what.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Invalid(invalid) => invalid.to_string(),
            Self::NotFound { what, id } => format!("There is no {what} {id}."),
            Self::NotAtCloudflare { what, id } => format!("Cloudflare has no {what} {id} in this account."),
            Self::Conflict { message, .. } | Self::Feed { message, .. } => message.clone(),
            Self::Session(refusal) => refusal.message(),
            Self::Delivery(refusal) => refusal.message(),
            Self::Undo(refusal) => refusal.message(),
            Self::RoomFull { max: 1 } => "The one place in this session is taken.".into(),
            Self::RoomFull { max } => format!("All {max} places of this session are taken."),
            Self::Role { role, permission } => {
                format!("The role of this desk is {}. It may not {}.", role.title(), permission.words())
            }
            Self::NotOwn { what } => {
                format!("This {what} is not one of the instructor in the settings of this desk.")
            }
            Self::NoSigningKey => {
                "This desk has no signing key, and its role may not make one or let Cloudflare sign.".into()
            }
            Self::WrongPassphrase { .. } => "The admin passphrase is wrong. The role stays as it is.".into(),
            Self::PassphraseWait { .. } => {
                "There were too many wrong admin passphrases, so this one was not tried.".into()
            }
            Self::NotReady { sentence } => format!("The recording cannot be watched: {sentence}"),
            Self::SeveralApps { names } => {
                format!("The account has several RealtimeKit apps, and none is chosen: {names}.")
            }
            Self::UnknownApp { id, .. } => format!("The account has no RealtimeKit app {id}."),
            Self::InvitationsOfApp { titles } => {
                format!("Invitations lead to rooms of the app in use: {titles}. They would let nobody in any more.")
            }
            Self::AccountFull { keys, most } => {
                format!("The account has {keys} signing keys. Hajime makes no more than {most}.")
            }
            Self::LinksWouldStop { what, links: 1, .. } => format!("{what} 1 link that works."),
            Self::LinksWouldStop { what, links, .. } => format!("{what} {links} links that work."),
            Self::Cloudflare(error) => error.user_message(),
            Self::LinkRefused { status } => format!("The new link does not play: Cloudflare answered {status}."),
            Self::NotAVideo { title } => {
                format!("The server sent something that is not a video in place of the file of “{title}”.")
            }
            Self::CertainSites { sites } => {
                format!("This video may be embedded on certain sites only: {}.", sites.join(", "))
            }
            Self::File { path, why } => format!("{} cannot be saved: {}.", path.display(), why.words()),
            Self::Signing(_) => "The signing key cannot be used.".into(),
            Self::Secret(error) => error.user_message().into(),
            Self::Store(error) => database_message(error),
            Self::Stopped(stopped) => format!("Hajime stopped unexpectedly while {}.", stopped.job),
            Self::TooLong { activity } => format!("Hajime was cancelled while {activity}: it took too long."),
        }
    }

    /// The next step for people, as a sentence.
    #[must_use]
    pub fn next(&self) -> String {
        match self {
            Self::Invalid(invalid) => {
                invalid.problems().first().map_or_else(String::new, |problem| problem.next.to_owned())
            }
            Self::NotFound { .. } => "Look at the list again; it may have been removed.".into(),
            Self::NotAtCloudflare { .. } => {
                "Copy the id again from the Cloudflare dashboard, or choose one of those on the list.".into()
            }
            Self::Conflict { next, .. } => (*next).into(),
            Self::Feed { next, .. } => next.clone(),
            Self::Session(refusal) => refusal.next().into(),
            Self::Delivery(refusal) => refusal.next().into(),
            Self::Undo(refusal) => refusal.next().into(),
            Self::RoomFull { .. } => "Raise the number of participants, or let somebody leave.".into(),
            Self::Role { .. } => {
                "Ask an admin, or switch the role in Settings with the admin passphrase (in a terminal: role set).".into()
            }
            Self::NotOwn { what } => format!(
                "Ask an admin, or correct the name of the instructor in the settings of this desk or of the {what}."
            ),
            Self::NoSigningKey => {
                "Let an admin switch the role of this desk and import a signing key (Signing keys, or in a terminal: key import)."
                    .into()
            }
            Self::WrongPassphrase { wait_until: Some(until) } | Self::PassphraseWait { until } => {
                format!("Try again after {}.", until.with_timezone(&Local).format("%H:%M:%S"))
            }
            Self::WrongPassphrase { wait_until: None } => "Type it again, or ask whoever has set it.".into(),
            Self::NotReady { .. } => "Wait until it is ready, or open it to see what is missing.".into(),
            Self::UnknownApp { choice: AppChoice::Configured, .. } => {
                "Correct CLOUDFLARE_CALLS_APP_ID where it is set, or remove it and choose the app in Settings.".into()
            }
            Self::SeveralApps { .. } | Self::UnknownApp { .. } => {
                "Choose the app in Settings (in a terminal: hajime-cli app choose).".into()
            }
            Self::InvitationsOfApp { .. } => {
                "Confirm the change (in a terminal: --yes), then send the invitations of these classes again.".into()
            }
            Self::AccountFull { .. } => "Delete keys that nobody needs, under Signing keys.".into(),
            Self::LinksWouldStop { flag, .. } => format!("Look at these links first, then confirm (in a terminal: {flag})."),
            // An action that failed is not repeated later unless the person asks for it again.
            Self::Cloudflare(cloudflare::Error::Unreachable { .. }) => "Check the network, then try again.".into(),
            Self::Cloudflare(cloudflare::Error::RateLimited(blocked)) => format!("Try again {}.", blocked.end()),
            Self::Cloudflare(error) => error.next_step(),
            Self::LinkRefused { .. } => {
                "Try again in a moment; the video may still be reaching Cloudflare’s network.".into()
            }
            Self::NotAVideo { .. } => {
                "Check whether a proxy or a sign-in page answers for Cloudflare, then save again. Nothing was saved.".into()
            }
            Self::CertainSites { .. } => {
                "It may not play on other sites. Clear “Allowed origins” of the video in the Cloudflare dashboard to let everybody with the link watch."
                    .into()
            }
            Self::File { why, .. } => why.next().into(),
            Self::Signing(_) => "Try again; a new key is made when the old one is unusable.".into(),
            Self::Secret(error) => error.next_step().into(),
            Self::Store(error) => database_next(error),
            Self::Stopped(_) => "Try again. If it happens again, restart Hajime and report the problem.".into(),
            Self::TooLong { .. } => "Hajime tries again by itself. If it happens again, check the network.".into(),
        }
    }
}

pub(crate) fn database_code(error: &store::Error) -> ErrorCode {
    match (error.nature(), error) {
        (_, store::Error::InUse { .. }) => ErrorCode::Conflict,
        (_, store::Error::NotACopy { .. }) => ErrorCode::NotACopy,
        (_, store::Error::Lock { .. }) => ErrorCode::Lock,
        (Nature::Damaged, _) => ErrorCode::DatabaseDamaged,
        (Nature::Lost, _) => ErrorCode::DatabaseLost,
        (Nature::Full, _) => ErrorCode::DiskFull,
        (Nature::ReadOnly, _) => ErrorCode::ReadOnly,
        (_, store::Error::File { .. }) => ErrorCode::File,
        (Nature::Busy | Nature::Other, _) => ErrorCode::Database,
    }
}

pub(crate) fn database_message(error: &store::Error) -> String {
    match error {
        store::Error::Corrupt { path, .. } => {
            format!("The database {} is damaged. Nothing was changed.", path.display())
        }
        store::Error::Lost { path, .. } => {
            format!("The database {} is gone or empty, although Hajime has worked here before.", path.display())
        }
        store::Error::Newer { path } => {
            format!("The database {} was written by a newer version of Hajime. Nothing was changed.", path.display())
        }
        store::Error::NotUpdated { path, copy, why } => format!(
            "The database {} could not be updated; nothing was changed{}. {}",
            path.display(),
            store::copy_at(copy.as_deref()),
            database_message(why)
        ),
        store::Error::Unopenable { path, why } => format!("The database {} cannot be opened: {why}.", path.display()),
        store::Error::Busy { path } => format!("The database {} is locked by another program.", path.display()),
        store::Error::Full { path } => {
            format!("Hajime cannot write to {}: the disk is full. Everything can still be read.", path.display())
        }
        store::Error::ReadOnly { path, .. } => {
            format!("Hajime may not write to {}. Everything can still be read.", path.display())
        }
        store::Error::Lock { path, why } => format!("The lock file {} cannot be used: {why}.", path.display()),
        store::Error::InUse { folder } => format!("Hajime is open on {}.", folder.display()),
        store::Error::NotACopy { path, why } => format!("{} cannot be restored: {why}.", path.display()),
        store::Error::File { path, error } => {
            format!("{} cannot be written: {}.", path.display(), FileTrouble::from(error).words())
        }
        store::Error::OtherAccount { owner } => format!("This data folder belongs to the Cloudflare account {owner}."),
        store::Error::Refused { path, why } => {
            format!("The database {} answered with an error that Hajime does not know: {why}.", path.display())
        }
        store::Error::Unreadable { what, .. } => format!("The database holds an unreadable {what}."),
        store::Error::OfAnother { what, id } => format!("The {what} {id} belongs to another recording."),
        store::Error::Sql(sql) => match error.nature() {
            Nature::Damaged => "The database is damaged. Nothing was changed.".into(),
            Nature::Full => "The disk is full, so nothing was changed.".into(),
            Nature::ReadOnly => "Hajime may not write to its database, so nothing was changed.".into(),
            Nature::Busy => "Another program has had the database locked for too long, so nothing was changed.".into(),
            Nature::Lost | Nature::Other => {
                format!("The database answered with an error that Hajime does not know: {}.", store::said(sql))
            }
        },
    }
}

pub(crate) fn database_next(error: &store::Error) -> String {
    let next = match (error.nature(), error) {
        (_, store::Error::Newer { .. }) => "Install the newer version.",
        (_, store::Error::Lock { .. }) => {
            "Delete or move the lock file, which holds no data, or check the folder’s permissions."
        }
        (_, store::Error::InUse { .. }) => "Close its window and end its other commands, then try again.",
        (_, store::Error::NotACopy { .. }) => "Choose another copy: hajime-cli backup list.",
        (_, store::Error::OtherAccount { .. }) => {
            "Choose another folder with --data-dir (HAJIME_DATA_DIR) for this account."
        }
        (_, store::Error::OfAnother { .. }) => "Check now, to see what is there.",
        (_, store::Error::Unreadable { .. }) => "Install the version of Hajime that wrote it.",
        (Nature::Damaged | Nature::Lost, _) => {
            "Restore the newest copy: hajime-cli restore latest. The file that is there now is kept."
        }
        (Nature::Full, _) => "Free some space on that disk. Hajime goes on by itself.",
        (Nature::ReadOnly, _) => "Check the permissions of the folder and whether its disk is write-protected.",
        (Nature::Busy, _) => "Close the program that has it open, then try again.",
        (_, store::Error::File { error, .. }) => FileTrouble::from(error).next(),
        (Nature::Other, store::Error::NotUpdated { .. }) => {
            "Go on with the version of Hajime that was installed before, and tell the makers of Hajime."
        }
        (Nature::Other, _) => "Check the folder’s permissions and its disk, or choose another folder with --data-dir.",
    };
    next.to_owned()
}

/// An error as people read it. It can be stored, compared and shown; the CLI prints it, and the window receives it
/// unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserError {
    /// The stable code of the error.
    pub code: ErrorCode,
    /// A sentence that says what went wrong and with what.
    pub message: String,
    /// The next step, as a sentence.
    pub next: String,
    /// The fields of a form that have to be corrected, in the order of the form. Empty for every code except
    /// `invalid_input`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
}

impl UserError {
    /// Makes an error that names no field of a form.
    pub fn new(code: ErrorCode, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code, message: message.into(), next: next.into(), fields: Vec::new() }
    }
}

impl From<&Error> for UserError {
    fn from(error: &Error) -> Self {
        let fields = match error {
            Error::Invalid(invalid) => invalid.problems().to_vec(),
            _ => Vec::new(),
        };
        Self { fields, ..Self::new(error.code(), error.message(), error.next()) }
    }
}

impl From<Error> for UserError {
    /// Logs the internal wording, because it is lost afterwards.
    fn from(error: Error) -> Self {
        tracing::warn!(%error, code = error.code().word(), "refused");
        Self::from(&error)
    }
}

impl From<Invalid> for UserError {
    fn from(invalid: Invalid) -> Self {
        Error::from(invalid).into()
    }
}

impl From<IdError> for UserError {
    fn from(error: IdError) -> Self {
        Self::new(ErrorCode::InvalidInput, format!("{error}."), "List what there is and copy an id from there.")
    }
}

impl From<&store::Error> for UserError {
    fn from(error: &store::Error) -> Self {
        Self::new(database_code(error), database_message(error), database_next(error))
    }
}

impl From<&cloudflare::Error> for UserError {
    fn from(error: &cloudflare::Error) -> Self {
        Self::new(error.code(), error.user_message(), error.next_step())
    }
}
