//! The icon in the tray with its menu. Linux tells no clicks on the icon, so everything is in the menu.
//!
//! A desktop may have no tray, and a computer may lack the library that draws the icon. Hajime then works without it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hajime_core::domain::schedule::tray_menu::{Choice, Item};
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, include_image};
use tokio::sync::Notify;

const IDLE: Image<'_> = include_image!("icons/tray/idle.png");
const LIVE: Image<'_> = include_image!("icons/tray/live.png");
const TOOLTIP: &str = "Hajime";

/// Wakes the task that updates the menu.
#[derive(Default)]
pub(crate) struct TrayWatch(Notify);

impl TrayWatch {
    /// Updates the menu after sessions, recordings or the open account have changed.
    pub(crate) fn changed(&self) {
        self.0.notify_one();
    }

    /// Resolves after the next change.
    pub(crate) async fn changes(&self) {
        self.0.notified().await;
    }
}

/// Shows the icon. Called on the main thread. Returns `None` where that is impossible.
///
/// The crate that loads the library of the icon panics where the library is missing, so a panic counts as no tray.
pub(crate) fn show(
    app: &AppHandle,
    on_choice: impl Fn(&AppHandle, Choice) + Send + Sync + 'static,
) -> Option<TrayIcon> {
    let build = || {
        TrayIconBuilder::with_id("hajime")
            .icon(IDLE)
            .tooltip(TOOLTIP)
            .show_menu_on_left_click(true)
            .menu(&drawn(app, &[])?)
            .on_menu_event(move |app, event| {
                if let Some(choice) = Choice::from_id(event.id().as_ref()) {
                    on_choice(app, choice);
                }
            })
            .build(app)
    };
    match catch_unwind(AssertUnwindSafe(build)) {
        Ok(Ok(icon)) => Some(icon),
        Ok(Err(error)) => {
            tracing::warn!(%error, "there is no icon in the tray");
            None
        }
        Err(_) => {
            tracing::warn!("there is no icon in the tray: the library that draws it is missing");
            None
        }
    }
}

/// Draws another menu, and the icon for whether a class is live.
pub(crate) fn draw(app: &AppHandle, icon: &TrayIcon, items: &[Item], is_live: bool) -> tauri::Result<()> {
    icon.set_menu(Some(drawn(app, items)?))?;
    icon.set_icon(Some(if is_live { LIVE } else { IDLE }))
}

fn drawn(app: &AppHandle, items: &[Item]) -> tauri::Result<Menu<tauri::Wry>> {
    let menu = Menu::new(app)?;
    for item in items {
        match item {
            Item::Words(words) => menu.append(&MenuItem::new(app, escaped(words), false, None::<&str>)?)?,
            Item::Entry(choice, words) => {
                menu.append(&MenuItem::with_id(app, choice.id(), escaped(words), true, None::<&str>)?)?;
            }
            Item::Separator => menu.append(&PredefinedMenuItem::separator(app)?)?,
        }
    }
    Ok(menu)
}

/// In a menu, a single `&` marks the letter after it.
fn escaped(words: &str) -> String {
    words.replace('&', "&&")
}
