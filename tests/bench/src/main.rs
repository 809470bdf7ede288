//! The speeds and sizes Hajime promises.
//!
//! Each bench measures what it is about beside something to compare it with, in the same run, and prints a row for each
//! figure: what was measured, how it compares, and what it must reach. A row that misses its mark fails the run.
//! A figure means something in a release build only; `cargo xtask bench` makes one.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod api;
mod desk;
mod pipeline;
mod readiness;
mod sandbox;
mod sync;
mod table;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::table::Table;

/// Measures what Hajime promises.
#[derive(Parser)]
struct Arguments {
    /// What to measure; everything when nothing is named.
    bench: Vec<Bench>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// How fast the stand-in for Cloudflare answers with 10,000 meetings and 10,000 videos in it.
    Sandbox,
    /// How soon readiness is noticed, and for how many requests.
    Readiness,
    /// What the pipeline costs in requests and memory.
    Pipeline,
    /// How fast a new desk reads a large account.
    Sync,
}

#[tokio::main]
async fn main() -> ExitCode {
    let asked = Arguments::parse().bench;
    let mut table = Table::default();
    for bench in Bench::value_variants() {
        if asked.is_empty() || asked.contains(bench) {
            match bench {
                Bench::Sandbox => sandbox::run(&mut table).await,
                Bench::Readiness => readiness::run(&mut table),
                Bench::Pipeline => pipeline::run(&mut table).await,
                Bench::Sync => sync::run(&mut table).await,
            }
        }
    }
    println!("\n{table}");
    if table.all_reached() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
