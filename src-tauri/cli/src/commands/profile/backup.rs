//! `backup` and `restore`. They need no account and no keyring, and they work even if the database is damaged.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use hajime_core::actions::profile::backups;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::backup::{Contents, Copy, Lost};
use hajime_core::error::UserError;
use hajime_core::ports::{Clock as _, SystemClock};
use serde::Serialize;

use super::owner::{Of, Whose};
use crate::commands::{Surrounding, instant};
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Write the copy to this file, which must not exist yet. Without it, the copy goes to the folder `backups` beside the database.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: Option<BackupCommand>,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// The copies in the folder `backups`, the newest first.
    List,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A file, the name of a copy that `backup list` shows, or `latest`.
    #[arg(required_unless_present = "empty", conflicts_with = "empty")]
    copy: Option<String>,
    /// Begin with an empty database instead. A damaged one is kept under another name.
    #[arg(long)]
    empty: bool,
    /// Do it. Without this, only what would happen is shown.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Serialize)]
struct CopyView {
    path: String,
    account: Option<String>,
    made_at: String,
    reason: &'static str,
    bytes: u64,
    sessions: Option<u32>,
    recordings: Option<u32>,
    links: Option<u32>,
    problem: Option<String>,
}

impl CopyView {
    fn read(copy: &Copy) -> Self {
        let held = backups::contents(&copy.path);
        let number = |of: fn(&Contents) -> u32| held.as_ref().ok().map(of);
        Self {
            path: copy.path.display().to_string(),
            account: held.as_ref().ok().and_then(|held| held.account.clone()),
            made_at: instant(copy.made_at),
            reason: copy.reason.name(),
            bytes: copy.bytes,
            sessions: number(|held| held.sessions),
            recordings: number(|held| held.recordings),
            links: number(|held| held.links),
            problem: held.err().map(|error| error.message()),
        }
    }

    fn line(&self) -> String {
        let held = match (self.sessions, self.recordings, self.links, &self.problem) {
            (Some(sessions), Some(recordings), Some(links), _) => {
                format!("{sessions} sessions, {recordings} recordings, {links} links")
            }
            (.., problem) => problem.clone().unwrap_or_default(),
        };
        format!("{}  {:<14}  {held}\n  {}", self.made_at, self.reason, self.path)
    }
}

#[derive(Debug, Serialize)]
struct Written {
    #[serde(flatten)]
    of: Whose,
    path: String,
    bytes: u64,
}

pub(crate) fn backup(here: &Surrounding<'_>, arguments: Backup, output: Output) -> Result<(), UserError> {
    let of = arguments.of.find(here)?;
    let folder = &of.folder;
    if arguments.command.is_some() {
        let all: Vec<CopyView> = backups::list(folder).iter().map(CopyView::read).collect();
        output.print(&all, |all| {
            if all.is_empty() {
                return format!("{of}\nThere is no copy in {}.", backups::folder_of_copies(folder).display());
            }
            let lines = all.iter().map(CopyView::line);
            std::iter::once(of.to_string()).chain(lines).collect::<Vec<_>>().join("\n")
        });
        return Ok(());
    }
    let (path, bytes) = match arguments.to {
        Some(path) => {
            let bytes = backups::save(folder, &path)?;
            (path, bytes)
        }
        None => {
            let copy = backups::make(folder, SystemClock.now())?;
            (copy.path, copy.bytes)
        }
    };
    let written = Written { of, path: path.display().to_string(), bytes };
    output.print(&written, |written| {
        format!("{}\nCopied to {} ({} bytes), and checked.", written.of, written.path, written.bytes)
    });
    Ok(())
}

#[derive(Debug, Serialize)]
struct ContentsView {
    sessions: u32,
    recordings: u32,
    links: u32,
    changed_at: Option<String>,
}

impl From<&Contents> for ContentsView {
    fn from(held: &Contents) -> Self {
        Self {
            sessions: held.sessions,
            recordings: held.recordings,
            links: held.links,
            changed_at: held.changed_at.map(instant),
        }
    }
}

