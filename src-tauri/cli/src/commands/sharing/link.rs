//! `link make|file|reissue|revoke|list`: makes links, shows the file of a link, revokes the links of a recording, and lists
//! all links.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use hajime_core::actions::sharing::formats;
use hajime_core::actions::sharing::keys;
use hajime_core::actions::sharing::links::{self, LinkFile, MadeLink};
use hajime_core::actions::sharing::revoke::{self, Revocation};
use hajime_core::context::Context;
use hajime_core::domain::ids::LinkId;
use hajime_core::domain::sharing::link::{LinkOptions, ShareLink, Validity};
use hajime_core::domain::sharing::rights::Rights;
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
        /// Sign it with the key of this group, unless the recording has a key of its own.
        #[arg(long, value_name = "NAME")]
        group: Option<String>,
        /// Let it begin to work at this instant (RFC 3339), for example 2026-12-01T18:30:00Z.
        #[arg(long, value_name = "INSTANT")]
        not_before: Option<DateTime<Utc>>,
        /// Only for viewers in this country, as two letters. Can be given several times.
        #[arg(long, value_name = "CODE")]
        country: Vec<String>,
        /// Only for viewers with this address or in this range. Can be given several times.
        #[arg(long, value_name = "ADDRESS")]
        address: Vec<String>,
        /// Accept addresses of one kind alone (IPv4 or IPv6): viewers who come over the other kind can never watch.
        #[arg(long, requires = "address")]
        i_know: bool,
        /// Not for viewers in this country, as two letters. Can be given several times.
        #[arg(long, value_name = "CODE", conflicts_with_all = ["country", "address"])]
        not_country: Vec<String>,
        /// The moment of the video at which it begins, in seconds.
        #[arg(long, value_name = "SECONDS")]
        start_at: Option<u32>,
        /// The language of the captions that are shown from the start, for example de.
        #[arg(long, value_name = "LANGUAGE")]
        captions: Option<String>,
    },
    /// Make a new link like an earlier one: the same recording, rights and hours.
    Reissue {
        /// The earlier link’s id.
        link: String,
    },
    /// Stop all links to a recording, by deleting their key.
    Revoke {
        /// The recording’s id.
        recording: String,
        /// Also stop links to other recordings, where they share the key.
        #[arg(long)]
        with_others: bool,
        /// Only tell what would stop.
        #[arg(long, conflicts_with = "with_others")]
        dry_run: bool,
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
    markdown: String,
    /// HTML that shows the player in another page.
    embed: String,
    /// The address of the file; `null` until the file is ready.
    download_url: Option<String>,
    /// `null` when downloading was not asked for.
    file: Option<FileView>,
    verified: bool,
    doubt: Option<UserError>,
    /// Whether Cloudflare refuses the link on this computer now, as its own rules may say.
    refused_here: bool,
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
        if self.refused_here {
            lines.push("Cloudflare refuses it here and now, as its rules may say; it was tested without them.".into());
        }
        lines.extend(self.doubt.as_ref().map(words));
        lines.extend(self.file.as_ref().map(|file| file.words(&self.link.id)));
        lines.join("\n")
    }
}

/// The output for the revocation of a recording’s links. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct RevocationView {
    /// The ids of the keys that are deleted.
    keys: Vec<String>,
    links: Vec<LinkView>,
    others: Vec<LinkView>,
    beyond: Vec<LinkView>,
    /// The ids of the watch links of the recording.
    watch_links: Vec<String>,
    /// Whether Cloudflare refused a link of each key afterwards; `null` if that was not tested.
    confirmed: Option<bool>,
}

impl RevocationView {
    fn new(revocation: &Revocation, confirmed: Option<bool>) -> Self {
        let views = |links: &[ShareLink]| links.iter().map(LinkView::from).collect();
        Self {
            keys: revocation.keys.iter().map(|key| key.id.to_string()).collect(),
            links: views(&revocation.links),
            others: views(&revocation.others),
            beyond: views(&revocation.beyond),
            watch_links: revocation.watch.iter().map(|link| link.id.to_string()).collect(),
            confirmed,
        }
    }

    fn words(&self, stop: &str) -> String {
        let mut lines = vec![format!("{} {stop}, with {} key(s).", links(self.links.len()), self.keys.len())];
        if !self.watch_links.is_empty() {
            let many = self.watch_links.len();
            lines.push(format!("{many} watch {} {stop} too.", if many == 1 { "link" } else { "links" }));
        }
        if !self.others.is_empty() {
            lines.push(format!("{} to other recordings {stop} too.", links(self.others.len())));
        }
        if !self.beyond.is_empty() {
            lines.push(format!("{} cannot be revoked, because Cloudflare signed them.", links(self.beyond.len())));
        }
        lines.extend(match self.confirmed {
            Some(true) => Some("Tested: Cloudflare refuses them now.".to_owned()),
            Some(false) => Some("Tested: Cloudflare still plays them. Try again in a minute.".to_owned()),
            None => None,
        });
        lines.join("\n")
    }
}

fn links(number: usize) -> String {
    format!("{number} link{}", if number == 1 { "" } else { "s" })
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

async fn print(context: &Context, made: MadeLink, wait: Duration, output: Output) {
    let file = match made.file.clone() {
        Some(file) => Some(wait_for(context, made.link.id, file, wait).await),
        None => None,
    };
    let file = file.as_ref().map(FileView::from);
    let written = formats::written(&made);
    let view = MadeView {
        url: made.url.expose().to_owned(),
        hls_url: made.hls_url.expose().to_owned(),
        markdown: written.markdown,
        embed: written.embed,
        download_url: match &file {
            Some(FileView::Ready { url }) => Some(url.clone()),
            _ => None,
        },
        file,
        verified: made.verified(),
        refused_here: made.refused_here,
        link: (&made.link).into(),
        doubt: made.doubt,
    };
    output.print(&view, MadeView::words);
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Make {
            recording,
            hours,
            download,
            wait,
            group,
            not_before,
            country,
            address,
            i_know,
            not_country,
            start_at,
            captions,
        } => {
            let rights = Rights { not_before, ..Rights::to_watch(download) };
            let rights = rights.only_from(&country, &address)?.not_from(&not_country)?;
            rights.check_kinds_of_address(i_know)?;
            let group = group.map(|name| keys::group(context, &name)).transpose()?.map(|group| group.id);
            let options = LinkOptions { validity: Validity::hours(hours)?, rights, group, start_at, captions };
            let made = links::make_with(context, recording.parse()?, &options).await?;
            print(context, made, Duration::from_secs(wait), output).await;
        }
        Command::Reissue { link } => {
            let made = links::reissue(context, link.parse()?).await?;
            print(context, made, Duration::ZERO, output).await;
        }
        Command::Revoke { recording, dry_run: true, .. } => {
            let view = RevocationView::new(&revoke::preview(context, recording.parse()?)?, None);
            output.print(&view, |view| view.words("would stop"));
        }
        Command::Revoke { recording, with_others, dry_run: false } => {
            let done = revoke::revoke(context, recording.parse()?, with_others).await?;
            output.print(&RevocationView::new(&done.revocation, done.confirmed), |view| view.words("stopped"));
            if let Some(why) = &done.door_waits {
                Output::note(&format!("The watch links play until the door was told: {}", words(why)));
            }
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
