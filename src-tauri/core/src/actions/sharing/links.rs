//! Share links. A link is signed, tested with Cloudflare's player and entered in the ledger before anybody gets it.

use crate::recorder::playback::sign;
use crate::recorder::playback::sign_with_new_key;
use crate::recorder::playback::signing_time;
use crate::recorder::playback::watchable;

use chrono::SubsecRound as _;
use url::Url;

use crate::actions::library::recordings;
use crate::cloudflare::{self, DeliveryStatus, Mp4};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{LinkId, RecordingId, VideoId};
use crate::domain::recorder::stage::Percent;
use crate::domain::sharing::link::{ShareLink, Validity};
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::secret_url::SecretUrl;

/// The next step for a link that could not be tested, as people read it.
const UNTESTED_LINK_ADVICE: &str = "Open the link once before you send it.";

/// A new link. Its addresses are for the person who asked only.
#[derive(Debug, Clone)]
pub struct MadeLink {
    /// The link's row in the ledger.
    pub link: ShareLink,
    /// The page that plays it in a browser.
    pub url: SecretUrl,
    /// The HLS manifest, for players that are not browsers.
    pub hls_url: SecretUrl,
    /// The file, if downloading was asked for. An error of the file does not affect the link.
    pub file: Option<LinkFile>,
    /// The reason why the link may not play; `None` if it was tested and everybody can play it.
    pub doubt: Option<UserError>,
}

impl MadeLink {
    /// Whether the link was tested and everybody who opens it can play the video.
    #[must_use]
    pub const fn verified(&self) -> bool {
        self.doubt.is_none()
    }
}

/// The file of a link that allows downloading.
#[derive(Debug, Clone)]
pub enum LinkFile {
    /// Stream is still making the file. [`file`] tells when it is ready.
    Preparing {
        /// The percentage that is done; `None` if Stream does not say.
        percent: Option<u8>,
    },
    /// The file was tested: its address.
    Ready(SecretUrl),
    /// There is no file: the reason.
    Unavailable(UserError),
}

/// Makes a link to a recording that can be watched, and tests whether it plays.
pub async fn make(context: &Context, id: RecordingId, validity: Validity, download: bool) -> Result<MadeLink, Error> {
    let recording = recordings::get(context, id)?;
    let video = watchable(context, &recording)?;
    let issued_at = signing_time(context);
    let expires_at = issued_at.later(validity.span());
    let mut signed = sign(context, video, issued_at, expires_at, download).await?;
    let (mut status, sites, asked) = tokio::join!(
        context.cloudflare().check_delivery(&signed.urls.hls),
        sites(context, video.id),
        ask_for_file(context, video.id, download)
    );
    if let Some(renewed) = sign_with_new_key(context, &status, video, issued_at, expires_at, download).await? {
        signed = renewed;
        status = context.cloudflare().check_delivery(&signed.urls.hls).await;
    }
    let doubt = doubt(status, &sites)?;
    let file = match asked {
        Some(asked) => Some(look_at_file(context, asked, &signed.urls.mp4).await),
        None => None,
    };
    let link = ShareLink {
        id: LinkId::new(),
        recording: id,
        recording_title: recording.title.clone(),
        video: video.id.clone(),
        kid: signed.kid,
        created_at: context.now().trunc_subsecs(3),
        expires_at,
        download,
    };
    context.store().add_link(&link)?;
    context.changed(&[Topic::Links, Topic::Recordings]);
    Ok(MadeLink {
        link,
        url: SecretUrl::new(&signed.urls.watch),
        hls_url: SecretUrl::new(&signed.urls.hls),
        file,
        doubt,
    })
}

/// The present state of the file of a link that allows downloading. Only the link's row in the ledger is kept, so the
/// address is signed again, for as long as the link is valid.
pub async fn file(context: &Context, id: LinkId) -> Result<LinkFile, Error> {
    let link = context.store().link(id)?.ok_or_else(|| Error::NotFound { what: "link", id: id.to_string() })?;
    let conflict = |message: &str, next| Err(Error::Conflict { message: message.to_owned(), next });
    if !link.download {
        return conflict("This link does not allow downloading.", "Make a link that does.");
    }
    let issued_at = signing_time(context);
    if link.expires_at <= issued_at {
        return conflict("This link works no more.", "Make a new one.");
    }
    let recording = recordings::get(context, link.recording)?;
    let video = watchable(context, &recording)?;
    if *video.id != link.video {
        return conflict("The recording has another video by now.", "Make a new link.");
    }
    let state = match context.cloudflare().mp4(video.id).await {
        Ok(Mp4::NotAsked) => context.cloudflare().create_mp4(video.id).await,
        known => known,
    };
    let signed = sign(context, video, issued_at, link.expires_at, true).await?;
    if link.kid.is_some() && signed.kid != link.kid {
        return conflict("The signing key has changed since this link was made.", "Make a new link.");
    }
    Ok(look_at_file(context, state, &signed.urls.mp4).await)
}

