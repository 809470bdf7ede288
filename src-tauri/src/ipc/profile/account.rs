//! Connecting, opening and forgetting accounts, and the state of the open one.

use std::fmt;
use std::sync::Arc;

use hajime_core::actions::profile::app;
use hajime_core::actions::profile::connect::{self, Check, Outcome, Report};
use hajime_core::actions::profile::status::{self, Status};
use hajime_core::config::{self, CLOUDFLARE_BASE_URL, Profile};
use hajime_core::domain::ids::AccountId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::profile::realtimekit_app::AppName;
use hajime_core::domain::profile::role::Permission;
use hajime_core::error::UserError;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, SecretError, SystemClock};
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;
use url::Url;

use crate::accounts::{self, Accounts, ActiveProfile, Source};
use crate::ipc::maybe_instant;
use crate::ipc::profile::app::AppDto;
use crate::ipc::profile::role::RoleName;
use crate::ipc::user_error::UserErrorShape;
use crate::platform::locale;

hajime_macros::commands![
    desk_status,
    connect_verify,
    connect_save,
    connect_make_app,
    connect_forget,
    account_open,
    desk_retry,
    account_saved,
    sandbox_open,
];

/// Returns the state of the open account.
#[hajime_macros::command]
pub(crate) async fn desk_status(accounts: State<'_, Accounts>) -> Result<DeskDto, UserError> {
    shown(&*accounts.current().await?)
}

/// Checks credentials before they are saved. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn connect_verify(
    accounts: State<'_, Accounts>,
    form: ConnectForm,
) -> Result<ConnectReportDto, UserError> {
    let connection = form.connection(|account| accounts.address_for(account))?;
    let client = opening::client(&connection, Arc::new(SystemClock))?;
    let app = connection.app.clone().or_else(|| accounts.chosen_app(&connection.account));
    let check = connect::check(&client, app.as_ref(), SystemClock.now());
    let (report, keyring) = tokio::join!(check, accounts::probe());
    Ok(ConnectReportDto::new(report, keyring.err().as_ref(), &connection.base_url))
}

#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn connect_save(accounts: State<'_, Accounts>, form: ConnectForm) -> Result<DeskDto, UserError> {
    let connection = form.connection(|account| accounts.address_for(account))?;
    shown(&*accounts.connect(connection).await?)
}

/// Makes a RealtimeKit app in the account of the form, before the account is connected. It cannot be deleted with
/// Cloudflare's API.
#[hajime_macros::command]
pub(crate) async fn connect_make_app(
    accounts: State<'_, Accounts>,
    form: ConnectForm,
    name: String,
) -> Result<AppDto, UserError> {
    accounts.may_change()?;
    let connection = form.connection(|account| accounts.address_for(account))?;
    let client = opening::client(&connection, Arc::new(SystemClock))?;
    Ok(app::create_at(&client, &AppName::new(&name)?).await?.into())
}

#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn connect_forget(accounts: State<'_, Accounts>) -> Result<DeskDto, UserError> {
    shown(&*accounts.forget().await?)
}

/// Tries again to open the account that could not be opened at the start.
#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn desk_retry(accounts: State<'_, Accounts>) -> Result<DeskDto, UserError> {
    shown(&*accounts.retry().await?)
}

/// Opens the account from the environment, `.env` or Settings, and closes the sandbox if it is open.
#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn account_open(accounts: State<'_, Accounts>) -> Result<DeskDto, UserError> {
    shown(&*accounts.open_account().await?)
}

/// Opens the sandbox until Hajime is closed. A connected account stays connected.
#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn sandbox_open(accounts: State<'_, Accounts>) -> Result<DeskDto, UserError> {
    shown(&*accounts.open_sandbox().await?)
}

/// Returns the id of the connected account, even if its token cannot be read; `null` if there is none.
#[hajime_macros::command]
pub(crate) async fn account_saved(accounts: State<'_, Accounts>) -> Result<Option<String>, UserError> {
    Ok(accounts.saved()?.map(|saved| saved.account.to_string()))
}

