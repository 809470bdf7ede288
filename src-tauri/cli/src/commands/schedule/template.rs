//! `template list|add|edit|remove|from-session`: plans without a start, by name.

use clap::{Args, Subcommand};
use hajime_core::actions::schedule::templates;
use hajime_core::context::Context;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::limits::{LENGTH_DEFAULT_MINUTES, PARTICIPANTS_DEFAULT};
use hajime_core::domain::schedule::template::{Template, TemplateInput};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// All templates, by name.
    List,
    /// Add a template without people.
    Add(Plan),
    /// Change a template. Its people stay.
    Edit {
        /// The template’s id or name.
        template: String,
        #[command(flatten)]
        plan: Plan,
    },
    /// Remove a template. Classes that were made from it stay.
    Remove {
        /// The template’s id or name.
        template: String,
    },
    /// Make a template of a class: of its plan and its people.
    FromSession {
        /// The session’s id.
        session: String,
        /// The name of the template.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Name of the template.
    #[arg(long)]
    name: String,
    /// Title of the class.
    #[arg(long)]
    title: String,
    /// Who teaches it.
    #[arg(long)]
    instructor: String,
    /// Length in minutes.
    #[arg(long, default_value_t = i64::from(LENGTH_DEFAULT_MINUTES), allow_negative_numbers = true)]
    length: i64,
    /// Do not record it.
    #[arg(long)]
    no_record: bool,
    /// 1080p, 720p or 480p.
    #[arg(long, default_value = Quality::default().name())]
    quality: String,
    /// How many people may be invited.
    #[arg(long, default_value_t = i64::from(PARTICIPANTS_DEFAULT), allow_negative_numbers = true)]
    max_participants: i64,
}

impl From<Plan> for TemplateInput {
    fn from(plan: Plan) -> Self {
        Self {
            name: plan.name,
            title: plan.title,
            instructor: plan.instructor,
            duration_minutes: plan.length,
            record: !plan.no_record,
            quality: plan.quality,
            max_participants: plan.max_participants,
        }
    }
}

/// The output for a template. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct TemplateView {
    id: String,
    name: String,
    title: String,
    instructor: String,
    duration_minutes: i64,
    record: bool,
    quality: &'static str,
    max_participants: u32,
    people: Vec<PersonView>,
}

#[derive(Debug, Serialize)]
struct PersonView {
    name: String,
    email: Option<String>,
    role: &'static str,
}

impl From<Template> for TemplateView {
    fn from(template: Template) -> Self {
        Self {
            id: template.id.to_string(),
            name: template.name,
            title: template.title,
            instructor: template.instructor,
            duration_minutes: template.length.num_minutes(),
            record: template.record,
            quality: template.quality.name(),
            max_participants: template.max_participants,
            people: template
                .people
                .into_iter()
                .map(|person| PersonView {
                    name: person.name,
                    email: person.email.map(|email| email.as_str().to_owned()),
                    role: person.role.name(),
                })
                .collect(),
        }
    }
}

impl TemplateView {
    fn line(&self) -> String {
        let record = if self.record { self.quality } else { "not recorded" };
        format!(
            "{}  {}: {} ({}), {} minutes, {record}, up to {} participants, {} on the list",
            self.id,
            self.name,
            self.title,
            self.instructor,
            self.duration_minutes,
            self.max_participants,
            self.people.len()
        )
    }
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let print = |template: Template| output.print(&TemplateView::from(template), TemplateView::line);
    match command {
        Command::List => {
            let all: Vec<TemplateView> = templates::list(context)?.into_iter().map(TemplateView::from).collect();
            output.print(&all, |all| match all.as_slice() {
                [] => "There are no templates. Make one with `template from-session` or `template add`.".to_owned(),
                all => all.iter().map(TemplateView::line).collect::<Vec<_>>().join("\n"),
            });
        }
        Command::Add(plan) => print(templates::add(context, &plan.into())?),
        Command::Edit { template, plan } => {
            print(templates::edit(context, templates::find(context, &template)?.id, &plan.into())?);
        }
        Command::Remove { template } => {
            print(templates::remove(context, templates::find(context, &template)?.id)?);
        }
        Command::FromSession { session, name } => print(templates::from_session(context, session.parse()?, &name)?),
    }
    Ok(())
}
