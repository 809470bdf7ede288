//! A sandbox in a separate process, filled through its API.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::built;
use crate::support::cloud::Cloud;
use crate::support::process::Process;

/// API calls that run in parallel while the account is filled.
const PARALLEL_CALLS: usize = 16;
/// Requests per window of the rate limit: more than any measurement sends.
const UNREACHED_RATE_LIMIT: u64 = 1_000_000_000;

/// The sandbox's process, and a client for the participants and members who use Cloudflare outside the app.
pub(crate) struct Standalone {
    info: Value,
    people: Cloud,
    _server: Process,
}

impl Standalone {
    /// Starts the sandbox with a clock that runs `speed` times as fast as the machine's.
    pub(crate) async fn start(speed: f64) -> Self {
        let mut server = Process::start(
            Command::new(built("HAJIME_CLI"))
                .args(["sandbox", "serve", "--speed", &speed.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let mut line = String::new();
        BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let info: Value = serde_json::from_str(&line).expect("the sandbox describes itself in its first line");
        let people = Cloud::at(&info).await;
        let lots = json!({
            "kit_requests": UNREACHED_RATE_LIMIT, "v4_requests": UNREACHED_RATE_LIMIT, "concurrent_encodes": UNREACHED_RATE_LIMIT,
            "storage_limit_minutes": UNREACHED_RATE_LIMIT,
        });
        people.control("switches", lots).await;
        Self { info, people, _server: server }
    }

    /// Returns the environment variables that point Hajime to the sandbox.
    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        let of = |name: &str| self.info[name].as_str().unwrap_or_default().to_owned();
        [
            ("CLOUDFLARE_BASE_URL", of("base_url")),
            ("CLOUDFLARE_ACCOUNT_ID", of("account_id")),
            ("CLOUDFLARE_API_TOKEN", of("api_token")),
            ("CLOUDFLARE_CALLS_APP_ID", of("app_id")),
        ]
    }

    /// Returns the client that plays participants, members and the account's owner.
    pub(crate) fn people(&self) -> &Cloud {
        &self.people
    }

    /// Returns the address of the file of a session that ran for a minute.
    pub(crate) async fn recorded(&self) -> String {
        self.people.recorded_file().await
    }

    /// Creates videos that carry the marks of another desk's recordings.
    pub(crate) async fn add_recordings(&self, source: &str, numbers: std::ops::Range<usize>) {
        let copy = |number: usize| async move {
            let (recording, session) = (Uuid::now_v7(), Uuid::now_v7());
            let meta = json!({
                "name": format!("Class {number}"), "instructor": "R. Alves", "recording_id": recording,
                "session_id": session,
            });
            let body = json!({ "url": source, "creator": format!("hajime-{recording}"), "meta": meta });
            self.people.copy(&body).await;
            Ok::<_, std::convert::Infallible>(())
        };
        let copies = stream::iter(numbers).map(copy).buffer_unordered(PARALLEL_CALLS);
        copies.try_collect::<Vec<()>>().await.unwrap();
    }
}
