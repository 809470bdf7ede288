//! `link make|file|list`: makes links, shows the file of a link, and lists the ledger.

use std::time::Duration;

use clap::Subcommand;
use hajime_core::actions::sharing::links::{self, LinkFile};
use hajime_core::context::Context;
use hajime_core::domain::ids::LinkId;
use hajime_core::domain::sharing::link::{ShareLink, Validity};
use hajime_core::error::UserError;
use serde::Serialize;
use tokio::time::Instant;

use crate::commands::instant;
use crate::output::{Output, words};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a link to a ready recording. It is checked and entered in the ledger.
    Make {
        /// The recording’s id.
        recording: String,
        /// How many hours it works: 1 to 24.
        #[arg(long, default_value_t = 24, allow_negative_numbers = true)]
        hours: i64,
        /// Allow downloading the file. Stream has to make it first; the link to watch comes in any case.
        #[arg(long)]
        download: bool,
        /// How many seconds to wait for that file at most.
        #[arg(long, default_value_t = 60, requires = "download")]
        wait: u64,
    },
    /// The file of a link that was made with --download, as it stands now.
    File {
        /// The link’s id.
        link: String,
    },
    /// Every link made, newest first. The links themselves are kept nowhere.
    List,
}

/// The output for a link. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct LinkView {
    id: String,
    recording_id: String,
    title: String,
    video_id: String,
    kid: Option<String>,
    created_at: String,
    expires_at: String,
    download: bool,
}

impl From<&ShareLink> for LinkView {
    fn from(link: &ShareLink) -> Self {
        Self {
            id: link.id.to_string(),
            recording_id: link.recording.to_string(),
            title: link.recording_title.clone(),
            video_id: link.video.to_string(),
            kid: link.kid.as_ref().map(ToString::to_string),
            created_at: instant(link.created_at),
            expires_at: instant(link.expires_at),
            download: link.download,
        }
    }
}

#[derive(Debug, Serialize)]
struct MadeView {
    url: String,
    hls_url: String,
    /// The address of the file; `null` until the file is ready.
    download_url: Option<String>,
    /// `null` when downloading was not asked for.
    file: Option<FileView>,
    verified: bool,
    doubt: Option<UserError>,
    #[serde(flatten)]
    link: LinkView,
}

/// The output for the file of a link. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum FileView {
    Preparing { percent: Option<u8> },
    Ready { url: String },
    Unavailable { reason: UserError },
}

impl From<&LinkFile> for FileView {
    fn from(file: &LinkFile) -> Self {
        match file {
            LinkFile::Preparing { percent } => Self::Preparing { percent: *percent },
            LinkFile::Ready(url) => Self::Ready { url: url.expose().to_owned() },
            LinkFile::Unavailable(trouble) => Self::Unavailable { reason: trouble.clone() },
        }
    }
}

impl FileView {
    fn words(&self, link: &str) -> String {
        match self {
            Self::Preparing { percent } => {
                let percent = percent.map_or_else(String::new, |percent| format!(" ({percent} %)"));
                format!("Stream is preparing the file{percent}. Ask later: hajime-cli link file {link}")
            }
            Self::Ready { url } => format!("The file: {url}"),
            Self::Unavailable { reason } => format!("No file: {}", words(reason)),
        }
    }
}

impl MadeView {
    fn words(&self) -> String {
        let mut lines = vec![self.url.clone(), format!("Works until {}.", self.link.expires_at)];
        lines.extend(self.doubt.as_ref().map(words));
        lines.extend(self.file.as_ref().map(|file| file.words(&self.link.id)));
        lines.join("\n")
    }
}

/// Time between two requests for the state of a file that is being prepared.
const PREPARATION_POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Waits until a file that is being prepared is ready or unavailable, for at most `wait`; returns its last known state.
async fn wait_for(context: &Context, link: LinkId, mut file: LinkFile, wait: Duration) -> LinkFile {
    let began = Instant::now();
    while matches!(file, LinkFile::Preparing { .. }) && began.elapsed() < wait {
        tokio::time::sleep(PREPARATION_POLL_INTERVAL.min(wait.saturating_sub(began.elapsed()))).await;
        file = match links::file(context, link).await {
            Ok(file) => file,
            Err(error) => LinkFile::Unavailable(UserError::from(&error)),
        };
    }
    file
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Make { recording, hours, download, wait } => {
            let made = links::make(context, recording.parse()?, Validity::hours(hours)?, download).await?;
            let file = match made.file.clone() {
                Some(file) => Some(wait_for(context, made.link.id, file, Duration::from_secs(wait)).await),
                None => None,
            };
            let file = file.as_ref().map(FileView::from);
            let view = MadeView {
                url: made.url.expose().to_owned(),
                hls_url: made.hls_url.expose().to_owned(),
                download_url: match &file {
                    Some(FileView::Ready { url }) => Some(url.clone()),
                    _ => None,
                },
                file,
                verified: made.verified(),
                link: (&made.link).into(),
                doubt: made.doubt,
            };
            output.print(&view, MadeView::words);
        }
        Command::File { link } => {
            let file = FileView::from(&links::file(context, link.parse()?).await?);
            output.print(&file, |file| file.words(&link));
        }
        Command::List => {
            let all: Vec<LinkView> = links::list(context)?.iter().map(LinkView::from).collect();
            output.print(&all, |all| {
                let lines = all.iter().map(|link| {
                    let kid = link.kid.as_deref().unwrap_or("signed by Cloudflare");
                    format!("{}  until {}  {}  ({kid})", link.created_at, link.expires_at, link.title)
                });
                lines.collect::<Vec<_>>().join("\n")
            });
        }
    }
    Ok(())
}
