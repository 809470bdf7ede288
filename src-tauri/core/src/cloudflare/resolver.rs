//! Names to numbers. A name that a reply gave is answered with public addresses only: without that, a name that leads to a metadata service
//! or into the office network would pass every look at the name itself. Behind a proxy it is the proxy that looks names up.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::address::is_public;

/// A name that leads to no public address.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads into a private network")]
pub(super) struct NotPublic {
    pub(super) host: String,
}

/// The system's resolver, and the names that it may answer with public addresses only.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver {
    guarded: Arc<Mutex<HashSet<String>>>,
}

impl Resolver {
    /// From now on the name leads to public addresses or nowhere.
    pub(super) fn guard(&self, host: &str) {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).insert(plain_name(host));
    }

    /// Whether the name leads to public addresses only.
    pub(super) fn guards(&self, host: &str) -> bool {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).contains(&plain_name(host))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let guarded = self.guards(&host);
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
    async fn a_name_from_a_reply_never_leads_to_this_computer() {
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
