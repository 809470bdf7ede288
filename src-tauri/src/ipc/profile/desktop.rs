//! What the desktop of this computer offers, and the keys that work in every program.

use hajime_core::actions::profile::settings;
use hajime_core::domain::profile::desktop::{Finding, KeyMeans};
use hajime_core::domain::profile::global_keys::{GlobalKeys, KeyAction};
use hajime_core::error::UserError;
use hajime_core::ports::SecretError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::platform::awake::{Awake, Kept};
use crate::platform::clipboard::Clipboard;
use crate::platform::desktop::DesktopWatch;
use crate::platform::global_keys::{Keys, KeysWatch};
use crate::platform::key_state::{KeyRefusal, KeyState};

hajime_macros::commands![desktop_abilities, global_keys_get, global_keys_pause, global_keys_save];

/// What the desktop of this computer offers.
#[hajime_macros::command]
pub(crate) async fn desktop_abilities(
    accounts: State<'_, Accounts>,
    desktop: State<'_, DesktopWatch>,
    awake: State<'_, Awake>,
    clipboard: State<'_, Clipboard>,
) -> Result<Vec<AbilityDto>, UserError> {
    // What the keyring answered last: asking it may make it ask for its password.
    let keyring = accounts.current().await.ok().map(|here| here.context.keyring_trouble());
    let mut all: Vec<AbilityDto> = desktop.findings().into_iter().map(AbilityDto::from).collect();
    all.push(of_awake(awake.kept()));
    all.push(of_clipboard(clipboard.works()));
    all.extend(keyring.map(|trouble| of_keyring(trouble.as_ref())));
    Ok(all)
}

/// The keys that work in every program.
#[hajime_macros::command]
pub(crate) async fn global_keys_get(
    accounts: State<'_, Accounts>,
    desktop: State<'_, DesktopWatch>,
    keys: State<'_, Keys>,
) -> Result<GlobalKeysDto, UserError> {
    let wanted = match accounts.current().await {
        Ok(here) => settings::global_keys(&here.context)?,
        // Without an account, all are off.
        Err(_) => GlobalKeys::default(),
    };
    Ok(GlobalKeysDto::new(wanted, &desktop, &keys))
}

/// Pauses the keys while a person chooses some in the window, which hears no keys that are taken; then brings them back.
#[hajime_macros::command]
pub(crate) async fn global_keys_pause(
    keys: State<'_, Keys>,
    watch: State<'_, KeysWatch>,
    paused: bool,
) -> Result<(), UserError> {
    if paused {
        keys.pause().await;
    } else {
        keys.resume();
        watch.changed();
    }
    Ok(())
}

/// Saves the keys that work in every program, and takes them at once. A key that another program has is saved too, and
/// its state says so.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn global_keys_save(app: AppHandle, input: GlobalKeysInput) -> Result<GlobalKeysDto, UserError> {
    let here = app.state::<Accounts>().current().await?;
    let wanted = GlobalKeys::read(|action| input.of(action))?;
    settings::save_global_keys(&here.context, wanted)?;
    let (desktop, keys) = (app.state::<DesktopWatch>(), app.state::<Keys>());
    keys.resume();
    let telling = here.clone();
    keys.apply(wanted, desktop.key_means(), move || settings::keys_answered(&telling.context)).await;
    Ok(GlobalKeysDto::new(wanted, &desktop, &keys))
}

/// One thing that a desktop may offer.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AbilityDto {
    /// `panel`, `notifications`, `global_keys`, `awake`, `clipboard` or `keyring`.
    name: &'static str,
    works: bool,
    message: String,
    /// What a person can do about it.
    next: Option<String>,
}

impl From<Finding> for AbilityDto {
    fn from(Finding { ability, works, message, next }: Finding) -> Self {
        Self { name: ability.name(), works, message, next: next.map(str::to_owned) }
    }
}

fn of_awake(kept: Kept) -> AbilityDto {
    let (works, message, next) = match kept {
        Kept::NotNeeded | Kept::Asked => (true, "Hajime keeps this computer awake while a class is live.", None),
        Kept::Awake => (true, "This computer is kept awake at present.", None),
        Kept::MayFallAsleep => (
            false,
            "The system does not let Hajime keep this computer awake.",
            Some("Switch off sleep in the settings of the system before a class."),
        ),
    };
    AbilityDto { name: "awake", works, message: message.to_owned(), next: next.map(str::to_owned) }
}

fn of_clipboard(works: bool) -> AbilityDto {
    let (message, next) = if works {
        ("Links and invitations can be copied.", None)
    } else {
        ("The clipboard cannot be reached.", Some("Links are shown, so that they can be copied by hand."))
    };
    AbilityDto { name: "clipboard", works, message: message.to_owned(), next: next.map(str::to_owned) }
}

