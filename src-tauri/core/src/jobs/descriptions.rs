//! Titles, notes and tags that people wrote, on their way into the metadata of Stream’s videos.

use std::time::Duration;

use futures_util::FutureExt as _;

use crate::context::Context;
use crate::context::health::JobName;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake};
use crate::jobs::to_stream::{Telling, ToStream};
use crate::recorder::descriptions;

/// The most videos in one run. Each takes two requests.
const MAX_PER_RUN: usize = 20;
/// How long a tick waits for this job.
const TICK_PATIENCE: Duration = Duration::from_secs(2);

/// The job that tells Stream.
#[derive(Debug, Default)]
pub(crate) struct Descriptions(ToStream);

impl Job for Descriptions {
    const NAME: JobName = JobName { id: "descriptions", title: "Titles, notes and tags at Stream" };
    const ACTIVITY: &'static str = "writing titles, notes and tags to Stream";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(TICK_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.0.next() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let telling = Telling {
            waiting: turn.context.store().descriptions_to_tell()?,
            most: MAX_PER_RUN,
            not_told: |title| format!("Stream was not told what was written about “{title}”."),
            tell: |context, id| descriptions::tell(context, id).boxed(),
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
