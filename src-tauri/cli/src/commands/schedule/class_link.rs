//! `class-link show|renew|revoke`: the link by which everybody comes into a class, or into every class of its series.

use clap::{Args, Subcommand};
use hajime_core::actions::schedule::class_links::{self, ClassLink, LinkState};
use hajime_core::context::Context;
use hajime_core::domain::schedule::join_link::LinkOf;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the link. The first time it is made; from then on it stays the same.
    Show(Which),
    /// Revoke the link and print a new one. People who are in the room stay.
    Renew(Which),
    /// Revoke the link. People who are in the room stay.
    Revoke(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The session’s id.
    session: String,
    /// The link of its whole series.
    #[arg(long)]
    series: bool,
}

impl Which {
    fn of(&self) -> LinkOf {
        if self.series { LinkOf::Series } else { LinkOf::Class }
    }
}

/// The output for a class link. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct LinkView {
    session_id: String,
    series: bool,
    /// null after it was revoked.
    url: Option<String>,
    sentence: String,
    /// What the door does not know yet, and why.
    waits: Option<String>,
}

impl LinkView {
    fn new(which: Which, url: Option<String>, LinkState { exists: _, sentence, waits }: LinkState) -> Self {
        Self { session_id: which.session, series: which.series, url, sentence, waits }
    }

    fn lines(&self) -> String {
        let said = if self.url.is_some() { &self.sentence } else { "The link is revoked." };
        let lines = [self.url.as_deref(), Some(said), self.waits.as_deref()];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let view = match command {
        Command::Show(which) => {
            let link = class_links::link(context, which.session.parse()?, which.of()).await?;
            shown(which, link)
        }
        Command::Renew(which) => {
            let link = class_links::renew(context, which.session.parse()?, which.of()).await?;
            shown(which, link)
        }
        Command::Revoke(which) => {
            let state = class_links::revoke(context, which.session.parse()?, which.of()).await?;
            LinkView::new(which, None, state)
        }
    };
    output.print(&view, LinkView::lines);
    Ok(())
}

fn shown(which: Which, link: ClassLink) -> LinkView {
    LinkView::new(which, Some(link.url.expose().to_owned()), link.state)
}
