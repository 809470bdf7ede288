//! Takes the API token out of the environment before anything else runs.
//!
//! Every program that a process starts inherits its environment: a web view's helpers, the browser, whatever the browser starts. And on
//! Linux what a process was started with can be read in `/proc` for as long as it lives. A variable cannot be taken away in safe Rust once
//! there may be threads, nor from what `/proc` shows. So a process that finds the token replaces itself by a fresh start of the same
//! program without our variables, which come to it on its standard input instead. It stays the same process: same id, same terminal.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::process::{Command, ExitCode};

use crate::config::{NAMES, TOKEN, Variables};

/// The first argument of a fresh start.
const VARIABLES_ON_STDIN_FLAG: &str = "--variables-on-standard-input";
/// Longer values are cut, which makes them unusable; no real one comes near. All of them fit into a pipe that nobody reads yet.
const LONGEST_VALUE: usize = 1_000;

/// The arguments and variables that are left after the secrets were taken out of the environment.
#[derive(Debug)]
pub struct Start {
    /// Its arguments, its own name first.
    pub arguments: Vec<OsString>,
    /// Our variables, which are no longer in its environment if a token was among them.
    pub variables: Variables,
}

/// Has to be called before anything else. Where this process has to give way to a fresh one and cannot, the answer is how it ends.
pub fn take() -> Result<Start, ExitCode> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if is_handed_over(&arguments) {
        arguments.remove(1);
        return Ok(Start { arguments, variables: handed_over() });
    }
    if std::env::var_os(TOKEN).is_none() {
        return Ok(Start { arguments, variables: Variables::of_process() });
    }
    Err(start_afresh(&arguments).unwrap_or_else(|error| {
        let words = format!(
            "{TOKEN} cannot be taken out of the environment ({error}), so other programs would see it. \
                             Put it into a .env file in the data folder instead.\n"
        );
        // There is nobody to tell when this fails.
        let _ = std::io::stderr().write_all(words.as_bytes());
        ExitCode::FAILURE
    }))
}

/// The arguments that somebody gave, from those of a process.
#[must_use]
pub fn given_arguments(mut arguments: Vec<String>) -> Vec<String> {
    if is_handed_over(&arguments) {
        arguments.remove(1);
    }
    arguments
}

fn is_handed_over(arguments: &[impl AsRef<OsStr>]) -> bool {
    arguments.get(1).is_some_and(|first| first.as_ref() == VARIABLES_ON_STDIN_FLAG)
}

fn start_afresh(arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let (reader, mut writer) = std::io::pipe()?;
    writer.write_all(&serde_json::to_vec(&ours())?)?;
    drop(writer);
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(VARIABLES_ON_STDIN_FLAG).args(arguments.get(1..).unwrap_or_default()).stdin(reader);
    for name in NAMES {
        command.env_remove(name);
    }
    replace(command, arguments)
}

fn ours() -> BTreeMap<&'static str, String> {
    let value =
        |name| std::env::var_os(name).map(|value| value.to_string_lossy().chars().take(LONGEST_VALUE).collect());
    NAMES.into_iter().filter_map(|name| Some((name, value(name)?))).collect()
}

fn handed_over() -> Variables {
    let mut text = Vec::new();
    // A pipe that cannot be read was not opened by us; then there are no variables.
    let read = std::io::stdin().lock().take(64 * 1024).read_to_end(&mut text);
    let all: BTreeMap<String, String> = read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default();
    Variables::read(|name| all.get(name).cloned())
}

#[cfg(unix)]
fn replace(mut command: Command, arguments: &[OsString]) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    if let Some(name) = arguments.first() {
        command.arg0(name);
    }
    Err(command.exec())
}

/// There is no replacing: this process waits for the fresh one and starts nothing else.
#[cfg(not(unix))]
fn replace(mut command: Command, _arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
