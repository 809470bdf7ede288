//! The rules of how long recordings are kept, and what applying them would change.

use hajime_core::actions::library::retention::{self, Applied};
use hajime_core::domain::ids::IdError;
use hajime_core::domain::library::retention_rules::{DateChange, RetentionRules, Rule, Subject, Term, Trial};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{instant, maybe_instant};

hajime_macros::commands![retention_get, retention_series, retention_save, retention_preview, retention_apply];

/// Returns the rules.
#[hajime_macros::command]
pub(crate) async fn retention_get(accounts: State<'_, Accounts>) -> Result<RetentionDto, UserError> {
    let here = accounts.current().await?;
    Ok(retention::rules(&here.context)?.into())
}

/// Returns the series that a rule may be about.
#[hajime_macros::command]
pub(crate) async fn retention_series(accounts: State<'_, Accounts>) -> Result<Vec<RuleSeriesDto>, UserError> {
    let here = accounts.current().await?;
    let all = retention::series(&here.context)?.into_iter();
    Ok(all.map(|(id, name)| RuleSeriesDto { id: id.to_string(), name }).collect())
}

/// Saves the rules. New recordings get their date by them; those that are there keep theirs until the rules are applied.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn retention_save(
    accounts: State<'_, Accounts>,
    rules: RetentionDto,
) -> Result<RetentionDto, UserError> {
    let here = accounts.current().await?;
    retention::save_rules(&here.context, rules.try_into()?)?;
    Ok(retention::rules(&here.context)?.into())
}

/// Returns what applying rules would change, whether they are saved or not. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn retention_preview(
    accounts: State<'_, Accounts>,
    rules: RetentionDto,
) -> Result<TrialDto, UserError> {
    let here = accounts.current().await?;
    Ok(retention::preview(&here.context, &rules.try_into()?)?.into())
}

/// Applies the saved rules, if they still change what the trial with this name listed.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn retention_apply(accounts: State<'_, Accounts>, trial: String) -> Result<AppliedDto, UserError> {
    let here = accounts.current().await?;
    Ok(retention::apply(&here.context, &trial)?.into())
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleKind {
    Tag,
    Instructor,
    Series,
}

/// A rule.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct RuleDto {
    kind: RuleKind,
    /// The tag, the name of the instructor, or the id of the series.
    value: String,
    /// How many days after the class; `null` for forever.
    days: Option<u32>,
}

/// A series that a rule may be about.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RuleSeriesDto {
    id: String,
    /// The title of its classes and how they repeat.
    name: String,
}

/// All rules. The first one that fits decides.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct RetentionDto {
    rules: Vec<RuleDto>,
    /// How many days all others are kept; `null` for forever.
    others_days: Option<u32>,
}

const fn term(days: Option<u32>) -> Term {
    match days {
        Some(days) => Term::Days(days),
        None => Term::Forever,
    }
}

const fn days(term: Term) -> Option<u32> {
    match term {
        Term::Days(days) => Some(days),
        Term::Forever => None,
    }
}

impl From<RetentionRules> for RetentionDto {
    fn from(RetentionRules { rules, others }: RetentionRules) -> Self {
        let rule = |Rule { subject, term }: Rule| {
            let (kind, value) = match subject {
                Subject::Tag(name) => (RuleKind::Tag, name),
                Subject::Instructor(name) => (RuleKind::Instructor, name),
                Subject::Series(id) => (RuleKind::Series, id.to_string()),
            };
            RuleDto { kind, value, days: days(term) }
        };
        Self { rules: rules.into_iter().map(rule).collect(), others_days: days(others) }
    }
}

impl TryFrom<RetentionDto> for RetentionRules {
    type Error = IdError;

    fn try_from(RetentionDto { rules, others_days }: RetentionDto) -> Result<Self, IdError> {
        let rule = |RuleDto { kind, value, days }: RuleDto| {
            let subject = match kind {
                RuleKind::Tag => Subject::Tag(value),
                RuleKind::Instructor => Subject::Instructor(value),
                RuleKind::Series => Subject::Series(value.parse()?),
            };
            Ok(Rule { subject, term: term(days) })
        };
        Ok(Self { rules: rules.into_iter().map(rule).collect::<Result<_, _>>()?, others: term(others_days) })
    }
}

/// A date that applying the rules would change.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DateChangeDto {
    id: String,
    title: String,
    recorded_at: String,
    duration_seconds: Option<i64>,
    /// The present date; `null` for never.
    from: Option<String>,
    /// The date that it would have; `null` for never.
    to: Option<String>,
    /// The number of the rule, counted from 0; `null` if it is one of all others.
    rule: Option<u32>,
}

impl From<DateChange> for DateChangeDto {
    fn from(change: DateChange) -> Self {
        Self {
            id: change.id.to_string(),
            title: change.title,
            recorded_at: instant(change.recorded),
            duration_seconds: change.length.map(|length| length.num_seconds()),
            from: maybe_instant(change.from),
            to: maybe_instant(change.to),
            rule: change.rule.and_then(|index| u32::try_from(index).ok()),
        }
    }
}

/// What applying the rules would do.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct TrialDto {
    /// The name of the trial, by which exactly this is applied.
    name: String,
    changes: Vec<DateChangeDto>,
    unchanged: u32,
    /// How many are left out because somebody keeps them forever.
    kept: u32,
    /// How many are left out because Cloudflare deletes no video that is so old by itself.
    too_old: u32,
    /// How many are left out because they were not compared with Cloudflare yet.
    unknown: u32,
}

impl From<Trial> for TrialDto {
    fn from(trial: Trial) -> Self {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            name: trial.name(),
            unchanged: number(trial.unchanged),
            kept: number(trial.kept),
            too_old: number(trial.too_old),
            unknown: number(trial.unknown),
            changes: trial.changes.into_iter().map(DateChangeDto::from).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct AppliedDto {
    changed: u32,
    /// The change, which can be undone at once; `null` if nothing changed.
    change: Option<String>,
}

impl From<Applied> for AppliedDto {
    fn from(Applied { changed, change }: Applied) -> Self {
        Self { changed: u32::try_from(changed).unwrap_or(u32::MAX), change: change.map(|change| change.to_string()) }
    }
}
