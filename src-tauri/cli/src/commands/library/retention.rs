//! `retention show|set|add|remove|preview|apply`: the rules of how long recordings are kept.

use clap::{Args, Subcommand};
use hajime_core::actions::library::retention;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::library::retention_rules::{DateChange, RetentionRules, Rule, Subject, Term, Trial};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The rules. The first one that fits decides; new recordings get their date by them.
    Show,
    /// How long recordings are kept to which no rule fits.
    Set {
        /// 30 to 1,096 days, or `never`: Stream never deletes them.
        #[arg(value_name = "DAYS|never", value_parser = term)]
        term: Term,
    },
    /// Add a rule as the last one.
    Add(Add),
    /// Remove a rule by its number.
    Remove {
        /// The number, as `retention show` says it.
        number: usize,
    },
    /// List every date that applying the rules would change. Changes nothing.
    Preview,
    /// Apply the rules to the recordings that are there.
    Apply {
        /// The trial that `retention preview` showed. Where something else would change by now, nothing does.
        #[arg(long, value_name = "NAME")]
        trial: Option<String>,
    },
}

#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Add {
    #[command(flatten)]
    of: Of,
    /// How long these are kept: 30 to 1,096 days, or `never` deleted.
    #[arg(long, value_name = "DAYS|never", value_parser = term)]
    keep: Term,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// Recordings with this tag.
    #[arg(long)]
    tag: Option<String>,
    /// Recordings of this instructor.
    #[arg(long)]
    instructor: Option<String>,
    /// Recordings of this series, by its id.
    #[arg(long)]
    series: Option<String>,
}

fn term(text: &str) -> Result<Term, String> {
    match text {
        "never" => Ok(Term::Forever),
        days => days.parse().map(Term::Days).map_err(|_| "write a number of days, or never".to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct RuleView {
    number: usize,
    kind: &'static str,
    value: String,
    /// `null` for recordings that are never deleted.
    days: Option<u32>,
}

#[derive(Debug, Serialize)]
struct RulesView {
    rules: Vec<RuleView>,
    others_days: Option<u32>,
}

const fn days(term: Term) -> Option<u32> {
    match term {
        Term::Days(days) => Some(days),
        Term::Forever => None,
    }
}

fn words(days: Option<u32>) -> String {
    days.map_or_else(|| "keep forever".to_owned(), |days| format!("keep {days} days"))
}

impl From<RetentionRules> for RulesView {
    fn from(RetentionRules { rules, others }: RetentionRules) -> Self {
        let view = |(index, Rule { subject, term }): (usize, Rule)| {
            let (kind, value) = match subject {
                Subject::Tag(name) => ("tag", name),
                Subject::Instructor(name) => ("instructor", name),
                Subject::Series(id) => ("series", id.to_string()),
            };
            RuleView { number: index.saturating_add(1), kind, value, days: days(term) }
        };
        Self { rules: rules.into_iter().enumerate().map(view).collect(), others_days: days(others) }
    }
}

impl RulesView {
    fn lines(&self) -> String {
        let rules = self
            .rules
            .iter()
            .map(|rule| format!("{}. {} “{}”: {}", rule.number, rule.kind, rule.value, words(rule.days)));
        rules.chain([format!("All others: {}", words(self.others_days))]).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct ChangeView {
    id: String,
    title: String,
    recorded_at: String,
    from: Option<String>,
    to: Option<String>,
    /// The number of the rule; `null` for “all others”.
    rule: Option<usize>,
}

impl From<DateChange> for ChangeView {
    fn from(change: DateChange) -> Self {
        Self {
            id: change.id.to_string(),
            title: change.title,
            recorded_at: instant(change.recorded),
            from: change.from.map(instant),
            to: change.to.map(instant),
            rule: change.rule.map(|index| index.saturating_add(1)),
        }
    }
}

#[derive(Debug, Serialize)]
struct TrialView {
    trial: String,
    changes: Vec<ChangeView>,
    unchanged: usize,
    kept_by_hand: usize,
    too_old: usize,
    not_compared_yet: usize,
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        Self {
            trial: trial.name(),
            changes: trial.changes.into_iter().map(ChangeView::from).collect(),
            unchanged: trial.unchanged,
            kept_by_hand: trial.kept,
            too_old: trial.too_old,
            not_compared_yet: trial.unknown,
        }
    }
}

impl TrialView {
    fn lines(&self) -> String {
        let never = || "never".to_owned();
        let rows = self.changes.iter().map(|change| {
            let (from, to) = (change.from.clone().unwrap_or_else(never), change.to.clone().unwrap_or_else(never));
            format!("{}  {}  deleted: {from} → {to}", change.id, change.title)
        });
        let rest = format!(
            "{} dates would change, {} stay. Left out: {} kept by hand, {} too old for Cloudflare, {} not compared with Cloudflare yet.",
            self.changes.len(),
            self.unchanged,
            self.kept_by_hand,
            self.too_old,
            self.not_compared_yet
        );
        rows.chain([rest, format!("To apply exactly this: retention apply --trial {}", self.trial)])
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[derive(Debug, Serialize)]
struct AppliedView {
    changed: usize,
    /// The entry of the journal, for `journal undo`; `null` where nothing changed.
    change: Option<String>,
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let mut rules = retention::rules(context)?;
    match command {
        Command::Show => {}
        Command::Set { term } => {
            rules.others = term;
            retention::save_rules(context, rules.clone())?;
        }
        Command::Add(Add { of, keep }) => {
            let subject = match of {
                Of { tag: Some(tag), .. } => Subject::Tag(tag),
                Of { instructor: Some(name), .. } => Subject::Instructor(name),
                Of { series, .. } => Subject::Series(series.unwrap_or_default().parse()?),
            };
            rules.rules.push(Rule { subject, term: keep });
            retention::save_rules(context, rules.clone())?;
        }
        Command::Remove { number } => {
            let index = number.checked_sub(1).filter(|index| *index < rules.rules.len()).ok_or_else(|| {
                let next = "Look at the numbers first: hajime-cli retention show.";
                UserError::new(ErrorCode::NotFound, format!("There is no rule {number}."), next)
            })?;
            rules.rules.remove(index);
            retention::save_rules(context, rules.clone())?;
        }
        Command::Preview => {
            output.print(&TrialView::from(retention::preview(context, &rules)?), TrialView::lines);
            return Ok(());
        }
        Command::Apply { trial } => {
            let Some(trial) = trial else {
                return Err(UserError::new(
                    ErrorCode::NotConfirmed,
                    "No date was changed yet.",
                    "Look at what would change first: hajime-cli retention preview. It says how to apply exactly that.",
                ));
            };
            let applied = retention::apply(context, &trial)?;
            let view = AppliedView { changed: applied.changed, change: applied.change.map(|id| id.to_string()) };
            output.print(&view, |view| format!("{} dates changed.", view.changed));
            return Ok(());
        }
    }
    output.print(&RulesView::from(rules), RulesView::lines);
    Ok(())
}
