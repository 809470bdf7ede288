//! `watch-link make|list|show|revoke|plays`: links of the door, which play a recording for days or months and end one by one.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use hajime_core::actions::sharing::formats;
use hajime_core::actions::sharing::watch_links::{self, MadeWatchLink, WatchLinkView};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::domain::sharing::watch_link::{Play, WatchOptions};
use hajime_core::error::UserError;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::commands::library::clip::second;
use crate::commands::{instant, standard_input};
use crate::output::{Output, words};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a watch link to a ready recording. Needs a published join page with a door.
    Make(Make),
    /// The watch links of a recording, newest first.
    List {
        /// The recording’s id.
        recording: String,
    },
    /// Print the address of a watch link again. It is the same each time.
    #[command(alias = "copy")]
    Show {
        /// The link’s id.
        link: String,
    },
    /// Revoke one watch link. All others work on.
    Revoke {
        /// The link’s id.
        link: String,
    },
    /// When and in which countries a watch link was played, newest first.
    Plays {
        /// The link’s id.
        link: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Make {
    /// The recording’s id.
    recording: String,
    /// The last day on which it works, where the class was held, for example 2027-03-03. Without it, 30 days.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// Let it begin to work at this instant (RFC 3339), for example 2026-12-01T18:30:00Z.
    #[arg(long, value_name = "INSTANT")]
    from: Option<DateTime<Utc>>,
    /// Only for viewers in this country, as two letters. Can be given several times.
    #[arg(long, value_name = "CODE")]
    country: Vec<String>,
    /// Not for viewers in this country, as two letters. Can be given several times.
    #[arg(long, value_name = "CODE", conflicts_with = "country")]
    not_country: Vec<String>,
    /// Allow downloading the file, as soon as Stream has made it.
    #[arg(long)]
    download: bool,
    /// The moment of the video at which it begins, as `h:mm:ss`, `m:ss` or seconds.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Ask viewers for the passphrase on the first line of standard input.
    #[arg(long)]
    passphrase_stdin: bool,
    /// For whom or what it is made.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

/// The output for a watch link. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct View {
    id: String,
    recording_id: String,
    state: &'static str,
    sentence: String,
    watched: Option<String>,
    plays: u32,
    made_at: String,
    until: String,
    not_before: Option<String>,
    revoked_at: Option<String>,
    note: String,
    download: bool,
    /// Whether viewers type a passphrase.
    passphrase: bool,
    /// The second at which the video begins.
    start: u32,
}

impl From<WatchLinkView> for View {
    fn from(view: WatchLinkView) -> Self {
        let link = view.link;
        Self {
            id: link.id.to_string(),
            recording_id: link.recording.to_string(),
            state: view.state.name(),
            sentence: view.sentence,
            watched: view.watched,
            plays: link.plays,
            made_at: instant(link.made_at),
            until: instant(view.ends_at),
            not_before: link.rights.not_before.map(instant),
            revoked_at: link.revoked_at.map(instant),
            note: link.note,
            download: link.rights.download,
            passphrase: link.passphrase.is_some(),
            start: link.start,
        }
    }
}

impl View {
    fn line(&self) -> String {
        let parts = [Some(self.sentence.as_str()), self.watched.as_deref(), Some(self.note.as_str())];
        let told = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        format!("{}  {told}", self.id)
    }
}

#[derive(Debug, Serialize)]
struct MadeView {
    url: String,
    markdown: String,
    verified: bool,
    doubt: Option<UserError>,
    /// Why the door does not know it yet; `null` where it does.
    waits: Option<UserError>,
    #[serde(flatten)]
    link: View,
}

impl MadeView {
    fn new(made: MadeWatchLink) -> Self {
        let written = formats::written_watch(&made);
        Self {
            url: made.url.expose().to_owned(),
            markdown: written.markdown,
            verified: made.verified(),
            doubt: made.doubt,
            waits: made.waits,
            link: View { sentence: made.sentence, ..made.view.into() },
        }
    }

    fn words(&self) -> String {
        let mut lines = vec![self.url.clone(), self.link.sentence.clone()];
        lines.extend(self.doubt.as_ref().map(words));
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct AddressView {
    url: String,
}

#[derive(Debug, Serialize)]
struct PlayView {
    at: String,
    /// `null` where Cloudflare does not know.
    country: Option<String>,
}

impl From<Play> for PlayView {
    fn from(play: Play) -> Self {
        Self { at: instant(play.at), country: play.country }
    }
}

impl PlayView {
    fn line(&self) -> String {
        format!("{}  {}", self.at, self.country.as_deref().unwrap_or("country unknown"))
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
        Command::Make(wanted) => {
            let recording = wanted.recording.parse()?;
            let made = watch_links::make(context, recording, &options(wanted, input)?).await?;
            output.print(&MadeView::new(made), MadeView::words);
        }
        Command::List { recording } => {
            let all: Vec<View> = watch_links::list(context, recording.parse()?)?.into_iter().map(View::from).collect();
            output.print(&all, |all| all.iter().map(View::line).collect::<Vec<_>>().join("\n"));
        }
        Command::Show { link } => {
            let url = watch_links::address(context, link.parse()?).await?.expose().to_owned();
            output.print(&AddressView { url }, |view| view.url.clone());
        }
        Command::Revoke { link } => {
            let view = View::from(watch_links::revoke(context, link.parse()?).await?);
            output.print(&view, |view| view.sentence.clone());
        }
        Command::Plays { link } => {
            let all: Vec<PlayView> =
                watch_links::plays(context, link.parse()?)?.into_iter().map(PlayView::from).collect();
            output.print(&all, |all| all.iter().map(PlayView::line).collect::<Vec<_>>().join("\n"));
        }
    }
    Ok(())
}

fn options(wanted: Make, input: Option<SecretString>) -> Result<WatchOptions, UserError> {
    let rights = Rights { not_before: wanted.from, ..Rights::to_watch(wanted.download) };
    Ok(WatchOptions {
        until: wanted.until,
        rights: rights.only_from(&wanted.country, &[])?.not_from(&wanted.not_country)?,
        passphrase: if wanted.passphrase_stdin { Some(passphrase(input)?) } else { None },
        start_at: wanted.start.as_deref().map(|text| second("start_at", text)).transpose()?,
        note: wanted.note,
    })
}

fn passphrase(input: Option<SecretString>) -> Result<SecretString, UserError> {
    let text = standard_input(input).map_err(|_| {
        UserError::new(
            ErrorCode::InvalidInput,
            "The passphrase on standard input cannot be read.",
            "Give it as text, for example: hajime-cli watch-link make ID --passphrase-stdin < FILE",
        )
    })?;
    Ok(SecretString::from(text.expose_secret().lines().next().unwrap_or_default()))
}
