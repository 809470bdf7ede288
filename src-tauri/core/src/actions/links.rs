//! Share links: signed, checked against the player, and entered in the ledger before anybody gets them.

use chrono::{DateTime, SubsecRound as _, Utc};
use secrecy::SecretString;
use url::Url;

use super::{Desk, Error, SecretUrl, recordings};
use crate::cloudflare::{DeliveryStatus, TokenRequest};
use crate::domain::ids::{KeyId, LinkId, RecordingId, VideoId};
use crate::domain::link::{ShareLink, Validity};
use crate::domain::recording::{Recording, Status};
use crate::ports::{SecretName, Topic};
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
    /// The file, when downloading is allowed.
    pub download_url: Option<SecretUrl>,
    /// Whether Cloudflare's player was seen accepting it.
    pub verified: bool,
}

/// Makes a link to a watchable recording and checks that it plays.
pub async fn make(desk: &Desk, id: RecordingId, validity: Validity, download: bool) -> Result<MadeLink, Error> {
    let recording = recordings::get(desk, id)?;
    let video = watchable(&recording)?;
    if download {
        desk.cloud().create_download(video.id).await?;
    }
    let issued_at = signing_time(desk);
    let expires_at = issued_at + validity.span();
    let mut signed = sign(desk, video, issued_at, expires_at, download).await?;
    let mut status = desk.cloud().check_delivery(&signed.urls.hls).await;
    if matches!(status, Ok(DeliveryStatus::Refused(401))) && forget_deleted_key(desk).await? {
        // The key was deleted elsewhere: every link of it is dead, and so is this one. A new key makes a new link.
        signed = sign(desk, video, issued_at, expires_at, download).await?;
        status = desk.cloud().check_delivery(&signed.urls.hls).await;
    }
    let verified = match status {
        Ok(DeliveryStatus::Playable) => true,
        // Just ready: the network may not have it everywhere yet. The link is right all the same.
        Ok(DeliveryStatus::NotReady(_)) => false,
        Ok(DeliveryStatus::Refused(status)) => return Err(Error::LinkRefused { status }),
        Err(error) => {
            tracing::warn!(%error, "the new link could not be checked");
            false
        }
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
        download_url: download.then(|| SecretUrl::new(&signed.urls.mp4)),
        verified,
    })
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

pub(crate) fn watchable(recording: &Recording) -> Result<Watchable<'_>, Error> {
    match (recording.status(), &recording.facts.video, &recording.facts.manifest) {
        (Status::Ready, Some(id), Some(manifest)) => Ok(Watchable { id, manifest }),
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
    let (token, kid): (SecretString, Option<KeyId>) = if desk.signs_locally() {
        let mut signer = desk.signer().lock().await;
        let key = match signer.take() {
            Some(key) => key,
            None => signing_key(desk).await?,
        };
        let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, downloadable: download };
        let token = key.sign(&claims)?;
        let kid = key.id().clone();
        *signer = Some(key);
        (token, Some(kid))
    } else {
        let token =
            desk.cloud().video_token(video.id, &TokenRequest { exp: expires_at, downloadable: download }).await?;
        let kid = crate::signing::token_key_id(&token);
        (token, kid)
    };
    Ok(Signed { urls: playback_urls(video.manifest, video.id, &token)?, kid })
}

/// The desk's key from the keyring, or a new one from Cloudflare, kept in the keyring before it is used.
async fn signing_key(desk: &Desk) -> Result<PlaybackKey, Error> {
    let Some(secrets) = desk.secrets() else {
        return Err(Error::Secret(crate::ports::SecretError::Unavailable("no keyring".into())));
    };
    if let Some(kid) = desk.store().signing_key()?
        && let Some(pem) = secrets.get(&SecretName::SigningKey(kid.clone()))?
    {
        match PlaybackKey::from_pem(kid, &pem) {
            Ok(key) => return Ok(key),
            Err(error) => tracing::warn!(%error, "the key in the keyring is unusable; a new one is made"),
        }
    }
    let new = desk.cloud().create_signing_key().await?;
    secrets.set(&SecretName::SigningKey(new.id.clone()), &new.pem)?;
    desk.store().set_signing_key(Some(&new.id))?;
    Ok(PlaybackKey::from_pem(new.id, &new.pem)?)
}

/// Forgets the desk's key if Cloudflare no longer has it; `true` when it was forgotten.
async fn forget_deleted_key(desk: &Desk) -> Result<bool, Error> {
    let Some(kid) = desk.store().signing_key()? else { return Ok(false) };
    if desk.cloud().signing_keys().await?.iter().any(|key| key.id == kid) {
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
