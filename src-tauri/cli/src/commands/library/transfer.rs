//! `recording download|archive` and `transfer list|pause|resume|cancel`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hajime_core::actions::library::description::Selected;
use hajime_core::actions::library::transfers::{self, Requested, TransferView, Wanted};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::{RecordingId, TransferId};
use hajime_core::domain::library::transfer::TransferState;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The newest downloads and archivings.
    List,
    /// Pause one; what came is kept.
    Pause {
        /// The transfer’s id.
        id: String,
    },
    /// Let one go on from where it stopped, and wait until it is done.
    Resume {
        /// The transfer’s id.
        id: String,
        /// Do not wait for the end: an open window, or `watch`, does the work.
        #[arg(long)]
        no_wait: bool,
    },
    /// Cancel one, and remove what came of it.
    Cancel {
        /// The transfer’s id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Download {
    /// The recordings’ ids.
    #[arg(required = true)]
    ids: Vec<String>,
    /// The folder for the files; without it, the present one.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Only the sound, as M4A.
    #[arg(long)]
    sound: bool,
    /// Do not wait for the end: an open window, or `watch`, does the work.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Archive {
    /// The recordings’ ids.
    #[arg(required = true)]
    ids: Vec<String>,
    /// The id of the place, as `archive places` lists it.
    #[arg(long, value_name = "ID")]
    place: String,
    /// Do not wait for the end: an open window, or `watch`, does the work.
    #[arg(long)]
    no_wait: bool,
}

/// The output for a transfer. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct View {
    id: String,
    recording_id: String,
    title: String,
    kind: &'static str,
    state: &'static str,
    step: &'static str,
    to: String,
    name: Option<String>,
    path: Option<PathBuf>,
    total_bytes: Option<u64>,
    fetched_bytes: u64,
    sent_bytes: u64,
    sha256: Option<String>,
    said: String,
    next_try: Option<String>,
    created_at: String,
    ended_at: Option<String>,
}

impl From<TransferView> for View {
    fn from(TransferView { transfer, title, to, path }: TransferView) -> Self {
        Self {
            id: transfer.id.to_string(),
            recording_id: transfer.recording.to_string(),
            title,
            kind: transfer.kind.name(),
            state: transfer.state.name(),
            step: transfer.step.name(),
            to,
            name: transfer.name,
            path: path.filter(|_| transfer.state == TransferState::Done),
            total_bytes: transfer.file.total,
            fetched_bytes: transfer.file.fetched,
            sent_bytes: transfer.file.sent,
            sha256: transfer.sha256,
            said: transfer.said,
            next_try: transfer.next_try.map(instant),
            created_at: instant(transfer.created_at),
            ended_at: transfer.ended_at.map(instant),
        }
    }
}

impl View {
    fn line(&self) -> String {
        let done = match self.total_bytes {
            Some(total) => format!("{} of {total} bytes", self.fetched_bytes),
            None => String::new(),
        };
        let name = self.name.as_deref().unwrap_or(&self.title);
        let line =
            format!("{}  {:<9}  {:<7}  {name}  {}  {done}  {}", self.id, self.state, self.kind, self.to, self.said);
        line.trim_end().to_owned()
    }
}

#[derive(Debug, Serialize)]
struct RefusedView {
    recording_id: String,
    title: String,
    error: UserError,
}

#[derive(Debug, Serialize)]
struct RequestedView {
    transfers: Vec<View>,
    refused: Vec<RefusedView>,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let shown = match command {
        Command::List => {
            let all: Vec<View> = transfers::list(context)?.into_iter().map(View::from).collect();
            output.print(&all, |all| all.iter().map(View::line).collect::<Vec<_>>().join("\n"));
            return Ok(());
        }
        Command::Pause { id } => transfers::pause(context, id.parse()?)?,
        Command::Cancel { id } => transfers::cancel(context, id.parse()?).await?,
        Command::Resume { id, no_wait } => {
            let resumed = transfers::resume(context, id.parse()?)?;
            if no_wait { resumed } else { to_end(context, resumed.transfer.id).await? }
        }
    };
    let failed = failure(&shown);
    output.print(&View::from(shown), View::line);
    failed.map_or(Ok(()), Err)
}

pub(crate) async fn download(context: &Context, download: Download, output: Output) -> Result<(), UserError> {
    let folder = match download.to {
        Some(folder) => std::path::absolute(folder),
        None => std::env::current_dir(),
    };
    let folder = folder.map_err(|error| {
        let next = "Name the folder with --to.";
        UserError::new(ErrorCode::File, format!("The present folder cannot be used: {}.", error.kind()), next)
    })?;
    let wanted = if download.sound { Wanted::Sound(folder) } else { Wanted::Video(folder) };
    request(context, &download.ids, &wanted, download.no_wait, output).await
}

pub(crate) async fn archive(context: &Context, archive: Archive, output: Output) -> Result<(), UserError> {
    let wanted = Wanted::Archive(archive.place.parse()?);
    request(context, &archive.ids, &wanted, archive.no_wait, output).await
}

async fn request(
    context: &Context,
    ids: &[String],
    wanted: &Wanted,
    no_wait: bool,
    output: Output,
) -> Result<(), UserError> {
    let ids = ids.iter().map(|id| id.parse()).collect::<Result<Vec<RecordingId>, _>>()?;
    let Requested { transfers: requested, refused } = transfers::request_many(context, &Selected::Named(ids), wanted)?;
    let mut shown = RequestedView { transfers: Vec::new(), refused: Vec::new() };
    let mut failed = None;
    for transfer in requested {
        let seen = if no_wait { transfer } else { to_end(context, transfer.transfer.id).await? };
        failed = failed.or_else(|| failure(&seen));
        shown.transfers.push(seen.into());
    }
    for (id, title, error) in refused {
        failed = failed.or_else(|| Some(error.clone()));
        shown.refused.push(RefusedView { recording_id: id.to_string(), title, error });
    }
    output.print(&shown, |shown| {
        let refused = shown.refused.iter().map(|one| format!("{}: {}", one.title, crate::output::words(&one.error)));
        shown.transfers.iter().map(View::line).chain(refused).collect::<Vec<_>>().join("\n")
    });
    failed.map_or(Ok(()), Err)
}

/// Works on a transfer to its end. Whenever it has to wait, a note says why.
async fn to_end(context: &Context, id: TransferId) -> Result<TransferView, UserError> {
    let mut said = String::new();
    let ended = transfers::carry_to_end(context, id, |seen| {
        if !seen.transfer.said.is_empty() && seen.transfer.said != said {
            said.clone_from(&seen.transfer.said);
            Output::note(&said);
        }
    });
    Ok(ended.await?)
}

/// Why a transfer failed; `None` if it did not.
fn failure(seen: &TransferView) -> Option<UserError> {
    (seen.transfer.state == TransferState::Failed).then(|| {
        let next = format!("When that is put right: hajime-cli transfer resume {}", seen.transfer.id);
        UserError::new(ErrorCode::Conflict, seen.transfer.said.clone(), next)
    })
}
