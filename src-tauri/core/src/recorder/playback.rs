//! Signs the addresses of a video, and keeps the key for it.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use tokio::sync::Mutex;
use url::Url;

use crate::cloudflare::{self, DeliveryStatus, TokenRequest};
use crate::context::Context;
use crate::domain::address::Purpose;
use crate::domain::ids::{KeyId, VideoId};
use crate::domain::recorder::recording::{Recording, Status};
use crate::error::Error;
use crate::ports::{SecretError, SecretName};
use crate::signing::{PlaybackClaims, PlaybackKey, PlaybackUrls, playback_urls};

/// The signing key of this context; empty until the first use.
#[derive(Debug, Default)]
struct SigningKey(Mutex<Option<Arc<PlaybackKey>>>);

/// The id and manifest of a video that can be watched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watchable<'a> {
    pub(crate) id: &'a VideoId,
    manifest: &'a Url,
}

/// The video of a recording. The address of its manifest may have been stored long ago, so it is checked again before
/// it is used.
pub(crate) fn watchable<'a>(context: &Context, recording: &'a Recording) -> Result<Watchable<'a>, Error> {
    match (recording.status(), &recording.facts.video, &recording.facts.manifest) {
        (Status::Ready, Some(id), Some(manifest)) => {
            context.cloudflare().trusted(manifest.as_str(), Purpose::Playback)?;
            Ok(Watchable { id, manifest })
        }
        _ => Err(Error::NotReady { sentence: recording.sentence() }),
    }
}

/// The time for signatures, by Cloudflare's clock. By a clock that is a few seconds fast, a token for 24 hours would be
/// valid for longer than that, and Stream refuses such tokens.
pub(crate) fn signing_time(context: &Context) -> DateTime<Utc> {
    // A token holds whole seconds.
    context.cloudflare_now().trunc_subsecs(0)
}

pub(crate) struct Signed {
    pub(crate) urls: PlaybackUrls,
    pub(crate) kid: Option<KeyId>,
}

/// Signs with this desk's key, or lets Cloudflare sign if no keyring can hold a key.
pub(crate) async fn sign(
    context: &Context,
    video: Watchable<'_>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    download: bool,
) -> Result<Signed, Error> {
    let (token, kid) = match signer(context).await? {
        Some(key) => {
            let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, downloadable: download };
            (key.sign(&claims)?, Some(key.id().clone()))
        }
        None => {
            let wanted = TokenRequest { exp: expires_at, downloadable: download };
            let token = context.cloudflare().video_token(video.id, &wanted).await?;
            let kid = crate::signing::token_key_id(&token);
            (token, kid)
        }
    };
    Ok(Signed { urls: playback_urls(video.manifest, video.id, &token)?, kid })
}

/// Makes a new signing key and signs again, if Cloudflare refused a token because somebody deleted this desk's signing
/// key. Answers `None` if the token was not refused for that reason.
pub(crate) async fn sign_with_new_key(
    context: &Context,
    status: &Result<DeliveryStatus, cloudflare::Error>,
    video: Watchable<'_>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    download: bool,
) -> Result<Option<Signed>, Error> {
    if matches!(status, Ok(DeliveryStatus::Refused(401))) && forget_deleted_key(context).await? {
        return sign(context, video, issued_at, expires_at, download).await.map(Some);
    }
    Ok(None)
}

/// This desk's key: from memory, or else from the keyring, or else a new one. `None` while no keyring can keep it; then
/// Cloudflare signs this link, and the next link asks the keyring again.
async fn signer(context: &Context) -> Result<Option<Arc<PlaybackKey>>, Error> {
    let key = context.service::<SigningKey>();
    let mut held = key.0.lock().await;
    if held.is_none() {
        *held = match signing_key(context).await {
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

/// This desk's key from the keyring, or a new key from Cloudflare, which is kept in the keyring before it is used.
async fn signing_key(context: &Context) -> Result<Option<PlaybackKey>, Error> {
    let Some(secrets) = context.secrets() else { return Ok(None) };
    let known = context.store().signing_key()?;
    let kept = {
        let (secrets, known) = (Arc::clone(secrets), known.clone());
        // Asks the keyring before a key is made, which may take a while: a key that the keyring does not keep would
        // remain unused at Cloudflare.
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
    let new = context.cloudflare().create_signing_key().await?;
    let (secrets, name, pem) = (Arc::clone(secrets), SecretName::SigningKey(new.id.clone()), new.pem.clone());
    aside(move || secrets.set(&name, &pem)).await?;
    context.store().set_signing_key(Some(&new.id))?;
    Ok(Some(PlaybackKey::from_pem(new.id, &new.pem)?))
}

/// Asks the keyring on a thread for blocking work.
async fn aside<T: Send + 'static>(ask: impl FnOnce() -> Result<T, SecretError> + Send + 'static) -> Result<T, Error> {
    let answer = tokio::task::spawn_blocking(ask).await;
    Ok(answer.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))?)
}

/// Forgets this desk's key if Cloudflare does not have it any more. Returns whether it was forgotten.
pub(crate) async fn forget_deleted_key(context: &Context) -> Result<bool, Error> {
    let Some(kid) = context.store().signing_key()? else { return Ok(false) };
    if !context.cloudflare().lacks_signing_key(&kid).await? {
        return Ok(false);
    }
    tracing::warn!(%kid, "the signing key was deleted at Cloudflare");
    *context.service::<SigningKey>().0.lock().await = None;
    context.store().set_signing_key(None)?;
    if let Some(secrets) = context.secrets() {
        secrets.remove(&SecretName::SigningKey(kid))?;
    }
    Ok(true)
}
