//! Runs background work. A panic is caught, counted and reported; work that should never end is started again.
//!
//! All concurrent work is started here. Without this, a task that panics would end unnoticed, together with whatever
//! depends on it: the jobs would stop until the app is started again, and a caller would wait for ever. The message of
//! a panic may quote what the task was reading, which may be a token. The log and the screen therefore show only the
//! job and the place in the source.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The pause before a job is first started again. Each later pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause. After a run that was longer than this, the pauses begin with the first one again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long people are told that a task panicked.
const INCIDENT_DISPLAY_TIME: Duration = Duration::from_secs(3_600);

thread_local! {
    /// The source place of this thread's last panic. The panic hook sets it, and the code that catches the panic takes
    /// it.
    static LAST_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The error of a job that panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{job} stopped unexpectedly at {}", place.as_deref().unwrap_or("an unknown place"))]
pub struct Stopped {
    /// The activity of the job, in words that follow “while”.
    pub job: &'static str,
    /// The file and line of the panic; `None` if [`report_panics_by_place`] was not called.
    pub place: Option<String>,
}

/// The panics of one job since the process began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The activity of the job, in words that follow “while”.
    pub job: &'static str,
    /// The number of panics.
    pub times: u64,
    /// The time of the last panic.
    pub last: Instant,
}

/// Starts background work and counts its panics. Cheap to clone; clones share the counts.
#[derive(Clone)]
pub struct Supervisor {
    incidents: Arc<Mutex<BTreeMap<&'static str, Incident>>>,
    on_stop: Arc<dyn Fn() + Send + Sync>,
}

impl Default for Supervisor {
    fn default() -> Self {
        Self::new(|| {})
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").field("incidents", &*self.counted()).finish_non_exhaustive()
    }
}

impl Supervisor {
    /// Makes a supervisor that calls `on_stop` after each panic, so that the window can show it.
    pub fn new(on_stop: impl Fn() + Send + Sync + 'static) -> Self {
        Self { incidents: Arc::default(), on_stop: Arc::new(on_stop) }
    }

    /// Runs `work` in the current task and returns an error if it panics.
    pub async fn caught<T>(&self, job: &'static str, work: impl Future<Output = T>) -> Result<T, Stopped> {
        AssertUnwindSafe(work).catch_unwind().await.map_err(|_| self.note(job))
    }

    /// Runs synchronous work and returns an error if it panics.
    pub fn caught_now<T>(&self, job: &'static str, work: impl FnOnce() -> T) -> Result<T, Stopped> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| self.note(job))
    }

    /// Starts `work` as a task on the current tokio runtime.
    #[must_use]
    pub fn spawn<T: Send + 'static>(
        &self,
        job: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        let supervisor = self.clone();
        Task { job, handle: tokio::spawn(async move { supervisor.caught(job, work).await }) }
    }

    /// Starts work that blocks its thread, on a thread that the runtime has for such work. Once begun, it cannot be
    /// cancelled.
    #[must_use]
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        job: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Task<T> {
        let supervisor = self.clone();
        Task { job, handle: tokio::task::spawn_blocking(move || supervisor.caught_now(job, work)) }
    }

    /// Starts work that should never end, and starts it again after a pause each time it panics.
    #[must_use]
    pub fn keep_running<W>(&self, job: &'static str, begin: impl Fn() -> W + Send + Sync + 'static) -> Task<()>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let supervisor = self.clone();
        self.spawn(job, async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let since = Instant::now();
                if supervisor.caught(job, async { begin().await }).await.is_ok() {
                    return;
                }
                if since.elapsed() > LONGEST_PAUSE {
                    pause = FIRST_PAUSE;
                }
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
        })
    }

    /// The jobs that panicked since the process began.
    #[must_use]
    pub fn incidents(&self) -> Vec<Incident> {
        self.counted().values().cloned().collect()
    }

    /// The number of panics of all jobs since the process began.
    #[must_use]
    pub fn stopped(&self) -> u64 {
        self.counted().values().map(|incident| incident.times).sum()
    }

    /// The job that panicked last; `None` an hour after its panic.
    #[must_use]
    pub fn latest(&self) -> Option<Incident> {
        let latest = self.counted().values().max_by_key(|incident| incident.last).cloned()?;
        (latest.last.elapsed() < INCIDENT_DISPLAY_TIME).then_some(latest)
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<&'static str, Incident>> {
        self.incidents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, job: &'static str) -> Stopped {
        let stopped = Stopped { job, place: LAST_PLACE.take() };
        tracing::error!(job, place = stopped.place.as_deref(), "a job stopped unexpectedly");
        let now = Instant::now();
        {
            let mut incidents = self.counted();
            let incident = incidents.entry(job).or_insert(Incident { job, times: 0, last: now });
            incident.times = incident.times.saturating_add(1);
            incident.last = now;
        }
        // A panic of the listener must not escape.
        if catch_unwind(AssertUnwindSafe(|| (self.on_stop)())).is_err() {
            tracing::error!(job, "nobody could be told that a job stopped");
        }
        stopped
    }
}

