//! Runs one session while one of its calls meets a fault.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::start;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hajime_core::config::Profile;
use hajime_core::domain::recorder::proof::Proof;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::Session;
use hajime_core::error::Error;
use reqwest::Method;
use serde_json::{Value, json};

use super::cells::{Call, Cell, Lasting};
use crate::support::{Cloud, TestDesk};

/// The ending of a session.
#[derive(Debug)]
pub(super) enum Ending {
    Ready,
    /// A recording failed for this cause.
    Failed(String),
    /// Start was refused with this code as often as a person presses the button.
    Refused(String),
    /// Nothing was recorded, and the alarm was shown during the session.
    Alarmed,
    /// A recording or session waits for something that will never happen.
    Stuck(String),
}

#[derive(Debug)]
pub(super) struct Story {
    pub(super) ending: Ending,
    /// The most videos that Stream has of one recording, without those in the state `error`.
    pub(super) videos: usize,
}

impl Story {
    pub(super) fn word(&self) -> String {
        match &self.ending {
            Ending::Ready => "READY".to_owned(),
            Ending::Failed(cause) => format!("FAILED {cause}"),
            Ending::Refused(code) => format!("refused: {code}"),
            Ending::Alarmed => "alarm".to_owned(),
            Ending::Stuck(state) => format!("**stuck** {state}"),
        }
    }
}

/// Presses of a refused button after which a person gives up.
const MAX_PRESSES: usize = 6;
/// Ticks during the session, 5 seconds apart: longer than the minute within which the alarm must be raised.
const LIVE_TICKS: usize = 15;
/// Extra ticks, and the seconds between them, for a session that is not yet recorded: half an hour in all.
const EXTRA_TICKS: (usize, i64) = (6, 310);
/// Ticks after the session, and the seconds between them. Short ones come first; all together last longer than the
/// longest deadline of any stage (8 days).
const TICKS_AFTER_END: [(usize, i64); 3] = [(24, 20), (8, 1_800), (18, 43_200)];

struct Held {
    lasting: Lasting,
    cloud: Cloud,
    connection: Profile,
    desk: TestDesk,
    folder: tempfile::TempDir,
}

pub(super) async fn run_cell(cell: Cell) -> Story {
    let trap = cell.call().trap(&cell.fault().body(), cell.lasting.count());
    run(cell.call(), cell.lasting, vec![trap]).await.0
}

/// Runs a session that makes `call` under the fault rules `traps`. Returns the story of the session, and the rules that
/// are left.
pub(super) async fn run(call: &Call, lasting: Lasting, traps: Vec<Value>) -> (Story, Value) {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    // The profile names a RealtimeKit app only when the account has two.
    let mut connection = Profile { app: None, ..cloud.connection() };
    if call.new_app {
        let made = cloud.send(Method::POST, "/realtime/kit/apps", json!({ "name": "Karate" })).await;
        connection.app = Some(made["data"]["app"]["id"].as_str().unwrap().parse().unwrap());
    }
    let desk = TestDesk::connected(&connection, folder.path(), Arc::default(), None);
    let mut held = Held { lasting, cloud, connection, desk, folder };
    held.cloud.control("switches", call.switches()).await;
    for trap in call.first().into_iter().chain(traps) {
        held.cloud.control("faults", trap).await;
    }
    let ending = held.sessions(1 + call.beside).await;
    let left = held.cloud.state().await["faults"].clone();
    held.cloud.clear_faults().await;
    let mut videos: BTreeMap<String, usize> = BTreeMap::new();
    for video in held.cloud.videos().await.iter().filter(|video| video["status"]["state"] != "error") {
        *videos.entry(video["creator"].to_string()).or_default() += 1;
    }
    (Story { ending, videos: videos.into_values().max().unwrap_or_default() }, left)
}

