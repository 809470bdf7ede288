//! The desk itself: connection, health, settings.

use hajime_core::cloudflare::Oddity;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::sync_report::SyncReport;
use hajime_core::domain::text::one_line;
use hajime_core::ports::{self, SecretError};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::maybe_instant;
use super::sessions::QualityDto;
use crate::accounts::{ActiveProfile, Source};
use crate::ipc::error::IpcError;

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Sandbox,
    Cloud,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signing {
    LocalKey,
    TokenEndpoint,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialsFrom {
    Keyring,
    Environment,
    File,
    Memory,
    Sandbox,
}

impl From<Source> for CredentialsFrom {
    fn from(source: Source) -> Self {
        match source {
            Source::Sandbox => Self::Sandbox,
            Source::Environment => Self::Environment,
            Source::File => Self::File,
            Source::Keyring => Self::Keyring,
            Source::Memory => Self::Memory,
        }
    }
}

/// What a comparison with Cloudflare found.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ComparedDto {
    /// Recordings that other desks made.
    found: usize,
    /// Recordings that were brought up to date.
    updated: usize,
    /// Recordings whose video is gone.
    gone: usize,
    /// Classes of other desks that are on.
    opened: usize,
    /// Classes that other desks ended.
    closed: usize,
    /// Entries at Cloudflare that could not be read as a whole.
    odd: usize,
    /// The first of all that could not be read since the start, in words.
    odd_entries: Vec<String>,
}

impl ComparedDto {
    pub(crate) fn new(found: SyncReport, odd: &[Oddity]) -> Self {
        let SyncReport { found, updated, missing: gone, rooms: opened, closed, odd: odd_count, videos: _ } = found;
        let odd_entries = odd.iter().take(20).map(ToString::to_string).collect();
        Self { found, updated, gone, opened, closed, odd: odd_count, odd_entries }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct KeyringDto {
    available: bool,
    message: Option<String>,
}

impl From<Option<&SecretError>> for KeyringDto {
    fn from(trouble: Option<&SecretError>) -> Self {
        let message = trouble.map(|error| {
            tracing::info!(%error, "secrets cannot be kept");
            let why = error.user_message();
            format!(
                "{why} While that is so, a token is kept for this run only, and Cloudflare signs the links. {}",
                error.next_step()
            )
        });
        Self { available: message.is_none(), message }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DeskDto {
    mode: Mode,
    account_id: String,
    app_name: Option<String>,
    keyring: KeyringDto,
    signing: Signing,
    last_sync: Option<String>,
    next_check: Option<String>,
    sync_error: Option<IpcError>,
    /// What keeps Hajime from working on the data on this computer.
    local_error: Option<IpcError>,
    /// Whether the disk has no locks, so that only one Hajime at a time may work on the data.
    without_locks: bool,
    /// The background job that stopped unexpectedly last; it was begun again.
    stopped_job: Option<IpcError>,
    invites_local_only: bool,
    recordings_total: u32,
    live_count: u32,
    version: String,
    data_dir: String,
    credentials_from: CredentialsFrom,
    /// Notes on credentials that were found and not used.
    credentials_notes: Vec<String>,
    /// The connected account, while this is the sandbox.
    saved_account: Option<String>,
    /// The system's locale as a BCP 47 tag, for example `de-DE`; `null` where it names none.
    locale: Option<String>,
}

impl DeskDto {
    pub(crate) fn read(here: &ActiveProfile) -> Result<Self, IpcError> {
        let context = &here.context;
        let health = context.health();
        // A damaged database is found by the daily copy too.
        let damaged = health.backup.filter(|trouble| trouble.code == "database_damaged");
        let counts = context.store().count_recordings("").map_err(hajime_core::error::Error::from)?;
        let live = hajime_core::actions::recorder::live::live(context)?.len();
        Ok(Self {
            mode: if here.source == Source::Sandbox { Mode::Sandbox } else { Mode::Cloud },
            account_id: context.account().to_string(),
            app_name: context.store().app().map_err(hajime_core::error::Error::from)?.map(String::from),
            keyring: context.keyring_trouble().as_ref().into(),
            signing: if context.signs_locally() { Signing::LocalKey } else { Signing::TokenEndpoint },
            last_sync: maybe_instant(health.last_ok),
            next_check: maybe_instant(health.next_check),
            sync_error: health.trouble.map(IpcError::from),
            local_error: damaged.or(health.local).map(IpcError::from),
            without_locks: context.works_without_locks(),
            stopped_job: context.stopped_job().map(IpcError::from),
            invites_local_only: hajime_core::actions::schedule::invitations::invites_local_only(context)?,
            recordings_total: counts.all,
            live_count: u32::try_from(live).unwrap_or(u32::MAX),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: here.folder.display().to_string(),
            credentials_from: here.source.into(),
            credentials_notes: here.notes.clone(),
            saved_account: here.saved.as_ref().map(ToString::to_string),
            locale: crate::platform::locale::of_system(),
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct SettingsDto {
    default_quality: QualityDto,
    default_duration_minutes: u32,
    default_max_participants: u32,
    default_record: bool,
    instructor: String,
    join_page_url: Option<String>,
}

impl From<Preferences> for SettingsDto {
    fn from(preferences: Preferences) -> Self {
        Self {
            default_quality: preferences.quality.into(),
            default_duration_minutes: preferences.duration_minutes,
            default_max_participants: preferences.max_participants,
            default_record: preferences.record,
            instructor: preferences.instructor,
            join_page_url: preferences.join_page.map(String::from),
        }
    }
}

impl TryFrom<SettingsDto> for Preferences {
    type Error = Invalid;

    fn try_from(settings: SettingsDto) -> Result<Self, Invalid> {
        let address = settings.join_page_url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        let join_page = address
            .map(|url| {
                url.parse().map_err(|_| {
                    let shown: String = url.chars().take(60).collect();
                    Invalid::one(
                        "join_page_url",
                        format!("“{shown}” is not an address."),
                        "Write it as https://join.example.org/.",
                    )
                })
            })
            .transpose()?;
        let preferences = Self {
            quality: settings.default_quality.into(),
            duration_minutes: settings.default_duration_minutes,
            max_participants: settings.default_max_participants,
            record: settings.default_record,
            instructor: one_line(&settings.instructor),
            join_page,
        };
        preferences.check()?;
        Ok(preferences)
    }
}

/// What changed, so that the page fetches it again.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    Context,
    Sessions,
    Recordings,
    Links,
}

impl From<ports::Topic> for Topic {
    fn from(topic: ports::Topic) -> Self {
        match topic {
            ports::Topic::Desk => Self::Context,
            ports::Topic::Sessions => Self::Sessions,
            ports::Topic::Recordings => Self::Recordings,
            ports::Topic::Links => Self::Links,
        }
    }
}

/// The payload of the event `changed`.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChangedDto {
    pub(crate) topics: Vec<Topic>,
}
