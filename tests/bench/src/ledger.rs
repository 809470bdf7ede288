//! Measures the ledger with a million entries, and the signing of links beside `openssl speed`.

use std::process::Command;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hajime_core::domain::sharing::ledger::anchor::{Anchor, Anchored};
use hajime_core::domain::sharing::ledger::row::{Filter, Place};
use hajime_core::domain::sharing::ledger::{Act, Entry, Fingerprint, LedgerKey};
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::signing::{PlaybackClaims, PlaybackKey};
use hajime_core::store::{Signer, Store};
use secrecy::SecretString;

use crate::api::Failure;
use crate::table::{Row, Table, Times, millis};

const ROWS: u32 = 1_000_000;
/// How many rows are written in one transaction.
const ROWS_PER_CHANGE: u32 = 20_000;
const PAGES: i64 = 200;
const LEAST_ROWS_PER_SECOND: f64 = 200_000.0;
const LONGEST_PAGE: Duration = Duration::from_millis(10);
/// How long both programs sign.
const SIGNING_TIME: Duration = Duration::from_secs(3);
/// The share of the signatures of openssl that Hajime must reach.
const LEAST_SHARE: f64 = 0.8;

pub(crate) fn run(table: &mut Table) {
    for measured in [rows(table), signatures(table)] {
        if let Err(failure) = measured {
            table.add(row(&failure.to_string(), "none".into(), String::new(), "", false));
        }
    }
}

fn row(what: &str, figure: String, beside: String, mark: &str, reached: bool) -> Row {
    Row { what: format!("ledger: {what}"), figure, beside, mark: mark.into(), reached }
}

fn rows(table: &mut Table) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let key = LedgerKey::of_bytes(&[7; 32]);
    let begun: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
    let mut end: Option<Anchor> = None;
    for part in 0..ROWS / ROWS_PER_CHANGE {
        let entries: Vec<Entry> = (0..ROWS_PER_CHANGE).map(|n| entry(begun, part * ROWS_PER_CHANGE + n)).collect();
        let signer = Signer { desk: "desk", key: Some(&key), anchor: end, now: begun, os_user: "" };
        end = Some(store.write_ledger(signer, &entries)?);
    }
    let anchored = end.map_or(Anchored::Never, Anchored::At);
    let started = Instant::now();
    let reports = store.check_ledger("desk", Some(&key), anchored)?;
    let speed = f64::from(ROWS) / started.elapsed().as_secs_f64();
    if !reports.first().is_some_and(|report| report.is_sound() && report.rows == i64::from(ROWS)) {
        return Err(format!("the check found {reports:?}").into());
    }
    let mark = format!("≥ {LEAST_ROWS_PER_SECOND:.0} rows/s");
    let reached = speed >= LEAST_ROWS_PER_SECOND;
    table.add(row("a million entries checked", format!("{speed:.0} rows/s"), String::new(), &mark, reached));

    let now = begun + TimeDelta::seconds(i64::from(ROWS));
    let links = Filter { act: Some(Act::LinkMade), ..Filter::default() };
    let soon = Filter { ends_soon: true, ..Filter::default() };
    for (what, filter) in [("a page", Filter::default()), ("a page of links", links), ("links that end soon", soon)] {
        let mut times = Times::default();
        for page in 0..PAGES {
            // Pages from everywhere in the ledger.
            let behind = i64::from(ROWS) * page / PAGES;
            let at = (now - TimeDelta::seconds(behind)).timestamp_millis();
            let after = (!filter.ends_soon).then_some(Place { at, seq: i64::MAX });
            let started = Instant::now();
            store.ledger(&filter, after, 100, now)?;
            times.since(started);
        }
        let p95 = times.percentile(95);
        table.add(row(
            &format!("{what} of a million, p95"),
            millis(p95),
            String::new(),
            "≤ 10 ms",
            p95 <= LONGEST_PAGE,
        ));
    }
    Ok(())
}

/// An entry a second: mostly links, as a large desk writes them.
fn entry(begun: DateTime<Utc>, n: u32) -> Entry {
    let at = begun + TimeDelta::seconds(i64::from(n));
    let act = if n.is_multiple_of(4) { Act::Played } else { Act::LinkMade };
    Entry {
        expires_at: Some(at + TimeDelta::hours(i64::from(n % 24) + 1)),
        rights: (act == Act::LinkMade).then(|| Rights::to_watch(n % 8 == 1)),
        fingerprint: Some(Fingerprint::of(&n.to_string())),
        kid: "3f0c1d2e4b5a69788796a5b4c3d2e1f0".parse().ok(),
        video: "ea95132c15732412d22c1476fa83f27a".parse().ok(),
        recording: "0193a002-0000-7000-8000-000000000001".parse().ok(),
        session: "0193a002-0000-7000-8000-000000000002".parse().ok(),
        ..Entry::new(act, at, "office")
    }
}

fn signatures(table: &mut Table) -> Result<(), Failure> {
    let key = output(Command::new("openssl").args(["genrsa", "-traditional", "2048"]))?;
    let key = PlaybackKey::from_pem("bench".parse()?, &SecretString::from(key))?;
    let issued_at: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
    let claims = PlaybackClaims {
        video: "ea95132c15732412d22c1476fa83f27a".parse()?,
        issued_at,
        expires_at: issued_at + TimeDelta::hours(24),
        rights: Rights::to_watch(false),
    };
    let (started, mut made) = (Instant::now(), 0_u32);
    while started.elapsed() < SIGNING_TIME {
        key.sign(&claims)?;
        made += 1;
    }
    let ours = f64::from(made) / started.elapsed().as_secs_f64();
    let seconds = SIGNING_TIME.as_secs().to_string();
    let said = output(Command::new("openssl").args(["speed", "-mr", "-seconds", &seconds, "rsa2048"]))?;
    // `+F2:2:2048:SIGNATURES_PER_SECOND:CHECKS_PER_SECOND`
    let line = said.lines().find(|line| line.starts_with("+F2:")).ok_or("openssl speed has no line of RSA")?;
    let theirs: f64 = line.split(':').nth(3).ok_or("openssl speed has no number of signatures")?.parse()?;
    let share = ours / theirs;
    let beside = format!("openssl {theirs:.0}/s");
    let figure = format!("{ours:.0}/s, {:.0} %", share * 100.0);
    table.add(row("links signed on one core", figure, beside, "≥ 80 % of openssl", share >= LEAST_SHARE));
    Ok(())
}

fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
