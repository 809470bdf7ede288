//! Titles, notes and tags that people wrote, on their way into the metadata of Stream’s videos.

use std::time::Duration;

use crate::cloudflare;
use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::ids::RecordingId;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::jobs::put_off::PutOff;
use crate::recorder::descriptions;

/// The most times that the wait after a failure doubles: 128 minutes.
const MAX_DOUBLINGS: u32 = 6;
/// The most videos in one run. Each takes two requests.
const MAX_PER_RUN: usize = 20;
/// How long a tick waits for this job.
const DESCRIPTIONS_PATIENCE: Duration = Duration::from_secs(2);

/// The job that tells Stream. If its memory is lost, it tries again sooner.
#[derive(Debug, Default)]
pub(crate) struct Descriptions {
    /// The videos that failed.
    put_off: PutOff<RecordingId, MAX_DOUBLINGS>,
}

impl Job for Descriptions {
    const NAME: JobName = JobName { id: "descriptions", title: "Titles, notes and tags at Stream" };
    const ACTIVITY: &'static str = "writing titles, notes and tags to Stream";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(DESCRIPTIONS_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.put_off.next() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        let waiting = context.store().descriptions_to_tell()?;
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
            match descriptions::tell(context, id).await {
                Ok(()) => self.put_off.done(&id),
                Err(error) => {
                    tracing::warn!(recording = %id, %error, "Stream was not told what people wrote about a recording");
                    self.put_off.fail(id, now);
                    if concerns_every_video(&error) {
                        trouble = Some(UserError::from(error));
                        break;
                    }
                    trouble = Some(about(context, id, error)?);
                }
            }
        }
        Ok(Report { work: Work::Asked, trouble })
    }

    fn clock_moved(&mut self) {
        self.put_off.clear();
    }

    /// A change that a person makes is told at once; what failed before waits on.
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
    Ok(UserError::new(code, format!("Stream was not told what was written about “{title}”. {message}"), next))
}

/// Whether the next video would fail for the same reason.
pub(super) fn concerns_every_video(error: &Error) -> bool {
    matches!(
        error,
        Error::Cloudflare(
            cloudflare::Error::Unreachable { .. }
                | cloudflare::Error::RateLimited(_)
                | cloudflare::Error::Lost { .. }
                | cloudflare::Error::NoToken(_)
                | cloudflare::Error::ReadsOnly
                | cloudflare::Error::Credentials(_)
                | cloudflare::Error::Forbidden { .. }
        )
    )
}