/// A started task. It is cancelled when this value is dropped.
#[derive(Debug)]
pub struct Task<T> {
    job: &'static str,
    handle: JoinHandle<Result<T, Stopped>>,
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl<T> Task<T> {
    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Waits for the end of the task for at most `limit`; `None` if it goes on. Must not be called again after it
    /// returned a result.
    pub async fn within(&mut self, limit: Duration) -> Option<Result<T, Stopped>> {
        let ended = tokio::time::timeout(limit, &mut self.handle).await.ok()?;
        Some(ended.unwrap_or(Err(Stopped { job: self.job, place: None })))
    }

    /// Waits for the end of the task.
    pub async fn join(mut self) -> Result<T, Stopped> {
        // The task catches its own panics, so it has no result only if the runtime ends.
        (&mut self.handle).await.unwrap_or(Err(Stopped { job: self.job, place: None }))
    }
}

/// Installs a panic hook that writes the source place of each panic to standard error, without a message that may quote
/// a secret.
pub fn report_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let report = format!("Hajime stopped unexpectedly at {}", words(panic, place.as_deref()));
        LAST_PLACE.set(place);
        // If standard error is closed, nobody can read the report.
        drop(writeln!(std::io::stderr(), "{report}"));
    }));
}

/// The place, followed by the message if it is a constant of the program, which cannot quote a secret.
fn words(panic: &PanicHookInfo<'_>, place: Option<&str>) -> String {
    let place = place.unwrap_or("an unknown place");
    match panic.payload().downcast_ref::<&'static str>() {
        Some(constant) => format!("{place}: {constant}"),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_panic_is_counted_and_reported_and_other_work_goes_on() {
        let told = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&told);
        let supervisor = Supervisor::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let failed = supervisor.caught("reading a list", async { panic!("secret {}", 1) }).await;
        let failed: Result<(), Stopped> = failed;
        assert_eq!(failed.unwrap_err().job, "reading a list");
        let failed: Result<(), Stopped> = supervisor.caught_now("reading a list", || panic!("again"));
        assert!(failed.is_err());
        assert_eq!(supervisor.caught("adding", async { 1 + 1 }).await, Ok(2));
        let incidents = supervisor.incidents();
        assert_eq!(incidents.len(), 1);
        assert_eq!((incidents[0].job, incidents[0].times), ("reading a list", 2));
        assert_eq!((supervisor.stopped(), told.load(Ordering::SeqCst)), (2, 2));
        assert_eq!(supervisor.latest().map(|latest| latest.job), Some("reading a list"));
    }

    #[tokio::test]
    async fn joining_a_task_that_panicked_gives_an_error_with_its_activity() {
        let supervisor = Supervisor::default();
        let task: Task<()> = supervisor.spawn("carrying a file", async { panic!("no") });
        assert_eq!(task.join().await.unwrap_err().job, "carrying a file");
        let task: Task<()> = supervisor.spawn_blocking("writing it down", || panic!("no"));
        assert_eq!(task.join().await.unwrap_err().job, "writing it down");
        assert_eq!(supervisor.spawn("adding", async { 2 }).join().await, Ok(2));
        assert_eq!(supervisor.stopped(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_panics_again_and_again_is_restarted_after_growing_pauses() {
        let supervisor = Supervisor::default();
        let starts = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&starts);
        let began = Instant::now();
        let task = supervisor.keep_running("watching", move || {
            let seen = Arc::clone(&seen);
            async move {
                let count = {
                    let mut starts = seen.lock().unwrap();
                    starts.push(began.elapsed().as_secs());
                    starts.len()
                };
                assert!(count > 9, "not yet");
                std::future::pending::<()>().await;
            }
        });
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(*starts.lock().unwrap(), [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
        assert_eq!(supervisor.stopped(), 9);
        drop(task);
    }

    #[test]
    fn a_panic_of_the_listener_is_caught_too() {
        let supervisor = Supervisor::new(|| panic!("nobody listens"));
        let failed: Result<(), Stopped> = supervisor.caught_now("reading", || panic!("no"));
        assert!(failed.is_err());
        assert_eq!(supervisor.stopped(), 1);
    }
}
