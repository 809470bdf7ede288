//! The model together with everything around it: the clock that drives it, the file that keeps it, the rooms that hear
//! of it, and the work it leaves to be done.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, watch};

use crate::{
    budget::Budgets,
    clips::ClipShelf,
    clock::{Clock, Moment},
    faults::{Faults, Trap},
    state::{
        Model,
        mishaps::{Mishap, Waiting},
        room_event::RoomEvent,
        store::Store,
        task::Task,
    },
    uploads::PartialUpload,
    webhooks::WebhookSender,
};

thread_local! {
    static HOLDING: Cell<bool> = const { Cell::new(false) };
}

/// That this thread holds the world. Asking for it a second time would wait for ever; this says so instead.
struct Holding;

impl Holding {
    fn begin() -> Self {
        assert!(!HOLDING.replace(true), "the world was asked for by work that already holds it");
        Self
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        HOLDING.set(false);
    }
}

#[derive(Debug)]
struct Held {
    model: Model,
    store: Option<Store>,
}

/// Runs a background task to its end. It is handed to the world at start, so that the world need not know what tasks do.
pub type TaskRunner = fn(Arc<World>, Task) -> BoxFuture<'static, ()>;

/// Everything the routes work with.
#[derive(Debug)]
pub struct World {
    held: Mutex<Held>,
    /// Both clocks.
    pub clock: Clock,
    /// Rendered clips.
    pub clips: ClipShelf,
    /// Faults that are switched on.
    pub faults: Mutex<Faults>,
    /// How much of each rate limit is left.
    pub budgets: Mutex<Budgets>,
    /// Stream's own signing keys behind the token endpoint, by account: id and PEM. They live as long as the process.
    pub stream_keys: tokio::sync::Mutex<std::collections::HashMap<String, (String, Vec<u8>)>>,
    /// Uploads that are under way.
    pub uploads: Mutex<std::collections::HashMap<String, PartialUpload>>,
    /// Sends and signs webhook deliveries.
    pub webhook_sender: WebhookSender,
    /// For fetching what Stream is asked to copy.
    pub http: reqwest::Client,
    /// The unguessable part of the control API's path.
    pub control_secret: String,
    run_task: TaskRunner,
    room_events: broadcast::Sender<RoomEvent>,
    next: watch::Sender<Option<Moment>>,
    busy: watch::Sender<usize>,
    closing: watch::Sender<bool>,
}

