//! Identifiers. Each kind has a type of its own, so that a meeting can never be passed where a video is meant.
//!
//! Parsing validates. No id dereferences to `str`, so an unchecked string cannot get into a URL path.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{value}” is not {expected}")]
pub struct IdError {
    /// The text that was given, cut to 64 characters.
    pub value: String,
    /// The expected value with its article, for example “a Cloudflare account id (32 hexadecimal digits)”.
    pub expected: &'static str,
}

impl IdError {
    fn new(value: &str, expected: &'static str) -> Self {
        Self { value: value.chars().take(64).collect(), expected }
    }
}

/// Defines the type of an id that Cloudflare assigns and that Hajime puts into URL paths.
macro_rules! cloud_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $valid:expr) => {
        cloud_id!($(#[$doc])* $name, $expected, $valid, str::to_owned);
    };
    ($(#[$doc:meta])* $name:ident, $expected:literal, $valid:expr, $spelling:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the id as it is written in a URL path or a JSON body.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(value: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                let spelling: fn(&str) -> String = $spelling;
                if valid(value) { Ok(Self(spelling(value))) } else { Err(IdError::new(value, $expected)) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(value: String) -> Result<Self, IdError> {
                value.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

/// Defines the type of an id that Hajime assigns: a UUIDv7, so that ids sort by creation.
macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates an id. UUIDv7 carries the creation time in milliseconds (RFC 9562 §5.7).
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(value: &str) -> Result<Self, IdError> {
                Uuid::parse_str(value).map(Self).map_err(|_| IdError::new(value, $expected))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

fn is_hex_32(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Cloudflare documents most RealtimeKit ids as UUIDs but declares other forms too, so any text that is one safe path
/// segment is accepted.
fn is_path_segment(value: &str) -> bool {
    (1..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

cloud_id!(
    /// A Cloudflare account id: 32 hexadecimal digits, shown in the dashboard's overview. Capital letters become small
    /// ones, so that one account has one id.
    AccountId, "a Cloudflare account id (32 hexadecimal digits)", is_hex_32, str::to_ascii_lowercase
);
cloud_id!(
    /// A RealtimeKit app id. The OpenAPI document allows at most 32 characters, but real ids are UUIDs with 36.
    AppId, "a RealtimeKit app id", is_path_segment
);
cloud_id!(
    /// The id of a custom domain of a Worker.
    DomainId, "the id of a custom domain", is_path_segment
);
cloud_id!(
    /// The id of a D1 database.
    DatabaseId, "the id of a D1 database", is_path_segment
);
cloud_id!(
    /// The id of an API token. It is not the token.
    ApiTokenId, "the id of an API token", is_path_segment
);
cloud_id!(
    /// A RealtimeKit meeting id. The meeting is the room of a session.
    MeetingId, "a RealtimeKit meeting id", is_path_segment
);
cloud_id!(
    /// A RealtimeKit preset id. People join by a preset's name; its id is needed to read or change it.
    PresetId, "a RealtimeKit preset id", is_path_segment
);
cloud_id!(
    /// A RealtimeKit participant id.
    ParticipantId, "a RealtimeKit participant id", is_path_segment
);
cloud_id!(
    /// A RealtimeKit session id. Hajime's own id of a class is [`SessionId`].
    RealtimeKitSessionId, "a RealtimeKit session id", is_path_segment
);
cloud_id!(
    /// A RealtimeKit recording id. Hajime's own id of a recording is [`RecordingId`].
    RealtimeKitRecordingId, "a RealtimeKit recording id", is_path_segment
);
cloud_id!(
    /// A Stream video uid: 32 hexadecimal digits.
    VideoId, "a Stream video uid (32 hexadecimal digits)", is_hex_32
);
cloud_id!(
    /// The id of a Stream signing key, the `kid` of playback tokens.
    KeyId, "a Stream signing key id", is_path_segment
);

cloud_id!(
    /// The id of a desk. It is random and says nothing about the computer or its people.
    DeskId, "a desk id", is_path_segment
);

own_id!(
    /// Hajime's id of an imported calendar.
    CalendarId, "a calendar id"
);
own_id!(
    /// A person on rosters. Classes that take the person over share the id.
    PersonId,
    "a person id (a UUID)"
);
own_id!(
    /// The id of a session.
    SessionId, "a session id"
);
own_id!(
    /// The id of a series of sessions.
    SeriesId, "a series id"
);
own_id!(
    /// The id of a template.
    TemplateId, "a template id"
);
own_id!(
    /// The id of a holiday.
    HolidayId, "a holiday id"
);
own_id!(
    /// The id of a recording. It exists from the moment the recording is asked for.
    RecordingId, "a recording id"
);
own_id!(
    /// The id of a group of links with a key of its own.
    KeyGroupId, "the id of a key group"
);
own_id!(
    /// The id of a download or an archiving.
    TransferId, "the id of a transfer"
);
own_id!(
    /// The id of a place to which recordings are archived.
    PlaceId, "the id of a place of the archive"
);
own_id!(
    /// The id of a link in the ledger.
    LinkId, "a link id"
);
own_id!(
    /// One event that leaves this computer.
    EventId, "an event id"
);
own_id!(
    /// The id of a saved view of the library.
    ViewId, "the id of a saved view"
);
own_id!(
    /// The id of a rule for alerts that a person added.
    OwnRuleId, "the id of a rule for alerts"
);
own_id!(
    /// The id of an alert.
    AlertId, "the id of an alert"
);
own_id!(
    /// The id of one change of several recordings.
    BulkChangeId, "the id of a change of several recordings"
);
own_id!(
    /// The id of an entry of the journal.
    JournalId, "a journal id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_needs_32_hexadecimal_digits_and_becomes_lower_case() {
        assert!("0123456789abcdef0123456789abcdef".parse::<AccountId>().is_ok());
        let capitals: AccountId = "0123456789ABCDEF0123456789ABCDEF".parse().unwrap();
        assert_eq!(capitals.as_str(), "0123456789abcdef0123456789abcdef");
        assert_eq!(serde_json::from_str::<AccountId>("\"0123456789ABCDEF0123456789abcdef\"").unwrap(), capitals);
        assert!("0123456789abcdef".parse::<AccountId>().is_err());
        assert!("../../user/tokens/verify/0123456".parse::<AccountId>().is_err());
    }

    #[test]
    fn text_that_could_leave_a_path_segment_is_refused_as_an_id() {
        for hostile in ["", "a/b", "..", "a?b", "a#b", "a b", "ü", "a%2fb"] {
            assert!(hostile.parse::<MeetingId>().is_err(), "{hostile}");
        }
    }

    #[test]
    fn an_invalid_id_in_json_is_refused() {
        assert!(serde_json::from_str::<VideoId>("\"nope\"").is_err());
        let id: VideoId = serde_json::from_str("\"ea95132c15732412d22c1476fa83f27a\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"ea95132c15732412d22c1476fa83f27a\"");
    }

    #[test]
    fn own_ids_sort_by_creation() {
        let first = SessionId::new();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(first < SessionId::new());
    }
}
