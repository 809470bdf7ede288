//! `cargo xtask`: the commands for developers and build machines.
//!
//! A task first prepares the machine (system packages, npm packages, the built UI) and then does its work, in named
//! steps whose times are printed at the end. Packages that are installed are not installed again.
//!
//! - [`tasks`]: the steps of each command
//! - [`steps`]: runs and times steps, and reports which failed and how to repeat it
//! - [`command`]: one child process, shown as the line a person would type
//! - [`system`]: packages of the operating system
//! - [`node`]: npm packages and the UI
//! - [`audit`]: licences and known vulnerabilities of dependencies
//! - [`package`]: the packages that people install, and the test that they install
//! - [`conformance`]: the official SDKs against the sandbox
//! - [`project`]: the paths of the project
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod audit;
mod command;
mod conformance;
mod node;
mod package;
mod project;
mod steps;
mod system;
mod tasks;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::steps::Steps;

/// Developer commands of Hajime.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and open the app. Arguments after `--` go to the app, for example `-- --sandbox`.
    Run {
        /// Build with optimisations; slower to build, faster to use.
        #[arg(long)]
        release: bool,
        /// Arguments for the app itself.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Run every check and test, including those in the real window.
    Test {
        /// Leave out slow tests and everything that needs a window or Python.
        #[arg(long)]
        quick: bool,
    },
    /// Build the UI, the app and the command line tool.
    Build {
        /// Build with optimisations, as for a release.
        #[arg(long)]
        release: bool,
    },
    /// Test the sandbox with the official Cloudflare SDKs for Python and npm. Arguments after `--` go to pytest.
    Conformance {
        /// Arguments for pytest.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Test the app in its real window. Arguments after `--` go to the test binary, for example the name of a test.
    E2e {
        /// Arguments for the test binary.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Generate the TypeScript types of the IPC contract.
    Bindings,
    /// Format Rust and UI code.
    Fmt,
    /// Check formatting, lints and types without running a test.
    Lint,
    /// Check licences and known vulnerabilities of all dependencies; installs cargo-deny when it is missing.
    Audit,
    /// Measure the promised speeds and sizes in a release build, beside something comparable.
    Bench {
        /// The benches to run; all of them when none is named.
        benches: Vec<OsString>,
    },
    /// Fill a database with believable recordings, people, chats and transcripts, to look at a large library.
    Seed {
        /// How many recordings are added.
        #[arg(long)]
        recordings: u32,
        /// The folder of the database. It must not be one that is in use.
        #[arg(long)]
        data_dir: PathBuf,
    },
    /// Kill the app and break its network repeatedly, and count lost recordings. Arguments: `--minutes N --seed N`.
    Chaos {
        /// Arguments for the harness.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Let every kind of fault happen at every call of a session, and print how each session ended.
    Faults,
    /// Tamper with every reply that the app reads, and print how each session ended. A word selects the scenarios whose names contain it.
    Hostile {
        /// A word in the scenarios’ names.
        word: Option<String>,
    },
    /// Make the packages: a Debian package, tested on a clean Debian, and an AppImage.
    Package {
        /// Build without optimisations, to test the packaging itself.
        #[arg(long)]
        debug: bool,
    },
    /// Take the screenshots, light and dark, and print where they are.
    Shots,
}

fn main() -> ExitCode {
    let mut steps = Steps::new();
    let outcome = match Cli::parse().task {
        Task::Run { release, args } => tasks::run(&mut steps, release, &args),
        Task::Test { quick: true } => tasks::test_quick(&mut steps),
        Task::Test { quick: false } => tasks::test_all(&mut steps),
        Task::Build { release } => tasks::build(&mut steps, release),
        Task::Conformance { args } => tasks::conformance(&mut steps, &args),
        Task::E2e { args } => tasks::e2e(&mut steps, &args),
        Task::Bindings => tasks::bindings(&mut steps),
        Task::Fmt => tasks::fmt(&mut steps),
        Task::Lint => tasks::lint(&mut steps),
        Task::Audit => tasks::audit(&mut steps),
        Task::Bench { benches } => tasks::bench(&mut steps, &benches),
        Task::Seed { recordings, data_dir } => tasks::seed(&mut steps, recordings, &data_dir),
        Task::Chaos { args } => tasks::chaos(&mut steps, &args),
        Task::Faults => tasks::faults(&mut steps),
        Task::Hostile { word } => tasks::hostile(&mut steps, word.as_deref()),
        Task::Package { debug } => tasks::package(&mut steps, debug),
        Task::Shots => tasks::shots(&mut steps),
    };
    steps.summary();
    match outcome {
        Ok(()) if steps.all_passed() => ExitCode::SUCCESS,
        Ok(()) | Err(steps::Stopped) => ExitCode::FAILURE,
    }
}