impl World {
    /// Puts a world around a model.
    pub fn new(
        model: Model,
        store: Option<Store>,
        clock: Clock,
        control_secret: String,
        run_task: TaskRunner,
    ) -> Result<Self, reqwest::Error> {
        // A copy is answered at once and fetched behind the scenes; a source that hangs must still fail in the end.
        let http = crate::http_client::builder()
            .timeout(Duration::from_mins(1))
            .connect_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self {
            held: Mutex::new(Held { model, store }),
            clock,
            clips: ClipShelf::default(),
            faults: Mutex::default(),
            budgets: Mutex::default(),
            stream_keys: tokio::sync::Mutex::default(),
            uploads: Mutex::default(),
            webhook_sender: WebhookSender::new()?,
            http,
            control_secret,
            run_task,
            room_events: broadcast::channel(1_024).0,
            next: watch::Sender::new(None),
            busy: watch::Sender::new(0),
            closing: watch::Sender::new(false),
        })
    }

    /// Settles the model to now, hands it to `work`, and sees to what came of it. Nothing else happens meanwhile.
    pub fn with<T>(self: &Arc<Self>, work: impl FnOnce(&mut Model) -> T) -> T {
        let holding = Holding::begin();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Held { model, store } = &mut *held;
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
        let next = model.next_moment();
        drop((held, holding));
        for event in events {
            // The only error is that no socket is open.
            let _ = self.room_events.send(event);
        }
        for task in tasks {
            self.run(task);
        }
        self.next.send_if_modified(|known| std::mem::replace(known, next) != next);
        outcome
    }

    /// Keeps a value of the sandbox itself in the state file, when there is one.
    pub fn keep(&self, setting: crate::state::store::Setting, value: &serde_json::Value) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &held.store
            && let Err(error) = store.keep(setting, value)
        {
            tracing::error!(%error, "the sandbox could not save its state");
        }
    }

    /// What happens in all rooms from now on.
    pub fn listen(&self) -> broadcast::Receiver<RoomEvent> {
        self.room_events.subscribe()
    }

    /// Sets a trap.
    pub fn trap(&self, trap: Trap) {
        let now = self.clock.verification();
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).set(trap, now);
    }

    /// Lets something go wrong once inside the provider.
    pub fn mishap(self: &Arc<Self>, mishap: Mishap) {
        self.with(|model| model.mishaps.add(Waiting { count: 1, mishap }));
    }

    /// Refuses every call until a rate-limit window has passed.
    pub fn block(self: &Arc<Self>) {
        let window = self.with(|model| model.switches.window_seconds);
        let now = self.clock.verification();
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner).block_all(window, now);
    }

    /// Moves both clocks forward once all work in flight is done, and lets everything happen that was due on the way: at
    /// once, or while the clock runs there at some speed.
    pub async fn advance(self: &Arc<Self>, by: Duration, speed: Option<f64>) {
        self.idle().await;
        match speed {
            None => self.clock.advance(by),
            Some(speed) => {
                let wait = self.clock.run(by, speed);
                self.next.send_modify(|_| ());
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.closed() => {}
                }
                self.clock.arrive();
            }
        }
        // What falls due may leave work, and that work may make more fall due; two rounds reach the end of any chain
        // the sandbox knows (a recording stored, a source looked at).
        for _ in 0..3 {
            self.with(|_| ());
            self.idle().await;
        }
        self.with(|_| ());
    }

    /// Makes the process clock run at another speed.
    pub fn set_speed(self: &Arc<Self>, factor: f64) {
        self.clock.set_speed(factor);
        self.next.send_modify(|_| ());
    }

    /// Lets things happen when they are due, until the sandbox stops.
    pub async fn keep_time(self: Arc<Self>) {
        let mut next = self.next.subscribe();
        let mut closing = self.closing.subscribe();
        loop {
            let moment = *next.borrow_and_update();
            let wait = moment.map(|moment| self.clock.real_time_until(moment).max(Duration::from_millis(1)));
            tokio::select! {
                changed = next.changed() => if changed.is_err() { return },
                () = sleep_or_forever(wait) => self.with(|_| ()),
                _ = closing.wait_for(|closing| *closing) => return,
            }
        }
    }

    /// Tells everything that waits for something that the sandbox is stopping.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves when the sandbox is stopping.
    pub async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// Resolves when no work is in flight, or after long enough that something must be stuck.
    async fn idle(&self) {
        let mut busy = self.busy.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(90), busy.wait_for(|count| *count == 0)).await;
        if waited.is_err() {
            tracing::warn!("work of the sandbox is taking too long");
        }
    }

    fn run(self: &Arc<Self>, task: Task) {
        // Nothing in the model waits for a clip that is rendered ahead of time, so neither does an advance.
        let busy = (!matches!(task, Task::RenderClip { .. })).then(|| Busy::begin(self));
        let world = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                () = (world.run_task)(Arc::clone(&world), task) => {}
                () = world.closed() => {}
            }
            drop(busy);
        });
    }
}

/// Counts an errand as in flight until it is dropped, however the errand ends.
struct Busy(Arc<World>);

impl Busy {
    fn begin(world: &Arc<World>) -> Self {
        world.busy.send_modify(|count| *count += 1);
        Self(Arc::clone(world))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|count| *count = count.saturating_sub(1));
    }
}

async fn sleep_or_forever(wait: Option<Duration>) {
    match wait {
        // Tokio's timer ends in some years; asking again every day does no harm.
        Some(wait) => tokio::time::sleep(wait.min(Duration::from_hours(24))).await,
        None => std::future::pending().await,
    }
}
