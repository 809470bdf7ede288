//! Videos that are public: everybody who has the address can watch them, without a signed link. Finds and closes them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::cloudflare::{Video, VideoEdit};
use crate::context::Context;
use crate::domain::ids::VideoId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::MARK;
use crate::domain::sharing::ledger::{Act, Entry};
use crate::domain::text::one_line;
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::recorder::ledger;

/// The most characters of a title.
const TITLE_MAX: usize = 120;

/// A video that everybody can watch who has its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicVideo {
    /// The video.
    pub id: VideoId,
    /// Its name at Stream; empty if it has none.
    pub title: String,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Whether Hajime made it or shows it as a recording. A page of somebody else may show any other one.
    pub is_ours: bool,
}

/// What became of the videos that were to be closed.
#[derive(Debug, Clone, Default)]
pub struct Closed {
    /// Those that now play with signed links only, as Stream says.
    pub closed: Vec<PublicVideo>,
    /// Those that are still public, each with the reason.
    pub failed: Vec<(PublicVideo, UserError)>,
    /// Those that are not ours, and were left alone because nobody confirmed them.
    pub unconfirmed: Vec<PublicVideo>,
}

/// Every public video of the account, the newest first.
pub async fn list(context: &Context) -> Result<Vec<PublicVideo>, Error> {
    guard::allow(context, Permission::ClosePublicVideos)?;
    let shown: HashSet<VideoId> =
        context.store().every_recording()?.into_iter().filter_map(|recording| recording.facts.video).collect();
    let mut found = Vec::new();
    let mut pages = context.cloudflare().video_pages();
    while let Some(page) = pages.next().await? {
        let public = page.items.into_iter().filter(Video::is_public);
        found.extend(public.map(|video| described(video, &shown)));
    }
    note(context, found.iter())?;
    Ok(found)
}

/// Notes which videos are public, for the rules for alerts.
fn note<'a>(context: &Context, public: impl Iterator<Item = &'a PublicVideo>) -> Result<(), Error> {
    let public: Vec<_> = public.map(|video| (video.id.to_string(), video.title.clone())).collect();
    Ok(context.store().note_public_videos(&public)?)
}

/// Closes public videos: those of `ids`, or all. A video that is not ours needs `others_too`, because a page of somebody else
/// may show it. One that fails does not keep the others open.
pub async fn close(context: &Context, ids: Option<&[VideoId]>, others_too: bool) -> Result<Closed, Error> {
    guard::allow(context, Permission::ClosePublicVideos)?;
    let mut done = Closed::default();
    let all = list(context).await?;
    for video in all.clone() {
        if ids.is_some_and(|ids| !ids.contains(&video.id)) {
            continue;
        }
        if !video.is_ours && !others_too {
            done.unconfirmed.push(video);
            continue;
        }
        match close_one(context, &video).await {
            Ok(()) => done.closed.push(video),
            Err(error) => done.failed.push((video, UserError::from(&error))),
        }
    }
    note(context, all.iter().filter(|video| !done.closed.contains(video)))?;
    context.changed(&[Topic::Links, Topic::Recordings]);
    Ok(done)
}

/// Closes a video and reads it back. The answer to the change alone is not believed.
async fn close_one(context: &Context, video: &PublicVideo) -> Result<(), Error> {
    let edit = VideoEdit { require_signed_urls: Some(true), ..VideoEdit::default() };
    context.cloudflare().edit_video(&video.id, &edit).await?;
    if context.cloudflare().video(&video.id).await?.is_some_and(|now| !now.require_signed_urls) {
        return Err(Error::Conflict {
            message: format!("Stream still says that “{}” is public.", video.title),
            next: "Close it again in a moment, or in the Cloudflare dashboard.",
        });
    }
    let entry = Entry { video: Some(video.id.clone()), ..ledger::entry(context, Act::VideoClosed) };
    let entry = entry.with_note(&video.title);
    ledger::write(context, |signer| context.store().write_ledger(signer, &[entry])).await
}

fn described(video: Video, shown: &HashSet<VideoId>) -> PublicVideo {
    let marked = video.creator.as_deref().is_some_and(|creator| creator.starts_with(MARK));
    PublicVideo {
        is_ours: marked || shown.contains(&video.uid),
        title: one_line(video.name.as_deref().unwrap_or_default()).chars().take(TITLE_MAX).collect(),
        created: video.created,
        id: video.uid,
    }
}
