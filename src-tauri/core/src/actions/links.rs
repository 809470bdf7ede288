//! Share links: signed, checked against the player, and entered in the ledger before anybody gets them.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use url::Url;

use super::{Desk, Error, SecretUrl, Trouble, recordings};
use crate::cloudflare::{self, DeliveryStatus, Mp4, TokenRequest};
use crate::domain::address::Purpose;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{KeyId, LinkId, RecordingId, VideoId};
use crate::domain::link::{ShareLink, Validity};
use crate::domain::recording::{Recording, Status};
use crate::domain::stage::Percent;
use crate::ports::{SecretError, SecretName, Topic};
use crate::signing::{PlaybackClaims, PlaybackKey, PlaybackUrls, playback_urls};

/// A link that was made. Its addresses are secrets of the person who asked.
#[derive(Debug, Clone)]
pub struct MadeLink {
    /// The ledger's line.
    pub link: ShareLink,
    /// The page that plays it in a browser.
    pub url: SecretUrl,
    /// The HLS manifest, for players.
    pub hls_url: SecretUrl,
    /// The file, when downloading was asked for. Whatever is wrong with it, the link to watch works.
    pub file: Option<LinkFile>,
    /// Why the link may not play; `None` when Cloudflare's player was seen playing it for everybody.
    pub doubt: Option<Trouble>,
}

impl MadeLink {
    /// Whether the link was tested: Cloudflare's player plays the video for whoever opens it.
    #[must_use]
    pub const fn verified(&self) -> bool {
        self.doubt.is_none()
    }
}

/// The file of a link that allows downloading.
#[derive(Debug, Clone)]
pub enum LinkFile {
    /// Stream still makes it: [`file`] asks again.
    Preparing {
        /// How much is done, 0 to 100, if Stream says.
        percent: Option<u8>,
    },
    /// It was asked for and answered.
    Ready(SecretUrl),
    /// There is none, and why.
    Unavailable(Trouble),
}

/// Makes a link to a watchable recording and checks that it plays.
pub async fn make(desk: &Desk, id: RecordingId, validity: Validity, download: bool) -> Result<MadeLink, Error> {
    let recording = recordings::get(desk, id)?;
    let video = watchable(desk, &recording)?;
    let issued_at = signing_time(desk);
    let expires_at = issued_at.later(validity.span());
    let mut signed = sign(desk, video, issued_at, expires_at, download).await?;
    let (mut status, sites, asked) = tokio::join!(
        desk.cloud().check_delivery(&signed.urls.hls),
        sites(desk, video.id),
        ask_for_file(desk, video.id, download)
    );
    if matches!(status, Ok(DeliveryStatus::Refused(401))) && forget_deleted_key(desk).await? {
        // The key was deleted elsewhere: every link of it is dead, and so is this one. A new key makes a new link.
        signed = sign(desk, video, issued_at, expires_at, download).await?;
        status = desk.cloud().check_delivery(&signed.urls.hls).await;
    }
    let doubt = doubt(status, &sites)?;
    let file = match asked {
        Some(asked) => Some(look_at_file(desk, asked, &signed.urls.mp4).await),
        None => None,
    };
    let link = ShareLink {
        id: LinkId::new(),
        recording: id,
        recording_title: recording.title.clone(),
        video: video.id.clone(),
        kid: signed.kid,
        created_at: desk.now().trunc_subsecs(3),
        expires_at,
        download,
    };
    desk.store().add_link(&link)?;
    desk.changed(&[Topic::Links, Topic::Recordings]);
    Ok(MadeLink {
        link,
        url: SecretUrl::new(&signed.urls.watch),
        hls_url: SecretUrl::new(&signed.urls.hls),
        file,
        doubt,
    })
}

/// The file of a link that was made with the right to download, as it stands now. Nothing of a link is kept but its line in the ledger, so
/// the address is signed once more, for as long as the link works.
pub async fn file(desk: &Desk, id: LinkId) -> Result<LinkFile, Error> {
    let link = desk.store().link(id)?.ok_or_else(|| Error::NotFound { what: "link", id: id.to_string() })?;
    let conflict = |message: &str, next| Err(Error::Conflict { message: message.to_owned(), next });
    if !link.download {
        return conflict("This link does not allow downloading.", "Make a link that does.");
    }
    let issued_at = signing_time(desk);
    if link.expires_at <= issued_at {
        return conflict("This link works no more.", "Make a new one.");
    }
    let recording = recordings::get(desk, link.recording)?;
    let video = watchable(desk, &recording)?;
    if *video.id != link.video {
        return conflict("The recording has another video by now.", "Make a new link.");
    }
    let state = match desk.cloud().mp4(video.id).await {
        Ok(Mp4::NotAsked) => desk.cloud().create_mp4(video.id).await,
        known => known,
    };
    let signed = sign(desk, video, issued_at, link.expires_at, true).await?;
    if link.kid.is_some() && signed.kid != link.kid {
        return conflict("The signing key has changed since this link was made.", "Make a new link.");
    }
    Ok(look_at_file(desk, state, &signed.urls.mp4).await)
}

