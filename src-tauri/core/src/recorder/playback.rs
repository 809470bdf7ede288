//! Signs the addresses of a video, and notes the links that are made of them.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::cloudflare::{self, DeliveryStatus, TokenRequest};
use crate::context::Context;
use crate::domain::address::Purpose;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{KeyId, SessionId, VideoId};
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::sharing::ledger::{Act, Entry, Fingerprint};
use crate::domain::sharing::link::{ShareLink, Validity};
use crate::domain::sharing::rights::Rights;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::signing_keys::Signing;
use crate::recorder::{ledger, signing_keys};
use crate::signing::{PlaybackClaims, PlaybackUrls, playback_urls};

/// For how long the addresses of a check hold.
const CHECK_VALIDITY: TimeDelta = TimeDelta::hours(2);
/// How long an address works from which this desk downloads a file. When it ends, another one is signed.
const DOWNLOAD_SIGNED_FOR: TimeDelta = TimeDelta::hours(6);

/// The id and manifest of a video that can be watched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watchable<'a> {
    pub(crate) id: &'a VideoId,
    pub(crate) manifest: &'a Url,
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

/// When a direct link ends that is made now.
pub(crate) fn end_of_direct_link(now: DateTime<Utc>) -> DateTime<Utc> {
    now.later(Validity::DAY.span())
}

pub(crate) struct Signed {
    pub(crate) urls: PlaybackUrls,
    pub(crate) kid: Option<KeyId>,
    pub(crate) fingerprint: Fingerprint,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// For what, which decides the key.
    pub(crate) signing: Signing<'a>,
    /// What the token allows.
    pub(crate) rights: &'a Rights,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Signs with a key of this desk, or lets Cloudflare sign if no keyring can hold a key.
pub(crate) async fn sign(context: &Context, video: Watchable<'_>, wish: Wish<'_>) -> Result<Signed, Error> {
    let Wish { signing, rights, issued_at, expires_at } = wish;
    let (token, kid) = match signing_keys::signer(context, signing).await? {
        Some(key) => {
            let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, rights: rights.clone() };
            (key.sign(&claims)?, Some(key.id().clone()))
        }
        None if context.cloudflare().reads_only() => return Err(Error::NoSigningKey),
        None => {
            let wanted = TokenRequest { exp: expires_at, rights: rights.clone() };
            let token = context.cloudflare().video_token(video.id, &wanted).await?;
            let kid = crate::signing::token_key_id(&token);
            (token, kid)
        }
    };
    let fingerprint = Fingerprint::of(token.expose_secret());
    Ok(Signed { urls: playback_urls(video.manifest, video.id, &token)?, kid, fingerprint })
}

/// Signs the addresses from which this desk downloads the files of a video; `None` if Stream does not have the video any
/// more.
pub(crate) async fn to_download(context: &Context, recording: &Recording) -> Result<Option<PlaybackUrls>, Error> {
    let video = watchable(context, recording)?;
    if context.cloudflare().video(video.id).await?.is_none() {
        return Ok(None);
    }
    let issued_at = signing_time(context);
    let rights = Rights::to_watch(true);
    let wish = Wish {
        signing: Signing::ForDesk,
        rights: &rights,
        issued_at,
        expires_at: issued_at.later(DOWNLOAD_SIGNED_FOR),
    };
    let signed = sign(context, video, wish).await?;
    // Somebody may have deleted the desk's key. Its tokens then open nothing, so the next address is signed with another.
    let status = context.cloudflare().check_delivery(&signed.urls.hls).await;
    let renewed = sign_with_new_key(context, &status, &signed, video, wish).await?;
    Ok(Some(renewed.unwrap_or(signed).urls))
}

/// Signs for this desk alone, with the key that it has; `None` if it has none. No key is made, and Cloudflare is not asked.
pub(crate) async fn sign_here(
    context: &Context,
    video: Watchable<'_>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Option<PlaybackUrls>, Error> {
    let Some(key) = signing_keys::of_desk(context).await? else { return Ok(None) };
    let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, rights: Rights::to_watch(false) };
    Ok(Some(playback_urls(video.manifest, video.id, &key.sign(&claims)?)?))
}

/// Signs for this desk alone what the check of a video needs: its pictures and its sound. Where the desk has no key, Cloudflare
/// signs, so that no key is made by itself.
pub(crate) async fn sign_for_check(context: &Context, video: Watchable<'_>) -> Result<PlaybackUrls, Error> {
    let issued_at = signing_time(context);
    let expires_at = issued_at.later(CHECK_VALIDITY);
    let rights = Rights::to_watch(true);
    let token = match signing_keys::of_desk(context).await? {
        Some(key) => key.sign(&PlaybackClaims { video: video.id.clone(), issued_at, expires_at, rights })?,
        None => context.cloudflare().video_token(video.id, &TokenRequest { exp: expires_at, rights }).await?,
    };
    Ok(playback_urls(video.manifest, video.id, &token)?)
}

/// Signs again with another key, if Cloudflare refused a token because somebody deleted its key. Answers `None` if the
/// token was not refused for that reason.
pub(crate) async fn sign_with_new_key(
    context: &Context,
    status: &Result<DeliveryStatus, cloudflare::Error>,
    refused: &Signed,
    video: Watchable<'_>,
    wish: Wish<'_>,
) -> Result<Option<Signed>, Error> {
    if let (Ok(DeliveryStatus::Refused(401)), Some(kid)) = (status, &refused.kid)
        && signing_keys::was_deleted(context, kid).await?
    {
        return sign(context, video, wish).await.map(Some);
    }
    Ok(None)
}

/// A new link, to be added together with the rows of the ledger that tell of it.
pub(crate) async fn note_link(
    context: &Context,
    link: &ShareLink,
    session: SessionId,
    rights: &Rights,
    signed: &Signed,
) -> Result<(), Error> {
    let entry = Entry {
        recording: Some(link.recording),
        session: Some(session),
        video: Some(link.video.clone()),
        link: Some(link.id),
        kid: link.kid.clone(),
        rights: Some(rights.clone()),
        expires_at: Some(link.expires_at),
        fingerprint: Some(signed.fingerprint.clone()),
        ..ledger::entry(context, Act::LinkMade)
    };
    ledger::write(context, |signer| context.store().add_link(signer, link, &[entry])).await?;
    context.changed(&[Topic::Links, Topic::Recordings]);
    Ok(())
}

/// Forgets keys that Cloudflare does not have any more. Returns whether this desk's key was among them.
pub(crate) async fn forget_deleted_key(context: &Context) -> Result<bool, Error> {
    let Some(kid) = context.store().signing_key()? else { return Ok(false) };
    signing_keys::was_deleted(context, &kid).await
}
