//! What the desktop offers, kept up to date: panels, notification services and portals come and go while Hajime runs.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hajime_core::desktop_bus::{self, Displays};
use hajime_core::domain::profile::desktop::{Bus, Desktop, Finding, Icon, KeyMeans, WayBack};
use tauri::{AppHandle, Manager as _};

/// How often the desktop is asked although it reported no change.
const INTERVAL: Duration = Duration::from_secs(120);
/// How long a desktop may take to be ready after a change: a panel registers itself a moment after its service. Also the
/// shortest time between two questions where programs come and go all the time.
const SETTLING: Duration = Duration::from_secs(2);

/// What is known about the desktop.
pub(crate) struct DesktopWatch(Mutex<(Desktop, Icon)>);

impl Default for DesktopWatch {
    fn default() -> Self {
        let bus = if cfg!(any(windows, target_os = "macos")) { Bus::NotNeeded } else { Bus::Absent };
        let screen = desktop_bus::screen(displays());
        Self(Mutex::new((Desktop { screen, bus }, Icon::Unknown)))
    }
}

impl DesktopWatch {
    fn known(&self) -> MutexGuard<'_, (Desktop, Icon)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether the icon of the panel was made.
    pub(crate) fn note_icon(&self, icon: Icon) {
        self.known().1 = icon;
    }

    /// How the window comes back after it was hidden.
    pub(crate) fn way_back(&self) -> WayBack {
        let known = self.known();
        known.0.way_back(known.1)
    }

    /// The way in which global keys reach Hajime.
    pub(crate) fn key_means(&self) -> KeyMeans {
        self.known().0.key_means()
    }

    /// What the desktop offers, in words.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let known = self.known();
        known.0.findings(known.1)
    }

    /// Returns whether that was another desktop.
    fn note(&self, desktop: Desktop) -> bool {
        let mut known = self.known();
        let is_new = known.0 != desktop;
        known.0 = desktop;
        is_new
    }
}

/// Asks the desktop until the app ends, and calls `told` after each change.
pub(crate) async fn watch(app: AppHandle, told: impl Fn() + Send) {
    let mut was_without_panel = false;
    loop {
        let desktop = desktop_bus::look(displays(), desktop_bus::LIMIT).await;
        let watch = app.state::<DesktopWatch>();
        if watch.note(desktop) {
            told();
        }
        let without_panel = watch.way_back() != WayBack::Icon;
        if without_panel && !was_without_panel {
            tracing::info!("no panel shows an icon of Hajime; it comes back when it is started again");
        }
        was_without_panel = without_panel;
        if tokio::time::timeout(INTERVAL, desktop_bus::changed()).await.is_ok() {
            tokio::time::sleep(SETTLING).await;
        }
    }
}

fn displays() -> Displays {
    Displays::named(|name| std::env::var(name).ok())
}
