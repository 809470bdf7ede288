//! A child process: starts it, prints it as a command line, and turns its exit code into a result.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::project;

/// Why a step failed, and the command that repeats it.
#[derive(Debug)]
pub struct Failure {
    /// The reason, in a sentence.
    pub reason: String,
    /// The command that repeats the step or corrects what is wrong; `None` if there is no such command.
    pub repeat: Option<String>,
}

impl Failure {
    /// A failure without a command that repeats it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), repeat: None }
    }

    /// Adds the command that repeats the step or corrects what is wrong.
    pub fn repeat_with(mut self, command: impl Into<String>) -> Self {
        self.repeat = Some(command.into());
        self
    }
}

/// A program with its arguments. It runs in the project's root unless [`Invocation::dir`] sets another folder.
#[derive(Clone)]
pub struct Invocation {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: PathBuf,
}

impl Invocation {
    /// An invocation of a program, given by its name on the search path or by its own path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { program: program.as_ref().into(), args: Vec::new(), env: Vec::new(), dir: project::root().into() }
    }

    /// An invocation of the Cargo that started this program, so that both use the same toolchain.
    pub fn cargo() -> Self {
        // Cargo sets `CARGO` to its own full path.
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().into());
        self
    }

    /// Adds several arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets one environment variable of the child. Its value is not shown.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().into(), value.as_ref().into()));
        self
    }

    /// Sets the folder in which the program runs.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Returns the command of the standard library, not started yet.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.dir);
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command
    }

    /// Prints the command line and runs the program. Its output goes to the output of this program.
    pub fn run(&self) -> Result<(), Failure> {
        println!("$ {self}");
        self.verdict(self.command().status().map_err(|error| self.not_started(&error))?)
    }

    /// Runs the program without printing anything. Returns the result and a text: the command line, standard output and
    /// standard error.
    pub fn captured(&self) -> (Result<(), Failure>, String) {
        match self.output() {
            Ok(output) => {
                let said = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat();
                (self.verdict(output.status), format!("$ {self}\n{said}"))
            }
            Err(failure) => (Err(failure), String::new()),
        }
    }

    fn verdict(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        let reason = match status.code() {
            Some(code) => format!("`{}` ended with exit code {code}", self.short()),
            None => format!("`{}` was ended by a signal", self.short()),
        };
        Err(Failure::new(reason).repeat_with(self.to_string()))
    }

    /// Runs the program and returns its output, whatever its exit code is.
    pub fn output(&self) -> Result<Output, Failure> {
        self.command().stdin(Stdio::null()).output().map_err(|error| self.not_started(&error))
    }

    /// Runs the program without printing anything. Returns whether it could be started and succeeded.
    pub fn succeeds(&self) -> bool {
        self.output().is_ok_and(|output| output.status.success())
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        Failure::new(format!("`{}` could not be started: {error}", self.short())).repeat_with(self.to_string())
    }

    fn short(&self) -> String {
        std::path::Path::new(&self.program).file_stem().unwrap_or(&self.program).to_string_lossy().into_owned()
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dir != project::root() {
            let dir = self.dir.strip_prefix(project::root()).unwrap_or(&self.dir);
            write!(f, "cd {} && ", dir.display())?;
        }
        f.write_str(&self.short())?;
        for arg in &self.args {
            let arg = arg.to_string_lossy();
            if arg.is_empty() || arg.contains([' ', '(', ')', '&', '"', '*']) {
                write!(f, " '{arg}'")?;
            } else {
                write!(f, " {arg}")?;
            }
        }
        Ok(())
    }
}

/// The path of a program on the search path; `None` when it is missing.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_is_shown_as_a_person_types_it() {
        let invocation = Invocation::new("/usr/lib/cargo").args(["test", "-E", "not package(x)"]).dir(project::ui());
        assert_eq!(invocation.to_string(), "cd ui && cargo test -E 'not package(x)'");
    }

    #[test]
    fn values_of_the_environment_are_never_shown() {
        assert!(!Invocation::new("x").env("TOKEN", "secret").to_string().contains("secret"));
    }

    #[test]
    fn a_failed_program_names_the_command_to_repeat() {
        let failure = Invocation::new("cargo").arg("no-such-command").run().unwrap_err();
        assert_eq!(failure.repeat.as_deref(), Some("cargo no-such-command"));
        let failure = Invocation::new("no-such-program").run().unwrap_err();
        assert!(failure.reason.contains("could not be started"), "{}", failure.reason);
    }
}
