//! The sync: brings the database up to date with what Cloudflare has. It never drops what only this desk knows.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::cloudflare::{self, Oddity, RealtimeKitRecording, RecordingStatus, Video, VideoState, VideosQuery};
use crate::context::Context;
use crate::context::health::{Concern, JobName, Outcome, RunTime};
use crate::domain::ids::{RealtimeKitRecordingId, VideoId};
use crate::domain::recorder::auto_retry;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Observation, Stage, Step, step};
use crate::domain::recorder::sync_report::SyncReport;
use crate::domain::text::one_line;
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::recorder::adopt::{self, Adoption};
use crate::recorder::descriptions::{self, Described};
use crate::recorder::import::{keep_one, waited_out};
use crate::recorder::retention::{self, Retained};
use crate::recorder::{observe, realtimekit_app, token_rights};

/// The most videos missing from the list that one sync asks about one by one.
const MAX_SINGLE_VIDEO_REQUESTS: usize = 20;
/// The most video ids in one request.
const MAX_IDS_PER_REQUEST: usize = 50;

/// The name of the job that syncs.
pub(crate) const JOB: JobName = JobName { id: "sync", title: "Comparison with Cloudflare" };
/// The activity of the job, in words that follow “while”.
pub(crate) const ACTIVITY: &str = "comparing with Cloudflare";

/// Held during a sync, so that a context runs only one at a time.
#[derive(Debug, Default)]
struct SyncLock(tokio::sync::Mutex<()>);

/// Compares the whole account with the database.
pub(crate) async fn sync(context: &Context) -> Result<SyncReport, Error> {
    let lock = context.service::<SyncLock>();
    let _alone = lock.0.lock().await;
    let synced = context.supervisor().caught(ACTIVITY, compare(context)).await??;
    let now = context.now();
    context.set_health(|health| health.last_ok = Some(now));
    context.changed(&[Topic::Desk]);
    Ok(synced)
}

/// Like [`sync`], because a person asked for it. An error is also shown as that of the job, until a sync succeeds.
pub(crate) async fn sync_now(context: &Context) -> Result<SyncReport, Error> {
    let began = Instant::now();
    let result = sync(context).await;
    let (at, outcome) = match &result {
        Ok(_) => (Some(context.now()), Outcome::Succeeded),
        // The clock may be what failed, so the time is left out.
        Err(error) => (None, Outcome::Failed(UserError::from(error), Concern::Cloudflare)),
    };
    context.set_health(|health| health.note_run(JOB, RunTime { at, took: began.elapsed() }, outcome));
    context.changed(&[Topic::Desk]);
    result
}

/// Reads every video and recording of the account, adopts those of other desks, and updates the recordings of this
/// desk.
///
/// An error of RealtimeKit does not keep the videos from being compared.
async fn compare(context: &Context) -> Result<SyncReport, Error> {
    let mut synced = SyncReport::default();
    // A desk that only reads may have a token for Stream alone. What is ready is there.
    let reads_only = token_rights::only_reads(context)?;
    let listed = if reads_only { Ok(Vec::new()) } else { adopt::recordings_of_ours(context, &mut synced).await };
    let realtimekit_recordings = match listed {
        Err(error) => Err(realtimekit_app::explained(context, error).await),
        listed => listed,
    };
    let rooms = match &realtimekit_recordings {
        Ok(_) if reads_only => Ok(()),
        Ok(realtimekit_recordings) => adopt::rooms(context, realtimekit_recordings, &mut synced).await,
        Err(_) => Ok(()),
    };
    // Includes recordings that were removed from the list: they must not be adopted again.
    let here = context.store().every_recording()?;
    let mut adoption = Adoption::new(context, &here, realtimekit_recordings.as_deref().unwrap_or_default())?;
    let mut written = Vec::new();
    let videos = read_videos(context, &here, &mut adoption, &mut written, &mut synced).await?;
    adoption.finish(&mut synced).await?;
    for seen in written {
        seen.compare(context)?;
    }
    bring_up_to_date(context, &here, &videos, &mut synced).await?;
    resume_given_up(context, &here, realtimekit_recordings.as_deref().unwrap_or_default(), &mut synced)?;
    context.changed(&[Topic::Recordings]);
    realtimekit_recordings?;
    rooms?;
    Ok(synced)
}

