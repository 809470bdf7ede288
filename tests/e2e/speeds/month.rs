//! Measures a month with a thousand classes: from the press of its button until its frame was drawn.

use std::time::Duration;

use serde_json::json;

use super::list::{PRESS_TIME_SCRIPT, number};
use super::table::Table;
use super::{at_most, conclude, desktop, hajime, median};
use crate::support::standalone::Standalone;

const CLASSES: u32 = 1_000;
/// Runs of the measurement; the median counts.
const RUNS: usize = 5;

/// JavaScript that returns the month after the present one, as `2026-12`.
const NEXT_MONTH_SCRIPT: &str = r"
    const [, done] = arguments;
    const now = new Date();
    done(new Date(Date.UTC(now.getFullYear(), now.getMonth() + 1, 1)).toISOString().slice(0, 7));
";

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench window`"]
async fn measures_a_month_with_1_000_classes() {
    let mut table = Table::default();
    let desktop = desktop().await;
    let cloud = Standalone::start_without_limits("1").await;
    let window = hajime(&desktop, "bench-month", &cloud).open().await;
    let page = &window.page;
    page.see("view-today").await;
    let month = page.run_async(NEXT_MONTH_SCRIPT, json!(null)).await;
    let month = month.as_str().expect("a month").to_owned();
    for number in 0..CLASSES {
        let day = format!("{month}-{:02}", number % 28 + 1);
        let input = json!({
            "title": format!("Class {number}"), "instructor": format!("Teacher {}", number % 9),
            "start_local": format!("{day}T{:02}:{:02}", 7 + number / 28 % 14, number % 4 * 15),
            "timezone": "UTC", "duration_minutes": 45, "record": true, "quality": "720p", "max_participants": 20,
        });
        page.ask("session_create", json!({ "input": input })).await;
    }
    page.press("nav-schedule").await;
    page.press("show-month").await;
    page.see("month").await;
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        page.press("this-week").await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        let next = json!({ "press": "[data-testid=next-week]", "see": ["[data-testid=month] .more"] });
        full.push(self::number(page, PRESS_TIME_SCRIPT, next).await);
        tokio::time::sleep(Duration::from_millis(800)).await;
        // The month after it begins with days of this one. The one after that has no class.
        page.press("next-week").await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        let after = json!({
            "press": "[data-testid=next-week]", "see": ["[data-testid=month]"], "gone": "[data-testid=month] .more",
        });
        empty.push(self::number(page, PRESS_TIME_SCRIPT, after).await);
        tokio::time::sleep(Duration::from_millis(800)).await;
    }
    let (full, empty) = (median(full), median(empty));
    let beside = format!("{:.1} × a month without classes, {empty:.0} ms", full / empty);
    table.add(at_most("a month with 1,000 classes", full, "ms", beside, 100.0));
    window.close().await;
    conclude(&table);
}
