//! Share links. A link is signed, tested with Cloudflare's player and entered in the ledger before anybody gets it.

use std::collections::HashSet;

use crate::actions::guard;
use crate::domain::profile::role::{Permission, Role};
use crate::recorder::playback::{Signed, Watchable, Wish, note_link, sign, sign_with_new_key, signing_time, watchable};
use crate::recorder::signing_keys::Signing;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;
use url::Url;

use crate::actions::library::recordings;
use crate::cloudflare::{self, DeliveryStatus, Mp4, Video, VideoState};
use crate::context::Context;
use crate::delivery::email::words::when;
use crate::domain::bounds::Moved as _;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{LinkId, RecordingId, VideoId};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Percent;
use crate::domain::sharing::key::Purpose;
use crate::domain::sharing::link::{LinkOptions, ShareLink, Validity};
use crate::domain::sharing::rights::Rights;
use crate::error::{Error, UserError};
use crate::secret_url::SecretUrl;

/// The next step for a link that could not be tested, as people read it.
const UNTESTED_LINK_ADVICE: &str = "Open the link once before you send it.";

/// A new link. Its addresses are for the person who asked only.
#[derive(Debug, Clone)]
pub struct MadeLink {
    /// The link's row in the ledger.
    pub link: ShareLink,
    /// From when until when it works, as a sentence.
    pub ends: String,
    /// The page that plays it in a browser.
    pub url: SecretUrl,
    /// The player alone, for a frame in another page.
    pub player_url: SecretUrl,
    /// The HLS manifest, for players that are not browsers.
    pub hls_url: SecretUrl,
    /// The file, if downloading was asked for. An error of the file does not affect the link.
    pub file: Option<LinkFile>,
    /// The reason why the link may not play; `None` if it was tested and everybody for whom it is made can play it.
    pub doubt: Option<UserError>,
    /// Whether Cloudflare refuses the link here and now, as its own rules may say. It was then tested without them.
    pub refused_here: bool,
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

/// Makes a link for everybody who has it, as [`make_with`] does.
pub async fn make(context: &Context, id: RecordingId, validity: Validity, download: bool) -> Result<MadeLink, Error> {
    guard::allow_recording(context, Permission::MakeLinks, id)?;
    make_with(context, id, &LinkOptions::plain(validity, Rights::to_watch(download))).await
}

/// Makes a link to a recording that can be watched, signed with the key of a group unless the recording has a key of its
/// own, and tests whether it plays.
///
/// A link that begins later, or is for certain viewers, may be refused here and now. What is tested of it is a token with
/// the same key, video and end that everybody could use; that token is used for the test only.
pub async fn make_with(context: &Context, id: RecordingId, options: &LinkOptions) -> Result<MadeLink, Error> {
    guard::allow_recording(context, Permission::MakeLinks, id)?;
    let recording = not_in_bin(context, id)?;
    let video = watchable(context, &recording)?;
    let seen = seen_first(context, video.id).await;
    let issued_at = signing_time(context);
    let expires_at = issued_at.later(options.validity.span());
    options.check(expires_at, recording.facts.length)?;
    let rights = &options.rights;
    let for_everybody = Rights::to_watch(rights.download);
    let signing = Signing::ForLink(id, options.group);
    let wish = Wish { signing, rights: &for_everybody, issued_at, expires_at };
    let Tried { signed: tested, doubt, asked } = try_playing(context, &recording, video, wish, seen).await?;
    let (narrowed, refused_here) = if rights.are_narrowed() {
        let signing = tested.kid.as_ref().map_or(signing, Signing::With);
        let signed = sign(context, video, Wish { signing, rights, ..wish }).await?;
        let status = context.cloudflare().check_delivery(&signed.urls.hls).await;
        (Some(signed), matches!(status, Ok(DeliveryStatus::Refused(_))))
    } else {
        (None, false)
    };
    let signed = narrowed.as_ref().unwrap_or(&tested);
    let file = match asked {
        Some(asked) => Some(look_at_file(context, asked, &tested.urls.mp4, &signed.urls.mp4).await),
        None => None,
    };
    let link = ShareLink {
        id: LinkId::new(),
        recording: id,
        recording_title: recording.title.clone(),
        video: video.id.clone(),
        kid: signed.kid.clone(),
        created_at: context.now().trunc_subsecs(3),
        expires_at,
        download: rights.download,
    };
    note_link(context, &link, recording.session, rights, signed).await?;
    let player = player_address(&signed.urls.player, options);
    Ok(MadeLink {
        ends: ends(expires_at, rights, recording.timezone),
        link,
        // Only the player can begin at a moment or show captions, not the page around it.
        url: SecretUrl::new(if player.query().is_some() { &player } else { &signed.urls.watch }),
        player_url: SecretUrl::new(&player),
        hls_url: SecretUrl::new(&signed.urls.hls),
        file,
        doubt,
        refused_here,
    })
}

/// A recording to which links are made: none are made to one in the bin.
pub(super) fn not_in_bin(context: &Context, id: RecordingId) -> Result<Recording, Error> {
    let recording = recordings::get(context, id)?;
    if recording.removed_at.is_some() {
        return Err(Error::Conflict {
            message: format!("“{}” is in the bin, so no link to it is made.", recording.title),
            next: "Take it out of the bin first.",
        });
    }
    Ok(recording)
}

/// Asks for a video where Cloudflare has not answered yet: the first answer tells how far this computer's clock is off, and a
/// token by a wrong clock is refused.
pub(super) async fn seen_first(context: &Context, video: &VideoId) -> Option<Seen> {
    match context.cloudflare().clock_skew() {
        Some(_) => None,
        None => Some(context.cloudflare().video(video).await),
    }
}

/// What Stream says of a video.
type Seen = Result<Option<Video>, cloudflare::Error>;

/// An address that was tested.
pub(super) struct Tried {
    pub(super) signed: Signed,
    /// The reason why the video may not play for everybody.
    pub(super) doubt: Option<UserError>,
    /// What Stream said of the file, where downloading is wanted.
    pub(super) asked: Option<Result<Mp4, cloudflare::Error>>,
}

/// Signs an address that everybody could use, and tests whether the video plays. An error where it plays for nobody.
pub(super) async fn try_playing(
    context: &Context,
    recording: &Recording,
    video: Watchable<'_>,
    wish: Wish<'_>,
    seen: Option<Seen>,
) -> Result<Tried, Error> {
    let seen = async {
        match seen {
            Some(seen) => seen,
            None => context.cloudflare().video(video.id).await,
        }
    };
    let mut signed = sign(context, video, wish).await?;
    let (mut status, seen, asked) = tokio::join!(
        context.cloudflare().check_delivery(&signed.urls.hls),
        seen,
        ask_for_file(context, video.id, wish.rights.download)
    );
    let sites = sites(recording, seen)?;
    if let Some(renewed) = sign_with_new_key(context, &status, &signed, video, wish).await? {
        signed = renewed;
        status = context.cloudflare().check_delivery(&signed.urls.hls).await;
    }
    Ok(Tried { signed, doubt: doubt(recording, status, &sites)?, asked })
}

/// From when until when a link works, in the zone of the recording, as a sentence.
pub(super) fn ends(until: DateTime<Utc>, rights: &Rights, zone: Tz) -> String {
    let from = rights.not_before.map(|begins| format!("from {} ", when(begins, zone))).unwrap_or_default();
    format!("It works {from}until {}.", when(until, zone))
}

/// The player's address with where it begins and which captions it shows (Stream docs, “Use the Stream Player”).
fn player_address(player: &Url, options: &LinkOptions) -> Url {
    let mut url = player.clone();
    if let Some(start) = options.start_at.filter(|start| *start > 0) {
        url.query_pairs_mut().append_pair("startTime", &format!("{start}s"));
    }
    if let Some(language) = &options.captions {
        url.query_pairs_mut().append_pair("defaultTextTrack", language);
    }
    url
}

/// Makes a new link like an earlier one: the same recording, rights and hours. A beginning that has passed is left out.
pub async fn reissue(context: &Context, id: LinkId) -> Result<MadeLink, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let Some(link) = context.store().link(id)? else {
        return Err(match context.store().watch_link(id)? {
            Some(_) => Error::Conflict {
                message: "This is a watch link, whose address stays the same.".to_owned(),
                next: "Open the recording, and copy the address again under Links.",
            },
            None => Error::NotFound { what: "link", id: id.to_string() },
        });
    };
    let mut rights = rights_of(context, &link)?;
    rights.not_before = rights.not_before.filter(|begins| *begins > context.now());
    let lasted = link.expires_at.since(link.created_at);
    // The times of a link are those of two clocks, so its length is rounded to whole hours.
    let hours = lasted.checked_add(&TimeDelta::minutes(30)).unwrap_or(lasted).num_hours().clamp(1, 24);
    let group =
        match link.kid.as_ref().map(|kid| context.store().key(kid)).transpose()?.flatten().map(|key| key.purpose) {
            Some(Purpose::Group(group)) => Some(group),
            _ => None,
        };
    let validity = Validity::hours(hours)?;
    make_with(context, link.recording, &LinkOptions { group, ..LinkOptions::plain(validity, rights) }).await
}

