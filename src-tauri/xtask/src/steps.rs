//! Runs named steps, measures their times and prints the summary. This module does not know what a step does.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::command::{Failure, Invocation};

/// The result of a step that did not fail.
pub enum Done {
    /// The step did its work.
    Passed,
    /// There was nothing to do, or this machine cannot do it, for the given reason.
    Skipped(String),
}

/// The error of a task that stopped because a needed step failed. The summary names the step.
pub struct Stopped;

struct Record {
    name: String,
    took: Duration,
    outcome: Result<Done, Failure>,
}

/// Checks that run in a thread beside the steps, one after another and without printing; see [`Steps::beside`].
pub struct Beside(JoinHandle<Vec<(Record, String)>>);

/// The steps of one task, in the order they ran.
pub struct Steps {
    started: Instant,
    records: Vec<Record>,
}

impl Steps {
    /// Starts a task without steps. The total time counts from this call.
    pub fn new() -> Self {
        Self { started: Instant::now(), records: Vec::new() }
    }

    /// Runs a step on which the following steps depend. If it fails, the task stops.
    pub fn need(&mut self, name: &str, step: impl FnOnce() -> Result<Done, Failure>) -> Result<(), Stopped> {
        if self.step(name, step) { Ok(()) } else { Err(Stopped) }
    }

    /// Runs a step whose failure does not stop the task, so that one run shows every failure.
    pub fn check(&mut self, name: &str, step: impl FnOnce() -> Result<Done, Failure>) {
        self.step(name, step);
    }

    /// Starts checks in parallel to the next steps. They must not use Cargo, whose lock would make them wait.
    pub fn beside(checks: Vec<(&'static str, Invocation)>) -> Beside {
        Beside(thread::spawn(move || checks.into_iter().map(|(name, check)| silently(name, &check)).collect()))
    }

    /// Waits for the checks of [`Steps::beside`], and prints their output.
    pub fn collect(&mut self, beside: Beside) {
        let finished = beside.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        for (record, said) in finished {
            println!("\n── {} (ran beside the steps above)\n{}", record.name, said.trim_end());
            self.conclude(record);
        }
    }

    /// Whether no step has failed.
    pub fn all_passed(&self) -> bool {
        self.records.iter().all(|record| record.outcome.is_ok())
    }

    /// Prints every step with its time, then what failed and how to repeat it.
    pub fn summary(&self) {
        if self.records.is_empty() {
            return;
        }
        println!("\n── summary ─────────────────────────────────────────");
        for record in &self.records {
            let (mark, note) = match &record.outcome {
                Ok(Done::Passed) => ("✓", String::new()),
                Ok(Done::Skipped(why)) => ("–", format!("  ({why})")),
                Err(_) => ("✗", "  failed".to_owned()),
            };
            println!("{mark} {:>8}  {}{note}", human(record.took), record.name);
        }
        println!("  {:>8}  in all", human(self.started.elapsed()));
        for record in &self.records {
            if let Err(failure) = &record.outcome {
                println!("\nFailed: {}\n  {}", record.name, failure.reason.replace('\n', "\n  "));
                if let Some(repeat) = &failure.repeat {
                    println!("  To repeat: {repeat}");
                }
            }
        }
        let failed = self.records.iter().filter(|record| record.outcome.is_err()).count();
        let skipped = self.records.iter().filter(|record| matches!(record.outcome, Ok(Done::Skipped(_)))).count();
        println!("\nsteps: {} passed, {failed} failed, {skipped} skipped", self.records.len() - failed - skipped);
    }

    fn step(&mut self, name: &str, step: impl FnOnce() -> Result<Done, Failure>) -> bool {
        println!("\n── {name}");
        let started = Instant::now();
        let outcome = step();
        self.conclude(Record { name: name.to_owned(), took: started.elapsed(), outcome })
    }

    fn conclude(&mut self, record: Record) -> bool {
        let Record { name, took, outcome } = &record;
        match outcome {
            Ok(Done::Passed) => println!("✓ {name} ({})", human(*took)),
            Ok(Done::Skipped(why)) => println!("– {name}: {why}"),
            Err(failure) => println!("✗ {name} ({}): {}", human(*took), failure.reason),
        }
        let passed = outcome.is_ok();
        self.records.push(record);
        passed
    }
}

fn silently(name: &str, check: &Invocation) -> (Record, String) {
    let started = Instant::now();
    let (outcome, said) = check.captured();
    (Record { name: name.to_owned(), took: started.elapsed(), outcome: outcome.map(|()| Done::Passed) }, said)
}

/// The duration for people: `850 ms`, `12.3 s`, `4 min 05 s`.
fn human(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_ms_seconds_or_minutes() {
        assert_eq!(human(Duration::from_millis(850)), "850 ms");
        assert_eq!(human(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(human(Duration::from_secs(245)), "4 min 05 s");
    }

    #[test]
    fn a_needed_step_stops_the_rest_and_a_check_does_not() {
        let mut steps = Steps::new();
        steps.check("a check", || Err(Failure::new("no")));
        assert!(steps.need("after it", || Ok(Done::Passed)).is_ok());
        assert!(!steps.all_passed());
        assert!(steps.need("a need", || Err(Failure::new("no"))).is_err());
    }

    #[test]
    fn parallel_checks_count_as_steps_and_keep_their_output() {
        let version = Invocation::cargo().arg("--version");
        let mut steps = Steps::new();
        steps.collect(Steps::beside(vec![("good", version.clone())]));
        assert!(steps.all_passed());
        assert!(silently("good", &version).1.contains("cargo "));
        steps.collect(Steps::beside(vec![("bad", Invocation::cargo().arg("no-such-command")), ("good", version)]));
        assert!(!steps.all_passed());
        assert_eq!(steps.records.len(), 3, "the check after a failed one runs too");
    }

    #[test]
    fn a_skipped_step_is_no_failure() {
        let mut steps = Steps::new();
        steps.check("audit", || Ok(Done::Skipped("no network".to_owned())));
        assert!(steps.all_passed());
    }
}
