//! A panic in a job: the supervisor counts and reports it, and everything else continues.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::actions::recorder::sync;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hajime_core::actions::library::recordings;
use hajime_core::actions::schedule::sessions;
use hajime_core::context::{Context, ContextParts};
use hajime_core::domain::delivery::notification::{Notification, Subject};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::recorder::stage::Stage;
use hajime_core::jobs::{self, Driver, Jobs};
use hajime_core::opening;
use hajime_core::ports::{
    Clock, EventSink, MemorySecrets, Message, Notifier, Quiet, SecretError, SecretName, SecretStore, Showing, Topic,
};
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Cloud, ShiftedClock, input_at, relay_moment};

/// A clock that panics at every `every`-th reading or a little later, so that it is not always the same line of a tick
/// that is hit; never while `every` is 0.
#[derive(Default)]
struct FragileClock {
    clock: ShiftedClock,
    every: AtomicI64,
    /// The readings since the last panic.
    read: AtomicI64,
    panics: AtomicI64,
}

impl Clock for FragileClock {
    fn now(&self) -> DateTime<Utc> {
        let every = self.every.load(Ordering::SeqCst);
        let later = every / 8 * (self.panics.load(Ordering::SeqCst) % 3);
        if every > 0 && self.read.fetch_add(1, Ordering::SeqCst) + 1 >= every + later {
            self.read.store(0, Ordering::SeqCst);
            self.panics.fetch_add(1, Ordering::SeqCst);
            panic!("the clock broke");
        }
        self.clock.now()
    }
}

/// A keyring that panics when it stores the secret `broken_for`; never while that is `None`.
#[derive(Default)]
struct FragileSecrets {
    kept: MemorySecrets,
    broken_for: std::sync::Mutex<Option<SecretName>>,
}

impl SecretStore for FragileSecrets {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        self.kept.get(name)
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        let broken = self.broken_for.lock().unwrap().clone();
        assert_ne!(broken.as_ref(), Some(name), "the keyring broke");
        self.kept.set(name, value)
    }

    fn remove(&self, name: &SecretName) -> Result<(), SecretError> {
        self.kept.remove(name)
    }
}

struct FragileNotifier;

impl Notifier for FragileNotifier {
    fn notify(&self, _notification: &Notification, _message: &Message) -> Showing {
        panic!("the notification service broke");
    }

    fn withdraw(&self, _subject: &Subject) {}
}

/// An event sink that wakes the test when something has changed.
#[derive(Default)]
struct Changes(Notify);

impl EventSink for Changes {
    fn changed(&self, _topics: &[Topic]) {
        self.0.notify_one();
    }
}

/// A desk whose clock, keyring or notifications can be made to panic.
struct FragileDesk {
    context: Context,
    clock: Arc<FragileClock>,
    secrets: Arc<FragileSecrets>,
    changes: Arc<Changes>,
    jobs: Jobs,
}

impl FragileDesk {
    fn open(cloud: &Cloud, folder: &Path, notifier: Arc<dyn Notifier>) -> Self {
        let connection = cloud.connection();
        let clock = Arc::new(FragileClock::default());
        let secrets = Arc::new(FragileSecrets::default());
        let changes = Arc::new(Changes::default());
        let context = Context::new(ContextParts {
            store: opening::open_store(folder, &connection.account).unwrap(),
            cloudflare: opening::client(&connection, clock.clone()).unwrap(),
            account: connection.account.clone(),
            app: connection.app.clone(),
            own_room_page: connection.own_room_page(),
            local_join_page: None,
            clock: clock.clone(),
            secrets: Some(secrets.clone()),
            notifier,
            events: changes.clone(),
        })
        .unwrap();
        Self { context, clock, secrets, changes, jobs: Jobs::default() }
    }

    /// Holds two sessions for a minute, ends them and returns their recordings.
    async fn hold_two_sessions(&mut self, cloud: &Cloud) -> [Recording; 2] {
        let mut ids = Vec::new();
        for title in ["Judo", "Karate"] {
            let input = input_at(title, self.context.now());
            let session = sessions::schedule(&self.context, &input).unwrap();
            let started = start::start(&self.context, session.id).await.unwrap();
            cloud.join(&started.session, "Ada").await;
            ids.push(session.id);
        }
        self.pass(cloud, 5).await;
        self.pass(cloud, 60).await;
        for id in &ids {
            end::end(&self.context, *id).await.unwrap();
        }
        [0, 1].map(|number: usize| self.context.store().recordings_of(ids[number]).unwrap().remove(0))
    }

    async fn pass(&mut self, cloud: &Cloud, seconds: i64) {
        cloud.control("advance", json!({ "seconds": seconds })).await;
        self.clock.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
        // A tick returns an error when one of its jobs panics.
        if let Err(error) = jobs::tick(&self.context, &mut self.jobs).await {
            assert_eq!(error.code(), "internal", "{error}");
        }
    }

    async fn until(&mut self, cloud: &Cloud, condition: impl Fn(&Context) -> bool) {
        for _ in 0..400 {
            if condition(&self.context) {
                return;
            }
            self.pass(cloud, 15).await;
            relay_moment().await;
        }
        panic!("the condition never held: {:?}", self.context.store().recordings_in_flight().unwrap());
    }
}