/// Updates the recordings at rest that have a video. The jobs update the others.
async fn bring_up_to_date(
    context: &Context,
    here: &[Recording],
    videos: &HashMap<VideoId, Video>,
    synced: &mut SyncReport,
) -> Result<(), Error> {
    let mut alike: HashMap<&str, Vec<&Video>> = HashMap::new();
    for video in videos.values() {
        if let Some(creator) = &video.creator {
            alike.entry(creator).or_default().push(video);
        }
    }
    for recording in here {
        if let Some(video) = there_again(context, recording, videos, &alike) {
            let note = EventKind::Recovered.note(match recording.removed_at {
                Some(_) => "Its video is at Stream again, so it is back on the list.",
                None => "Another desk imported it again.",
            });
            let taken =
                context.store().observe(recording.id, Observation::VideoAttached, context.now(), note, |facts| {
                    observe::learn_video(facts, video);
                });
            if unless_of_another(context, taken.map_err(Error::from), synced)?.is_some() {
                synced.updated = synced.updated.saturating_add(1);
                context.wake_jobs();
            }
        }
    }
    // No job of a desk that only reads follows its other recordings.
    let reads_only = token_rights::only_reads(context)?;
    let follows = |recording: &&Recording| {
        let listed = || recording.facts.video.as_ref().is_some_and(|id| videos.contains_key(id));
        recording.stage == Stage::Ready || (reads_only && listed())
    };
    let settled: Vec<(&Recording, &VideoId)> = here
        .iter()
        .filter(follows)
        .filter_map(|recording| Some((recording, recording.facts.video.as_ref()?)))
        .collect();
    let unlisted: Vec<&VideoId> = settled.iter().map(|(_, id)| *id).filter(|id| !videos.contains_key(id)).collect();
    let (second_opinion, unclear) = ask_again(context, &unlisted, synced).await?;
    let told = context.store().told_decisions()?;
    for (recording, id) in settled.into_iter().filter(|(_, id)| !unclear.contains(id)) {
        let mark = recording.creator_mark();
        let alike = alike.get(mark.as_str()).map(Vec::as_slice).unwrap_or_default();
        let seen = match videos.get(id).or_else(|| second_opinion.get(id)) {
            Some(video) if alike.len() > 1 && !reads_only => Some(keep_one(context, recording, video.clone()).await?),
            Some(video) => Some(video.clone()),
            // Another desk may have deleted this video as a duplicate. Then another video with the mark counts, except
            // for a recording with an attached video.
            None if !recording.facts.attached => {
                alike.iter().find(|video| is_there(context, recording, video)).map(|video| (*video).clone())
            }
            None => None,
        };
        let now = context.now();
        let Some(video) = seen else {
            let was_due = recording.facts.video_deletion.is_some_and(|due| due <= context.passed_by_both_clocks());
            let note = EventKind::VideoDeleted.note(if was_due {
                "The time of the video was over, so Stream deleted it."
            } else {
                "The video was deleted from Stream."
            });
            context.store().observe(recording.id, Observation::VideoMissing, now, note, |_| {})?;
            synced.missing = synced.missing.saturating_add(1);
            continue;
        };
        retention::tell_what_was_lost(context, &told, recording.id, &video)?;
        let mut facts = recording.facts.clone();
        observe::learn_video(&mut facts, &video);
        let meaning = observe::video(&video).unwrap_or(Observation::VideoDownloading);
        if facts != recording.facts || step(recording.stage, meaning) != Step::Stay {
            let note = EventKind::StreamReported.note("Seen at Stream.");
            let seen = context.store().observe(recording.id, meaning, now, note, |facts| {
                observe::learn_video(facts, &video);
            });
            if unless_of_another(context, seen.map_err(Error::from), synced)?.is_some() {
                synced.updated = synced.updated.saturating_add(1);
            }
        }
    }
    Ok(())
}

/// Resumes recordings that were given up although RealtimeKit still has them.
fn resume_given_up(
    context: &Context,
    here: &[Recording],
    realtimekit_recordings: &[RealtimeKitRecording],
    synced: &mut SyncReport,
) -> Result<(), Error> {
    let listed: HashMap<&RealtimeKitRecordingId, &RealtimeKitRecording> = realtimekit_recordings
        .iter()
        .map(|realtimekit_recording| (&realtimekit_recording.id, realtimekit_recording))
        .collect();
    let now = context.now();
    let there = |realtimekit_recording: &&&RealtimeKitRecording| {
        let over =
            realtimekit_recording.download_url_expiry.is_some_and(|expiry| expiry <= context.passed_by_both_clocks());
        !over && matches!(realtimekit_recording.status, RecordingStatus::Uploading | RecordingStatus::Uploaded)
    };
    for recording in here.iter().filter(|recording| auto_retry::is_given_up_early(recording, now)) {
        let listed = recording.facts.realtimekit_recording.as_ref().and_then(|id| listed.get(id)).filter(there);
        let note = EventKind::Recovered.note("RealtimeKit has it after all.");
        if listed.is_some() && context.store().resume_given_up(recording.id, now, note)? {
            synced.updated = synced.updated.saturating_add(1);
            context.wake_jobs();
        }
    }
    Ok(())
}

/// The video of a recording that was given up as lost. For a recording with an attached video, only that video counts.
fn there_again<'a>(
    context: &Context,
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
    own.into_iter().chain(marked.iter().copied()).find(|video| is_there(context, recording, video))
}

/// Whether a video counts as the video of its recording. It does not if Stream could not encode it, if its upload is
/// not finished, or if Stream took too long to receive its file.
fn is_there(context: &Context, recording: &Recording, video: &Video) -> bool {
    let length = recording.facts.length.unwrap_or_default();
    !matches!(video.state, VideoState::Error | VideoState::PendingUpload)
        && !waited_out(context, video, length, context.now())
}

