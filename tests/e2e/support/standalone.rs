//! A sandbox in a process of its own, which plays Cloudflare for programs that are pointed at it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::{self, Launch};
use super::cloud::Cloud;
use super::process::Process;
use super::wait::{LATER, until_true};

/// API calls that run in parallel while the account is filled.
const PARALLEL_CALLS: usize = 16;
/// Videos that the sandbox imports at once. Each import is a connection of its own, of which it keeps a few hundred.
const IMPORTS_AT_ONCE: usize = 200;
/// More requests than any test sends, and more minutes than any test stores.
const UNREACHED: u64 = 1_000_000_000;
/// How many of the recordings are of one instructor, whom no other recording names.
pub(crate) const OF_SATO: usize = 412;
/// What the classes are about.
const SUBJECTS: [&str; 7] = [
    "Karate fundamentals",
    "Judo for beginners",
    "Aikido throws",
    "Kendo footwork",
    "Naginata kata",
    "Iaido drawing",
    "Kyudo posture",
];
const INSTRUCTORS: [&str; 5] = ["R. Alves", "M. Ito", "Ś. Wójcik", "A. Okafor", "L. Björk"];

/// The sandbox's process, and a client for the participants and members who use Cloudflare outside the app.
pub(crate) struct Standalone {
    info: Value,
    people: Cloud,
    _server: Process,
}

impl Standalone {
    /// Starts the sandbox with a clock that runs `speed` times as fast as the machine's.
    pub(crate) async fn start(speed: &str) -> Self {
        let mut server = Process::start(
            Command::new(app::binary().with_file_name("hajime-cli"))
                .args(["sandbox", "serve", "--speed", speed])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let mut line = String::new();
        BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let info: Value = serde_json::from_str(&line).expect("the sandbox describes itself in its first line");
        let people = Cloud::at(&info).await;
        Self { info, people, _server: server }
    }

    /// Like [`Standalone::start`], with room for any number of requests and videos.
    pub(crate) async fn start_without_limits(speed: &str) -> Self {
        let cloud = Self::start(speed).await;
        let lots = json!({
            "kit_requests": UNREACHED, "v4_requests": UNREACHED, "concurrent_encodes": UNREACHED,
            "storage_limit_minutes": UNREACHED,
        });
        cloud.people.control("switches", lots).await;
        cloud
    }

    /// What the sandbox says of itself under a name.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.info[name].as_str().unwrap()
    }

    /// Points a program to the sandbox.
    pub(crate) fn opened_by<'desktop>(&self, launch: Launch<'desktop>) -> Launch<'desktop> {
        self.variables().into_iter().fold(launch, |launch, (name, value)| launch.env(name, value))
    }

    /// Returns the environment variables that point a program to the sandbox.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("CLOUDFLARE_BASE_URL", self.field("base_url")),
            ("CLOUDFLARE_ACCOUNT_ID", self.field("account_id")),
            ("CLOUDFLARE_API_TOKEN", self.field("api_token")),
            ("CLOUDFLARE_CALLS_APP_ID", self.field("app_id")),
        ]
    }

    /// Returns the client that plays participants, members and the account's owner.
    pub(crate) fn people(&self) -> &Cloud {
        &self.people
    }

    /// Fills the account with `count` recordings that can be watched, whose titles have the numbers from 0 on.
    pub(crate) async fn fill(&self, count: usize) {
        let source = self.recorded().await;
        let at_once = json!({
            "download_seconds": 0, "download_fraction": 0, "queue_seconds": 0, "encode_seconds": 0, "encode_fraction": 0,
        });
        self.people.control("switches", at_once).await;
        for begin in (0..count).step_by(IMPORTS_AT_ONCE) {
            self.add_recordings(&source, begin..count.min(begin + IMPORTS_AT_ONCE)).await;
            until_true("the videos to be encoded", LATER, async || {
                self.people.advance(1).await;
                self.people.state().await["videos_encoding"] == json!(0)
            })
            .await;
        }
    }

    /// Returns the address of the file of a session that ran for a minute.
    pub(crate) async fn recorded(&self) -> String {
        self.people.recorded_file().await
    }

    /// Creates videos that carry the marks of another desk's recordings, of classes that were held one after the other
    /// until now. Every title has the number, as in “Judo for beginners, Class 17”.
    pub(crate) async fn add_recordings(&self, source: &str, numbers: std::ops::Range<usize>) {
        let copy = |number: usize| async move {
            let (recording, session) = (Uuid::now_v7(), Uuid::now_v7());
            let ago = TimeDelta::minutes(45 * i64::try_from(number).unwrap() + 90);
            let meta = json!({
                "name": title(number), "instructor": instructor(number), "recording_id": recording,
                "session_id": session, "recorded_at": (DateTime::<Utc>::from(SystemTime::now()) - ago).to_rfc3339_opts(SecondsFormat::Secs, true),
            });
            let body = json!({ "url": source, "creator": format!("hajime-{recording}"), "meta": meta });
            self.people.copy(&body).await;
            Ok::<_, std::convert::Infallible>(())
        };
        let copies = stream::iter(numbers).map(copy).buffer_unordered(PARALLEL_CALLS);
        copies.try_collect::<Vec<()>>().await.unwrap();
    }
}

/// The title of a recording of [`Standalone::add_recordings`].
pub(crate) fn title(number: usize) -> String {
    format!("{}, Class {number}", SUBJECTS[number % SUBJECTS.len()])
}

fn instructor(number: usize) -> &'static str {
    if number < OF_SATO { "Y. Sato" } else { INSTRUCTORS[number % INSTRUCTORS.len()] }
}
