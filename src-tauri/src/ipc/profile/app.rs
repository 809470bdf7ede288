//! The RealtimeKit app that holds the rooms: which one is in use, choosing another, making one, and its presets.

use hajime_core::actions::profile::app::{
    self, AppInUse, AppsView, Invitations, Keeping, PresetView, Presets, RecordingSettings, Repaired,
};
use hajime_core::domain::profile::preset::Right;
use hajime_core::domain::profile::realtimekit_app::{App, AppChoice, AppName};
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::user_error::UserErrorShape;
use crate::ipc::{id, maybe_instant};

hajime_macros::commands![apps_get, app_choose, app_create, app_presets_repair];

/// The apps of the account, and what is known of the one in use. Asks Cloudflare.
#[hajime_macros::command]
pub(crate) async fn apps_get(accounts: State<'_, Accounts>) -> Result<AppsDto, UserError> {
    let here = accounts.current().await?;
    Ok(app::view(&here.context).await?.into())
}

/// Uses another app. It is refused while a class is live or a recording is not in Stream. `not_confirmed` means that
/// invitations would lapse; with `invitations_lapse` they may.
#[hajime_macros::command(changes(Desk, Sessions, Recordings))]
pub(crate) async fn app_choose(
    accounts: State<'_, Accounts>,
    app_id: String,
    invitations_lapse: bool,
) -> Result<AppDto, UserError> {
    let here = accounts.current().await?;
    let invitations = if invitations_lapse { Invitations::SentAgain } else { Invitations::Kept };
    Ok(app::choose(&here.context, &id(&app_id)?, invitations).await?.into())
}

/// Makes an app, which Cloudflare's API cannot delete. It is not in use before somebody chooses it.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn app_create(accounts: State<'_, Accounts>, name: String) -> Result<AppDto, UserError> {
    let here = accounts.current().await?;
    Ok(app::create(&here.context, &AppName::new(&name)?).await?.into())
}

/// Makes the presets that are missing and repairs Hajime's own.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn app_presets_repair(accounts: State<'_, Accounts>) -> Result<PresetsRepairedDto, UserError> {
    let here = accounts.current().await?;
    Ok(app::repair(&here.context).await?.into())
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AppDto {
    id: String,
    /// May be empty.
    name: String,
    created_at: Option<String>,
}

impl From<App> for AppDto {
    fn from(app: App) -> Self {
        Self { id: app.id.to_string(), name: app.name, created_at: maybe_instant(app.created_at) }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AppChoiceDto {
    Configuration,
    Chosen,
    OnlyOne,
}

impl From<AppChoice> for AppChoiceDto {
    fn from(choice: AppChoice) -> Self {
        match choice {
            AppChoice::Configured => Self::Configuration,
            AppChoice::Chosen => Self::Chosen,
            AppChoice::OnlyOne => Self::OnlyOne,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeepingDto {
    NotKnown,
    AtRealtimekit,
    OwnStorage,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AppsDto {
    apps: Vec<AppDto>,
    /// `null` while none is chosen.
    in_use: Option<AppInUseDto>,
}

impl From<AppsView> for AppsDto {
    fn from(view: AppsView) -> Self {
        Self { apps: view.apps.into_iter().map(AppDto::from).collect(), in_use: view.in_use.map(AppInUseDto::from) }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AppInUseDto {
    id: String,
    choice: AppChoiceDto,
    /// Where the choice came from, in words.
    choice_sentence: &'static str,
    /// `null` if the account does not have the app.
    app: Option<AppDto>,
    /// `null` if the account does not have the app.
    recording: Option<AppRecordingDto>,
    /// `null` if the account does not have the app, or if the presets cannot be read.
    presets: Option<PresetsDto>,
    /// Why the presets cannot be read.
    #[ts(as = "Option<UserErrorShape>")]
    presets_error: Option<UserError>,
}

impl From<AppInUse> for AppInUseDto {
    fn from(in_use: AppInUse) -> Self {
        let (presets, presets_error) = match in_use.presets {
            Some(Ok(presets)) => (Some(PresetsDto::from(presets)), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Self {
            id: in_use.id.to_string(),
            choice: in_use.choice.into(),
            choice_sentence: in_use.choice.sentence(),
            app: in_use.app.map(AppDto::from),
            recording: in_use.recording.map(AppRecordingDto::from),
            presets,
            presets_error,
        }
    }
}

/// What is recorded in the app, and where it goes.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AppRecordingDto {
    /// The quality of a new class.
    quality: &'static str,
    width: u16,
    height: u16,
    max_seconds: u32,
    /// `null` if the recordings cannot be read.
    kept: Option<KeepingDto>,
    /// What is known of the place, in words.
    kept_sentence: String,
    /// When the recording that shows the place was made.
    kept_seen_at: Option<String>,
}

impl From<RecordingSettings> for AppRecordingDto {
    fn from(settings: RecordingSettings) -> Self {
        let (width, height) = settings.quality.pixels();
        let (kept, kept_seen_at) = match &settings.kept {
            Ok(Keeping::NotKnown) => (Some(KeepingDto::NotKnown), None),
            Ok(Keeping::AtRealtimeKit { seen }) => (Some(KeepingDto::AtRealtimekit), *seen),
            Ok(Keeping::InOwnStorage { seen, .. }) => (Some(KeepingDto::OwnStorage), *seen),
            Err(_) => (None, None),
        };
        Self {
            quality: settings.quality.name(),
            width,
            height,
            max_seconds: settings.max_seconds,
            kept,
            kept_sentence: match settings.kept {
                Ok(kept) => kept.sentence(),
                Err(error) => format!("{} {}", error.message, error.next),
            },
            kept_seen_at: maybe_instant(kept_seen_at),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PresetsDto {
    /// Whether both presets are there and fit a class.
    fit: bool,
    /// The state in words.
    sentence: String,
    /// The presets that people join with, the host's first.
    in_use: Vec<PresetDto>,
    /// The names of the other presets of the app.
    others: Vec<String>,
}

impl From<Presets> for PresetsDto {
    fn from(presets: Presets) -> Self {
        Self {
            fit: presets.fit(),
            sentence: presets.sentence(),
            in_use: presets.in_use.into_iter().map(PresetDto::from).collect(),
            others: presets.others,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PresetDto {
    name: &'static str,
    #[ts(type = "\"host\" | \"participant\"")]
    role: &'static str,
    /// What people who join with it may do, in words that follow “may”.
    may: Vec<&'static str>,
    /// What does not fit, in words that follow the name.
    problems: Vec<String>,
}

impl From<PresetView> for PresetDto {
    fn from(preset: PresetView) -> Self {
        Self {
            name: preset.name,
            role: preset.role.name(),
            may: preset.may.into_iter().map(Right::words).collect(),
            problems: preset.problems,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PresetsRepairedDto {
    /// The names of the presets that were made.
    made: Vec<&'static str>,
    /// The names of Hajime’s presets that were changed back.
    changed: Vec<&'static str>,
    presets: PresetsDto,
}

impl From<Repaired> for PresetsRepairedDto {
    fn from(repaired: Repaired) -> Self {
        Self { made: repaired.made, changed: repaired.changed, presets: repaired.presets.into() }
    }
}
