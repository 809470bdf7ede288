//! `key list|create|import|rotate|revoke|sync|settings`: the keys that sign links.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use hajime_core::actions::sharing::keys::{self, ImportedKey, KeyView, Keys, ReplacedKey};
use hajime_core::context::Context;
use hajime_core::domain::sharing::key::{Key, KeySettings, Purpose};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The keys that Hajime knows, newest first, with their links and groups.
    List,
    /// Make a key for a group, which is made too if it does not exist, or for this desk.
    Create {
        /// The group’s name.
        #[arg(long, value_name = "NAME")]
        group: Option<String>,
    },
    /// Give Hajime the private half of a key that Stream knows. It goes to the keyring; the file stays as it is.
    Import {
        /// The file: PEM (PKCS#1 or PKCS#8), JWK, or either in base64 as Stream gives them.
        file: PathBuf,
        /// The key’s id at Stream. A JWK says it itself.
        #[arg(long, value_name = "KID")]
        id: Option<String>,
        /// Use it for this group, instead of for this desk.
        #[arg(long, value_name = "NAME")]
        group: Option<String>,
    },
    /// Make a new key in the place of one. Its links work on until it is deleted: a day after the last of them has ended.
    Rotate {
        /// The key’s id.
        id: String,
        /// Delete the old key at this instant (RFC 3339) instead.
        #[arg(long, value_name = "INSTANT", conflicts_with = "now")]
        at: Option<DateTime<Utc>>,
        /// Delete the old key at once.
        #[arg(long)]
        now: bool,
        /// Confirm that links stop which work then.
        #[arg(long)]
        yes: bool,
    },
    /// Delete a key at Cloudflare. Its links stop, and it cannot be brought back.
    Revoke {
        /// The key’s id.
        id: String,
        /// Confirm that its links stop.
        #[arg(long)]
        yes: bool,
        /// Only tell which links would stop.
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
    },
    /// Look which keys Cloudflare has, and note those that were deleted elsewhere.
    Sync,
    /// How keys are used on this desk. Without options, tells it.
    Settings {
        /// Whether each recording gets a key of its own.
        #[arg(long, value_name = "on|off", value_parser = read_switch)]
        per_recording: Option<bool>,
        /// How many keys are made ahead for that: 0 to 200.
        #[arg(long, value_name = "KEYS")]
        pool: Option<u32>,
        /// After how many months a key should be replaced: 1 to 36; 0 for never.
        #[arg(long, value_name = "MONTHS")]
        remind_months: Option<u32>,
    },
}

fn read_switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("write on or off".into()),
    }
}

/// The output for a key. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct View {
    id: String,
    name: String,
    purpose: &'static str,
    group_id: Option<String>,
    recording_id: Option<String>,
    state: &'static str,
    origin: &'static str,
    made_at: String,
    changed_at: String,
    delete_after: Option<String>,
}

impl From<&Key> for View {
    fn from(key: &Key) -> Self {
        let (group_id, recording_id) = match key.purpose {
            Purpose::Group(group) => (Some(group.to_string()), None),
            Purpose::Recording(recording) => (None, Some(recording.to_string())),
            Purpose::Desk | Purpose::Pool | Purpose::Door | Purpose::Unclaimed => (None, None),
        };
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            purpose: key.purpose.name(),
            group_id,
            recording_id,
            state: key.state.name(),
            origin: key.origin.name(),
            made_at: instant(key.made_at),
            changed_at: instant(key.changed_at),
            delete_after: key.delete_after.map(instant),
        }
    }
}

