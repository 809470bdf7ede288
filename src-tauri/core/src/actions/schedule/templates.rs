//! Templates: add, change and remove them, make one of a class, and plan a class with one. Needs no network.

use super::series::{self, Mode, NewSeries, Scheduled};
use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::{SessionId, TemplateId};
use crate::domain::profile::role::Permission;
use crate::domain::schedule::person::Person;
use crate::domain::schedule::roster::check_size;
use crate::domain::schedule::session::{Plan, Session, SessionInput};
use crate::domain::schedule::template::{self, Template, TemplateInput, is_same_name};
use crate::error::Error;
use crate::ports::Topic;

/// All templates, by name.
pub fn list(context: &Context) -> Result<Vec<Template>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    Ok(context.store().templates()?)
}

/// The template with this id or this name.
pub fn find(context: &Context, id_or_name: &str) -> Result<Template, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let all = list(context)?;
    let by_id = id_or_name.trim().parse::<TemplateId>().ok();
    let found = all.into_iter().find(|one| Some(one.id) == by_id || is_same_name(&one.name, id_or_name));
    found.ok_or_else(|| not_found(&id_or_name.chars().take(64).collect::<String>()))
}

/// Adds a template without people.
pub fn add(context: &Context, input: &TemplateInput) -> Result<Template, Error> {
    guard::allow(context, Permission::PlanClasses)?;
    put(context, Template::check(TemplateId::new(), input, Vec::new(), context.now())?)
}

/// Makes a template of a class: of its plan and its people.
pub fn from_session(context: &Context, id: SessionId, name: &str) -> Result<Template, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let session = super::sessions::get(context, id)?;
    let people = context.store().roster_of(id)?;
    put(context, Template::of_plan(name, &session.plan, &people, context.now())?)
}

/// Changes a template. Its people stay.
pub fn edit(context: &Context, id: TemplateId, input: &TemplateInput) -> Result<Template, Error> {
    guard::allow(context, Permission::PlanClasses)?;
    let people = get(context, id)?.people;
    put(context, Template::check(id, input, people, context.now())?)
}

/// Removes a template. Classes that were made from it stay.
pub fn remove(context: &Context, id: TemplateId) -> Result<Template, Error> {
    guard::allow(context, Permission::PlanClasses)?;
    let removed = get(context, id)?;
    context.store().change_template_by_hand::<Error>(id, context.now(), |all| {
        Ok(all.into_iter().filter(|template| template.id != id).collect())
    })?;
    context.changed(&[Topic::Sessions]);
    Ok(removed)
}

/// Puts a class on the schedule, with the people of a template on its roster. The input may differ from the template.
pub fn schedule(context: &Context, id: TemplateId, input: &SessionInput) -> Result<Session, Error> {
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let now = context.now();
    let people: Vec<Person> = get(context, id)?.people.into_iter().map(Person::new).collect();
    let plan = Plan::check(input, now)?;
    check_size(&people, plan.max_participants)?;
    let session = Session::new(plan, now);
    context.store().schedule_session_with_people(&session, &people)?;
    context.changed(&[Topic::Sessions]);
    Ok(session)
}

/// Puts a series on the schedule, with the people of a template on the roster of every class.
pub fn schedule_series(
    context: &Context,
    id: TemplateId,
    input: &SessionInput,
    new: &NewSeries<'_>,
    mode: Mode,
) -> Result<Scheduled, Error> {
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let people: Vec<Person> = get(context, id)?.people.into_iter().map(Person::new).collect();
    series::schedule_as(context, input, new, people, mode)
}

fn get(context: &Context, id: TemplateId) -> Result<Template, Error> {
    list(context)?.into_iter().find(|template| template.id == id).ok_or_else(|| not_found(&id.to_string()))
}

fn not_found(id: &str) -> Error {
    Error::NotFound { what: "template", id: id.to_owned() }
}

fn put(context: &Context, new: Template) -> Result<Template, Error> {
    let put = new.clone();
    context.store().change_template_by_hand::<Error>(new.id, context.now(), |all| Ok(template::with(all, new)?))?;
    context.changed(&[Topic::Sessions]);
    Ok(put)
}
