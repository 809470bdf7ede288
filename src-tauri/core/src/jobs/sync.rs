//! Bringing the cache up to date with what Stream holds. Cloudflare is the truth; nothing that only we know is ever dropped.

use std::collections::HashMap;

use super::reconcile::Adoption;
use super::{pipeline, reconcile};
use crate::actions::{Desk, Error, observe};
use crate::cloudflare::{CloudRecording, RecordingStatus, Video, VideoState, VideosQuery};
use crate::domain::ids::{CloudRecordingId, VideoId};
use crate::domain::recording::Recording;
use crate::domain::retry;
use crate::domain::stage::{Seen, Stage, Step, step};
use crate::ports::Topic;

/// Stream's largest page.
const PAGE: u32 = 1_000;
/// No account holds more pages than this; a server that repeats itself forever is not believed.
const PAGES: u32 = 500;

/// Up to this many videos that a list does not name are asked about one by one.
const ONE_BY_ONE: usize = 20;
/// So many ids fit into one address.
const IDS: usize = 50;

/// What a sync found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synced {
    /// Videos that Stream holds.
    pub videos: usize,
    /// Recordings that were brought up to date.
    pub updated: usize,
    /// Recordings whose video was deleted from Stream.
    pub missing: usize,
    /// Recordings that other desks made and this one did not know.
    pub found: usize,
    /// Open rooms of other desks that this one did not know.
    pub rooms: usize,
    /// Sessions that other desks ended.
    pub closed: usize,
}

/// Compares everything: reads every video and every recording of the account, adds what other desks made and brings what is here up to date.
///
/// What RealtimeKit does not tell keeps nobody from what Stream does.
pub async fn sync(desk: &Desk) -> Result<Synced, Error> {
    let clouds = reconcile::all_recordings(desk).await;
    let mut synced = Synced::default();
    let rooms = match &clouds {
        Ok(clouds) => reconcile::rooms(desk, clouds, &mut synced).await,
        Err(_) => Ok(()),
    };
    // What was taken off the list is known nevertheless.
    let here = desk.store().every_recording()?;
    let mut adoption = Adoption::new(desk, &here, clouds.as_deref().unwrap_or_default())?;
    let videos = read_videos(desk, &mut adoption).await?;
    synced.videos = videos.len();
    synced.found = adoption.finish().await?;
    bring_up_to_date(desk, &here, &videos, &mut synced).await?;
    take_up_again(desk, &here, clouds.as_deref().unwrap_or_default(), &mut synced)?;
    desk.changed(&[Topic::Recordings]);
    clouds?;
    rooms?;
    Ok(synced)
}

/// Recordings at rest with a video; the pipeline looks after all others.
async fn bring_up_to_date(
    desk: &Desk,
    here: &[Recording],
    videos: &HashMap<VideoId, Video>,
    synced: &mut Synced,
) -> Result<(), Error> {
    let mut alike: HashMap<&str, Vec<&Video>> = HashMap::new();
    for video in videos.values() {
        if let Some(creator) = &video.creator {
            alike.entry(creator).or_default().push(video);
        }
    }
    for recording in here {
        if let Some(video) = there_again(recording, videos, &alike) {
            let note = match recording.removed_at {
                Some(_) => "Its video is at Stream again, so it is back on the list.",
                None => "Another desk imported it again.",
            };
            desk.store().observe(recording.id, Seen::VideoAttached, desk.now(), note, |facts| {
                observe::learn_video(facts, video);
            })?;
            synced.updated += 1;
            desk.check_now();
        }
    }
    let settled: Vec<(&Recording, &VideoId)> = here
        .iter()
        .filter(|recording| recording.stage == Stage::Ready)
        .filter_map(|recording| Some((recording, recording.facts.video.as_ref()?)))
        .collect();
    let unlisted: Vec<&VideoId> = settled.iter().map(|(_, id)| *id).filter(|id| !videos.contains_key(id)).collect();
    let second_opinion = ask_again(desk, &unlisted).await?;
    for (recording, id) in settled {
        let mark = recording.creator_mark();
        let alike = alike.get(mark.as_str()).map(Vec::as_slice).unwrap_or_default();
        let seen = match videos.get(id).or_else(|| second_opinion.get(id)) {
            Some(video) if alike.len() > 1 => Some(pipeline::keep_one(desk, recording, video.clone()).await?),
            Some(video) => Some(video.clone()),
            // Another desk may have removed the second of two. One that was attached by hand is the one that is meant.
            None if !recording.facts.attached => alike.first().map(|video| (*video).clone()),
            None => None,
        };
        let now = desk.now();
        let Some(video) = seen else {
            let note = "The video was deleted from Stream.";
            desk.store().observe(recording.id, Seen::VideoMissing, now, note, |_| {})?;
            synced.missing += 1;
            continue;
        };
        let mut facts = recording.facts.clone();
        observe::learn_video(&mut facts, &video);
        let meaning = observe::video(&video).unwrap_or(Seen::VideoDownloading);
        if facts != recording.facts || step(recording.stage, meaning) != Step::Stay {
            desk.store().observe(recording.id, meaning, now, "Seen at Stream.", |facts| {
                observe::learn_video(facts, &video);
            })?;
            synced.updated += 1;
        }
    }
    Ok(())
}

