//! `price list|set|reset|budget`: the prices that costs are counted with, and what a month may cost.

use chrono::NaiveDate;
use clap::Subcommand;
use hajime_core::actions::health::prices;
use hajime_core::context::Context;
use hajime_core::domain::health::price::{Dollars, Price, PriceName};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The prices, and where they come from.
    List,
    /// Set a price from a day on.
    Set {
        /// `stored`, `watched`, `room` or `recording`.
        name: String,
        /// Cents for a thousand minutes.
        cents: f64,
        /// The first day on which it counts.
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: NaiveDate,
    },
    /// Take back the prices that were set, so that the one of Cloudflare’s documentation counts.
    Reset {
        /// `stored`, `watched`, `room` or `recording`.
        name: String,
    },
    /// Set what a month may cost.
    Budget {
        /// Cents, or `none`.
        #[arg(value_name = "CENTS|none", value_parser = budget)]
        cents: Budget,
    },
}

/// What a month may cost, in cents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget(Option<f64>);

fn budget(text: &str) -> Result<Budget, String> {
    match text {
        "none" => Ok(Budget(None)),
        cents => cents.parse().map(|cents| Budget(Some(cents))).map_err(|_| "write cents, or none".to_owned()),
    }
}

/// The output for a price. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(super) struct PriceView {
    name: &'static str,
    label: &'static str,
    per: &'static str,
    cents: f64,
    from: String,
    source: &'static str,
    is_default: bool,
}

impl From<Price> for PriceView {
    fn from(Price { name, rate, from, source, is_default }: Price) -> Self {
        let (label, per) = (name.label(), name.per());
        Self { name: name.name(), label, per, cents: rate.cents(), from: from.to_string(), source, is_default }
    }
}

impl PriceView {
    pub(super) fn line(&self) -> String {
        let since = if self.is_default { "read" } else { "from" };
        format!("{:<10} {} for {} ({}, {since} {})", self.name, Dollars(self.cents), self.per, self.source, self.from)
    }
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List => {}
        Command::Set { name, cents, from } => prices::set(context, name.parse::<PriceName>()?, cents, from)?,
        Command::Reset { name } => prices::reset(context, name.parse::<PriceName>()?)?,
        Command::Budget { cents: Budget(cents) } => prices::set_budget(context, cents)?,
    }
    let all: Vec<PriceView> = prices::list(context)?.into_iter().map(PriceView::from).collect();
    output.print(&all, |all| all.iter().map(PriceView::line).collect::<Vec<_>>().join("\n"));
    Ok(())
}
