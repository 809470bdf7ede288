//! Starts the window.

// A release build on Windows opens no console beside its window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // Runs first: it may restart this program, which must still have its original environment and standard input.
    hajime_shell::start_in_fit_surroundings();
    match hajime_core::environment::take() {
        Ok(start) => hajime_shell::run(hajime_shell::Options::parse_from(start.arguments), start.variables),
        Err(ended) => ended,
    }
}
