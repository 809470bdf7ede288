use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use tokio::sync::Notify;

use super::*;
use crate::cloudflare::{self, ApiToken, Client, ClientConfig, Pace};
use crate::context::ContextParts;
use crate::domain::bounds::{Moved as _, nearest_moment};
use crate::domain::ids::AccountId;
use crate::jobs::job::Job;
use crate::jobs::tick;
use crate::ports::{Clock, Quiet};
use crate::store::Store;

/// A clock that stands still until a test moves it.
#[derive(Default)]
struct StandingClock(AtomicI64);

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        nearest_moment(self.0.load(Ordering::SeqCst))
    }
}

/// A context without a network or other services, and its clock.
fn context() -> (Context, Arc<StandingClock>) {
    let clock = Arc::new(StandingClock(AtomicI64::new(1_772_366_400_000)));
    let account: AccountId = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let config = ClientConfig {
        base_url: "http://127.0.0.1:9/".parse().unwrap(),
        account: account.clone(),
        token: ApiToken::Known("no token".into()),
        user_agent: String::new(),
        timeout: Duration::from_secs(1),
        clock: clock.clone(),
        pace: Pace::default(),
    };
    let context = Context::new(ContextParts {
        store: Store::in_memory().unwrap(),
        cloudflare: Client::new(config).unwrap(),
        account,
        app: None,
        own_room_page: None,
        local_join_page: None,
        clock: clock.clone(),
        secrets: None,
        notifier: Arc::new(Quiet),
        events: Arc::new(Quiet),
    })
    .unwrap();
    (context, clock)
}

/// The behaviour of a test job in its next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Succeed,
    Fail,
    Panic,
    Wait,
}

/// The next behaviour of a test job, and what has happened to the job.
struct Script {
    act: StdMutex<Act>,
    seen: StdMutex<Vec<&'static str>>,
    go_on: Notify,
}

impl Script {
    fn new(act: Act) -> Arc<Self> {
        Arc::new(Self { act: StdMutex::new(act), seen: StdMutex::default(), go_on: Notify::new() })
    }

    fn next(&self, act: Act) {
        *self.act.lock().unwrap() = act;
    }

    fn seen(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    fn note(&self, what: &'static str) {
        self.seen.lock().unwrap().push(what);
    }

    async fn run(&self) -> Result<Report, Error> {
        self.note("run");
        let act = *self.act.lock().unwrap();
        match act {
            Act::Succeed => {}
            Act::Fail => return Err(cloudflare::Error::Lost { why: String::new() }.into()),
            Act::Panic => panic!("invented"),
            Act::Wait => self.go_on.notified().await,
        }
        Ok(Work::Asked.into())
    }
}

/// A job that runs in every tick. The tick waits for its end.
struct Every(Arc<Script>);

impl Job for Every {
    const NAME: JobName = JobName { id: "every", title: "Every tick" };
    const ACTIVITY: &'static str = "running in every tick";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, _turn: Turn) -> Result<Report, Error> {
        self.0.run().await
    }

    fn clock_moved(&mut self) {
        self.0.note("clock");
    }
}

/// A job that runs once an hour, beside the ticks.
struct Hourly(Arc<Script>, Option<DateTime<Utc>>);

impl Job for Hourly {
    const NAME: JobName = JobName { id: "hourly", title: "Hourly" };
    const ACTIVITY: &'static str = "running once an hour";
    const GROUP: Group = Group::Pipeline;
    const PATIENCE: Patience = Patience::Beside(Duration::from_millis(20));

    fn due(&self, _context: &Context) -> Due {
        self.1.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        self.1 = Some(turn.context.now().later(TimeDelta::hours(1)));
        self.0.run().await
    }

    fn clock_moved(&mut self) {
        self.0.note("clock");
        self.1 = None;
    }

    fn woken(&mut self, _wake: Wake) {
        self.0.note("woken");
    }
}

struct Bench {
    context: Context,
    clock: Arc<StandingClock>,
    every: Arc<Script>,
    hourly: Arc<Script>,
    jobs: Jobs,
}

impl Bench {
    fn new(every: Act, hourly: Act) -> Self {
        let (context, clock) = context();
        let (every, hourly) = (Script::new(every), Script::new(hourly));
        let jobs: Vec<Box<dyn AnyJob>> =
            vec![Box::new(Every(Arc::clone(&every))), Box::new(Hourly(Arc::clone(&hourly), None))];
        Self { context, clock, every, hourly, jobs: Jobs::with(jobs) }
    }