fn is_ready(context: &Context, recording: &Recording) -> bool {
    recordings::get(context, recording.id).unwrap().stage == Stage::Ready
}

fn jobs_that_stopped(context: &Context) -> Vec<&'static str> {
    context.supervisor().incidents().into_iter().map(|incident| incident.job).collect()
}

#[tokio::test]
async fn two_recordings_become_ready_although_the_clock_panics_repeatedly() {
    for every in [17, 29, 41] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut fragile = FragileDesk::open(&cloud, folder.path(), Arc::new(Quiet));
        let both = fragile.hold_two_sessions(&cloud).await;
        fragile.clock.every.store(every, Ordering::SeqCst);
        for _ in 0..400 {
            fragile.pass(&cloud, 15).await;
            if both.iter().all(|recording| is_ready(&fragile.context, recording)) {
                break;
            }
        }
        fragile.clock.every.store(0, Ordering::SeqCst);
        for recording in &both {
            let seen = recordings::get(&fragile.context, recording.id).unwrap();
            assert_eq!(seen.stage, Stage::Ready, "every {every}: {seen:?}");
        }
        assert!(fragile.context.supervisor().stopped() > 2, "every {every}: {:?}", fragile.context.supervisor());
        let told = fragile.context.stopped_job().unwrap();
        assert!(told.message.starts_with("A background job stopped unexpectedly and was restarted: "), "{told:?}");
        assert_eq!(cloud.videos().await.len(), 2);
    }
}

#[tokio::test]
async fn a_panic_in_one_relay_is_reported_and_the_other_recording_becomes_ready() {
    let cloud = Cloud::start().await;
    // Stream cannot fetch the files, so the desk relays both.
    cloud.control("switches", json!({ "head_refused": true })).await;
    let folder = tempfile::tempdir().unwrap();
    let mut fragile = FragileDesk::open(&cloud, folder.path(), Arc::new(Quiet));
    let [broken, good] = fragile.hold_two_sessions(&cloud).await;
    *fragile.secrets.broken_for.lock().unwrap() = Some(SecretName::Upload(broken.id));
    fragile
        .until(&cloud, |context| {
            is_ready(context, &good) && jobs_that_stopped(context).contains(&"carrying a file to Stream")
        })
        .await;
    assert!(!is_ready(&fragile.context, &broken));
    let events = recordings::detail(&fragile.context, broken.id).unwrap().events;
    let is_panic_note =
        |note: &str| note.starts_with("Hajime stopped unexpectedly while it looked after this recording.");
    assert_eq!(events.iter().filter(|event| is_panic_note(&event.note)).count(), 1, "{events:?}");
    let told = "Checking “Judo” stopped unexpectedly. Hajime still checks the other recordings.";
    fragile.until(&cloud, |context| context.health().trouble.is_some_and(|trouble| trouble.message == told)).await;
    *fragile.secrets.broken_for.lock().unwrap() = None;
    fragile.until(&cloud, |context| is_ready(context, &broken)).await;
    assert!(fragile.context.health().trouble.is_none());
}

#[tokio::test]
async fn a_panic_of_the_notifier_delays_no_recording() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut fragile = FragileDesk::open(&cloud, folder.path(), Arc::new(FragileNotifier));
    let [one, other] = fragile.hold_two_sessions(&cloud).await;
    fragile.until(&cloud, |context| is_ready(context, &one) && is_ready(context, &other)).await;
    assert_eq!(jobs_that_stopped(&fragile.context), ["showing notifications"]);
}

#[tokio::test]
async fn a_panic_in_sync_is_reported_as_an_error() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let fragile = FragileDesk::open(&cloud, folder.path(), Arc::new(Quiet));
    fragile.clock.every.store(1, Ordering::SeqCst);
    let error = sync::sync(&fragile.context).await.unwrap_err();
    fragile.clock.every.store(0, Ordering::SeqCst);
    assert_eq!(error.code(), "internal");
    assert_eq!(error.message(), "Hajime stopped unexpectedly while comparing with Cloudflare.");
    assert_eq!(fragile.context.health().trouble.unwrap().message, error.message());
    assert!(sync::sync(&fragile.context).await.is_ok());
    assert!(fragile.context.health().trouble.is_none());
}

#[tokio::test]
async fn the_driver_restarts_jobs_that_panicked() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let fragile = FragileDesk::open(&cloud, folder.path(), Arc::new(Quiet));
    let broken = AtomicBool::new(true);
    fragile.clock.every.store(1, Ordering::SeqCst);
    let driver = Driver::start(fragile.context.clone());
    let recovered = async {
        while fragile.context.health().last_ok.is_none() {
            fragile.changes.0.notified().await;
            if fragile.context.supervisor().stopped() >= 2 && broken.swap(false, Ordering::SeqCst) {
                fragile.clock.every.store(0, Ordering::SeqCst);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), recovered).await.unwrap();
    assert!(
        jobs_that_stopped(&fragile.context).contains(&"watching rooms and recordings"),
        "{:?}",
        fragile.context.supervisor()
    );
    drop(driver);
}
