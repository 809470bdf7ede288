//! Watch links: making, listing, copying and revoking them, and their plays.

use chrono::NaiveDate;
use hajime_core::actions::sharing::formats;
use hajime_core::actions::sharing::watch_links::{self, MadeWatchLink, WatchLinkView, Ways};
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::domain::sharing::watch_link::{Play, WatchOptions, WatchState};
use hajime_core::error::{Error, UserError};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::{LinkFormat, ViewersForm, WrittenDto, put};
use crate::accounts::Accounts;
use crate::ipc::user_error::UserErrorShape;
use crate::ipc::{copy, id, instant, moment_of};

hajime_macros::commands![
    sharing_ways,
    watch_link_make,
    watch_links,
    watch_link_copy,
    watch_link_revoke,
    watch_link_plays
];

/// Returns whether watch links can be made, and what to know of them.
#[hajime_macros::command]
pub(crate) async fn sharing_ways(accounts: State<'_, Accounts>) -> Result<SharingWaysDto, UserError> {
    let here = accounts.current().await?;
    Ok(watch_links::ways(&here.context)?.into())
}

/// Makes a watch link to a recording, checks that the video plays, tells the door, and copies the address in the way that
/// was asked for. A link that could not be checked is not copied.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn watch_link_make(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    recording_id: String,
    form: WatchLinkForm,
    format: LinkFormat,
) -> Result<MadeWatchLinkDto, UserError> {
    let here = accounts.current().await?;
    let made = watch_links::make(&here.context, id(&recording_id)?, &form.options()?).await?;
    let written = formats::written_watch(&made);
    let copied = made.verified() && put(&app, &made.url, &written, format);
    Ok(MadeWatchLinkDto::new(made, written.into(), copied))
}

/// Returns the watch links of a recording, the newest first.
#[hajime_macros::command]
pub(crate) async fn watch_links(
    accounts: State<'_, Accounts>,
    recording_id: String,
) -> Result<Vec<WatchLinkDto>, UserError> {
    let here = accounts.current().await?;
    let all = watch_links::list(&here.context, id(&recording_id)?)?;
    Ok(all.into_iter().map(WatchLinkDto::from).collect())
}

/// Copies the address of a watch link, which is the same each time. Returns whether that worked.
#[hajime_macros::command]
pub(crate) async fn watch_link_copy(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    link_id: String,
) -> Result<bool, UserError> {
    let here = accounts.current().await?;
    let url = watch_links::address(&here.context, id(&link_id)?).await?;
    Ok(copy(&app, url.expose()))
}

/// Revokes one watch link. All others work on.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn watch_link_revoke(
    accounts: State<'_, Accounts>,
    link_id: String,
) -> Result<WatchLinkDto, UserError> {
    let here = accounts.current().await?;
    Ok(watch_links::revoke(&here.context, id(&link_id)?).await?.into())
}

/// Returns when and in which countries a watch link was played, the newest first.
#[hajime_macros::command]
pub(crate) async fn watch_link_plays(
    accounts: State<'_, Accounts>,
    link_id: String,
) -> Result<Vec<WatchPlayDto>, UserError> {
    let here = accounts.current().await?;
    Ok(watch_links::plays(&here.context, id(&link_id)?)?.into_iter().map(WatchPlayDto::from).collect())
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SharingWaysDto {
    /// Whether watch links can be made.
    door: bool,
    /// What a watch link is, or why there is none and what to do.
    sentence: String,
}

impl From<Ways> for SharingWaysDto {
    fn from(ways: Ways) -> Self {
        Self { door: ways.door, sentence: ways.sentence }
    }
}

/// What is asked of a new watch link.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct WatchLinkForm {
    /// The last day on which it works, `2027-03-03`, where the class was held; `null` for 30 days.
    until: Option<String>,
    /// From when it works, as an instant; `null` for at once.
    not_before: Option<String>,
    viewers: ViewersForm,
    /// What viewers type before they watch; `null` for nothing.
    #[ts(as = "Option<String>")]
    passphrase: Option<SecretString>,
    download: bool,
    /// The moment of the video at which it begins, in seconds; `null` for the beginning.
    start_at: Option<u32>,
    /// For whom or what it is made; may be empty.
    note: String,
}

impl WatchLinkForm {
    fn options(self) -> Result<WatchOptions, UserError> {
        let not_before = self.not_before.as_deref().map(|text| moment_of("not_before", text)).transpose()?;
        Ok(WatchOptions {
            until: self.until.as_deref().map(last_day).transpose()?,
            rights: self.viewers.narrow(Rights { not_before, ..Rights::to_watch(self.download) })?,
            passphrase: self.passphrase,
            start_at: self.start_at,
            note: self.note,
        })
    }
}

fn last_day(text: &str) -> Result<NaiveDate, UserError> {
    text.parse().map_err(|_| {
        let message = format!("“{}” is not a day.", text.chars().take(40).collect::<String>());
        Error::from(Invalid::one("until", message, "Choose the last day again.")).into()
    })
}

/// What a watch link does now.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WatchStateDto {
    Works,
    Early,
    Waits,
    Ended,
    Revoked,
}

impl From<WatchState> for WatchStateDto {
    fn from(state: WatchState) -> Self {
        match state {
            WatchState::Works => Self::Works,
            WatchState::Early => Self::Early,
            WatchState::Waits => Self::Waits,
            WatchState::Ended => Self::Ended,
            WatchState::Revoked => Self::Revoked,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WatchLinkDto {
    id: String,
    recording_id: String,
    state: WatchStateDto,
    /// The state in words.
    sentence: String,
    /// How often it was watched, and when last; `null` where nobody watched.
    watched: Option<String>,
    plays: u32,
    made_at: String,
    /// When it ends: when its video is deleted, where that is earlier.
    until: String,
    note: String,
    download: bool,
    /// Whether viewers type a passphrase.
    passphrase: bool,
}

impl From<WatchLinkView> for WatchLinkDto {
    fn from(view: WatchLinkView) -> Self {
        let link = view.link;
        Self {
            id: link.id.to_string(),
            recording_id: link.recording.to_string(),
            state: view.state.into(),
            sentence: view.sentence,
            watched: view.watched,
            plays: link.plays,
            made_at: instant(link.made_at),
            until: instant(view.ends_at),
            note: link.note,
            download: link.rights.download,
            passphrase: link.passphrase.is_some(),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct MadeWatchLinkDto {
    link: WatchLinkDto,
    url: String,
    copied: bool,
    /// Whether Hajime checked that the video plays for everybody.
    verified: bool,
    /// Why that could not be confirmed, and what to do; `null` if it was.
    #[ts(as = "Option<UserErrorShape>")]
    doubt: Option<UserError>,
    /// Until when it works, and what else there is to know.
    sentence: String,
    written: WrittenDto,
}

impl MadeWatchLinkDto {
    fn new(made: MadeWatchLink, written: WrittenDto, copied: bool) -> Self {
        Self {
            url: made.url.expose().to_owned(),
            copied,
            verified: made.verified(),
            doubt: made.doubt,
            sentence: made.sentence,
            written,
            link: made.view.into(),
        }
    }
}

/// One time that a recording was played.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WatchPlayDto {
    at: String,
    /// Two letters (ISO 3166-1); `null` where Cloudflare does not know.
    country: Option<String>,
}

impl From<Play> for WatchPlayDto {
    fn from(play: Play) -> Self {
        Self { at: instant(play.at), country: play.country }
    }
}
