//! A rule in plain English, for example “every Tuesday and Thursday, 10 times”.

use chrono::{Datelike as _, Month, NaiveDateTime, Weekday};
use chrono_tz::Tz;

use crate::domain::schedule::recurrence::{ByDay, End, Frequency, Rule, Until};
use crate::domain::schedule::weekdays;

const WORKING_DAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

impl Rule {
    /// Returns the rule as people say it. `first` is where it begins to count: “every week” of a class on a Tuesday
    /// means every Tuesday.
    #[must_use]
    pub fn sentence(&self, first: NaiveDateTime, zone: Tz) -> String {
        let rule = match self.frequency {
            Frequency::Daily => self.daily(),
            Frequency::Weekly => self.weekly(first),
            Frequency::Monthly => self.monthly(first),
            Frequency::Yearly => self.yearly(first),
        };
        match self.end {
            End::Never => rule,
            End::Count(1) => format!("{rule}, once"),
            End::Count(count) => format!("{rule}, {count} times"),
            End::Until(until) => {
                let date = match until {
                    Until::Date(date) => date,
                    Until::Local(local) => local.date(),
                    Until::Instant(at) => at.with_timezone(&zone).date_naive(),
                };
                format!("{rule}, until {}", date.format("%-d %B %Y"))
            }
        }
    }

    fn every(&self, one: &str, many: &str) -> String {
        if self.interval == 1 { format!("every {one}") } else { format!("every {} {many}", self.interval) }
    }

    fn in_months(&self) -> String {
        if self.by_month.is_empty() {
            String::new()
        } else {
            format!(" in {}", and(self.by_month.iter().copied().map(month)))
        }
    }

    fn of_several(&self, days: String) -> String {
        if self.by_set_pos.is_empty() {
            return days;
        }
        format!("the {} of {days}", and(self.by_set_pos.iter().map(|position| ordinal(*position))))
    }

    fn daily(&self) -> String {
        let mut sentence = self.every("day", "days");
        if !self.by_day.is_empty() {
            sentence = match self.interval {
                1 => format!("every {}", self.days("and")),
                _ => format!("{sentence} if it is a {}", self.days("or")),
            };
        }
        if !self.by_month_day.is_empty() {
            sentence = format!("{sentence} on {}", self.days_of_month());
        }
        format!("{sentence}{}", self.in_months())
    }

    fn weekly(&self, first: NaiveDateTime) -> String {
        let days = if self.by_day.is_empty() { weekdays::name(first.weekday()).to_owned() } else { self.days("and") };
        let days = self.of_several(days);
        let sentence = match (self.interval, self.by_set_pos.is_empty()) {
            (1, true) => format!("every {days}"),
            _ => format!("{} on {days}", self.every("week", "weeks")),
        };
        format!("{sentence}{}", self.in_months())
    }

    fn monthly(&self, first: NaiveDateTime) -> String {
        let days = match (self.by_month_day.is_empty(), self.by_day.is_empty()) {
            (true, true) => format!("day {}", first.day()),
            (false, true) => self.days_of_month(),
            (true, false) => self.days("and"),
            (false, false) => format!("{} if it is a {}", self.days_of_month(), self.days("or")),
        };
        format!("{} on {}{}", self.every("month", "months"), self.of_several(days), self.in_months())
    }

    fn yearly(&self, first: NaiveDateTime) -> String {
        let every = self.every("year", "years");
        let mut days = Vec::new();
        if !self.by_year_day.is_empty() {
            let one = |day: &i16| match day {
                1.. => format!("day {day} of the year"),
                _ => format!("the {} day of the year", ordinal(i32::from(*day))),
            };
            days.push(format!("on {}", and(self.by_year_day.iter().map(one))));
        }
        if !self.by_week_no.is_empty() {
            let weeks = and(self.by_week_no.iter().map(|week| match week {
                1.. => format!("week {week}"),
                _ => format!("the {} week", ordinal(i32::from(*week))),
            }));
            days.push(format!("in {weeks}"));
        }
        if !self.by_month_day.is_empty() {
            days.push(format!("on {}", self.days_of_month()));
        }
        match (self.by_day.is_empty(), days.is_empty()) {
            (true, true) => days.push(format!("on day {}", first.day())),
            (false, true) => days.push(format!("on {}", self.of_several(self.days("and")))),
            (false, false) => {
                days.push(format!("on {}", self.days(if self.by_week_no.is_empty() { "or" } else { "and" })));
            }
            (true, false) => {}
        }
        // The year of a rule without another part has the month of its first class.
        let bare = self.by_month.is_empty() && self.by_day.is_empty() && self.by_month_day.is_empty();
        let bare = bare && self.by_year_day.is_empty() && self.by_week_no.is_empty();
        let months = if bare { format!(" in {}", first.format("%B")) } else { self.in_months() };
        format!("{every} {}{months}", days.join(" "))
    }

    fn days(&self, word: &str) -> String {
        let plain: Vec<Weekday> = self.by_day.iter().filter(|day| day.nth.is_none()).map(|day| day.weekday).collect();
        if self.by_day.len() == WORKING_DAYS.len() && WORKING_DAYS.iter().all(|day| plain.contains(day)) {
            return "day from Monday to Friday".into();
        }
        join(self.by_day.iter().copied().map(day), word)
    }

    fn days_of_month(&self) -> String {
        and(self.by_month_day.iter().map(|day| match day {
            1.. => format!("day {day}"),
            _ => format!("the {} day", ordinal(i32::from(*day))),
        }))
    }
}

fn day(day: ByDay) -> String {
    match day.nth {
        None => weekdays::name(day.weekday).to_owned(),
        Some(nth) => format!("the {} {}", ordinal(i32::from(nth)), weekdays::name(day.weekday)),
    }
}

fn and(all: impl Iterator<Item = String>) -> String {
    join(all, "and")
}

fn join(all: impl Iterator<Item = String>, word: &str) -> String {
    let mut all: Vec<String> = all.collect();
    match all.pop() {
        None => String::new(),
        Some(last) if all.is_empty() => last,
        Some(last) => format!("{} {word} {last}", all.join(", ")),
    }
}

fn ordinal(number: i32) -> String {
    let positive = number.unsigned_abs();
    let word = match positive {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        _ if (11..=13).contains(&(positive % 100)) => format!("{positive}th"),
        _ => format!("{positive}{}", ["th", "st", "nd", "rd"].get(positive as usize % 10).unwrap_or(&"th")),
    };
    match number {
        1.. => word,
        -1 => "last".into(),
        _ => format!("{word} last"),
    }
}

fn month(number: u8) -> String {
    Month::try_from(number).map_or("", |month| month.name()).to_owned()
}