/// Turns a wrong or unreadable answer about one video into `None`, so that the comparison of the others continues.
fn unless_of_another<T>(
    context: &Context,
    result: Result<T, Error>,
    synced: &mut SyncReport,
) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Cloudflare(
            error @ (cloudflare::Error::OfAnother { .. } | cloudflare::Error::Unreadable { .. }),
        )) => {
            synced.odd = synced.odd.saturating_add(1);
            context.cloudflare().note_odd([Oddity::new("Answer", None, error.user_message())]);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Asks Stream about the videos that the list does not name, because a list may be out of date. If they are many, asks
/// for many ids at once first. Then asks for each video by itself that is still missing: an answer without any entry
/// must not make every video count as deleted. Returns the videos found, and the ids about which nothing is known,
/// because the answer was unusable or too many were missing for this sync.
async fn ask_again(
    context: &Context,
    unlisted: &[&VideoId],
    synced: &mut SyncReport,
) -> Result<(HashMap<VideoId, Video>, HashSet<VideoId>), Error> {
    let (mut found, mut unclear) = (HashMap::new(), HashSet::new());
    if unlisted.len() > MAX_SINGLE_VIDEO_REQUESTS {
        for ids in unlisted.chunks(MAX_IDS_PER_REQUEST) {
            let query = VideosQuery { ids: ids.iter().map(|id| (*id).clone()).collect(), ..VideosQuery::default() };
            let answer = context.cloudflare().videos(&query).await.map_err(Error::from);
            let named = unless_of_another(context, answer, synced)?.unwrap_or_default();
            found.extend(named.into_iter().map(|video| (video.uid.clone(), video)));
        }
    }
    let unnamed: Vec<&VideoId> = unlisted.iter().copied().filter(|id| !found.contains_key(*id)).collect();
    for (asked, id) in unnamed.into_iter().enumerate() {
        let answer = if asked < MAX_SINGLE_VIDEO_REQUESTS {
            let answer = context.cloudflare().video(id).await.map_err(Error::from);
            unless_of_another(context, answer, synced)?
        } else {
            None
        };
        match answer {
            Some(video) => found.extend(video.map(|video| (id.clone(), video))),
            None => {
                unclear.insert(id.clone());
            }
        }
    }
    Ok((found, unclear))
}

/// What desks wrote to the metadata of a video.
struct Written {
    described: Option<Described>,
    retained: Option<Retained>,
}

impl Written {
    /// Reads it; `None` where no desk wrote anything.
    fn of(video: &Video, now: DateTime<Utc>) -> Option<Self> {
        let (described, retained) = (Described::of(video, now), Retained::of(video, now));
        (described.is_some() || retained.is_some()).then_some(Self { described, retained })
    }

    /// Compares it with what this desk has. Returns whether this desk knows the video.
    fn compare(&self, context: &Context) -> Result<bool, Error> {
        let mut is_known = true;
        if let Some(seen) = &self.described {
            is_known &= descriptions::compare(context, seen)?;
        }
        if let Some(seen) = &self.retained {
            is_known &= retention::compare(context, seen)?;
        }
        Ok(is_known)
    }
}

/// Reads every video of the account page by page and adopts what other desks made. Returns only the videos that may
/// belong to a recording on this desk, so that memory does not grow with the account. What desks wrote to videos that are
/// being adopted is left in `written`, because their recordings are not in the database yet.
async fn read_videos(
    context: &Context,
    here: &[Recording],
    adoption: &mut Adoption<'_>,
    written: &mut Vec<Written>,
    synced: &mut SyncReport,
) -> Result<HashMap<VideoId, Video>, Error> {
    let ids: HashSet<&VideoId> = here.iter().filter_map(|recording| recording.facts.video.as_ref()).collect();
    let marks: HashSet<String> = here.iter().map(Recording::creator_mark).collect();
    let (mut kept, mut public) = (HashMap::new(), Vec::new());
    let mut pages = context.cloudflare().video_pages();
    while let Some(page) = pages.next().await? {
        let open = page.items.iter().filter(|video| video.is_public());
        public.extend(open.map(|video| (video.uid.to_string(), one_line(video.name.as_deref().unwrap_or_default()))));
        synced.videos = synced.videos.saturating_add(page.items.len());
        synced.odd = synced.odd.saturating_add(page.odd);
        adoption.videos(&page.items, synced).await?;
        let now = context.now();
        for seen in page.items.iter().filter_map(|video| Written::of(video, now)) {
            if !seen.compare(context)? {
                written.push(seen);
            }
        }
        let concerns = |video: &Video| {
            ids.contains(&video.uid) || video.creator.as_ref().is_some_and(|creator| marks.contains(creator))
        };
        kept.extend(page.items.into_iter().filter(concerns).map(|video| (video.uid.clone(), video)));
    }
    context.store().note_public_videos(&public)?;
    Ok(kept)
}