/// The rights of a link as the ledger has them.
fn rights_of(context: &Context, link: &ShareLink) -> Result<Rights, Error> {
    let kept = context.store().rights_of_link(link.id)?;
    Ok(kept.and_then(|rights| serde_json::from_str(&rights).ok()).unwrap_or_else(|| Rights::to_watch(link.download)))
}

/// The present state of the file of a link that allows downloading. Only the link's row in the ledger is kept, so the
/// address is signed again, for as long as the link is valid.
pub async fn file(context: &Context, id: LinkId) -> Result<LinkFile, Error> {
    guard::allow(context, Permission::MakeLinks)?;
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
        Ok(Mp4::NotAsked) if !context.cloudflare().reads_only() => context.cloudflare().create_mp4(video.id).await,
        known => known,
    };
    let rights = rights_of(context, &link)?;
    let signing = link.kid.as_ref().map_or(Signing::ForDesk, Signing::With);
    let wish = Wish { signing, rights: &rights, issued_at, expires_at: link.expires_at };
    let signed = sign(context, video, wish).await?;
    let tested = sign(context, video, Wish { rights: &Rights::to_watch(true), ..wish }).await?;
    if link.kid.is_some() && signed.kid != link.kid {
        return conflict("The signing key has changed since this link was made.", "Make a new link.");
    }
    Ok(look_at_file(context, state, &tested.urls.mp4, &signed.urls.mp4).await)
}

