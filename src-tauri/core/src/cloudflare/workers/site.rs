//! How a published page answers somebody who has no account: asked without the API token.

use http::header;
use url::Url;

use crate::cloudflare::error::Error;
use crate::cloudflare::transport::Client;

/// The most of an answer that is read. The page itself has a few kilobytes.
const ANSWER_MAX: usize = 256 * 1024;

/// The answer of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The content security policies that came as headers.
    pub policies: Vec<String>,
    /// The body; empty when it is too long to be one of ours.
    pub body: Vec<u8>,
}

impl Client {
    /// Asks a published site for a file, past what is cached on the way.
    pub async fn site(&self, address: &Url) -> Result<SiteAnswer, Error> {
        let request = self.http().get(address.clone()).header(header::CACHE_CONTROL, "no-cache");
        let mut reply = request.send().await.map_err(|error| self.failure(&error))?;
        let policies = reply.headers().get_all(header::CONTENT_SECURITY_POLICY).iter();
        let policies = policies.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
        let status = reply.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = reply.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len().saturating_add(piece.len()) > ANSWER_MAX {
                body.clear();
                break;
            }
            body.extend_from_slice(&piece);
        }
        Ok(SiteAnswer { status, policies, body })
    }
}
