//! The secrets of a script. Cloudflare gives their names and never what they are.

use http::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::cloudflare::workers::addresses::unless_missing;

struct SecretNamed(String);

impl Entry for SecretNamed {
    const WHAT: &'static str = "secret of a script";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        fields.text("name").map(Self).ok_or(Unfit::lacks("name"))
    }
}

impl Client {
    /// The names of the secrets of a script; `None` when there is no such script.
    pub async fn secret_names(&self, script: &str) -> Result<Option<Vec<String>>, Error> {
        let call = Call::get(Surface::Workers, &self.secrets_path(script));
        let listed = unless_missing(self.list(call).await)?;
        Ok(listed.map(|listed| listed.items.into_iter().map(|SecretNamed(name)| name).collect()))
    }

    /// Gives a script a secret, in place of the one that has the name. It is in use at once.
    pub async fn put_secret(&self, script: &str, name: &str, secret: &SecretString) -> Result<(), Error> {
        let body = json!({ "name": name, "text": secret.expose_secret(), "type": "secret_text" });
        let call = Call::set(Method::PUT, Surface::Workers, &self.secrets_path(script), &body);
        self.done(Call { secret: Some(secret), ..call }).await
    }

    /// Takes a secret from a script. That there is none is fine.
    pub async fn delete_secret(&self, script: &str, name: &str) -> Result<(), Error> {
        let path = format!("{}/{name}", self.secrets_path(script));
        unless_missing(self.done(Call::delete(Surface::Workers, &path)).await).map(drop)
    }

    fn secrets_path(&self, script: &str) -> String {
        self.account_path(&format!("/workers/scripts/{script}/secrets"))
    }
}
