//! `link make|list`.

use clap::Subcommand;
use hajime_core::actions::{Desk, links};
use hajime_core::domain::link::{ShareLink, Validity};
use serde::Serialize;

use super::instant;
use crate::output::{Failure, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a link to a ready recording. It is checked and entered in the ledger.
    Make {
        /// The recording’s id.
        recording: String,
        /// How many hours it works: 1 to 24.
        #[arg(long, default_value_t = 24, allow_negative_numbers = true)]
        hours: i64,
        /// Allow downloading the file.
        #[arg(long)]
        download: bool,
    },
    /// Every link made, newest first. The links themselves are kept nowhere.
    List,
}

/// A link as the CLI prints it. The names are stable.
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
    download_url: Option<String>,
    verified: bool,
    #[serde(flatten)]
    link: LinkView,
}

pub(crate) async fn run(desk: &Desk, command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Make { recording, hours, download } => {
            let made = links::make(desk, recording.parse()?, Validity::hours(hours)?, download).await?;
            let view = MadeView {
                url: made.url.expose().to_owned(),
                hls_url: made.hls_url.expose().to_owned(),
                download_url: made.download_url.map(|url| url.expose().to_owned()),
                verified: made.verified,
                link: (&made.link).into(),
            };
            output.print(&view, |view| format!("{}\nWorks until {}.", view.url, view.link.expires_at));
        }
        Command::List => {
            let all: Vec<LinkView> = links::list(desk)?.iter().map(LinkView::from).collect();
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
