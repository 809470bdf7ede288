//! The `Job` trait: a name, the time it is due, its work, and its private memory.
//!
//! A job takes no input. It reads in the database what there is to do, may be stopped at any instruction and may run any number of times.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::error::{Error, UserError};
use crate::jobs::plan::Allowance;

/// The kinds of jobs that a process may run without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// From the open room to the video that can be watched, with the notifications about it.
    Pipeline,
    /// The comparison with everything that the account holds.
    Account,
    /// The backups of the database and the disk space in reserve.
    Data,
}

/// How long a tick waits for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until the job ends, because the jobs after it build on its result.
    ToTheEnd,
    /// At most this long. Afterwards the job goes on beside the next ticks, which do not start it again before it ends.
    Beside(Duration),
}

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// In every tick: the job reads in the database what is due. `next` is a moment that only its memory knows.
    EveryTick { next: Option<DateTime<Utc>> },
    /// In the first tick at or after this moment.
    At(DateTime<Utc>),
}

/// The reason why a job no longer puts its work off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A person did something.
    Person,
    /// Cloudflare answers again.
    Network,
}

/// The input of one run of a job.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) context: Context,
    /// The requests that the jobs may still send, as counted at the start of the tick.
    pub(crate) allowance: Allowance,
}

impl Turn {
    /// Whether requests that can wait are put off, because the jobs have used their share.
    pub(crate) fn is_spent(&self) -> bool {
        self.allowance.spent_until(self.context.now(), self.context.cloudflare().budget()).is_some()
    }
}

/// The kind of work that a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// There is nothing to look after, so nothing is wrong either.
    Nothing,
    /// Everything there is waits for a later moment. An earlier error stays.
    Postponed,
    /// It worked on this computer only.
    Local,
    /// It asked Cloudflare.
    Asked,
}

/// The report of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) work: Work,
    /// The last error of the run. The run did all its other work nevertheless.
    pub(crate) trouble: Option<UserError>,
}

impl From<Work> for Report {
    fn from(work: Work) -> Self {
        Self { work, trouble: None }
    }
}

/// One thing that Hajime does by itself.
pub(crate) trait Job: Send + 'static {
    /// Its name in the CLI and the database, and its title for people.
    const NAME: JobName;
    /// The activity of the job, in words that follow “while”.
    const ACTIVITY: &'static str;
    /// The kind of job it is.
    const GROUP: Group;
    /// How long a tick waits for it.
    const PATIENCE: Patience = Patience::ToTheEnd;
    /// Where its errors are shown, beside the list of jobs.
    const CONCERN: Concern = Concern::Cloudflare;

    /// When it runs next.
    fn due(&self, context: &Context) -> Due;
    /// Does what is due.
    fn run(&mut self, turn: Turn) -> impl Future<Output = Result<Report, Error>> + Send;
    /// The clock was set back, so the job forgets every remembered moment.
    fn clock_moved(&mut self) {}
    /// The job forgets that it put work off, so that the next tick does it.
    fn woken(&mut self, _wake: Wake) {}
}

/// The properties of a job that the driver reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: JobName,
    pub(crate) activity: &'static str,
    pub(crate) group: Group,
    pub(crate) patience: Patience,
    pub(crate) concern: Concern,
}

/// Any [`Job`], for a list of them.
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
