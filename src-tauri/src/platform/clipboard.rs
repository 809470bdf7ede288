//! The clipboard, and how its text is kept when the window is closed.
//!
//! Under X11 and Wayland the program that copies a text keeps it, and a program that pastes asks the first one for the
//! text. The text is lost when that program ends, unless a clipboard manager has stored it. Hajime marks secret
//! addresses so that clipboard managers do not store them. So when the window is closed, it starts its own program once
//! more as a small process, which keeps the text until something else is copied. That process receives the text through
//! a pipe, because other users could read a command line or an environment.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

#[cfg(target_os = "macos")]
use arboard::SetExtApple as _;
#[cfg(all(unix, not(target_os = "macos")))]
use arboard::SetExtLinux as _;
#[cfg(windows)]
use arboard::SetExtWindows as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// How long the keeping process keeps the text after the window was closed.
const RETENTION: Duration = Duration::from_hours(12);
/// How often the keeping process checks whether something else was copied or the desktop session has ended.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How long closing the window may wait for the clipboard, and for the notification that its text is lost.
const CLOSING_LIMIT: Duration = Duration::from_secs(2);
/// The line on standard output with which the keeping process reports that the text is on the clipboard.
const KEPT_LINE: &str = "kept";
/// The longest input of the keeping process, in bytes. A share link has about 1,000, and the invitations of the largest
/// class have about 4 million.
const MAX_INPUT_BYTES: u64 = 16 << 20;

/// The clipboard, and the text that Hajime last copied to it.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<(arboard::Clipboard, Copied)>>);

/// What was copied: a text, and perhaps the same text as HTML.
#[derive(Clone)]
struct Copied {
    text: SecretString,
    html: Option<SecretString>,
}

/// [`Copied`] on its way to the keeping process.
#[derive(Serialize, Deserialize)]
struct Handed<'a> {
    text: Cow<'a, str>,
    html: Option<Cow<'a, str>>,
}

impl Clipboard {
    /// Puts a text on the clipboard, reads it back, and excludes it from clipboard histories, where the system supports
    /// that.
    pub(crate) fn copy(&self, text: &str) -> Result<(), arboard::Error> {
        self.put(text, None)
    }

    /// Like [`Clipboard::copy`], with the same text as HTML for programs that show formatted text.
    pub(crate) fn copy_formatted(&self, text: &str, html: &str) -> Result<(), arboard::Error> {
        self.put(text, Some(html))
    }

    /// Whether the clipboard can be reached.
    pub(crate) fn works(&self) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.is_some() || arboard::Clipboard::new().is_ok()
    }

    fn put(&self, text: &str, html: Option<&str>) -> Result<(), arboard::Error> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut clipboard = match held.take() {
            Some((clipboard, _)) => clipboard,
            None => arboard::Clipboard::new()?,
        };
        put(&mut clipboard, text, html)?;
        // Another program may have taken the clipboard, or the system may have refused it without saying so.
        if clipboard.get_text()? != text {
            let description = "the clipboard holds something else than what was copied".to_owned();
            return Err(arboard::Error::Unknown { description });
        }
        *held = Some((clipboard, Copied { text: text.into(), html: html.map(SecretString::from) }));
        Ok(())
    }

    /// Starts the process that keeps the copied text on the clipboard after this process has ended. Does nothing on
    /// macOS and Windows, where the system keeps the text.
    pub(crate) fn hand_on(&self) {
        let Some((mut clipboard, copied)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        if cfg!(not(all(unix, not(target_os = "macos")))) {
            return;
        }
        let handed_on = within(CLOSING_LIMIT, move || {
            // Reading the clipboard asks the program that owns it. If the owner is the page of this window, it cannot
            // answer while the window closes, so [`CLOSING_LIMIT`] ends the wait.
            let ours = clipboard.get_text().is_ok_and(|now| now == copied.text.expose_secret());
            let started = if ours { start_keeper(&copied) } else { Ok(()) };
            drop(clipboard);
            started
        });
        match handed_on {
            Some(Ok(())) => return,
            Some(Err(error)) => tracing::warn!(%error, "what was copied is gone from the clipboard with the window"),
            None => tracing::warn!("the clipboard did not answer while the window was closed"),
        }
        say_that_it_is_gone();
    }
}

/// Keeps the text from standard input on the clipboard until something else is copied, or for [`RETENTION`]. This is
/// all that the process started by [`Clipboard::hand_on`] does.
pub(crate) fn keep() -> ExitCode {
    let mut input = String::new();
    let kept =
        io::stdin().take(MAX_INPUT_BYTES).read_to_string(&mut input).map_err(|error| error.to_string()).and_then(
            |_| {
                let Handed { text, html } = serde_json::from_str(&input).map_err(|error| error.to_string())?;
                let mut clipboard = arboard::Clipboard::new().map_err(|error| error.to_string())?;
                put(&mut clipboard, &text, html.as_deref()).map_err(|error| error.to_string())?;
                writeln!(io::stdout(), "{KEPT_LINE}").map_err(|error| error.to_string())?;
                let since = Instant::now();
                while since.elapsed() < RETENTION && clipboard.get_text().is_ok_and(|now| now == text) {
                    std::thread::sleep(CHECK_INTERVAL);
                }
                Ok(())
            },
        );
    match kept {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::warn!(%error, "the text could not be kept on the clipboard");
            ExitCode::FAILURE
        }
    }
}

/// Tells the person by a desktop notification, because the window is already closed, that the copied text may be lost.
fn say_that_it_is_gone() {
    let said = within(CLOSING_LIMIT, || {
        notify_rust::Notification::new()
            .appname("Hajime")
            .icon("hajime")
            .summary("The copied text may be lost")
            .body("The clipboard may have been emptied when Hajime closed. Open Hajime and copy it again before you paste.")
            .show()
            .map(drop)
    });
    match said {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::warn!(%error, "no notification could be shown"),
        None => tracing::warn!("the notification service did not answer"),
    }
}

fn put(clipboard: &mut arboard::Clipboard, text: &str, html: Option<&str>) -> Result<(), arboard::Error> {
    #[cfg(windows)]
    let set = clipboard.set().exclude_from_monitoring();
    #[cfg(not(windows))]
    let set = clipboard.set().exclude_from_history();
    match html {
        Some(html) => set.html(html, Some(text)),
        None => set.text(text),
    }
}

/// Starts the process that keeps a text, and waits until it has put the text on the clipboard.
fn start_keeper(copied: &Copied) -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--keep-clipboard").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A separate process group, so that a signal from the terminal, such as Ctrl+C, ends the window only.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut keeper = command.spawn()?;
    if let Some(mut input) = keeper.stdin.take() {
        let html = copied.html.as_ref().map(|html| Cow::Borrowed(html.expose_secret()));
        let handed = Handed { text: Cow::Borrowed(copied.text.expose_secret()), html };
        serde_json::to_writer(&mut input, &handed)?;
    }
    let mut said = String::new();
    if let Some(output) = keeper.stdout.take() {
        BufReader::new(output).read_line(&mut said)?;
    }
    if said.trim() == KEPT_LINE { Ok(()) } else { Err(io::Error::other("the keeping process did not start")) }
}

/// Runs `work` in a thread and returns its result; `None` if it takes longer than `patience`.
fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || answer.send(work()));
    answered.recv_timeout(patience).ok()
}
