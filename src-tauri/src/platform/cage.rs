//! What the page may reach. Whatever runs in it stays on it: it goes nowhere else, opens no window, downloads nothing, gets no camera, and
//! loads from Cloudflare and from the one server on this computer that the account itself is on, if it is on one.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tauri::http::{HeaderValue, Response, header};
use tauri::utils::config::{Csp, CspDirectiveSources};
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{AppHandle, Manager as _, WebviewWindowBuilder, Wry};
use url::Url;

/// How long the page waits for the account, to be served with the right policy at once. It is loaded again if that was too short.
const PATIENCE: Duration = Duration::from_millis(500);
/// The kinds of content that come from where the videos are.
const VIDEO_CSP_DIRECTIVES: [&str; 3] = ["img-src", "media-src", "connect-src"];

/// Which server on this computer the page may load from.
#[derive(Debug, Default)]
pub(crate) struct Cage {
    state: Mutex<State>,
    known: Condvar,
}

/// An origin on this computer, or none.
type Origin = Option<String>;

#[derive(Debug, Default)]
struct State {
    /// The origin that the open account allows; `None` while it is being opened.
    allowed: Option<Origin>,
    /// The origin in the policy of the loaded page; `None` before there is one.
    served: Option<Origin>,
}

impl Cage {
    /// The account is open, or another one is: its API is at `api`. A page that was served with another policy is loaded again.
    pub(crate) fn account_is_at(&self, app: &AppHandle, api: &Url) {
        if self.allow(on_this_computer(api))
            && let Some(window) = app.get_webview_window("main")
            && let Err(error) = window.reload()
        {
            tracing::warn!(%error, "the page could not be loaded again");
        }
    }

    /// Whether the page has to be loaded again.
    fn allow(&self, origin: Origin) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let outdated = state.served.as_ref().is_some_and(|served| *served != origin);
        state.allowed = Some(origin);
        self.known.notify_all();
        outdated
    }

    /// The origin that the page may load from. Waits for the account.
    fn for_this_page(&self, patience: Duration) -> Origin {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.known.wait_timeout_while(state, patience, |state| state.allowed.is_none());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let allowed = state.allowed.clone().flatten();
        state.served = Some(allowed.clone());
        allowed
    }
}

/// Shuts a window's page in.
pub(crate) fn shut<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    app: &AppHandle,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let app = app.clone();
    window
        .on_navigation(|address| {
            let own = is_own_page(address);
            if !own {
                tracing::warn!(scheme = address.scheme(), "the page tried to go somewhere else and was stopped");
            }
            own
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .on_web_resource_request(move |_, response| {
            let cage = app.state::<Cage>();
            // Only a document carries a policy; the rest of the page is served without waiting.
            if response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
                let origin = tokio::task::block_in_place(|| cage.for_this_page(PATIENCE));
                admit(response, origin.as_deref());
            }
        })
}

/// Whether an address is the app's own page and not merely one that looks like it. On Windows Tauri serves it over HTTP.
fn is_own_page(address: &Url) -> bool {
    let expected = if cfg!(windows) { ("http", Some("tauri.localhost")) } else { ("tauri", Some("localhost")) };
    (address.scheme(), address.host_str()) == expected && address.port().is_none()
}

/// The origin of an API on this computer, as a policy names it.
fn on_this_computer(api: &Url) -> Origin {
    let local = matches!(api.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    local.then(|| api.origin().ascii_serialization())
}

/// Adds an origin to the policy of a document.
fn admit<T>(response: &mut Response<T>, origin: Option<&str>) {
    let Some(origin) = origin else { return };
    let Some(policy) = response.headers_mut().get_mut(header::CONTENT_SECURITY_POLICY) else { return };
    let Ok(text) = policy.to_str() else { return };
    let mut directives: std::collections::HashMap<String, CspDirectiveSources> = Csp::Policy(text.to_owned()).into();
    for kind in VIDEO_CSP_DIRECTIVES {
        directives.entry(kind.to_owned()).or_default().push(origin);
    }
    if let Ok(wider) = HeaderValue::from_str(&Csp::from(directives).to_string()) {
        *policy = wider;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_apps_own_page_is_its_own() {
        let own = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };
        assert!(is_own_page(&url(own)) && is_own_page(&url(&format!("{own}/index.html?x#y"))));
        for other in [
            "http://tauri.localhost.example.org/",
            "http://127.0.0.1:4000/",
            "https://example.org/",
            "tauri://localhost:1/",
            "tauri://localhost.example.org/",
            "about:blank",
            "data:text/html,x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "blob:tauri://localhost/1",
        ] {
            assert!(!is_own_page(&url(other)), "{other}");
        }
    }

    #[test]
    fn the_policy_names_the_accounts_port_and_nothing_else_on_this_computer() {
        let config: serde_json::Value = serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
        let policy = config["app"]["security"]["csp"].clone();
        let policy = serde_json::from_value::<Csp>(policy).unwrap().to_string();
        assert!(!policy.contains("127.0.0.1"), "{policy}");
        let served = |origin: Option<&str>| {
            let mut response = Response::builder().header(header::CONTENT_SECURITY_POLICY, &policy).body(()).unwrap();
            admit(&mut response, origin);
            let sent = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
            std::collections::HashMap::<String, CspDirectiveSources>::from(Csp::Policy(sent))
        };
        let (cloud, sandbox) = (served(None), served(Some("http://127.0.0.1:4000")));
        for (kind, sources) in cloud {
            let wider = &sandbox[&kind];
            let named = wider.contains("http://127.0.0.1:4000");
            assert_eq!(named, VIDEO_CSP_DIRECTIVES.contains(&kind.as_str()), "{kind}");
            assert!(!sources.contains("http://127.0.0.1:4000") && !sources.contains("http://127.0.0.1:*"), "{kind}");
        }
    }

    #[test]
    fn an_api_elsewhere_is_not_on_this_computer() {
        assert_eq!(on_this_computer(&url("http://127.0.0.1:4000/client/v4")).unwrap(), "http://127.0.0.1:4000");
        assert_eq!(on_this_computer(&url("https://api.cloudflare.com/client/v4")), None);
        assert_eq!(on_this_computer(&url("http://127.0.0.1.example.org/")), None);
    }

    #[test]
    fn a_page_that_was_served_with_another_policy_is_loaded_again() {
        let here = || Some("http://127.0.0.1:4000".to_owned());
        let cage = Cage::default();
        assert!(!cage.allow(here()), "there is no page yet");
        assert_eq!(cage.for_this_page(Duration::ZERO), here());
        assert!(!cage.allow(here()));
        assert!(cage.allow(None), "the sandbox was left");
        assert_eq!(cage.for_this_page(Duration::ZERO), None);

        let early = Cage::default();
        assert_eq!(early.for_this_page(Duration::ZERO), None, "served before the account was open");
        assert!(!early.allow(None), "that was right");
        assert!(early.allow(here()), "and now it is not");
    }
}
