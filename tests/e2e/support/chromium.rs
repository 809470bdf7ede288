//! A real browser: Chromium without a window, driven through `chromedriver`, with a camera and a microphone that are not real.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::page::Page;
use super::process::{self, Process};
use super::wait::{SOON, until_true};

/// What the person at the browser answers when a page asks for camera and microphone, and what is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Devices {
    /// A camera with a moving picture and a microphone with a tone, and the page may use them.
    Allowed,
    /// A camera and a microphone are connected, and the person refuses the page access to them.
    Denied,
    /// Neither a camera nor a microphone is connected.
    Missing,
}

/// The browser. Dropping it ends it.
pub(crate) struct Chromium {
    /// Its only tab.
    pub(crate) page: Page,
    client: Client,
    _driver: Process,
    profile: tempfile::TempDir,
}

impl Drop for Chromium {
    /// The driver, when it is killed, leaves its browser running.
    fn drop(&mut self) {
        for pid in process::with_argument(&profile_argument(self.profile.path())) {
            process::kill(pid);
        }
    }
}

fn profile_argument(folder: &Path) -> String {
    format!("--user-data-dir={}", folder.display())
}

/// A command of the Chrome `DevTools` protocol, which `chromedriver` passes on.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

impl Chromium {
    /// Starts it. `name` is for the names of screenshots.
    pub(crate) async fn start(name: &str, devices: Devices) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let profile = tempfile::Builder::new().prefix("hajime-chromium-").tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command
            .arg(format!("--port={port}"))
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let driver = Process::start(&mut command);
        until_true("chromedriver to listen", SOON, async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            // Build machines run as root, where Chromium's sandbox does not work.
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            // The browser finds this computer and nothing else, Cloudflare least of all.
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE *.workers.localhost".to_owned(),
            profile_argument(profile.path()),
        ];
        match devices {
            Devices::Allowed => {
                arguments.push("--use-fake-device-for-media-stream".to_owned());
                arguments.push("--use-fake-ui-for-media-stream".to_owned());
            }
            Devices::Denied => {
                arguments.push("--use-fake-device-for-media-stream".to_owned());
                arguments.push("--use-fake-ui-for-media-stream=deny".to_owned());
            }
            Devices::Missing => arguments.push("--use-fake-ui-for-media-stream".to_owned()),
        }
        let options = json!({ "args": arguments });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities([("goog:chromeOptions".to_owned(), options)].into_iter().collect());
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await.unwrap_or_else(|error| {
            panic!("Chromium could not be started ({error}); `cargo xtask e2e` installs what is missing")
        });
        let page = Page::new(client.clone(), name.to_owned());
        Self { page, client, _driver: driver, profile }
    }

    /// Opens an address in the tab.
    pub(crate) async fn open(&self, address: &str) {
        // An address that differs in its fragment only would not load the page.
        self.client.goto("about:blank").await.unwrap();
        self.client.goto(address).await.unwrap();
    }

    /// The address in the address bar.
    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Sends a command of the Chrome `DevTools` protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.client.issue_cmd(DevTools(json!({ "cmd": command, "params": parameters }))).await.unwrap()
    }

    /// Shows the page in this size, in the dark if that is wished.
    pub(crate) async fn look(&self, width: u32, height: u32, dark: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [scheme] })).await;
    }

    /// Runs a script in every page before its own scripts.
    pub(crate) async fn prepare(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Presses a key where the focus is, as a keyboard does.
    pub(crate) async fn key(&self, key: &str) {
        let codes = HashMap::from([("Tab", 9), ("Enter", 13), (" ", 32), ("ArrowDown", 40)]);
        let text = match key {
            "Enter" => "\r",
            " " => " ",
            _ => "",
        };
        let code = codes[key];
        let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let press = |kind: &str| json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
        self.devtools("Input.dispatchKeyEvent", press(down)).await;
        self.devtools("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }))
            .await;
    }
}
