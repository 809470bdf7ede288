//! `export`: writes schedule, recordings and the ledger of links to files for other programs.

use std::path::PathBuf;

use clap::Args;
use hajime_core::actions::profile::tables;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use serde::Serialize;

use super::owner::{Of, Whose};
use crate::commands::Surrounding;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder to write to. It is made when it is not there; files that exist are not overwritten.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Serialize)]
struct Exported {
    #[serde(flatten)]
    of: Whose,
    files: Vec<String>,
}

pub(crate) fn run(here: &Surrounding<'_>, arguments: &Export, output: Output) -> Result<(), UserError> {
    let of = arguments.of.find(here)?;
    let folder = &of.folder;
    let written = tables::export_folder(folder, &arguments.to)?.ok_or_else(|| {
        UserError::new(
            ErrorCode::NotFound,
            format!("There is no database in {}.", folder.display()),
            "Choose the data folder with --data-dir.",
        )
    })?;
    let files = written.iter().map(|file| file.display().to_string()).collect();
    output.print(&Exported { of, files }, |exported| format!("{}\n{}", exported.of, exported.files.join("\n")));
    Ok(())
}
