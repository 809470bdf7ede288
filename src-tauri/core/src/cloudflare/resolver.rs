//! Resolves host names. A name from a reply may resolve to public addresses only. Otherwise a name could lead to a
//! metadata service or into the office network, which no check of the name itself can see. With a proxy, the proxy
//! resolves the names.

use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::address::is_public;

/// The error about a name that has no public address.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads into a private network")]
pub(super) struct NotPublic {
    pub(super) host: String,
}

/// The system's resolver, with the names that must resolve to public addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver {
    guarded: Arc<Mutex<HashSet<String>>>,
}

impl Resolver {
    /// From this call on, the name resolves to public addresses or to an error.
    pub(super) fn guard(&self, host: &str) {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).insert(plain_name(host));
    }

    /// Whether the name must resolve to public addresses.
    pub(super) fn guards(&self, host: &str) -> bool {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).contains(&plain_name(host))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let guarded = self.guards(&host);
        if !guarded && plain_name(&host).ends_with(".localhost") {
            // Not every system's resolver knows that these names are this computer (RFC 6761, section 6.3).
            let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
            return Box::pin(std::future::ready(Ok(Box::new(here.into_iter()) as Addrs)));
        }
        Box::pin(async move {
            let mut found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if guarded {
                found.retain(|address| is_public(address.ip()));
                if found.is_empty() {
                    return Err(NotPublic { host }.into());
                }
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn plain_name(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_guarded_name_never_resolves_to_this_computer() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let resolver = Resolver::default();
        let client = crate::http_client::builder().dns_resolver(resolver.clone()).build().unwrap();
        resolver.guard("LOCALHOST.");
        let refused = client.get(&url).send().await.unwrap_err();
        let mut source = std::error::Error::source(&refused);
        while let Some(cause) = source.filter(|cause| !cause.is::<NotPublic>()) {
            source = cause.source();
        }
        assert!(source.is_some(), "{refused:?}");
        let nobody = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err());
    }
}
