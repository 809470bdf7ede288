//! Checks the picture and the sound of a video: fetches a few of its pictures and the file with its sound, and stores what they
//! show.
//!
//! Each half is stored as soon as it is known. Nothing that was fetched is kept.

use std::io::Write as _;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::cloudflare::{DeliveredFile, Mp4};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::domain::library::check::{
    HalfState, Look, PICTURE_MAX_BYTES, SOUND_MAX_BYTES, Stretch, first_looks, is_silent_throughout, next_looks,
    silent_stretches, stretches, wait_after,
};
use crate::domain::recorder::recording::Recording;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::media;
use crate::recorder::playback::{self, Watchable};
use crate::signing::PlaybackUrls;
use crate::store::{Half, OpenCheck};

/// The height of the pictures that are looked at, in pixels.
const HEIGHT: &str = "144";
/// The pictures that are fetched at the same time.
const AT_ONCE: usize = 4;

/// How far a check came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// It is over.
    Over,
    /// Stream still makes the file with the sound.
    Waits,
}

/// Goes on with the check of a recording. An error leaves what was not done for another try.
pub(crate) async fn go_on(context: &Context, id: RecordingId) -> Result<Went, Error> {
    let Some(open) = context.store().check_of(id)? else { return Ok(Went::Over) };
    let went = match context.store().recording(id)? {
        Some(recording) if recording.facts.video.as_ref() == Some(&open.video) => {
            halves(context, &recording, &open).await
        }
        // The recording has another video by now, which has a check of its own.
        _ => Ok(Went::Over),
    };
    let next = match &went {
        Ok(Went::Over) => None,
        Ok(Went::Waits) | Err(_) => wait_after(open.tries),
    };
    let next = next.map(|wait| context.now().later(wait));
    context.store().put_check_off(id, open.tries.saturating_add(1), next)?;
    context.changed(&[Topic::Recordings]);
    if next.is_none() && went.is_ok() { Ok(Went::Over) } else { went }
}

async fn halves(context: &Context, recording: &Recording, open: &OpenCheck) -> Result<Went, Error> {
    let video = playback::watchable(context, recording)?;
    // Stream makes the file while the pictures are looked at.
    let file = match open.check.sound {
        HalfState::Waiting => Some(context.cloudflare().create_m4a(video.id).await?),
        HalfState::Done | HalfState::GivenUp => None,
    };
    let urls = playback::sign_for_check(context, video).await?;
    if open.check.picture == HalfState::Waiting {
        let seen = look(context, recording, &urls).await?;
        context.store().note_half(recording.id, video.id, &Half::Picture(seen), context.now())?;
    }
    match file {
        None => Ok(Went::Over),
        Some(Mp4::Ready) => listen(context, recording, video, &urls).await.map(|()| Went::Over),
        Some(Mp4::NotAsked | Mp4::InProgress(_)) => Ok(Went::Waits),
        Some(Mp4::Failed) => Err(Error::Conflict {
            message: format!("Stream could not make the file with the sound of “{}”.", recording.title),
            next: "Hajime asks again.",
        }),
    }
}

/// Looks at a video until its stretches are known.
async fn look(context: &Context, recording: &Recording, urls: &PlaybackUrls) -> Result<Vec<Stretch>, Error> {
    let length = recording.facts.length.unwrap_or_default().num_milliseconds();
    let length = u64::try_from(length).unwrap_or(0);
    let mut looks = look_at(context, urls, first_looks(length)).await?;
    loop {
        let next = next_looks(&looks, length);
        if next.is_empty() {
            return Ok(stretches(&looks, length));
        }
        let before = looks.len();
        looks.extend(look_at(context, urls, next).await?);
        looks.sort_by_key(|look| look.at_ms);
        looks.dedup_by_key(|look| look.at_ms);
        if looks.len() == before {
            return Ok(stretches(&looks, length));
        }
    }
}

async fn look_at(context: &Context, urls: &PlaybackUrls, moments: Vec<u64>) -> Result<Vec<Look>, Error> {
    let fetch = |at_ms: u64| async move {
        let mut url = urls.thumbnail.clone();
        let time = format!("{}.{:03}s", at_ms / 1_000, at_ms % 1_000);
        url.query_pairs_mut().append_pair("time", &time).append_pair("height", HEIGHT);
        let jpeg = match context.cloudflare().picture(&url, PICTURE_MAX_BYTES).await? {
            DeliveredFile::There(jpeg) => jpeg,
            DeliveredFile::TooLarge => return Err(not_given("a picture", "a file that is too large")),
            DeliveredFile::Refused(status) => return Err(not_given("a picture", &format!("the status {status}"))),
        };
        let read = move || media::picture(&jpeg);
        let picture = context.supervisor().spawn_blocking("reading a picture of a video", read).join().await?;
        let picture = picture.map_err(|error| not_given("a picture", &format!("what is no picture ({error})")))?;
        Ok(Look { at_ms, picture })
    };
    stream::iter(moments.into_iter().map(fetch)).buffered(AT_ONCE).try_collect().await
}

async fn listen(
    context: &Context,
    recording: &Recording,
    video: Watchable<'_>,
    urls: &PlaybackUrls,
) -> Result<(), Error> {
    let disk = |error: &std::io::Error| Error::file(&std::env::temp_dir(), error);
    let mut file = tempfile::tempfile().map_err(|error| disk(&error))?;
    match context.cloudflare().delivered(&urls.m4a, SOUND_MAX_BYTES, |piece| file.write_all(piece)).await? {
        DeliveredFile::There(written) => written.map_err(|error| disk(&error))?,
        DeliveredFile::TooLarge => return Err(not_given("the sound", "a file that is too large")),
        DeliveredFile::Refused(status) => return Err(not_given("the sound", &format!("the status {status}"))),
    }
    let read = move || media::loudness(file);
    let windows = context.supervisor().spawn_blocking("listening to a video", read).join().await?;
    let windows = windows.map_err(|error| not_given("the sound", &format!("what is no sound ({error})")))?;
    let half = Half::Sound { silent: silent_stretches(&windows), throughout: is_silent_throughout(&windows) };
    context.store().note_half(recording.id, video.id, &half, context.now())?;
    Ok(())
}

fn not_given(what: &str, instead: &str) -> Error {
    Error::Conflict {
        message: format!("Stream was asked for {what} of the video and gave {instead}."),
        next: "Hajime tries again. Play the video to see whether it is all right.",
    }
}
