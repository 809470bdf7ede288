//! Where a script is served: the account's name below `workers.dev`, and whether the script is served there.

use http::Method;
use serde_json::json;
use url::Url;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::address::workers_site;
use crate::domain::profile::join_page::SiteName;

struct Subdomain(SiteName);

impl Entry for Subdomain {
    const WHAT: &'static str = "name below workers.dev";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        fields.needed("subdomain").map(Self)
    }
}

struct Served(bool);

impl Entry for Served {
    const WHAT: &'static str = "address of a Worker";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.flag("enabled").unwrap_or(false)))
    }
}

/// Workers gives what does not exist the code 10007, and no document names the status.
pub(super) fn unless_missing<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    const MISSING: i64 = 10_007;
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::Missing { .. } | Error::Refused { code: Some(MISSING), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Client {
    /// The account's name below `workers.dev`; `None` while it has none.
    pub async fn site_name(&self) -> Result<Option<SiteName>, Error> {
        let call = Call::get(Surface::Workers, &self.account_path("/workers/subdomain"));
        let found = unless_missing(self.call(call).await)?;
        Ok(found.map(|Subdomain(name)| name))
    }

    /// Registers the account's name. An account has one, so this is asked once and not repeated.
    pub async fn register_site_name(&self, name: &SiteName) -> Result<SiteName, Error> {
        let body = json!({ "subdomain": name.as_str() });
        let call = Call::once(Method::PUT, Surface::Workers, &self.account_path("/workers/subdomain"), &body);
        let Subdomain(registered) = self.call(call).await?;
        Ok(registered)
    }

    /// Whether nobody has a name. Workers answers an error either way: “not found”, or 10032, for a name that is free.
    pub async fn is_site_name_free(&self, name: &SiteName) -> Result<bool, Error> {
        const FREE: i64 = 10_032;
        let path = self.account_path(&format!("/workers/subdomains/{name}"));
        match self.done(Call::get(Surface::Workers, &path)).await {
            Err(Error::Missing { .. } | Error::Refused { code: Some(FREE), .. }) => Ok(true),
            Ok(()) | Err(Error::Conflict { .. } | Error::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a script is served below `workers.dev`; `None` when there is no such script.
    pub async fn is_served(&self, script: &str) -> Result<Option<bool>, Error> {
        let found = unless_missing(self.call(Call::get(Surface::Workers, &self.served_path(script))).await)?;
        Ok(found.map(|Served(served)| served))
    }

    /// Has a script served below `workers.dev`.
    pub async fn serve(&self, script: &str) -> Result<(), Error> {
        let body = json!({ "enabled": true, "previews_enabled": false });
        self.done(Call::set(Method::POST, Surface::Workers, &self.served_path(script), &body)).await
    }

    /// Checks whether the token may change Workers, by asking to switch off the address of a script that does not
    /// exist. Changes nothing: Workers answers that there is no such script, or that the permission is missing.
    pub async fn check_may_change_workers(&self) -> Result<(), Error> {
        const NO_SCRIPT: &str = "hajime-0-no-such-script";
        let body = json!({ "enabled": false, "previews_enabled": false });
        let call = Call::set(Method::POST, Surface::Workers, &self.served_path(NO_SCRIPT), &body).changing_nothing();
        unless_missing(self.done(call).await).map(drop)
    }

    /// Deletes a script with its files. That there is none is fine.
    pub async fn delete_script(&self, script: &str) -> Result<(), Error> {
        let path = self.account_path(&format!("/workers/scripts/{script}"));
        unless_missing(self.done(Call::delete(Surface::Workers, &path)).await).map(drop)
    }

    /// The address of a script's site.
    pub fn site_address(&self, script: &str, name: &SiteName) -> Result<Url, Error> {
        workers_site(script, name.as_str(), self.base_url())
            .map_err(|_| Error::Unreadable { status: 0, why: "a name that makes no address".into() })
    }

    fn served_path(&self, script: &str) -> String {
        self.account_path(&format!("/workers/scripts/{script}/subdomain"))
    }
}
