//! `service`: `watch` as a service of the user, on a computer that stays on.

use clap::Subcommand;
use hajime_core::actions::health::{desk, service};
use hajime_core::config::Place;
use hajime_core::context::Context;
use hajime_core::error::{Error, UserError};
use hajime_core::opening::choice::{self, Choice};
use hajime_core::user_service::{Found, Manager, UserService};
use serde::Serialize;

use crate::commands::Surrounding;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Install the service that watches, and start it. Doing it again brings it up to date.
    Install,
    /// Whether the service is installed and runs, and who runs the background jobs.
    Status,
    /// Stop the service and remove it.
    Remove,
}

#[derive(Debug, Serialize)]
struct ServiceView {
    manager: &'static str,
    installed: bool,
    running: Option<bool>,
    /// Whether the file is as Hajime wrote it.
    ours: bool,
    /// Whether an installation would start something else now.
    outdated: bool,
    file: String,
    program: Option<String>,
    /// Who runs the background jobs: window, service, terminal or none.
    worker: &'static str,
    words: Vec<String>,
}

pub(crate) async fn run(
    context: &Context,
    here: &Surrounding<'_>,
    command: Command,
    output: Output,
) -> Result<(), UserError> {
    // The unit names the data folder only where it is not the usual one. A variable of this terminal can make it another one for
    // the service, which does not get it.
    let is_usual = here.folder == hajime_core::opening::default_folder() && std::env::var_os("XDG_DATA_HOME").is_none();
    let data = (!is_usual).then_some(here.folder);
    let service = UserService::here(|name| std::env::var_os(name), data).map_err(Error::from)?;
    match command {
        Command::Install => {
            keeps_its_credentials(here)?;
            print(context, &service, service::install(context, &service).await?, output)
        }
        Command::Status => print(context, &service, service::status(context, &service).await?, output),
        Command::Remove => {
            let was_there = service::remove(context, &service).await?;
            let found = service::status(context, &service).await?;
            if !was_there {
                Output::note("There was no service.");
            }
            print(context, &service, found, output)
        }
    }
}

/// Refuses a service for credentials that only this terminal has.
fn keeps_its_credentials(here: &Surrounding<'_>) -> Result<(), UserError> {
    match choice::choose(here.variables, here.folder)?.choice {
        Choice::Given(_, Place::Environment) => Err(Error::Conflict {
            message: "The credentials come from the environment of this terminal, which the service does not get.".into(),
            next: "Connect the account in the window, or write the credentials into a .env file in the data folder. Then take them out of the environment and try again.",
        }
        .into()),
        _ => Ok(()),
    }
}

fn print(context: &Context, service: &UserService, found: Found, output: Output) -> Result<(), UserError> {
    let working = desk::working(context)?;
    let words = words(service.manager(), &found).into_iter().chain([working.words()]).collect();
    let view = ServiceView {
        manager: service.manager().name(),
        installed: found.is_installed,
        running: found.is_running,
        ours: found.is_ours,
        outdated: found.is_outdated,
        file: found.file.display().to_string(),
        program: found.program,
        worker: working.name(),
        words,
    };
    output.print(&view, |view| view.words.join("\n"));
    Ok(())
}

fn words(manager: Manager, found: &Found) -> Vec<String> {
    if !found.is_installed {
        return vec!["The service is not installed. Install it: hajime-cli service install.".to_owned()];
    }
    let program = found.program.as_deref().unwrap_or("a program that is not known");
    let mut words = vec![match found.is_running {
        Some(true) => format!("The service is installed and runs {program}."),
        Some(false) => format!("The service is installed for {program} and does not run."),
        None => format!("The service is installed for {program}. The system does not say whether it runs."),
    }];
    if !found.is_ours {
        words.push(format!("{} was changed by somebody else.", found.file.display()));
    } else if found.is_outdated {
        words.push(
            "It would be installed in another way now. Bring it up to date: hajime-cli service install.".to_owned(),
        );
    }
    if manager == Manager::Systemd {
        words.push("It runs while you are signed in. To have it run from the start of the computer on: loginctl enable-linger.".to_owned());
    }
    words
}
