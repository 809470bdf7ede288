//! Child processes that end with the value that owns them.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running program. Dropping it ends the program and waits for it.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it. Panics with the name of a program that is missing.
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        match command.spawn() {
            Ok(child) => Self(child),
            Err(error) => panic!("{name} could not be started ({error}); `cargo xtask e2e` installs what is missing"),
        }
    }

    /// The process itself.
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

/// The processes of this program that have this text as an argument.
pub(crate) fn running(program: &Path, argument: &str) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return false };
            let mut arguments = line.split(|byte| *byte == 0);
            arguments.next() == Some(program.as_os_str().as_encoded_bytes())
                && arguments.any(|it| it == argument.as_bytes())
        })
        .collect()
}

/// A program as `/proc` shows it.
pub(crate) struct Program {
    /// Its name, which the kernel cuts to 15 bytes.
    pub(crate) name: String,
    /// Its environment, each variable with a zero byte behind it.
    pub(crate) environment: String,
    /// Its arguments, in the same form.
    pub(crate) arguments: String,
}

/// The programs that have this variable in their environment.
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
