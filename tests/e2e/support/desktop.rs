//! An invisible desktop: X server, window manager, message bus, keyring, notifications, clipboard, and an empty home
//! folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::bus::Bus;
use super::notifications::Notifications;
use super::process::Process;
use super::wait::{SOON, until};

const KEYRING_PASSWORD: &[u8] = b"a password for tests";

/// Whether the desktop has a keyring.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyring {
    /// A Secret Service with an unlocked keyring.
    Unlocked,
    /// No Secret Service at all.
    Absent,
}

/// The colour scheme that the person at this desktop prefers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// The word for the theme in file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A running desktop. Dropping it ends its programs and deletes their files.
pub(crate) struct Desktop {
    /// The preferred colour scheme.
    pub(crate) theme: Theme,
    /// The notifications that programs have shown.
    pub(crate) notifications: Notifications,
    display: String,
    // The fields are dropped in this order: programs first, then the bus and the display that they use, then the files.
    keyring: Option<Process>,
    _window_manager: Process,
    bus: Bus,
    _server: Process,
    home: TempDir,
}

impl Desktop {
    /// Starts every service and waits until each answers.
    pub(crate) async fn start(theme: Theme, keyring: Keyring) -> Self {
        let home = tempfile::Builder::new().prefix("hajime-e2e-").tempdir().unwrap();
        let runtime = home.path().join("runtime");
        std::fs::create_dir_all(&runtime).unwrap();
        // Programs refuse a runtime folder that other users can read.
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
        let (server, display) = x_server();
        let bus = Bus::start(&runtime);
        let notifications = Notifications::serve(&bus).await;
        let environment = environment(home.path(), &display, bus.address(), theme);
        let window_manager = Process::start(
            with(Command::new("openbox").arg("--sm-disable"), &environment).stdout(Stdio::null()).stderr(Stdio::null()),
        );
        let keyring = match keyring {
            Keyring::Unlocked => {
                let keyring = unlocked_keyring(&environment);
                bus.wait_for_service("org.freedesktop.secrets").await;
                Some(keyring)
            }
            Keyring::Absent => None,
        };
        let desktop = Self {
            theme,
            notifications,
            display,
            keyring,
            _window_manager: window_manager,
            bus,
            _server: server,
            home,
        };
        desktop.write_browser();
        desktop
    }