    async fn tick(&mut self, minutes_later: i64) -> Result<tick::TickReport, Error> {
        self.clock.0.fetch_add(minutes_later * 60_000, Ordering::SeqCst);
        tick::tick(&self.context, &mut self.jobs).await
    }

    fn status(&self, name: &str) -> crate::domain::profile::job_status::JobStatus {
        self.context.health().jobs().find(|job| job.name == name).unwrap().clone()
    }
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_its_status_names_the_last_and_the_next_run() {
    let mut bench = Bench::new(Act::Succeed, Act::Succeed);
    bench.tick(0).await.unwrap();
    bench.tick(59).await.unwrap();
    let began = bench.context.now() - TimeDelta::minutes(59);
    let soon = bench.context.now() + TimeDelta::seconds(5);
    bench.jobs.note_next_runs(&bench.context, soon);
    assert_eq!(bench.every.seen(), ["clock", "run", "run"]);
    assert_eq!(bench.hourly.seen(), ["clock", "run"]);
    let (every, hourly) = (bench.status("every"), bench.status("hourly"));
    assert_eq!((every.runs, every.last_run, every.next_run), (2, Some(bench.context.now()), Some(soon)));
    assert_eq!((hourly.runs, hourly.last_run), (1, Some(began)));
    assert_eq!(hourly.next_run, Some(began + TimeDelta::hours(1)));
    bench.tick(1).await.unwrap();
    assert_eq!(bench.hourly.seen(), ["run"]);
}

#[tokio::test]
async fn a_job_that_fails_or_panics_keeps_no_other_from_running_and_its_error_stays_until_it_succeeds() {
    for act in [Act::Fail, Act::Panic] {
        let mut bench = Bench::new(act, Act::Succeed);
        assert_eq!(bench.tick(0).await.is_err(), act == Act::Fail, "{act:?}");
        assert!(bench.hourly.seen().contains(&"run"), "{act:?}");
        assert!(bench.tick(60).await.is_err() == (act == Act::Fail));
        let every = bench.status("every");
        assert_eq!((every.runs, every.failures_in_a_row), (2, 2), "{act:?}");
        let error = every.last_error.unwrap();
        assert_eq!(bench.context.health().trouble.unwrap().message, error.message, "{act:?}");
        assert_eq!((bench.status("hourly").runs, bench.status("hourly").last_error), (2, None), "{act:?}");
        bench.every.next(Act::Succeed);
        bench.tick(0).await.unwrap();
        assert_eq!((bench.status("every").last_error, bench.status("every").failures_in_a_row), (None, 0));
        assert_eq!(bench.context.health().trouble, None, "{act:?}");
        assert!(bench.hourly.seen().contains(&"woken"), "{act:?}: the network is back");
    }
}

#[tokio::test]
async fn a_job_that_hangs_continues_beside_later_ticks_and_is_told_afterwards_what_it_missed() {
    let mut bench = Bench::new(Act::Succeed, Act::Wait);
    assert!(bench.tick(0).await.unwrap().under_way);
    assert!(bench.tick(120).await.unwrap().under_way, "the run that hangs is not started again");
    bench.jobs.note_next_runs(&bench.context, bench.context.now());
    assert_eq!((bench.status("hourly").runs, bench.status("hourly").next_run), (0, None));
    bench.jobs.wake();
    assert!(bench.tick(-180).await.unwrap().under_way, "a clock that was set back does not end the run");
    assert_eq!(bench.every.seen(), ["clock", "run", "run", "clock", "run"]);
    assert_eq!(bench.hourly.seen(), ["clock", "run"]);
    bench.hourly.next(Act::Succeed);
    bench.hourly.go_on.notify_one();
    assert!(!bench.tick(0).await.unwrap().under_way);
    assert_eq!(bench.hourly.seen(), ["clock", "woken"]);
    assert_eq!(bench.status("hourly").runs, 1);
    bench.tick(0).await.unwrap();
    assert_eq!(bench.hourly.seen(), ["run"], "every job is due after a clock was set back");
}

#[tokio::test(start_paused = true)]
async fn a_run_over_its_time_limit_is_cancelled_and_the_next_job_runs() {
    let mut bench = Bench::new(Act::Wait, Act::Succeed);
    bench.tick(0).await.unwrap();
    assert!(bench.hourly.seen().contains(&"run"));
    let error = bench.status("every").last_error.unwrap();
    assert_eq!(error.message, "Hajime was cancelled while running in every tick: it took too long.");
    bench.every.next(Act::Succeed);
    bench.tick(0).await.unwrap();
    assert_eq!(bench.status("every").last_error, None);
}