async fn ask_for_file(context: &Context, video: &VideoId, wanted: bool) -> Option<Result<Mp4, cloudflare::Error>> {
    match (wanted, context.cloudflare().reads_only()) {
        (false, _) => None,
        (true, true) => Some(context.cloudflare().mp4(video).await),
        (true, false) => Some(context.cloudflare().create_mp4(video).await),
    }
}

/// The state of an MP4 file that was asked for. The link offers the file at its own address, and only after a request to
/// the address for the test succeeded.
pub(super) async fn look_at_file(
    context: &Context,
    asked: Result<Mp4, cloudflare::Error>,
    tested: &Url,
    offered: &Url,
) -> LinkFile {
    let unavailable =
        |message: String, next: &str| LinkFile::Unavailable(UserError::new(ErrorCode::NoFile, message, next));
    match asked {
        Ok(Mp4::NotAsked) if context.cloudflare().reads_only() => unavailable(
            "Stream has made no file of this video, and this desk may not ask for one.".into(),
            "Send the watch link, or ask an instructor or admin to make a link that allows downloading.",
        ),
        Ok(Mp4::NotAsked) => LinkFile::Preparing { percent: None },
        Ok(Mp4::InProgress(percent)) => LinkFile::Preparing { percent: percent.map(Percent::get) },
        Ok(Mp4::Failed) => unavailable(
            "Stream could not make a file of this video.".into(),
            "Send the watch link instead. To have the file made again, delete the download in the Cloudflare dashboard.",
        ),
        Ok(Mp4::Ready) => match context.cloudflare().check_file(tested).await {
            Ok(DeliveryStatus::Playable) => LinkFile::Ready(SecretUrl::new(offered)),
            // Stream has the file, but not every part of its network does yet.
            Ok(DeliveryStatus::NotReady(_)) => LinkFile::Preparing { percent: Some(100) },
            Ok(DeliveryStatus::Failed) => unavailable(
                "Stream says that this video failed, and gives out no file of it.".into(),
                "Look at the video in the Cloudflare dashboard.",
            ),
            Ok(DeliveryStatus::Refused(status)) => unavailable(
                format!("Cloudflare’s player answered {status} when the file was asked for."),
                "Send the link to watch, and try the file again later.",
            ),
            Err(error) => LinkFile::Unavailable(UserError::from(&error)),
        },
        Err(error) => LinkFile::Unavailable(UserError::from(&error)),
    }
}

