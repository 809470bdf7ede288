//! Names of files that every file system accepts.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::one_line;

/// The longest file name in bytes. Most file systems accept 255; eCryptfs, which encrypts home folders, accepts 143
/// (Linux, `ecryptfs_kernel.h`).
pub const NAME_MAX_BYTES: usize = 143;
/// The characters that Windows forbids in file names, and `/`, which every system forbids (Microsoft, “Naming Files,
/// Paths, and Namespaces”).
const FORBIDDEN: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
/// Names that Windows reserves for devices, whatever extension follows.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Names that Windows reserves for devices when one digit follows.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// The prefix for a file name that Windows reserves for a device.
const DEVICE_MARK: &str = "_";

/// Builds a file name from a title and an ending. A long title is shortened, but never inside a character as people see
/// it. `instead` replaces a title of which nothing is left.
#[must_use]
pub fn file_name(title: &str, instead: &str, ending: &str) -> String {
    let plain: String = title.chars().map(|letter| if FORBIDDEN.contains(&letter) { ' ' } else { letter }).collect();
    let plain = one_line(&plain);
    let mut name = String::new();
    for piece in plain.graphemes(true) {
        if [&name, piece, ending, DEVICE_MARK].iter().map(|part| part.len()).sum::<usize>() > NAME_MAX_BYTES {
            break;
        }
        name.push_str(piece);
    }
    // Windows drops dots and blanks at the end; on other systems a dot at the beginning hides the file.
    let name = name.trim_matches(|letter: char| letter == '.' || letter.is_whitespace());
    let name = if name.is_empty() { instead } else { name };
    let whole = format!("{name}{ending}");
    if is_device(&whole) { format!("{DEVICE_MARK}{whole}") } else { whole }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |device: &&str| {
        stem.strip_prefix(*device).is_some_and(|number| {
            let mut letters = number.chars();
            matches!((letters.next(), letters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENDING: &str = " 2026-03-20 18.00 (99).mp4";

    #[test]
    fn forbidden_and_invisible_characters_of_a_title_are_left_out_of_the_name() {
        for (title, name) in [
            ("Karate: kihon / kata", "Karate kihon kata 2026-03-20 18.00 (99).mp4"),
            ("..hidden. ", "hidden 2026-03-20 18.00 (99).mp4"),
            ("../../etc/passwd", "etc passwd 2026-03-20 18.00 (99).mp4"),
            ("\u{202e}gpj", "gpj 2026-03-20 18.00 (99).mp4"),
            ("???", "Recording 2026-03-20 18.00 (99).mp4"),
            ("", "Recording 2026-03-20 18.00 (99).mp4"),
        ] {
            assert_eq!(file_name(title, "Recording", ENDING), name, "{title:?}");
        }
    }

    #[test]
    fn a_name_that_windows_reserves_for_a_device_gets_an_underscore() {
        for (title, name) in [
            ("aux.h", "_aux.h.db"),
            ("NUL", "_NUL.db"),
            ("Com3", "_Com3.db"),
            ("lpt¹.x", "_lpt¹.x.db"),
            ("CON .x", "_CON .x.db"),
            ("Console", "Console.db"),
            ("com10", "com10.db"),
        ] {
            assert_eq!(file_name(title, "x", ".db"), name);
        }
    }

    #[test]
    fn a_long_title_is_never_cut_inside_an_emoji() {
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        let name = file_name(&family.repeat(50), "Recording", ENDING);
        assert!(name.len() <= NAME_MAX_BYTES, "{}", name.len());
        assert_eq!(name.strip_suffix(ENDING).unwrap().replace(family, ""), "");
        assert_eq!(file_name(&"x".repeat(500), "Recording", ENDING).len(), NAME_MAX_BYTES - 1);
    }

    proptest! {
        #[test]
        fn the_name_for_any_title_fits_and_does_not_end_in_a_dot_or_blank(title in "\\PC{0,300}") {
            let name = file_name(&title, "Recording", ".mp4");
            prop_assert!(name.len() <= NAME_MAX_BYTES && !name.contains('/'));
            let stem = name.strip_suffix(".mp4").unwrap();
            prop_assert!(!stem.is_empty() && !stem.ends_with(['.', ' ']));
        }
    }
}
