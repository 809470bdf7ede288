//! The `Job` trait: a job's name, the time at which it is due, its work, and its memory.
//!
//! A job takes no input. It reads from the database what there is to do, may be stopped at any instruction and may run
//! any number of times.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::error::{Error, UserError};
use crate::jobs::plan::Allowance;

/// Groups of jobs. A process may run one group without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Everything from the open room to the video that can be watched, including the notifications.
    Pipeline,
    /// The sync of the whole account, and the rooms of classes that have not begun.
    Account,
    /// What needs no network: the backups of the database, the disk space in reserve, the classes of series.
    Data,
    /// What leaves this computer for other people's servers. They may take their time, and say nothing about Cloudflare.
    Outward,
}

/// How long a tick waits for the end of a job's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until the job ends, because the jobs after it build on its result.
    ToTheEnd,
    /// At most this long. After that the run continues beside the next ticks, which do not start the job again before
    /// it has ended.
    Beside(Duration),
}

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// In every tick. The job reads from the database what is due. `next` is a moment that only the job remembers.
    EveryTick { next: Option<DateTime<Utc>> },
    /// In the first tick at or after this moment.
    At(DateTime<Utc>),
}

/// The reason why a job should stop putting its work off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A person did something.
    Person,
    /// Cloudflare answers again.
    Network,
}

/// The input of a run.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) context: Context,
    /// The requests that the jobs may still send, counted when the tick began.
    pub(crate) allowance: Allowance,
    /// Whether a person wants this job to run now.
    pub(crate) asked_for: bool,
}

impl Turn {
    /// Whether the jobs have used their share of the rate budget, so that requests that can wait are put off.
    pub(crate) fn is_spent(&self) -> bool {
        self.allowance.spent_until(self.context.now(), self.context.cloudflare().budget()).is_some()
    }
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// There was nothing to do, so an earlier error is over.
    Nothing,
    /// Everything to do waits for a later moment, so an earlier error stays.
    Postponed,
    /// The run worked on this computer only.
    Local,
    /// The run sent requests to Cloudflare.
    Asked,
}

/// The report of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) work: Work,
    /// The last error of the run, after which the run continued with its other work.
    pub(crate) trouble: Option<UserError>,
}

impl From<Work> for Report {
    fn from(work: Work) -> Self {
        Self { work, trouble: None }
    }
}

/// A background job.
pub(crate) trait Job: Send + 'static {
    /// The job's name in the CLI and the database, and its title for people.
    const NAME: JobName;
    /// The job's activity, in words that follow “while”.
    const ACTIVITY: &'static str;
    /// The group that the job belongs to.
    const GROUP: Group;
    /// How long a tick waits for the job.
    const PATIENCE: Patience = Patience::ToTheEnd;
    /// Where the job's errors are shown, beside the list of jobs.
    const CONCERN: Concern = Concern::Cloudflare;

    /// When the job runs next.
    fn due(&self, context: &Context) -> Due;
    /// Does what is due, and reports it.
    fn run(&mut self, turn: Turn) -> impl Future<Output = Result<Report, Error>> + Send;
    /// Called when the clock was set back. The job forgets every moment that it remembers.
    fn clock_moved(&mut self) {}
    /// Called when the job should stop putting its work off. The next tick then does that work.
    fn woken(&mut self, _wake: Wake) {}
}

/// The constants of a job, for the driver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: JobName,
    pub(crate) activity: &'static str,
    pub(crate) group: Group,
    pub(crate) patience: Patience,
    pub(crate) concern: Concern,
}

/// A [`Job`] of any type, so that all jobs fit into one list.
pub(crate) trait AnyJob: Send {
    fn about(&self) -> About;
    fn due(&self, context: &Context) -> Due;
    fn run(&mut self, turn: Turn) -> BoxFuture<'_, Result<Report, Error>>;
    fn clock_moved(&mut self);
    fn woken(&mut self, wake: Wake);
}

impl<J: Job> AnyJob for J {
    fn about(&self) -> About {
        About { name: J::NAME, activity: J::ACTIVITY, group: J::GROUP, patience: J::PATIENCE, concern: J::CONCERN }
    }

    fn due(&self, context: &Context) -> Due {
        Job::due(self, context)
    }

    fn run(&mut self, turn: Turn) -> BoxFuture<'_, Result<Report, Error>> {
        Job::run(self, turn).boxed()
    }

    fn clock_moved(&mut self) {
        Job::clock_moved(self);
    }

    fn woken(&mut self, wake: Wake) {
        Job::woken(self, wake);
    }
}
