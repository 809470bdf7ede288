//! Makes a series follow what its event in another calendar says now.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::series::rule_change::{is_open, partners};
use crate::domain::schedule::series::{MADE_AHEAD, Series, SeriesSessions};
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, Session, SessionPhase};
use crate::domain::schedule::start::Start;

impl SeriesSessions {
    /// Puts `wanted` in the place of the series with its id. A class keeps its day or moves to the new day of its week (its
    /// month, its year), with its people and its room. One without a day in the series is cancelled, and a day without a class
    /// gets one. What has begun or is over stays, and so does the time of a class that was moved by hand.
    ///
    /// A cancelled class on a day of `restored` takes place again.
    pub fn follow(
        mut self,
        wanted: Series,
        restored: &BTreeSet<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Result<Self, SessionRefusal> {
        let Some(was) = self.series.get(&wanted.id).cloned() else { return Ok(self) };
        let zone = wanted.zone();
        let classes: Vec<(NaiveDateTime, Session)> = self
            .sessions
            .values()
            .filter_map(|session| {
                Some((session.series.filter(|place| place.series == was.id)?.occurrence, session.clone()))
            })
            .collect();
        let horizon = now.later(MADE_AHEAD).with_timezone(&zone).naive_local();
        let last = classes.iter().map(|(local, _)| *local).max().map_or(horizon, |last| last.max(horizon));
        let days: Vec<NaiveDateTime> = wanted.starts_with_exceptions(last).map(|start| start.local()).collect();
        let taken: BTreeSet<NaiveDateTime> = classes.iter().map(|(local, _)| *local).collect();
        let partners = partners(&taken, &days, &wanted.rule);
        let mut wanted = wanted;
        let mut used = BTreeSet::new();
        for (local, session) in classes {
            let to = partners.get(&local).copied();
            used.extend(to);
            if !is_open(&session, now) {
                // Its day is taken, so no class is made for it.
                wanted.exceptions.extend(to.filter(|to| to.date() != local.date()));
                continue;
            }
            let follows = session.clone().shifted(&was, &wanted, &was.plan, &wanted.plan, now)?;
            let id = session.id;
            let followed = match to {
                Some(to) => {
                    let start = if session.is_moved() { session.plan.start } else { Start::of_occurrence(to, zone) };
                    let plan = Plan { start, ..follows.plan.clone() };
                    let place = SeriesPlace { series: wanted.id, occurrence: to };
                    let placed = Session { series: Some(place), ..follows.with_plan(plan, now)? };
                    let is_cancelled = placed.state.phase() == SessionPhase::Cancelled;
                    if wanted.exceptions.contains(&to) && !is_cancelled {
                        placed.cancel(now)?
                    } else if is_cancelled && restored.contains(&local.date()) && !wanted.exceptions.contains(&to) {
                        placed.restore(now)?
                    } else {
                        placed
                    }
                }
                None if session.is_moved() || session.state.phase() == SessionPhase::Cancelled => follows,
                None => follows.cancel(now)?,
            };
            self.sessions.insert(id, followed);
        }
        self.make_on(&wanted, days.into_iter().filter(|local| !used.contains(local)), now);
        self.series.insert(wanted.id, wanted);
        Ok(self)
    }
}
