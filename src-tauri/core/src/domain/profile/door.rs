//! The door that this desk published or found: a Worker and its database in the account.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The name of the door's D1 database.
pub const DATABASE: &str = "hajime-door";
/// The name of the Worker's module.
pub const MODULE: &str = "door.js";
/// The paths at which the Worker answers before the files of the page.
pub const WORKER_FIRST: [&str; 2] = ["/j/*", "/w/*"];
/// The secret that holds the private half of the door's signing key, as JWK.
pub const KEY_SECRET: &str = "SIGNING_KEY";
/// The secret that holds the door's token for RealtimeKit.
pub const TOKEN_SECRET: &str = "REALTIMEKIT_TOKEN";
/// How long the Worker's brakes count, in seconds. Workers knows 10 and 60.
pub const BRAKE_SECONDS: u32 = 60;
/// The brakes of the Worker: the name, the number that Workers counts it by, and the most in that time. A class may sit behind one address;
/// passphrases are counted for each link.
pub const BRAKES: [(&str, u32, u32); 3] =
    [("GUESSES", 41_701, 20), ("JOINS", 41_702, 600), ("PASSPHRASES", 41_703, 5)];
/// Where Stream delivers the videos of every account. It is used until a video of this account names the account's own address.
pub const COMMON_PLAYER: &str = "https://videodelivery.net";
/// The bytes that a database of the free plan may have (D1 docs, “Limits”).
pub const FREE_DATABASE_BYTES: u64 = 500_000_000;
/// What the free plan allows, and what follows when it is used up (D1 docs, “Limits”; Workers docs, “Limits”).
pub const FREE_PLAN: [&str; 3] = [
    "500 MB for the database. When it is full, nobody new comes in or watches by a link.",
    "5 million rows read and 100,000 rows written a day. When they are used up, links work again at midnight UTC.",
    "100,000 requests a day. When they are used up, links work again at midnight UTC. Direct links and classes that are live go on.",
];
/// How the token of the door may be called at Cloudflare: what RealtimeKit's documents and Cloudflare's lists name the permission.
pub const TOKEN_GROUPS: [&str; 4] = ["Realtime Admin", "Realtime", "Realtime Write", "Calls Write"];

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

/// The code of the door as it comes with Hajime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorCode {
    /// The Worker's module.
    pub module: String,
    /// The statements that make the tables of its database. They may be run again.
    pub schema: Vec<String>,
}

impl DoorCode {
    /// The code from the module and the file of the tables. Comments are left out, and lines end alike on every system: D1 is said to
    /// split statements wrongly at other ends of lines.
    #[must_use]
    pub fn new(module: &str, schema: &str) -> Self {
        let lines = schema.lines().filter(|line| !line.trim_start().starts_with("--"));
        let text = lines.collect::<Vec<_>>().join("\n");
        let statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        Self { module: module.replace("\r\n", "\n"), schema: statements.map(str::to_owned).collect() }
    }
}

/// A token of the door at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorToken {
    /// Whether it belongs to the account; otherwise to the user.
    pub of_account: bool,
    /// The id at Cloudflare; `None` while the reply is not known.
    pub id: Option<String>,
    /// Its name, by which it is found where the reply was lost.
    pub name: String,
}

/// What this desk began with the door and did not see to end. Each part is noted before Cloudflare is asked, so that the work can be taken up
/// after a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorWork {
    /// Tokens that were asked for, or that others replace: those that the door does not use are deleted.
    #[serde(default)]
    pub tokens: Vec<DoorToken>,
    /// Keys that another one replaces: they are deleted.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Whether new secrets were sent to the Worker without a reply that was seen: which ones it has is not known then.
    #[serde(default)]
    pub sent: bool,
    /// The database that is deleted, because the door is taken down.
    #[serde(default)]
    pub taken_down: Option<String>,
}

