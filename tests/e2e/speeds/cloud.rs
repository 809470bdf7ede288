//! A sandbox in a process of its own, filled over its API.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::built;
use crate::support::cloud::Cloud;
use crate::support::process::Process;

/// How many calls are under way at once while the account is filled.
const CALLS_AT_ONCE: usize = 16;
/// More than any of these measurements asks for.
const NO_LIMIT: u64 = 1_000_000_000;

/// The sandbox, and everybody outside the app who works with it.
pub(crate) struct Standalone {
    info: Value,
    people: Cloud,
    _server: Process,
}

impl Standalone {
    /// Starts it; its time runs `speed` times as fast as ours.
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
            "kit_requests": NO_LIMIT, "v4_requests": NO_LIMIT, "concurrent_encodes": NO_LIMIT,
            "storage_limit_minutes": NO_LIMIT,
        });
        people.control("switches", lots).await;
        Self { info, people, _server: server }
    }

    /// The variables that lead Hajime there.
    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        let of = |name: &str| self.info[name].as_str().unwrap_or_default().to_owned();
        [
            ("CLOUDFLARE_BASE_URL", of("base_url")),
            ("CLOUDFLARE_ACCOUNT_ID", of("account_id")),
            ("CLOUDFLARE_API_TOKEN", of("api_token")),
            ("CLOUDFLARE_CALLS_APP_ID", of("app_id")),
        ]
    }

    /// Students, the account's owner, members.
    pub(crate) fn people(&self) -> &Cloud {
        &self.people
    }

    /// The address of the file of a class that was recorded for a minute.
    pub(crate) async fn recorded(&self) -> String {
        self.people.recorded_file().await
    }

    /// Makes videos as another desk would have made them from its recordings.
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
        let copies = stream::iter(numbers).map(copy).buffer_unordered(CALLS_AT_ONCE);
        copies.try_collect::<Vec<()>>().await.unwrap();
    }
}
