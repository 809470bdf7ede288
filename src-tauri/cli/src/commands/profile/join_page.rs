//! `join-page publish|status|remove`: the page on which invited people join, at the account's own Workers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hajime_core::actions::profile::door::DoorOutcome;
use hajime_core::actions::profile::join_page::{self, Published, Removed, Request, Status, Step};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::profile::door::DoorCode;
use hajime_core::domain::profile::hostname::Hostname;
use hajime_core::domain::profile::join_page::{JoinPage, PageVersion};
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

/// The files of the page.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Take the files of this folder instead of the page that comes with Hajime. Its door is in `door/door.js` and `door/schema.sql`.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish the page, check it from outside, and have invitations open it. Only what changed is uploaded.
    Publish {
        #[command(flatten)]
        files: Files,
        /// The name to register below workers.dev if the account has none. It is for the whole account.
        #[arg(long)]
        name: Option<String>,
        /// Show the page at this hostname as well, and have invitations open it. Its domain must belong to the account.
        #[arg(long, value_name = "HOSTNAME")]
        hostname: Option<String>,
        /// Replace a page that is not Hajime’s, or that a later Hajime published.
        #[arg(long)]
        replace: bool,
    },
    /// What is published, as everybody sees it.
    Status {
        #[command(flatten)]
        files: Files,
    },
    /// Delete the published page. Invitations that were sent no longer open.
    Remove {
        #[command(flatten)]
        files: Files,
        /// Do it. Without this it is only shown what is published.
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Publish { files, name, hostname, replace } => {
            let name = name.map(|name| name.parse().map_err(|_| not_a_name(&name))).transpose()?;
            let hostname = hostname.map(|typed| typed.parse::<Hostname>().map_err(Invalid::from)).transpose()?;
            let request = Request { name, hostname, replace };
            let published = join_page::publish(context, &page(&files)?, &request, &note).await?;
            output.print(&PublishedView::from(published), PublishedView::line);
        }
        Command::Status { files } => {
            let status = join_page::status(context, &page(&files)?).await?;
            output.print(&StatusView::from(status), StatusView::line);
        }
        Command::Remove { files, yes: false } => {
            let status = join_page::status(context, &page(&files)?).await?;
            return Err(UserError::new(
                ErrorCode::NotConfirmed,
                format!("Nothing was changed. {}", status.sentence()),
                "To delete the page, say so: the same command with --yes. Invitations that were sent no longer open then.",
            ));
        }
        Command::Remove { files, yes: true } => {
            let removed = join_page::remove(context, &page(&files)?).await?;
            output.print(&RemovedView::from(removed), RemovedView::line);
        }
    }
    Ok(())
}

/// Says how far a publication is.
pub(super) fn note(step: Step) {
    Output::note(&step.words());
}

/// The page with its door.
pub(super) fn page(files: &Files) -> Result<JoinPage, UserError> {
    let Some(folder) = &files.from else {
        let door = hajime_join_page::door().map(|(module, schema)| DoorCode::new(module, schema));
        return built(hajime_join_page::files(), door);
    };
    let mut files = hajime_join_page::files_in(folder).map_err(|error| {
        UserError::new(
            ErrorCode::File,
            format!("{} cannot be read: {}.", folder.display(), error.kind()),
            "Name the folder that holds the page’s index.html.",
        )
    })?;
    let door = hajime_join_page::take_door(&mut files).map(|(module, schema)| DoorCode::new(&module, &schema));
    built(files, door)
}

fn built(files: Vec<(String, Vec<u8>)>, door: Option<DoorCode>) -> Result<JoinPage, UserError> {
    JoinPage::with_door(files, door).map_err(|problem| Error::from(problem).into())
}

fn not_a_name(name: &str) -> UserError {
    let shown: String = name.chars().take(64).collect();
    UserError::new(
        ErrorCode::InvalidInput,
        format!("“{shown}” is not a name below workers.dev."),
        "Use at most 63 small letters, digits and dashes, such as harbour-dojo.",
    )
}

/// A version of the page as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct VersionView {
    hajime: String,
    content: String,
}

impl From<&PageVersion> for VersionView {
    fn from(version: &PageVersion) -> Self {
        Self { hajime: version.hajime.clone(), content: version.content.clone() }
    }
}

/// A publication as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
pub(super) struct PublishedView {
    address: String,
    version: VersionView,
    files: usize,
    uploaded: usize,
    door: &'static str,
    door_sentence: String,
}

impl From<Published> for PublishedView {
    fn from(published: Published) -> Self {
        Self {
            version: VersionView::from(&published.version),
            files: published.files,
            uploaded: published.uploaded,
            door: match published.door {
                DoorOutcome::Open => "published",
                DoorOutcome::Without(_) => "without",
            },
            door_sentence: published.door.sentence(),
            address: published.address.into(),
        }
    }
}

impl PublishedView {
    pub(super) fn line(&self) -> String {
        let Self { address, files, uploaded, door_sentence, .. } = self;
        format!(
            "Published at {address} and checked. {uploaded} of {files} files were uploaded. Invitations open there.\n{door_sentence}"
        )
    }
}

/// What is published as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct StatusView {
    state: &'static str,
    sentence: String,
    address: Option<String>,
    in_use: bool,
    published: Option<VersionView>,
    published_at: Option<String>,
    this_version: VersionView,
    suggested_name: Option<String>,
}

impl From<Status> for StatusView {
    fn from(status: Status) -> Self {
        Self {
            state: status.state.name(),
            sentence: status.sentence(),
            published: status.state.published(&status.this_version).map(VersionView::from),
            published_at: status.published_at.map(instant),
            this_version: VersionView::from(&status.this_version),
            suggested_name: status.suggested_name.map(|name| name.to_string()),
            in_use: status.in_use,
            address: status.address.map(String::from),
        }
    }
}

impl StatusView {
    fn line(&self) -> String {
        let address = self.address.as_ref().map_or_else(String::new, |address| format!("\n{address}"));
        format!("{}{address}", self.sentence)
    }
}

/// What was taken down as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct RemovedView {
    deleted: bool,
    cleared: Option<String>,
}

impl From<Removed> for RemovedView {
    fn from(removed: Removed) -> Self {
        Self { deleted: removed.deleted, cleared: removed.cleared.map(String::from) }
    }
}

impl RemovedView {
    fn line(&self) -> String {
        let deleted =
            if self.deleted { "The published page is deleted." } else { "There was no page of ours left to delete." };
        let cleared = if self.cleared.is_some() { " Invitations open on this computer only." } else { "" };
        format!("{deleted}{cleared}")
    }
}
