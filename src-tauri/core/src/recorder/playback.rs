//! Signed addresses of a video, and the key they are signed with.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use tokio::sync::Mutex;
use url::Url;

use crate::cloudflare::TokenRequest;
use crate::context::Context;
use crate::domain::address::Purpose;
use crate::domain::ids::{KeyId, VideoId};
use crate::domain::recorder::recording::{Recording, Status};
use crate::error::Error;
use crate::ports::{SecretError, SecretName};
use crate::signing::{PlaybackClaims, PlaybackKey, PlaybackUrls, playback_urls};

/// The key of this context, once it is known.
#[derive(Debug, Default)]
struct SigningKey(Mutex<Option<Arc<PlaybackKey>>>);

/// A video that can be watched, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watchable<'a> {
    pub(crate) id: &'a VideoId,
    manifest: &'a Url,
}

/// The video of a recording. Its address came from a reply, perhaps long ago: it is looked at anew before anybody gets it.
pub(crate) fn watchable<'a>(context: &Context, recording: &'a Recording) -> Result<Watchable<'a>, Error> {
    match (recording.status(), &recording.facts.video, &recording.facts.manifest) {
        (Status::Ready, Some(id), Some(manifest)) => {
            context.cloudflare().trusted(manifest.as_str(), Purpose::Playback)?;
            Ok(Watchable { id, manifest })
        }
        _ => Err(Error::NotReady { sentence: recording.sentence() }),
    }
}

/// The time to sign with: Cloudflare's. A clock a few seconds fast would make a 24-hour token outlive 24 hours, and that is refused.
pub(crate) fn signing_time(context: &Context) -> DateTime<Utc> {
    // Tokens count in whole seconds.
    context.cloudflare_now().trunc_subsecs(0)
}

pub(crate) struct Signed {
    pub(crate) urls: PlaybackUrls,
    pub(crate) kid: Option<KeyId>,
}

/// Signs with the desk's key, or has Cloudflare sign where no keyring can hold one.
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

/// The desk's key: the one in use, else the one in the keyring, else a new one. `None` while there is no keyring that keeps it: a link is
/// then signed by Cloudflare, and the keyring is asked again for the next.
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

/// The desk's key from the keyring, or a new one from Cloudflare, kept in the keyring before it is used.
async fn signing_key(context: &Context) -> Result<Option<PlaybackKey>, Error> {
    let Some(secrets) = context.secrets() else { return Ok(None) };
    let known = context.store().signing_key()?;
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
    let new = context.cloudflare().create_signing_key().await?;
    let (secrets, name, pem) = (Arc::clone(secrets), SecretName::SigningKey(new.id.clone()), new.pem.clone());
    aside(move || secrets.set(&name, &pem)).await?;
    context.store().set_signing_key(Some(&new.id))?;
    Ok(Some(PlaybackKey::from_pem(new.id, &new.pem)?))
}

/// Asks the keyring where nobody else waits.
async fn aside<T: Send + 'static>(ask: impl FnOnce() -> Result<T, SecretError> + Send + 'static) -> Result<T, Error> {
    let answer = tokio::task::spawn_blocking(ask).await;
    Ok(answer.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))?)
}

/// Forgets the desk's key if Cloudflare no longer has it; `true` when it was forgotten.
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
