//! `recording list|search|view|show|edit|tag|clip|thumbnail|check|captions|retry|save|download|archive|candidates|attach|
//! evidence|gone|keep|bin|restore|delete|stop-links|public`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use hajime_core::actions::library::{export, recordings};
use hajime_core::context::Context;
use hajime_core::domain::library::query::{Filter, Query};
use hajime_core::domain::recorder::coverage::Coverage;
use hajime_core::domain::recorder::diagnosis::Likely;
use hajime_core::domain::recorder::stage_kind::StageKind;
use hajime_core::error::UserError;
use serde::Serialize;

use super::recording_view::RecordingView;
use super::{attachment, bin, captions, check, clip, description, public_videos, search, transfer};
use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Recordings, newest first.
    List {
        /// Words in the title or the instructor’s name.
        #[arg(long, default_value = "")]
        search: String,
        /// Show only recordings with this status.
        #[arg(long, value_enum, default_value_t = Only::All)]
        status: Only,
        /// Show at most this many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Skip this many first.
        #[arg(long, default_value_t = 0)]
        offset: u32,
    },
    /// Find recordings by words in titles, names, tags, notes, people, the chat and what was said. One typo in a word of four letters or
    /// more is forgiven.
    Search(search::Search),
    /// Saved views: searches and filters by name.
    #[command(subcommand)]
    View(search::View),
    /// Change the title, the notes or the tags of a recording. Its video at Stream gets them too.
    Edit(description::Edit),
    /// Add tags to recordings and take tags off them: `recording tag ID +kihon -draft`.
    Tag(description::Tag),
    /// Cut a part out as a recording of its own; the whole stays. Without `--from` and `--to`, print the part that is suggested.
    Clip(clip::Cut),
    /// Choose the picture that stands for a recording.
    Thumbnail(clip::Thumbnail),
    /// One recording with its history.
    Show {
        /// The recording’s id.
        id: String,
    },
    /// Look at the picture and listen to the sound of a recording: blank, frozen and silent stretches. Takes up to a minute.
    Check(check::CheckArguments),
    /// Captions: list them, have Stream make them, upload or delete them.
    #[command(subcommand)]
    Captions(captions::Command),
    /// Save the recorded file to this computer, also while Stream does not have it. Goes on where an earlier attempt stopped.
    Save {
        /// The recording’s id.
        id: String,
        /// The file to make; one that exists is never overwritten.
        path: PathBuf,
    },
    /// Download videos that can be watched as MP4 files, or their sound as M4A files. Goes on after an interruption.
    Download(transfer::Download),
    /// Copy recordings to a place of the archive, with everything that is known of them, and read the copy back.
    Archive(transfer::Archive),
    /// Try a failed recording again from where it failed.
    Retry {
        /// The recording’s id.
        id: String,
    },
    /// List the videos and recordings at Cloudflare that may belong to a session, the likeliest first.
    Candidates {
        /// The session’s id.
        session: String,
    },
    /// Make a video or a recording that lies at Cloudflare the recording of a session. It plays with signed links only from then on.
    /// A second time is harmless.
    Attach(attachment::Attach),
    /// Print the evidence of a recording for support, without titles, people, links or secrets.
    Evidence {
        /// The recording’s id.
        id: String,
    },
    /// List the recordings that no longer exist at Cloudflare, newest first. Each of them may be put in the bin.
    #[command(alias = "gone")]
    Missing(bin::Missing),
    /// Keep recordings forever: no rule and no bin deletes them. `recording restore` ends that.
    Keep(bin::Which),
    /// Put recordings in the bin, off the list. Stream deletes their videos 30 days later; until then `recording restore` takes them out.
    /// Without ids, show what is in the bin.
    Bin(bin::Which),
    /// Take recordings out of the bin, or keep them forever no longer.
    Restore(bin::Which),
    /// Delete the video of a recording in the bin for good. It cannot be brought back.
    Delete(bin::Delete),
    /// Stop the links of recordings in the bin at once.
    StopLinks(bin::StopLinks),
    /// Empty the bin: Stream deletes the video of every recording in it, and nobody can bring one back.
    EmptyBin(bin::Empty),
    /// List the videos of the account that everybody can watch who has their address, or close them.
    Public(public_videos::Public),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Only {
    All,
    Ready,
    Processing,
    Failed,
    Deleted,
}

impl From<Only> for Filter {
    fn from(only: Only) -> Self {
        match only {
            Only::All => Self::All,
            Only::Ready => Self::Ready,
            Only::Processing => Self::Processing,
            Only::Failed => Self::Failed,
            Only::Deleted => Self::Deleted,
        }
    }
}

#[derive(Debug, Serialize)]
struct EventView {
    at: String,
    from: Option<&'static str>,
    to: &'static str,
    note: String,
}

