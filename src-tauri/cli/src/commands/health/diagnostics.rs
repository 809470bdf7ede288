//! `diagnostics`: what strangers who support this desk may read.

use std::path::PathBuf;

use hajime_core::actions::health::{diagnostics, report};
use hajime_core::context::Context;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, Serialize)]
struct DiagnosticsView {
    text: String,
    /// The file that was saved; `null` where none was asked for.
    file: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, file: Option<PathBuf>, output: Output) -> Result<(), UserError> {
    let desktop = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"].map(|name| std::env::var(name).unwrap_or_default());
    let text = diagnostics::text(context, Some(&desktop.join(" ")))?;
    if let Some(file) = &file {
        report::save(context, &text, file)?;
    }
    output.print(&DiagnosticsView { text, file }, |view| match &view.file {
        Some(file) => format!("Saved as {}.", file.display()),
        None => view.text.trim_end().to_owned(),
    });
    Ok(())
}
