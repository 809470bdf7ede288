//! The rules that most classes have, every day and every week, by plain arithmetic on dates: `rrule` takes much
//! longer. A test compares both.

use chrono::{Datelike as _, Days, NaiveDateTime, Weekday};

use crate::domain::schedule::recurrence::{End, Frequency, Rule};

const DAYS_PER_WEEK: u64 = 7;

/// Returns the wall-clock times of a rule from `first` to `last`, both included; `None` for a rule that is not plain.
pub(super) fn wall_clocks(
    rule: &Rule,
    first: NaiveDateTime,
    last: NaiveDateTime,
) -> Option<impl Iterator<Item = NaiveDateTime> + use<>> {
    if rule.interval == 0 || !is_plain(rule) {
        return None;
    }
    let interval = u64::from(rule.interval);
    // The days of a period, counted from its first day.
    let (start, step, days) = match rule.frequency {
        Frequency::Daily => (first.date(), interval, vec![0]),
        Frequency::Weekly => {
            let since = |weekday: Weekday| u64::from(weekday.days_since(rule.week_start));
            let own = since(first.weekday());
            let mut days: Vec<u64> = rule.by_day.iter().map(|day| since(day.weekday)).collect();
            if days.is_empty() {
                days.push(own);
            }
            days.sort_unstable();
            days.dedup();
            let start = first.date().checked_sub_days(Days::new(own))?;
            (start, interval.saturating_mul(DAYS_PER_WEEK), days)
        }
        Frequency::Monthly | Frequency::Yearly => return None,
    };
    let time = first.time();
    let (mut period, mut next) = (Some(start), 0_usize);
    let dates = std::iter::from_fn(move || {
        loop {
            let begins = period?;
            if let Some(day) = days.get(next) {
                next = next.saturating_add(1);
                return begins.checked_add_days(Days::new(*day));
            }
            (period, next) = (begins.checked_add_days(Days::new(step)), 0);
        }
    });
    let all = dates
        .map(move |date| date.and_time(time))
        .skip_while(move |local| *local < first)
        .take_while(move |local| *local <= last);
    let count = match rule.end {
        End::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
        End::Never | End::Until(_) => usize::MAX,
    };
    Some(all.take(count))
}

/// Whether only the interval and days of the week say on which days the rule falls.
fn is_plain(rule: &Rule) -> bool {
    let no_parts = rule.by_month.is_empty()
        && rule.by_week_no.is_empty()
        && rule.by_year_day.is_empty()
        && rule.by_month_day.is_empty()
        && rule.by_set_pos.is_empty();
    let days = match rule.frequency {
        Frequency::Daily => rule.by_day.is_empty(),
        Frequency::Weekly => rule.by_day.iter().all(|day| day.nth.is_none()),
        Frequency::Monthly | Frequency::Yearly => false,
    };
    no_parts && days
}
