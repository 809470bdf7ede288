//! `hajime-cli`: the same actions as the window, from a terminal or a script. Needs no WebKit.
//!
//! Results go to standard output, as JSON with `--json`. Exit code 0 means done, 1 refused or failed (one JSON object with `code`, `message`
//! and `next` on standard error), 2 a usage error. Logs go to standard error when `HAJIME_LOG` asks for them.

mod commands;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use commands::{account, link, recording, sandbox, session};
use output::{Failure, Output};

#[derive(Debug, Parser)]
#[command(
    name = "hajime-cli",
    version,
    about = "Schedule, run, record and share live classes on Cloudflare, from a terminal."
)]
struct Arguments {
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Keep the data in this folder.
    #[arg(long, global = true, env = "HAJIME_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The local stand-in for Cloudflare.
    #[command(subcommand)]
    Sandbox(sandbox::Command),
    /// Check the connection: token, permissions, app, presets, clock.
    Doctor,
    /// Sessions: the classes on the schedule.
    #[command(subcommand)]
    Session(session::Command),
    /// Recordings and how far they are.
    #[command(subcommand)]
    Recording(recording::Command),
    /// Bring everything up to date with Cloudflare, once.
    Sync,
    /// Look after open rooms and recordings on their way, as the window does.
    Watch {
        /// Stop when no session is open and every recording is ready or failed.
        #[arg(long)]
        until_idle: bool,
        /// Give up after this many seconds.
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
    },
    /// Share links.
    #[command(subcommand)]
    Link(link::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("HAJIME_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .init();
    let output = Output { json: arguments.json };
    match run(arguments, output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(arguments: Arguments, output: Output) -> Result<(), Failure> {
    let folder = arguments.data_dir.unwrap_or_else(hajime_core::opening::default_folder);
    match arguments.command {
        Command::Sandbox(command) => sandbox::run(command, output).await,
        Command::Doctor => account::doctor(&folder, output).await,
        Command::Session(command) => session::run(&commands::desk(&folder).await?, command, output).await,
        Command::Recording(command) => recording::run(&commands::desk(&folder).await?, command, output).await,
        Command::Sync => account::sync(&commands::desk(&folder).await?, output).await,
        Command::Watch { until_idle, timeout } => {
            account::watch(&commands::desk(&folder).await?, until_idle, timeout, output).await
        }
        Command::Link(command) => link::run(&commands::desk(&folder).await?, command, output).await,
    }
}
