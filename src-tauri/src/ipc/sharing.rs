//! Making links to recordings, the file of a link, and revoking the links of a recording.

pub(super) mod keys;
pub(super) mod ledger;
pub(super) mod watch_links;

use hajime_core::actions::sharing::formats::{self, Written};
use hajime_core::actions::sharing::links::{self, LinkFile, MadeLink};
use hajime_core::actions::sharing::revoke::{self, Revocation};
use hajime_core::context::Context;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::schedule::invitation_text::FilledText;
use hajime_core::domain::sharing::country::COUNTRIES;
use hajime_core::domain::sharing::link::{LinkOptions, ShareLink, Validity};
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::error::{Error, UserError};
use hajime_core::secret_url::SecretUrl;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::delivery::mail::open_draft;
use super::user_error::UserErrorShape;
use super::{copy, copy_letter, id, instant, moment_of};
use crate::accounts::Accounts;

hajime_macros::commands![
    link_make,
    link_make_as,
    link_copy,
    link_draft,
    link_countries,
    link_reissue,
    link_file,
    links_list,
    links_revocation,
    links_revoke
];

/// The longest text that may be copied as a link, in bytes. A link with its token has about 1,000.
const LONGEST_COPY: usize = 64 * 1024;

/// Makes a link to a recording for everybody who has it, checks that it plays, and copies its address. A link that could
/// not be checked is not copied.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn link_make(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    recording_id: String,
    hours: u32,
    download: bool,
) -> Result<MadeLinkDto, UserError> {
    let here = accounts.current().await?;
    let options = LinkOptions::plain(Validity::hours(hours.into())?, Rights::to_watch(download));
    make(&app, &here.context, &recording_id, &options, LinkFormat::Link).await
}

/// Like `link_make`, for certain people, from a certain time on, from a moment of the video on, with captions; copied in
/// the way that was asked for.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn link_make_as(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    recording_id: String,
    form: LinkForm,
    format: LinkFormat,
) -> Result<MadeLinkDto, UserError> {
    let here = accounts.current().await?;
    make(&app, &here.context, &recording_id, &form.options()?, format).await
}

async fn make(
    app: &AppHandle,
    context: &Context,
    recording: &str,
    options: &LinkOptions,
    format: LinkFormat,
) -> Result<MadeLinkDto, UserError> {
    let made = links::make_with(context, id(recording)?, options).await?;
    Ok(copied(app, made, format))
}

/// Copies a new link, unless it could not be tested.
fn copied(app: &AppHandle, made: MadeLink, format: LinkFormat) -> MadeLinkDto {
    let written = formats::written(&made);
    let copied = made.verified() && put(app, &made.url, &written, format);
    MadeLinkDto::new(made, written, copied)
}

fn put(app: &AppHandle, url: &SecretUrl, written: &Written, format: LinkFormat) -> bool {
    match format {
        LinkFormat::Link => copy(app, url.expose()),
        LinkFormat::Rich => copy_letter(app, &written.rich),
        LinkFormat::Markdown => copy(app, &written.markdown),
        LinkFormat::Embed => copy(app, &written.embed),
        LinkFormat::Qr => false,
    }
}

/// Copies a link that was made before, as it is written on the page. Returns whether that worked.
#[hajime_macros::command]
pub(crate) async fn link_copy(app: AppHandle, text: String, html: Option<String>) -> Result<bool, UserError> {
    let length = text.len().saturating_add(html.as_ref().map_or(0, String::len));
    if length > LONGEST_COPY {
        let message = format!("{length} bytes are too long for a link.");
        return Err(Error::from(Invalid::one("text", message, "Make the link again.")).into());
    }
    Ok(match html {
        Some(html) => copy_letter(&app, &FilledText { plain: text, html }),
        None => copy(&app, &text),
    })
}

/// Opens a draft about a link in the person’s mail program. The link is not part of it, because other users of the computer
/// can read what a program is started with; the page copies it before.
#[hajime_macros::command]
pub(crate) async fn link_draft(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    link_id: String,
) -> Result<(), UserError> {
    let here = accounts.current().await?;
    open_draft(&app, &formats::draft(&here.context, id(&link_id)?)?)
}

/// Returns the codes of the countries that a link may name (ISO 3166-1), in alphabetical order.
#[hajime_macros::command]
pub(crate) async fn link_countries() -> Result<Vec<String>, UserError> {
    Ok(COUNTRIES.split_whitespace().map(str::to_owned).collect())
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
    Ok(copied(&app, made, LinkFormat::Link))
}

