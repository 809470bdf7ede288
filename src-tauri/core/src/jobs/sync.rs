//! Bringing the cache up to date with what Stream holds. Cloudflare is the truth; nothing that only we know is ever dropped.

use std::collections::HashMap;

use super::pipeline;
use crate::actions::{Desk, Error, observe};
use crate::cloudflare::{Video, VideosQuery};
use crate::domain::ids::VideoId;
use crate::domain::recording::Recording;
use crate::domain::stage::{Seen, Stage};
use crate::ports::Topic;
use crate::store::{Filter, Query};

/// Stream's largest page.
const PAGE: u32 = 1_000;
/// No account holds more pages than this; a server that repeats itself forever is not believed.
const PAGES: u32 = 500;

/// What a sync found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synced {
    /// Videos that Stream holds.
    pub videos: usize,
    /// Recordings that were brought up to date.
    pub updated: usize,
    /// Recordings whose video was deleted from Stream.
    pub missing: usize,
}

/// Reads every video of the account and brings the recordings that have one up to date.
pub async fn sync(desk: &Desk) -> Result<Synced, Error> {
    let videos = all_videos(desk).await?;
    let mut synced = Synced { videos: videos.len(), ..Synced::default() };
    for recording in settled(desk)? {
        let Some(id) = &recording.facts.video else { continue };
        // A list may lag behind; only Stream's own “not found” means that a video is gone.
        let seen = match videos.get(id) {
            Some(video) => Some(video.clone()),
            None => desk.cloud().video(id).await?,
        };
        let mark = recording.creator_mark();
        let marked = videos.values().filter(|video| video.creator.as_deref() == Some(mark.as_str()));
        // What was attached by hand is the one that was meant.
        let alike = if recording.facts.attached { 0 } else { marked.count() };
        let seen = match seen {
            Some(video) if alike > 1 => Some(pipeline::keep_one(desk, &recording, video).await?),
            // Another desk may have removed the second of two.
            None if alike > 0 => videos.values().find(|video| video.creator.as_deref() == Some(mark.as_str())).cloned(),
            seen => seen,
        };
        let now = desk.now();
        match seen {
            Some(video) => {
                let meaning = observe::video(&video).unwrap_or(Seen::VideoDownloading);
                let before = recording.facts.clone();
                let saved = desk.store().observe(recording.id, meaning, now, "Seen at Stream.", |facts| {
                    observe::learn_video(facts, &video);
                })?;
                if saved.is_some_and(|saved| saved.moved || saved.recording.facts != before) {
                    synced.updated += 1;
                }
            }
            None => {
                desk.store().observe(
                    recording.id,
                    Seen::VideoMissing,
                    now,
                    "The video was deleted from Stream.",
                    |_| {},
                )?;
                synced.missing += 1;
            }
        }
    }
    desk.changed(&[Topic::Recordings]);
    Ok(synced)
}

/// Recordings at rest with a video; the pipeline looks after all others.
fn settled(desk: &Desk) -> Result<Vec<Recording>, Error> {
    let query = Query { search: String::new(), filter: Filter::Ready, limit: u32::MAX, offset: 0 };
    let mut ready = desk.store().find_recordings(&query)?;
    ready.retain(|recording| recording.stage == Stage::Ready);
    Ok(ready)
}

async fn all_videos(desk: &Desk) -> Result<HashMap<VideoId, Video>, Error> {
    let mut all = HashMap::new();
    let mut before = None;
    for _ in 0..PAGES {
        let query = VideosQuery { before, limit: Some(PAGE), ..VideosQuery::default() };
        let page = desk.cloud().videos(&query).await?;
        let (known, oldest) = (all.len(), page.iter().filter_map(|video| video.created).min());
        let full = page.len() >= PAGE as usize;
        all.extend(page.into_iter().map(|video| (video.uid.clone(), video)));
        if !full || all.len() == known || oldest.is_none() {
            break;
        }
        before = oldest;
    }
    Ok(all)
}
