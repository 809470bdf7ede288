//! Every kind of fault at every call between Start and ready: in the end there is a recording that plays, or a cause.
//!
//! What passes by itself must leave one recording and one video. What stays must be told: by the press of a button, by the alarm of a class
//! that is not recorded, or by a recording that failed for a named cause within its stage's deadline.

mod cells;
mod session;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use cells::{CALLS, Call, Cell, FAULTS, Lasting};
use session::{Ending, Story};

/// Most of a cell's time is spent waiting, so that many share the processor.
const AT_ONCE: usize = 64;

async fn tell(cells: Vec<Cell>) -> Vec<(Cell, Story)> {
    stream::iter(cells.into_iter().map(|cell| async move { (cell, session::held_under(cell).await) }))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

/// The table: a row for each call, a column for each fault.
fn table(told: &[(Cell, Story)], lasting: Lasting) -> String {
    let cells: BTreeMap<(usize, usize), String> = told
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

fn judge(told: &[(Cell, Story)]) {
    let wrong: Vec<String> = told
        .iter()
        .filter_map(|(cell, story)| {
            Some(format!("{} × {}: {}", cell.call().name, cell.fault().name, wrong(*cell, story)?))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cells are wrong:\n{}", wrong.len(), told.len(), wrong.join("\n"));
}

/// What is wrong with how a class ended, if anything is.
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

fn publish(told: &[(Cell, Story)]) {
    let text = format!("{}{}", table(told, Lasting::AFewTimes), table(told, Lasting::ForEver));
    #[expect(clippy::print_stdout, reason = "the table is what is asked for")]
    {
        println!("{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_each_kind_at_each_call_ends_well_or_with_a_cause() {
    // Each call meets three kinds, each kind several calls; `cargo xtask faults` has them all.
    let sample = |call: usize| (0..3).map(move |turn| (call, (call * 5 + turn * 4) % FAULTS.len()));
    let cells: Vec<Cell> = (0..CALLS.len())
        .flat_map(sample)
        .map(|(call, fault)| Cell { call, fault, lasting: Lasting::AFewTimes })
        .filter(Cell::makes_sense)
        .chain((0..CALLS.len()).step_by(8).map(|call| Cell { call, fault: 0, lasting: Lasting::ForEver }))
        .collect();
    judge(&tell(cells).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; `cargo xtask faults` runs it"]
async fn every_fault_at_every_call_ends_well_or_with_a_cause() {
    let lasting = [Lasting::AFewTimes, Lasting::ForEver];
    let all =
        |call: usize| (0..FAULTS.len()).flat_map(move |fault| lasting.map(|lasting| Cell { call, fault, lasting }));
    let told = tell((0..CALLS.len()).flat_map(all).filter(Cell::makes_sense).collect()).await;
    publish(&told);
    judge(&told);
}

/// Harms nothing, and is counted.
fn witness() -> Value {
    json!({ "kind": "stall", "seconds": 0.0 })
}

const WITNESSED: u64 = 1_000_000;

fn untouched(left: &Value) -> bool {
    left.as_array().and_then(|traps| traps.last()).is_some_and(|trap| trap["count"] == WITNESSED)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_table_is_a_call_that_is_made() {
    let rows = stream::iter(&CALLS).map(|call| async move {
        let (story, left) = session::held(call, Lasting::AFewTimes, vec![call.trap(&witness(), Some(WITNESSED))]).await;
        assert!(matches!(story.ending, Ending::Ready), "{}: {:?}", call.name, story.ending);
        untouched(&left).then_some(call.name)
    });
    let never: Vec<&str> = rows.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(never.is_empty(), "never made: {never:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_that_is_made_is_a_row_of_the_table() {
    let known = || CALLS.iter().map(|call| call.trap(&witness(), None));
    let other = json!({ "path": "*", "count": WITNESSED, "fault": witness() });
    // With each reply lost once, so that what is only asked then is asked.
    let rows = stream::iter(&CALLS).map(|call| {
        let lost = call.trap(&json!({ "kind": "drop_reply" }), Some(1));
        let traps = std::iter::once(lost).chain(known()).chain([other.clone()]).collect();
        async move {
            let (_, left) = session::held(call, Lasting::AFewTimes, traps).await;
            (!untouched(&left)).then_some(call.name)
        }
    });
    let more: Vec<&str> = rows.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(more.is_empty(), "something else is asked when the reply is lost to: {more:?}");
}

#[test]
fn a_table_has_a_row_for_each_call_and_says_what_became_of_it() {
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
