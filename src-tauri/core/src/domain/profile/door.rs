//! The door that this desk published or found: a Worker and its database in the account.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The name of the door's D1 database.
pub const DATABASE: &str = "hajime-door";

/// The door of the account, as this desk knows it. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// The id of the D1 database.
    pub database: String,
    /// The id of the key that signs for the door.
    pub signing_key: Option<String>,
    /// The id of the API token that was made for the door; `None` where a person gave one.
    #[serde(default)]
    pub token: Option<String>,
    /// Whether the Worker was published and seen to answer.
    pub is_open: bool,
    /// When it was published last.
    pub published_at: DateTime<Utc>,
}

/// How far the exchange with the door is. It belongs to one database: another one has other numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The id of the D1 database.
    pub database: String,
    /// The number of the last event that was fetched.
    pub cursor: i64,
    /// When the door was last told and asked without an error.
    #[serde(default)]
    pub done_at: Option<DateTime<Utc>>,
    /// Why that failed last; `None` after it worked.
    #[serde(default)]
    pub trouble: Option<String>,
    /// The size of the database in bytes, as the last answer told.
    #[serde(default)]
    pub size: Option<u64>,
}
