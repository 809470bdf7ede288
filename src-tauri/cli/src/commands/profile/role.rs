//! `role show|set|passphrase`: what this desk may do.

use clap::{Args, Subcommand};
use hajime_core::actions::profile::roles::{self, RoleView};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::role::{Permission, Role, StreamRight};
use hajime_core::error::UserError;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::commands::{instant, standard_input};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The role of this desk, what it may do, and how its API token compares with it.
    Show {
        /// Try first what the token may really do. Nothing is changed at Cloudflare.
        #[arg(long)]
        check: bool,
    },
    /// Give this desk another role. A stronger one needs the admin passphrase.
    Set(Set),
    /// Set the admin passphrase from standard input: the new one on the first line and, if one is set already, the present one on the
    /// second.
    Passphrase {
        /// Read the passphrase from standard input. There is no other way, because other programs see arguments.
        #[arg(long, required = true)]
        passphrase_stdin: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// staff, instructor or admin.
    role: Role,
    /// Read the admin passphrase from standard input.
    #[arg(long)]
    passphrase_stdin: bool,
}

/// The role of this desk. The names are stable.
#[derive(Debug, Serialize)]
struct View {
    role: &'static str,
    instructor: String,
    passphrase_set: bool,
    wait_until: Option<String>,
    may: Vec<&'static str>,
    token: Option<TokenView>,
    resting_jobs: Vec<RestingView>,
}

/// What the API token may really do. The names are stable.
#[derive(Debug, Serialize)]
struct TokenView {
    realtime: bool,
    stream: &'static str,
    workers: bool,
    tried_at: String,
    fits: bool,
    message: String,
    next: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct RestingView {
    job: String,
    why: String,
}

impl From<RoleView> for View {
    fn from(view: RoleView) -> Self {
        let (message, next) = view.advice.unwrap_or_default();
        Self {
            role: view.role.name(),
            instructor: view.instructor,
            passphrase_set: view.has_passphrase,
            wait_until: view.wait_until.map(instant),
            may: view.role.permissions().map(Permission::name).collect(),
            token: view.rights.map(|rights| TokenView {
                realtime: rights.realtime,
                stream: match rights.stream {
                    StreamRight::None => "none",
                    StreamRight::Read => "read",
                    StreamRight::Edit => "edit",
                },
                workers: rights.workers,
                tried_at: instant(rights.tried_at),
                fits: next.is_none(),
                message,
                next,
            }),
            resting_jobs: view.resting.into_iter().map(|(job, why)| RestingView { job, why }).collect(),
        }
    }
}

impl View {
    fn lines(&self) -> String {
        let words = |name: &&str| Permission::ALL.into_iter().find(|one| one.name() == *name).map(Permission::words);
        let mut lines = vec![format!("The role of this desk is {}. It may:", self.role)];
        lines.extend(self.may.iter().filter_map(words).map(|words| format!("  {words}")));
        lines.push(if self.passphrase_set {
            "An admin passphrase is set.".to_owned()
        } else {
            "No admin passphrase is set.".to_owned()
        });
        match &self.token {
            Some(TokenView { message, next, .. }) => {
                lines.push(format!("{message} {}", next.unwrap_or_default()).trim_end().to_owned());
            }
            None => lines.push("What the API token may do was not tried yet: role show --check.".to_owned()),
        }
        lines.extend(self.resting_jobs.iter().map(|RestingView { job, why }| format!("{job}: {why}")));
        lines.join("\n")
    }
}

/// Runs a command. `input` is what was on standard input, if it was taken from there already.
pub(crate) async fn run(
    context: &Context,
    command: Command,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    let view = match command {
        Command::Show { check: false } => roles::show(context)?,
        Command::Show { check: true } => roles::try_token(context).await?,
        Command::Set(Set { role, passphrase_stdin }) => {
            let given = if passphrase_stdin { lines(input)?.0 } else { None };
            roles::set(context, role, given.as_ref()).await?
        }
        Command::Passphrase { passphrase_stdin: _ } => {
            let (new, present) = lines(input)?;
            let new = new.unwrap_or_else(|| SecretString::from(String::new()));
            roles::set_passphrase(context, &new, present.as_ref()).await?;
            roles::show(context)?
        }
    };
    output.print(&View::from(view), View::lines);
    Ok(())
}

/// The first and the second line of standard input, without empty ones.
fn lines(input: Option<SecretString>) -> Result<(Option<SecretString>, Option<SecretString>), UserError> {
    let text = standard_input(input).map_err(|_| {
        UserError::new(
            ErrorCode::InvalidInput,
            "The passphrase on standard input cannot be read.",
            "Give it as text, for example: hajime-cli role set admin --passphrase-stdin < FILE",
        )
    })?;
    let mut lines = text.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty()).map(SecretString::from);
    Ok((lines.next(), lines.next()))
}