impl ContentsView {
    fn words(&self) -> String {
        let changed = self.changed_at.as_ref().map_or_else(String::new, |at| format!(", last changed {at}"));
        format!("{} sessions, {} recordings, {} links{changed}", self.sessions, self.recordings, self.links)
    }
}

#[derive(Debug, Serialize)]
struct LostView {
    sessions: u32,
    titles: Vec<String>,
    changed_sessions: u32,
    recordings: u32,
    links: u32,
}

impl From<Lost> for LostView {
    fn from(Lost { sessions, titles, changed_sessions, recordings, links }: Lost) -> Self {
        Self { sessions, titles, changed_sessions, recordings, links }
    }
}

impl LostView {
    fn words(&self) -> String {
        let titles = if self.titles.is_empty() { String::new() } else { format!(" ({}…)", self.titles.join(", ")) };
        format!(
            "{} sessions{titles}, changes to {} more, {} recordings, {} links",
            self.sessions, self.changed_sessions, self.recordings, self.links
        )
    }
}

#[derive(Debug, Serialize)]
struct RestoreView {
    #[serde(flatten)]
    of: Whose,
    restored: bool,
    copy: Option<String>,
    holds: Option<ContentsView>,
    now: Option<ContentsView>,
    lost: Option<LostView>,
    kept: Option<String>,
}

impl RestoreView {
    fn words(&self) -> String {
        let mut lines = vec![self.of.to_string()];
        if let (Some(copy), Some(holds)) = (&self.copy, &self.holds) {
            lines.push(format!("{copy}\n  holds {}.", holds.words()));
        }
        lines.push(match &self.now {
            Some(now) => format!("The database holds {}.", now.words()),
            None => "The database is damaged, empty or gone.".to_owned(),
        });
        if let Some(lost) = &self.lost {
            lines.push(format!("Only the database has: {}.", lost.words()));
        }
        lines.push(match (self.restored, &self.kept) {
            (false, _) => "Nothing was changed. Add --yes to do it; what is there now is kept.".to_owned(),
            (true, Some(kept)) => {
                format!("Done. What was there is kept as {kept}. Recordings come back with: hajime-cli sync.")
            }
            (true, None) => "Done. Recordings come back with: hajime-cli sync.".to_owned(),
        });
        lines.join("\n")
    }
}

pub(crate) fn restore(here: &Surrounding<'_>, arguments: &Restore, output: Output) -> Result<(), UserError> {
    let of = arguments.of.find(here)?;
    let folder = of.folder.clone();
    let now = SystemClock.now();
    let mut view = RestoreView { of, restored: false, copy: None, holds: None, now: None, lost: None, kept: None };
    match &arguments.copy {
        None => {
            if arguments.yes {
                let restored = backups::begin_anew(&folder, now)?;
                view.kept = restored.kept.map(|kept| kept.display().to_string());
            }
        }
        Some(name) => {
            let copy = find(&folder, name)?;
            let preview = backups::preview(&folder, &copy)?;
            view.copy = Some(copy.display().to_string());
            view.holds = Some((&preview.copy).into());
            view.now = preview.now.as_ref().map(Into::into);
            view.lost = preview.lost.map(Into::into);
            if arguments.yes {
                let restored = backups::restore(&folder, &copy, now)?;
                view.kept = restored.kept.map(|kept| kept.display().to_string());
            }
        }
    }
    view.restored = arguments.yes;
    output.print(&view, RestoreView::words);
    Ok(())
}

/// Finds the copy that `name` means: the newest usable one for `latest`, one of the list by its name, or any file by
/// its path.
fn find(folder: &Path, name: &str) -> Result<PathBuf, UserError> {
    if name == "latest" {
        return backups::newest_whole(folder).map(|copy| copy.path).ok_or_else(|| {
            UserError::new(
                ErrorCode::NotFound,
                format!("There is no copy in {} that can be used.", backups::folder_of_copies(folder).display()),
                "Name a file that was saved elsewhere, or begin anew: hajime-cli restore --empty.",
            )
        });
    }
    Ok(backups::named(folder, name).map_or_else(|_| PathBuf::from(name), |copy| copy.path))
}
