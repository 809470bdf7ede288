//! Reads a recurrence rule and refuses what a class cannot follow, with a sentence for the field `rrule`.

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use crate::domain::invalid::Invalid;
use crate::domain::schedule::recurrence::{
    ByDay, COUNT_MAX, End, Frequency, INTERVAL_MAX, RULE_TEXT_MAX, Rule, Until, expansion,
};
use crate::domain::schedule::weekdays;

/// The most values of one part, for example days of the month.
const VALUES_MAX: usize = 100;
/// A rule to show with the next step.
const WRITE_IT: &str = "Write it as RFC 5545 has it, for example FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10.";

type Refused = (String, &'static str);

impl Rule {
    /// Reads a rule such as `FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10`, with or without `RRULE:` before it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        read(text).map_err(|(message, next)| Invalid::one("rrule", message, next))
    }
}

fn read(text: &str) -> Result<Rule, Refused> {
    let text = text.trim();
    if text.len() > RULE_TEXT_MAX {
        return Err((format!("The rule has {} bytes.", text.len()), "Use at most 1000."));
    }
    let text = text.to_ascii_uppercase();
    let parts: Vec<(&str, &str)> = text
        .strip_prefix("RRULE:")
        .unwrap_or(&text)
        .split(';')
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.split_once('=').ok_or_else(|| (format!("“{}” is not a part of a rule.", shown(part)), WRITE_IT))
        })
        .collect::<Result<_, _>>()?;
    if let Some((name, _)) = parts
        .iter()
        .enumerate()
        .find_map(|(index, part)| parts.iter().take(index).any(|(earlier, _)| *earlier == part.0).then_some(part))
    {
        return Err((format!("The rule says {} twice.", shown(name)), "Give each part once."));
    }
    let frequency = parts.iter().find(|(name, _)| *name == "FREQ").map(|(_, value)| frequency(value));
    let frequency = frequency.unwrap_or_else(|| Err(("The rule does not say how often.".into(), WRITE_IT)))?;
    let mut rule = Rule {
        frequency,
        interval: 1,
        end: End::Never,
        by_month: Vec::new(),
        by_week_no: Vec::new(),
        by_year_day: Vec::new(),
        by_month_day: Vec::new(),
        by_day: Vec::new(),
        by_set_pos: Vec::new(),
        week_start: Weekday::Mon,
    };
    for (name, value) in parts {
        set(&mut rule, name, value)?;
    }
    check(&rule)?;
    Ok(rule)
}

fn set(rule: &mut Rule, name: &str, value: &str) -> Result<(), Refused> {
    match name {
        "FREQ" => {}
        "INTERVAL" => rule.interval = number(name, value, &(1..=INTERVAL_MAX), "Choose an interval from 1 to 999.")?,
        "COUNT" | "UNTIL" if rule.end != End::Never => {
            return Err(("The rule has both COUNT and UNTIL.".into(), "Give one of them, not both."));
        }
        "COUNT" => rule.end = End::Count(number(name, value, &(1..=COUNT_MAX), "Choose a number from 1 to 1000.")?),
        "UNTIL" => rule.end = End::Until(until(value)?),
        "BYMONTH" => rule.by_month = values(name, value, 1..=12)?,
        "BYWEEKNO" => rule.by_week_no = values(name, value, -53..=53)?,
        "BYYEARDAY" => rule.by_year_day = values(name, value, -366..=366)?,
        "BYMONTHDAY" => rule.by_month_day = values(name, value, -31..=31)?,
        "BYSETPOS" => rule.by_set_pos = values(name, value, -366..=366)?,
        "BYDAY" => rule.by_day = pieces(name, value)?.into_iter().map(by_day).collect::<Result<_, _>>()?,
        "WKST" => {
            let refused =
                || (format!("“{}” is not a day of the week.", shown(value)), "Use MO, TU, WE, TH, FR, SA or SU.");
            rule.week_start = weekday(value).ok_or_else(refused)?;
        }
        "BYHOUR" | "BYMINUTE" | "BYSECOND" => return Err(within_a_day(name)),
        other => return Err((format!("“{}” is not a part of a rule.", shown(other)), WRITE_IT)),
    }
    Ok(())
}

fn within_a_day(what: &str) -> Refused {
    let message = format!("{what} would repeat the class within a day.");
    (message, "Plan a series of its own for each time of the day.")
}

fn frequency(value: &str) -> Result<Frequency, Refused> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err(within_a_day(value)),
        other => Err((
            format!("“{}” is not how often something repeats.", shown(other)),
            "Use DAILY, WEEKLY, MONTHLY or YEARLY.",
        )),
    }
}

