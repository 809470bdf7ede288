//! Gives a series another rule. The class of a week (of a month, of a year) moves to the day of the new rule in the same
//! period, with its people and its room, so that moving Tuesdays to Thursdays keeps every class.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::schedule::limits::START_HORIZON;
use crate::domain::schedule::recurrence::{Period, Rule};
use crate::domain::schedule::series::{MADE_AHEAD, Series, SeriesRefusal, SeriesSessions};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::schedule::start::Start;

/// The occurrences before and after, each with the one that takes its place.
pub(super) type Partners = BTreeMap<NaiveDateTime, NaiveDateTime>;

impl SeriesSessions {
    /// Gives a series another rule. `first` is the start that the rule was chosen for: “every week” of a class on a
    /// Tuesday means every Tuesday.
    ///
    /// What has begun or is over stays, and so does a class that was moved by hand. A class without a day in the new
    /// rule is cancelled, and a day without a class gets one.
    pub(super) fn repeat(
        &mut self,
        id: SeriesId,
        rule: Rule,
        first: NaiveDateTime,
        now: DateTime<Utc>,
    ) -> Result<(), SeriesRefusal> {
        let Some(was) = self.series.get(&id).cloned() else { return Ok(()) };
        let rule = rule.with_days_of(first);
        let period = |local: &NaiveDateTime| rule.period_of(local.date());
        let Some(begin) = was.new_beginning(&rule, now) else {
            let next = "Check the days and the end of the rule.";
            return Err(Invalid::one("rrule", "No class of this rule takes place within five years.", next).into());
        };
        let zone = was.zone();
        let start = Start::of_occurrence(begin, zone);
        let mut is = Series { rule: rule.clone(), plan: Plan { start, ..was.plan.clone() }, ..was.clone() };

        let earliest = period(&was.counts_from);
        let mut taken = self.places_of(&was, earliest, &rule);
        // Extra dates belong to no rule, so they stay.
        taken.retain(|local, _| !was.extra.contains(local));
        let extra: BTreeSet<NaiveDate> = was.extra.iter().map(NaiveDateTime::date).collect();
        let horizon = now.later(MADE_AHEAD).with_timezone(&zone).naive_local();
        let last = taken.keys().chain(&was.exceptions).max().map_or(horizon, |last| horizon.max(*last));
        let last = end_of_period(last, &rule);
        let ends_before = was.ends_before;
        let new: Vec<NaiveDateTime> = rule
            .starts(begin, zone, last)
            .map(|start| start.local())
            .filter(|local| period(local) >= earliest && ends_before.is_none_or(|end| *local < end))
            .filter(|local| !extra.contains(&local.date()))
            .collect();
        let old: BTreeSet<NaiveDateTime> =
            taken.keys().chain(was.exceptions.iter().filter(|local| period(local) >= earliest)).copied().collect();
        let partners = partners(&old, &new, &rule);

        let first_of = partners.iter().filter(|(old, _)| **old >= was.counts_from).map(|(_, new)| *new).min();
        is.counts_from = first_of.map_or(was.counts_from, |first| first.min(was.counts_from));
        is.exceptions = was.exceptions.iter().filter_map(|local| partners.get(local).copied()).collect();
        for (local, session) in &taken {
            let to = partners.get(local).copied();
            let Some(session) = self.sessions.get_mut(session) else { continue };
            let to = match to.map(|to| Start::of_occurrence(to, zone)) {
                _ if !is_open(session, now) || session.series.is_none_or(|place| place.series != id) => {
                    // Its day of the new rule is taken, so no class is made for it.
                    is.exceptions.extend(to.filter(|to| to.date() != local.date()));
                    continue;
                }
                // The day of the new rule is over, so the class stays where it is.
                Some(to) if to.instant() <= now => continue,
                other => other,
            };
            let moved = session.is_moved();
            *session = match to {
                Some(to) => {
                    let start = if moved || to.local() == *local { session.plan.start } else { to };
                    let plan = Plan { start, ..session.plan.clone() };
                    let place = SeriesPlace { series: id, occurrence: to.local() };
                    Session { series: Some(place), ..session.clone().with_plan(plan, now)? }
                }
                None if moved || session.state.phase() != SessionPhase::Scheduled => continue,
                None => session.clone().cancel(now)?,
            };
        }
        let used: BTreeSet<NaiveDateTime> = partners.into_values().collect();
        self.make_on(&is, new.into_iter().filter(|local| !used.contains(local)), now);
        self.series.insert(id, is);
        Ok(())
    }

