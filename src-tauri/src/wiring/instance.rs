//! Allows one window for each data folder, and one more for the sandbox of that folder.
//!
//! A second start with the same data folder shows the open window. With another folder, it opens a second window on
//! Linux, where an app may have several. On other systems the open window says which options of the second start had no
//! effect.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use clap::Parser as _;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use hajime_core::{environment, opening};
use tauri::AppHandle;

use crate::ipc::events::{self, Event};
use crate::options::Options;

/// The D-Bus id by which a second start with the same data folder and the same `--sandbox` finds the first one. The
/// plugin for single instances adds a prefix and a suffix.
pub(crate) fn name(identifier: &str, options: &Options) -> String {
    let mut hasher = DefaultHasher::new();
    folder(options, Path::new("")).hash(&mut hasher);
    let sandbox = if options.sandbox { ".sandbox" } else { "" };
    // The part between two dots of a D-Bus name must not begin with a digit, so the hash follows the word `data`.
    format!("{identifier}.data{:016x}{sandbox}", hasher.finish())
}

/// Handles a second start that found this window: names the options that it gave and that have no effect here.
pub(crate) fn asked(app: &AppHandle, mine: &Options, arguments: Vec<String>, working_folder: &str) {
    let Ok(theirs) = Options::try_parse_from(environment::given_arguments(arguments)) else { return };
    let refused = refused(mine, &theirs, Path::new(working_folder));
    if refused.is_empty() {
        return;
    }
    let open = folder(mine, Path::new(""));
    let notice = UserError::new(
        ErrorCode::Conflict,
        format!("Hajime is already open with the data in {}.", open.display()),
        format!("{} had no effect. Close this window, then start Hajime again.", refused.join(" and ")),
    );
    events::emit(app, Event::Notice(notice));
}

fn refused(mine: &Options, theirs: &Options, working_folder: &Path) -> Vec<&'static str> {
    let data = theirs.data_dir.is_some() && folder(theirs, working_folder) != folder(mine, Path::new(""));
    let sandbox = theirs.sandbox && !mine.sandbox;
    let speed = theirs.sandbox_speed.is_some() && theirs.sandbox_speed != mine.sandbox_speed;
    let info = theirs.sandbox_info.is_some() && theirs.sandbox_info != mine.sandbox_info;
    let all = [(data, "--data-dir"), (sandbox, "--sandbox"), (speed, "--sandbox-speed"), (info, "--sandbox-info")];
    all.into_iter().filter_map(|(refused, option)| refused.then_some(option)).collect()
}

/// The absolute path of the data folder, with symbolic links resolved in the part of it that exists.
fn folder(options: &Options, working_folder: &Path) -> PathBuf {
    let given = options.data_dir.clone().unwrap_or_else(opening::default_folder);
    let whole = std::path::absolute(working_folder.join(given)).unwrap_or_default();
    let existing = whole.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    existing.map_or_else(
        || whole.clone(),
        |(part, real)| whole.strip_prefix(part).map_or_else(|_| whole.clone(), |rest| real.join(rest)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        Options::parse_from([&["hajime"], arguments].concat())
    }

    #[test]
    fn the_name_depends_on_folder_and_sandbox_but_not_on_how_the_path_is_written() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        std::fs::create_dir(&path).unwrap();
        let name = |data: &Path, more: &[&str]| {
            name("org.hajime.desktop", &options(&[&["--data-dir", data.to_str().unwrap()], more].concat()))
        };
        let plain = name(&path, &[]);
        assert_eq!(name(&place.path().join("./data/"), &["--sandbox-speed", "60"]), plain);
        #[cfg(unix)]
        {
            let link = place.path().join("link");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            assert_eq!(name(&link, &[]), plain);
        }
        assert_ne!(name(&place.path().join("other"), &[]), plain);
        assert_ne!(name(&path, &["--sandbox"]), plain);
        assert!(plain.split('.').all(|part| !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit())));
    }

    #[test]
    fn a_folder_has_the_same_name_before_and_after_it_is_made() {
        let place = tempfile::tempdir().unwrap();
        let new = place.path().join("a/b");
        let options = options(&["--data-dir", new.to_str().unwrap()]);
        let before = name("x", &options);
        std::fs::create_dir_all(&new).unwrap();
        assert_eq!(name("x", &options), before);
    }

    #[test]
    fn refused_lists_the_options_that_differ_from_those_of_the_open_window() {
        let place = tempfile::tempdir().unwrap();
        let mine = options(&["--data-dir", place.path().to_str().unwrap()]);
        let refused = |arguments: &[&str]| refused(&mine, &options(arguments), place.path());
        assert_eq!(refused(&[]), Vec::<&str>::new());
        assert_eq!(refused(&["--data-dir", "."]), Vec::<&str>::new());
        assert_eq!(refused(&["--data-dir", "B", "--sandbox"]), ["--data-dir", "--sandbox"]);
        assert_eq!(refused(&["--sandbox-speed", "60"]), ["--sandbox-speed"]);
    }
}
