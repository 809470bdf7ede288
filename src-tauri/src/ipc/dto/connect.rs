//! Connecting an account.

use std::fmt;

use hajime_core::actions::profile::connect::{Check, Outcome, Report};
use hajime_core::config::{self, CLOUDFLARE_BASE_URL, Profile};
use hajime_core::domain::ids::AccountId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::ports::SecretError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use super::desk::KeyringDto;
use crate::ipc::error::IpcError;

/// What somebody typed. It goes one way: nothing ever sends the token back to the page.
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
    /// What was typed, with the address that belongs to the account.
    pub(crate) fn connection(
        self,
        address: impl FnOnce(&AccountId) -> Result<Url, IpcError>,
    ) -> Result<Profile, IpcError> {
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
    Skipped,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CheckDto {
    #[ts(type = "\"token\" | \"realtime\" | \"stream\" | \"app\" | \"presets\" | \"clock\"")]
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
            Outcome::Skipped => {
                (CheckState::Skipped, "Not checked, because something before it failed.".to_owned(), None)
            }
        };
        Self { id: check.subject.name().to_owned(), state, label: check.subject.label().to_owned(), message, next }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AppDto {
    id: String,
    name: String,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ConnectReportDto {
    checks: Vec<CheckDto>,
    can_save: bool,
    apps: Vec<AppDto>,
    keyring: KeyringDto,
    /// Where the token was sent, if not to Cloudflare itself.
    address: Option<String>,
}

impl ConnectReportDto {
    pub(crate) fn new(report: Report, keyring: Option<&SecretError>, address: &Url) -> Self {
        Self {
            can_save: report.usable(),
            apps: report.apps.iter().map(|app| AppDto { id: app.id.to_string(), name: app.name.clone() }).collect(),
            checks: report.checks.into_iter().map(CheckDto::from).collect(),
            keyring: keyring.into(),
            address: (address.as_str() != CLOUDFLARE_BASE_URL).then(|| address.to_string()),
        }
    }
}
