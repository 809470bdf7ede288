//! Fixtures of all tests in this binary: a sandbox, a desk, and a clock for both.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::schedule::sessions;
use hajime_core::config::Profile;
use hajime_core::context::Context;
use hajime_core::domain::delivery::notification::{Notification, Subject};
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::domain::schedule::session::{Session, SessionInput};
use hajime_core::jobs::{self, Jobs, TickReport};
use hajime_core::opening;
use hajime_core::ports::{
    Clock, EventSink, MemorySecrets, Message, NotShown, Notifier, SecretStore, Showing, SystemClock, Topic,
};
use secrecy::SecretString;
use serde_json::{Value, json};

/// The machine's clock, moved forward by this number of milliseconds. Once it is stopped, only the number moves it.
#[derive(Debug, Default)]
pub struct ShiftedClock(pub AtomicI64, OnceLock<DateTime<Utc>>);

impl ShiftedClock {
    /// Stops the clock, so that a slow machine changes nothing that depends on lengths of time.
    pub fn stop(&self) {
        self.1.get_or_init(|| SystemClock.now());
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        let shown = self.1.get().copied().unwrap_or_else(|| SystemClock.now());
        shown + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

/// Steps in which [`TestDesk::pass_until`] lets time pass at most.
const MAX_STEPS: usize = 600;
/// Real time after which [`eventually`] fails the test.
const EVENTUALLY_TIMEOUT: Duration = Duration::from_secs(20);
/// Real time between two checks of [`eventually`], and the time that relays get between two ticks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How often a rule with [`witness`] may match: more often than a test sends requests.
pub const WITNESS_COUNT: u64 = 1_000_000;

/// Returns a fault that changes no reply. The sandbox counts down the rule that has it, so a test sees how many requests match.
pub fn witness() -> Value {
    json!({ "kind": "stall", "seconds": 0.0 })
}

/// Waits until the condition holds. After [`EVENTUALLY_TIMEOUT`] the test fails and names `what`.
pub async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let poll = async {
        while !condition().await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(EVENTUALLY_TIMEOUT, poll).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}

/// Gives relays a moment to work: they transfer files in tasks of their own and in real time, whatever the test's clock
/// shows.
pub async fn relay_moment() {
    tokio::time::sleep(POLL_INTERVAL).await;
}

/// Waits in real time until Cloudflare's rate limit lets the desk call again. The client counts `Retry-After` by the
/// machine's clock, which tests cannot move.
pub async fn wait_out_rate_limit(context: &Context) {
    if let Some(block) = context.cloudflare().budget().blocked_for {
        tokio::time::sleep(block).await;
    }
}

/// Returns the token in the address of a page: what stands behind `token=`, without the details that follow it.
pub fn token_in(address: &str) -> String {
    let (_, rest) = address.split_once("token=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Prints why a test is skipped. Where `CI` is set, the test fails instead, because a build machine must run every
/// test.
#[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
    may_be_skipped(std::env::var_os("CI").is_some_and(|set| !set.is_empty()), why);
}

fn may_be_skipped(in_ci: bool, why: &str) {
    assert!(!in_ci, "CI is set, so no test may be skipped: {why}");
}

#[test]
fn a_test_may_be_skipped_without_ci() {
    may_be_skipped(false, "only root can");
}

#[test]
#[should_panic(expected = "no test may be skipped: only root can")]
fn no_test_may_be_skipped_in_ci() {
    may_be_skipped(true, "only root can");
}

/// A notifier that keeps the notifications which the desk would have shown.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Mutex<Vec<(Notification, Message)>>,
    withdrawn: Mutex<Vec<Subject>>,
    /// The answer to every further notification, if it is not shown.
    pub refusal: Mutex<Option<NotShown>>,
    /// Whether the program runs in a terminal, which shows no notifications.
    pub in_a_terminal: AtomicBool,
}

impl Notices {
    pub fn all(&self) -> Vec<(Notification, Message)> {
        self.shown.lock().unwrap().clone()
    }

    /// Returns the subjects whose alarms were withdrawn.
    pub fn withdrawn(&self) -> Vec<Subject> {
        self.withdrawn.lock().unwrap().clone()
    }

    pub fn titles(&self) -> Vec<String> {
        self.all().into_iter().map(|(_, message)| message.title).collect()
    }
}

impl Notifier for Notices {
    fn notify(&self, notification: &Notification, message: &Message) -> Showing {
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Box::pin(async { Err(refusal) });
        }
        self.shown.lock().unwrap().push((notification.clone(), message.clone()));
        Box::pin(async { Ok(()) })
    }

    fn withdraw(&self, subject: &Subject) {
        self.withdrawn.lock().unwrap().push(subject.clone());
    }

    fn has_desktop(&self) -> bool {
        !self.in_a_terminal.load(Ordering::Relaxed)
    }
}

struct Nobody;

impl EventSink for Nobody {
    fn changed(&self, _topics: &[Topic]) {}
}

/// Returns the environment variables that point a program to a sandbox.
pub fn variables(sandbox: &Sandbox) -> [(&'static str, &str); 4] {
    let info = sandbox.info();
    [
        ("CLOUDFLARE_BASE_URL", &info.base_url),
        ("CLOUDFLARE_ACCOUNT_ID", &info.account_id),
        ("CLOUDFLARE_API_TOKEN", &info.api_token),
        ("CLOUDFLARE_CALLS_APP_ID", &info.app_id),
    ]
}

/// Returns what a person types into the form for a session of an hour.
pub fn input_at(title: &str, start: DateTime<Utc>) -> SessionInput {
    SessionInput {
        title: title.into(),
        instructor: "R. Alves".into(),
        start_local: start.format("%Y-%m-%dT%H:%M").to_string(),
        timezone: "UTC".into(),
        duration_minutes: 60,
        record: true,
        quality: "480p".into(),
        max_participants: 2,
    }
}

/// A sandbox, and the calls by which tests play participants, the account's owner and Cloudflare's faults.
pub struct Cloud {
    pub sandbox: Sandbox,
    http: reqwest::Client,
}

impl Cloud {
    pub async fn start() -> Self {
        let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await.unwrap();
        let http = hajime_core::http_client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { sandbox, http }
    }

    pub fn connection(&self) -> Profile {
        let info = self.sandbox.info();
        Profile {
            base_url: info.base_url.parse().unwrap(),
            account: info.account_id.parse().unwrap(),
            token: SecretString::from(info.api_token.clone()),
            app: Some(info.app_id.parse().unwrap()),
        }
    }

    /// Returns the environment variables that point a program to this sandbox.
    pub fn variables(&self) -> [(&'static str, &str); 4] {
        variables(&self.sandbox)
    }

    pub async fn control(&self, action: &str, body: Value) -> Value {
        let url = format!("{}/{action}", self.sandbox.info().control_url);
        let reply = self.http.post(url).json(&body).send().await.unwrap();
        assert!(reply.status().is_success(), "{action}: {}", reply.status());
        reply.json().await.unwrap_or(Value::Null)
    }

    /// Returns the sandbox's state: its clock, faults, mishaps and switches.
    pub async fn state(&self) -> Value {
        let url = format!("{}/state", self.sandbox.info().control_url);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub async fn clear_faults(&self) {
        let url = format!("{}/faults", self.sandbox.info().control_url);
        assert!(self.http.delete(url).send().await.unwrap().status().is_success());
    }

    pub async fn fault(&self, method: &str, path: &str, count: u64, fault: Value) {
        self.control(
            "faults",
            json!({ "method": (method != "*").then_some(method), "path": path, "count": count, "fault": fault }),
        )
        .await;
    }

    pub async fn join(&self, session: &Session, name: &str) -> String {
        let room = session.state.room().expect("the session has a room").id.to_string();
        let reply = self.control("join", json!({ "meeting_id": room, "name": name })).await;
        reply["peer_id"].as_str().unwrap().to_owned()
    }

    pub async fn status_of(&self, url: &str) -> u16 {
        self.http.get(url).send().await.unwrap().status().as_u16()
    }

    /// Calls the API with a token that has every permission.
    pub async fn api(&self, method: reqwest::Method, path: &str) -> Value {
        self.send(method, path, Value::Null).await
    }

    /// Calls the API with a token that has every permission. The request has a body unless `body` is `Null`.
    pub async fn send(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let info = self.sandbox.info();
        let url = format!("{}/accounts/{}{path}", info.base_url, info.account_id);
        let mut request = self.http.request(method, url).bearer_auth(&info.api_token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let reply = request.send().await.unwrap();
        reply.json().await.unwrap_or(Value::Null)
    }

    pub async fn videos(&self) -> Vec<Value> {
        self.api(reqwest::Method::GET, "/stream").await["result"].as_array().cloned().unwrap_or_default()
    }
}

/// Returns why a recording failed; `None` when it has not failed.
pub fn cause(recording: &Recording) -> Option<Cause> {
    match recording.stage {
        Stage::Failed { cause, .. } => Some(cause),
        _ => None,
    }
}

/// A desk with its clock, its kept notifications and its jobs.
pub struct TestDesk {
    pub context: Context,
    pub notices: Arc<Notices>,
    pub clock: Arc<ShiftedClock>,
    jobs: Jobs,
}

impl TestDesk {
    /// Opens a desk whose clock moves only when the test says so.
    pub fn stopped(cloud: &Cloud, folder: &Path) -> Self {
        let desk = Self::open(cloud, folder);
        desk.clock.stop();
        desk
    }

    pub fn open(cloud: &Cloud, folder: &Path) -> Self {
        Self::with(cloud, folder, Arc::default(), Some(Arc::new(MemorySecrets::default())))
    }

    pub fn with(cloud: &Cloud, folder: &Path, clock: Arc<ShiftedClock>, secrets: Option<Arc<dyn SecretStore>>) -> Self {
        Self::connected(&cloud.connection(), folder, clock, secrets)
    }

    pub fn connected(
        connection: &Profile,
        folder: &Path,
        clock: Arc<ShiftedClock>,
        secrets: Option<Arc<dyn SecretStore>>,
    ) -> Self {
        let notices = Arc::new(Notices::default());
        let context = Context::new(hajime_core::context::ContextParts {
            store: opening::open_store(folder, &connection.account).unwrap(),
            cloudflare: opening::client(connection, clock.clone()).unwrap(),
            account: connection.account.clone(),
            app: connection.app.clone(),
            own_room_page: connection.own_room_page(),
            local_join_page: None,
            clock: clock.clone(),
            secrets,
            notifier: notices.clone(),
            events: Arc::new(Nobody),
        })
        .unwrap();
        Self { context, notices, clock, jobs: Jobs::default() }
    }

    pub fn input(&self, title: &str) -> SessionInput {
        input_at(title, self.context.now())
    }

    pub fn schedule(&self, title: &str) -> Session {
        sessions::schedule(&self.context, &self.input(title)).unwrap()
    }

    /// Starts a session at once and lets one participant, Ada, into its room. Returns the live session, and the id by
    /// which the sandbox knows Ada.
    pub async fn start_with_ada(&self, cloud: &Cloud, title: &str) -> (Session, String) {
        let session = self.schedule(title);
        let live = start::start(&self.context, session.id).await.unwrap().session;
        let ada = cloud.join(&live, "Ada").await;
        (live, ada)
    }

    /// Holds a session for a minute and ends it. Its recording is not imported yet.
    pub async fn hold(&mut self, cloud: &Cloud) -> Session {
        self.hold_for(cloud, "Karate", 60).await
    }

    /// Holds a session with one participant for `seconds` and ends it. Its recording is not imported yet.
    pub async fn hold_for(&mut self, cloud: &Cloud, title: &str, seconds: i64) -> Session {
        let (session, _) = self.start_with_ada(cloud, title).await;
        self.pass(cloud, 5).await;
        self.pass(cloud, seconds).await;
        end::end(&self.context, session.id).await.unwrap();
        session
    }

    pub fn session(&self, session: &Session) -> Session {
        sessions::get(&self.context, session.id).unwrap()
    }

    pub async fn tick(&mut self) -> TickReport {
        jobs::tick(&self.context, &mut self.jobs).await.unwrap()
    }

    /// Lets time pass for the sandbox and the desk, then runs the jobs that are due.
    pub async fn pass(&mut self, cloud: &Cloud, seconds: i64) -> TickReport {
        self.pass_without_tick(cloud, seconds).await;
        self.tick().await
    }

    /// Lets time pass for the sandbox and the desk without running a job.
    pub async fn pass_without_tick(&self, cloud: &Cloud, seconds: i64) {
        cloud.control("advance", json!({ "seconds": seconds })).await;
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Lets time pass in steps until the condition holds, and gives relays a moment after each step.
    pub async fn pass_until(&mut self, cloud: &Cloud, step_seconds: i64, condition: impl Fn(&Self) -> bool) {
        for _ in 0..MAX_STEPS {
            if condition(self) {
                return;
            }
            self.pass(cloud, step_seconds).await;
            relay_moment().await;
        }
        panic!("the condition never held: {:?}", self.context.store().every_recording().unwrap());
    }

    /// Lets time pass until no job has work left.
    pub async fn until_idle(&mut self, cloud: &Cloud) {
        for _ in 0..200 {
            if self.pass(cloud, 15).await.idle() {
                return;
            }
        }
        panic!("still busy: {:?}", self.context.store().recordings_in_flight().unwrap());
    }
}
