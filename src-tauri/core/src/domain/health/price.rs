//! The prices of Cloudflare, dated, with where they come from. A person may set others.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::invalid::{FieldError, Invalid};

/// Something that Cloudflare charges by the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceName {
    /// Minutes that are stored at Stream, for a month. They are paid in advance.
    Stored,
    /// Minutes that Stream delivers to viewers.
    Watched,
    /// Minutes of a person in a room of RealtimeKit.
    Room,
    /// Minutes that RealtimeKit records.
    Recording,
}

/// What of the prices is known from Cloudflare's documentation.
struct Known {
    name: &'static str,
    label: &'static str,
    per: &'static str,
    microdollars: u64,
    source: &'static str,
}

impl PriceName {
    /// Every price.
    pub const ALL: [Self; 4] = [Self::Stored, Self::Watched, Self::Room, Self::Recording];

    const fn known(self) -> Known {
        match self {
            Self::Stored => Known {
                name: "stored",
                label: "Storage at Stream",
                per: "1,000 minutes stored, a month, paid in advance",
                microdollars: 5_000_000,
                source: "Cloudflare Stream docs, “Pricing”",
            },
            Self::Watched => Known {
                name: "watched",
                label: "Watching at Stream",
                per: "1,000 minutes watched",
                microdollars: 1_000_000,
                source: "Cloudflare Stream docs, “Pricing”",
            },
            Self::Room => Known {
                name: "room",
                label: "People in rooms",
                per: "1,000 minutes of a person in a room",
                microdollars: 0,
                source: "Cloudflare RealtimeKit docs, “Pricing”: free in the beta. Announced are $2.00 ($0.50 with sound alone), from a day that is not known yet",
            },
            Self::Recording => Known {
                name: "recording",
                label: "Recording of rooms",
                per: "1,000 minutes recorded",
                microdollars: 0,
                source: "Cloudflare RealtimeKit docs, “Pricing”: free in the beta. Announced are $10.00 ($3.00 with sound alone), from a day that is not known yet",
            },
        }
    }

    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.known().name
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.known().label
    }

    /// What the price is for.
    #[must_use]
    pub const fn per(self) -> &'static str {
        self.known().per
    }
}

impl FromStr for PriceName {
    type Err = Invalid;

    fn from_str(word: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|price| price.name() == word).ok_or_else(|| {
            let word: String = word.chars().take(20).collect();
            Invalid::one("name", format!("“{word}” is no price."), "Choose stored, watched, room or recording.")
        })
    }
}

/// Dollars for a thousand minutes, counted in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(u64);

impl Rate {
    const MICRODOLLARS_OF_CENT: f64 = 10_000.0;
    /// The highest price: $10,000 for a thousand minutes.
    const MAX: u64 = 10_000_000_000;

    /// Returns a price in cents for a thousand minutes; `None` for a negative one and one that nobody pays.
    #[must_use]
    pub fn of_cents(cents: f64) -> Option<Self> {
        let microdollars = (cents * Self::MICRODOLLARS_OF_CENT).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the bounds that are checked"
        )]
        (0.0..=1e10).contains(&microdollars).then_some(Self(microdollars as u64))
    }

    /// Returns the cents for a thousand minutes.
    #[must_use]
    pub fn cents(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most MAX, far below 2^52")]
        let microdollars = self.0.min(Self::MAX) as f64;
        microdollars / Self::MICRODOLLARS_OF_CENT
    }

    /// Returns the cents for a number of minutes.
    #[must_use]
    pub fn cents_of(self, minutes: f64) -> f64 {
        self.cents() * minutes / 1_000.0
    }

    /// Whether it costs nothing.
    #[must_use]
    pub const fn is_free(self) -> bool {
        self.0 == 0
    }
}

/// A price that a person set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPrice {
    /// What it is for.
    pub name: PriceName,
    /// The price.
    pub rate: Rate,
    /// The first day on which it counts.
    pub from: NaiveDate,
}

/// A price, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What it is for.
    pub name: PriceName,
    /// The price.
    pub rate: Rate,
    /// The first day on which it counts. For one of the documentation, the day on which it was read: it counts before, too.
    pub from: NaiveDate,
    /// Where it comes from.
    pub source: &'static str,
    /// Whether it is the one of the documentation.
    pub is_default: bool,
}

/// The most prices that a person may set.
const SET_PRICES_MAX: usize = 100;
/// The day on which the documentation was read.
const READ_ON: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 10, 2);

/// The prices that people set. Where there is none, the one of the documentation counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(Vec<OwnPrice>);

