//! The world: the model together with its clock, its state file, the sockets of its rooms, and its background tasks.

use std::{
    cell::Cell,
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, watch};

use crate::{
    clips::ClipCache,
    clock::{Clock, Moment},
    faults::{FaultRule, Faults},
    rate_limits::{Brakes, RateLimits},
    state::{
        Model,
        d1::D1,
        mishaps::{Mishap, QueuedMishap},
        room_event::RoomEvent,
        store::Store,
        task::Task,
    },
    uploads::PartialUpload,
    webhooks::WebhookSender,
};

thread_local! {
    static LOCK_HELD: Cell<bool> = const { Cell::new(false) };
}

/// Marks that this thread has locked the model. Locking the model again on the same thread would wait for ever, so
/// [`Self::begin`] panics instead.
struct ReentryGuard;

impl ReentryGuard {
    fn begin() -> Self {
        assert!(!LOCK_HELD.replace(true), "World::with was called within World::with");
        Self
    }
}

impl Drop for ReentryGuard {
    fn drop(&mut self) {
        LOCK_HELD.set(false);
    }
}

#[derive(Debug)]
struct LockedState {
    model: Model,
    store: Option<Store>,
}

/// Runs a background task to its end. [`World::new`] gets this function as an argument, so that `world` does not import
/// `tasks`, which imports `world`.
pub type TaskRunner = fn(Arc<World>, Task) -> BoxFuture<'static, ()>;

/// The model, and everything else that the routes use.
#[derive(Debug)]
pub struct World {
    state: Mutex<LockedState>,
    /// The process clock and the verification clock.
    pub clock: Clock,
    /// The cache of rendered clips.
    pub clips: ClipCache,
    /// The fault rules.
    pub faults: Mutex<Faults>,
    /// The rate limits of every client.
    pub rate_limits: Mutex<RateLimits>,
    /// The D1 databases, by their ids.
    pub databases: Mutex<HashMap<String, Arc<D1>>>,
    /// The secrets of scripts, by the script's key and the secret's name. They are held in memory only.
    pub worker_secrets: Mutex<HashMap<(String, String), String>>,
    /// The brakes of scripts.
    pub brakes: Mutex<Brakes>,
    /// Where scripts really run, by their key: a runtime for JavaScript that a test started.
    pub runtimes: Mutex<HashMap<String, SocketAddr>>,
    /// Keys that sign for scripts whose own key was in the memory of an earlier process: the PEM by the id of the key.
    pub stand_in_keys: tokio::sync::Mutex<HashMap<String, String>>,
    /// The id and PEM of Stream's own signing key for the token endpoint, by account. The keys are held in memory only.
    pub stream_keys: tokio::sync::Mutex<HashMap<String, (String, Vec<u8>)>>,
    /// Uploads with tus that are in progress, by the secret segment of their URL.
    pub uploads: Mutex<HashMap<String, PartialUpload>>,
    /// Sends and signs webhook deliveries.
    pub webhook_sender: WebhookSender,
    /// Fetches the sources of videos that Stream is asked to copy.
    pub http: reqwest::Client,
    /// The secret segment in the control API's path.
    pub control_secret: String,
    run_task: TaskRunner,
    room_events: broadcast::Sender<RoomEvent>,
    next_change: watch::Sender<Option<Moment>>,
    running_tasks: watch::Sender<usize>,
    closing: watch::Sender<bool>,
}