impl View {
    fn words(&self) -> String {
        let name = if self.name.is_empty() { self.purpose } else { &self.name };
        format!("{}  {name}  {}", self.id, self.state)
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    key: View,
    /// How many of its links have not ended, and when the last one ends.
    links: u32,
    links_until: Option<String>,
    /// Whether this computer’s keyring has the private half; `null` if it was not asked or did not answer.
    is_here: Option<bool>,
    is_due: bool,
}

impl From<&KeyView> for Listed {
    fn from(view: &KeyView) -> Self {
        Self {
            key: (&view.key).into(),
            links: view.uses.map_or(0, |uses| uses.links),
            links_until: view.uses.map(|uses| instant(uses.until)),
            is_here: view.is_here,
            is_due: view.is_due,
        }
    }
}

#[derive(Debug, Serialize)]
struct Group {
    id: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct Settings {
    per_recording: bool,
    pool: u32,
    remind_months: Option<u32>,
}

impl From<&KeySettings> for Settings {
    fn from(settings: &KeySettings) -> Self {
        let KeySettings { per_recording, pool, remind_months } = *settings;
        Self { per_recording, pool, remind_months }
    }
}

impl Settings {
    fn words(&self) -> String {
        let own = if self.per_recording { "on" } else { "off" };
        let months = self.remind_months.map_or_else(|| "never".to_owned(), |months| format!("after {months} months"));
        format!("A key for each recording: {own}\nKeys made ahead: {}\nReminder to replace keys: {months}", self.pool)
    }
}

#[derive(Debug, Serialize)]
struct All {
    keys: Vec<Listed>,
    groups: Vec<Group>,
    settings: Settings,
}

impl From<&Keys> for All {
    fn from(keys: &Keys) -> Self {
        let group = |group: &hajime_core::domain::sharing::key::KeyGroup| Group {
            id: group.id.to_string(),
            name: group.name.clone(),
        };
        Self {
            keys: keys.keys.iter().map(Listed::from).collect(),
            groups: keys.groups.iter().map(group).collect(),
            settings: (&keys.settings).into(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Imported {
    #[serde(flatten)]
    key: View,
    form: &'static str,
    bits: usize,
    /// Whether Cloudflare accepted a link that the key signed; `false` if there is no recording to try.
    tested: bool,
}

impl From<&ImportedKey> for Imported {
    fn from(imported: &ImportedKey) -> Self {
        Self { key: (&imported.key).into(), form: imported.form, bits: imported.bits, tested: imported.tested }
    }
}

/// A link that stops with its key.
#[derive(Debug, Serialize)]
struct Stopped {
    id: String,
    recording_id: String,
    title: String,
    expires_at: String,
}

#[derive(Debug, Serialize)]
struct Consequence {
    #[serde(flatten)]
    key: View,
    links: Vec<Stopped>,
    /// How many links of other keys work on.
    others: u32,
}

#[derive(Debug, Serialize)]
struct Synced {
    at_cloudflare: usize,
    deleted_elsewhere: Vec<String>,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let show = |key: &Key| output.print(&View::from(key), View::words);
    match command {
        Command::List => {
            output.print(&All::from(&keys::list(context).await?), |all| {
                let line = |listed: &Listed| {
                    let due = if listed.is_due { "  replace it" } else { "" };
                    format!("{}  {} links{due}", listed.key.words(), listed.links)
                };
                all.keys.iter().map(line).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Create { group } => show(&keys::create(context, group.as_deref()).await?),
        Command::Import { file, id, group } => {
            let text = keys::read_file(&file)?;
            let id = id.map(|id| id.parse()).transpose()?;
            let imported = keys::import_key(context, &text, id, group.as_deref()).await?;
            output.print(&Imported::from(&imported), |imported| {
                let tested =
                    if imported.tested { "Stream accepts its links." } else { "There is no recording to try it with." };
                format!("{}\n{}, {} bits. {tested}", imported.key.words(), imported.form, imported.bits)
            });
        }
        Command::Rotate { id, at, now, yes } => {
            let then = match at {
                Some(at) => ReplacedKey::At(at),
                None if now => ReplacedKey::Now,
                None => ReplacedKey::AfterItsLinks,
            };
            show(&keys::rotate(context, &id.parse()?, then, yes).await?);
        }
        Command::Revoke { id, dry_run: true, .. } => {
            let found = keys::consequence(context, &id.parse()?)?;
            let links = found.links.iter().map(|link| Stopped {
                id: link.id.to_string(),
                recording_id: link.recording.to_string(),
                title: link.recording_title.clone(),
                expires_at: instant(link.expires_at),
            });
            let view = Consequence { key: (&found.key).into(), links: links.collect(), others: found.others };
            output.print(&view, |view| {
                let stopped = view.links.iter().map(|link| format!("{}  until {}", link.title, link.expires_at));
                let end = format!("{} would stop, {} would work on.", view.links.len(), view.others);
                stopped.chain([end]).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Revoke { id, yes, dry_run: false } => show(&keys::revoke(context, &id.parse()?, yes).await?),
        Command::Sync => {
            let (at_cloudflare, gone) = keys::sync(context).await?;
            let view = Synced { at_cloudflare, deleted_elsewhere: gone.iter().map(ToString::to_string).collect() };
            output.print(&view, |view| {
                format!(
                    "Cloudflare has {} keys; {} were deleted elsewhere.",
                    view.at_cloudflare,
                    view.deleted_elsewhere.len()
                )
            });
        }
        Command::Settings { per_recording, pool, remind_months } => {
            let now = keys::list(context).await?.settings;
            let wanted = KeySettings {
                per_recording: per_recording.unwrap_or(now.per_recording),
                pool: pool.unwrap_or(now.pool),
                remind_months: remind_months.map_or(now.remind_months, |months| (months > 0).then_some(months)),
            };
            if wanted != now {
                keys::set_settings(context, &wanted)?;
            }
            output.print(&Settings::from(&wanted), Settings::words);
        }
    }
    Ok(())
}
