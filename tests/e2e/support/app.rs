//! The app's window, driven through `WebKitWebDriver`.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::desktop::Desktop;
use super::page::Page;
use super::process::{self, Process};
use super::wait::{SOON, until, until_true};

/// Sandbox seconds per real second.
pub(crate) const SPEED: &str = "60";

/// Longest time from the start of a program until its web view exists.
const OPEN_TIME_LIMIT: Duration = Duration::from_secs(60);

/// The path of the app that `cargo xtask e2e` built.
pub(crate) fn binary() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug/hajime");
    let path = std::env::var_os("HAJIME_E2E_APP").map_or(built, PathBuf::from);
    assert!(path.is_file(), "{} is not there; `cargo xtask e2e` builds it", path.display());
    path.canonicalize().unwrap()
}

/// The folder for screenshots and logs, which is kept after the tests.
pub(crate) fn artifacts() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/e2e-artifacts");
    let folder = std::env::var_os("HAJIME_ARTIFACTS").map_or_else(default, PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The window of a program under `WebDriver`.
pub(crate) struct Window {
    /// The page in the window.
    pub(crate) page: Page,
    client: Client,
    program: PathBuf,
    mark: String,
    log: PathBuf,
    /// Time from the start of the program until its page was visible and answered.
    pub(crate) opened_in: Duration,
    // Declared after the client, because the driver ends the session half-way when it ends first.
    driver: Process,
}

/// The settings with which a program with a web view is started.
pub(crate) struct Launch<'desktop> {
    desktop: &'desktop Desktop,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    mark: String,
    name: String,
    descriptors: Option<u32>,
    draws_as_it_would: bool,
    beside: bool,
}

impl<'desktop> Launch<'desktop> {
    /// Starts the app on its sandbox, with the desktop's data folder. `name` is part of the names of screenshots and
    /// logs.
    pub(crate) fn sandbox(desktop: &'desktop Desktop, name: &str) -> Self {
        let info = desktop.sandbox_info().display().to_string();
        Self::app(desktop, name).arguments(&["--sandbox", "--sandbox-speed", SPEED, "--sandbox-info", &info])
    }

    /// Starts the app with the desktop's data folder, on the account that the folder holds.
    pub(crate) fn app(desktop: &'desktop Desktop, name: &str) -> Self {
        let data_dir = desktop.data_dir().display().to_string();
        Self::program(desktop, name, binary(), &data_dir).arguments(&["--data-dir", &data_dir])
    }

    /// Starts any program with a WebKitGTK view that can be automated. `mark` is an argument that identifies its
    /// process.
    pub(crate) fn program(desktop: &'desktop Desktop, name: &str, program: PathBuf, mark: &str) -> Self {
        Self {
            desktop,
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            mark: mark.to_owned(),
            name: name.to_owned(),
            descriptors: None,
            draws_as_it_would: false,
            beside: false,
        }
    }

    /// Opens the window beside another one, which has another data folder.
    pub(crate) fn beside(mut self) -> Self {
        self.beside = true;
        self
    }