impl World {
    /// Makes a world with a loaded model. `run_task` runs the background tasks of the model.
    pub fn new(
        model: Model,
        store: Option<Store>,
        clock: Clock,
        control_secret: String,
        run_task: TaskRunner,
    ) -> Result<Self, reqwest::Error> {
        // The request for a copy is answered before its source is fetched. The timeouts make the copy fail when the
        // source never answers.
        let http = crate::http_client::builder()
            .timeout(Duration::from_mins(1))
            .connect_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self {
            state: Mutex::new(LockedState { model, store }),
            clock,
            clips: ClipCache::default(),
            faults: Mutex::default(),
            rate_limits: Mutex::default(),
            databases: Mutex::default(),
            worker_secrets: Mutex::default(),
            brakes: Mutex::default(),
            runtimes: Mutex::default(),
            stand_in_keys: tokio::sync::Mutex::default(),
            stream_keys: tokio::sync::Mutex::default(),
            uploads: Mutex::default(),
            webhook_sender: WebhookSender::new()?,
            http,
            control_secret,
            run_task,
            room_events: broadcast::channel(1_024).0,
            next_change: watch::Sender::new(None),
            running_tasks: watch::Sender::new(0),
            closing: watch::Sender::new(false),
        })
    }

    /// Settles the model to the present, passes it to `work`, and saves the changed objects. Then sends room events and
    /// starts background tasks. Only one thread at a time runs `work`.
    pub fn with<T>(self: &Arc<Self>, work: impl FnOnce(&mut Model) -> T) -> T {
        let guard = ReentryGuard::begin();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let LockedState { model, store } = &mut *state;
        model.verification = self.clock.verification();
        model.settle(self.clock.now());
        let outcome = work(model);
        match store {
            Some(store) => {
                if let Err(error) = store.save(model, model.now) {
                    tracing::error!(%error, "the sandbox could not save its state");
                }
            }
            None => model.forget_changes(),
        }
        let (tasks, events) = (std::mem::take(&mut model.tasks), std::mem::take(&mut model.room_events));
        let next_change = model.next_moment();
        drop((state, guard));
        for event in events {
            // Sending fails only when no socket is open.
            let _ = self.room_events.send(event);
        }
        for task in tasks {
            self.run(task);
        }
        self.next_change.send_if_modified(|known| std::mem::replace(known, next_change) != next_change);
        outcome
    }

    /// A D1 database; `None` where there is none with this id, or its file cannot be opened.
    pub fn d1(self: &Arc<Self>, id: &str) -> Option<Arc<D1>> {
        let is_known = self.with(|model| model.d1_databases.get(id).is_some());
        let mut open = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_known {
            open.remove(id);
            return None;
        }
        if let Some(database) = open.get(id) {
            return Some(Arc::clone(database));
        }
        let path = self.d1_path(id);
        if let Some(path) = &path {
            crate::state::store::make_private(path);
        }
        match D1::open(path.as_deref()) {
            Ok(database) => Some(Arc::clone(open.entry(id.to_owned()).or_insert_with(|| Arc::new(database)))),
            Err(error) => {
                tracing::error!(%error, "a D1 database could not be opened");
                None
            }
        }
    }

    /// Forgets what a D1 database holds.
    pub fn erase_d1(&self, id: &str) {
        self.databases.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(path) = self.d1_path(id) {
            for end in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(end);
                // A file that stays takes room only: its id is never used again.
                let _ = std::fs::remove_file(name);
            }
        }
    }

    /// The file of a D1 database, beside the state file.
    fn d1_path(&self, id: &str) -> Option<std::path::PathBuf> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.store.as_ref().and_then(|store| store.beside(&format!("d1-{id}.db")))
    }

    /// Keeps secrets of a script in memory.
    pub fn keep_worker_secrets(&self, script: &str, secrets: Vec<(String, String)>) {
        let mut kept = self.worker_secrets.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(secrets.into_iter().map(|(name, text)| ((script.to_owned(), name), text)));
    }

    /// A secret of a script, by the script's key and the secret's name; `None` where an earlier process had it.
    pub fn worker_secret(&self, script: &str, name: &str) -> Option<String> {
        let secrets = self.worker_secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.get(&(script.to_owned(), name.to_owned())).cloned()
    }

    /// Saves a setting of the sandbox in the state file, if there is one.
    pub fn save_setting(&self, setting: crate::state::store::Setting, value: &serde_json::Value) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &state.store
            && let Err(error) = store.save_setting(setting, value)
        {
            tracing::error!(%error, "the sandbox could not save its state");
        }
    }

    /// Subscribes to the future events of all rooms.
    pub fn subscribe_to_rooms(&self) -> broadcast::Receiver<RoomEvent> {
        self.room_events.subscribe()
    }

    /// Adds a fault rule.
    pub fn add_fault(&self, rule: FaultRule) {
        let now = self.clock.verification();
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).add(rule, now);
    }

    /// Queues a mishap for the next recording or video.
    pub fn queue_mishap(self: &Arc<Self>, mishap: Mishap) {
        self.with(|model| model.mishaps.add(QueuedMishap { count: 1, mishap }));
    }

    /// Refuses every API call until a rate-limit window has passed.
    pub fn exhaust_rate_limits(self: &Arc<Self>) {
        let window = self.with(|model| model.switches.window_seconds);
        let now = self.clock.verification();
        self.rate_limits.lock().unwrap_or_else(PoisonError::into_inner).block_all(window, now);
    }

    /// Waits for running tasks, moves both clocks forward, and makes every change that becomes due: all at once, or
    /// while the process clock runs at `speed`.
    pub async fn advance(self: &Arc<Self>, by: Duration, speed: Option<f64>) {
        self.wait_for_tasks().await;
        match speed {
            None => self.clock.advance(by),
            Some(speed) => {
                let wait = self.clock.start_fast_forward(by, speed);
                self.next_change.send_modify(|_| ());
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.closed() => {}
                }
                self.clock.end_fast_forward();
            }
        }
        // A change may start a task, and the task's result may make the next change due. Three rounds cover the longest
        // chain: a recording's file is measured, then a source is fetched.
        for _ in 0..3 {
            self.with(|_| ());
            self.wait_for_tasks().await;
        }
        self.with(|_| ());
    }

    /// Changes the speed of the process clock.
    pub fn set_speed(self: &Arc<Self>, factor: f64) {
        self.clock.set_speed(factor);
        self.next_change.send_modify(|_| ());
    }

    /// Settles the model whenever a change becomes due, until the sandbox stops.
    pub async fn run_clock(self: Arc<Self>) {
        let mut next_change = self.next_change.subscribe();
        let mut closing = self.closing.subscribe();
        loop {
            let moment = *next_change.borrow_and_update();
            let wait = moment.map(|moment| self.clock.real_time_until(moment).max(Duration::from_millis(1)));
            tokio::select! {
                changed = next_change.changed() => if changed.is_err() { return },
                () = sleep_or_forever(wait) => self.with(|_| ()),
                _ = closing.wait_for(|closing| *closing) => return,
            }
        }
    }

    /// Tells everything that waits on [`Self::closed`] that the sandbox is stopping.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves when the sandbox is stopping.
    pub async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// Waits until no task is running, but at most 90 seconds, after which a task must be stuck.
    async fn wait_for_tasks(&self) {
        let mut running_tasks = self.running_tasks.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(90), running_tasks.wait_for(|count| *count == 0)).await;
        if waited.is_err() {
            tracing::warn!("a background task has been running for 90 seconds");
        }
    }

    fn run(self: &Arc<Self>, task: Task) {
        // No change of the model depends on a clip that is rendered early, so an advance does not wait for it.
        let running_tasks = (!matches!(task, Task::RenderClip { .. })).then(|| RunningTask::begin(self));
        let world = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                () = (world.run_task)(Arc::clone(&world), task) => {}
                () = world.closed() => {}
            }
            drop(running_tasks);
        });
    }
}

/// Counts a task as running until it is dropped, however the task ends.
struct RunningTask(Arc<World>);

impl RunningTask {
    fn begin(world: &Arc<World>) -> Self {
        world.running_tasks.send_modify(|count| *count += 1);
        Self(Arc::clone(world))
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.0.running_tasks.send_modify(|count| *count = count.saturating_sub(1));
    }
}

async fn sleep_or_forever(wait: Option<Duration>) {
    match wait {
        // Tokio's timer covers a few years only, so it wakes up at least once a day. An early wake-up changes nothing.
        Some(wait) => tokio::time::sleep(wait.min(Duration::from_hours(24))).await,
        None => std::future::pending().await,
    }
}
