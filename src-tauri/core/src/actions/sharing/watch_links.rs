//! Watch links: short addresses of the door that play a recording for days or months, and end one by one. The video is
//! tested as for a direct link, and the ledger tells of the link, before anybody gets it.

use chrono::{DateTime, Utc};
use rand::Rng as _;
use secrecy::SecretString;

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::actions::sharing::links::{self, LinkFile, Tried};
use crate::context::Context;
use crate::domain::ids::{LinkId, RecordingId};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Recording;
use crate::domain::sharing::link::check_start;
use crate::domain::sharing::rights::Rights;
use crate::domain::sharing::watch_link::{
    PassphraseLock, Play, SALT_BYTES, Term, WatchLink, WatchOptions, WatchState, end_in_words,
};
use crate::error::{Error, UserError};
use crate::recorder::door;
use crate::recorder::playback::{Wish, end_of_direct_link, signing_time, watchable};
use crate::recorder::signing_keys::Signing;
use crate::recorder::watch_links::{self as machinery, NewLink, deletion, need_door};
use crate::secret_url::SecretUrl;

/// The most plays of a link that are listed.
const PLAYS_LISTED: u32 = 1_000;
/// What a watch link is, in the words of the dialog.
const DOOR_IS_OPEN: &str = "A watch link is a short address on your own page. It lasts, and can be revoked by itself.";
/// What follows from a revocation that the door knows.
const ENDS_NOW: &str = "It ends at once for new viewers and within the hour for those who watch.";

/// The ways in which a recording can be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways {
    /// Whether watch links can be made.
    pub door: bool,
    /// What a watch link is, or why there is none and what to do.
    pub sentence: String,
}

/// A watch link as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchLinkView {
    /// The link.
    pub link: WatchLink,
    /// When it ends: when its video is deleted, where that is earlier.
    pub ends_at: DateTime<Utc>,
    /// What it does now.
    pub state: WatchState,
    /// The same in words, in the zone of the recording.
    pub sentence: String,
    /// How often it was watched, and when last; `None` where nobody watched.
    pub watched: Option<String>,
}

/// A new watch link. Its address is for the person who asked only.
#[derive(Debug, Clone)]
pub struct MadeWatchLink {
    /// The link.
    pub view: WatchLinkView,
    /// The title of the recording.
    pub title: String,
    /// The address of the page that plays it.
    pub url: SecretUrl,
    /// From when until when it works, as a sentence.
    pub ends: String,
    /// Everything that there is to know of it, in sentences.
    pub sentence: String,
    /// Why the door does not know it yet; `None` where it does.
    pub waits: Option<UserError>,
    /// The reason why the video may not play; `None` if it was tested.
    pub doubt: Option<UserError>,
}

impl MadeWatchLink {
    /// Whether the video was tested and whoever may open the link can play it.
    #[must_use]
    pub const fn verified(&self) -> bool {
        self.doubt.is_none()
    }
}

/// The ways in which recordings can be shared by this desk.
pub fn ways(context: &Context) -> Result<Ways, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    match need_door(context) {
        Ok(_) => Ok(Ways { door: true, sentence: DOOR_IS_OPEN.to_owned() }),
        Err(Error::Conflict { message, next }) => Ok(Ways { door: false, sentence: format!("{message} {next}") }),
        Err(error) => Err(error),
    }
}

/// Makes a watch link to a recording, tests whether the video plays, and tells the door.
pub async fn make(context: &Context, id: RecordingId, options: &WatchOptions) -> Result<MadeWatchLink, Error> {
    guard::allow_recording(context, Permission::MakeLinks, id)?;
    let recording = links::not_in_bin(context, id)?;
    let video = watchable(context, &recording)?;
    need_door(context)?;
    options.check()?;
    check_start(options.start_at, recording.facts.length)?;
    let seen = links::seen_first(context, video.id).await;
    let term = Term::new(options.until, recording.timezone, deletion(context, &recording)?, context.cloudflare_now())?;
    options.rights.check(term.until)?;
    let (issued_at, for_everybody) = (signing_time(context), Rights::to_watch(options.rights.download));
    let expires_at = end_of_direct_link(issued_at);
    let wish = Wish { signing: Signing::ForDesk, rights: &for_everybody, issued_at, expires_at };
    let Tried { signed, doubt, asked } = links::try_playing(context, &recording, video, wish, seen).await?;
    let file = match asked {
        Some(asked) => Some(links::look_at_file(context, asked, &signed.urls.mp4, &signed.urls.mp4).await),
        None => None,
    };
    let new = NewLink {
        until: term.until,
        rights: options.rights.clone(),
        start: options.start_at.unwrap_or_default(),
        passphrase: lock(context, options.passphrase.clone()).await?,
        note: options.note.clone(),
        for_letters: false,
    };
    let made = machinery::make(context, &recording, new).await?;
    let ends = links::ends(term.until, &options.rights, recording.timezone);
    let mut sentences = vec![ends.clone()];
    if term.is_shortened {
        sentences.push("Stream deletes the video then.".to_owned());
    }
    sentences.extend(file.as_ref().and_then(of_file));
    sentences.extend(made.waits.as_ref().map(|why| {
        format!(
            "The door does not know it yet: {} It plays once the door was told; Hajime goes on trying.",
            why.message
        )
    }));
    Ok(MadeWatchLink {
        view: view(context, &recording, made.link, made.waits.is_none())?,
        title: recording.title,
        url: made.url,
        ends,
        sentence: sentences.join(" "),
        waits: made.waits,
        doubt,
    })
}