    /// Adds command-line arguments.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Adds an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a script that starts the program with its variables. The driver must not have these variables, because it
    /// would use the proxy too.
    fn script(&self) -> PathBuf {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let set: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("export {name}={}", quoted(value))).collect();
        let set = set.join("\n");
        let program = quoted(&self.program.display().to_string());
        let path = self.desktop.home().join(format!("start-{}", self.name));
        std::fs::write(&path, format!("#!/bin/sh\n{set}\nexec {program} \"$@\"\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// Lets the program draw as it does by default. Otherwise its page is composited from layers: the driver's
    /// screenshots of a page that is drawn directly arrive only when something on the page changes.
    pub(crate) fn draws_as_it_would(mut self) -> Self {
        self.draws_as_it_would = true;
        self
    }

    /// Limits the open files of every process of the program, whatever limit the program asks for.
    pub(crate) fn descriptors(mut self, most: u32) -> Self {
        self.descriptors = Some(most);
        self
    }

    /// Opens the window and waits until its page is loaded.
    pub(crate) async fn open(self) -> Window {
        // A new instance hands over to a running one and ends. The bus may know a killed instance for a moment.
        if !self.beside {
            self.desktop.bus().wait_until_free("SingleInstance").await;
        }
        let port = free_port();
        let log = artifacts().join(format!("{}.log", self.name));
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = match self.descriptors {
            None => self.desktop.command("WebKitWebDriver"),
            Some(most) => {
                let mut limited = self.desktop.command("prlimit");
                limited.args([&format!("--nofile={most}:{most}"), "WebKitWebDriver"]);
                limited
            }
        };
        if !self.draws_as_it_would {
            command.env("WEBKIT_DISABLE_COMPOSITING_MODE", "0");
        }
        command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        let driver = Process::start(&mut command);
        until_true("WebKitWebDriver to listen", SOON, async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        let binary = if self.environment.is_empty() { self.program.clone() } else { self.script() };
        let options = json!({ "binary": binary, "args": self.arguments });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let address = format!("http://127.0.0.1:{port}");
        let started = Instant::now();
        // The driver waits for ever when the program ends before it has a web view.
        let opened = tokio::time::timeout(OPEN_TIME_LIMIT, builder.connect(&address)).await;
        let log_is = format!("the log is {}", log.display());
        let client = opened
            .unwrap_or_else(|late| panic!("no window opened in {} s ({late}); {log_is}", OPEN_TIME_LIMIT.as_secs()))
            .unwrap_or_else(|error| panic!("no window opened ({error}); {log_is}"));
        let page = Page::new(client.clone(), format!("{}-{}", self.name, self.desktop.theme.name()));
        let mut window =
            Window { page, client, program: self.program, mark: self.mark, log, opened_in: Duration::ZERO, driver };
        // A window that is not shown yet has no inner size.
        let shown = "return document.readyState === 'complete' && window.innerWidth > 0";
        until_true("the window to be shown", SOON, async || window.page.run(shown).await == json!(true)).await;
        window.opened_in = started.elapsed();
        window
    }
}

impl Window {
    /// Returns the output of the program so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Returns the id of the program's process.
    pub(crate) fn pid(&self) -> u32 {
        let running = process::running(&self.program, &self.mark);
        *running.first().expect("the program runs as long as its window is open")
    }

    /// Makes the driver act in the small window, once it is open.
    pub(crate) async fn to_small(&self) {
        self.switch(true).await;
    }

    /// Makes the driver act in the large window again.
    pub(crate) async fn to_large(&self) {
        self.switch(false).await;
    }

    async fn switch(&self, small: bool) {
        until_true("the other window", SOON, async || {
            for handle in self.client.windows().await.unwrap_or_default() {
                if self.client.switch_to_window(handle).await.is_err() {
                    continue;
                }
                let address = self.client.current_url().await.map(|url| url.path().to_owned());
                if address.is_ok_and(|path| path.ends_with("compact.html") == small) {
                    return true;
                }
            }
            false
        })
        .await;
    }

    /// Takes a screenshot of the whole screen, including everything outside the page.
    pub(crate) fn screen(&self, desktop: &Desktop, what: &str) {
        desktop.picture(&artifacts().join(format!("{}-{what}.png", self.page.name())));
    }

    /// Waits for a dialog of the system whose title contains `title`, takes a screenshot, and presses `key` in the dialog.
    pub(crate) async fn answer(&self, desktop: &Desktop, title: &str, what: &str, key: &str) {
        self.to_dialog(desktop, title).await;
        self.screen(desktop, what);
        desktop.press_keys(key);
    }

    /// Waits for a dialog of the system whose title contains `title`, and gives it the keyboard.
    async fn to_dialog(&self, desktop: &Desktop, title: &str) {
        until_true(&format!("the question “{title}”"), SOON, async || {
            let search = ["search", "--onlyvisible", "--name", title, "windowactivate", "--sync"];
            desktop.command("xdotool").args(search).status().unwrap().success()
        })
        .await;
    }

    /// The path of the file with the output of the program.
    pub(crate) fn log_file(&self) -> &Path {
        &self.log
    }

    /// Closes the window and waits until the program has ended. Otherwise the next start would only bring this window
    /// to the front.
    pub(crate) async fn close(self) {
        let Self { client, program, mark, driver, .. } = self;
        // A driver whose program has ended may not answer; only the end of the program counts.
        let _ = tokio::time::timeout(SOON, client.close()).await;
        wait_until_ended(&program, &mark).await;
        drop(driver);
    }

    /// Waits until the program has ended by itself.
    pub(crate) async fn closed(self) {
        let Self { program, mark, driver, .. } = self;
        wait_until_ended(&program, &mark).await;
        drop(driver);
    }

    /// Kills the program without warning, and waits until it has ended.
    pub(crate) async fn kill(self) {
        let Self { program, mark, driver, .. } = self;
        for pid in process::running(&program, &mark) {
            process::kill(pid);
        }
        wait_until_ended(&program, &mark).await;
        drop(driver);
    }
}

async fn wait_until_ended(program: &Path, mark: &str) {
    until(&format!("{} to end", program.display()), SOON, async || {
        process::running(program, mark).is_empty().then_some(())
    })
    .await;
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
