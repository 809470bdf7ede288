//! Templates: plans without a start, with the people of the class, by names that people choose.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::ids::TemplateId;
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal};
use crate::domain::recorder::quality::Quality;
use crate::domain::schedule::person::{Person, PersonInput, Role};
use crate::domain::schedule::roster;
use crate::domain::schedule::session::{Plan, SessionInput};
use crate::domain::text::one_line;

/// The longest name, in characters. It is short, because a calendar shows it.
pub const TEMPLATE_NAME_MAX: usize = 40;
/// The most templates of a desk.
pub const TEMPLATES_MAX: usize = 200;

/// A plan without a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Hajime's id of the template.
    pub id: TemplateId,
    /// The name by which people choose it. No two templates have the same name, whatever its capitals.
    pub name: String,
    /// The title of the class.
    pub title: String,
    /// The name of the instructor.
    pub instructor: String,
    /// The planned length.
    pub length: TimeDelta,
    /// True if the class is recorded.
    pub record: bool,
    /// The quality of the recording.
    pub quality: Quality,
    /// The number of people that may be invited.
    pub max_participants: u32,
    /// The people who are on the roster of a class that is made from it.
    pub people: Vec<PersonInput>,
}

/// The input of a person, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateInput {
    /// The name by which people choose it.
    pub name: String,
    /// The title of the class.
    pub title: String,
    /// The name of the instructor.
    pub instructor: String,
    /// The length in minutes.
    pub duration_minutes: i64,
    /// True if the class is recorded.
    pub record: bool,
    /// The quality of the recording: `1080p`, `720p` or `480p`.
    pub quality: String,
    /// The number of people that may be invited.
    pub max_participants: i64,
}

impl Template {
    /// Checks the input of a person and reports all problems at once.
    pub fn check(
        id: TemplateId,
        input: &TemplateInput,
        people: Vec<PersonInput>,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let name = one_line(&input.name);
        let mut problems = Vec::new();
        let mut note = |message: String, next| problems.push(FieldError { field: "name", message, next });
        match name.chars().count() {
            0 => note("The name is empty.".into(), "Name the template, for example “Beginners”."),
            length if length > TEMPLATE_NAME_MAX => {
                note(format!("The name has {length} characters."), "Use at most 40 characters.");
            }
            _ => {}
        }
        let plan = Plan::check(&input.session(now), now);
        if let Err(invalid) = &plan {
            problems.extend(invalid.problems().iter().cloned());
        }
        Invalid::check(problems)?;
        let plan = plan?;
        let as_people: Vec<Person> = people.iter().cloned().map(Person::new).collect();
        roster::check_size(&as_people, plan.max_participants)?;
        let Plan { title, instructor, start: _, length, record, quality, max_participants } = plan;
        Ok(Self { id, name, title, instructor, length, record, quality, max_participants, people })
    }

    /// Makes a template of the plan and the people of a class.
    pub fn of_plan(name: &str, plan: &Plan, people: &[Person], now: DateTime<Utc>) -> Result<Self, Invalid> {
        let input = TemplateInput {
            name: name.to_owned(),
            title: plan.title.clone(),
            instructor: plan.instructor_name().to_owned(),
            duration_minutes: plan.length.num_minutes().max(1),
            record: plan.record,
            quality: plan.quality.name().to_owned(),
            max_participants: plan.max_participants.into(),
        };
        let people = people.iter().map(|person| PersonInput {
            name: person.name.clone(),
            email: person.email.clone(),
            role: person.role,
        });
        Self::check(TemplateId::new(), &input, people.collect(), now)
    }

    /// Returns the input for a class at this start, as `SessionInput` describes it.
    #[must_use]
    pub fn session(&self, start_local: String, timezone: String) -> SessionInput {
        SessionInput {
            title: self.title.clone(),
            instructor: self.instructor.clone(),
            start_local,
            timezone,
            duration_minutes: self.length.num_minutes(),
            record: self.record,
            quality: self.quality.name().to_owned(),
            max_participants: self.max_participants.into(),
        }
    }
}

