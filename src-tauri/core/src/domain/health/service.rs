//! The files with which the system starts `hajime-cli watch` for a user: a unit of systemd, or an agent of launchd.
//!
//! A file begins with a mark and the hash of the rest. A file without them, or with another hash, was written or changed by
//! somebody else and is left alone.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::domain::sharing::ledger::hex;

/// The name of the unit of systemd.
pub const UNIT: &str = "hajime-watch.service";
/// The name of the agent of launchd.
pub const AGENT: &str = "org.hajime.watch";
/// The beginning of the line that says who wrote a file.
const MARK: &str = "Written by Hajime (hajime-cli service install), hash ";

/// What a service starts.
#[derive(Debug, Clone, Copy)]
pub struct Started<'a> {
    /// The program.
    pub program: &'a Path,
    /// The data folder, where it is not the usual one.
    pub data: Option<&'a Path>,
}

/// Why there is no file for a service: a path that it cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path {0} has a character that the file of a service cannot hold")]
pub struct Unwritable(pub String);

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Hajime wrote it, and nobody changed it.
    Ours,
    /// Somebody else wrote or changed it.
    SomebodyElses,
}

/// The unit of systemd (systemd.service(5), systemd.exec(5)).
///
/// It holds no secret: the token is in the keyring or the `.env` of the data folder. `:` before the program keeps systemd from
/// replacing variables. What restricts file systems needs user namespaces, which some distributions turn off, and then
/// the service would not start at all; so it is not asked for.
pub fn unit(started: Started<'_>) -> Result<String, Unwritable> {
    // systemd starts no program with these characters in its path, however they are written.
    if text_of(started.program)?.contains(['"', '\'', '\\']) {
        return Err(unwritable(started.program));
    }
    let mut words = vec![systemd_word(started.program)?];
    if let Some(data) = started.data {
        words.extend(["--data-dir".to_owned(), systemd_word(data)?]);
    }
    words.extend(["watch".to_owned(), "--service".to_owned()]);
    let body = format!(
        "[Unit]\n\
         Description=Hajime follows classes, recordings and messages\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         Type=exec\n\
         ExecStart=:{}\n\
         Restart=on-failure\n\
         RestartSec=30\n\
         TimeoutStopSec=30\n\
         KillMode=mixed\n\
         UMask=0077\n\
         NoNewPrivileges=yes\n\
         RestrictSUIDSGID=yes\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        words.join(" ")
    );
    Ok(format!("# {MARK}{}\n{body}", hash(&body)))
}

/// The agent of launchd (launchd.plist(5)).
pub fn agent(started: Started<'_>) -> Result<String, Unwritable> {
    let mut words = vec![text_of(started.program)?];
    if let Some(data) = started.data {
        words.extend(["--data-dir", text_of(data)?]);
    }
    words.extend(["watch", "--service"]);
    let words: Vec<String> = words.iter().map(|word| format!("    <string>{}</string>\n", xml(word))).collect();
    let words = words.concat();
    let body = format!(
        "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{AGENT}</string>\n  <key>ProgramArguments</key>\n  \
         <array>\n{words}  </array>\n  <key>RunAtLoad</key>\n  <true/>\n  <key>KeepAlive</key>\n  <dict>\n    \
         <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n  <key>ThrottleInterval</key>\n  <integer>30</integer>\n  \
         <key>ProcessType</key>\n  <string>Background</string>\n  <key>Umask</key>\n  <integer>63</integer>\n</dict>\n</plist>\n"
    );
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {MARK}{} -->\n{body}", hash(&body)))
}

/// Whose a file is, by the mark in it.
#[must_use]
pub fn whose(file: &str) -> Whose {
    let file = file.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap_or(file);
    let marked = file.split_once('\n').and_then(|(mark, body)| {
        let told = mark.trim_start_matches(['#', '<', '!', '-', ' ']).strip_prefix(MARK)?;
        Some(told.trim_end_matches([' ', '-', '>']) == hash(body))
    });
    if marked == Some(true) { Whose::Ours } else { Whose::SomebodyElses }
}

