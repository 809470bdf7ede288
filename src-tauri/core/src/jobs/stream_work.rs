//! What is done with Stream, beside the looks where it takes longer than one of them waits: a Stream that does not answer keeps no class from
//! being looked after.
//!
//! It is one task at a time, and no look does any of this itself, so that nothing here is done twice. It touches no recording that is being
//! captured or stopped: those are the looks' own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::cloudflare::{Video, VideosQuery};
use crate::context::Context;
use crate::domain::ids::VideoId;
use crate::domain::recorder::import_queue::takes_place;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{PendingWork, Stage};
use crate::error::{Error, UserError};
use crate::jobs::plan;
use crate::jobs::recordings::{Failures, IDS, PAGES, UNLISTED, failed, guarded, settle};
use crate::ports::Topic;
use crate::recorder::relay::Relays;
use crate::recorder::{import, import_queue, relay};
use crate::supervisor::{Stopped, Task};

/// How long one look waits for Stream. Nearly always everything is done by then.
const ONE_LOOK: Duration = Duration::from_secs(5);

/// What the work with Stream remembers between two looks. Losing it costs a few requests and nothing else.
#[derive(Debug, Default)]
pub(crate) struct StreamWorkState {
    pub(crate) failures: Failures,
    pub(crate) relays: Relays,
}

/// What came of it.
struct Done {
    result: Result<(), Error>,
    trouble: Option<UserError>,
}

/// The work with Stream: at rest, or under way since an earlier look.
#[derive(Debug, Default)]
pub(crate) struct StreamWork {
    way: Arc<Mutex<StreamWorkState>>,
    work: Option<Task<Done>>,
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Done")
    }
}

/// What a look found before the work with Stream begins.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What was on its way when the look began.
    pub(crate) in_flight: Vec<Recording>,
    /// What may be asked, and how many requests had been sent when that was counted.
    pub(crate) allowance: plan::Allowance,
    pub(crate) sent: u64,
}

impl Known {
    fn has_due(&self, context: &Context) -> bool {
        let now = context.now();
        let of_stream =
            |pending_work| matches!(pending_work, PendingWork::WatchVideo | PendingWork::Import | PendingWork::Relay);
        self.in_flight.iter().any(|recording| {
            recording.stage.pending_work().is_some_and(of_stream)
                && recording.work.next_poll.is_some_and(|next| next <= now)
        })
    }

    fn is_spent(&self, context: &Context) -> bool {
        let (mut allowance, now) = (self.allowance, context.now());
        allowance.take(context.cloudflare().sent().saturating_sub(self.sent), now);
        allowance.spent_until(now, context.cloudflare().budget()).is_some()
    }
}

impl StreamWork {
    /// Whether it goes on beside the looks.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.work.is_some()
    }

    /// Has done what is due, and hears what came of it: of all of it where that takes no longer than one look waits, and otherwise with a later
    /// look. What this look itself would have done waits for that.
    pub(crate) async fn look(
        &mut self,
        context: &Context,
        known: Known,
        trouble: &mut Option<UserError>,
    ) -> Result<Result<(), Error>, Stopped> {
        if self.work.is_none() {
            relay::let_go(&mut self.way.lock().await.relays, &known.in_flight);
            if !known.has_due(context) {
                return Ok(Ok(()));
            }
            let (context, way) = (context.clone(), Arc::clone(&self.way));
            let supervisor = context.supervisor().clone();
            self.work = Some(supervisor.spawn("bringing recordings to Stream", async move {
                let mut trouble = None;
                let result = bring(&context, &mut *way.lock().await, &known, &mut trouble).await;
                Done { result, trouble }
            }));
        }
        let Some(work) = &mut self.work else { return Ok(Ok(())) };
        let Some(done) = work.within(ONE_LOOK).await else { return Ok(Ok(())) };
        self.work = None;
        let done = done?;
        *trouble = done.trouble.or_else(|| trouble.take());
        Ok(done.result)
    }
}

