//! Tampered replies: odd, hostile, late, cut off or sent twice, at every endpoint that the core reads.
//!
//! Each scenario runs two sessions behind a proxy that tampers with replies about one of them. No code may panic or
//! hang, no request may reach a foreign host, the other session must become ready, and no message to people may be
//! wrong.

mod other_endpoints;
mod scenarios;
mod sessions;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use scenarios::Scenario;
use sessions::Outcome;

/// Scenarios that run at the same time. A scenario mostly waits, so that many of them share a processor.
const PARALLEL_SCENARIOS: usize = 24;
/// Longest time that a scenario may take, even on a busy machine.
const SCENARIO_TIME_LIMIT: Duration = Duration::from_secs(480);

/// The result of one scenario.
struct Finished {
    name: String,
    hung: bool,
    outcome: Outcome,
}

impl Finished {
    fn is_well(&self) -> bool {
        !self.hung && self.outcome.wrong.is_empty()
    }

    fn row(&self) -> String {
        let Outcome { wrong, panics, foreign_bytes, tampered, ends, .. } = &self.outcome;
        let verdict = match (self.hung, wrong.as_slice()) {
            (true, _) => "**hangs**".to_owned(),
            (_, []) => "ok".to_owned(),
            (_, wrong) => format!("**{}**", wrong.join("; ")),
        };
        format!("| {} | {tampered} | {ends} | {panics} | {foreign_bytes} | {verdict} |", self.name)
    }
}

async fn hold(scenarios: Vec<Scenario>) -> Vec<Finished> {
    let held = scenarios.into_iter().map(|scenario| async move {
        let name = scenario.name.clone();
        // Each scenario runs in a task of its own, so that a panic of the core is counted and does not end the run.
        let mut task = tokio::spawn(async move { sessions::held(&scenario).await });
        let (hung, outcome) = match tokio::time::timeout(SCENARIO_TIME_LIMIT, &mut task).await {
            Ok(Ok(outcome)) => (false, outcome),
            Ok(Err(stopped)) => (false, Outcome { panics: 1, wrong: vec![stopped.to_string()], ..Outcome::default() }),
            Err(_) => {
                task.abort();
                (true, Outcome::default())
            }
        };
        Finished { name, hung, outcome }
    });
    stream::iter(held).buffer_unordered(PARALLEL_SCENARIOS).collect().await
}

fn publish(finished: &[Finished]) {
    let rows: Vec<String> = finished.iter().map(Finished::row).collect();
    let heads = "| scenario | tampered | odd / good session | panics | bytes to a foreign host | verdict |\n|---|---|---|---|---|---|";
    let count = |of: &dyn Fn(&Finished) -> u64| finished.iter().map(of).sum::<u64>();
    let totals = format!(
        "{} scenarios, {} replies tampered with, {} panics, {} hangs, {} bytes to a foreign host, {} not as they should be",
        finished.len(),
        count(&|one| one.outcome.tampered),
        count(&|one| one.outcome.panics),
        count(&|one| u64::from(one.hung)),
        count(&|one| one.outcome.foreign_bytes as u64),
        count(&|one| u64::from(!one.is_well())),
    );
    #[expect(clippy::print_stdout, reason = "the test prints the table")]
    {
        println!("{heads}\n{}\n\n{totals}", rows.join("\n"));
    }
}

fn judge(finished: &[Finished]) {
    let wrong: Vec<String> = finished.iter().filter(|one| !one.is_well()).map(Finished::row).collect();
    assert!(wrong.is_empty(), "{} of {} scenarios are wrong:\n{}", wrong.len(), finished.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_tampered_replies_harms_nothing() {
    // The sample has each kind of scenario once or twice. `cargo xtask hostile` runs all scenarios.
    let sample = |scenario: &Scenario| SAMPLED_SCENARIOS.contains(&scenario.name.as_str());
    let chosen: Vec<Scenario> = scenarios::all().into_iter().filter(sample).collect();
    assert_eq!(chosen.len(), SAMPLED_SCENARIOS.len(), "the sample names an unknown scenario");
    judge(&hold(chosen).await);
}

const SAMPLED_SCENARIOS: [&str; 16] = [
    "list of videos: null",
    "list of recordings: odd entries among good ones",
    "list of videos of a new desk: odd entries among good ones",
    "a recording: numbers far too large",
    "a list of videos: a sign-in page",
    "marks of a video with a moment in the far future",
    "a file's address on another host",
    "a recording: 307 to another host",
    "checking the token: an unknown status",
    "every answer twice on the wire",
    "a Date in the year 262142",
    "a Date in the year 2099",
    "the host's place: null",
    "a room that no list names: another one that is closed",
    "a new app: without an id",
    "removing a second video: refused",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; `cargo xtask hostile` runs it"]
async fn every_tampered_reply_harms_nothing() {
    let wanted = std::env::var("HAJIME_ONLY").unwrap_or_default();
    let chosen = scenarios::all().into_iter().filter(|scenario| scenario.name.contains(&wanted)).collect();
    let finished = hold(chosen).await;
    publish(&finished);
    judge(&finished);
}

#[test]
fn there_are_at_least_eighty_scenarios_and_each_has_a_name_of_its_own() {
    let all = scenarios::all();
    let names: BTreeSet<&str> = all.iter().map(|scenario| scenario.name.as_str()).collect();
    assert!(names.len() >= 80 && names.len() == all.len(), "{} scenarios, {} names", all.len(), names.len());
}
