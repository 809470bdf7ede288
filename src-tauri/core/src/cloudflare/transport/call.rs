//! One call: what is asked for, of which product, and whether it may be repeated.

use http::Method;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

use crate::cloudflare::error::Surface;
use crate::cloudflare::retry::Repeat;

/// One request, as an endpoint describes it.
pub(in crate::cloudflare) struct Call<'a> {
    pub(in crate::cloudflare) method: Method,
    pub(in crate::cloudflare) path: String,
    pub(in crate::cloudflare) query: Vec<(&'a str, String)>,
    pub(in crate::cloudflare) body: Option<Value>,
    pub(in crate::cloudflare) surface: Surface,
    pub(in crate::cloudflare) repeat: Repeat,
    /// Whether it changes something at Cloudflare.
    pub(in crate::cloudflare) changes: bool,
    /// The token that stands in for the API token.
    pub(in crate::cloudflare) bearer: Option<&'a SecretString>,
    /// A secret in the body.
    pub(in crate::cloudflare) secret: Option<&'a SecretString>,
}

impl Call<'_> {
    /// RealtimeKit names the number of a page otherwise than the rest of the API.
    pub(in crate::cloudflare) fn on_page(&mut self, page: u32, per_page: u32) {
        let name = if self.surface == Surface::Realtime { "page_no" } else { "page" };
        self.query.extend([(name, page.to_string()), ("per_page", per_page.to_string())]);
    }

    /// A call that reads.
    pub(in crate::cloudflare) fn get(surface: Surface, path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            query: Vec::new(),
            body: None,
            surface,
            repeat: Repeat::Safe,
            changes: false,
            bearer: None,
            secret: None,
        }
    }

    /// The same call, of which is known that it changes nothing: it is about something that does not exist.
    pub(in crate::cloudflare) fn changing_nothing(self) -> Self {
        Self { changes: false, ..self }
    }

    /// A call that creates or does something. It is never repeated blindly.
    pub(in crate::cloudflare) fn post(surface: Surface, path: &str, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body).ok();
        Self {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            body,
            surface,
            repeat: Repeat::Never,
            changes: true,
            bearer: None,
            secret: None,
        }
    }

    /// [`Call::post`] with another method.
    pub(in crate::cloudflare) fn once(method: Method, surface: Surface, path: &str, body: &impl Serialize) -> Self {
        Self { method, ..Self::post(surface, path, body) }
    }

    /// A call that sets a value. Sending it twice has the same effect as sending it once.
    pub(in crate::cloudflare) fn set(method: Method, surface: Surface, path: &str, body: &impl Serialize) -> Self {
        Self { method, repeat: Repeat::Safe, ..Self::post(surface, path, body) }
    }

    /// A call that deletes something.
    pub(in crate::cloudflare) fn delete(surface: Surface, path: &str) -> Self {
        Self { method: Method::DELETE, changes: true, ..Self::get(surface, path) }
    }
}