    /// The home folder, which holds the files of all programs.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The app's data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.home.path().join("hajime-data")
    }

    /// The file into which the app writes the addresses of its sandbox.
    pub(crate) fn sandbox_info(&self) -> PathBuf {
        self.home.path().join("sandbox-info.json")
    }

    /// Returns the titles of the windows, as a task bar shows them.
    pub(crate) fn window_titles(&self) -> Vec<String> {
        let listed = self.command("wmctrl").arg("-l").output().unwrap();
        // A line of `wmctrl -l` has the id, the desktop and the host, each padded, and then the title.
        let title = |line: &str| {
            let rest = (0..3).try_fold(line, |rest, _| Some(rest.trim_start().split_once(char::is_whitespace)?.1));
            Some(rest?.trim_start().to_owned())
        };
        String::from_utf8_lossy(&listed.stdout).lines().filter_map(title).collect()
    }

    /// Asks a window to close, as its close button does.
    pub(crate) fn ask_to_close(&self, title: &str) {
        assert!(self.command("wmctrl").args(["-c", title]).status().unwrap().success(), "there is a window “{title}”");
    }

    /// Minimizes the window whose title contains `title`, and waits until it is.
    pub(crate) fn minimize(&self, title: &str) {
        // The search ends with an error where another window goes away meanwhile.
        let minimized = (0..5).any(|_| {
            let mut search = self.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", title, "windowminimize", "--sync"]);
            search.status().unwrap().success()
        });
        assert!(minimized, "there is a window “{title}”");
    }

    /// Shows a window again, as the task bar does.
    pub(crate) fn raise(&self, title: &str) {
        assert!(self.command("wmctrl").args(["-a", title]).status().unwrap().success(), "there is a window “{title}”");
    }

    /// Whether the window with the keyboard has this in its title.
    pub(crate) fn is_in_front(&self, title: &str) -> bool {
        let active = self.command("xdotool").args(["getactivewindow", "getwindowname"]).output().unwrap();
        String::from_utf8_lossy(&active.stdout).contains(title)
    }

    /// Presses keys as the keyboard does, for whichever program has them.
    pub(crate) fn press_keys(&self, keys: &str) {
        assert!(self.command("xdotool").args(["key", "--clearmodifiers", keys]).status().unwrap().success());
    }

    /// Types a text as the keyboard does, for whichever program has it.
    pub(crate) fn type_text(&self, text: &str) {
        assert!(
            self.command("xdotool")
                .args(["type", "--clearmodifiers", "--delay", "8", text])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Whether the entry of a window in the task bar asks for attention.
    pub(crate) fn asks_for_attention(&self, title: &str) -> bool {
        let found = self.command("xdotool").args(["search", "--name", title]).output().unwrap();
        String::from_utf8_lossy(&found.stdout).lines().any(|window| {
            let state = self.command("xprop").args(["-id", window, "_NET_WM_STATE", "WM_HINTS"]).output().unwrap();
            let state = String::from_utf8_lossy(&state.stdout).into_owned();
            state.contains("_NET_WM_STATE_DEMANDS_ATTENTION") || state.contains("urgency hint bit is set")
        })
    }

    /// Prepares a program to run on this desktop. It inherits only the search path from the environment of the tests.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        with(&mut command, &environment(self.home.path(), &self.display, self.bus.address(), self.theme));
        command.env("HAJIME_OPEN_COMMAND", self.browser());
        command
    }

    /// Starts the keyring again, unlocked and with its entries.
    pub(crate) async fn unlock_keyring(&mut self) {
        self.stop_keyring().await;
        let environment = environment(self.home.path(), &self.display, self.bus.address(), self.theme);
        self.keyring = Some(unlocked_keyring(&environment));
        self.bus.wait_for_service("org.freedesktop.secrets").await;
    }

    /// Ends the keyring and waits until its name on the bus is free.
    pub(crate) async fn stop_keyring(&mut self) {
        drop(self.keyring.take());
        self.bus.wait_until_free("org.freedesktop.secrets").await;
    }

    /// The environment in which the default browser was last started; `None` before its first start.
    pub(crate) fn browser_environment(&self) -> Option<String> {
        std::fs::read_to_string(self.home.path().join("opened-environment")).ok().filter(|all| !all.is_empty())
    }

    /// The message bus of this desktop.
    pub(crate) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Counts the pixels of the screen with about this colour. The driver's screenshots leave out the picture of a
    /// video, so the test looks at the screen.
    pub(crate) fn points_coloured(&self, colour: [u8; 3]) -> usize {
        let display = self.display.as_str();
        let screen = self
            .command("ffmpeg")
            .args(["-loglevel", "error", "-f", "x11grab", "-video_size", "1440x960", "-i", display])
            .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let near = |point: &[u8]| point.iter().zip(colour).all(|(shown, wanted)| shown.abs_diff(wanted) <= 10);
        screen.stdout.chunks_exact(3).filter(|point| near(point)).count()
    }

    /// Waits for a text on the clipboard and returns it.
    pub(crate) async fn clipboard(&self) -> String {
        until("text on the clipboard", SOON, async || self.clipboard_now()).await
    }

    /// Empties the clipboard, so that the next text on it is known to be new.
    pub(crate) fn clear_clipboard(&self) {
        self.copy("");
    }

    /// Copies a text as another program does.
    pub(crate) fn copy(&self, text: &str) {
        let mut xclip = self
            .command("xclip")
            .args(["-selection", "clipboard"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        xclip.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        xclip.wait().unwrap();
    }

    /// Writes a screenshot of the whole screen to a file.
    pub(crate) fn picture(&self, to: &Path) {
        let taken = self
            .command("ffmpeg")
            .args(["-loglevel", "error", "-y", "-f", "x11grab", "-video_size", "1440x960", "-i", &self.display])
            .args(["-frames:v", "1"])
            .arg(to)
            .stdin(Stdio::null())
            .status();
        assert!(taken.unwrap().success());
    }

    /// Returns every address that the default browser opened, oldest first.
    pub(crate) fn opened_addresses(&self) -> Vec<String> {
        let list = std::fs::read_to_string(self.home.path().join("opened")).unwrap_or_default();
        list.lines().map(str::to_owned).collect()
    }

    /// Returns the text on the clipboard; `None` when there is none.
    pub(crate) fn clipboard_now(&self) -> Option<String> {
        // When the owner of the clipboard ends during the request, it never answers and xclip waits for ever.
        let output = self
            .command("timeout")
            .args(["2", "xclip", "-selection", "clipboard", "-out"])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    }

    fn browser(&self) -> PathBuf {
        self.home.path().join("browser")
    }

    /// Writes the default browser of this desktop: a script that logs the addresses it opens and its environment.
    fn write_browser(&self) {
        let opened = self.home.path().join("opened");
        std::fs::write(
            self.browser(),
            format!("#!/bin/sh\nenv > '{0}-environment'\nprintf '%s\\n' \"$1\" >> '{0}'\n", opened.display()),
        )
        .unwrap();
        std::fs::set_permissions(self.browser(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn x_server() -> (Process, String) {
    // The X server chooses a free display and prints its number when it is ready.
    let mut server = Process::start(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1440x960x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    );
    let mut number = String::new();
    BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut number).unwrap();
    assert!(!number.trim().is_empty(), "Xvfb did not start");
    (server, format!(":{}", number.trim()))
}

fn unlocked_keyring(environment: &[(&str, String)]) -> Process {
    let mut keyring = Process::start(
        with(
            Command::new("gnome-keyring-daemon").args(["--foreground", "--unlock", "--components=secrets"]),
            environment,
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null()),
    );
    // The keyring daemon reads a password from standard input until its end; it then makes and unlocks the login
    // keyring.
    keyring.child().stdin.take().unwrap().write_all(KEYRING_PASSWORD).unwrap();
    keyring
}

fn environment(home: &Path, display: &str, bus: &str, theme: Theme) -> Vec<(&'static str, String)> {
    let inside = |name: &str| home.join(name).display().to_string();
    let mut variables = vec![
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("HOME", inside("")),
        ("LANG", "C.UTF-8".to_owned()),
        ("TZ", "Europe/Berlin".to_owned()),
        ("DISPLAY", display.to_owned()),
        ("DBUS_SESSION_BUS_ADDRESS", bus.to_owned()),
        ("XDG_RUNTIME_DIR", inside("runtime")),
        ("XDG_DATA_HOME", inside("share")),
        ("XDG_CONFIG_HOME", inside("config")),
        ("XDG_CACHE_HOME", inside("cache")),
        ("XDG_STATE_HOME", inside("state")),
        ("XDG_SESSION_TYPE", "x11".to_owned()),
        ("GDK_BACKEND", "x11".to_owned()),
        // The desktop has no accessibility bus; without this variable GTK waits for one.
        ("NO_AT_BRIDGE", "1".to_owned()),
    ];
    if theme == Theme::Dark {
        variables.push(("GTK_THEME", "Adwaita:dark".to_owned()));
    }
    variables
}

fn with<'command>(command: &'command mut Command, environment: &[(&str, String)]) -> &'command mut Command {
    command.env_clear();
    for (name, value) in environment {
        command.env(name, value);
    }
    command
}
