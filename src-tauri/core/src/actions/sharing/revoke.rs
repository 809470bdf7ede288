//! Revoking the links of a recording: Cloudflare ends links only by their key, so their keys are deleted. A key of the
//! recording alone ends exactly its links; a shared key ends others too, which is said first. Watch links end one by one at
//! the door.

use crate::actions::guard;
use crate::cloudflare::DeliveryStatus;
use crate::context::Context;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::ids::{KeyId, RecordingId};
use crate::domain::profile::role::Permission;
use crate::domain::sharing::key::{Key, Purpose};
use crate::domain::sharing::link::{ShareLink, Validity};
use crate::domain::sharing::rights::Rights;
use crate::domain::sharing::watch_link::WatchLink;
use crate::error::{Error, UserError};
use crate::recorder::playback::{signing_time, watchable};
use crate::recorder::{signing_keys, watch_links};
use crate::signing::{PlaybackClaims, playback_urls};

/// What confirms in a terminal that links of other recordings stop too.
const CONFIRMED: &str = "--with-others";

/// What revoking the links of a recording does.
#[derive(Debug, Clone, Default)]
pub struct Revocation {
    /// The keys that are deleted.
    pub keys: Vec<Key>,
    /// The links of the recording that stop.
    pub links: Vec<ShareLink>,
    /// The links of other recordings that stop too, because they share a key.
    pub others: Vec<ShareLink>,
    /// The links of the recording that Cloudflare or an unknown key signed. They cannot be stopped, and end by themselves.
    pub beyond: Vec<ShareLink>,
    /// The watch links of the recording that stop. No key is deleted for them.
    pub watch: Vec<WatchLink>,
}

/// What was revoked.
#[derive(Debug, Clone)]
pub struct Revoked {
    /// What was done.
    pub revocation: Revocation,
    /// Whether Cloudflare refused a link of each deleted key afterwards; `None` if that could not be tested.
    pub confirmed: Option<bool>,
    /// Why the door does not know yet that the watch links are revoked; `None` where it does, or there were none.
    pub door_waits: Option<UserError>,
}

/// What revoking the links of a recording would do. Changes nothing.
pub fn preview(context: &Context, recording: RecordingId) -> Result<Revocation, Error> {
    guard::allow_recording(context, Permission::RevokeLinks, recording)?;
    let (store, now) = (context.store(), context.cloudflare_now());
    let mut found = Revocation::default();
    let mut deletable = Vec::new();
    for kid in store.keys_of_recording(recording, now)?.into_iter().flatten() {
        if let Some(key) = store.key(&kid)?.filter(|key| key.state.is_there()) {
            let (own, others): (Vec<_>, Vec<_>) =
                store.links_of_key(&kid, now)?.into_iter().partition(|link| link.recording == recording);
            found.links.extend(own);
            found.others.extend(others);
            found.keys.push(key);
            deletable.push(kid);
        }
    }
    let is_beyond = |link: &ShareLink| match &link.kid {
        None => true,
        Some(kid) => !deletable.contains(kid) && !matches!(store.key(kid), Ok(Some(key)) if !key.state.is_there()),
    };
    let live = store.links_of(recording)?.into_iter().filter(|link| link.expires_at > now);
    found.beyond = live.filter(is_beyond).collect();
    found.watch = store.living_watch_links(recording, now)?;
    Ok(found)
}

/// Revokes the links of a recording. Refused if links of other recordings would stop too, unless that is confirmed.
pub async fn revoke(context: &Context, recording: RecordingId, with_others: bool) -> Result<Revoked, Error> {
    guard::allow_recording(context, Permission::RevokeLinks, recording)?;
    let found = crate::actions::library::recordings::get(context, recording)?;
    let revocation = preview(context, recording)?;
    if !revocation.others.is_empty() && !with_others {
        let what = "The key also signed links of other recordings. Revoking these links would stop".to_owned();
        return Err(Error::LinksWouldStop { what, links: revocation.others.len(), flag: CONFIRMED });
    }
    if revocation.keys.is_empty() && revocation.watch.is_empty() {
        let (message, next) = if revocation.beyond.is_empty() {
            (format!("No link to “{}” works.", found.title), "There is nothing to revoke.")
        } else {
            let message = format!("Cloudflare signed the links to “{}”, so they cannot be revoked.", found.title);
            (message, "They end by themselves. Make keys for the next links: a keyring has to work on this computer.")
        };
        return Err(Error::Conflict { message, next });
    }
    let door_waits = if revocation.watch.is_empty() {
        None
    } else {
        watch_links::revoke(context, &found, &revocation.watch).await?
    };
    let mut confirmed = (!revocation.keys.is_empty()).then_some(true);
    for key in &revocation.keys {
        // A link like those that are revoked, for the test. It is kept nowhere.
        let sample = sample(context, &key.id, recording).await;
        signing_keys::remove(context, key).await?;
        let refused = match sample {
            Some(url) => match context.cloudflare().check_delivery(&url).await {
                Ok(DeliveryStatus::Refused(status)) => Some(status == 401 || status == 403),
                Ok(DeliveryStatus::Playable) => Some(false),
                Ok(DeliveryStatus::NotReady(_) | DeliveryStatus::Failed) | Err(_) => None,
            },
            None => None,
        };
        confirmed = match (confirmed, refused) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    if let Some(Purpose::Recording(_)) = revocation.keys.first().map(|key| key.purpose) {
        context.wake_jobs();
    }
    Ok(Revoked { revocation, confirmed, door_waits })
}

async fn sample(context: &Context, kid: &KeyId, recording: RecordingId) -> Option<url::Url> {
    signing_keys::is_here(context, kid).await.ok().filter(|is_here| *is_here)?;
    let key = signing_keys::held(context, kid)?;
    let recording = context.store().recording(recording).ok().flatten()?;
    let video = watchable(context, &recording).ok()?;
    let issued_at = signing_time(context);
    let expires_at = issued_at.later(Validity::DAY.span().part(24));
    let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, rights: Rights::to_watch(false) };
    Some(playback_urls(video.manifest, video.id, &key.sign(&claims).ok()?).ok()?.hls)
}
