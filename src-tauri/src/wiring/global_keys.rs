//! Keys that work in every program: brings them into the state that the settings of the open account name, and does what
//! a pressed one means.

use hajime_core::actions::profile::settings;
use hajime_core::actions::schedule::tray as choices;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::global_keys::{GlobalKeys, KeyAction};
use hajime_core::domain::schedule::tray_menu::Meaning;
use hajime_core::error::UserError;
use hajime_core::ports::{EventSink as _, Topic};
use hajime_core::supervisor::Supervisor;
use tauri::{AppHandle, Manager as _};

use crate::accounts::Accounts;
use crate::ipc::events::Event;
use crate::platform::desktop::DesktopWatch;
use crate::platform::global_keys::{Keys, KeysWatch};
use crate::platform::window;
use crate::wiring::page_events::PageEvents;
use crate::wiring::{outside, tray};

/// Keeps the keys as the settings name them until the app ends.
pub(crate) fn keep(app: &AppHandle) {
    let pressing = app.clone();
    let on_key = move |action| drop(tauri::async_runtime::spawn(pressed(pressing.clone(), action)));
    app.manage(Keys::new(app.clone(), on_key));
    app.manage(KeysWatch::default());
    app.manage(Press::default());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let supervisor = Supervisor::default();
        loop {
            supervisor.caught("the global keys", apply(&app)).await.ok();
            app.state::<KeysWatch>().changes().await;
        }
    });
}

async fn apply(app: &AppHandle) {
    let wanted = match app.state::<Accounts>().current().await {
        Ok(here) => settings::global_keys(&here.context).map_err(|error| error.to_string()),
        Err(_) => Ok(GlobalKeys::default()),
    };
    match wanted {
        Ok(wanted) => {
            let (telling, means) = (app.clone(), app.state::<DesktopWatch>().key_means());
            let told = move || PageEvents::new(telling.clone()).changed(&[Topic::Desk]);
            app.state::<Keys>().apply(wanted, means, told).await;
        }
        // The keys stay as they are.
        Err(error) => tracing::warn!(error, "the wanted global keys could not be read"),
    }
}

/// Held while a press is acted on.
#[derive(Default)]
struct Press(tokio::sync::Mutex<()>);

/// Does what a key means. A press while an earlier one is still acted on is dropped: it was meant for what the person saw
/// before that.
async fn pressed(app: AppHandle, action: KeyAction) {
    let press = app.state::<Press>();
    let Ok(_one) = press.0.try_lock() else {
        return tracing::info!(action = action.name(), "a global key was pressed while another one was acted on");
    };
    let Ok(here) = app.state::<Accounts>().current().await else { return window::show(&app) };
    match choices::of_key(&here.context, action) {
        Ok(Meaning::Choice(choice)) => tray::chosen(app.clone(), choice).await,
        Ok(Meaning::Today) => outside::open(&app, Event::OpenToday),
        Ok(Meaning::Starting(title)) => outside::refused(&app, is_starting(&title)),
        Ok(Meaning::Nothing) => outside::refused(&app, nothing_to_do(action)),
        Err(error) => outside::refused(&app, (&error).into()),
    }
}

fn is_starting(title: &str) -> UserError {
    UserError::new(
        ErrorCode::Conflict,
        format!("“{title}” is starting."),
        "Wait until it is live. Today shows it then, and its button ends it.",
    )
}

fn nothing_to_do(action: KeyAction) -> UserError {
    let (message, next) = match action {
        KeyAction::CopyLink => ("No recording is ready yet.", "A link can be copied once one is."),
        KeyAction::StartOrEnd | KeyAction::Show => {
            ("No class is live, and none begins within an hour.", "Plan a class, or choose one on the schedule.")
        }
    };
    UserError::new(ErrorCode::NotFound, message, next)
}
