//! `door publish|status|rotate|end-plays|token|remove`: the door behind the join page, for class links and watch links.

use clap::Subcommand;
use hajime_core::actions::profile::door::{self, Status, TakenDown};
use hajime_core::actions::profile::join_page::{self, Request};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::door::{DoorTrouble, FREE_PLAN};
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::Serialize;

use crate::commands::profile::join_page::{Files, PublishedView, note, page};
use crate::commands::{instant, standard_input};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish the join page with its door, and check both from outside. It is the same as `join-page publish`.
    Publish {
        #[command(flatten)]
        files: Files,
        /// Replace a page that is not Hajime’s, or that a later Hajime published.
        #[arg(long)]
        replace: bool,
    },
    /// Whether the door works, what it holds, and what Cloudflare’s free plan allows.
    Status {
        #[command(flatten)]
        files: Files,
    },
    /// Give the door a new signing key and, where Hajime made its token, a new token. Links work on; the old secrets are deleted.
    Rotate {
        #[command(flatten)]
        files: Files,
    },
    /// End every play of the watch links at once: delete the door’s signing key and give it a new one. Links work on.
    EndPlays {
        #[command(flatten)]
        files: Files,
    },
    /// Read a token for RealtimeKit from standard input, try it, and publish the door with it. It is kept nowhere else.
    Token {
        #[command(flatten)]
        files: Files,
    },
    /// Take the door down. Its links die; the page stays.
    Remove {
        #[command(flatten)]
        files: Files,
        /// Do it. Without this it is only said which links die.
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn run(
    context: &Context,
    command: Command,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    let published = match command {
        Command::Status { files } => {
            let status = door::status(context, &page(&files)?).await?;
            output.print(&StatusView::from(status), StatusView::lines);
            return Ok(());
        }
        Command::Remove { files, yes: false } => {
            let status = door::status(context, &page(&files)?).await?;
            let message = format!(
                "Nothing was changed. {} class links and {} watch links would die, also those that were sent.",
                status.class_links, status.watch_links
            );
            let next = "To take the door down, say so: the same command with --yes. A new door has new links.";
            return Err(UserError::new(ErrorCode::NotConfirmed, message, next));
        }
        Command::Remove { files, yes: true } => {
            let taken = door::remove(context, &page(&files)?).await?;
            output.print(&TakenDownView::from(taken), TakenDownView::line);
            return Ok(());
        }
        Command::Publish { files, replace } => {
            let request = Request { replace, ..Request::default() };
            join_page::publish(context, &page(&files)?, &request, &note).await?
        }
        Command::Rotate { files } => door::rotate(context, &page(&files)?, &note).await?,
        Command::EndPlays { files } => door::end_plays(context, &page(&files)?, &note).await?,
        Command::Token { files } => {
            let token = standard_input(input).map_err(|error| {
                let next = "Give the token on standard input: hajime-cli door token < FILE.";
                UserError::new(ErrorCode::File, format!("Standard input cannot be read: {}.", error.kind()), next)
            })?;
            door::take_token(context, &page(&files)?, token, &note).await?
        }
    };
    output.print(&PublishedView::from(published), PublishedView::line);
    Ok(())
}

/// The door as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct StatusView {
    state: &'static str,
    sentence: String,
    version: Option<String>,
    published_at: Option<String>,
    answered_at: Option<String>,
    exchanged_at: Option<String>,
    trouble: Option<String>,
    size_bytes: Option<u64>,
    limits: Vec<&'static str>,
    troubles: Vec<TroubleView>,
    signing_key: bool,
    token: &'static str,
    class_links: u32,
    watch_links: u32,
}

/// A trouble that the Worker noted.
#[derive(Debug, Serialize)]
struct TroubleView {
    reason: String,
    sentence: String,
    at: String,
    times: u64,
}

impl From<Status> for StatusView {
    fn from(status: Status) -> Self {
        let trouble = |trouble: &DoorTrouble| TroubleView {
            reason: trouble.reason.clone(),
            sentence: trouble.sentence(),
            at: instant(trouble.at),
            times: trouble.times,
        };
        Self {
            state: status.state.name(),
            sentence: status.state.sentence(),
            published_at: status.published_at.map(instant),
            answered_at: status.answered_at.map(instant),
            exchanged_at: status.exchanged_at.map(instant),
            size_bytes: status.size,
            limits: FREE_PLAN.to_vec(),
            troubles: status.troubles.iter().map(trouble).collect(),
            signing_key: status.signing_key,
            token: status.token.name(),
            class_links: status.class_links,
            watch_links: status.watch_links,
            version: status.version,
            trouble: status.trouble,
        }
    }
}

impl StatusView {
    fn lines(&self) -> String {
        let mut lines = vec![self.sentence.clone()];
        if self.state != "none" {
            lines.push(format!("{} class links and {} watch links.", self.class_links, self.watch_links));
        }
        lines.extend(self.trouble.clone());
        lines.extend(self.troubles.iter().map(|trouble| trouble.sentence.clone()));
        lines.join("\n")
    }
}

/// What was taken down as the CLI prints it. The names are stable.
#[derive(Debug, Serialize)]
struct TakenDownView {
    class_links: u32,
    watch_links: u32,
}

impl From<TakenDown> for TakenDownView {
    fn from(TakenDown { links }: TakenDown) -> Self {
        Self { class_links: links.classes, watch_links: links.watching }
    }
}

impl TakenDownView {
    fn line(&self) -> String {
        let Self { class_links, watch_links } = self;
        format!("The door is taken down. {class_links} class links and {watch_links} watch links died.")
    }
}
