//! Has Stream make captions of each new video where the settings say so, and follows captions until they are there.

use std::time::Duration;

use crate::context::Context;
use crate::context::health::JobName;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Work};
use crate::recorder::captions;

/// The most captions in one run. Each takes two or three requests.
const MAX_PER_RUN: usize = 5;
/// How long a tick waits for this job. Nothing else waits for its answers.
const CAPTIONS_PATIENCE: Duration = Duration::from_secs(2);

/// The job that follows captions. It keeps nothing in memory: when Stream is asked again is in the database.
#[derive(Debug, Default)]
pub(crate) struct Captions;

impl Job for Captions {
    const NAME: JobName = JobName { id: "captions", title: "Captions of recordings" };
    const ACTIVITY: &'static str = "asking Stream for captions";
    const GROUP: Group = Group::Pipeline;
    const PATIENCE: Patience = Patience::Beside(CAPTIONS_PATIENCE);

    fn due(&self, context: &Context) -> Due {
        Due::EveryTick { next: context.store().next_captions().ok().flatten() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        if let Some(language) = context.store().preferences()?.captions {
            context.store().ask_for_captions(&language, now)?;
        }
        let due = context.store().captions_to_ask_for(now, MAX_PER_RUN)?;
        if due.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let mut trouble = None;
        for one in due {
            if turn.is_spent() {
                return Ok(Work::Postponed.into());
            }
            let Some(recording) = context.store().recording(one.recording)? else { continue };
            if let Err(error) = captions::go_on(context, &recording, &one.language).await {
                tracing::warn!(recording = %one.recording, %error, "Stream did not answer about captions");
                captions::put_off(context, &recording, &one.language)?;
                trouble = Some(UserError::from(error));
            }
        }
        Ok(Report { work: Work::Asked, trouble })
    }
}
