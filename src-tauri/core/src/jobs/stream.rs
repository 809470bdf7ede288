//! Brings recordings to Stream: imports their files, checks the videos, and relays files through this computer.
//!
//! A tick waits only a few seconds for this job, so that a Stream that does not answer keeps no session from being
//! recorded. The job does not touch recordings that are being captured or stopped: [`crate::jobs::recordings`] follows
//! those.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::cloudflare::{Video, VideosQuery};
use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::ids::VideoId;
use crate::domain::recorder::import_queue::takes_place;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{PendingWork, Stage};
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Work};
use crate::jobs::plan::Allowance;
use crate::jobs::settle::{
    Failures, MAX_IDS_PER_REQUEST, MAX_PAGES_PER_LIST, MAX_UNLISTED_PER_TICK, due_with, failed, guarded, settle,
};
use crate::ports::Topic;
use crate::recorder::relay::Relays;
use crate::recorder::{import, import_queue, relay};

/// How long a tick waits for this job. A run has nearly always ended by then.
const STREAM_PATIENCE: Duration = Duration::from_secs(5);

/// The job that works with Stream. If its memory is lost, a few more requests are sent.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    failures: Failures,
    relays: Relays,
}

impl Job for Stream {
    const NAME: JobName = JobName { id: "stream", title: "Recordings on their way to Stream" };
    const ACTIVITY: &'static str = "bringing recordings to Stream";
    const GROUP: Group = Group::Pipeline;
    const PATIENCE: Patience = Patience::Beside(STREAM_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let in_flight = context.store().recordings_in_flight()?;
        relay::let_go(&mut self.relays, &in_flight);
        self.failures.forget_all_but(&in_flight);
        if !in_flight.iter().any(|recording| recording.stage.pending_work().is_some_and(is_at_stream)) {
            return Ok(Work::Nothing.into());
        }
        if !due_with(context, &in_flight, is_at_stream) {
            return Ok(Work::Postponed.into());
        }
        let share = Share { allowance: turn.allowance, sent: context.cloudflare().sent() };
        let mut trouble = None;
        self.bring(context, &in_flight, &share, &mut trouble).await?;
        context.changed(&[Topic::Recordings, Topic::Sessions]);
        Ok(Report { work: Work::Asked, trouble })
    }
}

const fn is_at_stream(work: PendingWork) -> bool {
    matches!(work, PendingWork::WatchVideo | PendingWork::Import | PendingWork::Relay)
}

/// The requests that one run may send. The run counts its own requests, because later ticks may run beside it.
struct Share {
    allowance: Allowance,
    /// The requests that the client had sent when the run began.
    sent: u64,
}

impl Share {
    fn is_spent(&self, context: &Context) -> bool {
        let (mut allowance, now) = (self.allowance, context.now());
        allowance.take(context.cloudflare().sent().saturating_sub(self.sent), now);
        allowance.spent_until(now, context.cloudflare().budget()).is_some()
    }
}

