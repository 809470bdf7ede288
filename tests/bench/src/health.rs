//! Measures the figures of Health over the longest period, of a desk with 100,000 recordings and 1,000,000 events: all of
//! them together, as the page asks for them, and what stands behind each. The same shares in one statement over the rows of
//! the history are measured beside them.

use std::time::Instant;

use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::health::{figures, why};
use hajime_core::context::Context;
use hajime_core::domain::health::figure::Figure;
use hajime_core::domain::health::row::Narrowed;
use hajime_core::ports::{Clock as _, SystemClock};
use hajime_core::store::FILE_NAME;
use rusqlite::{Connection, OpenFlags, params};

use crate::seed::Failure;
use crate::table::{Row, Table, Times, millis};
use crate::{desk, history};

const RECORDINGS: u32 = 100_000;
const DAYS: u32 = 365;
const ROUNDS: usize = 100;
const TARGET_MS: f64 = 50.0;

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(row(&failure.to_string(), "none".into(), String::new(), String::new(), false));
    }
}

fn row(what: &str, figure: String, beside: String, mark: String, reached: bool) -> Row {
    Row { what: format!("health: {what}"), figure, beside, mark, reached }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    history::fill(folder.path(), RECORDINGS, SystemClock.now())?;
    let took = format!("{:.0} s", begun.elapsed().as_secs_f64());
    let what = format!("{RECORDINGS} recordings and {} events written", RECORDINGS * 10);
    table.add(row(&what, took, String::new(), String::new(), true));
    let context = desk::open(&sandbox, folder.path())?;
    let beside = format!("{} over the events", millis(bare(folder.path(), &context)?));
    let all = timed(|| figures::overview(&context, DAYS, &Narrowed::default()).map(drop))?;
    add(table, "all figures of a year, p95", &all, beside);
    for figure in Figure::ALL {
        let times = timed(|| why::recordings(&context, figure, DAYS, &Narrowed::default()).map(drop))?;
        add(table, &format!("what stands behind “{}”, p95", figure.name()), &times, String::new());
    }
    Ok(())
}

fn timed(work: impl Fn() -> Result<(), hajime_core::error::Error>) -> Result<Times, Failure> {
    let mut times = Times::default();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        work()?;
        times.since(begun);
    }
    Ok(times)
}

fn add(table: &mut Table, what: &str, times: &Times, beside: String) {
    let figure = times.percentile(95);
    let reached = figure.as_secs_f64() * 1_000.0 <= TARGET_MS;
    table.add(row(what, millis(figure), beside, format!("{TARGET_MS} ms"), reached));
}

/// The time of one statement that counts the successes of a year from the events alone.
fn bare(folder: &std::path::Path, context: &Context) -> Result<std::time::Duration, Failure> {
    let database = Connection::open_with_flags(folder.join(FILE_NAME), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let from = (context.now() - chrono::TimeDelta::days(i64::from(DAYS))).timestamp_millis();
    let mut times = Times::default();
    for _ in 0..10 {
        let begun = Instant::now();
        let count: i64 = database.query_row(
            "SELECT count(DISTINCT r.id) FROM recordings r JOIN recording_events e ON e.recording_id = r.id
             WHERE r.created_at >= ?1 AND e.to_stage IN ('playable', 'ready')",
            params![from],
            |row| row.get(0),
        )?;
        times.since(begun);
        std::hint::black_box(count);
    }
    Ok(times.percentile(95))
}