/// Returns what revoking the links of a recording would do. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn links_revocation(
    accounts: State<'_, Accounts>,
    recording_id: String,
) -> Result<RevocationDto, UserError> {
    let here = accounts.current().await?;
    Ok(RevocationDto::new(revoke::preview(&here.context, id(&recording_id)?)?, None, None))
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
    Ok(RevocationDto::new(done.revocation, done.confirmed, done.door_waits))
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
    /// How many watch links of the recording stop. No key is deleted for them.
    watch_links: usize,
    /// Whether Cloudflare refused a link of each key afterwards; `null` if that was not tested.
    confirmed: Option<bool>,
    /// Why the door does not know yet that the watch links are revoked; `null` where it does.
    #[ts(as = "Option<UserErrorShape>")]
    door_waits: Option<UserError>,
}

impl RevocationDto {
    fn new(revocation: Revocation, confirmed: Option<bool>, door_waits: Option<UserError>) -> Self {
        let links = |links: Vec<ShareLink>| links.into_iter().map(LinkDto::from).collect();
        Self {
            keys: revocation.keys.len(),
            links: links(revocation.links),
            others: links(revocation.others),
            beyond: links(revocation.beyond),
            watch_links: revocation.watch.len(),
            confirmed,
            door_waits,
        }
    }
}

/// What is asked of a new link.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct LinkForm {
    hours: u32,
    download: bool,
    /// From when it works, as an instant; `null` for at once.
    not_before: Option<String>,
    viewers: ViewersForm,
    /// The group whose key signs it; `null` for the key of the desk.
    group_id: Option<String>,
    /// The moment of the video at which it begins, in seconds; `null` for the beginning.
    start_at: Option<u32>,
    /// The language of the captions that are shown from the start; `null` for none.
    captions: Option<String>,
}

/// Who may watch by a new link.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(tag = "who", rename_all = "snake_case")]
pub(crate) enum ViewersForm {
    Everybody,
    OnlyCountries {
        codes: Vec<String>,
    },
    NotCountries {
        codes: Vec<String>,
    },
    OnlyAddresses {
        addresses: Vec<String>,
        /// Whether addresses of one kind only, IPv4 or IPv6, are meant.
        one_kind_is_meant: bool,
    },
}

impl ViewersForm {
    fn narrow(self, rights: Rights) -> Result<Rights, UserError> {
        Ok(match self {
            Self::Everybody => rights,
            Self::OnlyCountries { codes } => rights.only_from(&codes, &[])?,
            Self::NotCountries { codes } => rights.not_from(&codes)?,
            Self::OnlyAddresses { addresses, one_kind_is_meant } => {
                let rights = rights.only_from(&[], &addresses)?;
                rights.check_kinds_of_address(one_kind_is_meant)?;
                rights
            }
        })
    }
}

/// How a link is copied. The QR code is only shown.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LinkFormat {
    Link,
    Rich,
    Markdown,
    Embed,
    Qr,
}

impl LinkForm {
    fn options(self) -> Result<LinkOptions, UserError> {
        let not_before = self.not_before.as_deref().map(|text| moment_of("not_before", text)).transpose()?;
        let rights = self.viewers.narrow(Rights { not_before, ..Rights::to_watch(self.download) })?;
        Ok(LinkOptions {
            validity: Validity::hours(self.hours.into())?,
            rights,
            group: self.group_id.as_deref().map(id).transpose()?,
            start_at: self.start_at,
            captions: self.captions,
        })
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
    /// Whether Cloudflare refuses the link on this computer now, as its own rules may say.
    refused_here: bool,
    written: WrittenDto,
    /// The file of the link; `null` if downloading was not requested.
    file: Option<LinkFileDto>,
}

impl MadeLinkDto {
    fn new(made: MadeLink, written: Written, copied: bool) -> Self {
        Self {
            refused_here: made.refused_here,
            written: WrittenDto::from(written),
            url: made.url.expose().to_owned(),
            verified: made.verified(),
            doubt: made.doubt,
            copied,
            file: made.file.map(|file| LinkFileDto::new(&file, false)),
            link: made.link.into(),
        }
    }
}

/// A link in every way in which it can be written.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WrittenDto {
    /// For programs that show formatted text: `html`, and `plain` for all others.
    plain: String,
    html: String,
    markdown: String,
    embed: String,
    /// The QR code as SVG; `null` where the address is too long for one.
    qr: Option<String>,
    /// A letter with the link.
    letter: LinkLetterDto,
}

impl From<Written> for WrittenDto {
    fn from(written: Written) -> Self {
        Self {
            plain: written.rich.plain,
            html: written.rich.html,
            markdown: written.markdown,
            embed: written.embed,
            qr: written.qr.ok(),
            letter: LinkLetterDto { subject: written.letter.subject, text: written.letter.text },
        }
    }
}

/// What a person writes in a letter about a link.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LinkLetterDto {
    subject: String,
    text: String,
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
