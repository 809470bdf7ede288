//! Chooses the data for `backup`, `restore` and `export`: that of the account named with `--account`, else that of the
//! account on which the other commands work.
//!
//! The choice needs no token and no keyring, and it works even if databases are damaged.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::AccountId;
use hajime_core::error::{Error, UserError};
use hajime_core::opening::{self, Owned, choice};
use serde::{Serialize, Serializer};

use crate::commands::Surrounding;
use crate::output::Output;

/// The account whose data the command works on.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// The Cloudflare account whose data is meant. Without it, it is the account that the other commands work on.
    #[arg(long, global = true, value_name = "ID")]
    account: Option<String>,
}

/// The chosen data, and the account to which it belongs; `None` if the data names no account.
#[derive(Debug, Serialize)]
pub(crate) struct Whose {
    pub(crate) account: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub(crate) folder: PathBuf,
}

fn as_text<S: Serializer>(folder: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&folder.display())
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            Some(account) => write!(f, "Data of the Cloudflare account {account}, in {}.", self.folder.display()),
            None => write!(f, "Data in {}, which names no Cloudflare account.", self.folder.display()),
        }
    }
}

impl From<Owned> for Whose {
    fn from(Owned { account, folder }: Owned) -> Self {
        Self { account: account.map(String::from), folder }
    }
}

impl Of {
    pub(crate) fn find(&self, here: &Surrounding<'_>) -> Result<Whose, UserError> {
        crate::commands::say_where_locks_are_missing(here.folder);
        let all = opening::owned(here.folder);
        if let Some(account) = self.account.as_deref() {
            return choose(&all, &account.trim().parse()?);
        }
        let first = || {
            let account = all.first().and_then(|owned| owned.account.clone());
            Ok(Owned { account, folder: here.folder.to_owned() }.into())
        };
        let chosen = match working_on(here) {
            Ok(Some(account)) => choose(&all, &account)?,
            Ok(None) => return first(),
            // The connected account cannot be read. If the folder has the data of only one account, its data is chosen.
            Err(_) if all.len() == 1 => return first(),
            Err(failure) => return Err(failure),
        };
        let damaged = opening::look_at(here.folder).err().filter(|error| error.code().word().starts_with("database_"));
        match damaged {
            // The database in the data folder names the connected account, and no account opens while it is damaged.
            // The person probably means this database, so the choice of another one needs `--account`.
            Some(error) if chosen.folder != here.folder => Err(say_whose(&error, &all)),
            _ => Ok(chosen),
        }
    }
}

/// The account on which the other commands work; `None` if there is none.
fn working_on(here: &Surrounding<'_>) -> Result<Option<AccountId>, UserError> {
    let (account, notes) = choice::account(here.variables, here.folder)?;
    for note in &notes {
        Output::note(note);
    }
    Ok(account)
}

fn choose(all: &[Owned], account: &AccountId) -> Result<Whose, UserError> {
    let named = all.iter().find(|owned| owned.account.as_ref() == Some(account));
    // Data that names no account may belong to this one: its database is damaged or was never used.
    let of_nobody = || all.iter().find(|owned| owned.account.is_none());
    if let Some(owned) = named.or_else(of_nobody) {
        return Ok(owned.clone().into());
    }
    Err(UserError::new(
        ErrorCode::NotFound,
        format!("There is no data of the Cloudflare account {account} here."),
        format!("Choose another data folder with --data-dir, or one of these with --account: {}.", names(all)),
    ))
}

fn say_whose(error: &Error, all: &[Owned]) -> UserError {
    UserError::new(
        error.code(),
        error.message(),
        format!("Say with --account whose data is meant. The first of these is the damaged one: {}.", names(all)),
    )
}

fn names(all: &[Owned]) -> String {
    let name = |owned: &Owned| owned.account.as_ref().map_or_else(|| "(not known)".to_owned(), ToString::to_string);
    all.iter().map(name).collect::<Vec<_>>().join(", ")
}
