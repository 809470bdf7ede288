//! The prices that costs are counted with, and the budget. Both are settings of the account, so that a change can be undone.

use chrono::NaiveDate;

use crate::actions::guard;
use crate::actions::profile::settings;
use crate::context::Context;
use crate::domain::health::price::{Price, PriceName};
use crate::domain::invalid::Invalid;
use crate::domain::profile::preferences::Preferences;
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// The highest budget in cents: a million dollars.
const BUDGET_MAX_CENTS: f64 = 100_000_000.0;

/// Every price: those of Cloudflare's documentation, and those that people set.
pub fn list(context: &Context) -> Result<Vec<Price>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    Ok(context.store().preferences()?.prices.all())
}

/// Sets a price, in cents for a thousand minutes, from a day on.
pub fn set(context: &Context, name: PriceName, cents: f64, from: NaiveDate) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let now = settings::get(context)?;
    let prices = now.prices.with(name, cents, from)?;
    settings::save(context, &Preferences { prices, ..now })
}

/// Takes back the prices that people set for one thing, so that the one of the documentation counts.
pub fn reset(context: &Context, name: PriceName) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let now = settings::get(context)?;
    let prices = now.prices.without(name);
    settings::save(context, &Preferences { prices, ..now })
}

/// Sets what a month may cost, in cents; `None` for no limit.
pub fn set_budget(context: &Context, cents: Option<f64>) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let budget_cents = cents.map(whole_cents).transpose()?;
    settings::save(context, &Preferences { budget_cents, ..settings::get(context)? })
}

fn whole_cents(cents: f64) -> Result<u32, Invalid> {
    let next = "Write cents from 1 to 100,000,000, or leave the budget empty.";
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds that are checked")]
    (1.0..=BUDGET_MAX_CENTS)
        .contains(&cents)
        .then_some(cents.round() as u32)
        .ok_or_else(|| Invalid::one("cents", "This is no budget.", next))
}
