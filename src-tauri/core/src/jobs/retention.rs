//! How long recordings stay, on its way to Stream: the metadata of a video, the date on which Stream deletes it, and
//! deleting it for good.

use std::time::Duration;

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::ids::RecordingId;
use crate::error::{Error, UserError};
use crate::jobs::descriptions::concerns_every_video;
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::jobs::put_off::PutOff;
use crate::recorder::retention;

/// The most times that the wait after a failure doubles: 128 minutes.
const MAX_DOUBLINGS: u32 = 6;
/// The most videos in one run. Each takes three requests.
const MAX_PER_RUN: usize = 15;
/// How long a tick waits for this job.
const RETENTION_PATIENCE: Duration = Duration::from_secs(2);

/// The job that tells Stream. If its memory is lost, it tries again sooner.
#[derive(Debug, Default)]
pub(crate) struct Retention {
    /// The videos that failed.
    put_off: PutOff<RecordingId, MAX_DOUBLINGS>,
}

impl Job for Retention {
    const NAME: JobName = JobName { id: "retention", title: "How long recordings stay" };
    const ACTIVITY: &'static str = "telling Stream how long recordings stay";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(RETENTION_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.put_off.next() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        let waiting = context.store().retention_to_tell()?;
        self.put_off.keep(|id| waiting.contains(id));
        if waiting.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let due = waiting.into_iter().filter(|id| self.put_off.is_due(id, now));
        let due: Vec<RecordingId> = due.take(MAX_PER_RUN).collect();
        if due.is_empty() || turn.is_spent() {
            return Ok(Work::Postponed.into());
        }
        let mut trouble = None;
        for id in due {
            if turn.is_spent() {
                break;
            }
            match retention::settle(context, id).await {
                Ok(_) => self.put_off.done(&id),
                Err(error) => {
                    tracing::warn!(recording = %id, %error, "Stream was not told how long a recording stays");
                    self.put_off.fail(id, now);
                    let every = concerns_every_video(&error);
                    trouble = Some(about(context, id, error)?);
                    if every {
                        break;
                    }
                }
            }
        }
        Ok(Report { work: Work::Asked, trouble })
    }

    fn clock_moved(&mut self) {
        self.put_off.clear();
    }

    /// What a person decides is told at once; what failed before waits on.
    fn woken(&mut self, wake: Wake) {
        if wake == Wake::Network {
            self.put_off.clear();
        }
    }
}

/// The error with the title of the recording that it is about.
fn about(context: &Context, id: RecordingId, error: Error) -> Result<UserError, Error> {
    let title = context.store().recording(id)?.map_or_else(|| id.to_string(), |recording| recording.title);
    let UserError { code, message, next, .. } = UserError::from(error);
    Ok(UserError::new(code, format!("Stream was not told how long “{title}” stays. {message}"), next))
}
