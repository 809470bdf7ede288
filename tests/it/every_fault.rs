//! Applies every kind of fault to every call between Start and the ready recording. Each session must end with a
//! recording that plays, or with a reported cause.
//!
//! After a fault that passes, there must be one recording and one video. A lasting fault must be reported: by the
//! answer to a button, by the alarm, or by a recording that fails for a named cause within the deadline of its stage.

mod cells;
mod session;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use cells::{BESIDE, CALLS, Call, Cell, FAULTS, Lasting};
use session::{Ending, Story};

use crate::support::{WITNESS_COUNT, witness};

/// Cells that run at the same time. A cell mostly waits, so that many of them share a processor.
const PARALLEL_CELLS: usize = 64;

async fn run(cells: Vec<Cell>) -> Vec<(Cell, Story)> {
    stream::iter(cells.into_iter().map(|cell| async move { (cell, session::run_cell(cell).await) }))
        .buffer_unordered(PARALLEL_CELLS)
        .collect()
        .await
}

/// Writes the table as Markdown: a row for each call and a column for each fault.
fn table(stories: &[(Cell, Story)], lasting: Lasting) -> String {
    let cells: BTreeMap<(usize, usize), String> = stories
        .iter()
        .filter(|(cell, _)| cell.lasting == lasting)
        .map(|(cell, story)| ((cell.call, cell.fault), story.word()))
        .collect();
    let line = |name: &str, cells: Vec<&str>| format!("| {name} | {} |", cells.join(" | "));
    let heads = line("call", FAULTS.iter().map(|fault| fault.name).collect());
    let rule = line("---", vec!["---"; FAULTS.len()]);
    let rows = CALLS.iter().enumerate().map(|(row, call)| {
        let cells = (0..FAULTS.len()).map(|column| cells.get(&(row, column)).map_or("", String::as_str));
        line(call.name, cells.collect())
    });
    let lines: Vec<String> = [heads, rule].into_iter().chain(rows).collect();
    format!("\n## {}\n\n{}\n", lasting.title(), lines.join("\n"))
}

fn judge(stories: &[(Cell, Story)]) {
    let wrong: Vec<String> = stories
        .iter()
        .filter_map(|(cell, story)| {
            Some(format!("{} × {}: {}", cell.call().name, cell.fault().name, wrong(*cell, story)?))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cells are wrong:\n{}", wrong.len(), stories.len(), wrong.join("\n"));
}

/// Returns what is wrong with the ending of a session; `None` when the session ended as it should.
fn wrong(cell: Cell, story: &Story) -> Option<String> {
    if story.videos > 1 {
        return Some(format!("{} videos", story.videos));
    }
    match (&story.ending, cell.lasting) {
        (Ending::Stuck(state), _) => Some(format!("never ended: {state}")),
        (Ending::Failed(_) | Ending::Refused(_) | Ending::Alarmed, Lasting::AFewTimes) => {
            Some(format!("passed by itself, and yet {:?}", story.ending))
        }
        (Ending::Ready, _) | (_, Lasting::ForEver) => None,
    }
}

fn publish(stories: &[(Cell, Story)]) {
    let text = format!("{}{}", table(stories, Lasting::AFewTimes), table(stories, Lasting::ForEver));
    #[expect(clippy::print_stdout, reason = "the test prints the table")]
    {
        println!("{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_each_kind_at_each_call_ends_well_or_with_a_cause() {
    // The sample has three faults for each call and several calls for each fault. `cargo xtask faults` runs all cells.
    let sample = |call: usize| (0..3).map(move |turn| (call, (call * 5 + turn * 4) % FAULTS.len()));
    let cells: Vec<Cell> = (0..CALLS.len())
        .flat_map(sample)
        .map(|(call, fault)| Cell { call, fault, lasting: Lasting::AFewTimes })
        .filter(Cell::makes_sense)
        .chain((0..CALLS.len()).step_by(8).map(|call| Cell { call, fault: 0, lasting: Lasting::ForEver }))
        .collect();
    judge(&run(cells).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; `cargo xtask faults` runs it"]
async fn every_fault_at_every_call_ends_well_or_with_a_cause() {
    let lasting = [Lasting::AFewTimes, Lasting::ForEver];
    let all =
        |call: usize| (0..FAULTS.len()).flat_map(move |fault| lasting.map(|lasting| Cell { call, fault, lasting }));
    let stories = run((0..CALLS.len()).flat_map(all).filter(Cell::makes_sense).collect()).await;
    publish(&stories);
    judge(&stories);
}

fn untouched(left: &Value) -> bool {
    left.as_array().and_then(|traps| traps.last()).is_some_and(|trap| trap["count"] == WITNESS_COUNT)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_table_is_a_call_that_is_made() {
    let rows = stream::iter(&CALLS).map(|call| async move {
        let (story, left) =
            session::run(call, Lasting::AFewTimes, vec![call.trap(&witness(), Some(WITNESS_COUNT))]).await;
        assert!(matches!(story.ending, Ending::Ready), "{}: {:?}", call.name, story.ending);
        untouched(&left).then_some(call.name)
    });
    let never: Vec<&str> = rows.buffer_unordered(PARALLEL_CELLS).filter_map(std::future::ready).collect().await;
    assert!(never.is_empty(), "calls of the table that no session made: {never:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_that_is_made_is_a_row_of_the_table() {
    let known = || CALLS.iter().chain(&BESIDE).map(|call| call.trap(&witness(), None));
    let other = json!({ "path": "*", "count": WITNESS_COUNT, "fault": witness() });
    // Each reply is lost once, so that the session also makes the calls that follow a lost reply.
    let rows = stream::iter(&CALLS).map(|call| {
        let lost = call.trap(&json!({ "kind": "drop_reply" }), Some(1));
        let traps = std::iter::once(lost).chain(known()).chain([other.clone()]).collect();
        async move {
            let (_, left) = session::run(call, Lasting::AFewTimes, traps).await;
            (!untouched(&left)).then_some(call.name)
        }
    });
    let more: Vec<&str> = rows.buffer_unordered(PARALLEL_CELLS).filter_map(std::future::ready).collect().await;
    assert!(more.is_empty(), "the loss of these replies causes calls that the table lacks: {more:?}");
}

#[test]
fn the_table_has_a_row_for_each_call_and_shows_each_ending() {
    let cell = Cell { call: 0, fault: 0, lasting: Lasting::AFewTimes };
    let story = Story { ending: Ending::Stuck("importing".into()), videos: 1 };
    assert!(wrong(cell, &story).is_some());
    assert!(wrong(cell, &Story { ending: Ending::Ready, videos: 2 }).is_some());
    assert!(wrong(cell, &Story { ending: Ending::Failed("took_too_long".into()), videos: 0 }).is_some());
    assert_eq!(wrong(cell, &Story { ending: Ending::Ready, videos: 1 }), None);
    let names: Vec<&str> = CALLS.iter().map(|call: &Call| call.name).collect();
    let table = table(&[(cell, story)], Lasting::AFewTimes);
    assert!(names.iter().all(|name| table.contains(&format!("| {name} |"))));
}
