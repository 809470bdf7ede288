//! How long recordings stay, on its way to Stream: the metadata of a video, the date on which Stream deletes it, and
//! deleting it for good.

use std::time::Duration;

use futures_util::FutureExt as _;

use crate::context::Context;
use crate::context::health::JobName;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake};
use crate::jobs::to_stream::{Telling, ToStream};
use crate::recorder::retention;

/// The most videos in one run. Each takes three requests.
const MAX_PER_RUN: usize = 15;
/// How long a tick waits for this job.
const TICK_PATIENCE: Duration = Duration::from_secs(2);

/// The job that tells Stream.
#[derive(Debug, Default)]
pub(crate) struct Retention(ToStream);

impl Job for Retention {
    const NAME: JobName = JobName { id: "retention", title: "How long recordings stay" };
    const ACTIVITY: &'static str = "telling Stream how long recordings stay";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(TICK_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.0.next() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let telling = Telling {
            waiting: turn.context.store().retention_to_tell()?,
            most: MAX_PER_RUN,
            not_told: |title| format!("Stream was not told how long “{title}” stays."),
            tell: |context, id| async move { retention::settle(context, id).await.map(drop) }.boxed(),
        };
        self.0.run(&turn, telling).await
    }

    fn clock_moved(&mut self) {
        self.0.clear();
    }

    fn woken(&mut self, wake: Wake) {
        self.0.woken(wake);
    }
}
