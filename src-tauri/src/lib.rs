//! The shell: the only crate that knows a window.
//!
//! | module | for |
//! |---|---|
//! | [`accounts`] | which account the window is on, and switching |
//! | [`ipc`] | commands, their data, events |
//! | [`platform`] | notifications, the browser, the join page on this computer |
//!
//! Invariants: a command parses, calls one action of the core and converts; it decides nothing. The web view never holds the API token
//! or a private key. A token on its way to a browser travels neither on a command line nor in a query.

mod accounts;
mod ipc;
mod platform;

use std::path::PathBuf;
use std::process::ExitCode;

use tauri::Manager as _;
use tracing_subscriber::EnvFilter;

use accounts::Accounts;

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
    /// How fast time runs in the sandbox.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    pub sandbox_speed: f64,
    /// Write the sandbox's addresses (never its token) to this file, for whoever plays the students in a rehearsal.
    #[arg(long, value_name = "FILE")]
    pub sandbox_info: Option<PathBuf>,
    /// Keep the data in this folder.
    #[arg(long, env = "HAJIME_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// Runs the app until its window is closed.
#[must_use]
pub fn run(options: Options) -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("HAJIME_LOG").unwrap_or_else(|_| EnvFilter::new("warn,hajime_core=info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| platform::window::show(app)))
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
        .plugin(tauri_plugin_clipboard_manager::init())
        .setup(move |app| {
            let accounts = Accounts::open(app.handle().clone(), options);
            app.manage(accounts);
            platform::window::show_soon(app.handle());
            Ok(())
        })
        .on_window_event(platform::window::attend)
        .invoke_handler(ipc::handler())
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}
