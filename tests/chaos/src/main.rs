//! Sessions in a sandbox with faults, run by processes that are killed without warning, on one desk or on two at once.
//!
//! Half of the kills come at random moments and half right after a write, because a crash could lose or repeat a step
//! at either. After the faults are switched off, every session must have exactly one ready recording, no recorder may
//! still run, and the databases must be undamaged. One recording is then downloaded and archived by processes that are killed too:
//! every copy must be whole, and nothing half may be left. The same seed sets the same faults and chooses the same moments, but
//! how far the processes are by then depends on the machine.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod cloud;
mod copies;
mod desk;
mod round;

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::task::JoinSet;

use crate::round::{Tally, round};

/// The error that ends a run, as a sentence for the person who runs it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Kills the app and breaks its network, and counts what was lost.
#[derive(Parser)]
struct Arguments {
    /// Length of the run in minutes; a round that has begun is completed.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Seed of the faults and the moments of kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds that run at the same time; a round mostly waits.
    #[arg(long, default_value_t = 3)]
    at_once: u64,
    /// Also tamper with replies, by a proxy between the app and the sandbox.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    tamper: bool,
    /// The command-line tool to kill.
    #[arg(long, env = "HAJIME_CLI")]
    cli: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { minutes, seed, at_once, tamper, cli } = Arguments::parse();
    let begun = Instant::now();
    let length = Duration::try_from_secs_f64(minutes * 60.0).unwrap_or(Duration::from_secs(60));
    let mut chance = StdRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    let mut running = JoinSet::new();
    let mut number = 0;
    loop {
        while running.len() < usize::try_from(at_once.max(1)).unwrap_or(1)
            && (number < at_once || begun.elapsed() < length)
        {
            number += 1;
            let desks = if number.is_multiple_of(2) { 2 } else { 1 };
            let (own, cli) = (StdRng::seed_from_u64(chance.random()), cli.clone());
            running.spawn(async move { (number, round(&cli, tamper, own, desks, number).await) });
        }
        match running.join_next().await {
            Some(Ok((_, Ok(one)))) => tally.add(one),
            Some(Ok((number, Err(failure)))) => {
                println!("round {number} of seed {seed} could not be finished: {failure}");
                return ExitCode::FAILURE;
            }
            Some(Err(stopped)) => {
                println!("a round of seed {seed} stopped: {stopped}");
                return ExitCode::FAILURE;
            }
            None => break,
        }
        println!("{tally}");
    }
    println!("\nseed {seed}, {:.1} minutes\n{tally:#}", begun.elapsed().as_secs_f64() / 60.0);
    if tally.lost == 0 && tally.duplicated == 0 && tally.dead_jobs == 0 && tally.wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
