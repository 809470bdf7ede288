//! Measures the speeds and sizes that Hajime promises.
//!
//! Each bench measures Hajime and something comparable in the same run, and prints a row for each figure: what was
//! measured, the comparison, and the target. A row that misses its target fails the run. Figures of a debug build mean
//! nothing; `cargo xtask bench` makes a release build.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod alerts;
mod api;
mod desk;
mod expansion;
mod health;
mod history;
mod import;
mod ledger;
mod library;
mod pipeline;
mod readiness;
mod sandbox;
mod seed;
mod start;
mod sync;
mod table;
mod transfers;
mod words;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::table::Table;

/// Measures what Hajime promises.
#[derive(Parser)]
struct Arguments {
    /// The benches to run; all of them when none is named.
    bench: Vec<Bench>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// Reply times of the sandbox with 10,000 meetings and 10,000 videos.
    Sandbox,
    /// The delay until readiness is noticed, and the requests for that.
    Readiness,
    /// Requests and memory of recordings in flight.
    Pipeline,
    /// Time from the click on Start to the open room.
    Start,
    /// Time to import a calendar of 10,000 events.
    Import,
    /// Time of a new desk's first sync of a large account.
    Sync,
    /// Time to find the starts of ten years of 200 series.
    Expansion,
    /// The check and the pages of a ledger of a million entries, and the signing of links.
    Ledger,
    /// What follows from 50 rules for alerts.
    Alerts,
    /// Pages and searches of a library of 100,000 recordings with transcripts.
    Library,
    /// The figures of Health over 100,000 recordings and 1,000,000 events.
    Health,
    /// The speed and memory of a download and an archiving, beside curl.
    Transfers,
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
                Bench::Start => start::run(&mut table).await,
                Bench::Import => import::run(&mut table).await,
                Bench::Sync => sync::run(&mut table).await,
                Bench::Expansion => expansion::run(&mut table),
                Bench::Ledger => ledger::run(&mut table),
                Bench::Alerts => alerts::run(&mut table),
                Bench::Library => library::run(&mut table).await,
                Bench::Health => health::run(&mut table).await,
                Bench::Transfers => transfers::run(&mut table).await,
            }
        }
    }
    println!("\n{table}");
    if table.all_reached() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
