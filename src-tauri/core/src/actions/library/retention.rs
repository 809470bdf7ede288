//! The rules of how long recordings are kept: what applying them would change, and applying them.

use crate::actions::guard;
use crate::actions::profile::settings;
use crate::context::Context;
use crate::domain::ids::{JournalId, SeriesId};
use crate::domain::library::retention_rules::{RetentionRules, Trial};
use crate::domain::profile::preferences::Preferences;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;

/// What applying the rules did.
#[derive(Debug, Clone)]
pub struct Applied {
    /// How many recordings have another date now.
    pub changed: usize,
    /// The entry of the journal, by which all of it is undone; `None` where nothing changed.
    pub change: Option<JournalId>,
}

/// Reads the rules.
pub fn rules(context: &Context) -> Result<RetentionRules, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    Ok(settings::get(context)?.retention)
}

/// The series that a rule may be about, with the names that people know them by, the newest first.
pub fn series(context: &Context) -> Result<Vec<(SeriesId, String)>, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let all = context.store().all_series()?.into_iter().rev();
    Ok(all.map(|series| (series.id, format!("{}, {}", series.plan.title, series.sentence()))).collect())
}

/// Checks and saves the rules. New recordings get their date by them; those that are there keep the one they have until
/// [`apply`].
pub fn save_rules(context: &Context, retention: RetentionRules) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    settings::save(context, &Preferences { retention, ..settings::get(context)? })
}

/// What applying rules would change now. Changes nothing.
pub fn preview(context: &Context, rules: &RetentionRules) -> Result<Trial, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    rules.check()?;
    Ok(Trial::of(rules, context.store().retention_candidates()?, context.now()))
}

/// Applies the saved rules. `trial` is the name of what was shown: where something else would change by now, nothing does.
pub fn apply(context: &Context, trial: &str) -> Result<Applied, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let found = preview(context, &rules(context)?)?;
    if found.name() != trial {
        return Err(Error::Conflict {
            message: "Something else would change than was shown. No date was changed.".into(),
            next: "Look at what the rules would change now, then apply them.",
        });
    }
    let (changed, change) = context.store().apply_rules_by_hand(&found.changes, context.now())?;
    if change.is_some() {
        context.changed(&[Topic::Recordings]);
        context.wake_jobs();
    }
    Ok(Applied { changed, change })
}
