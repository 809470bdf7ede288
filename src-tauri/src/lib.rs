//! The shell: the only crate that knows a window.
//!
//! | module | for |
//! |---|---|
//! | [`accounts`] | which account the window is on, and switching |
//! | [`instance`] | what a second start does |
//! | [`ipc`] | commands, their data, events |
//! | [`platform`] | notifications, the browser, the clipboard, the join page on this computer, what the page may reach |
//!
//! Invariants: a command parses, calls one action of the core and converts; it decides nothing. The web view never holds the API token
//! or a private key. A token on its way to a browser travels neither on a command line nor in a query.

mod accounts;
mod instance;
mod ipc;
mod platform;

use std::path::PathBuf;
use std::process::ExitCode;

use hajime_core::config::Variables;
use tauri::plugin::TauriPlugin;
use tauri::{Manager as _, RunEvent, Wry};
use tracing_subscriber::EnvFilter;

use accounts::Accounts;
use platform::cage::Cage;
use platform::clipboard::{self, Clipboard};
use platform::notifications::Alarms;

/// What can be said on the command line.
#[derive(Debug, Clone, clap::Parser)]
#[command(
    name = "hajime",
    version,
    about = "Run live video classes on Cloudflare, record every one, and share a working link."
)]
pub struct Options {
    /// Use the embedded sandbox even when an account is connected. Nothing leaves this computer.
    #[arg(long)]
    pub sandbox: bool,
    /// How many times faster than real time the sandbox runs.
    #[arg(long, value_name = "FACTOR")]
    pub sandbox_speed: Option<f64>,
    /// Write the sandbox's addresses (never its token) to this file, for whoever plays the students in a rehearsal.
    #[arg(long, value_name = "FILE")]
    pub sandbox_info: Option<PathBuf>,
    /// Keep the data in this folder.
    #[arg(long, env = "HAJIME_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Only keep a text from standard input on the clipboard until something else is copied. The window does this when it is closed.
    #[arg(long, hide = true)]
    pub keep_clipboard: bool,
}

impl Options {
    /// What was asked of the sandbox, said in words for when an account is opened in its place.
    pub(crate) fn without_effect_on_an_account(&self) -> Vec<String> {
        [("--sandbox-speed", self.sandbox_speed.is_some()), ("--sandbox-info", self.sandbox_info.is_some())]
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(option, _)| {
                format!("{option} had no effect: an account is open, and not the sandbox. --sandbox opens that.")
            })
            .collect()
    }
}

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
    // Every connection and every open file takes a descriptor, and the usual soft limit is from times when 1,024 were many.
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
            app.manage(platform::title::Title::default());
            let accounts = Accounts::open(app.handle().clone(), options, variables);
            app.manage(accounts);
            platform::window::open(app.handle())?;
            platform::title::keep(app.handle().clone());
            platform::window::prepare(app.handle());
            Ok(())
        })
        .on_window_event(|window, event| {
            platform::window::attend(window, event);
            platform::closing::attend(window, event);
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
