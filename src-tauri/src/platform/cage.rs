//! Limits what the page may reach. A script in the page cannot navigate away, open a window, download a file or use the
//! camera. The page loads content only from Cloudflare and, if the API of the open account is on this computer (the
//! sandbox), from that server.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tauri::http::{HeaderValue, Response, header};
use tauri::utils::config::{Csp, CspDirectiveSources};
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{AppHandle, Manager as _, WebviewWindowBuilder, Wry};
use url::Url;

/// How long the request for the page waits until the account is open, because its content security policy depends on
/// the account. If the account opens later and needs another policy, the page is loaded again.
const ACCOUNT_WAIT_LIMIT: Duration = Duration::from_millis(500);
/// The directives of the policy that list the servers of videos and their pictures.
const VIDEO_CSP_DIRECTIVES: [&str; 3] = ["img-src", "media-src", "connect-src"];

/// Holds the server on this computer that the open account allows the page to load from.
#[derive(Debug, Default)]
pub(crate) struct Cage {
    state: Mutex<State>,
    known: Condvar,
}

/// The origin of a server on this computer; `None` if the API of the account is elsewhere.
type Origin = Option<String>;

#[derive(Debug, Default)]
struct State {
    /// The origin that the open account allows; `None` while no account is open.
    allowed: Option<Origin>,
    /// The origin in the policy of the loaded page; `None` before a page was served.
    served: Option<Origin>,
}

impl Cage {
    /// Sets the policy after an account was opened whose API is at `api`. Loads the page again if it was served with
    /// another policy.
    pub(crate) fn account_is_at(&self, app: &AppHandle, api: &Url) {
        if self.allow(on_this_computer(api))
            && let Some(window) = app.get_webview_window("main")
            && let Err(error) = window.reload()
        {
            tracing::warn!(%error, "the page could not be loaded again");
        }
    }

    /// Allows this origin. Returns whether the page was served with another one and has to be loaded again.
    fn allow(&self, origin: Origin) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let outdated = state.served.as_ref().is_some_and(|served| *served != origin);
        state.allowed = Some(origin);
        self.known.notify_all();
        outdated
    }

    /// The origin that the page may load from. Waits for at most `patience` until an account is open.
    fn for_this_page(&self, patience: Duration) -> Origin {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.known.wait_timeout_while(state, patience, |state| state.allowed.is_none());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let allowed = state.allowed.clone().flatten();
        state.served = Some(allowed.clone());
        allowed
    }
}

/// Applies the limits to the page of a window that is being built.
pub(crate) fn shut<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    app: &AppHandle,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let app = app.clone();
    window
        .on_navigation(|address| {
            let own = is_own_page(address) || is_written_frame(address);
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
            // Only a document has a policy. Other files of the page do not depend on the account and are served at
            // once.
            if response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
                let origin = tokio::task::block_in_place(|| cage.for_this_page(ACCOUNT_WAIT_LIMIT));
                admit(response, origin.as_deref());
            }
        })
}

/// Whether an address belongs to the app's own page. Scheme, host and port must match exactly. On Windows Tauri serves
/// the page over HTTP.
fn is_own_page(address: &Url) -> bool {
    let expected = if cfg!(windows) { ("http", Some("tauri.localhost")) } else { ("tauri", Some("localhost")) };
    (address.scheme(), address.host_str()) == expected && address.port().is_none()
}

/// Whether an address is that of a frame whose document the page wrote itself (`srcdoc`), as for the preview of a
/// letter. A window cannot go there. WebKit asks for frames, too; such a frame has the policy of the page.
fn is_written_frame(address: &Url) -> bool {
    address.as_str() == "about:srcdoc"
}

/// The origin of an API on this computer, in the form that a policy uses; `None` for any other host.
fn on_this_computer(api: &Url) -> Origin {
    let local = matches!(api.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    local.then(|| api.origin().ascii_serialization())
}

/// Adds an origin to the policy in the headers of a document, for [`VIDEO_CSP_DIRECTIVES`] only.
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
    fn addresses_that_resemble_the_apps_own_page_are_not_its_page() {
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
            assert!(!is_own_page(&url(other)) && !is_written_frame(&url(other)), "{other}");
        }
        assert!(is_written_frame(&url("about:srcdoc")));
    }

    #[test]
    fn the_policy_allows_videos_from_the_sandboxs_port_and_nothing_else_on_this_computer() {
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
    fn only_an_api_on_a_loopback_address_has_an_origin_on_this_computer() {
        assert_eq!(on_this_computer(&url("http://127.0.0.1:4000/client/v4")).unwrap(), "http://127.0.0.1:4000");
        assert_eq!(on_this_computer(&url("https://api.cloudflare.com/client/v4")), None);
        assert_eq!(on_this_computer(&url("http://127.0.0.1.example.org/")), None);
    }

    #[test]
    fn the_page_is_loaded_again_only_if_it_was_served_with_another_policy() {
        let here = || Some("http://127.0.0.1:4000".to_owned());
        let cage = Cage::default();
        assert!(!cage.allow(here()), "no page was served yet");
        assert_eq!(cage.for_this_page(Duration::ZERO), here());
        assert!(!cage.allow(here()));
        assert!(cage.allow(None), "the page still has the sandbox’s policy");
        assert_eq!(cage.for_this_page(Duration::ZERO), None);

        let early = Cage::default();
        assert_eq!(early.for_this_page(Duration::ZERO), None, "no account is open yet");
        assert!(!early.allow(None), "the page was served with this policy");
        assert!(early.allow(here()), "the page was served with another policy");
    }
}