async fn ask_for_file(desk: &Desk, video: &VideoId, wanted: bool) -> Option<Result<Mp4, cloudflare::Error>> {
    if wanted { Some(desk.cloud().create_mp4(video).await) } else { None }
}

/// What became of a file that was asked for. It is offered only once it answers.
async fn look_at_file(desk: &Desk, asked: Result<Mp4, cloudflare::Error>, mp4: &Url) -> LinkFile {
    let unavailable = |message: String, next: &str| {
        LinkFile::Unavailable(Trouble { code: "no_file", message, next: next.to_owned() })
    };
    match asked {
        Ok(Mp4::NotAsked) => LinkFile::Preparing { percent: None },
        Ok(Mp4::InProgress(percent)) => LinkFile::Preparing { percent: percent.map(Percent::get) },
        Ok(Mp4::Failed) => unavailable(
            "Stream could not make a file of this video.".into(),
            "Send the link to watch; delete the download in the Cloudflare dashboard to have it made again.",
        ),
        Ok(Mp4::Ready) => match desk.cloud().check_file(mp4).await {
            Ok(DeliveryStatus::Playable) => LinkFile::Ready(SecretUrl::new(mp4)),
            // Stream has it; its network does not have it everywhere yet.
            Ok(DeliveryStatus::NotReady(_)) => LinkFile::Preparing { percent: Some(100) },
            Ok(DeliveryStatus::Refused(status)) => unavailable(
                format!("Cloudflare’s player answered {status} when the file was asked for."),
                "Send the link to watch, and try the file again later.",
            ),
            Err(error) => LinkFile::Unavailable(Trouble::from(&error)),
        },
        Err(error) => LinkFile::Unavailable(Trouble::from(&error)),
    }
}

/// The sites that may show a video; empty for everybody, and where nobody could say.
async fn sites(desk: &Desk, video: &VideoId) -> Vec<String> {
    match desk.cloud().video(video).await {
        Ok(video) => video.map(|video| video.allowed_origins).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "which sites may show the video could not be asked");
            Vec::new()
        }
    }
}

/// Why a new link may not play for everybody; an error when it plays for nobody.
fn doubt(status: Result<DeliveryStatus, cloudflare::Error>, sites: &[String]) -> Result<Option<Trouble>, Error> {
    let certain_sites = || Trouble::from(&Error::CertainSites { sites: sites.to_vec() });
    Ok(match status {
        Ok(DeliveryStatus::Playable | DeliveryStatus::Refused(_) | DeliveryStatus::NotReady(_))
            if !sites.is_empty() =>
        {
            Some(certain_sites())
        }
        Ok(DeliveryStatus::Playable) => None,
        // Just ready: the network may not have it everywhere yet. The link is right all the same.
        Ok(DeliveryStatus::NotReady(status)) => Some(Trouble {
            code: "not_ready",
            message: format!(
                "Cloudflare’s player answered {status}: its network may not have the video everywhere yet."
            ),
            next: "Open the link once before you send it.".into(),
        }),
        Ok(DeliveryStatus::Refused(status)) => return Err(Error::LinkRefused { status }),
        Err(error) => {
            tracing::warn!(%error, "the new link could not be checked");
            let message = format!("The link could not be tested: {}", error.user_message());
            Some(Trouble { code: error.code(), message, next: "Open the link once before you send it.".into() })
        }
    })
}

/// Why a recording that should be watchable does not play in the window; `None` when nothing is known against it.
pub async fn why_not_playing(desk: &Desk, id: RecordingId) -> Result<Option<Trouble>, Error> {
    let recording = recordings::get(desk, id)?;
    let sites = sites(desk, watchable(desk, &recording)?.id).await;
    Ok((!sites.is_empty()).then(|| Trouble::from(&Error::CertainSites { sites })))
}

/// Every link made, newest first.
pub fn list(desk: &Desk) -> Result<Vec<ShareLink>, Error> {
    Ok(desk.store().links()?)
}

/// A video that can be watched, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watchable<'a> {
    pub(crate) id: &'a VideoId,
    manifest: &'a Url,
}