/// The sites that may embed a video. Empty if every site may, or if Stream did not say. An error where the video plays for
/// nobody: Stream has it no longer, or could not make it.
fn sites(recording: &Recording, seen: Result<Option<Video>, cloudflare::Error>) -> Result<Vec<String>, Error> {
    match seen {
        Ok(Some(video)) if video.state == VideoState::Error => Err(failed(recording)),
        Ok(Some(video)) => Ok(video.allowed_origins),
        Ok(None) => Err(Error::Conflict {
            message: format!("The video of “{}” was deleted from Stream.", recording.title),
            next: "Bring the list up to date; then the recording says what is left of it.",
        }),
        Err(error) => {
            tracing::warn!(%error, "which sites may show the video could not be asked");
            Ok(Vec::new())
        }
    }
}

fn failed(recording: &Recording) -> Error {
    Error::Conflict {
        message: format!("Stream says that the video of “{}” failed, so it plays for nobody.", recording.title),
        next: "Look at the video in the Cloudflare dashboard.",
    }
}

/// The reason why a new link may not play for everybody; an error if it plays for nobody.
fn doubt(
    recording: &Recording,
    status: Result<DeliveryStatus, cloudflare::Error>,
    sites: &[String],
) -> Result<Option<UserError>, Error> {
    let certain_sites = || UserError::from(&Error::CertainSites { sites: sites.to_vec() });
    Ok(match status {
        Ok(DeliveryStatus::Failed) => return Err(failed(recording)),
        Ok(_) if !sites.is_empty() => Some(certain_sites()),
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
    guard::allow_recording(context, Permission::Watch, id)?;
    let recording = recordings::get(context, id)?;
    let seen = context.cloudflare().video(watchable(context, &recording)?.id).await;
    Ok(match sites(&recording, seen) {
        Ok(sites) if sites.is_empty() => None,
        Ok(sites) => Some(UserError::from(&Error::CertainSites { sites })),
        Err(why) => Some(UserError::from(&why)),
    })
}

/// The ledger of all links, newest first.
pub fn list(context: &Context) -> Result<Vec<ShareLink>, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let mut links = context.store().links()?;
    if context.role() != Role::Admin {
        let (mut had, mut asked) = (HashSet::new(), HashSet::new());
        for link in &links {
            if asked.insert(link.recording)
                && guard::allow_recording(context, Permission::MakeLinks, link.recording).is_ok()
            {
                had.insert(link.recording);
            }
        }
        links.retain(|link| had.contains(&link.recording));
    }
    Ok(links)
}
