//! The settings of one account: defaults for new sessions, and where invited people join.

use crate::context::Context;
use crate::domain::profile::preferences::Preferences;
use crate::error::Error;
use crate::ports::Topic;

/// The settings.
pub fn get(context: &Context) -> Result<Preferences, Error> {
    Ok(context.store().preferences()?)
}

/// Keeps the settings and tells everything that shows them.
pub fn save(context: &Context, preferences: &Preferences) -> Result<(), Error> {
    preferences.check()?;
    context.store().set_preferences(preferences, context.now())?;
    context.changed(&[Topic::Desk]);
    Ok(())
}
