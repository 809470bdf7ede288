//! Measures the library with 100,000 recordings and their transcripts: its first page, searching while somebody types, and
//! searches with a typo. The bare query of the index is measured beside them.

use std::time::Instant;

use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::library::search;
use hajime_core::context::Context;
use hajime_core::domain::library::query::Query;
use hajime_core::domain::search::asked;
use hajime_core::ports::{Clock as _, SystemClock};
use hajime_core::store::FILE_NAME;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::{Connection, OpenFlags};

use crate::desk;
use crate::seed::{self, Failure};
use crate::table::{Row, Table, Times, millis};

const RECORDINGS: u32 = 100_000;
/// The rows of a page, as the window asks for them.
const PAGE: u32 = 100;
const ROUNDS: usize = 200;
const TYPOS: usize = 1_000;
const FIRST_PAGE_MS: f64 = 5.0;
const TYPING_MS: f64 = 20.0;
const TIMES_BARE: f64 = 1.5;

/// What people type, letter by letter.
const TYPED: &[&str] = &[
    "mae geri",
    "karate kihon",
    "ito",
    "seminar",
    "mawashi",
    "bassai dai",
    "anfänger",
    "合気道",
    "kids orange",
    "gyaku zuki heel",
    "balance",
];

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(row(&failure.to_string(), "none".into(), String::new(), String::new(), false));
    }
}

fn row(what: &str, figure: String, beside: String, mark: String, reached: bool) -> Row {
    Row { what: format!("library: {what}"), figure, beside, mark, reached }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    let seeded = seed::fill(folder.path(), RECORDINGS, SystemClock.now())?;
    let took = format!("{:.0} s", begun.elapsed().as_secs_f64());
    table.add(row(&format!("{RECORDINGS} recordings written and indexed"), took, String::new(), String::new(), true));
    let context = desk::open(&sandbox, folder.path())?;

    let mut first = Times::default();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        search::find(&context, &Query { limit: PAGE, ..Query::default() })?;
        first.since(begun);
    }
    let figure = first.percentile(95);
    let reached = figure.as_secs_f64() * 1_000.0 <= FIRST_PAGE_MS;
    table.add(row("first page, p95", millis(figure), String::new(), format!("{FIRST_PAGE_MS} ms"), reached));

    typing(table, &context, folder.path())?;
    typos(table, &context, &seeded.guests)
}

/// Searches for the beginning of each text, as somebody types it.
fn typing(table: &mut Table, context: &Context, folder: &std::path::Path) -> Result<(), Failure> {
    let database = Connection::open_with_flags(folder.join(FILE_NAME), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let (mut ours, mut bare) = (Times::default(), Times::default());
    for text in TYPED {
        let letters: Vec<char> = text.chars().collect();
        for length in 1..=letters.len() {
            let typed: String = letters.iter().take(length).collect();
            let begun = Instant::now();
            search::find(context, &Query { search: typed.clone(), limit: PAGE, ..Query::default() })?;
            ours.since(begun);
            let Some(expression) = asked::expression(&asked::parts(&typed), false) else { continue };
            let begun = Instant::now();
            let sql = "SELECT rowid FROM search_text WHERE search_text MATCH ?1 ORDER BY rank LIMIT ?2";
            let mut statement = database.prepare_cached(sql)?;
            let found = statement.query_map((expression, PAGE), |row| row.get::<_, i64>(0))?;
            let found: Vec<i64> = found.collect::<Result<_, _>>()?;
            bare.since(begun);
            std::hint::black_box(found);
        }
    }
    let (ours, bare) = (ours.percentile(95), bare.percentile(95));
    let reached = ours.as_secs_f64() * 1_000.0 <= TYPING_MS && ours.as_secs_f64() <= bare.as_secs_f64() * TIMES_BARE;
    let mark = format!("{TYPING_MS} ms and {TIMES_BARE} × bare");
    table.add(row("search as somebody types, p95", millis(ours), format!("{} bare FTS5", millis(bare)), mark, reached));
    Ok(())
}

/// Searches for rare names with one typo.
fn typos(table: &mut Table, context: &Context, guests: &[(String, String)]) -> Result<(), Failure> {
    let mut chance = SmallRng::seed_from_u64(7);
    let (mut found, mut took) = (0, Times::default());
    // The first names are also those of people in other classes.
    let rare: Vec<&(String, String)> = guests.iter().skip(400).filter(|(_, name)| name.chars().count() >= 6).collect();
    for _ in 0..TYPOS {
        let Some((id, name)) = rare.choose(&mut chance) else { break };
        let begun = Instant::now();
        let query = Query { search: with_typo(name, &mut chance), limit: 10, ..Query::default() };
        let page = search::find(context, &query)?;
        took.since(begun);
        found += usize::from(page.rows.iter().any(|row| row.view.recording.id.to_string() == *id));
    }
    let percent = found * 100 / TYPOS;
    let what = format!("targets of {TYPOS} searches with a typo in the first ten");
    let beside = format!("p95 {}", millis(took.percentile(95)));
    table.add(row(&what, format!("{percent} %"), beside, "95 %".into(), percent >= 95));
    Ok(())
}

/// A word with a letter too many, too few or wrong, or with two letters in the wrong order.
fn with_typo(word: &str, chance: &mut SmallRng) -> String {
    let mut letters: Vec<char> = word.to_lowercase().chars().collect();
    let at = chance.random_range(0..letters.len() - 1);
    let letter = char::from(chance.random_range(b'a'..=b'z'));
    match chance.random_range(0..4) {
        0 => letters.insert(at, letter),
        1 => drop(letters.remove(at)),
        2 => letters[at] = letter,
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}
