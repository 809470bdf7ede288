//! Measurements of the window beside an empty Tauri window on the same machine in the same run: `cargo xtask bench window`.
//!
//! - [`start`]: the time from the start of the program until its page is visible and answers
//! - [`rest`]: processor and memory of an idle window, with and without a live session
//! - [`list`]: 10,000 recordings: opening, scrolling, searching, copying a link, and the memory afterwards
//! - [`month`]: a month with 1,000 classes
//! - [`backlog`]: 300 recordings that arrive within an hour of the sandbox's time
//!
//! A sandbox in a separate process plays Cloudflare, so that the figures hold the app's cost alone.

mod backlog;
mod list;
mod month;
mod processes;
mod rest;
mod start;
#[path = "../bench/src/table.rs"]
#[expect(dead_code, reason = "the benches that time calls use more of the table than these do")]
mod table;

use std::path::PathBuf;

use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::standalone::Standalone;
use table::{Row, Table};

/// The argument that identifies the process of the empty window.
const EMPTY_MARK: &str = "empty-window";

/// Prints the table, and fails the run when a figure misses its target.
fn conclude(table: &Table) {
    println!("\n{table}");
    assert!(table.all_reached(), "a figure misses its target: see the table above");
}

/// Starts a desktop with an unlocked keyring, as most people have it.
async fn desktop() -> Desktop {
    Desktop::start(Theme::Light, Keyring::Unlocked).await
}

/// Prepares Hajime's window on a sandbox in another process.
fn hajime<'desktop>(desktop: &'desktop Desktop, name: &str, cloud: &Standalone) -> Launch<'desktop> {
    cloud.opened_by(Launch::app(desktop, name)).draws_as_it_would()
}

/// Prepares the empty window that the figures are compared with.
fn empty(desktop: &Desktop) -> Launch<'_> {
    Launch::program(desktop, EMPTY_MARK, built("HAJIME_EMPTY_WINDOW"), EMPTY_MARK)
        .arguments(&[EMPTY_MARK])
        .draws_as_it_would()
}

/// Returns the path of a program that `cargo xtask bench window` has built. The environment variable `variable` holds
/// the path.
fn built(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.unwrap_or_else(|| panic!("{variable} is not set; `cargo xtask bench window` sets it"))
}

/// Returns a row of the table for a figure that must be at most `most`.
fn at_most(what: &str, figure: f64, unit: &str, beside: String, most: f64) -> Row {
    Row {
        what: format!("window: {what}"),
        figure: format!("{figure:.2} {unit}"),
        beside,
        mark: format!("≤ {most} {unit}"),
        reached: figure <= most,
    }
}

/// Returns the median of the figures, which need not be sorted.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
