//! Removes the API token from the environment of the process before anything else runs.
//!
//! Every program that a process starts inherits its environment: the helpers of the web view, the browser, and whatever
//! the browser starts. On Linux, `/proc` shows the environment a process was started with for as long as the process
//! lives. Safe Rust can remove a variable neither once there may be threads, nor from `/proc`. A process that finds the
//! token therefore replaces itself by a new start of the same program, without Hajime's variables in its environment;
//! the new start reads them from its standard input. On Unix it stays the same process, with the same id and terminal.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::process::{Command, ExitCode};

use secrecy::SecretString;

use crate::config::{NAMES, TOKEN, Variables};

/// The first argument of the new start.
const VARIABLES_ON_STDIN_FLAG: &str = "--variables-on-standard-input";
/// The arguments with which a secret is given on standard input. The new start gets it together with the variables.
const SECRET_ON_STDIN: [&str; 3] = ["--password-stdin", "--address-stdin", "--passphrase-stdin"];
/// The name under which the new start gets what was on standard input.
const INPUT: &str = "standard input";
/// The most characters of a value. A longer value is cut, which makes it unusable; real values are far shorter. All
/// values together fit into the buffer of a pipe, because they are written before anybody reads them.
const MAX_VALUE_CHARACTERS: usize = 1_000;
/// The most bytes of a secret on standard input that are read.
pub const MAX_INPUT_BYTES: u64 = 4_096;

/// The arguments and variables of the program after the secrets were removed from its environment.
#[derive(Debug)]
pub struct Start {
    /// The arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// Hajime's variables. If one of them is the token, none of them is in the environment.
    pub variables: Variables,
    /// What was on standard input, if this is a new start and an argument said that a secret is there. Otherwise it is
    /// still there.
    pub input: Option<SecretString>,
}

/// Takes the variables. Must be called before anything else. Returns an exit code as the error when this process had to
/// be replaced: that of its replacement, or a failure if it could not be replaced.
pub fn take() -> Result<Start, ExitCode> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if is_handed_over(&arguments) {
        arguments.remove(1);
        let (variables, input) = handed_over();
        return Ok(Start { arguments, variables, input });
    }
    if std::env::var_os(TOKEN).is_none() {
        return Ok(Start { arguments, variables: Variables::of_process(), input: None });
    }
    Err(start_afresh(&arguments).unwrap_or_else(|error| {
        let words = format!(
            "{TOKEN} cannot be taken out of the environment ({error}), so other programs would see it. \
                             Put it into a .env file in the data folder instead.\n"
        );
        // If standard error is closed, nobody can read the message.
        let _ = std::io::stderr().write_all(words.as_bytes());
        ExitCode::FAILURE
    }))
}

/// The arguments that the user gave, from those of this process.
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
    let mut handed_over = ours();
    if arguments.iter().any(|argument| SECRET_ON_STDIN.iter().any(|known| argument == *known)) {
        let mut text = Vec::new();
        std::io::stdin().lock().take(MAX_INPUT_BYTES).read_to_end(&mut text)?;
        handed_over.insert(INPUT, String::from_utf8_lossy(&text).into_owned());
    }
    writer.write_all(&serde_json::to_vec(&handed_over)?)?;
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
        |name| std::env::var_os(name).map(|value| value.to_string_lossy().chars().take(MAX_VALUE_CHARACTERS).collect());
    NAMES.into_iter().filter_map(|name| Some((name, value(name)?))).collect()
}

fn handed_over() -> (Variables, Option<SecretString>) {
    let mut text = Vec::new();
    // If standard input cannot be read, this program did not start itself, and there are no variables.
    let read = std::io::stdin().lock().take(64 * 1024).read_to_end(&mut text);
    let mut all: BTreeMap<String, String> =
        read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let input = all.remove(INPUT).map(SecretString::from);
    (Variables::read(|name| all.get(name).cloned()), input)
}

#[cfg(unix)]
fn replace(mut command: Command, arguments: &[OsString]) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    if let Some(name) = arguments.first() {
        command.arg0(name);
    }
    Err(command.exec())
}

/// Systems other than Unix cannot replace a process: this process waits for the new one and does nothing else.
#[cfg(not(unix))]
fn replace(mut command: Command, _arguments: &[OsString]) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
