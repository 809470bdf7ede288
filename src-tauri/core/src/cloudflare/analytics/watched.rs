//! The minutes for which videos were watched, by day (Cloudflare docs, “GraphQL Analytics API” of Stream). They are sampled, and the
//! days are those of UTC.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::retry::Repeat;
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Listed, Unfit};
use crate::domain::ids::VideoId;

/// The longest window of one query, in days.
pub const WINDOW_DAYS: u64 = 31;
/// For how many days Cloudflare keeps the minutes.
pub const KEPT_DAYS: u64 = 90;
/// The most minutes of a day that are believed: more than a million people around the clock.
pub(super) const DAY_MINUTES_MAX: f64 = 2e9;
/// The rows of one reply. A video has at most [`WINDOW_DAYS`] of them.
const ROWS: usize = 1_000;
/// The most replies of one window that are read.
const PAGES_MAX: usize = 100;

/// The minutes of one video on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The video. It may be one that was deleted since.
    pub video: VideoId,
    /// The day in UTC.
    pub day: NaiveDate,
    /// The minutes that were delivered to all viewers together.
    pub minutes: f64,
}

impl Entry for Watched {
    const WHAT: &'static str = "watched video";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let about = fields.within("dimensions", |about| Ok::<_, Unfit>((about.needed("uid")?, about.needed("date")?)));
        let (video, day) = about.ok_or(Unfit::lacks("dimensions"))??;
        let minutes = fields.within("sum", |sum| sum.number("minutesViewed")).flatten().unwrap_or(0.0);
        if minutes > DAY_MINUTES_MAX {
            return Err(Unfit::lacks("sum"));
        }
        Ok(Self { video, day, minutes })
    }
}

/// One reply: the rows of the only account that was asked about.
struct Rows(Option<Listed<Watched>>);

impl Entry for Rows {
    const WHAT: &'static str = "analytics of Stream";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let accounts = fields.within("viewer", |viewer| viewer.entries::<Account>("accounts")).flatten();
        Ok(Self(accounts.and_then(|accounts| accounts.items.into_iter().next()).and_then(|Account(rows)| rows)))
    }
}

struct Account(Option<Listed<Watched>>);

impl Entry for Account {
    const WHAT: &'static str = "account";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.entries("streamMinutesViewedAdaptiveGroups")))
    }
}

impl Client {
    /// The minutes for which videos were watched from `start` to the day before `end`, which is at most [`WINDOW_DAYS`] later. A
    /// video that nobody watched is absent.
    pub async fn watched(&self, start: NaiveDate, end: NaiveDate) -> Result<Vec<Watched>, Error> {
        let mut found: BTreeMap<(NaiveDate, VideoId), Watched> = BTreeMap::new();
        let mut after = String::new();
        for _ in 0..PAGES_MAX {
            let rows = self.watched_from(start, end, &after).await?;
            let (told, last) = (rows.told, rows.items.last().map(|row| row.video.to_string()));
            for row in rows.items {
                found.insert((row.day, row.video.clone()), row);
            }
            match last {
                // The next reply begins with all rows of the last video of this one.
                Some(last) if told >= ROWS && last != after => after = last,
                _ => return Ok(found.into_values().collect()),
            }
        }
        Err(Error::Unreadable { status: 200, why: "more pages than a window can have".into() })
    }

    /// One reply: the rows of the videos from `after` on; of all videos if it is empty.
    async fn watched_from(&self, start: NaiveDate, end: NaiveDate, after: &str) -> Result<Listed<Watched>, Error> {
        let (argument, from) = if after.is_empty() { ("", "") } else { (", $after: string!", ", uid_geq: $after") };
        let query = format!(
            "query Watched($accountTag: string!, $start: Date!, $end: Date!{argument}) {{ viewer {{ accounts(filter: {{accountTag: $accountTag}}) {{ \
             streamMinutesViewedAdaptiveGroups(filter: {{date_geq: $start, date_lt: $end{from}}}, orderBy: [uid_ASC], limit: {ROWS}) {{ \
             sum {{ minutesViewed }} dimensions {{ uid date }} }} }} }} }}"
        );
        let mut variables = json!({ "accountTag": self.account(), "start": start, "end": end });
        if !after.is_empty() {
            variables["after"] = json!(after);
        }
        let body = json!({ "query": query, "variables": variables });
        // It reads, so it may be repeated.
        let call =
            Call { repeat: Repeat::Safe, ..Call::post(Surface::Analytics, "/graphql", &body).changing_nothing() };
        let Rows(rows) = self.call(call).await?;
        rows.ok_or_else(|| Error::Unreadable { status: 200, why: "no rows of the account".into() })
    }
}

/// The windows in which the days from `first` to `last` are asked for, both included: each as its first day and the day after its
/// last one.
#[must_use]
pub fn windows(first: NaiveDate, last: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut all = Vec::new();
    let mut start = first;
    while start <= last {
        let after_last = last.checked_add_days(Days::new(1)).unwrap_or(last);
        let Some(end) = start.checked_add_days(Days::new(WINDOW_DAYS)) else { break };
        let end = end.min(after_last);
        all.push((start, end));
        start = end;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_has_at_most_31_days_and_no_day_is_asked_for_twice() {
        let all = windows(day("2026-09-01"), day("2026-11-29"));
        assert_eq!(
            all,
            [
                (day("2026-09-01"), day("2026-10-02")),
                (day("2026-10-02"), day("2026-11-02")),
                (day("2026-11-02"), day("2026-11-30")),
            ]
        );
        assert_eq!(windows(day("2026-11-29"), day("2026-11-29")), [(day("2026-11-29"), day("2026-11-30"))]);
        assert!(windows(day("2026-11-30"), day("2026-11-29")).is_empty());
    }
}
