//! `recording missing|keep|bin|restore|delete|stop-links`: what is kept forever, what is in the bin, and what is gone.

use clap::Args;
use hajime_core::actions::library::bin::{self, Bin, Deletion, Emptied, InBin, Stopped};
use hajime_core::actions::library::view;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use super::description::{self, BulkView, RefusedView};
use super::recording_view::RecordingView;
use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Missing {
    /// List everything in the bin instead, also what is gone at Cloudflare. `recording restore` puts it back.
    #[arg(long)]
    removed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The recordings’ ids.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// All recordings that this search finds, instead of ids.
    #[arg(long, value_name = "TEXT")]
    matching: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The recording’s id.
    id: String,
    /// Its title, exactly as it stands: this confirms that its video is deleted for good.
    #[arg(long, value_name = "TITLE")]
    yes_delete: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Empty {
    /// The words “empty the bin”: they confirm that every video in it is deleted for good.
    #[arg(long, value_name = "WORDS")]
    typed: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct StopLinks {
    /// The ids of recordings in the bin; without any, all in the bin.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Also where links of other recordings stop, because they share a key.
    #[arg(long)]
    with_others: bool,
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

#[derive(Debug, Serialize)]
struct InBinView {
    #[serde(flatten)]
    recording: RecordingView,
    /// When Stream deletes the video; `null` where it does not by itself.
    deleted_on: Option<String>,
    /// Whether Stream knows that date.
    told: bool,
    deleting: bool,
    links_working: usize,
    /// Until when Cloudflare may still have the file of the class, which a new desk would import again.
    file_until: Option<String>,
}

impl From<InBin> for InBinView {
    fn from(InBin { view, deletion, told, deleting, links, file_until }: InBin) -> Self {
        let (deleted_on, file_until) = (deletion.map(instant), file_until.map(instant));
        Self { recording: view.into(), deleted_on, told, deleting, links_working: links, file_until }
    }
}

#[derive(Debug, Serialize)]
struct BinView {
    minutes_counted: u64,
    counted_until: Option<String>,
    links_working: usize,
    recordings: Vec<InBinView>,
}

impl From<Bin> for BinView {
    fn from(Bin { recordings, minutes, until, links }: Bin) -> Self {
        Self {
            minutes_counted: minutes,
            counted_until: until.map(instant),
            links_working: links,
            recordings: recordings.into_iter().map(InBinView::from).collect(),
        }
    }
}

impl BinView {
    fn lines(&self) -> String {
        if self.recordings.is_empty() {
            return "The bin is empty.".to_owned();
        }
        let until = self
            .counted_until
            .as_ref()
            .map_or_else(|| "until they are deleted by hand".to_owned(), |until| format!("until {until}"));
        let all = format!("{} minutes still counted {until}. {} links work.", self.minutes_counted, self.links_working);
        let rows = self.recordings.iter().map(|one| {
            let deleted = one.deleted_on.as_ref().map_or_else(
                || "Stream does not delete it by itself, because it is too old to be given a date.".to_owned(),
                |at| format!("Deleted on {at}."),
            );
            format!("{} {deleted}", one.recording.line())
        });
        std::iter::once(all).chain(rows).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct DeletionView {
    id: String,
    /// `deleted`, `overruled` by another desk, or `waits` for Cloudflare.
    outcome: &'static str,
    why: Option<UserError>,
}

#[derive(Debug, Serialize)]
struct StoppedView {
    stopped: Vec<String>,
    /// Whether Stream refused each link afterwards; `null` if Hajime could not test that.
    confirmed: Option<bool>,
    refused: Vec<RefusedView>,
}

impl From<Stopped> for StoppedView {
    fn from(Stopped { stopped, refused }: Stopped) -> Self {
        let confirmed: Option<Vec<bool>> = stopped.iter().map(|(_, revoked)| revoked.confirmed).collect();
        Self {
            stopped: stopped.iter().map(|(id, _)| id.to_string()).collect(),
            confirmed: confirmed.map(|all| all.into_iter().all(|one| one)),
            refused: refused.into_iter().map(RefusedView::from).collect(),
        }
    }
}

pub(crate) fn list(context: &Context, Missing { removed }: &Missing, output: Output) -> Result<(), UserError> {
    let (all, none) = if *removed {
        (bin::removed(context)?, "The bin is empty.")
    } else {
        (bin::missing(context)?, "Nothing on the list is gone at Cloudflare.")
    };
    output.print(&MissingView::read_all(context, all)?, |all| match all.as_slice() {
        [] => none.to_owned(),
        all => all.iter().map(MissingView::line).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

pub(crate) async fn keep(context: &Context, which: &Which, output: Output) -> Result<(), UserError> {
    let selected = description::selected(context, parse(&which.ids)?, which.matching.as_deref())?;
    output.print(&BulkView::from(bin::keep(context, &selected).await?), BulkView::lines);
    Ok(())
}

/// Puts recordings in the bin; without any, shows what is in it.
pub(crate) async fn put(context: &Context, which: &Which, output: Output) -> Result<(), UserError> {
    if which.ids.is_empty() && which.matching.is_none() {
        output.print(&BinView::from(bin::bin(context)?), BinView::lines);
        return Ok(());
    }
    let selected = description::selected(context, parse(&which.ids)?, which.matching.as_deref())?;
    output.print(&BulkView::from(bin::put(context, &selected).await?), BulkView::lines);
    Ok(())
}

pub(crate) async fn restore(context: &Context, which: &Which, output: Output) -> Result<(), UserError> {
    let selected = description::selected(context, parse(&which.ids)?, which.matching.as_deref())?;
    output.print(&BulkView::from(bin::restore(context, &selected).await?), BulkView::lines);
    Ok(())
}

pub(crate) async fn delete(context: &Context, delete: Delete, output: Output) -> Result<(), UserError> {
    let id: RecordingId = delete.id.parse()?;
    let Some(title) = delete.yes_delete else {
        return Err(UserError::new(
            ErrorCode::NotConfirmed,
            "Nothing was deleted yet.",
            "If its video is to be deleted for good, write the title: --yes-delete \"TITLE\".",
        ));
    };
    let (outcome, why) = match bin::delete(context, id, &title).await? {
        Deletion::Done => ("deleted", None),
        Deletion::Overruled => ("overruled", None),
        Deletion::Waits(why) => ("waits", Some(why)),
    };
    output.print(&DeletionView { id: id.to_string(), outcome, why }, |view| match view.outcome {
        "deleted" => "The video was deleted for good.".to_owned(),
        "overruled" => "Another desk decided otherwise meanwhile, so the video stays.".to_owned(),
        _ => "Cloudflare could not be asked. The video is deleted as soon as that is possible.".to_owned(),
    });
    Ok(())
}

/// The output for emptying the bin.
#[derive(Debug, Serialize)]
struct EmptiedView {
    deleted: u32,
    minutes: f64,
    refused: Vec<RefusedView>,
}

pub(crate) async fn empty(context: &Context, empty: Empty, output: Output) -> Result<(), UserError> {
    let Some(typed) = empty.typed else {
        return Err(UserError::new(
            ErrorCode::NotConfirmed,
            "Nothing was deleted yet.",
            "If every video in the bin is to be deleted for good, write it: --typed \"empty the bin\".",
        ));
    };
    let Emptied { deleted, minutes, refused } = bin::empty(context, &typed).await?;
    let refused = refused.into_iter().map(RefusedView::from).collect();
    output.print(&EmptiedView { deleted, minutes, refused }, |view| {
        let all = format!("{} videos were deleted for good, {:.0} minutes.", view.deleted, view.minutes);
        std::iter::once(all).chain(view.refused.iter().map(RefusedView::line)).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

pub(crate) async fn stop_links(context: &Context, stop: &StopLinks, output: Output) -> Result<(), UserError> {
    let ids = if stop.ids.is_empty() {
        bin::bin(context)?.recordings.iter().map(|one| one.view.recording.id).collect()
    } else {
        parse(&stop.ids)?
    };
    output.print(&StoppedView::from(bin::stop_links(context, &ids, stop.with_others).await?), |view| {
        let all = format!("The links of {} recordings were stopped.", view.stopped.len());
        let refused = view.refused.iter().map(RefusedView::line);
        std::iter::once(all).chain(refused).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn parse(ids: &[String]) -> Result<Vec<RecordingId>, UserError> {
    Ok(ids.iter().map(|id| id.parse()).collect::<Result<_, _>>()?)
}
