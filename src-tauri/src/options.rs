//! The options of the command line.

use std::path::PathBuf;

/// The options with which Hajime was started.
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
    /// Returns one sentence for each given option of the sandbox, which has no effect while an account is open.
    pub(crate) fn without_effect_on_an_account(&self) -> Vec<String> {
        [("--sandbox-speed", self.sandbox_speed.is_some()), ("--sandbox-info", self.sandbox_info.is_some())]
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(option, _)| {
                format!("{option} had no effect, because an account is open. Start Hajime with --sandbox to open the sandbox.")
            })
            .collect()
    }
}
