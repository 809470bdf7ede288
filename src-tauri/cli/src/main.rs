//! `hajime-cli`: the actions of the window, from a terminal or a script. It needs no WebKit.
//!
//! Results go to standard output, as JSON with `--json`. Exit code 0 means success, 1 that the command was refused or
//! failed, and 2 a usage error. With exit code 1, the last line on standard error is a JSON object with `code`,
//! `message` and `next`; the lines before it are notes. Logs go to standard error if `HAJIME_LOG` is set.

mod commands;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::{Error, UserError};
use hajime_core::supervisor::{self, Supervisor};
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;

use commands::delivery::{deliveries, mail};
use commands::health::{alerts, diagnostics, figures, metrics, price, report, service, storage, usage};
use commands::library::{archive, recording, retention, transfer};
use commands::profile::{app, backup, doctor, jobs, join_page, journal, role, tables};
use commands::recorder::{open_rooms, people, sync, waiting};
use commands::schedule::{calendar, class_link, dates, holiday, preflight, roster, session, template};
use commands::sharing::{key, ledger, link};
use commands::{Surrounding, sandbox};
use hajime_core::config::Variables;
use hajime_core::environment;
use output::Output;

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
    /// The RealtimeKit app that holds the rooms: which one is in use, choose another, make one, and its presets.
    #[command(subcommand)]
    App(app::Command),
    /// Sessions: the classes on the schedule.
    #[command(subcommand)]
    Session(session::Command),
    /// Holidays: days on which classes of series do not take place.
    #[command(subcommand)]
    Holiday(holiday::Command),
    /// Calendars of other programs: import one, follow one, or keep the schedule for one.
    #[command(subcommand)]
    Calendar(calendar::Command),
    /// The people of a session and their invitations.
    #[command(subcommand)]
    Roster(roster::Command),
    /// The link by which everybody comes into a class, or into every class of its series. Needs the door of the join page.
    #[command(subcommand)]
    ClassLink(class_link::Command),
    /// People who came by a link of the door and wait until the host lets them in.
    #[command(subcommand)]
    Waiting(waiting::Command),
    /// Lock a class, so that the host lets each person in, or unlock it.
    #[command(subcommand)]
    Class(waiting::Lock),
    /// Templates: plans without a start, by name.
    #[command(subcommand)]
    Template(template::Command),
    /// Open rooms at RealtimeKit, and closing one that nobody needs.
    #[command(subcommand)]
    Rooms(open_rooms::Command),
    /// Who is and was in the room of a session, as Cloudflare tells.
    People {
        /// The session’s id.
        session: String,
    },
    /// Check what the next class needs, or a certain one. Fails if something keeps it from starting.
    Preflight {
        /// The session’s id. Without it, the next class within a day, or the desk alone.
        session: Option<String>,
    },
    /// Recordings and how far they are.
    #[command(subcommand)]
    Recording(recording::Command),
    /// Downloads and archivings under way: list, pause, resume, cancel.
    #[command(subcommand)]
    Transfer(transfer::Command),
    /// The archive: its places, what they have, and importing from them.
    #[command(subcommand)]
    Archive(archive::Command),
    /// How long recordings are kept: rules, what they would change, and applying them.
    #[command(subcommand)]
    Retention(retention::Command),
    /// What is used at Cloudflare, what it costs, and what this month will cost. Estimates, no bill.
    Usage {
        /// How many months are shown.
        #[arg(long, value_name = "NUMBER", default_value_t = 6)]
        months: u32,
    },
    /// What takes the minutes of the storage, when it is full, what waits for room, and the ways to make some.
    Storage,
    /// The prices that costs are counted with, and the budget.
    #[command(subcommand)]
    Price(price::Command),
    /// Bring everything up to date with Cloudflare, once.
    Sync,
    /// Follow open rooms and unfinished recordings, as the window does.
    Watch {
        /// Stop when no session is open and every recording is ready or failed.
        #[arg(long)]
        until_idle: bool,
        /// Give up after this many seconds.
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// Go on while the keyring is locked or Cloudflare refuses, and compare the whole account too: for the service.
        #[arg(long, hide = true)]
        service: bool,
    },
    /// Whether it works: how many recordings became a video, how long it took, and what stands behind each figure.
    Health(figures::Health),
    /// The same figures and the state of the jobs as text for Prometheus.
    Metrics,
    /// How the background jobs last ran, when each runs next, and its last error; or run one now.
    Jobs {
        #[command(subcommand)]
        command: Option<jobs::Command>,
    },
    /// `watch` as a service of the user, on a computer that stays on.
    #[command(subcommand)]
    Service(service::Command),
    /// What strangers who support this desk may read: facts, and no secret, name, address or path.
    Diagnostics {
        /// Save the text as this file; one that exists is never overwritten.
        file: Option<PathBuf>,
    },
    /// Whether the goals of a month were met: as text, as a page for printing, or as a table.
    Report(report::Arguments),
    /// The page on which invited people join: publish it, see what is published, take it down.
    #[command(subcommand)]
    JoinPage(join_page::Command),
    /// Share links.
    #[command(subcommand)]
    Link(link::Command),
    /// The keys that sign share links: deleting one ends its links.
    #[command(subcommand)]
    Key(key::Command),
    /// The ledger of links and keys: who did what and when, and whether it is as it was written.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Copy the schedule, the recordings’ history and the ledger of links, while Hajime runs; or list the copies. No copy holds a secret.
    Backup(backup::Backup),
    /// Put a copy in the place of the database, also of a damaged one. Shows first what it holds and what would be lost.
    Restore(backup::Restore),
    /// Write schedule, recordings and ledger as JSON and CSV.
    Export(tables::Export),
    /// Who changed what in the schedule and the settings, and taking one change back.
    #[command(subcommand)]
    Journal(journal::Command),
    /// What this desk may do: its role, switching it, and the admin passphrase.
    #[command(subcommand)]
    Role(role::Command),
    /// Events on their way to people by e-mail, to Slack and to the webhook.
    #[command(subcommand)]
    Delivery(deliveries::Command),
    /// Alerts: what is open, what is told to whom, and the rules.
    #[command(subcommand)]
    Alert(alerts::Command),
    /// E-mail about recordings: who sends it, who gets it, and what it says.
    #[command(subcommand)]
    Mail(mail::Command),
}

