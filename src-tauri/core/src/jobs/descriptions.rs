//! Titles, notes and tags that people wrote, on their way into the metadata of Stream’s videos.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare;
use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::recorder::descriptions;

/// The time until a video is tried again after the first failure. It doubles with each failure.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(2);
/// The most times that the wait after a failure doubles: 128 minutes.
const MAX_DOUBLINGS: u32 = 6;
/// The most videos in one run. Each takes two requests.
const MAX_PER_RUN: usize = 20;
/// How long a tick waits for this job.
const DESCRIPTIONS_PATIENCE: Duration = Duration::from_secs(2);

/// The job that tells Stream. If its memory is lost, it tries again sooner.
#[derive(Debug, Default)]
pub(crate) struct Descriptions {
    /// How often each video failed, and when to try again.
    put_off: HashMap<RecordingId, (u32, DateTime<Utc>)>,
}

impl Job for Descriptions {
    const NAME: JobName = JobName { id: "descriptions", title: "Titles, notes and tags at Stream" };
    const ACTIVITY: &'static str = "writing titles, notes and tags to Stream";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(DESCRIPTIONS_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.put_off.values().map(|(_, until)| *until).min() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        let waiting = context.store().descriptions_to_tell()?;
        self.put_off.retain(|id, _| waiting.contains(id));
        if waiting.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let due = waiting.into_iter().filter(|id| self.put_off.get(id).is_none_or(|(_, until)| *until <= now));
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
                Ok(()) => {
                    self.put_off.remove(&id);
                }
                Err(error) => {
                    tracing::warn!(recording = %id, %error, "Stream was not told what people wrote about a recording");
                    self.fail(id, now);
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

impl Descriptions {
    fn fail(&mut self, id: RecordingId, now: DateTime<Utc>) {
        let (failures, until) = self.put_off.entry(id).or_insert((0, now));
        let doublings = (*failures).min(MAX_DOUBLINGS);
        let wait = RETRY_AFTER.checked_mul(1_i32 << doublings).unwrap_or(RETRY_AFTER);
        *failures = failures.saturating_add(1);
        *until = now.later(wait);
    }
}

/// The error with the title of the recording that it is about.
fn about(context: &Context, id: RecordingId, error: Error) -> Result<UserError, Error> {
    let title = context.store().recording(id)?.map_or_else(|| id.to_string(), |recording| recording.title);
    let UserError { code, message, next, .. } = UserError::from(error);
    Ok(UserError::new(code, format!("Stream was not told what was written about “{title}”. {message}"), next))
}

/// Whether the next video would fail for the same reason.
fn concerns_every_video(error: &Error) -> bool {
    matches!(
        error,
        Error::Cloudflare(
            cloudflare::Error::Unreachable { .. }
                | cloudflare::Error::RateLimited(_)
                | cloudflare::Error::Lost { .. }
                | cloudflare::Error::NoToken(_)
                | cloudflare::Error::Credentials(_)
                | cloudflare::Error::Forbidden { .. }
        )
    )
}