impl TemplateInput {
    /// The input for a class that begins now, so that both forms have the same limits.
    fn session(&self, now: DateTime<Utc>) -> SessionInput {
        SessionInput {
            title: self.title.clone(),
            instructor: self.instructor.clone(),
            start_local: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            timezone: "UTC".into(),
            duration_minutes: self.duration_minutes,
            record: self.record,
            quality: self.quality.clone(),
            max_participants: self.max_participants,
        }
    }
}

/// Returns the templates with one that is added or changed, by name. Refused if another one has its name, or if there
/// are too many.
pub fn with(templates: Vec<Template>, new: Template) -> Result<Vec<Template>, Invalid> {
    let mut all: Vec<Template> = templates.into_iter().filter(|template| template.id != new.id).collect();
    if all.iter().any(|template| is_same_name(&template.name, &new.name)) {
        let message = format!("There is a template “{}” already.", new.name);
        return Err(Invalid::one("name", message, "Choose another name, or remove that template first."));
    }
    if all.len() >= TEMPLATES_MAX {
        let message = format!("There are {TEMPLATES_MAX} templates; no more can be kept.");
        return Err(Invalid::one("name", message, "Remove a template that nobody uses."));
    }
    all.push(new);
    all.sort_by_key(|template| template.name.to_lowercase());
    Ok(all)
}

/// Whether two names mean the same template.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Returns a template as fields of the journal.
#[must_use]
pub fn fields(template: &Template) -> Fields {
    let Template { id: _, name, title, instructor, length, record, quality, max_participants, people } = template;
    let values = [
        ("name", json!(name)),
        ("title", json!(title)),
        ("instructor", json!(instructor)),
        ("length_seconds", json!(length.num_seconds())),
        ("record", json!(record)),
        ("quality", json!(quality.name())),
        ("max_participants", json!(max_participants)),
        ("people", people_value(people)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the people of a template as JSON.
#[must_use]
pub fn people_value(people: &[PersonInput]) -> Value {
    let value = |person: &PersonInput| {
        let email = person.email.as_ref().map(|email| json!(email.as_str()));
        json!({ "name": person.name, "email": email, "role": person.role.name() })
    };
    people.iter().map(value).collect()
}

/// Reads the people of a template; `None` where the JSON does not describe them.
#[must_use]
pub fn people_of(value: &Value) -> Option<Vec<PersonInput>> {
    let person = |value: &Value| {
        let role = value.get("role")?.as_str()?;
        Some(PersonInput {
            name: value.get("name")?.as_str()?.to_owned(),
            email: match value.get("email")? {
                Value::Null => None,
                email => Some(email.as_str()?.parse().ok()?),
            },
            role: Role::ALL.into_iter().find(|known| known.name() == role)?,
        })
    };
    value.as_array()?.iter().map(person).collect()
}

/// Returns the templates from before the change in `entry`.
pub fn undo(templates: &[Template], entry: &JournalEntry) -> Result<Vec<Template>, UndoRefusal> {
    let id = entry.entity.id();
    let present = templates.iter().find(|template| template.id.to_string() == id);
    entry.check_undo(&present.map(fields).unwrap_or_default())?;
    let before = &entry.changes.before;
    let others = templates.iter().filter(|template| template.id.to_string() != id).cloned();
    if entry.is_creation() {
        return Ok(others.collect());
    }
    // The fields that the change did not touch stay as they are.
    let mut all = present.map(fields).unwrap_or_default();
    all.extend(before.clone());
    let unreadable = || UndoRefusal::Unreadable { field: before.keys().next().cloned().unwrap_or_default() };
    let restored = id.parse().ok().and_then(|id| whole(id, &all)).ok_or_else(unreadable)?;
    // The name may be taken meanwhile.
    with(others.collect(), restored).map_err(|_| UndoRefusal::ChangedSince { fields: vec!["name".into()] })
}

/// Reads a template from all its fields.
fn whole(id: TemplateId, fields: &Fields) -> Option<Template> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Template {
        id,
        name: text("name")?,
        title: text("title")?,
        instructor: text("instructor")?,
        length: TimeDelta::try_seconds(fields.get("length_seconds")?.as_i64()?)?,
        record: fields.get("record")?.as_bool()?,
        quality: text("quality")?.parse().ok()?,
        max_participants: u32::try_from(fields.get("max_participants")?.as_u64()?).ok()?,
        people: people_of(fields.get("people")?)?,
    })
}