/// The coverage of a recording: the recorded time beside the length of the video.
#[derive(Debug, Serialize)]
struct CoverageView {
    complete: bool,
    sentence: String,
    capture_began: String,
    capture_ended: String,
    paused_seconds: i64,
    expected_seconds: i64,
    length_seconds: i64,
    missing_seconds: i64,
    tolerance_seconds: i64,
    begun_late_seconds: i64,
    hole_seconds: i64,
}

impl From<Coverage> for CoverageView {
    fn from(coverage: Coverage) -> Self {
        Self {
            complete: coverage.is_complete(),
            sentence: coverage.sentence(),
            capture_began: instant(coverage.began),
            capture_ended: instant(coverage.ended),
            paused_seconds: coverage.paused.num_seconds(),
            expected_seconds: coverage.expected().num_seconds(),
            length_seconds: coverage.length.num_seconds(),
            missing_seconds: coverage.missing().num_seconds(),
            tolerance_seconds: coverage.tolerance().num_seconds(),
            begun_late_seconds: coverage.begun_late.num_seconds(),
            hole_seconds: coverage.hole.num_seconds(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    recording: RecordingView,
    likely_reason: Option<&'static str>,
    coverage: Option<CoverageView>,
    /// What it costs to keep the video; `null` while there is none.
    storage_cost: Option<String>,
    events: Vec<EventView>,
}

#[derive(Debug, Serialize)]
struct SavedView {
    path: PathBuf,
    bytes: u64,
    resumed_from: u64,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List { search, status, limit, offset } => {
            let query = Query { search, filter: status.into(), limit, offset, ..Query::default() };
            let page = recordings::list(context, &query)?;
            let rows: Vec<RecordingView> = page.rows.into_iter().map(RecordingView::from).collect();
            output.print(&rows, |rows| rows.iter().map(RecordingView::line).collect::<Vec<_>>().join("\n"));
        }
        Command::Search(search) => search::run(context, &search, output)?,
        Command::View(view) => search::run_view(context, &view, output)?,
        Command::Edit(edit) => description::edit(context, edit, output)?,
        Command::Tag(tag) => description::tag(context, &tag, output)?,
        Command::Clip(cut) => clip::cut(context, &cut, output).await?,
        Command::Thumbnail(wanted) => clip::thumbnail(context, &wanted, output).await?,
        Command::Show { id } => {
            let detail = recordings::detail_view(context, id.parse()?)?;
            let likely_reason = detail.likely.map(Likely::sentence);
            let events = detail.events.into_iter().map(|event| EventView {
                at: instant(event.at),
                from: event.from.map(StageKind::name),
                to: event.to.name(),
                note: event.note,
            });
            let shown = Shown {
                storage_cost: detail.storage_cost.map(|cost| cost.to_string()),
                recording: detail.view.into(),
                likely_reason,
                coverage: detail.coverage.map(CoverageView::from),
                events: events.collect(),
            };
            output.print(&shown, |shown| {
                let lines =
                    shown.events.iter().map(|event| format!("  {}  {:<10}  {}", event.at, event.to, event.note));
                let guess = shown.likely_reason.map(|guess| format!("  {guess}"));
                let coverage = shown.coverage.as_ref().map(|coverage| format!("  {}", coverage.sentence));
                let cost = shown.storage_cost.as_ref().map(|cost| format!("  {cost}"));
                std::iter::once(shown.recording.line())
                    .chain(guess)
                    .chain(cost)
                    .chain(coverage)
                    .chain(lines)
                    .collect::<Vec<_>>()
                    .join("\n")
            });
        }
        Command::Check(asked) => check::run(context, &asked, output).await?,
        Command::Captions(command) => captions::run(context, command, output).await?,
        Command::Save { id, path } => {
            let saved = export::save_copy(context, id.parse()?, &path).await?;
            let view = SavedView { path: saved.path, bytes: saved.bytes, resumed_from: saved.resumed_from };
            output.print(&view, |view| format!("{} ({} bytes)", view.path.display(), view.bytes));
        }
        Command::Download(download) => transfer::download(context, download, output).await?,
        Command::Archive(archive) => transfer::archive(context, archive, output).await?,
        Command::Retry { id } => {
            let retried = recordings::retry(context, id.parse()?)?;
            output.print(&RecordingView::read(context, retried)?, RecordingView::line);
        }
        Command::Candidates { session } => attachment::candidates(context, &session, output).await?,
        Command::Attach(attach) => attachment::attach(context, attach, output).await?,
        Command::Evidence { id } => attachment::evidence(context, &id, output)?,
        Command::Missing(which) => bin::list(context, &which, output)?,
        Command::Keep(which) => bin::keep(context, &which, output).await?,
        Command::Bin(put) => bin::put(context, &put, output).await?,
        Command::Restore(which) => bin::restore(context, &which, output).await?,
        Command::Delete(delete) => bin::delete(context, delete, output).await?,
        Command::EmptyBin(empty) => bin::empty(context, empty, output).await?,
        Command::StopLinks(stop) => bin::stop_links(context, &stop, output).await?,
        Command::Public(asked) => public_videos::run(context, &asked, output).await?,
    }
    Ok(())
}