async fn lock(context: &Context, passphrase: Option<SecretString>) -> Result<Option<PassphraseLock>, Error> {
    let Some(passphrase) = passphrase else { return Ok(None) };
    let salt: [u8; SALT_BYTES] = rand::rng().random();
    let work = move || PassphraseLock::new(&passphrase, salt);
    Ok(Some(context.supervisor().spawn_blocking("deriving the key of a passphrase", work).join().await?))
}

fn of_file(file: &LinkFile) -> Option<String> {
    match file {
        LinkFile::Ready(_) => None,
        LinkFile::Preparing { .. } => Some("Downloading works as soon as Stream has made the file.".to_owned()),
        LinkFile::Unavailable(why) => Some(format!("Downloading does not work: {}", why.message)),
    }
}

/// The watch links of a recording, the newest first.
pub fn list(context: &Context, recording: RecordingId) -> Result<Vec<WatchLinkView>, Error> {
    guard::allow_recording(context, Permission::MakeLinks, recording)?;
    let found = recordings::get(context, recording)?;
    let unknown = context.store().watch_links_to_push(recording)?;
    let all = context.store().watch_links_of(recording)?.into_iter();
    all.map(|link| {
        let is_known = !unknown.contains(&link.id);
        view(context, &found, link, is_known)
    })
    .collect()
}

/// The address of a link that was made before. It is the same each time.
pub async fn address(context: &Context, id: LinkId) -> Result<SecretUrl, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let (link, recording) = find(context, Permission::MakeLinks, id)?;
    match view(context, &recording, link, true)? {
        WatchLinkView { state: WatchState::Revoked | WatchState::Ended, sentence, .. } => Err(Error::Conflict {
            message: format!("This link does not work any more. {sentence}"),
            next: "Make a new one.",
        }),
        WatchLinkView { link, .. } => door::watch_url(context, &link).await,
    }
}

/// Revokes one link; all others work on. One that was revoked before stays as it is.
pub async fn revoke(context: &Context, id: LinkId) -> Result<WatchLinkView, Error> {
    guard::allow(context, Permission::RevokeLinks)?;
    let (link, recording) = find(context, Permission::RevokeLinks, id)?;
    let was_revoked = link.revoked_at.is_some();
    let waits = if was_revoked { None } else { machinery::revoke(context, &recording, &[link]).await? };
    let (link, _) = find(context, Permission::RevokeLinks, id)?;
    let is_known = !context.store().watch_links_to_push(recording.id)?.contains(&id);
    let view = view(context, &recording, link, is_known)?;
    Ok(match waits {
        _ if was_revoked => view,
        None => WatchLinkView { sentence: ENDS_NOW.to_owned(), ..view },
        Some(why) => WatchLinkView {
            sentence: format!("It plays until the door was told: {} Hajime goes on trying.", why.message),
            ..view
        },
    })
}

/// When and where a link was played, the newest first.
pub fn plays(context: &Context, id: LinkId) -> Result<Vec<Play>, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let (link, _) = find(context, Permission::MakeLinks, id)?;
    Ok(context.store().plays_of_watch_link(link.id, PLAYS_LISTED)?)
}

fn find(context: &Context, permission: Permission, id: LinkId) -> Result<(WatchLink, Recording), Error> {
    let missing = || Error::NotFound { what: "watch link", id: id.to_string() };
    let link = context.store().watch_link(id)?.ok_or_else(missing)?;
    guard::allow_recording(context, permission, link.recording)?;
    let recording = context.store().recording(link.recording)?.ok_or_else(missing)?;
    Ok((link, recording))
}

fn view(context: &Context, recording: &Recording, link: WatchLink, is_known: bool) -> Result<WatchLinkView, Error> {
    let (zone, now) = (recording.timezone, context.cloudflare_now());
    let ends_at = link.ends(recording.deleted_at().or(deletion(context, recording)?));
    let state = link.state(ends_at, is_known, now);
    let until = end_in_words(ends_at, zone);
    let with_video = if ends_at < link.until { ", when the video is deleted" } else { "" };
    let sentence = match (state, link.revoked_at, link.rights.not_before) {
        (WatchState::Revoked, Some(at), _) if is_known => format!("Revoked on {}.", end_in_words(at, zone)),
        (WatchState::Revoked, ..) => "Revoked. It plays until the door was told; Hajime goes on trying.".to_owned(),
        (WatchState::Ended, ..) if recording.deleted_at().is_some() => "Ended: the video was deleted.".to_owned(),
        (WatchState::Ended, ..) => format!("Ended on {until}."),
        (WatchState::Waits, ..) => format!("Works once the door was told, until {until}{with_video}."),
        (WatchState::Early, _, Some(begins)) => {
            format!("Works from {} until {until}{with_video}.", end_in_words(begins, zone))
        }
        (WatchState::Works | WatchState::Early, ..) => format!("Works until {until}{with_video}."),
    };
    let watched = link.watched(zone, now);
    Ok(WatchLinkView { link, ends_at, state, sentence, watched })
}