fn of_keyring(trouble: Option<&SecretError>) -> AbilityDto {
    let (message, next) = match trouble {
        None => ("Secrets are kept in the keyring of this computer.", None),
        Some(error) => (error.user_message(), Some(error.next_step())),
    };
    AbilityDto { name: "keyring", works: trouble.is_none(), message: message.to_owned(), next: next.map(str::to_owned) }
}

/// The keys that a person chose for each action; `null` switches the key off.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct GlobalKeysInput {
    show: Option<String>,
    start_or_end: Option<String>,
    copy_link: Option<String>,
}

impl GlobalKeysInput {
    fn of(&self, action: KeyAction) -> Option<String> {
        match action {
            KeyAction::Show => self.show.clone(),
            KeyAction::StartOrEnd => self.start_or_end.clone(),
            KeyAction::CopyLink => self.copy_link.clone(),
        }
    }
}

/// The keys that work in every program.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct GlobalKeysDto {
    means: KeyMeansDto,
    keys: Vec<GlobalKeyDto>,
}

/// The way in which global keys reach Hajime.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyMeansDto {
    /// The system reports the keys.
    System,
    /// The desktop asks the person and assigns the keys.
    Portal,
    /// There is no way.
    None,
}

/// The key of one action.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct GlobalKeyDto {
    action: GlobalKeyAction,
    /// What it does.
    words: &'static str,
    /// The keys, such as “Ctrl+Alt+H”; `null` if it is off.
    keys: Option<String>,
    state: GlobalKeyState,
    /// The keys that the desktop assigned, in its own words, where it did.
    assigned: Option<String>,
    /// Why the key does not work, and what to do about it.
    message: Option<String>,
    next: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GlobalKeyAction {
    Show,
    StartOrEnd,
    CopyLink,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GlobalKeyState {
    Off,
    On,
    /// The desktop asks the person.
    Asking,
    Refused,
}

impl GlobalKeysDto {
    fn new(wanted: GlobalKeys, desktop: &DesktopWatch, keys: &Keys) -> Self {
        let means = match desktop.key_means() {
            KeyMeans::System => KeyMeansDto::System,
            KeyMeans::Portal => KeyMeansDto::Portal,
            KeyMeans::None => KeyMeansDto::None,
        };
        let keys = KeyAction::ALL.into_iter().map(|action| GlobalKeyDto::new(action, &wanted, keys.state_of(action)));
        Self { means, keys: keys.collect() }
    }
}

impl GlobalKeyDto {
    fn new(action: KeyAction, wanted: &GlobalKeys, state: KeyState) -> Self {
        let keys = wanted.of(action).map(|press| press.to_string());
        let name = keys.clone().unwrap_or_default();
        let (state, assigned, why) = match state {
            KeyState::Off => (GlobalKeyState::Off, None, None),
            KeyState::On(assigned) => (GlobalKeyState::On, assigned, None),
            KeyState::Asking => (GlobalKeyState::Asking, None, None),
            KeyState::Refused(refusal) => (GlobalKeyState::Refused, None, Some(said(refusal, &name))),
        };
        let (message, next) = why.map_or((None, None), |(message, next)| (Some(message), Some(next.to_owned())));
        let dto = match action {
            KeyAction::Show => GlobalKeyAction::Show,
            KeyAction::StartOrEnd => GlobalKeyAction::StartOrEnd,
            KeyAction::CopyLink => GlobalKeyAction::CopyLink,
        };
        Self { action: dto, words: action.words(), keys, state, assigned, message, next }
    }
}

fn said(refusal: KeyRefusal, keys: &str) -> (String, &'static str) {
    match refusal {
        KeyRefusal::Taken => (
            format!("Another program already uses {keys}."),
            "Choose other keys, or release them in the other program.",
        ),
        KeyRefusal::NoSuchKey => (format!("This keyboard cannot write {keys}."), "Choose keys that this keyboard has."),
        KeyRefusal::NotAssigned => (
            format!("The desktop did not assign {keys}."),
            "Assign them in the keyboard settings of the desktop, or switch the key off and on again.",
        ),
        KeyRefusal::NotAllowed => (
            "The desktop gives no keys to Hajime, because it does not know this program.".to_owned(),
            "Install Hajime from its package and start it from the desktop’s menu, or use a session with X11.",
        ),
        KeyRefusal::TakenBack => (format!("The desktop took {keys} back."), "Switch the key off and choose it again."),
        KeyRefusal::PortalGone => (
            "The desktop portal, which reports the keys, has gone.".to_owned(),
            "Hajime asks it again when it is back. Until then, use the window.",
        ),
        KeyRefusal::NoMeans => (
            "This desktop gives no keys to programs.".to_owned(),
            "Use the menu of the icon in the panel, or a session with X11.",
        ),
        KeyRefusal::Unknown => {
            (format!("The system refused {keys}; why is not known."), "Choose other keys, or restart Hajime.")
        }
    }
}
