//! Keeps the menu of the tray up to date, and does what a person chooses there.

use std::time::Duration;

use hajime_core::actions::recorder::closing;
use hajime_core::actions::schedule::tray::{self, TrayMenu};
use hajime_core::domain::profile::desktop::Icon;
use hajime_core::domain::schedule::tray_menu::{Choice, Item};
use hajime_core::supervisor::Supervisor;
use tauri::{AppHandle, Manager as _};

use crate::accounts::Accounts;
use crate::ipc::events::Event;
use crate::platform::closing::Closing;
use crate::platform::desktop::DesktopWatch;
use crate::platform::tray::{self as platform, TrayWatch};
use crate::platform::window;
use crate::wiring::outside;

/// The time between two looks at the clock: the menu shows whole minutes.
const INTERVAL: Duration = Duration::from_secs(20);

/// Shows the icon and updates its menu until the app ends. Does nothing where there can be no icon. Called on the main
/// thread.
pub(crate) fn keep(app: &AppHandle) {
    let on_choice = |app: &AppHandle, choice| drop(tauri::async_runtime::spawn(chosen(app.clone(), choice)));
    let icon = platform::show(app, on_choice);
    app.state::<DesktopWatch>().note_icon(if icon.is_some() { Icon::Made } else { Icon::NoLibrary });
    let Some(icon) = icon else { return };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let supervisor = Supervisor::default();
        let mut shown = None;
        loop {
            let menu = supervisor.caught("the menu of the tray", menu_now(&app)).await.ok();
            if let Some(menu) = menu
                && shown.as_ref() != Some(&menu)
            {
                match platform::draw(&app, &icon, &menu.items, menu.is_live) {
                    Ok(()) => shown = Some(menu),
                    Err(error) => tracing::warn!(%error, "the menu of the tray could not be drawn"),
                }
            }
            tokio::time::timeout(INTERVAL, app.state::<TrayWatch>().changes()).await.ok();
        }
    });
}

/// The menu at present. While no account is open, the window says why.
async fn menu_now(app: &AppHandle) -> TrayMenu {
    let read = match app.state::<Accounts>().current().await {
        Ok(here) => tray::menu(&here.context),
        Err(_) => Ok(closed()),
    };
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "the menu of the tray could not be read");
        closed()
    })
}

fn closed() -> TrayMenu {
    let entries = [(Choice::Open, "Open Hajime"), (Choice::Quit, "Quit")];
    let items = entries.map(|(choice, words)| Item::Entry(choice, words.to_owned())).into();
    TrayMenu { items, is_live: false }
}

/// Does what an entry of the menu says.
pub(crate) async fn chosen(app: AppHandle, choice: Choice) {
    match choice {
        Choice::Start(session) => outside::start_class(&app, session).await,
        Choice::End(session) => outside::end_class(&app, session).await,
        Choice::CopyLink(recording) => outside::copy_link(&app, recording).await,
        Choice::Open => window::show(&app),
        Choice::Quit => quit(&app),
    }
}

/// Ends Hajime. While something needs it, the window asks first, as when it is closed. A page that hangs, or an account
/// that is being opened, keeps nobody from quitting.
fn quit(app: &AppHandle) {
    let way_back = app.state::<DesktopWatch>().way_back();
    let question = app.state::<Accounts>().at_hand().map(|here| closing::question(&here.context, way_back));
    match question {
        Some(Ok(Some(question))) if app.state::<Closing>().may_ask() => {
            outside::open(app, Event::CloseAsked(question));
        }
        Some(Err(error)) => {
            tracing::warn!(%error, "whether a class is live could not be read");
            app.exit(0);
        }
        Some(Ok(_)) | None => app.exit(0),
    }
}
