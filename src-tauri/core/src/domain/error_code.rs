//! The stable word for each reason why something was not done. The CLI prints the word, and the page decides by it.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// A reason why something was not done. Each has one stable word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// The word that the CLI and the page read.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

error_codes! {
    /// The account has several RealtimeKit apps and none is chosen, or it does not have the chosen one.
    AppNotChosen = "app_not_chosen",
    /// The video's settings allow only certain sites to show it.
    CertainSites = "certain_sites",
    /// The clipboard cannot be written. Only the page reports this error; the core never does.
    Clipboard = "clipboard",
    /// Cloudflare understood the request and refused it.
    CloudflareRefused = "cloud_refused",
    /// Cloudflare's answer cannot be used.
    CloudflareUnreadable = "cloud_unreadable",
    /// The state of the session, recording or setting does not allow the action.
    Conflict = "conflict",
    /// The API token is not valid, or has no permissions.
    Credentials = "credentials",
    /// The database did not answer.
    Database = "database",
    /// The database is damaged.
    DatabaseDamaged = "database_damaged",
    /// The database is missing or empty.
    DatabaseLost = "database_lost",
    /// The disk is full.
    DiskFull = "disk_full",
    /// A file on this computer cannot be written.
    File = "file",
    /// Cloudflare's storage refused to give a recording's file.
    FileRefused = "file_refused",
    /// A fault of Hajime itself.
    Internal = "internal",
    /// The input can be corrected; `fields` says where.
    InvalidInput = "invalid_input",
    /// The keyring did not answer.
    Keyring = "keyring",
    /// The keyring gave no usable answer when the account was opened.
    KeyringFailed = "keyring_failed",
    /// The keyring was locked when the account was opened.
    KeyringLocked = "keyring_locked",
    /// No keyring was found when the account was opened.
    KeyringMissing = "keyring_missing",
    /// The account is being opened, and the keyring has not answered yet.
    KeyringWaiting = "keyring_waiting",
    /// The ledger is not as it was written, or that could not be confirmed.
    LedgerDoubtful = "ledger_doubtful",
    /// A lock file cannot be used.
    Lock = "lock",
    /// Stream has no downloadable file of the video.
    NoFile = "no_file",
    /// The file that was to be restored is not a copy of Hajime's database.
    NotACopy = "not_a_copy",
    /// The address of a recording's file returned something that is not a video.
    NotAVideo = "not_a_video",
    /// The person did not confirm the action.
    NotConfirmed = "not_confirmed",
    /// The thing that was asked for does not exist.
    NotFound = "not_found",
    /// The session's room is not open.
    NotLive = "not_live",
    /// The recording cannot be watched: not yet, or not any more.
    NotReady = "not_ready",
    /// Cloudflare cannot be reached.
    Offline = "offline",
    /// The admin passphrase is wrong, or an attempt has to wait.
    Passphrase = "passphrase",
    /// The API token lacks a permission.
    Permission = "permission",
    /// Cloudflare asked Hajime to wait before the next request.
    RateLimited = "rate_limited",
    /// The database cannot be written.
    ReadOnly = "read_only",
    /// The role of the desk does not allow the action.
    Role = "role",
    /// Every seat of the session is taken.
    RoomFull = "room_full",
    /// Stream's storage is full.
    StorageFull = "storage_full",
    /// A command of the CLI ran out of the time that it was given.
    Timeout = "timeout",
    /// The API token is not in the keyring any more.
    TokenMissing = "token_missing",
    /// The session is planned for later, and nobody confirmed an early start.
    TooEarly = "too_early",
    /// A transfer was given up because it was too slow.
    TooSlow = "too_slow",
    /// A reply names an address that Hajime does not trust.
    UntrustedAddress = "untrusted_address",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl PartialEq<&str> for ErrorCode {
    fn eq(&self, word: &&str) -> bool {
        self.word() == *word
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