fn until(value: &str) -> Result<Until, Refused> {
    let read = match value.len() {
        8 => NaiveDate::parse_from_str(value, "%Y%m%d").ok().map(Until::Date),
        15 => NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").ok().map(Until::Local),
        16 => NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ").ok().map(|utc| Until::Instant(utc.and_utc())),
        _ => None,
    };
    let refused = || (format!("“{}” is not a date.", shown(value)), "Write UNTIL=20261231, or UNTIL=20261231T180000Z.");
    read.ok_or_else(refused)
}

fn by_day(text: &str) -> Result<ByDay, Refused> {
    let refused = || {
        (
            format!("“{}” is not a day.", shown(text)),
            "Use MO, TU, WE, TH, FR, SA, SU, or a number before it: 2TU, -1FR.",
        )
    };
    let split = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at)).ok_or_else(refused)?;
    let (nth, day) = text.split_at(split);
    let weekday = weekday(day).ok_or_else(refused)?;
    if nth.is_empty() {
        return Ok(ByDay { nth: None, weekday });
    }
    let nth = nth.parse::<i16>().ok().filter(|nth| (1..=53).contains(&nth.abs())).ok_or_else(refused)?;
    Ok(ByDay { nth: Some(nth), weekday })
}

fn weekday(code: &str) -> Option<Weekday> {
    weekdays::ALL.into_iter().find(|day| weekdays::code(*day) == code)
}

fn number<T: std::str::FromStr + PartialOrd>(
    name: &str,
    value: &str,
    range: &std::ops::RangeInclusive<T>,
    next: &'static str,
) -> Result<T, Refused> {
    let number = value.parse::<T>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| (format!("{name}={} is not possible.", shown(value)), next))
}

fn pieces<'a>(name: &str, value: &'a str) -> Result<Vec<&'a str>, Refused> {
    let pieces: Vec<&str> = value.split(',').collect();
    if pieces.len() > VALUES_MAX {
        return Err((format!("{name} has {} values.", pieces.len()), "Use at most 100."));
    }
    Ok(pieces)
}

fn values<T: std::str::FromStr + PartialOrd + Default>(
    name: &str,
    value: &str,
    range: std::ops::RangeInclusive<T>,
) -> Result<Vec<T>, Refused> {
    let one = |piece: &str| {
        let value = piece.parse::<T>().ok().filter(|value| range.contains(value) && *value != T::default());
        value.ok_or_else(|| (format!("{name}={} is not possible.", shown(piece)), WRITE_IT))
    };
    pieces(name, value)?.into_iter().map(one).collect()
}

/// Refuses combinations that RFC 5545 §3.3.10 excludes.
fn check(rule: &Rule) -> Result<(), Refused> {
    let numbered = rule.by_day.iter().any(|day| day.nth.is_some());
    let by_week_no = !rule.by_week_no.is_empty();
    let refused = |message: &str, next| Err((message.to_owned(), next));
    let names_no_day = rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_year_day.is_empty();
    if !rule.by_set_pos.is_empty() && names_no_day && rule.by_month.is_empty() && !by_week_no {
        return refused("BYSETPOS chooses among days, and the rule names none.", "Add BYDAY or BYMONTHDAY.");
    }
    match rule.frequency {
        Frequency::Daily | Frequency::Weekly if numbered => {
            return refused(
                "Only months and years have a first or last Tuesday.",
                "Use FREQ=MONTHLY, or leave the number out.",
            );
        }
        Frequency::Yearly if numbered && by_week_no => {
            return refused("BYWEEKNO does not go with numbered days.", "Leave the number before the day out.");
        }
        Frequency::Weekly if !rule.by_month_day.is_empty() => {
            return refused("A week has no days of the month.", "Use FREQ=MONTHLY with BYMONTHDAY.");
        }
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly if by_week_no => {
            return refused("BYWEEKNO goes with years only.", "Use FREQ=YEARLY.");
        }
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly if !rule.by_year_day.is_empty() => {
            return refused("BYYEARDAY goes with years only.", "Use FREQ=YEARLY.");
        }
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => {}
    }
    // What is left is checked by the crate that counts, with any date.
    match expansion::refusal(rule, NaiveDateTime::default()) {
        None => Ok(()),
        Some(why) => {
            tracing::debug!(why, "a recurrence rule was refused");
            refused("The parts of the rule do not go together.", WRITE_IT)
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
