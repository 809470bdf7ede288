//! Making links to recordings, the file of a link, and revoking the links of a recording.

pub(super) mod keys;
pub(super) mod ledger;

use hajime_core::actions::sharing::links::{self, LinkFile, MadeLink};
use hajime_core::actions::sharing::revoke::{self, Revocation};
use hajime_core::domain::sharing::link::{ShareLink, Validity};
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::user_error::UserErrorShape;
use super::{copy, id, instant};
use crate::accounts::Accounts;

hajime_macros::commands![link_make, link_reissue, link_file, links_list, links_revocation, links_revoke];

/// Makes a link to a recording, checks that it plays, and copies its address.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn link_make(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    recording_id: String,
    hours: u32,
    download: bool,
) -> Result<MadeLinkDto, UserError> {
    let here = accounts.current().await?;
    let made = links::make(&here.context, id(&recording_id)?, Validity::hours(hours.into())?, download).await?;
    let copied = copy(&app, made.url.expose());
    Ok(MadeLinkDto::new(made, copied))
}

/// Makes a new link like an earlier one (the same recording, rights and hours), checks that it plays, and copies its
/// address.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn link_reissue(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    link_id: String,
) -> Result<MadeLinkDto, UserError> {
    let here = accounts.current().await?;
    let made = links::reissue(&here.context, id(&link_id)?).await?;
    let copied = copy(&app, made.url.expose());
    Ok(MadeLinkDto::new(made, copied))
}

/// Returns what revoking the links of a recording would do. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn links_revocation(
    accounts: State<'_, Accounts>,
    recording_id: String,
) -> Result<RevocationDto, UserError> {
    let here = accounts.current().await?;
    Ok(RevocationDto::new(revoke::preview(&here.context, id(&recording_id)?)?, None))
}

/// Revokes the links of a recording. Refused if links of other recordings would stop too, unless `with_others` is set.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn links_revoke(
    accounts: State<'_, Accounts>,
    recording_id: String,
    with_others: bool,
) -> Result<RevocationDto, UserError> {
    let here = accounts.current().await?;
    let done = revoke::revoke(&here.context, id(&recording_id)?, with_others).await?;
    Ok(RevocationDto::new(done.revocation, done.confirmed))
}

/// Returns the present state of the file of a link that allows downloading. Copies the file's address if it is ready
/// and `copy` is set.
#[hajime_macros::command]
pub(crate) async fn link_file(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    link_id: String,
    copy: bool,
) -> Result<LinkFileDto, UserError> {
    let here = accounts.current().await?;
    let file = links::file(&here.context, id(&link_id)?).await?;
    let copied = matches!(&file, LinkFile::Ready(url) if copy && super::copy(&app, url.expose()));
    Ok(LinkFileDto::new(&file, copied))
}

/// Returns every link that was made, newest first.
#[hajime_macros::command]
pub(crate) async fn links_list(accounts: State<'_, Accounts>) -> Result<Vec<LinkDto>, UserError> {
    let here = accounts.current().await?;
    Ok(links::list(&here.context)?.into_iter().map(LinkDto::from).collect())
}

/// What revoking the links of a recording does.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RevocationDto {
    /// How many keys are deleted.
    keys: usize,
    /// The links of the recording that stop.
    links: Vec<LinkDto>,
    /// The links of other recordings that stop too, because they share a key.
    others: Vec<LinkDto>,
    /// The links of the recording that cannot be stopped, because Cloudflare signed them.
    beyond: Vec<LinkDto>,
    /// Whether Cloudflare refused a link of each key afterwards; `null` if that was not tested.
    confirmed: Option<bool>,
}

impl RevocationDto {
    fn new(revocation: Revocation, confirmed: Option<bool>) -> Self {
        let links = |links: Vec<ShareLink>| links.into_iter().map(LinkDto::from).collect();
        Self {
            keys: revocation.keys.len(),
            links: links(revocation.links),
            others: links(revocation.others),
            beyond: links(revocation.beyond),
            confirmed,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LinkDto {
    id: String,
    recording_id: String,
    recording_title: String,
    video_id: String,
    kid: Option<String>,
    created_at: String,
    expires_at: String,
    download: bool,
}

impl From<ShareLink> for LinkDto {
    fn from(link: ShareLink) -> Self {
        Self {
            id: link.id.to_string(),
            recording_id: link.recording.to_string(),
            recording_title: link.recording_title,
            video_id: link.video.to_string(),
            kid: link.kid.map(String::from),
            created_at: instant(link.created_at),
            expires_at: instant(link.expires_at),
            download: link.download,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct MadeLinkDto {
    link: LinkDto,
    url: String,
    copied: bool,
    /// Whether Hajime checked that Cloudflare’s player plays the link for everybody who has it.
    verified: bool,
    /// Why that could not be confirmed, and what to do; `null` if it was.
    #[ts(as = "Option<UserErrorShape>")]
    doubt: Option<UserError>,
    /// The file of the link; `null` if downloading was not requested.
    file: Option<LinkFileDto>,
}

impl MadeLinkDto {
    pub(crate) fn new(made: MadeLink, copied: bool) -> Self {
        Self {
            url: made.url.expose().to_owned(),
            verified: made.verified(),
            doubt: made.doubt,
            copied,
            file: made.file.map(|file| LinkFileDto::new(&file, false)),
            link: made.link.into(),
        }
    }
}

/// The file of a link that allows downloading. The page calls `link_file` again while the file is being prepared.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum LinkFileDto {
    Preparing {
        percent: Option<u8>,
    },
    Ready {
        url: String,
        copied: bool,
    },
    Unavailable {
        #[ts(as = "UserErrorShape")]
        reason: UserError,
    },
}

impl LinkFileDto {
    pub(crate) fn new(file: &LinkFile, copied: bool) -> Self {
        match file {
            LinkFile::Preparing { percent } => Self::Preparing { percent: *percent },
            LinkFile::Ready(url) => Self::Ready { url: url.expose().to_owned(), copied },
            LinkFile::Unavailable(trouble) => Self::Unavailable { reason: trouble.clone() },
        }
    }
}