/// Recordings that were given up too early: RealtimeKit has them after all.
fn take_up_again(desk: &Desk, here: &[Recording], clouds: &[CloudRecording], synced: &mut Synced) -> Result<(), Error> {
    let listed: HashMap<&CloudRecordingId, &CloudRecording> = clouds.iter().map(|cloud| (&cloud.id, cloud)).collect();
    let now = desk.now();
    let there = |cloud: &&&CloudRecording| {
        let over = cloud.download_url_expiry.is_some_and(|expiry| expiry <= desk.cloud_now());
        !over && matches!(cloud.status, RecordingStatus::Uploading | RecordingStatus::Uploaded)
    };
    for recording in here.iter().filter(|recording| retry::is_given_up_early(recording, now)) {
        let listed = recording.facts.cloud.as_ref().and_then(|id| listed.get(id)).filter(there);
        if listed.is_some() && desk.store().take_up_again(recording.id, now, "RealtimeKit has it after all.")? {
            synced.updated += 1;
            desk.check_now();
        }
    }
    Ok(())
}

/// The video of a recording that was given up as gone. What was attached by hand is the only video its recording means.
fn there_again<'a>(
    recording: &Recording,
    videos: &'a HashMap<VideoId, Video>,
    alike: &HashMap<&str, Vec<&'a Video>>,
) -> Option<&'a Video> {
    match recording.stage {
        Stage::Failed { cause, .. } if cause.is_loss() => {}
        _ => return None,
    }
    let marked = match alike.get(recording.creator_mark().as_str()) {
        Some(alike) if !recording.facts.attached => alike.as_slice(),
        _ => &[],
    };
    let own = recording.facts.video.as_ref().and_then(|id| videos.get(id));
    own.into_iter().chain(marked.iter().copied()).find(|video| video.state != VideoState::Error)
}

/// A list may lag behind, so what it does not name is asked about once more: a few by themselves, many by their ids.
async fn ask_again(desk: &Desk, unlisted: &[&VideoId]) -> Result<HashMap<VideoId, Video>, Error> {
    let mut found = HashMap::new();
    if unlisted.len() <= ONE_BY_ONE {
        for id in unlisted {
            found.extend(desk.cloud().video(id).await?.map(|video| ((*id).clone(), video)));
        }
        return Ok(found);
    }
    for ids in unlisted.chunks(IDS) {
        let query = VideosQuery { ids: ids.iter().map(|id| (*id).clone()).collect(), ..VideosQuery::default() };
        found.extend(desk.cloud().videos(&query).await?.into_iter().map(|video| (video.uid.clone(), video)));
    }
    Ok(found)
}

/// Every video of the account, and what this desk did not know put down.
async fn read_videos(desk: &Desk, adoption: &mut Adoption<'_>) -> Result<HashMap<VideoId, Video>, Error> {
    let mut all = HashMap::new();
    let mut before = None;
    for _ in 0..PAGES {
        let query = VideosQuery { before, limit: Some(PAGE), ..VideosQuery::default() };
        let page = desk.cloud().videos(&query).await?;
        adoption.videos(&page).await?;
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