/// What desks tell each other about the door, in its database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoorFacts {
    /// The id of the key that signs.
    pub signing_key: Option<String>,
    /// The token that Hajime made; `None` where a person gave one.
    pub token: Option<DoorToken>,
    /// The RealtimeKit app that the door leads to.
    pub app: Option<String>,
    /// The origin from which it plays videos.
    pub player: Option<String>,
    /// The version of Hajime that published it.
    pub hajime: Option<String>,
    /// The content of the page that it was published with.
    pub content: Option<String>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// The longest fact that is read.
const FACT_MAX: usize = 200;

impl DoorFacts {
    /// Reads facts by their names. They come from a database that others write too, so odd ones are left out.
    #[must_use]
    pub fn read(fact: impl Fn(&str) -> Option<String>) -> Self {
        let is_plain = |text: &String| !text.is_empty() && text.len() <= FACT_MAX && !text.contains(char::is_control);
        let text = |name: &str| fact(name).filter(is_plain);
        let token = text("token").map(|id| DoorToken {
            of_account: text("token_owner").as_deref() == Some("account"),
            id: Some(id),
            name: text("token_name").unwrap_or_default(),
        });
        Self {
            signing_key: text("signing_key"),
            token,
            app: text("app"),
            player: text("player"),
            hajime: text("hajime"),
            content: text("content"),
            published_at: text("published_at").and_then(|at| at.parse().ok()),
        }
    }

    /// The facts by their names, as they are written; an empty text for none.
    #[must_use]
    pub fn written(&self) -> [(&'static str, String); 9] {
        let token = self.token.as_ref();
        let owner = token.map(|token| if token.of_account { "account" } else { "user" });
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            ("signing_key", or_empty(&self.signing_key)),
            ("token", token.and_then(|token| token.id.clone()).unwrap_or_default()),
            ("token_owner", owner.unwrap_or_default().to_owned()),
            ("token_name", token.map(|token| token.name.clone()).unwrap_or_default()),
            ("app", or_empty(&self.app)),
            ("player", or_empty(&self.player)),
            ("hajime", or_empty(&self.hajime)),
            ("content", or_empty(&self.content)),
            ("published_at", self.published_at.map(|at| at.to_rfc3339()).unwrap_or_default()),
        ]
    }
}

/// A trouble that the Worker noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorTrouble {
    /// The word that the Worker notes.
    pub reason: String,
    /// When it was noted last.
    pub at: DateTime<Utc>,
    /// In how many minutes it was.
    pub times: u64,
}

impl DoorTrouble {
    /// The trouble as a sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.reason.as_str() {
            "realtimekit" => {
                "RealtimeKit let nobody in for the door: its token may be deleted, or RealtimeKit did not answer.".into()
            }
            "signing" => "The door could not sign, so nobody could watch: its key is unusable. Rotate the keys.".into(),
            _ => "The door noted a trouble that this Hajime does not know.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_split_into_statements_without_comments() {
        let schema = "-- One; two.\r\nCREATE TABLE a (\r\n  -- A; b.\r\n  b TEXT\r\n);\r\n\r\nCREATE INDEX c ON a (b);\r\n";
        let code = DoorCode::new("export default {};\r\n", schema);
        assert_eq!(code.schema, ["CREATE TABLE a (\n  b TEXT\n)", "CREATE INDEX c ON a (b)"]);
        assert_eq!(code.module, "export default {};\n");
    }

    #[test]
    fn facts_are_read_as_they_were_written_and_odd_ones_are_left_out() {
        let facts = DoorFacts {
            signing_key: Some("key".into()),
            token: Some(DoorToken { of_account: true, id: Some("t1".into()), name: "Hajime door".into() }),
            app: Some("app".into()),
            player: None,
            hajime: Some("1.0.0".into()),
            content: Some("0123456789abcdef".into()),
            published_at: Some("2026-12-01T10:00:00Z".parse().unwrap()),
        };
        let written: std::collections::HashMap<_, _> = facts.written().into_iter().collect();
        assert_eq!(DoorFacts::read(|name| written.get(name).cloned()), facts);
        let odd = |name: &str| Some(if name == "app" { "a\nb".to_owned() } else { "x".repeat(201) });
        assert_eq!(DoorFacts::read(odd), DoorFacts::default());
    }
}