async fn bring(
    context: &Context,
    way: &mut StreamWorkState,
    known: &Known,
    trouble: &mut Option<UserError>,
) -> Result<(), Error> {
    let now = context.now();
    let in_flight = &known.in_flight;
    way.failures.forget_all_but(in_flight);
    let due = |recording: &&Recording| recording.work.next_poll.is_some_and(|next| next <= now);
    let with = |pending_work: PendingWork| {
        in_flight.iter().filter(move |recording| recording.stage.pending_work() == Some(pending_work))
    };
    // One list names them all: whoever is due brings the others up to date.
    if !known.is_spent(context) && with(PendingWork::WatchVideo).any(|recording| due(&recording)) {
        watch_videos(context, &mut way.failures, trouble, &with(PendingWork::WatchVideo).collect::<Vec<_>>()).await?;
    }
    let mut taken = in_flight.iter().filter(|recording| takes_place(recording.stage)).count();
    let mut line = import_queue::in_order(context, with(PendingWork::Import).filter(due).collect())?.into_iter();
    while let Some(listed) = line.next() {
        if known.is_spent(context) {
            break;
        }
        // It may be long since the look that listed it.
        let still = context.store().recording(listed.id)?.filter(|recording| recording.stage == listed.stage);
        let Some(recording) = &still else { continue };
        if recording.stage == Stage::Uploaded {
            // All that follow wait for the same thing, and nothing is asked for any of them.
            if import_queue::is_full(context, trouble, taken)? {
                break;
            }
            taken = taken.saturating_add(1);
        }
        let result = guarded(context, Box::pin(import::import(context, recording))).await;
        let none_is_answered = matches!(&result, Err(Error::Cloudflare(error)) if error.is_of_every_call());
        settle(context, &mut way.failures, trouble, recording.id, result)?;
        if none_is_answered {
            // What is not answered for one is not asked for the others: they wait as long as this one.
            let next = context.store().recording(recording.id)?.and_then(|recording| recording.work.next_poll);
            for other in line.by_ref() {
                context.store().put_off(other.id, next.unwrap_or(now))?;
            }
        }
    }
    let relayed = with(PendingWork::Relay).filter(due).collect();
    for recording in relay::in_turn(context, &mut way.relays, relayed) {
        let result = guarded(context, relay::relay(context, &mut way.relays, recording)).await;
        settle(context, &mut way.failures, trouble, recording.id, result)?;
    }
    context.changed(&[Topic::Recordings, Topic::Sessions]);
    Ok(())
}

/// Videos at Stream: by their ids while these fit into one address, and otherwise from the newest on.
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
            if alone == UNLISTED {
                continue;
            }
            alone = alone.saturating_add(1);
        }
        let look = async {
            match listed {
                Some(video) => import::note_video(context, recording, Some(video)).await,
                // A list may lag behind; only Stream's own “not found” means that a video is gone.
                None => import::note_video(context, recording, context.cloudflare().video(id).await?.as_ref()).await,
            }
        };
        let result = guarded(context, look).await;
        settle(context, failures, trouble, recording.id, result)?;
    }
    Ok(())
}

async fn list_videos(context: &Context, watched: &[(&Recording, &VideoId)]) -> Result<HashMap<VideoId, Video>, Error> {
    let mut found = HashMap::new();
    if watched.len() <= IDS {
        let ids = watched.iter().map(|(_, video)| (*video).clone()).collect();
        let videos = context.cloudflare().videos(&VideosQuery { ids, ..VideosQuery::default() }).await?;
        found.extend(videos.into_iter().map(|video| (video.uid.clone(), video)));
        return Ok(found);
    }
    let wanted: HashSet<&VideoId> = watched.iter().map(|(_, video)| *video).collect();
    let mut pages = context.cloudflare().video_pages();
    for _ in 0..PAGES {
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