impl Held {
    /// Runs `count` sessions at once. Returns the first ending that is not [`Ending::Ready`]; [`Ending::Ready`]
    /// when there is none.
    async fn sessions(&mut self, count: usize) -> Ending {
        let mut sessions = Vec::new();
        for _ in 0..count {
            let session = self.desk.schedule("Karate");
            let started = match self.start(&session).await {
                Ok(started) => started,
                Err(error) => return Ending::Refused(error.code().to_string()),
            };
            self.cloud.join(&started, "Ada").await;
            sessions.push(session);
        }
        let mut alarmed = false;
        for _ in 0..LIVE_TICKS {
            self.pass(5).await;
            let live = live::live(&self.desk.context).unwrap();
            alarmed |= live.iter().any(|live| matches!(live.proof, Proof::Alarm(..)) || live.trouble.is_some());
        }
        for _ in 0..EXTRA_TICKS.0 {
            let recorded = |session: &Session| {
                let latest = self.desk.context.store().recordings_of(session.id).unwrap().into_iter().next();
                latest.is_some_and(|recording| recording.stage == Stage::Recording)
            };
            if sessions.iter().all(recorded) {
                break;
            }
            self.pass(EXTRA_TICKS.1).await;
        }
        // When Cloudflare does not confirm an end, Hajime saves the end and the jobs complete it.
        for session in &sessions {
            end::end(&self.desk.context, session.id).await.unwrap();
        }
        'after: for (times, seconds) in TICKS_AFTER_END {
            for _ in 0..times {
                if self.pass(seconds).await {
                    break 'after;
                }
            }
        }
        let endings = sessions.iter().map(|session| self.ending(session, alarmed));
        endings.reduce(|worse, ending| if matches!(worse, Ending::Ready) { ending } else { worse }).unwrap()
    }

    async fn start(&mut self, session: &Session) -> Result<Session, Error> {
        let mut last = None;
        for _ in 0..MAX_PRESSES {
            match start::start(&self.desk.context, session.id).await {
                Ok(started) => return Ok(started.session),
                Err(error) => {
                    assert!(!error.message().is_empty() && !error.next().is_empty(), "{error:?}");
                    last = Some(error);
                }
            }
            self.pass(10).await;
        }
        Err(last.unwrap())
    }

    /// Lets time pass and runs a tick. Returns whether no job has work left.
    async fn pass(&mut self, seconds: i64) -> bool {
        // The client counts a rate limit in real time. The test waits out a short one. For a long one it starts the app
        // again, which saves five minutes.
        match self.desk.context.cloudflare().budget().blocked_for {
            Some(block) if block <= Duration::from_secs(2) => tokio::time::sleep(block).await,
            Some(_) if self.lasting == Lasting::AFewTimes => {
                let clock = Arc::clone(&self.desk.clock);
                self.desk = TestDesk::connected(&self.connection, self.folder.path(), clock, None);
            }
            Some(_) | None => {}
        }
        // Relays run in real time beside the ticks. The clock must not advance by days between two attempts of a relay.
        let relays = |recording: &Recording| recording.stage.relaying();
        let relaying = self.desk.context.store().recordings_in_flight().unwrap().iter().any(relays);
        if relaying {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let seconds = if relaying && self.lasting == Lasting::AFewTimes { seconds.min(90) } else { seconds };
        self.desk.pass(&self.cloud, seconds).await.idle()
    }

    fn ending(&self, session: &Session, alarmed: bool) -> Ending {
        let open = self.desk.context.store().open_sessions().unwrap();
        let recordings = self.desk.context.store().recordings_of(session.id).unwrap();
        let waits = |recording: &&Recording| recording.stage.pending_work().is_some();
        if let Some(waiting) = recordings.iter().find(waits) {
            return Ending::Stuck(format!("{} since {}", waiting.stage.name(), waiting.stage_since));
        }
        let ready = |recording: &Recording| recording.stage == Stage::Ready;
        match recordings.iter().find_map(|recording| match recording.stage {
            Stage::Failed { cause, .. } => Some(cause),
            _ => None,
        }) {
            _ if recordings.iter().any(ready) => Ending::Ready,
            Some(cause) => Ending::Failed(cause.code().to_owned()),
            None if alarmed => Ending::Alarmed,
            None => Ending::Stuck(format!("{} sessions open, and no alarm", open.len())),
        }
    }
}
