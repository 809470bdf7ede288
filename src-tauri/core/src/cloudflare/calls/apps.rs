//! RealtimeKit apps: `/realtime/kit/apps`.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::super::error::{Error, Surface};
use super::super::transport::{Call, Client};
use crate::domain::ids::AppId;

/// A RealtimeKit app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Created {
    app: App,
}

impl Client {
    /// All apps of the account.
    pub async fn apps(&self) -> Result<Vec<App>, Error> {
        self.all(&self.account_path("/realtime/kit/apps"), &[]).await
    }

    /// Makes an app.
    pub async fn create_app(&self, name: &str) -> Result<App, Error> {
        let path = self.account_path("/realtime/kit/apps");
        let created: Created = self.call(Call::post(Surface::Realtime, &path, &json!({ "name": name }))).await?;
        Ok(created.app)
    }

    /// `/accounts/{account}/realtime/kit/{app}` and what follows.
    pub(in super::super) fn kit(&self, app: &AppId, rest: &str) -> String {
        self.account_path(&format!("/realtime/kit/{app}{rest}"))
    }
}
