//! Fills a database with believable recordings, for looking at a large library: `cargo xtask seed`.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

#[path = "../seed.rs"]
mod seed;
#[path = "../words.rs"]
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hajime_core::ports::{Clock as _, SystemClock};

/// Fills a database with believable recordings.
#[derive(Parser)]
struct Arguments {
    /// How many recordings are added.
    #[arg(long)]
    recordings: u32,
    /// The folder of the database. It must not be one that is in use.
    #[arg(long)]
    data_dir: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { recordings, data_dir } = Arguments::parse();
    match seed::fill(&data_dir, recordings, SystemClock.now()) {
        Ok(seeded) => {
            println!(
                "{recordings} recordings are in {}, {} of them with a guest.",
                data_dir.display(),
                seeded.guests.len()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("The database was not filled: {error}");
            ExitCode::FAILURE
        }
    }
}
