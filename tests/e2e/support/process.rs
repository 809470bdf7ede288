//! Child processes that end when the value that owns them is dropped.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running program. Dropping this value kills the program and waits for its end.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program. Panics with the program's name when it is not installed.
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        match command.spawn() {
            Ok(child) => Self(child),
            Err(error) => panic!("{name} could not be started ({error}); `cargo xtask e2e` installs what is missing"),
        }
    }

    /// The child process, for its streams and its exit status.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the ids of the processes of this program that have `argument` as an argument.
pub(crate) fn running(program: &Path, argument: &str) -> Vec<u32> {
    with_arguments(|mut arguments| {
        arguments.next() == Some(program.as_os_str().as_encoded_bytes())
            && arguments.any(|it| it == argument.as_bytes())
    })
}

/// Returns the ids of all processes that have `argument` as an argument.
pub(crate) fn with_argument(argument: &str) -> Vec<u32> {
    with_arguments(|mut arguments| arguments.any(|it| it == argument.as_bytes()))
}

/// Returns the ids of the processes whose arguments, the program's name first, are wanted.
fn with_arguments(are_wanted: impl Fn(std::slice::Split<'_, u8, fn(&u8) -> bool>) -> bool) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return false };
            are_wanted(line.split(|byte| *byte == 0))
        })
        .collect()
}

/// A process as `/proc` shows it.
pub(crate) struct Program {
    /// The program's name, which the kernel cuts to 15 bytes.
    pub(crate) name: String,
    /// The environment; each variable ends with a zero byte.
    pub(crate) environment: String,
    /// The arguments; each ends with a zero byte.
    pub(crate) arguments: String,
}

/// Returns the processes that have this variable in their environment.
pub(crate) fn with_environment(variable: &str) -> Vec<Program> {
    let read = |pid: u32, what: &str| {
        let bytes = std::fs::read(format!("/proc/{pid}/{what}")).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let programs = pids.filter_map(|pid| {
        let environment = read(pid, "environ")?;
        let name = read(pid, "comm")?.trim().to_owned();
        Some(Program { name, environment, arguments: read(pid, "cmdline")? })
    });
    programs.filter(|program| program.environment.split('\0').any(|it| it == variable)).collect()
}

/// Kills a process without warning.
pub(crate) fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).stderr(Stdio::null()).status();
}
