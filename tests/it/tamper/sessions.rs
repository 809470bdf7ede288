//! Runs two sessions behind the proxy, which tampers with replies about “Judo”, the odd session, and not with replies
//! about “Karate”, the good session.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::actions::recorder::sync;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hajime_core::actions::library::{attachment, export};
use hajime_core::actions::profile::connect;
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::links::{self, LinkFile};
use hajime_core::cloudflare::{self, ApiToken, Client, ClientConfig, Pace};
use hajime_core::config::Profile;
use hajime_core::context::{Context, ContextParts};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::{Session, SessionState};
use hajime_core::domain::sharing::link::Validity;
use hajime_core::error::Error;
use hajime_core::jobs::{self, Jobs};
use hajime_core::opening;
use hajime_core::ports::{Clock, MemorySecrets, Quiet};
use hajime_tamper::{Proxy, Rule, Trap};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::scenarios::{Door, Ends, Lasting, Scenario};
use crate::support::{Cloud, ShiftedClock, input_at};

pub(super) const ODD_TITLE: &str = "Judo";
const GOOD_TITLE: &str = "Karate";
/// Longest time that one request may take: the tests wait in real time for a network that hangs.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest time of a request in a step that makes a signing key: a busy machine takes long to find large primes.
const KEY_TIMEOUT: Duration = Duration::from_secs(60);
/// Presses of a refused button after which a person gives up.
const MAX_PRESSES: usize = 4;
/// Seconds between two ticks after the sessions.
const TICK_SECONDS: i64 = 20;
/// Ticks after the sessions while replies are tampered with.
const TAMPERED_TICKS: usize = 45;
/// Further ticks, without tampering, within which both recordings must become ready.
const MAX_CALM_TICKS: usize = 120;

/// The result of a scenario.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Expectations that the scenario violated, one sentence each.
    pub(super) wrong: Vec<String>,
    /// Jobs that panicked.
    pub(super) panics: u64,
    /// Bytes that reached the foreign host.
    pub(super) foreign_bytes: usize,
    /// Replies that were tampered with.
    pub(super) tampered: u64,
    /// How the odd and the good session ended.
    pub(super) ends: String,
    /// Every sentence that people read.
    pub(super) told: BTreeSet<String>,
}

struct Held<'a> {
    scenario: &'a Scenario,
    cloud: Cloud,
    proxy: Proxy,
    trap: Trap,
    connection: Profile,
    context: Context,
    clock: Arc<ShiftedClock>,
    secrets: Arc<MemorySecrets>,
    jobs: Jobs,
    folder: tempfile::TempDir,
    outcome: Outcome,
}

/// Runs both sessions under a scenario and returns the outcome.
pub(super) async fn held(scenario: &Scenario) -> Outcome {
    let cloud = Cloud::start().await;
    let trap = Trap::start().await.unwrap();
    let base = cloud.sandbox.info().base_url.clone();
    let upstream = base.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let proxy = Proxy::start(&upstream, trap.authority()).await.unwrap();
    let mut connection = cloud.connection();
    connection.base_url = proxy.through(&base).parse().unwrap();
    if scenario.without_app {
        connection.app = None;
    }
    if scenario.new_account {
        let account = "c".repeat(32);
        let permissions = ["realtime", "stream_read", "stream_write"];
        let made = cloud.control("tokens", json!({ "permissions": permissions, "account_id": account })).await;
        connection.token = SecretString::from(made["api_token"].as_str().unwrap());
        connection.account = account.parse().unwrap();
    }
    cloud.control("switches", serde_json::from_str(scenario.switches).unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ShiftedClock::default());
    let secrets = Arc::<MemorySecrets>::default();
    let context = open(&connection, folder.path(), &clock, &secrets, REQUEST_TIMEOUT);
    let outcome = Outcome::default();
    let jobs = Jobs::default();
    let mut held = Held { scenario, cloud, proxy, trap, connection, context, clock, secrets, jobs, folder, outcome };
    held.both().await;
    held.judge();
    held.outcome
}

