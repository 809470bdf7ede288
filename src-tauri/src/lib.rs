//! The shell: the only crate that knows about the window.
//!
//! | module | for |
//! |---|---|
//! | [`accounts`] | which account is open in the window, and switching to another |
//! | [`ipc`] | the commands that the page calls, by feature, their data, the events and the generated contract |
//! | [`options`] | the options of the command line |
//! | [`platform`] | notifications, the browser, the clipboard, the join page on this computer, what the page may reach |
//! | [`wiring`] | connects account, page and desktop: alarms, title, the question before closing, a second start |
//!
//! Invariants: a command parses its arguments, calls one action of the core and converts the result; it decides
//! nothing. The web view never holds the API token or a private key. A token that is handed to a browser appears
//! neither on a command line nor in the query of an address.

mod accounts;
mod ipc;
mod options;
mod platform;
mod wiring;

use std::process::ExitCode;
use std::sync::Arc;

use hajime_core::config::Variables;
use hajime_core::ports::{EventSink as _, Topic};
use tauri::plugin::TauriPlugin;
use tauri::{Manager as _, RunEvent, Wry};
use tracing_subscriber::EnvFilter;

use accounts::{Accounts, Listeners};
use platform::cage::Cage;
use platform::clipboard::{self, Clipboard};
use platform::notifications::{Alarms, Desktop};
use wiring::page_events::PageEvents;
use wiring::{alarms, attention, awake, closing_question, global_keys, instance, log_out, title, tray};

pub use options::Options;
pub use platform::surroundings::start_in_fit_surroundings;

/// Runs the app until its window is closed.
#[must_use]
pub fn run(options: Options, variables: Variables) -> ExitCode {
    hajime_core::supervisor::report_panics_by_place();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("HAJIME_LOG").unwrap_or_else(|_| EnvFilter::new("warn,hajime_core=info")),
        )
        .with_writer(std::io::stderr)
        .init();
    if options.keep_clipboard {
        return clipboard::keep();
    }
    // Every connection and every open file takes a file descriptor, and the usual soft limit of 1,024 is too low.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let context = tauri::generate_context!();
    let app = tauri::Builder::default()
        .plugin(single_instance(&context.config().identifier, options.clone()))
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(
                    tauri_plugin_window_state::StateFlags::SIZE
                        | tauri_plugin_window_state::StateFlags::POSITION
                        | tauri_plugin_window_state::StateFlags::MAXIMIZED,
                )
                .build(),
        )
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_dialog::init())
        .manage(Clipboard::default())
        .manage(Alarms::default())
        .manage(Cage::default())
        .setup(move |app| {
            app.manage(platform::closing::Closing::default());
            app.manage(title::Title::default());
            app.manage(platform::tray::TrayWatch::default());
            app.manage(platform::desktop::DesktopWatch::default());
            let accounts = Accounts::open(app.handle().clone(), options, variables, listeners(app.handle()));
            app.manage(accounts);
            platform::window::open(app.handle())?;
            title::keep(app.handle().clone());
            awake::keep(app.handle().clone());
            log_out::attend(app.handle().clone());
            platform::window::prepare(app.handle());
            global_keys::keep(app.handle());
            // Last: the library of the icon is loaded, and the window does not wait for it.
            tray::keep(app.handle());
            let telling = app.handle().clone();
            let told = move || PageEvents::new(telling.clone()).changed(&[Topic::Desk]);
            tauri::async_runtime::spawn(platform::desktop::watch(app.handle().clone(), told));
            Ok(())
        })
        .on_window_event(|window, event| {
            attention::attend(window, event);
            closing_question::attend(window, event);
        })
        .invoke_handler(ipc::handler())
        .build(context);
    match app {
        Ok(app) => {
            app.run(|app, event| {
                if matches!(event, RunEvent::Exit) {
                    platform::closing::tidy_up(app);
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}

/// The listeners to the open account: one shows desktop notifications, the other passes events on to the page.
fn listeners(app: &tauri::AppHandle) -> Listeners {
    let pressing = app.clone();
    let on_press = move |pressed| drop(tauri::async_runtime::spawn(alarms::pressed(pressing.clone(), pressed)));
    Listeners {
        notifier: Arc::new(Desktop::new(app.clone(), on_press)),
        events: Arc::new(PageEvents::new(app.clone())),
    }
}

fn single_instance(identifier: &str, options: Options) -> TauriPlugin<Wry> {
    let name = instance::name(identifier, &options);
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(name)
        .callback(move |app, arguments, folder| {
            platform::window::show(app);
            instance::asked(app, &options, arguments, &folder);
        })
        .build()
}
