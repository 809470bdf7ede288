//! Still pictures of recordings for the list. Their addresses are signed for some hours; they are no share links and never
//! leave this computer.

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::ids::RecordingId;
use crate::domain::profile::role::Permission;
use crate::domain::sharing::link::Validity;
use crate::error::Error;
use crate::recorder::playback;
use crate::secret_url::SecretUrl;

/// The most pictures of one request: a page of the list.
const PICTURES_MAX: usize = 100;
/// The height of a picture in pixels. Stream makes any height (Stream docs, “Display thumbnails”).
const HEIGHT: &str = "144";

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