/// The video of a recording. Its address came from a reply, perhaps long ago: it is looked at anew before anybody gets it.
pub(crate) fn watchable<'a>(desk: &Desk, recording: &'a Recording) -> Result<Watchable<'a>, Error> {
    match (recording.status(), &recording.facts.video, &recording.facts.manifest) {
        (Status::Ready, Some(id), Some(manifest)) => {
            desk.cloud().trusted(manifest.as_str(), Purpose::Playback)?;
            Ok(Watchable { id, manifest })
        }
        _ => Err(Error::NotReady { sentence: recording.sentence() }),
    }
}

/// The time to sign with: Cloudflare's. A clock a few seconds fast would make a 24-hour token outlive 24 hours, and that is refused.
pub(crate) fn signing_time(desk: &Desk) -> DateTime<Utc> {
    // Tokens count in whole seconds.
    desk.cloud_now().trunc_subsecs(0)
}

pub(crate) struct Signed {
    pub(crate) urls: PlaybackUrls,
    kid: Option<KeyId>,
}

/// Signs with the desk's key, or has Cloudflare sign where no keyring can hold one.
pub(crate) async fn sign(
    desk: &Desk,
    video: Watchable<'_>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    download: bool,
) -> Result<Signed, Error> {
    let (token, kid) = match signer(desk).await? {
        Some(key) => {
            let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, downloadable: download };
            (key.sign(&claims)?, Some(key.id().clone()))
        }
        None => {
            let wanted = TokenRequest { exp: expires_at, downloadable: download };
            let token = desk.cloud().video_token(video.id, &wanted).await?;
            let kid = crate::signing::token_key_id(&token);
            (token, kid)
        }
    };
    Ok(Signed { urls: playback_urls(video.manifest, video.id, &token)?, kid })
}

/// The desk's key: the one in use, else the one in the keyring, else a new one. `None` while there is no keyring that keeps it: a link is
/// then signed by Cloudflare, and the keyring is asked again for the next.
async fn signer(desk: &Desk) -> Result<Option<Arc<PlaybackKey>>, Error> {
    let mut held = desk.signer().lock().await;
    if held.is_none() {
        *held = match signing_key(desk).await {
            Ok(key) => key.map(Arc::new),
            Err(Error::Secret(error)) => {
                tracing::warn!(%error, "the link is signed by Cloudflare");
                None
            }
            Err(error) => return Err(error),
        };
    }
    Ok(held.clone())
}

/// The desk's key from the keyring, or a new one from Cloudflare, kept in the keyring before it is used.
async fn signing_key(desk: &Desk) -> Result<Option<PlaybackKey>, Error> {
    let Some(secrets) = desk.secrets() else { return Ok(None) };
    let known = desk.store().signing_key()?;
    let kept = {
        let (secrets, known) = (Arc::clone(secrets), known.clone());
        // The keyring may take its time. A key that is made and then not kept would stay at Cloudflare unused.
        aside(move || match known {
            Some(kid) => match secrets.get(&SecretName::SigningKey(kid))? {
                Some(pem) => Ok(Some(pem)),
                None => secrets.probe().map(|()| None),
            },
            None => secrets.probe().map(|()| None),
        })
        .await?
    };
    if let (Some(kid), Some(pem)) = (known, kept) {
        match PlaybackKey::from_pem(kid, &pem) {
            Ok(key) => return Ok(Some(key)),
            Err(error) => tracing::warn!(%error, "the key in the keyring is unusable; a new one is made"),
        }
    }
    let new = desk.cloud().create_signing_key().await?;
    let (secrets, name, pem) = (Arc::clone(secrets), SecretName::SigningKey(new.id.clone()), new.pem.clone());
    aside(move || secrets.set(&name, &pem)).await?;
    desk.store().set_signing_key(Some(&new.id))?;
    Ok(Some(PlaybackKey::from_pem(new.id, &new.pem)?))
}

/// Asks the keyring where nobody else waits.
async fn aside<T: Send + 'static>(ask: impl FnOnce() -> Result<T, SecretError> + Send + 'static) -> Result<T, Error> {
    let answer = tokio::task::spawn_blocking(ask).await;
    Ok(answer.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))?)
}

/// Forgets the desk's key if Cloudflare no longer has it; `true` when it was forgotten.
async fn forget_deleted_key(desk: &Desk) -> Result<bool, Error> {
    let Some(kid) = desk.store().signing_key()? else { return Ok(false) };
    if !desk.cloud().lacks_signing_key(&kid).await? {
        return Ok(false);
    }
    tracing::warn!(%kid, "the signing key was deleted at Cloudflare");
    *desk.signer().lock().await = None;
    desk.store().set_signing_key(None)?;
    if let Some(secrets) = desk.secrets() {
        secrets.remove(&SecretName::SigningKey(kid))?;
    }
    Ok(true)
}