impl Stream {
    async fn bring(
        &mut self,
        context: &Context,
        in_flight: &[Recording],
        share: &Share,
        trouble: &mut Option<UserError>,
    ) -> Result<(), Error> {
        let now = context.now();
        let due = |recording: &&Recording| recording.work.next_poll.is_some_and(|next| next <= now);
        let with = |pending_work: PendingWork| {
            in_flight.iter().filter(move |recording| recording.stage.pending_work() == Some(pending_work))
        };
        // One list names all videos, so if one is due, the state of all is read.
        if !share.is_spent(context) && with(PendingWork::WatchVideo).any(|recording| due(&recording)) {
            watch_videos(context, &mut self.failures, trouble, &with(PendingWork::WatchVideo).collect::<Vec<_>>())
                .await?;
        }
        let mut taken = in_flight.iter().filter(|recording| takes_place(recording.stage)).count();
        let mut line = import_queue::in_order(context, with(PendingWork::Import).filter(due).collect())?.into_iter();
        while let Some(listed) = line.next() {
            if share.is_spent(context) {
                break;
            }
            // The recording may have changed since the list was read.
            let still = context.store().recording(listed.id)?.filter(|recording| recording.stage == listed.stage);
            let Some(recording) = &still else { continue };
            if recording.stage == Stage::Uploaded {
                // All recordings behind this one wait for a place too.
                if import_queue::is_full(context, trouble, taken)? {
                    break;
                }
                taken = taken.saturating_add(1);
            }
            let result = guarded(context, Box::pin(import::import(context, recording))).await;
            let none_is_answered = matches!(&result, Err(Error::Cloudflare(error)) if error.is_of_every_call());
            settle(context, &mut self.failures, trouble, recording.id, result)?;
            if none_is_answered {
                // No other request would be answered, so the remaining recordings wait until this one is due again.
                let next = context.store().recording(recording.id)?.and_then(|recording| recording.work.next_poll);
                for other in line.by_ref() {
                    context.store().put_off(other.id, next.unwrap_or(now))?;
                }
            }
        }
        let relayed = with(PendingWork::Relay).filter(due).collect();
        for recording in relay::in_turn(context, &mut self.relays, relayed) {
            let result = guarded(context, relay::relay(context, &mut self.relays, recording)).await;
            settle(context, &mut self.failures, trouble, recording.id, result)?;
        }
        Ok(())
    }
}

/// Reads the state of videos at Stream: by their ids if these fit into one address, and otherwise from a list, newest
/// first.
async fn watch_videos(
    context: &Context,
    failures: &mut Failures,
    trouble: &mut Option<UserError>,
    watched: &[&Recording],
) -> Result<(), Error> {
    let watched: Vec<(&Recording, &VideoId)> =
        watched.iter().filter_map(|recording| Some((*recording, recording.facts.video.as_ref()?))).collect();
    let listed = match guarded(context, list_videos(context, &watched)).await {
        Ok(listed) => listed,
        Err(error) => return failed(context, failures, trouble, &watched, error),
    };
    let mut alone = 0;
    for (recording, id) in &watched {
        let listed = listed.get(*id);
        if listed.is_none() {
            if alone == MAX_UNLISTED_PER_TICK {
                continue;
            }
            alone = alone.saturating_add(1);
        }
        let look = async {
            match listed {
                Some(video) => import::note_video(context, recording, Some(video)).await,
                // A list may be out of date. Only Stream's “not found” about the video itself proves that it was
                // deleted.
                None => import::note_video(context, recording, context.cloudflare().video(id).await?.as_ref()).await,
            }
        };
        let result = guarded(context, Box::pin(look)).await;
        settle(context, failures, trouble, recording.id, result)?;
    }
    Ok(())
}

async fn list_videos(context: &Context, watched: &[(&Recording, &VideoId)]) -> Result<HashMap<VideoId, Video>, Error> {
    let mut found = HashMap::new();
    if watched.len() <= MAX_IDS_PER_REQUEST {
        let ids = watched.iter().map(|(_, video)| (*video).clone()).collect();
        let videos = context.cloudflare().videos(&VideosQuery { ids, ..VideosQuery::default() }).await?;
        found.extend(videos.into_iter().map(|video| (video.uid.clone(), video)));
        return Ok(found);
    }
    let wanted: HashSet<&VideoId> = watched.iter().map(|(_, video)| *video).collect();
    let mut pages = context.cloudflare().video_pages();
    for _ in 0..MAX_PAGES_PER_LIST {
        let Some(page) = pages.next().await? else { break };
        let before = found.len();
        found.extend(
            page.items.into_iter().filter(|video| wanted.contains(&video.uid)).map(|video| (video.uid.clone(), video)),
        );
        if found.len() == wanted.len() || found.len() == before {
            break;
        }
    }
    Ok(found)
}