async fn ask_for_file(context: &Context, video: &VideoId, wanted: bool) -> Option<Result<Mp4, cloudflare::Error>> {
    if wanted { Some(context.cloudflare().create_mp4(video).await) } else { None }
}

/// The state of an MP4 file that was asked for. The link offers the file only after a test request succeeded.
async fn look_at_file(context: &Context, asked: Result<Mp4, cloudflare::Error>, mp4: &Url) -> LinkFile {
    let unavailable =
        |message: String, next: &str| LinkFile::Unavailable(UserError::new(ErrorCode::NoFile, message, next));
    match asked {
        Ok(Mp4::NotAsked) => LinkFile::Preparing { percent: None },
        Ok(Mp4::InProgress(percent)) => LinkFile::Preparing { percent: percent.map(Percent::get) },
        Ok(Mp4::Failed) => unavailable(
            "Stream could not make a file of this video.".into(),
            "Send the watch link instead. To have the file made again, delete the download in the Cloudflare dashboard.",
        ),
        Ok(Mp4::Ready) => match context.cloudflare().check_file(mp4).await {
            Ok(DeliveryStatus::Playable) => LinkFile::Ready(SecretUrl::new(mp4)),
            // Stream has the file, but not every part of its network does yet.
            Ok(DeliveryStatus::NotReady(_)) => LinkFile::Preparing { percent: Some(100) },
            Ok(DeliveryStatus::Refused(status)) => unavailable(
                format!("Cloudflare’s player answered {status} when the file was asked for."),
                "Send the link to watch, and try the file again later.",
            ),
            Err(error) => LinkFile::Unavailable(UserError::from(&error)),
        },
        Err(error) => LinkFile::Unavailable(UserError::from(&error)),
    }
}

/// The sites that may embed a video. Empty if every site may, or if Stream did not say.
async fn sites(context: &Context, video: &VideoId) -> Vec<String> {
    match context.cloudflare().video(video).await {
        Ok(video) => video.map(|video| video.allowed_origins).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "which sites may show the video could not be asked");
            Vec::new()
        }
    }
}

/// The reason why a new link may not play for everybody; an error if it plays for nobody.
fn doubt(status: Result<DeliveryStatus, cloudflare::Error>, sites: &[String]) -> Result<Option<UserError>, Error> {
    let certain_sites = || UserError::from(&Error::CertainSites { sites: sites.to_vec() });
    Ok(match status {
        Ok(DeliveryStatus::Playable | DeliveryStatus::Refused(_) | DeliveryStatus::NotReady(_))
            if !sites.is_empty() =>
        {
            Some(certain_sites())
        }
        Ok(DeliveryStatus::Playable) => None,
        // The video has just become ready, and not every part of Stream's network has it yet. The link itself is right.
        Ok(DeliveryStatus::NotReady(status)) => Some(UserError::new(
            ErrorCode::NotReady,
            format!("Cloudflare’s player answered {status}: its network may not have the video everywhere yet."),
            UNTESTED_LINK_ADVICE,
        )),
        Ok(DeliveryStatus::Refused(status)) => return Err(Error::LinkRefused { status }),
        Err(error) => {
            tracing::warn!(%error, "the new link could not be checked");
            let message = format!("The link could not be tested: {}", error.user_message());
            Some(UserError::new(error.code(), message, UNTESTED_LINK_ADVICE))
        }
    })
}

/// The reason why a recording that is ready does not play in the window; `None` if no reason is known.
pub async fn why_not_playing(context: &Context, id: RecordingId) -> Result<Option<UserError>, Error> {
    let recording = recordings::get(context, id)?;
    let sites = sites(context, watchable(context, &recording)?.id).await;
    Ok((!sites.is_empty()).then(|| UserError::from(&Error::CertainSites { sites })))
}

/// The ledger of all links, newest first.
pub fn list(context: &Context) -> Result<Vec<ShareLink>, Error> {
    Ok(context.store().links()?)
}