fn shown(here: &ActiveProfile) -> Result<DeskDto, UserError> {
    Ok(DeskDto::new(here, status::status(&here.context)?))
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Sandbox,
    Cloud,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signing {
    LocalKey,
    TokenEndpoint,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialsFrom {
    Keyring,
    Environment,
    File,
    Memory,
    Sandbox,
}

impl From<Source> for CredentialsFrom {
    fn from(source: Source) -> Self {
        match source {
            Source::Sandbox => Self::Sandbox,
            Source::Environment => Self::Environment,
            Source::File => Self::File,
            Source::Keyring => Self::Keyring,
            Source::Memory => Self::Memory,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct KeyringDto {
    available: bool,
    message: Option<String>,
}

impl From<Option<&SecretError>> for KeyringDto {
    fn from(trouble: Option<&SecretError>) -> Self {
        let message = trouble.map(|error| {
            tracing::info!(%error, "secrets cannot be kept");
            let why = error.user_message();
            format!(
                "{why} While that is so, a token is kept for this run only, and Cloudflare signs the links. {}",
                error.next_step()
            )
        });
        Self { available: message.is_none(), message }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DeskDto {
    mode: Mode,
    role: RoleName,
    /// The names of the permissions of the role.
    may: Vec<&'static str>,
    account_id: String,
    /// The name of the RealtimeKit app, or its id until Cloudflare has told the name; `null` while there is none.
    app_name: Option<String>,
    keyring: KeyringDto,
    signing: Signing,
    last_sync: Option<String>,
    next_check: Option<String>,
    #[ts(as = "Option<UserErrorShape>")]
    sync_error: Option<UserError>,
    /// The error that keeps Hajime from working on the data on this computer; `null` if there is none.
    #[ts(as = "Option<UserErrorShape>")]
    local_error: Option<UserError>,
    /// Whether the disk has no locks, so that only one Hajime at a time may work on the data.
    without_locks: bool,
    /// The error of the background job that last stopped unexpectedly and was started again; `null` if none did.
    #[ts(as = "Option<UserErrorShape>")]
    stopped_job: Option<UserError>,
    invites_local_only: bool,
    recordings_total: u32,
    live_count: u32,
    /// How many alerts are open; 0 for a role that does not see them.
    alerts_open: u32,
    /// The share of the storage at Stream that is used, as Stream told last, from 0 on; `null` if that is not known.
    storage_share: Option<f64>,
    version: String,
    data_dir: String,
    credentials_from: CredentialsFrom,
    /// Notes on credentials that were found and not used.
    credentials_notes: Vec<String>,
    /// The connected account, if the sandbox is open instead of it; otherwise `null`.
    saved_account: Option<String>,
    /// The system's locale as a BCP 47 tag, for example `de-DE`; `null` where it names none.
    locale: Option<String>,
}

impl DeskDto {
    fn new(here: &ActiveProfile, status: Status) -> Self {
        Self {
            mode: if here.source == Source::Sandbox { Mode::Sandbox } else { Mode::Cloud },
            role: status.role.into(),
            may: status.role.permissions().map(Permission::name).collect(),
            account_id: status.account.to_string(),
            app_name: status.app_name.or(status.app.map(String::from)),
            keyring: status.keyring_trouble.as_ref().into(),
            signing: if status.signs_locally { Signing::LocalKey } else { Signing::TokenEndpoint },
            last_sync: maybe_instant(status.last_sync),
            next_check: maybe_instant(status.next_check),
            sync_error: status.sync_error,
            local_error: status.local_error,
            without_locks: status.without_locks,
            stopped_job: status.stopped_job,
            invites_local_only: status.invites_local_only,
            recordings_total: status.recordings,
            live_count: status.live_sessions,
            alerts_open: status.alerts_open,
            storage_share: status.storage_share,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: here.folder.display().to_string(),
            credentials_from: here.source.into(),
            credentials_notes: here.notes.clone(),
            saved_account: here.saved.as_ref().map(ToString::to_string),
            locale: locale::of_system(),
        }
    }
}

/// The credentials that a person typed. The token is never sent back to the page.
#[derive(Clone, Deserialize, TS)]
pub(crate) struct ConnectForm {
    account_id: String,
    api_token: String,
    app_id: Option<String>,
}

impl fmt::Debug for ConnectForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectForm(…)")
    }
}

impl ConnectForm {
    /// Validates the typed credentials. `address` returns the address of the API for the account.
    fn connection(self, address: impl FnOnce(&AccountId) -> Result<Url, UserError>) -> Result<Profile, UserError> {
        let account: AccountId = self.account_id.trim().parse().map_err(|_| {
            let message = "The account id is not 32 hexadecimal digits.";
            Invalid::one("account_id", message, "Copy it from the overview page of the Cloudflare dashboard.")
        })?;
        let token = config::token_value(self.api_token).ok_or_else(|| {
            let message = "The API token is empty or holds characters that no token has.";
            Invalid::one("api_token", message, "Copy it again; Cloudflare shows it once, when it is made.")
        })?;
        let app = self.app_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let app = app
            .map(|id| {
                id.parse().map_err(|_| {
                    Invalid::one(
                        "app_id",
                        "The app id holds characters that no app id has.",
                        "Copy it again, or leave it empty.",
                    )
                })
            })
            .transpose()?;
        Ok(Profile { base_url: address(&account)?, account, token, app })
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckState {
    Passed,
    Failed,
    /// It did not pass, but the account can be connected.
    Warning,
    Skipped,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CheckDto {
    #[ts(type = "\"token\" | \"realtime\" | \"stream\" | \"app\" | \"presets\" | \"workers\" | \"clock\"")]
    id: String,
    state: CheckState,
    label: String,
    message: String,
    next: Option<String>,
}

impl From<Check> for CheckDto {
    fn from(check: Check) -> Self {
        let (state, message, next) = match check.outcome {
            Outcome::Passed(message) => (CheckState::Passed, message, None),
            Outcome::Failed { message, next } => (CheckState::Failed, message, Some(next)),
            Outcome::Warned { message, next } => (CheckState::Warning, message, Some(next)),
            Outcome::Skipped => {
                (CheckState::Skipped, "Not checked, because something before it failed.".to_owned(), None)
            }
        };
        Self { id: check.subject.name().to_owned(), state, label: check.subject.label().to_owned(), message, next }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ConnectReportDto {
    checks: Vec<CheckDto>,
    can_save: bool,
    apps: Vec<AppDto>,
    /// The id of the app that would be used; `null` while one has to be chosen, or if there is none yet.
    app_id: Option<String>,
    keyring: KeyringDto,
    /// The address to which the token was sent; `null` for Cloudflare itself.
    address: Option<String>,
}

impl ConnectReportDto {
    fn new(report: Report, keyring: Option<&SecretError>, address: &Url) -> Self {
        let can_save = report.usable();
        Self {
            can_save,
            apps: report.apps.into_iter().map(AppDto::from).collect(),
            app_id: report.app.map(String::from),
            checks: report.checks.into_iter().map(CheckDto::from).collect(),
            keyring: keyring.into(),
            address: (address.as_str() != CLOUDFLARE_BASE_URL).then(|| address.to_string()),
        }
    }
}