impl Prices {
    /// Checks the bounds.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        if self.0.len() > SET_PRICES_MAX {
            problems.push(FieldError {
                field: "prices",
                message: format!("There are {} prices.", self.0.len()),
                next: "Reset those that do not count any more.",
            });
        }
        if self.0.iter().any(|own| own.rate.0 > Rate::MAX) {
            problems.push(FieldError {
                field: "prices",
                message: "A price is higher than $10,000 for a thousand minutes.".into(),
                next: "Write it in cents for a thousand minutes.",
            });
        }
        Invalid::check(problems)
    }

    /// Returns the price that counts on a day.
    #[must_use]
    pub fn at(&self, name: PriceName, day: NaiveDate) -> Price {
        let own = self.0.iter().filter(|own| own.name == name && own.from <= day).max_by_key(|own| own.from);
        own.map_or_else(|| of_documentation(name), of_person)
    }

    /// Returns every price, by name and then by day.
    #[must_use]
    pub fn all(&self) -> Vec<Price> {
        let mut all: Vec<Price> = PriceName::ALL.into_iter().map(of_documentation).collect();
        all.extend(self.0.iter().map(of_person));
        all.sort_by_key(|price| (price.name, !price.is_default, price.from));
        all
    }

    /// Returns the prices with another one from a day on.
    pub fn with(&self, name: PriceName, cents: f64, from: NaiveDate) -> Result<Self, Invalid> {
        let rate = Rate::of_cents(cents).ok_or_else(|| {
            let next = "Write cents for a thousand minutes, from 0 to 1,000,000.";
            Invalid::one("cents", "This is no price.", next)
        })?;
        let others = self.0.iter().filter(|own| (own.name, own.from) != (name, from)).cloned();
        let with = Self(others.chain([OwnPrice { name, rate, from }]).collect());
        with.check()?;
        Ok(with)
    }

    /// Returns the prices without those that people set for one thing.
    #[must_use]
    pub fn without(&self, name: PriceName) -> Self {
        Self(self.0.iter().filter(|own| own.name != name).cloned().collect())
    }
}

fn of_documentation(name: PriceName) -> Price {
    let Known { microdollars, source, .. } = name.known();
    Price { name, rate: Rate(microdollars), from: READ_ON.unwrap_or_default(), source, is_default: true }
}

const fn of_person(own: &OwnPrice) -> Price {
    let OwnPrice { name, rate, from } = *own;
    Price { name, rate, from, source: "Set at this desk", is_default: false }
}

/// Cents as dollars: “$0.30”, “less than $0.01”.
#[derive(Debug, Clone, Copy)]
pub struct Dollars(pub f64);

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            cents if cents > 0.0 && cents < 0.5 => f.write_str("less than $0.01"),
            cents => write!(f, "${:.2}", cents.max(0.0) / 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn without_own_prices_those_of_the_documentation_count_on_every_day() {
        let prices = Prices::default();
        for on in ["2020-01-01", "2026-11-30", "2040-01-01"] {
            let dollars = PriceName::ALL.map(|name| Dollars(prices.at(name, day(on)).rate.cents()).to_string());
            assert_eq!(dollars, ["$5.00", "$1.00", "$0.00", "$0.00"], "{on}");
        }
        assert!(prices.all().iter().all(|price| price.is_default) && prices.all().len() == 4);
    }

    #[test]
    fn an_own_price_counts_from_its_day_on_until_the_next_one() {
        let prices = Prices::default()
            .with(PriceName::Room, 200.0, day("2027-01-01"))
            .and_then(|prices| prices.with(PriceName::Room, 150.0, day("2027-06-01")))
            .unwrap();
        let dollars = |on: &str| Dollars(prices.at(PriceName::Room, day(on)).rate.cents()).to_string();
        assert_eq!(
            ["2026-12-31", "2027-01-01", "2027-05-31", "2027-06-01"].map(dollars),
            ["$0.00", "$2.00", "$2.00", "$1.50"]
        );
        assert!(prices.at(PriceName::Stored, day("2027-01-01")).is_default);
        // The same day again replaces the price.
        let again = prices.with(PriceName::Room, 100.0, day("2027-06-01")).unwrap();
        assert_eq!((again.all().len(), again.at(PriceName::Room, day("2028-01-01")).rate.cents()), (6, 100.0));
        assert_eq!(again.without(PriceName::Room), Prices::default());
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for cents in [-1.0, f64::NAN, f64::INFINITY, 1_000_001.0] {
            assert!(Prices::default().with(PriceName::Stored, cents, day("2027-01-01")).is_err(), "{cents}");
        }
        assert!("gold".parse::<PriceName>().is_err());
    }

    #[test]
    fn cents_are_written_as_dollars() {
        let words = [0.0, 0.4, 0.5, 30.0, 57_200.0, -3.0].map(|cents| Dollars(cents).to_string());
        assert_eq!(words, ["$0.00", "less than $0.01", "$0.01", "$0.30", "$572.00", "$0.00"]);
    }
}