/// The program that a file of ours starts.
#[must_use]
pub fn program_in(file: &str) -> Option<String> {
    if let Some((_, after)) = file.split_once("<array>\n    <string>") {
        let (word, _) = after.split_once("</string>")?;
        let word = word.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
        return Some(word.replace("&amp;", "&"));
    }
    let line = file.lines().find_map(|line| line.strip_prefix("ExecStart=:\""))?;
    let (mut word, mut letters) = (String::new(), line.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Some(word),
            '%' => word.push(letters.next()?),
            letter => word.push(letter),
        }
    }
    None
}

fn hash(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes())).chars().take(32).collect()
}

fn text_of(path: &Path) -> Result<&str, Unwritable> {
    let text = path.to_str().ok_or_else(|| unwritable(path))?;
    if text.is_empty() || text.chars().any(char::is_control) { Err(unwritable(path)) } else { Ok(text) }
}

fn unwritable(path: &Path) -> Unwritable {
    Unwritable(path.to_string_lossy().escape_debug().to_string())
}

/// A path in quotation marks, in which `\`, `"` and `%` mean themselves (systemd.syntax(7), systemd.unit(5)).
fn systemd_word(path: &Path) -> Result<String, Unwritable> {
    let text = text_of(path)?;
    let mut word = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\\' | '"' => word.extend(['\\', letter]),
            '%' => word.push_str("%%"),
            letter => word.push(letter),
        }
    }
    word.push('"');
    Ok(word)
}

fn xml(text: &str) -> String {
    crate::domain::text::html_escaped(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_as_written_down() {
        let started = Started { program: Path::new("/usr/bin/hajime-cli"), data: Some(Path::new("/srv/my data")) };
        let unit = unit(started).unwrap();
        let (mark, body) = unit.split_once('\n').unwrap();
        assert!(mark.starts_with("# Written by Hajime (hajime-cli service install), hash "), "{mark}");
        assert_eq!(
            body,
            "[Unit]\nDescription=Hajime follows classes, recordings and messages\nStartLimitIntervalSec=0\n\n[Service]\nType=exec\n\
             ExecStart=:\"/usr/bin/hajime-cli\" --data-dir \"/srv/my data\" watch --service\nRestart=on-failure\nRestartSec=30\n\
             TimeoutStopSec=30\nKillMode=mixed\nUMask=0077\nNoNewPrivileges=yes\nRestrictSUIDSGID=yes\n\n[Install]\n\
             WantedBy=default.target\n"
        );
    }

    #[test]
    fn every_path_reads_back_and_a_line_break_is_refused() {
        for path in ["/a b/hajime-cli", "/50%/x", "/$HOME/x", "/<&>/x", "/日本/x"] {
            let started = Started { program: Path::new(path), data: None };
            for file in [unit(started).unwrap(), agent(started).unwrap()] {
                assert_eq!(program_in(&file).as_deref(), Some(path), "{file}");
                assert_eq!(whose(&file), Whose::Ours);
            }
        }
        for path in ["/a\nExecStart=/bin/evil", "/a\rb", "", "/a\u{0}b"] {
            let started = Started { program: Path::new(path), data: None };
            assert!(unit(started).is_err() && agent(started).is_err(), "{path:?}");
        }
        let quoted = Path::new("/a\"b\\c");
        assert!(unit(Started { program: quoted, data: None }).is_err(), "systemd starts no such program");
        let data = unit(Started { program: Path::new("/usr/bin/hajime-cli"), data: Some(quoted) }).unwrap();
        assert!(data.contains(r#"--data-dir "/a\"b\\c" watch"#), "{data}");
    }

    #[test]
    fn a_file_that_somebody_changed_or_wrote_is_theirs() {
        let started = Started { program: Path::new("/usr/bin/hajime-cli"), data: None };
        let ours = unit(started).unwrap();
        assert_eq!(whose(&ours.replace("RestartSec=30", "RestartSec=1")), Whose::SomebodyElses);
        assert_eq!(whose("[Service]\nExecStart=/bin/true\n"), Whose::SomebodyElses);
        assert_eq!(whose(""), Whose::SomebodyElses);
    }
}
