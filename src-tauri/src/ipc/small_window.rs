//! What the page of the small window may ask for. It has no settings, no account and no links, so a foreign script in it
//! gets none of them.

use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;

use crate::ipc::events::LARGE;
use crate::platform::compact;

/// The commands that the small window uses.
const COMMANDS: [&str; 13] = [
    "compact_close",
    "desk_status",
    "large_window",
    "live_list",
    "recording_pause",
    "recording_resume",
    "session_end",
    "session_extend",
    "session_invite",
    "session_keep_open",
    "session_start",
    "sessions_list",
    "today",
];

/// Refuses a command that the window with this label does not use, and every command of an unknown window.
pub(super) fn check(label: &str, command: &str) -> Result<(), UserError> {
    match label {
        LARGE => Ok(()),
        compact::LABEL if COMMANDS.contains(&command) => Ok(()),
        _ => Err(UserError::new(
            ErrorCode::Conflict,
            "This window cannot do this.",
            "Open the large window and do it there.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The commands that the files of the small window call, by the names of their functions.
    fn called() -> BTreeSet<String> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/compact"));
        let mut called = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with(".test.ts") {
                continue;
            }
            let source: String = std::fs::read_to_string(path).unwrap().split_whitespace().collect();
            for call in source.split("api.").skip(1) {
                let name: String = call.chars().take_while(char::is_ascii_alphanumeric).collect();
                called.insert(snake(&name));
            }
        }
        called
    }

    fn snake(camel: &str) -> String {
        let letter = |letter: char| {
            if letter.is_ascii_uppercase() { format!("_{}", letter.to_ascii_lowercase()) } else { letter.to_string() }
        };
        camel.chars().map(letter).collect()
    }

    #[test]
    fn the_small_window_may_call_exactly_what_it_uses() {
        assert_eq!(called(), COMMANDS.iter().map(|name| (*name).to_owned()).collect());
    }

    #[test]
    fn every_command_of_the_small_window_exists() {
        let known: Vec<_> = crate::ipc::names();
        for command in COMMANDS {
            assert!(known.contains(&command), "{command}");
        }
    }

    #[test]
    fn only_the_large_window_may_call_everything() {
        assert!(check("compact", "live_list").is_ok());
        assert!(check("compact", "settings_save").is_err());
        assert!(check("main", "settings_save").is_ok());
        for unknown in ["", "main2", "Main", "compact-2"] {
            assert!(check(unknown, "settings_save").is_err(), "{unknown}");
            assert!(check(unknown, "live_list").is_err(), "{unknown}");
        }
    }
}
