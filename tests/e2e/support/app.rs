//! The app's window, driven through `WebKitWebDriver`.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::desktop::Desktop;
use super::page::Page;
use super::process::{self, Process};
use super::wait::{SOON, until, until_true};

/// How fast the sandbox's minutes pass.
pub(crate) const SPEED: &str = "60";

/// How long a program may take until its web view is there.
const OPENS_WITHIN: Duration = Duration::from_secs(60);

/// The app as `cargo xtask e2e` built it.
pub(crate) fn binary() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug/hajime");
    let path = std::env::var_os("HAJIME_E2E_APP").map_or(built, PathBuf::from);
    assert!(path.is_file(), "{} is not there; `cargo xtask e2e` builds it", path.display());
    path.canonicalize().unwrap()
}

/// Where screenshots and logs are kept after the tests.
pub(crate) fn artifacts() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/e2e-artifacts");
    let folder = std::env::var_os("HAJIME_ARTIFACTS").map_or_else(default, PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A window of a program under `WebDriver`.
pub(crate) struct Window {
    /// What is in it.
    pub(crate) page: Page,
    client: Client,
    program: PathBuf,
    mark: String,
    log: PathBuf,
    // Outlives the session, which it would otherwise tear down half-way.
    driver: Process,
}

/// How to start a program that has a web view.
pub(crate) struct Launch<'desktop> {
    desktop: &'desktop Desktop,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    mark: String,
    name: String,
}

impl<'desktop> Launch<'desktop> {
    /// The app on its sandbox, with the desktop's data folder. `name` is for the names of screenshots and logs.
    pub(crate) fn sandbox(desktop: &'desktop Desktop, name: &str) -> Self {
        let info = desktop.sandbox_info().display().to_string();
        Self::app(desktop, name).arguments(&["--sandbox", "--sandbox-speed", SPEED, "--sandbox-info", &info])
    }

    /// The app with the desktop's data folder, on whatever account it finds.
    pub(crate) fn app(desktop: &'desktop Desktop, name: &str) -> Self {
        let data_dir = desktop.data_dir().display().to_string();
        Self::program(desktop, name, binary(), &data_dir).arguments(&["--data-dir", &data_dir])
    }

    /// Any program with a WebKitGTK view that can be automated. `mark` is an argument by which its process is known.
    pub(crate) fn program(desktop: &'desktop Desktop, name: &str, program: PathBuf, mark: &str) -> Self {
        Self {
            desktop,
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            mark: mark.to_owned(),
            name: name.to_owned(),
        }
    }

    /// More arguments.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// One more environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Opens the window and waits until its page is loaded.
    pub(crate) async fn open(self) -> Window {
        // As long as the bus knows an instance, a new one hands itself over to it and ends.
        self.desktop.bus().wait_until_free("SingleInstance").await;
        let port = free_port();
        let log = artifacts().join(format!("{}.log", self.name));
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.desktop.command("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        let driver = Process::start(&mut command);
        until_true("WebKitWebDriver to listen", SOON, async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        let options = json!({ "binary": self.program, "args": self.arguments });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let address = format!("http://127.0.0.1:{port}");
        // A program that ends before it has a web view leaves the driver waiting for ever.
        let opened = tokio::time::timeout(OPENS_WITHIN, builder.connect(&address)).await;
        let log_is = format!("the log is {}", log.display());
        let client = opened
            .unwrap_or_else(|late| panic!("no window opened in {} s ({late}); {log_is}", OPENS_WITHIN.as_secs()))
            .unwrap_or_else(|error| panic!("no window opened ({error}); {log_is}"));
        let page = Page::new(client.clone(), format!("{}-{}", self.name, self.desktop.theme.name()));
        let window = Window { page, client, program: self.program, mark: self.mark, log, driver };
        // A window that is not shown yet has no size inside.
        let shown = "return document.readyState === 'complete' && window.innerWidth > 0";
        until_true("the window to be shown", SOON, async || window.page.run(shown).await == json!(true)).await;
        window
    }
}

impl Window {
    /// What the program printed so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where what it prints is kept.
    pub(crate) fn log_file(&self) -> &Path {
        &self.log
    }

    /// Closes the window and waits until the program is gone; the next one would otherwise only bring the old one to the front.
    pub(crate) async fn close(self) {
        let Self { client, program, mark, driver, .. } = self;
        // What matters is that the program goes; a driver that lost it may not answer.
        let _ = tokio::time::timeout(SOON, client.close()).await;
        gone(&program, &mark).await;
        drop(driver);
    }

    /// Ends the program the way a power cut does, and waits until it is gone.
    pub(crate) async fn kill(self) {
        let Self { program, mark, driver, .. } = self;
        for pid in process::running(&program, &mark) {
            process::kill(pid);
        }
        gone(&program, &mark).await;
        drop(driver);
    }
}

async fn gone(program: &Path, mark: &str) {
    until(&format!("{} to end", program.display()), SOON, async || {
        process::running(program, mark).is_empty().then_some(())
    })
    .await;
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
