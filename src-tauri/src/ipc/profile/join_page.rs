//! The join page that Hajime publishes to the account's own Workers.

use hajime_core::actions::profile::door::DoorOutcome;
use hajime_core::actions::profile::join_page::{self, PageState, Published, Request, Status};
use hajime_core::actions::profile::settings;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::profile::door::DoorCode;
use hajime_core::domain::profile::hostname::Hostname;
use hajime_core::domain::profile::join_page::{JoinPage, SiteName};
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, State};
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::events::{self, Event};
use crate::ipc::{copy, maybe_instant};

hajime_macros::commands![join_page_status, join_page_publish, join_page_remove, join_page_copy];

/// What is published, as everybody sees it.
#[hajime_macros::command]
pub(crate) async fn join_page_status(accounts: State<'_, Accounts>) -> Result<JoinPageDto, UserError> {
    let here = accounts.current().await?;
    Ok(join_page::status(&here.context, &page().await?).await?.into())
}

/// Publishes the page, checks it from outside, and has invitations open it. The event `publishing` says how far it is.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn join_page_publish(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    name: Option<String>,
    hostname: Option<String>,
    replace: bool,
) -> Result<PublishedDto, UserError> {
    let here = accounts.current().await?;
    let name = name.as_deref().map(site_name).transpose()?;
    let hostname = hostname.map(|typed| typed.parse::<Hostname>().map_err(Invalid::from)).transpose()?;
    let request = Request { name, hostname, replace };
    Ok(join_page::publish(&here.context, &page().await?, &request, &progress(&app)).await?.into())
}

/// Tells the window how far a publication is.
pub(super) fn progress(app: &AppHandle) -> impl Fn(join_page::Step) + Sync {
    let app = app.clone();
    move |step| events::emit(&app, Event::Publishing(step.words()))
}

/// Deletes the published page. Invitations that were sent no longer open.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn join_page_remove(accounts: State<'_, Accounts>) -> Result<bool, UserError> {
    let here = accounts.current().await?;
    Ok(join_page::remove(&here.context, &page().await?).await?.deleted)
}

/// Copies the address that invitations open. Answers whether it is on the clipboard.
#[hajime_macros::command]
pub(crate) async fn join_page_copy(app: AppHandle, accounts: State<'_, Accounts>) -> Result<bool, UserError> {
    let here = accounts.current().await?;
    Ok(settings::get(&here.context)?.join_page.is_some_and(|address| copy(&app, address.as_str())))
}

/// The page of this build with its door. It has two megabytes, which are read and hashed.
pub(super) async fn page() -> Result<JoinPage, UserError> {
    let door = hajime_join_page::door().map(|(module, schema)| DoorCode::new(module, schema));
    blocking(|| Ok(JoinPage::with_door(hajime_join_page::files(), door)?)).await
}

fn site_name(typed: &str) -> Result<SiteName, Invalid> {
    typed.parse().map_err(|problem| {
        Invalid::one("name", format!("{problem}."), "Use at most 63 small letters, digits and dashes.")
    })
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JoinPageState {
    NotPublished,
    Deleted,
    Current,
    Older,
    Later,
    Replaced,
    SwitchedOff,
    Silent,
}

impl From<&PageState> for JoinPageState {
    fn from(state: &PageState) -> Self {
        match state {
            PageState::NotPublished => Self::NotPublished,
            PageState::Deleted => Self::Deleted,
            PageState::Current => Self::Current,
            PageState::Older(_) => Self::Older,
            PageState::Later(_) => Self::Later,
            PageState::Replaced => Self::Replaced,
            PageState::SwitchedOff => Self::SwitchedOff,
            PageState::Silent(_) => Self::Silent,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct JoinPageDto {
    state: JoinPageState,
    /// The state in words.
    sentence: String,
    address: Option<String>,
    /// Whether invitations open the published page.
    in_use: bool,
    /// The name to register below `workers.dev`; null once the account has one.
    suggested_name: Option<String>,
    /// Whether publishing replaces something that a person should look at first.
    asks_before_replacing: bool,
    /// The version of Hajime that published the page, where the page tells it.
    published_version: Option<String>,
    published_at: Option<String>,
}

impl From<Status> for JoinPageDto {
    fn from(status: Status) -> Self {
        Self {
            state: JoinPageState::from(&status.state),
            sentence: status.sentence(),
            asks_before_replacing: status.asks_before_replacing(),
            published_version: status.state.published(&status.this_version).map(|version| version.hajime.clone()),
            published_at: maybe_instant(status.published_at),
            in_use: status.in_use,
            suggested_name: status.suggested_name.map(|name| name.to_string()),
            address: status.address.map(String::from),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PublishedDto {
    address: String,
    files: usize,
    /// How many files were uploaded; Cloudflare had the others.
    uploaded: usize,
    #[ts(type = "\"published\" | \"without\"")]
    door: &'static str,
    /// What became of the door, in words: why there is none, and what to do.
    door_sentence: String,
}

impl From<Published> for PublishedDto {
    fn from(published: Published) -> Self {
        Self {
            address: published.address.into(),
            files: published.files,
            uploaded: published.uploaded,
            door: match published.door {
                DoorOutcome::Open => "published",
                DoorOutcome::Without(_) => "without",
            },
            door_sentence: published.door.sentence(),
        }
    }
}
