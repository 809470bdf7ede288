//! `calendar feed add|list|refresh|remove`: calendars that are read again from their address.

use clap::Subcommand;
use hajime_core::actions::schedule::conflicts;
use hajime_core::actions::schedule::feeds::{self, NewFeed};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::schedule::calendar::feed::{Feed, FeedAddress, Refreshed};
use hajime_core::error::{Error, UserError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::view::ImportView;
use crate::commands::{instant, standard_input};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what following a calendar would do or, with --confirm, import it and read it again from then on.
    Add {
        /// The address: `https://…` or `webcal://…`. One that may be private is taken from standard input only, because other
        /// programs see what is on the command line.
        #[arg(required_unless_present = "address_stdin", conflicts_with = "address_stdin")]
        address: Option<String>,
        /// Read the address from standard input. It goes to the keyring.
        #[arg(long)]
        address_stdin: bool,
        /// The name of the feed here. Without it: the name of the calendar.
        #[arg(long)]
        name: Option<String>,
        /// The IANA time zone of times that have none.
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// Who teaches the classes. Without it: the instructor of the settings, or the organiser of each event.
        #[arg(long)]
        instructor: Option<String>,
        /// Do it. Without this it is only said what would be imported.
        #[arg(long)]
        confirm: bool,
    },
    /// All feeds, the oldest first, with the last time at which each was read.
    List,
    /// Read a feed now, or all of them.
    Refresh {
        /// The feed’s id.
        id: Option<String>,
    },
    /// Follow a calendar no longer. The classes that were made of it stay.
    Remove {
        /// The feed’s id.
        id: String,
    },
}

/// The output for a feed. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct FeedView {
    id: String,
    name: String,
    /// The address, without what may be a secret.
    address: String,
    timezone: String,
    instructor: Option<String>,
    /// The time between two questions.
    every_minutes: i64,
    asked_at: String,
    /// When the calendar was last read whole.
    read_at: String,
    next_at: String,
    new: u32,
    changed: u32,
    gone: u32,
    changed_here: u32,
    refused: u32,
    trouble: Option<String>,
    trouble_next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Followed {
    feed: FeedView,
    /// What was imported; `null` if nothing changed.
    import: Option<ImportView>,
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        let (trouble, trouble_next) = feed.trouble.map(|trouble| (trouble.message, trouble.next)).unzip();
        Self {
            id: feed.calendar.to_string(),
            name: feed.name,
            address: feed.shown,
            timezone: feed.timezone,
            instructor: feed.instructor,
            every_minutes: feed.pace.num_minutes(),
            asked_at: instant(feed.asked_at),
            read_at: instant(feed.good_at),
            next_at: instant(feed.due_at),
            new: feed.counts.new,
            changed: feed.counts.changed,
            gone: feed.counts.gone,
            changed_here: feed.counts.changed_here,
            refused: feed.counts.refused,
            trouble,
            trouble_next,
        }
    }
}

impl FeedView {
    fn lines(&self) -> String {
        let mut lines = vec![format!("{}  {}  {}", self.id, self.name, self.address)];
        lines.push(format!("  read at {}, next at {}", self.read_at, self.next_at));
        if self.changed_here > 0 {
            lines.push(format!(
                "  {} classes were changed here and there; they stay as they are here",
                self.changed_here
            ));
        }
        if let Some(trouble) = &self.trouble {
            let next = self.trouble_next.as_deref().unwrap_or_default();
            lines.push(format!("  ! {trouble} {next}"));
        }
        lines.join("\n")
    }
}

impl Followed {
    fn lines(&self) -> String {
        let import = self.import.as_ref().map(ImportView::lines);
        [Some(self.feed.lines()), import].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

/// Runs a command. `input` is what was on standard input, if it was taken from there already.
pub(crate) async fn run(
    context: &Context,
    command: Command,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    match command {
        Command::Add { address, address_stdin: _, name, timezone, instructor, confirm } => {
            let address = read_address(address.as_deref(), input)?;
            let new = NewFeed { address, name, timezone: timezone.clone(), instructor };
            if !confirm {
                let import = feeds::check(context, &new).await?;
                let conflicts = conflicts::of_import(context, &import)?;
                let view = ImportView::of(import, conflicts, timezone, true);
                output.print(&view, |view| {
                    format!(
                        "{}\nNothing was changed. The same command with --confirm follows the calendar.",
                        view.lines()
                    )
                });
                return Ok(());
            }
            let done = feeds::add(context, new).await?;
            print(output, done, &timezone);
        }
        Command::List => {
            let all: Vec<FeedView> = feeds::all(context)?.into_iter().map(FeedView::from).collect();
            output.print(&all, |all| match all.as_slice() {
                [] => "No feeds.".to_owned(),
                all => all.iter().map(FeedView::lines).collect::<Vec<_>>().join("\n"),
            });
        }
        Command::Refresh { id: Some(id) } => {
            let done = feeds::refresh(context, id.parse()?).await?;
            let timezone = done.feed.timezone.clone();
            print(output, done, &timezone);
        }
        Command::Refresh { id: None } => {
            let mut all = Vec::new();
            for feed in feeds::all(context)? {
                all.push(FeedView::from(feeds::refresh(context, feed.calendar).await?.feed));
            }
            output.print(&all, |all| all.iter().map(FeedView::lines).collect::<Vec<_>>().join("\n"));
        }
        Command::Remove { id } => {
            let removed = FeedView::from(feeds::remove(context, id.parse()?).await?);
            output.print(&removed, |removed| format!("“{}” is followed no longer. Its classes stay.", removed.name));
        }
    }
    Ok(())
}

/// The address of the command line or, without one, the one on standard input.
fn read_address(written: Option<&str>, input: Option<SecretString>) -> Result<FeedAddress, UserError> {
    let next = "Give it on standard input, for example from a file: hajime-cli calendar feed add --address-stdin < address.txt";
    let Some(written) = written else {
        let unread = || UserError::new(ErrorCode::InvalidInput, "The address on standard input cannot be read.", next);
        let text = standard_input(input).map_err(|_| unread())?;
        return Ok(FeedAddress::read(text.expose_secret()).map_err(Error::from)?);
    };
    let address = FeedAddress::read(written).map_err(Error::from)?;
    if address.may_hold_a_secret() {
        let message = "The address may be private, and other programs see what is on the command line.";
        return Err(UserError::new(ErrorCode::InvalidInput, message, next));
    }
    Ok(address)
}

fn print(output: Output, done: Refreshed, timezone: &str) {
    let import = done.import.map(|import| ImportView::of(import, Vec::new(), timezone.to_owned(), false));
    output.print(&Followed { feed: done.feed.into(), import }, Followed::lines);
}
