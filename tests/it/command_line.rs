//! The command line as a script runs it: in a folder of its own, without a keyring, with JSON as its output.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::Cloud;

/// Prepares the program to run on the data in `folder`. It gets no account.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hajime-cli"));
    command
        .current_dir(folder)
        .env("HAJIME_DATA_DIR", folder)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .arg("--json");
    command
}

/// Runs the program with the account of the sandbox.
pub fn run(cloud: &Cloud, folder: &Path, arguments: &[&str]) -> Output {
    program(folder).envs(cloud.variables()).args(arguments).output().unwrap()
}

/// Whether the program succeeded, and what it printed or why it refused.
pub fn answer(output: &Output) -> (bool, Value) {
    let reply = if output.status.success() { &output.stdout } else { &output.stderr };
    (output.status.success(), serde_json::from_slice(reply).unwrap())
}

/// What the program printed. It must have succeeded.
pub fn printed(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Why the program refused, from the last line that it wrote.
pub fn refused(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_str(said.lines().last().unwrap()).unwrap()
}
