//! What people decided about recordings, on its way to their Stream videos, one after the other. What failed waits, and the
//! others go on.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use crate::cloudflare;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::error::{Error, UserError};
use crate::jobs::job::{Report, Turn, Wake, Work};
use crate::jobs::put_off::PutOff;

/// The most times that the wait after a failure doubles: 128 minutes.
const MAX_DOUBLINGS: u32 = 6;

/// The recordings whose videos could not be told. If this memory is lost, they are told sooner.
#[derive(Debug, Default)]
pub(crate) struct ToStream {
    put_off: PutOff<RecordingId, MAX_DOUBLINGS>,
}

/// What is told to videos.
pub(crate) struct Telling {
    /// The recordings that wait.
    pub(crate) waiting: Vec<RecordingId>,
    /// The most videos in one run.
    pub(crate) most: usize,
    /// Says that it was not told, with the title of the recording.
    pub(crate) not_told: fn(&str) -> String,
    /// Tells one video.
    pub(crate) tell: fn(&Context, RecordingId) -> BoxFuture<'_, Result<(), Error>>,
}

impl ToStream {
    /// When the first one that failed is told again.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.put_off.next()
    }

    /// Tells the videos that are due.
    pub(crate) async fn run(&mut self, turn: &Turn, telling: Telling) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        let Telling { waiting, most, not_told, tell } = telling;
        self.put_off.keep(|id| waiting.contains(id));
        if waiting.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let due: Vec<_> = waiting.into_iter().filter(|id| self.put_off.is_due(id, now)).take(most).collect();
        if due.is_empty() || turn.is_spent() {
            return Ok(Work::Postponed.into());
        }
        let mut trouble = None;
        for id in due {
            if turn.is_spent() {
                break;
            }
            let Err(error) = tell(context, id).await else {
                self.put_off.done(&id);
                continue;
            };
            tracing::warn!(recording = %id, %error, "a video was not told what was decided about its recording");
            self.put_off.fail(id, now);
            if concerns_every_video(&error) {
                trouble = Some(UserError::from(error));
                break;
            }
            let title = context.store().recording(id)?.map_or_else(|| id.to_string(), |recording| recording.title);
            let UserError { code, message, next, .. } = UserError::from(error);
            trouble = Some(UserError::new(code, format!("{} {message}", not_told(&title)), next));
        }
        Ok(Report { work: Work::Asked, trouble })
    }

    /// Lets everything be told again, because the clock moved.
    pub(crate) fn clear(&mut self) {
        self.put_off.clear();
    }

    /// Lets everything be told again once the network is back.
    pub(crate) fn woken(&mut self, wake: Wake) {
        self.put_off.woken(wake);
    }
}

/// Whether the next video would fail for the same reason.
fn concerns_every_video(error: &Error) -> bool {
    match error {
        Error::Cloudflare(error) => error.concerns_every_call() || matches!(error, cloudflare::Error::Forbidden { .. }),
        _ => false,
    }
}
