//! The settings of the account: defaults for new sessions, the instructor, and the join page that invitations open.

use hajime_core::actions::profile::settings;
use hajime_core::domain::delivery::reminder::ReminderSettings;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::auto_end::AutoEnd;
use hajime_core::domain::recorder::session_text::Language;
use hajime_core::domain::text::one_line;
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::schedule::QualityDto;
use crate::platform::ask;

hajime_macros::commands![settings_get, settings_save, reminders_get, reminders_save];

#[hajime_macros::command]
pub(crate) async fn settings_get(accounts: State<'_, Accounts>) -> Result<SettingsDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(settings::get(context)?.into())
}

/// Saves the settings. A new join page must first be confirmed in a dialog of the operating system.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn settings_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    input: SettingsDto,
) -> Result<SettingsDto, UserError> {
    let context = &accounts.current().await?.context;
    let current = settings::get(context)?;
    let chosen = Preferences::try_from(input)?;
    confirm_join_page(&app, &current, &chosen).await?;
    // Read again: they may have been saved while the question was open.
    let current = settings::get(context)?;
    let preferences = Preferences {
        reminders: current.reminders,
        keys: current.keys,
        retention: current.retention,
        prices: current.prices,
        budget_cents: current.budget_cents,
        ..chosen
    };
    settings::save(context, &preferences)?;
    Ok(preferences.into())
}

/// Asks about a new join page in a dialog outside the web page, because whoever runs the join page can read every
/// invitation.
async fn confirm_join_page(app: &AppHandle, old: &Preferences, new: &Preferences) -> Result<(), UserError> {
    match &new.join_page {
        Some(page) if old.join_page.as_ref() != Some(page) && !ask::join_page(app, page).await => Err(UserError::new(
            ErrorCode::NotConfirmed,
            "The join page was not changed, because the question about it was not answered with “Use this address”.",
            "Save the settings again. When Hajime asks, check the address of the join page and choose “Use this address”.",
        )),
        _ => Ok(()),
    }
}

/// Which reminders of classes are wanted.
#[hajime_macros::command]
pub(crate) async fn reminders_get(accounts: State<'_, Accounts>) -> Result<RemindersDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(settings::reminders(context)?.into())
}

/// Saves which reminders of classes are wanted. The other settings stay.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn reminders_save(
    accounts: State<'_, Accounts>,
    input: RemindersDto,
) -> Result<RemindersDto, UserError> {
    let context = &accounts.current().await?.context;
    settings::save_reminders(context, input.into())?;
    Ok(settings::reminders(context)?.into())
}

/// The reminders of classes. Minutes that are `null` mean no such reminder.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub(crate) struct RemindersDto {
    /// Minutes before the planned start: 5, 10, 15 or 30.
    before_minutes: Option<u32>,
    at_start: bool,
    /// Minutes after the planned start of a class that has not begun: 2, 5 or 10.
    late_minutes: Option<u32>,
}

impl From<ReminderSettings> for RemindersDto {
    fn from(settings: ReminderSettings) -> Self {
        let ReminderSettings { before_minutes, at_start, late_minutes } = settings;
        Self { before_minutes, at_start, late_minutes }
    }
}

impl From<RemindersDto> for ReminderSettings {
    fn from(input: RemindersDto) -> Self {
        let RemindersDto { before_minutes, at_start, late_minutes } = input;
        Self { before_minutes, at_start, late_minutes }
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
    /// The rule by which live classes end by themselves.
    auto_end: AutoEndDto,
    /// Whether transcripts of classes are made and kept.
    transcripts: bool,
    /// The language in which Stream makes captions of every new video; `null` if it makes none by itself.
    captions: Option<String>,
}

/// A rule by which live classes end by themselves.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[ts(rename = "AutoEnd")]
#[serde(rename_all = "snake_case")]
pub(crate) enum AutoEndDto {
    /// No class ends by itself.
    Off,
    /// When nobody but the host has been in the room for five minutes after the planned end.
    WhenEmpty,
    /// 15 minutes after the planned end.
    #[serde(rename = "after_15")]
    After15,
    /// 30 minutes after the planned end.
    #[serde(rename = "after_30")]
    After30,
}

impl From<AutoEnd> for AutoEndDto {
    fn from(rule: AutoEnd) -> Self {
        match rule {
            AutoEnd::Off => Self::Off,
            AutoEnd::WhenEmpty => Self::WhenEmpty,
            AutoEnd::After15 => Self::After15,
            AutoEnd::After30 => Self::After30,
        }
    }
}

impl From<AutoEndDto> for AutoEnd {
    fn from(rule: AutoEndDto) -> Self {
        match rule {
            AutoEndDto::Off => Self::Off,
            AutoEndDto::WhenEmpty => Self::WhenEmpty,
            AutoEndDto::After15 => Self::After15,
            AutoEndDto::After30 => Self::After30,
        }
    }
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
            auto_end: preferences.auto_end.into(),
            transcripts: preferences.transcripts,
            captions: preferences.captions.map(|language| language.to_string()),
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
        let captions = settings
            .captions
            .map(|language| language.parse::<Language>())
            .transpose()
            .map_err(|_| Invalid::one("captions", "This is no language.", "Choose a language from the list."))?;
        let preferences = Self {
            quality: settings.default_quality.into(),
            duration_minutes: settings.default_duration_minutes,
            max_participants: settings.default_max_participants,
            record: settings.default_record,
            instructor: one_line(&settings.instructor),
            join_page,
            auto_end: settings.auto_end.into(),
            transcripts: settings.transcripts,
            captions,
            ..Self::default()
        };
        preferences.check()?;
        Ok(preferences)
    }
}
