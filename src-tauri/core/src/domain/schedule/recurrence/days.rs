//! The days and periods of a rule, for changing one rule into another.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, Weekday};

use crate::domain::invalid::Invalid;
use crate::domain::schedule::recurrence::{ByDay, End, Frequency, Rule};

/// The week, month or year of a day, which a rule repeats in. Periods sort by time.
pub type Period = (i32, u32);

impl Rule {
    /// Returns the rule with the days written out that it otherwise takes from its first class: “every week” of a class
    /// on a Tuesday becomes “every Tuesday”.
    #[must_use]
    pub fn with_days_of(mut self, first: NaiveDateTime) -> Self {
        let whole = self.by_day.is_empty() && self.by_month_day.is_empty();
        let whole = whole && self.by_year_day.is_empty() && self.by_week_no.is_empty();
        let day_of_month = i8::try_from(first.day()).unwrap_or(1);
        match self.frequency {
            Frequency::Weekly if self.by_day.is_empty() => {
                self.by_day = vec![ByDay { nth: None, weekday: first.weekday() }];
            }
            Frequency::Monthly if whole => self.by_month_day = vec![day_of_month],
            Frequency::Yearly if whole => {
                if self.by_month.is_empty() {
                    self.by_month = vec![u8::try_from(first.month()).unwrap_or(1)];
                }
                self.by_month_day = vec![day_of_month];
            }
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => {}
        }
        self
    }

    /// Returns the rule with one day of the week in the place of another; `None` where it is no weekly rule with the
    /// first of them, or has the second one already.
    #[must_use]
    pub fn with_weekday_moved(&self, from: Weekday, to: Weekday) -> Option<Self> {
        let has = |weekday| self.by_day.iter().any(|day| day.weekday == weekday);
        let fits = self.frequency == Frequency::Weekly && self.by_set_pos.is_empty() && has(from) && !has(to);
        fits.then(|| {
            let moved = |day: &ByDay| if day.weekday == from { ByDay { nth: day.nth, weekday: to } } else { *day };
            Self { by_day: self.by_day.iter().map(moved).collect(), ..self.clone() }
        })
    }

    /// Returns the rule with other days of the week, given as `TU,TH`.
    pub fn with_weekdays(&self, days: &str) -> Result<Self, Invalid> {
        if !matches!(self.frequency, Frequency::Weekly | Frequency::Daily) {
            let message = "The series does not repeat by days of the week.";
            return Err(Invalid::one("rrule", message, "Give the whole rule instead."));
        }
        let bare = Self { by_day: Vec::new(), ..self.clone() };
        Self::parse(&format!("{bare};BYDAY={days}"))
    }

    /// Returns the rule without its end.
    #[must_use]
    pub fn without_end(self) -> Self {
        Self { end: End::Never, ..self }
    }

    /// Returns the period that a day lies in. Rules of days count in weeks.
    #[must_use]
    pub fn period_of(&self, date: NaiveDate) -> Period {
        match self.frequency {
            Frequency::Daily | Frequency::Weekly => {
                let week = date.week(self.week_start).checked_first_day().unwrap_or(date);
                (week.year(), week.ordinal())
            }
            Frequency::Monthly => (date.year(), date.month()),
            Frequency::Yearly => (date.year(), 0),
        }
    }

    /// Returns the first day from which the rule may count so that its intervals stay where they are: that of the period
    /// of `date`, and for a rule of days `date` itself.
    #[must_use]
    pub fn period_start(&self, date: NaiveDate) -> NaiveDate {
        let days_in = match self.frequency {
            Frequency::Daily => 0,
            Frequency::Weekly => date.weekday().days_since(self.week_start),
            Frequency::Monthly => date.day0(),
            Frequency::Yearly => date.ordinal0(),
        };
        date.checked_sub_days(Days::new(days_in.into())).unwrap_or(date)
    }
}
