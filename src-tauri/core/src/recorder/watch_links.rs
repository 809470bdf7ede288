//! Makes and revokes watch links: the row and its entry in the ledger first, then the door is told.

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::context::Context;
use crate::domain::ids::LinkId;
use crate::domain::recorder::recording::Recording;
use crate::domain::sharing::ledger::{self as rows, Act, Entry};
use crate::domain::sharing::rights::Rights;
use crate::domain::sharing::watch_link::{PassphraseLock, Term, WatchLink};
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::recorder::door::codes::{self, Kind};
use crate::recorder::door::{self, DoorAddress, Pushed};
use crate::recorder::{ledger, playback};
use crate::secret_url::SecretUrl;

/// What is noted of the link that letters carry.
const LETTERS_NOTE: &str = "Letters to participants";

/// What a new link is.
pub(crate) struct NewLink {
    pub(crate) until: DateTime<Utc>,
    pub(crate) rights: Rights,
    /// The second at which the video begins.
    pub(crate) start: u32,
    pub(crate) passphrase: Option<PassphraseLock>,
    pub(crate) note: String,
    /// Whether the letters to the participants carry it.
    pub(crate) for_letters: bool,
}

/// A link with its address.
pub(crate) struct Made {
    pub(crate) link: WatchLink,
    pub(crate) url: SecretUrl,
    /// Why the door does not know it yet; `None` where it does.
    pub(crate) waits: Option<UserError>,
}

/// The door by which links of this desk play, or why there are none.
pub(crate) fn need_door(context: &Context) -> Result<DoorAddress, Error> {
    if !context.role().may_change() {
        return Err(Error::Conflict {
            message: "This desk only reads, so it cannot tell the door of a watch link.".to_owned(),
            next: "Make a direct link, which works for 24 hours, or ask an instructor or admin for a watch link.",
        });
    }
    door::is_open(context)?.ok_or_else(|| Error::Conflict {
        message: "The join page has no open door, so no watch link can be made.".to_owned(),
        next: "Publish the join page (Settings, Join page), or make a direct link, which works for 24 hours.",
    })
}

/// When the video of a recording is deleted, by what was decided last; `None` for never.
pub(crate) fn deletion(context: &Context, recording: &Recording) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(context.store().deletion_of_video(recording)?)
}

/// Makes a link to a recording that can be watched, and tells the door.
pub(crate) async fn make(context: &Context, recording: &Recording, new: NewLink) -> Result<Made, Error> {
    let video = playback::watchable(context, recording)?.id.clone();
    let id = LinkId::new();
    let code = codes::code(context, Kind::Watch, &id.to_string()).await?;
    let link = WatchLink {
        id,
        hash: codes::kept(&code),
        recording: recording.id,
        made_at: context.now().trunc_subsecs(3),
        until: new.until,
        rights: new.rights,
        start: new.start,
        passphrase: new.passphrase,
        note: rows::note(&new.note),
        revoked_at: None,
        plays: 0,
        played_at: None,
    };
    let url = door::watch_url(context, &link).await?;
    let entry = Entry { video: Some(video), ..entry_of(context, Act::LinkMade, &link, recording) };
    ledger::write(context, |signer| context.store().add_watch_link(signer, &link, new.for_letters, &[entry])).await?;
    let waits = tell(context).await;
    Ok(Made { link, url, waits })
}

/// Revokes links of a recording, and tells the door. Returns why the door does not know yet; `None` where it does.
pub(crate) async fn revoke(
    context: &Context,
    recording: &Recording,
    links: &[WatchLink],
) -> Result<Option<UserError>, Error> {
    let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
    let entries: Vec<Entry> = links.iter().map(|link| entry_of(context, Act::LinkRevoked, link, recording)).collect();
    let now = context.now();
    ledger::write(context, |signer| context.store().revoke_watch_links(signer, &ids, now, &entries)).await?;
    Ok(tell(context).await)
}

/// The link that letters about a recording carry: the one that they carried before, as long as it works for as long as a
/// direct link would, or a new one for the usual time.
pub(crate) async fn for_letters(context: &Context, recording: &Recording) -> Result<Made, Error> {
    let (zone, now) = (recording.timezone, context.cloudflare_now());
    let term = Term::new(None, zone, deletion(context, recording)?, now)?;
    let needed = playback::end_of_direct_link(now).min(term.until);
    if let Some(link) = context.store().watch_link_for_letters(recording.id)?.filter(|link| link.until >= needed) {
        let is_known = !context.store().watch_links_to_push(recording.id)?.contains(&link.id);
        let waits = if is_known { None } else { tell(context).await };
        return Ok(Made { url: door::watch_url(context, &link).await?, link, waits });
    }
    let new = NewLink {
        until: term.until,
        rights: Rights::to_watch(false),
        start: 0,
        passphrase: None,
        note: LETTERS_NOTE.to_owned(),
        for_letters: true,
    };
    make(context, recording, new).await
}

/// Tells the door. The links are kept by then, so whatever keeps the door from knowing is told, and is no error.
async fn tell(context: &Context) -> Option<UserError> {
    context.changed(&[Topic::Links, Topic::Recordings]);
    context.wake_jobs();
    match door::push(context).await {
        Ok(Pushed::Done) => None,
        Ok(Pushed::Waits(trouble)) => Some(trouble),
        Err(error) => Some(UserError::from(&error)),
    }
}

fn entry_of(context: &Context, act: Act, link: &WatchLink, recording: &Recording) -> Entry {
    Entry {
        recording: Some(recording.id),
        session: Some(recording.session),
        link: Some(link.id),
        rights: Some(link.rights.clone()),
        expires_at: Some(link.until),
        note: link.note.clone(),
        ..ledger::entry(context, act)
    }
}
