//! Custom domains: hostnames of the account's own zones that show a script. Cloudflare makes the DNS record and the certificate.

use http::Method;
use serde_json::json;
use url::Url;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::address::custom_site;
use crate::domain::ids::DomainId;
use crate::domain::profile::hostname::Hostname;

/// A hostname that shows a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedDomain {
    /// Cloudflare's id of the attachment.
    id: DomainId,
    /// The hostname.
    pub hostname: Hostname,
    /// The script that it shows.
    pub script: String,
}

impl Entry for AttachedDomain {
    const WHAT: &'static str = "custom domain";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            hostname: fields.needed("hostname")?,
            script: fields.text("service").unwrap_or_default(),
        })
    }
}

impl Client {
    /// The hostnames that show a script.
    pub async fn domains_of(&self, script: &str) -> Result<Vec<AttachedDomain>, Error> {
        let mut listed = self.domains("service", script).await?;
        listed.retain(|domain| domain.script == script);
        Ok(listed)
    }

    /// What a hostname shows; `None` when it is not attached to a script of the account.
    pub async fn domain(&self, hostname: &Hostname) -> Result<Option<AttachedDomain>, Error> {
        let listed = self.domains("hostname", hostname.as_str()).await?;
        Ok(listed.into_iter().find(|domain| domain.hostname == *hostname))
    }

    async fn domains(&self, filter: &str, value: &str) -> Result<Vec<AttachedDomain>, Error> {
        let path = self.account_path("/workers/domains");
        let call = Call { query: vec![(filter, value.to_owned())], ..Call::get(Surface::Workers, &path) };
        Ok(self.list(call).await?.items)
    }

    /// Has a hostname show a script. Doing it twice is doing it once.
    pub async fn attach_domain(&self, hostname: &Hostname, script: &str) -> Result<(), Error> {
        let body = json!({ "hostname": hostname.as_str(), "service": script });
        self.done(Call::set(Method::PUT, Surface::Workers, &self.account_path("/workers/domains"), &body)).await
    }

    /// Takes a hostname from its script. That it was taken before is fine.
    pub async fn detach_domain(&self, domain: &AttachedDomain) -> Result<(), Error> {
        let path = self.account_path(&format!("/workers/domains/{}", domain.id));
        self.done(Call::delete(Surface::Workers, &path)).await
    }

    /// The address of the site that a hostname shows.
    pub fn custom_address(&self, hostname: &Hostname) -> Result<Url, Error> {
        custom_site(hostname.as_str(), self.base_url())
            .map_err(|_| Error::Unreadable { status: 0, why: "a hostname that makes no address".into() })
    }
}