    /// Returns the occurrences that have sessions, from the period `earliest` on. The days before a split belong to
    /// another series and are among them.
    fn places_of(&self, series: &Series, earliest: Period, rule: &Rule) -> BTreeMap<NaiveDateTime, SessionId> {
        let places = self.sessions.values().filter_map(|session| {
            let place = session.series?;
            let counts = place.series == series.id || place.occurrence < series.counts_from;
            (counts && rule.period_of(place.occurrence.date()) >= earliest).then_some((place.occurrence, session.id))
        });
        places.collect()
    }

    /// Makes sessions on those of the days that lie ahead and belong to the series.
    pub(super) fn make_on(&mut self, series: &Series, days: impl Iterator<Item = NaiveDateTime>, now: DateTime<Utc>) {
        for local in days {
            let start = Start::of_occurrence(local, series.zone());
            if start.instant() > now && series.spans(local) && !series.exceptions.contains(&local) {
                let session = series.class_at(start, now);
                self.sessions.insert(session.id, session);
            }
        }
    }

    /// Makes the sessions of a series that are missing before its last one. A series that got its rule back needs them.
    pub(super) fn make_missing(&mut self, id: SeriesId, from: NaiveDateTime, now: DateTime<Utc>) {
        let Some(series) = self.series.get(&id).cloned() else { return };
        let places: BTreeSet<NaiveDate> = self.sessions.values().filter_map(|session| series.day_of(session)).collect();
        let Some(last) = places.last().copied() else { return };
        let missing: Vec<NaiveDateTime> = series
            .starts(now)
            .map(|start| start.local())
            .take_while(|local| local.date() < last)
            .filter(|local| *local > from && !places.contains(&local.date()))
            .collect();
        self.make_on(&series, missing.into_iter(), now);
    }
}

impl Series {
    /// Returns the first occurrence of a new rule: the one that takes the place of the first occurrence so far.
    fn new_beginning(&self, rule: &Rule, now: DateTime<Utc>) -> Option<NaiveDateTime> {
        let (origin, zone) = (self.plan.start.local(), self.zone());
        let horizon = now.later(START_HORIZON).with_timezone(&zone).naive_local();
        let endless = rule.clone().without_end();
        let from = endless.period_start(origin.date()).and_time(origin.time());
        let end = end_of_period(origin, rule);
        let old: BTreeSet<NaiveDateTime> =
            self.rule.clone().without_end().starts(origin, zone, end).map(|start| start.local()).collect();
        let new: Vec<NaiveDateTime> = endless.starts(from, zone, end).map(|start| start.local()).collect();
        let partner = partners(&old, &new, rule).into_values().min();
        let later = || endless.starts(from, zone, horizon).map(|start| start.local()).find(|local| *local >= origin);
        let begin = partner.or_else(later)?;
        // The end of the rule may leave nothing.
        rule.starts(begin, zone, horizon).next().map(|_| begin)
    }
}

pub(super) fn is_open(session: &Session, now: DateTime<Utc>) -> bool {
    matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled) && session.plan.end() > now
}

fn end_of_period(local: NaiveDateTime, rule: &Rule) -> NaiveDateTime {
    let period = rule.period_of(local.date());
    let mut end = local.date();
    while let Some(next) = end.checked_add_days(Days::new(1)).filter(|next| rule.period_of(*next) == period) {
        end = next;
    }
    end.and_hms_opt(23, 59, 59).unwrap_or(local)
}

/// Pairs old and new occurrences: first those of one day, then the others of each period in their order.
pub(super) fn partners(old: &BTreeSet<NaiveDateTime>, new: &[NaiveDateTime], rule: &Rule) -> Partners {
    let by_day: BTreeMap<NaiveDate, NaiveDateTime> = new.iter().map(|local| (local.date(), *local)).collect();
    let mut pairs: Partners = old.iter().filter_map(|local| Some((*local, *by_day.get(&local.date())?))).collect();
    let used: BTreeSet<NaiveDateTime> = pairs.values().copied().collect();
    let mut free: BTreeMap<Period, Vec<NaiveDateTime>> = BTreeMap::new();
    for local in new.iter().rev().filter(|local| !used.contains(local)) {
        free.entry(rule.period_of(local.date())).or_default().push(*local);
    }
    for local in old {
        if !pairs.contains_key(local)
            && let Some(to) = free.get_mut(&rule.period_of(local.date())).and_then(Vec::pop)
        {
            pairs.insert(*local, to);
        }
    }
    pairs
}
