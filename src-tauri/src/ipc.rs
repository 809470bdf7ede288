//! The commands that the page calls. Each file holds the commands of one feature and the data that they send and
//! receive.
//!
//! A command parses its arguments, calls one action of the core and converts the result; the core words every sentence
//! and makes every decision. `ui/src/ipc/bindings.ts` is generated from the commands (`cargo xtask bindings`), and a
//! test fails when it is stale. To add a command, write it in the file of its feature and add its name to the
//! `commands!` list there.

#[cfg(test)]
pub(crate) mod contract;
mod delivery;
pub(crate) mod events;
mod health;
mod library;
mod profile;
mod recorder;
mod rehearsal;
mod schedule;
mod sharing;
mod small_window;
mod user_error;
mod window;

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use hajime_core::domain::bounds::moment_from;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::IdError;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::schedule::invitation_text::FilledText;
use hajime_core::error::{Error, UserError};
use hajime_core::supervisor::Supervisor;
use tauri::ipc::Invoke;
use tauri::{AppHandle, Manager as _};

use crate::accounts::internal;
use crate::platform::clipboard::Clipboard;

/// The commands of one file.
pub(crate) struct Commands {
    /// The names by which the page calls the commands.
    pub(crate) names: &'static [&'static str],
    /// Handles a call of one of the commands.
    pub(crate) handle: Box<dyn Fn(Invoke) -> bool + Send + Sync>,
}

/// Calls the same function in every file that has commands, and collects the results in an array.
macro_rules! of_every_file {
    ($function:ident($($argument:expr)?)) => {
        [
            schedule::$function($($argument)?),
            schedule::planning::$function($($argument)?),
            schedule::holidays::$function($($argument)?),
            schedule::preflight::$function($($argument)?),
            schedule::calendar::$function($($argument)?),
            schedule::calendar_files::$function($($argument)?),
            schedule::calendar_feeds::$function($($argument)?),
            schedule::class_links::$function($($argument)?),
            schedule::roster::$function($($argument)?),
            schedule::series::$function($($argument)?),
            recorder::$function($($argument)?),
            recorder::live_room::$function($($argument)?),
            recorder::history::$function($($argument)?),
            recorder::open_rooms::$function($($argument)?),
            recorder::waiting::$function($($argument)?),
            library::recordings::$function($($argument)?),
            library::attachment::$function($($argument)?),
            library::bin::$function($($argument)?),
            library::captions::$function($($argument)?),
            library::clip::$function($($argument)?),
            library::description::$function($($argument)?),
            library::public_videos::$function($($argument)?),
            library::retention::$function($($argument)?),
            library::search::$function($($argument)?),
            library::today::$function($($argument)?),
            library::transfers::$function($($argument)?),
            health::storage::$function($($argument)?),
            health::usage::$function($($argument)?),
            sharing::$function($($argument)?),
            sharing::keys::$function($($argument)?),
            sharing::ledger::$function($($argument)?),
            delivery::$function($($argument)?),
            delivery::mail::$function($($argument)?),
            health::metrics::$function($($argument)?),
            health::alerts::$function($($argument)?),
            health::desk::$function($($argument)?),
            health::report::$function($($argument)?),
            profile::account::$function($($argument)?),
            profile::app::$function($($argument)?),
            profile::backups::$function($($argument)?),
            profile::desktop::$function($($argument)?),
            profile::jobs::$function($($argument)?),
            profile::journal::$function($($argument)?),
            profile::join_page::$function($($argument)?),
            profile::role::$function($($argument)?),
            profile::settings::$function($($argument)?),
            rehearsal::$function($($argument)?),
            window::$function($($argument)?),
        ]
    };
}
#[cfg(test)]
use of_every_file;

/// Returns the function that passes each call of the window’s page to the command that it names.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    let files = of_every_file!(commands());
    move |call| {
        if let Err(refused) = small_window::check(call.message.webview_ref().label(), call.message.command()) {
            tracing::warn!(command = call.message.command(), "a window asked for a command that it may not use");
            call.resolver.reject(refused);
            return true;
        }
        let file = files.iter().find(|file| file.names.contains(&call.message.command()));
        file.is_some_and(|file| (file.handle)(call))
    }
}

/// The names of all commands.
#[cfg(test)]
pub(crate) fn names() -> Vec<&'static str> {
    of_every_file!(commands()).iter().flat_map(|file| file.names).copied().collect()
}

/// Runs the work of a command. A panic becomes an error, so that the page gets an answer; the log says where it
/// happened.
pub(crate) async fn answered<T>(work: impl Future<Output = Result<T, UserError>>) -> Result<T, UserError> {
    let done = Supervisor::default().caught("answering the window", work).await;
    done.unwrap_or_else(|_| Err(internal()))
}

/// Parses an id that the page sent.
fn id<T: FromStr<Err = IdError>>(text: &str) -> Result<T, UserError> {
    text.parse().map_err(|error: IdError| {
        UserError::new(ErrorCode::InvalidInput, format!("{error}."), "Open the list again and choose from it.")
    })
}

/// The instant as RFC 3339 text in UTC, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// [`instant`] for an instant that may be unknown.
fn maybe_instant(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(instant)
}

/// Copies a text to the clipboard and excludes it from clipboard histories, where the system supports that. Returns
/// whether that worked.
fn copy(app: &AppHandle, text: &str) -> bool {
    match app.state::<Clipboard>().copy(text) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the clipboard could not be written");
            false
        }
    }
}

/// Like [`copy`], for an invitation: programs that show formatted text get its HTML.
fn copy_letter(app: &AppHandle, letter: &FilledText) -> bool {
    match app.state::<Clipboard>().copy_formatted(&letter.plain, &letter.html) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the clipboard could not be written");
            false
        }
    }
}

/// Parses an instant that the page sent for a field of a form.
fn moment_of(field: &'static str, text: &str) -> Result<DateTime<Utc>, UserError> {
    moment_from(text).ok_or_else(|| {
        let message = format!("“{}” is no date with a time.", text.chars().take(40).collect::<String>());
        Error::from(Invalid::one(field, message, "Choose the date and the time again.")).into()
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn a_command_that_panics_answers_with_an_error() {
        let answer: Result<(), UserError> =
            answered(async { panic!("overflow when adding duration to instant") }).await;
        let answer = serde_json::to_value(answer.unwrap_err()).unwrap();
        assert_eq!(answer["code"], "internal");
        assert!(!answer.to_string().contains("overflow"), "{answer}");
    }

    #[tokio::test]
    async fn a_command_that_succeeds_answers_with_its_result() {
        assert_eq!(answered(async { Ok(2) }).await.unwrap(), 2);
    }

    #[test]
    fn every_command_has_a_name_of_its_own() {
        let mut names = names();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn every_command_is_declared_with_the_macro_that_always_answers() {
        fn check(folder: &Path) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    check(&path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                let plain = source.contains("#[tauri::command") || source.contains("use tauri::command");
                assert!(!plain, "{}: use #[hajime_macros::command] in place of Tauri’s", path.display());
            }
        }
        check(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri/src/ipc")));
    }
}