fn main() -> ExitCode {
    supervisor::report_panics_by_place();
    let start = match environment::take() {
        Ok(start) => start,
        Err(ended) => return ended,
    };
    let arguments = Arguments::parse_from(start.arguments);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("HAJIME_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .init();
    // `watch` and the sandbox hold many connections and files open, and the usual soft limit of 1,024 is too low.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let output = Output { json: arguments.json };
    match work(arguments, &start.variables, start.input, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output::report(&failure),
    }
}

fn work(
    arguments: Arguments,
    variables: &Variables,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| {
        UserError::new(
            ErrorCode::Internal,
            format!("Hajime cannot start its work: {error}."),
            "Close other programs, then try again.",
        )
    })?;
    let supervisor = Supervisor::default();
    let done = supervisor.caught("carrying out the command", Box::pin(run(arguments, variables, input, output)));
    runtime.block_on(done).unwrap_or_else(|stopped| Err(Error::from(stopped).into()))
}

async fn run(
    arguments: Arguments,
    variables: &Variables,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    let folder = arguments.data_dir.unwrap_or_else(hajime_core::opening::default_folder);
    let here = Surrounding { folder: &folder, variables };
    match arguments.command {
        Command::Sandbox(command) => sandbox::run(command, output).await,
        Command::Doctor => doctor::doctor(&here, output).await,
        Command::App(command) => app::run(&commands::context(&here)?, command, output).await,
        Command::Session(session::Command::Dates(asked)) => dates::run(&asked, output),
        Command::Session(command) => session::run(&commands::context(&here)?, command, output).await,
        Command::Holiday(command) => holiday::run(&commands::context(&here)?, command, output),
        Command::Calendar(command) => calendar::run(&commands::context(&here)?, command, input, output).await,
        Command::Roster(command) => roster::run(&commands::context(&here)?, command, output).await,
        Command::ClassLink(command) => class_link::run(&commands::context(&here)?, command, output).await,
        Command::Waiting(command) => waiting::run(&commands::context(&here)?, command, output).await,
        Command::Class(command) => waiting::lock(&commands::context(&here)?, command, output).await,
        Command::Template(command) => template::run(&commands::context(&here)?, command, output),
        Command::Rooms(command) => open_rooms::run(&commands::context(&here)?, command, output).await,
        Command::People { session } => people::run(&commands::context(&here)?, &session, output).await,
        Command::Preflight { session } => preflight::run(&commands::context(&here)?, session.as_deref(), output).await,
        Command::Recording(command) => recording::run(&commands::context(&here)?, command, output).await,
        Command::Transfer(command) => transfer::run(&commands::context(&here)?, command, output).await,
        Command::Archive(command) => archive::run(&commands::context(&here)?, command, input, output).await,
        Command::Retention(command) => retention::run(&commands::context(&here)?, command, output),
        Command::Usage { months } => usage::run(&commands::context(&here)?, months, output).await,
        Command::Storage => storage::run(&commands::context(&here)?, output).await,
        Command::Price(command) => price::run(&commands::context(&here)?, command, output),
        Command::Sync => sync::sync(&commands::context(&here)?, output).await,
        Command::Watch { until_idle, timeout, service } => {
            let ends = sync::Ends { until_idle, timeout };
            sync::watch(&commands::context(&here)?, ends, service, output).await
        }
        Command::Health(asked) => figures::run(&commands::context(&here)?, asked, output),
        Command::Metrics => metrics::run(&commands::context(&here)?),
        Command::Jobs { command } => jobs::run(&commands::context(&here)?, command, output).await,
        Command::Service(command) => service::run(&commands::context(&here)?, &here, command, output).await,
        Command::Diagnostics { file } => diagnostics::run(&commands::context(&here)?, file, output),
        Command::Report(arguments) => report::run(&commands::context(&here)?, arguments, output),
        Command::JoinPage(command) => join_page::run(&commands::context(&here)?, command, output).await,
        Command::Backup(arguments) => backup::backup(&here, arguments, output),
        Command::Restore(arguments) => backup::restore(&here, &arguments, output),
        Command::Export(arguments) => tables::run(&here, &arguments, output),
        Command::Journal(command) => journal::run(&commands::context(&here)?, command, output),
        Command::Role(command) => role::run(&commands::context(&here)?, command, input, output).await,
        Command::Delivery(command) => deliveries::run(&commands::context(&here)?, command, output).await,
        Command::Alert(command) => alerts::run(&commands::context(&here)?, command, output).await,
        Command::Mail(command) => mail::run(&commands::context(&here)?, command, input, output).await,
        Command::Link(command) => link::run(&commands::context(&here)?, command, output).await,
        Command::Key(command) => key::run(&commands::context(&here)?, command, output).await,
        Command::Ledger(command) => ledger::run(&commands::context(&here)?, command, output).await,
    }
}