fn open(
    connection: &Profile,
    folder: &Path,
    clock: &Arc<ShiftedClock>,
    secrets: &Arc<MemorySecrets>,
    timeout: Duration,
) -> Context {
    let cloud = Client::new(ClientConfig {
        base_url: connection.base_url.clone(),
        account: connection.account.clone(),
        token: ApiToken::Known(connection.token.clone()),
        user_agent: "hajime/test".into(),
        timeout,
        clock: clock.clone(),
        pace: Pace::default(),
    });
    Context::new(ContextParts {
        store: opening::open_store(folder, &connection.account).unwrap(),
        cloudflare: cloud.unwrap(),
        account: connection.account.clone(),
        app: connection.app.clone(),
        own_room_page: connection.own_room_page(),
        local_join_page: None,
        clock: clock.clone(),
        secrets: Some(secrets.clone()),
        notifier: Arc::new(Quiet),
        events: Arc::new(Quiet),
    })
    .unwrap()
}

/// Returns whether a call failed by its timeout, as may happen while a busy machine makes a key.
const fn is_late<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Cloudflare(cloudflare::Error::Lost { .. })))
}

impl Held<'_> {
    async fn both(&mut self) {
        if self.scenario.door == Door::Class {
            self.tamper();
        }
        let odd = self.start(ODD_TITLE).await;
        let good = self.start(GOOD_TITLE).await;
        for _ in 0..3 {
            self.pass(5).await;
        }
        self.pass(60).await;
        if self.scenario.door == Door::Live {
            self.sync_while_live([&odd, &good]).await;
        }
        for session in [&odd, &good].into_iter().flatten() {
            if let Err(error) = end::end(&self.context, session.id).await {
                self.tell(&error);
            }
        }
        let (Some(odd), Some(good)) = (odd, good) else {
            self.outcome.wrong.push("a session could not be started".into());
            return;
        };
        for _ in 0..TAMPERED_TICKS {
            self.pass(TICK_SECONDS).await;
            if self.is_ready(&good) && self.is_settled(&odd) {
                break;
            }
        }
        if self.scenario.door == Door::Class && self.scenario.lasting == Lasting::Always {
            if !self.is_ready(&good) {
                self.outcome.wrong.push(format!("the other session is not ready: {}", self.state(&good)));
            }
        } else {
            self.calm();
            self.until_ready(&odd, &good).await;
        }
        if !matches!(self.scenario.door, Door::Class | Door::Live) {
            self.doors(&odd, &good).await;
        }
        self.outcome.ends = format!("{} / {}", self.word(&odd), self.word(&good));
        self.ends_as_expected(&odd);
    }

    /// Syncs while both sessions are live. Whatever the replies say, the sync must not end either session.
    async fn sync_while_live(&mut self, sessions: [&Option<Session>; 2]) {
        self.tamper();
        if let Err(error) = sync::sync(&self.context).await {
            self.tell(&error);
        }
        self.calm();
        for session in sessions.into_iter().flatten() {
            let state = sessions::get(&self.context, session.id).unwrap().state;
            if !matches!(state, SessionState::Live(_)) {
                self.outcome.wrong.push(format!("a live session counted as {}", state.name()));
            }
        }
    }

    async fn start(&mut self, title: &str) -> Option<Session> {
        let input = input_at(title, self.clock.now());
        let session = sessions::schedule(&self.context, &input).unwrap();
        for _ in 0..MAX_PRESSES {
            match start::start(&self.context, session.id).await {
                Ok(started) => {
                    self.cloud.join(&started.session, "Ada").await;
                    return Some(started.session);
                }
                Err(error) => self.tell(&error),
            }
            self.pass(10).await;
        }
        None
    }

    /// Takes the step of the scenario with a recording: first while replies are tampered with, then once more without
    /// tampering.
    async fn doors(&mut self, odd: &Session, good: &Session) {
        if matches!(self.scenario.door, Door::LinkAgain | Door::File) {
            let patient = self.other(self.folder.path(), KEY_TIMEOUT);
            for session in [odd, good] {
                let recording = self.recording(session).expect("the session was recorded").id;
                links::make(&patient, recording, Validity::DAY, true).await.expect("nothing is tampered with yet");
            }
        }
        self.tamper();
        if let Err(error) = self.door(odd).await {
            self.tell(&error);
        }
        self.calm();
        // The same step must succeed without tampering.
        let mut after = self.door(good).await;
        for _ in 0..MAX_PRESSES {
            if !is_late(&after) {
                break;
            }
            after = self.door(good).await;
        }
        if let Err(error) = after {
            self.tell(&error);
            self.outcome.wrong.push(format!("it does not work afterwards either: {error}"));
        }
    }

    async fn door(&mut self, session: &Session) -> Result<(), Error> {
        let recording = self.recording(session).expect("the session was recorded").id;
        match self.scenario.door {
            Door::Class | Door::Live => Ok(()),
            Door::Link | Door::LinkAgain => {
                let made = links::make(&self.context, recording, Validity::DAY, true).await?;
                self.check_address(made.url.expose());
                Ok(())
            }
            Door::File => {
                let mut all = links::list(&self.context)?.into_iter();
                let link = all.find(|link| link.recording == recording).expect("a link was made");
                match links::file(&self.context, link.id).await? {
                    LinkFile::Ready(address) => self.check_address(address.expose()),
                    LinkFile::Unavailable(why) => {
                        self.outcome.told.insert(format!("{} {}", why.message, why.next));
                    }
                    LinkFile::Preparing { .. } => {}
                }
                Ok(())
            }
            Door::LinkWithoutKeyring => {
                let other = tempfile::tempdir().unwrap();
                let context = self.other(other.path(), REQUEST_TIMEOUT);
                sync::sync(&context).await?;
                let found = context.store().recordings_of(session.id)?;
                let made = links::make(&context, found[0].id, Validity::DAY, false).await?;
                self.check_address(made.url.expose());
                Ok(())
            }
            Door::Save => {
                let folder = tempfile::tempdir().unwrap();
                let saved = export::save_into(&self.context, recording, folder.path()).await;
                let kept = std::fs::read_dir(folder.path()).unwrap().flatten().any(|file| {
                    let name = file.file_name().to_string_lossy().into_owned();
                    let begins = std::fs::read(file.path()).unwrap_or_default();
                    let is_video = begins.get(4..8) == Some(b"ftyp");
                    std::path::Path::new(&name).extension().is_some_and(|kind| kind == "mp4") && !is_video
                });
                if kept {
                    self.outcome.wrong.push("something that is no video was saved as one".into());
                }
                saved.map(|_| ())
            }
            Door::NewDesk => {
                let other = tempfile::tempdir().unwrap();
                let context = self.other(other.path(), REQUEST_TIMEOUT);
                let compared = sync::sync(&context).await;
                self.outcome.panics += context.supervisor().stopped();
                compared.map(|_| ())
            }
            Door::Attach => attachment::candidates(&self.context, session.id).await.map(|_| ()),
            Door::Doctor => {
                let report =
                    connect::check(self.context.cloudflare(), self.connection.app.as_ref(), self.clock.now()).await;
                for check in report.checks {
                    match check.outcome {
                        connect::Outcome::Passed(message) => self.outcome.told.insert(message),
                        connect::Outcome::Failed { message, next } | connect::Outcome::Warned { message, next } => {
                            self.outcome.told.insert(format!("{message} {next}"))
                        }
                        connect::Outcome::Skipped => false,
                    };
                }
                Ok(())
            }
        }
    }

    /// Opens another desk with the same keyring.
    fn other(&self, folder: &Path, timeout: Duration) -> Context {
        open(&self.connection, folder, &self.clock, &self.secrets, timeout)
    }

    /// Notes a violation when an address does not lead to the proxy, which stands for Cloudflare.
    fn check_address(&mut self, address: &str) {
        let own = format!("http://{}/", self.proxy.authority());
        if !address.starts_with(&own) {
            self.outcome.wrong.push(format!("handed out {}", address.split('?').next().unwrap_or_default()));
        }
    }

    fn tamper(&mut self) {
        for (call, tamper) in (self.scenario.rules)() {
            let mut rule = Rule::new(call, tamper);
            if let Lasting::Times(times) = self.scenario.lasting {
                rule = rule.times(times);
            }
            self.proxy.add(rule);
        }
    }

    fn calm(&mut self) {
        self.outcome.tampered += self.proxy.used();
        self.proxy.calm();
    }

    async fn until_ready(&mut self, odd: &Session, good: &Session) {
        for _ in 0..MAX_CALM_TICKS {
            if self.is_ready(good) && self.is_settled(odd) {
                return;
            }
            self.pass(TICK_SECONDS).await;
        }
        let states = format!("{} / {}", self.state(odd), self.state(good));
        self.outcome.wrong.push(format!("not ready although all is well again: {states}"));
    }

    async fn pass(&mut self, seconds: i64) {
        // The client counts a rate limit in real time. For a long limit, the test starts the app again instead of
        // waiting for minutes.
        match self.context.cloudflare().budget().blocked_for {
            Some(block) if block <= Duration::from_secs(2) => tokio::time::sleep(block).await,
            Some(_) => {
                self.outcome.panics += self.context.supervisor().stopped();
                self.context = self.other(self.folder.path(), REQUEST_TIMEOUT);
                self.jobs = Jobs::default();
            }
            None => {}
        }
        let relays = |recording: &Recording| recording.stage.relaying();
        if self.context.store().recordings_in_flight().unwrap().iter().any(relays) {
            // Relays run in real time beside the ticks, and need more time behind the proxy than without it.
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        self.cloud.control("advance", json!({ "seconds": seconds })).await;
        self.clock.0.fetch_add(seconds * 1_000, std::sync::atomic::Ordering::SeqCst);
        if let Err(error) = jobs::tick(&self.context, &mut self.jobs).await {
            self.tell(&error);
        }
        for recording in self.context.store().every_recording().unwrap().iter().filter(|one| one.title == ODD_TITLE) {
            let ids = [
                recording.facts.realtimekit_recording.as_ref().map(ToString::to_string),
                recording.facts.video.as_ref().map(ToString::to_string),
            ];
            for id in ids.iter().flatten() {
                self.proxy.know(ODD_TITLE, id);
            }
            self.outcome.told.insert(recording.sentence());
        }
        if let Some(trouble) = self.context.health().trouble {
            self.outcome.told.insert(format!("{} {}", trouble.message, trouble.next));
        }
    }

    fn tell(&mut self, error: &Error) {
        self.outcome.told.insert(format!("{} {}", error.message(), error.next()));
    }

    fn recording(&self, session: &Session) -> Option<Recording> {
        let mut all = self.context.store().recordings_of(session.id).unwrap();
        let ready = all.iter().position(|recording| recording.stage == Stage::Ready);
        if all.is_empty() { None } else { Some(all.swap_remove(ready.unwrap_or(0))) }
    }

    fn is_ready(&self, session: &Session) -> bool {
        self.recording(session).is_some_and(|recording| recording.stage == Stage::Ready)
    }

    fn is_settled(&self, session: &Session) -> bool {
        self.recording(session).is_some_and(|recording| recording.stage.pending_work().is_none())
    }

    fn state(&self, session: &Session) -> String {
        self.recording(session).map_or_else(|| "not recorded".into(), |recording| format!("{:?}", recording.stage))
    }

    fn word(&self, session: &Session) -> String {
        match self.recording(session).map(|recording| recording.stage) {
            None => "not recorded".into(),
            Some(Stage::Ready) => "ready".into(),
            Some(Stage::Failed { cause, .. }) => format!("failed: {}", cause.code()),
            Some(stage) => stage.name().into(),
        }
    }

    fn ends_as_expected(&mut self, odd: &Session) {
        let recording = self.recording(odd);
        if let Some(recording) = &recording {
            self.outcome.told.insert(recording.sentence());
        }
        let stage = recording.map(|recording| recording.stage);
        let fits = match self.scenario.ends {
            Ends::Ready => stage == Some(Stage::Ready),
            Ends::NotReady => stage != Some(Stage::Ready),
            Ends::Somehow => true,
        };
        if !fits {
            self.outcome.wrong.push(format!("the odd session ended {}", self.state(odd)));
        }
    }

    fn judge(&mut self) {
        self.calm();
        self.outcome.panics += self.context.supervisor().stopped();
        self.outcome.foreign_bytes = self.trap.bytes();
        let Outcome { wrong, panics, foreign_bytes, tampered, told, .. } = &mut self.outcome;
        if *panics > 0 {
            wrong.push(format!("{:?}", self.context.supervisor().incidents()));
        }
        if *foreign_bytes > 0 {
            wrong.push(format!("{foreign_bytes} bytes reached a foreign host"));
        }
        let token = self.connection.token.expose_secret();
        if self.trap.heard(token) || told.iter().any(|text| text.contains(token)) {
            wrong.push("the API token was given away".into());
        }
        if *tampered == 0 {
            wrong.push("nothing was tampered with".into());
        }
        let named = |words: &&str| told.iter().any(|text| text.contains(*words));
        if !self.scenario.named.is_empty() && !self.scenario.named.iter().any(named) {
            wrong.push(format!("none of {:?} was said, but {told:?}", self.scenario.named));
        }
        for words in super::scenarios::FORBIDDEN_TEXTS.iter().filter(|words| !self.scenario.named.contains(words)) {
            if let Some(text) = told.iter().find(|text| text.contains(words)) {
                wrong.push(format!("wrong advice: {text}"));
            }
        }
    }
}
