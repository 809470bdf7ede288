//! Still pictures of recordings, for the list and before cutting, and the choice of one. Their addresses are signed for
//! some hours; they are no share links and never leave this computer.

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::cloudflare::VideoEdit;
use crate::context::Context;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::ids::RecordingId;
use crate::domain::invalid::Invalid;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::clip::clock;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::sharing::link::Validity;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::playback;
use crate::secret_url::SecretUrl;

/// The most pictures of one request: a page of the list.
const PICTURES_MAX: usize = 100;
/// The height of a picture in pixels. Stream makes any height (Stream docs, “Display thumbnails”).
const HEIGHT: &str = "144";

/// The height of a picture in a strip.
const STRIP_HEIGHT: &str = "90";

/// The picture of a recording.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The recording.
    pub recording: RecordingId,
    /// The signed address.
    pub url: SecretUrl,
    /// The moment at which the address expires.
    pub expires_at: DateTime<Utc>,
}

/// The picture that was chosen for a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The second of the video that it shows.
    pub second: u32,
    /// The second that the picture before it showed.
    pub before: u32,
}

/// The pictures of recordings that can be watched, of the first hundred. A recording without one is left out.
pub async fn of(context: &Context, ids: &[RecordingId]) -> Result<Vec<Picture>, Error> {
    guard::allow_recordings(context, Permission::Watch, ids)?;
    let issued_at = playback::signing_time(context);
    let expires_at = issued_at.later(Validity::DAY.span().part(4));
    let mut pictures = Vec::new();
    for id in ids.iter().take(PICTURES_MAX) {
        let Some(recording) = context.store().recording(*id)? else { continue };
        let Ok(video) = playback::watchable(context, &recording) else { continue };
        // Without a key of this desk every picture would take a request.
        let Some(signed) = playback::sign_here(context, video, issued_at, expires_at).await? else { break };
        let mut url = signed.thumbnail;
        url.query_pairs_mut().append_pair("height", HEIGHT);
        pictures.push(Picture { recording: *id, url: SecretUrl::new(&url), expires_at });
    }
    Ok(pictures)
}

/// Pictures of one recording, from its beginning to its end at even distances. Empty without a key of this desk, and
/// where the length is not known.
pub(crate) async fn strip(context: &Context, recording: &Recording, count: u32) -> Result<Vec<SecretUrl>, Error> {
    let issued_at = playback::signing_time(context);
    let video = playback::watchable(context, recording)?;
    let expires_at = issued_at.later(Validity::DAY.span().part(4));
    let (Some(length), Some(signed)) =
        (recording.facts.length, playback::sign_here(context, video, issued_at, expires_at).await?)
    else {
        return Ok(Vec::new());
    };
    let at = |n: u32| {
        let share = length.num_seconds().saturating_mul(i64::from(n)).checked_div(i64::from(count));
        share.unwrap_or_default()
    };
    let pictures = (0..count).map(|n| {
        let mut url = signed.thumbnail.clone();
        url.query_pairs_mut().append_pair("time", &format!("{}s", at(n))).append_pair("height", STRIP_HEIGHT);
        SecretUrl::new(&url)
    });
    Ok(pictures.collect())
}

/// Makes the picture at a second of the video the one that stands for the recording, here and wherever Stream shows it.
pub async fn choose(context: &Context, id: RecordingId, second: u32) -> Result<Chosen, Error> {
    guard::allow_recording(context, Permission::Describe, id)?;
    let recording = recordings::get(context, id)?;
    let video = playback::watchable(context, &recording)?;
    let length = recordings::length(&recording)?.as_seconds_f64();
    if f64::from(second) >= length {
        let why = format!("The recording ends before {}.", clock(second));
        return Err(Invalid::one("at", why, "Choose a place within the recording.").into());
    }
    let before = context.cloudflare().video(video.id).await?;
    let before = before.and_then(|video| video.thumbnail_pct).unwrap_or_default() * length;
    let edit = VideoEdit { thumbnail_pct: Some(f64::from(second) / length), ..VideoEdit::default() };
    let after = context.cloudflare().edit_video(video.id, &edit).await?;
    let shows = |pct: f64| (pct * length - f64::from(second)).abs() < 1.0;
    if !after.thumbnail_pct.is_none_or(shows) {
        return Err(Error::Conflict {
            message: "Stream did not take over the picture.".to_owned(),
            next: "Try again later, or choose it in the Cloudflare dashboard.",
        });
    }
    let note = EventKind::Noted.note(format!("The picture at {} was chosen.", clock(second)));
    context.store().remark(id, context.now(), note)?;
    context.changed(&[Topic::Recordings]);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the length of a video")]
    Ok(Chosen { second, before: before.round().clamp(0.0, length) as u32 })
}
