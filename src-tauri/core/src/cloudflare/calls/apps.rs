//! RealtimeKit apps: `/realtime/kit/apps`.

use std::collections::HashSet;

use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, line};
use crate::domain::ids::AppId;
use crate::domain::library::attachment::shown_name;
use crate::domain::profile::realtimekit_app::{App, AppName};

impl Entry for App {
    const WHAT: &'static str = "RealtimeKit app";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            name: fields.text("name").as_deref().and_then(shown_name).unwrap_or_default(),
            created_at: fields.moment("created_at"),
        })
    }
}

/// The reply to the making of an app, which has the app in an inner object `app`.
struct Created(App);

impl Entry for Created {
    const WHAT: &'static str = App::WHAT;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        fields.within("app", App::read).unwrap_or_else(|| App::read(fields)).map(Self)
    }
}

fn told_apart(mut apps: Vec<App>) -> Vec<App> {
    let mut seen = HashSet::new();
    apps.retain(|app| seen.insert(app.id.clone()));
    if apps.iter().any(|app| !app.name.is_empty()) {
        apps.retain(|app| !app.name.is_empty());
    }
    apps
}

impl Client {
    /// All apps of the account, each once. Apps without a name are left out if any app has one, because every real app
    /// was given a name.
    pub async fn apps(&self) -> Result<Vec<App>, Error> {
        let listed: Vec<App> = self.all(Surface::Realtime, &self.account_path("/realtime/kit/apps"), &[]).await?;
        Ok(told_apart(listed))
    }

    /// Makes an app. It cannot be deleted through the API.
    pub async fn create_app(&self, name: &AppName) -> Result<App, Error> {
        let path = self.account_path("/realtime/kit/apps");
        let Created(app) =
            self.call(Call::post(Surface::Realtime, &path, &json!({ "name": line(name.as_str()) }))).await?;
        Ok(app)
    }

    /// The address of an app in the API, without what follows it.
    #[must_use]
    pub fn app_address(&self, app: &AppId) -> String {
        self.account_url(&format!("/realtime/kit/{app}"))
    }

    /// The path `/accounts/{account}/realtime/kit/{app}` followed by `rest`.
    pub(crate) fn kit(&self, app: &AppId, rest: &str) -> String {
        self.account_path(&format!("/realtime/kit/{app}{rest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_listed_once_and_apps_without_a_name_only_if_none_has_one() {
        let app = |id: &str, name: &str| App { id: id.parse().unwrap(), name: name.to_owned(), created_at: None };
        let first = "0f2d8c1a-6b3e-4d5f-8a7c-9e1b2c3d4f50";
        let other = "11111111-1111-4111-8111-111111111111";
        let hajime = || app(first, "Hajime");
        assert_eq!(told_apart(vec![hajime(), app(other, ""), hajime()]), [hajime()]);
        assert_eq!(told_apart(vec![hajime(), app(other, "Judo")]).len(), 2, "two apps with names are both kept");
        assert_eq!(told_apart(vec![app(other, "")]).len(), 1);
    }
}
