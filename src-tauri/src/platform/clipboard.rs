//! The clipboard, and what becomes of it when the window is closed.
//!
//! Under X11 and Wayland a program that copies something keeps it, and whoever pastes asks that program for it. So what was copied is gone
//! when the program ends, unless a clipboard manager took it over; and addresses that open a recording are marked so that clipboard managers
//! leave them alone. Therefore the window, when it is closed, starts a small process of its own program that keeps the text until something
//! else is copied. It is handed the text through a pipe: a command line and an environment could be read by others.

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

/// How long a text is kept after the window was closed.
const RETENTION: Duration = Duration::from_hours(12);
/// How often the keeping process looks whether something else was copied, or the desktop is gone.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How long closing may take because of the clipboard.
const PATIENCE: Duration = Duration::from_secs(2);
/// The line that the keeping process prints once the text is on the clipboard.
const KEPT_LINE: &str = "kept";
/// The longest text that is kept, in bytes. A share link has about a thousand.
const LONGEST: u64 = 1 << 20;

/// The clipboard, with what was last put there.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<(arboard::Clipboard, SecretString)>>);

impl Clipboard {
    /// Puts a text on the clipboard, past clipboard histories where the system can do that.
    pub(crate) fn copy(&self, text: &str) -> Result<(), arboard::Error> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut clipboard = match held.take() {
            Some((clipboard, _)) => clipboard,
            None => arboard::Clipboard::new()?,
        };
        put(&mut clipboard, text)?;
        *held = Some((clipboard, SecretString::from(text)));
        Ok(())
    }

    /// Leaves what was copied on the clipboard although this process ends. Other systems do that by themselves.
    pub(crate) fn hand_on(&self) {
        let Some((mut clipboard, text)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if cfg!(not(all(unix, not(target_os = "macos")))) {
            return;
        }
        let wanted = text.clone();
        let handed_on = within(PATIENCE, move || {
            // Whoever owns the clipboard now is asked for it; if that is this window's own page, it cannot answer while it closes.
            let ours = clipboard.get_text().is_ok_and(|now| now == wanted.expose_secret());
            let started = if ours { start_keeper(&wanted) } else { Ok(()) };
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

/// Keeps the text from standard input on the clipboard until something else is copied: the whole life of the process that
/// [`Clipboard::hand_on`] starts.
pub(crate) fn keep() -> ExitCode {
    let mut text = String::new();
    let kept = io::stdin().take(LONGEST).read_to_string(&mut text).map_err(|error| error.to_string()).and_then(|_| {
        let mut clipboard = arboard::Clipboard::new().map_err(|error| error.to_string())?;
        put(&mut clipboard, &text).map_err(|error| error.to_string())?;
        writeln!(io::stdout(), "{KEPT_LINE}").map_err(|error| error.to_string())?;
        let since = Instant::now();
        while since.elapsed() < RETENTION && clipboard.get_text().is_ok_and(|now| now == text) {
            std::thread::sleep(CHECK_INTERVAL);
        }
        Ok(())
    });
    match kept {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::warn!(%error, "the text could not be kept on the clipboard");
            ExitCode::FAILURE
        }
    }
}

/// There is no window any more to say it in.
fn say_that_it_is_gone() {
    let said = within(PATIENCE, || {
        notify_rust::Notification::new()
            .appname("Hajime")
            .icon("hajime")
            .summary("The clipboard was emptied with the window")
            .body("What you copied in Hajime may be gone from it. Open Hajime and copy it again before you paste.")
            .show()
            .map(drop)
    });
    match said {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::warn!(%error, "no notification could be shown"),
        None => tracing::warn!("the notification service did not answer"),
    }
}

fn put(clipboard: &mut arboard::Clipboard, text: &str) -> Result<(), arboard::Error> {
    #[cfg(windows)]
    return clipboard.set().exclude_from_monitoring().text(text);
    #[cfg(not(windows))]
    return clipboard.set().exclude_from_history().text(text);
}

/// Starts the process that keeps a text, and waits until it has it.
fn start_keeper(text: &SecretString) -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--keep-clipboard").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A signal from the terminal that ends the window, such as Ctrl+C, does not end the keeping process.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut keeper = command.spawn()?;
    if let Some(mut input) = keeper.stdin.take() {
        input.write_all(text.expose_secret().as_bytes())?;
    }
    let mut said = String::new();
    if let Some(output) = keeper.stdout.take() {
        BufReader::new(output).read_line(&mut said)?;
    }
    if said.trim() == KEPT_LINE { Ok(()) } else { Err(io::Error::other("the keeping process did not start")) }
}

/// The result of `work`; `None` if it takes longer than `patience`.
fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || answer.send(work()));
    answered.recv_timeout(patience).ok()
}
