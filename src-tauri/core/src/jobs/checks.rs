//! Checks the picture and the sound of each video that became ready.

use std::time::Duration;

use crate::context::Context;
use crate::context::health::JobName;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Work};
use crate::recorder::check;

/// The most videos in one run. Each takes some requests to Stream, and a hundred or two to the host that delivers pictures.
const MAX_PER_RUN: usize = 2;
/// How long a tick waits for this job. Nothing else waits for its answers.
const CHECKS_PATIENCE: Duration = Duration::from_secs(2);

/// The job that checks videos. It keeps nothing in memory: when a check goes on is in the database.
#[derive(Debug, Default)]
pub(crate) struct Checks;

impl Job for Checks {
    const NAME: JobName = JobName { id: "checks", title: "Picture and sound of recordings" };
    const ACTIVITY: &'static str = "checking the picture and the sound of recordings";
    const GROUP: Group = Group::Pipeline;
    const PATIENCE: Patience = Patience::Beside(CHECKS_PATIENCE);

    fn due(&self, context: &Context) -> Due {
        Due::EveryTick { next: context.store().next_check().ok().flatten() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        context.store().begin_checks(now)?;
        let due = context.store().checks_to_do(now, MAX_PER_RUN)?;
        if due.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let mut trouble = None;
        for id in due {
            if turn.is_spent() {
                return Ok(Work::Postponed.into());
            }
            if let Err(error) = check::go_on(context, id).await {
                tracing::warn!(recording = %id, %error, "the picture and the sound of a recording were not checked");
                trouble = Some(UserError::from(error));
            }
        }
        Ok(Report { work: Work::Asked, trouble })
    }
}
