//! `recording missing|remove|restore`: recordings that are missing at Cloudflare or were removed from the list.

use clap::Args;
use hajime_core::actions::library::{removal, view};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::commands::library::recording_view::RecordingView;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Missing {
    /// List the removed recordings instead, which `recording restore` puts back.
    #[arg(long)]
    removed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The recordings’ ids, all of which must be missing at Cloudflare.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Remove them. Without this, only show what would be removed.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The recordings’ ids.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

/// The output for a recording that is missing at Cloudflare. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct MissingView {
    #[serde(flatten)]
    recording: RecordingView,
    links_made: u32,
}

impl MissingView {
    fn read_all(context: &Context, all: Vec<Recording>) -> Result<Vec<Self>, Error> {
        let shown = view::views(context, all)?.into_iter();
        Ok(shown.map(|shown| Self { links_made: shown.links_made, recording: shown.into() }).collect())
    }

    fn line(&self) -> String {
        let links = match self.links_made {
            0 => String::new(),
            1 => " One share link was made; it no longer works.".to_owned(),
            made => format!(" {made} share links were made; they no longer work."),
        };
        format!("{}{links}", self.recording.line())
    }
}

pub(crate) fn list(context: &Context, Missing { removed }: &Missing, output: Output) -> Result<(), UserError> {
    let (all, none) = if *removed {
        (removal::removed(context)?, "Nothing was taken off the list.")
    } else {
        (removal::missing(context)?, "Nothing on the list is gone at Cloudflare.")
    };
    print(context, all, none, output)
}

pub(crate) fn remove(context: &Context, Remove { ids, yes }: &Remove, output: Output) -> Result<(), UserError> {
    let ids = parse(ids)?;
    let none = "They were taken off the list before.";
    if *yes {
        return print(context, removal::remove(context, &ids)?, none, output);
    }
    let would_go = removal::review(context, &ids)?;
    let count = would_go.len();
    print(context, would_go, none, output)?;
    match count {
        0 => Ok(()),
        _ => Err(UserError::new(
            ErrorCode::NotConfirmed,
            "Nothing was taken off the list yet.",
            "If these are the ones, say so: the same command with --yes.",
        )),
    }
}

pub(crate) fn restore(context: &Context, Restore { ids }: &Restore, output: Output) -> Result<(), UserError> {
    print(context, removal::restore(context, &parse(ids)?)?, "They stand on the list.", output)
}

fn parse(ids: &[String]) -> Result<Vec<RecordingId>, UserError> {
    Ok(ids.iter().map(|id| id.parse()).collect::<Result<_, _>>()?)
}

fn print(context: &Context, all: Vec<Recording>, none: &str, output: Output) -> Result<(), UserError> {
    output.print(&MissingView::read_all(context, all)?, |all| match all.as_slice() {
        [] => none.to_owned(),
        all => all.iter().map(MissingView::line).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}
