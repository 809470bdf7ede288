//! What speaks against a plan, and templates.

use hajime_core::actions::profile::journal;
use hajime_core::actions::schedule::conflicts::{self, Found, Storage};
use hajime_core::actions::schedule::series::SeriesInput;
use hajime_core::actions::schedule::{sessions, templates};
use hajime_core::domain::ids::{SessionId, TemplateId};
use hajime_core::domain::profile::journal::{Entity, Scope};
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::conflicts::{Conflict, ConflictKind, Solution};
use hajime_core::domain::schedule::template::{Template, TemplateInput};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use super::series::ScopeDto;
use super::{QualityDto, SessionDraft, SessionDto};
use crate::accounts::Accounts;
use crate::ipc::{id, instant};

hajime_macros::commands![
    session_conflicts,
    series_conflicts,
    templates_list,
    template_save,
    template_from_session,
    template_remove,
    template_session_create,
];

/// Returns the conflicts of a plan, which is not saved. `session_id` is the session that the plan would change, and `rrule`
/// the rule of the series that it would begin.
#[hajime_macros::command]
pub(crate) async fn session_conflicts(
    accounts: State<'_, Accounts>,
    input: SessionDraft,
    session_id: Option<String>,
    rrule: Option<String>,
) -> Result<ConflictsDto, UserError> {
    let here = accounts.current().await?;
    let session: Option<SessionId> = session_id.as_deref().map(id).transpose()?;
    Ok(conflicts::find(&here.context, &input.into(), session, rrule.as_deref()).await?.into())
}

/// Returns the conflicts of a change of a session and those after it, or of all of its series that have not begun. The
/// change is not saved.
#[hajime_macros::command]
pub(crate) async fn series_conflicts(
    accounts: State<'_, Accounts>,
    session_id: String,
    scope: ScopeDto,
    input: SessionDraft,
    rule: Option<String>,
) -> Result<ConflictsDto, UserError> {
    let here = accounts.current().await?;
    let wanted = SeriesInput { rule: rule.as_deref(), rooms: None };
    Ok(conflicts::of_edit(&here.context, id(&session_id)?, scope.into(), &input.into(), wanted).await?.into())
}

/// Returns all templates, by name.
#[hajime_macros::command]
pub(crate) async fn templates_list(accounts: State<'_, Accounts>) -> Result<Vec<TemplateDto>, UserError> {
    let here = accounts.current().await?;
    Ok(templates::list(&here.context)?.into_iter().map(TemplateDto::from).collect())
}

/// Adds a template, or changes the one with this id. Its people stay.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn template_save(
    accounts: State<'_, Accounts>,
    template: Option<String>,
    input: TemplateDraft,
) -> Result<TemplateDto, UserError> {
    let here = accounts.current().await?;
    let saved = match template {
        Some(template) => templates::edit(&here.context, id(&template)?, &input.into())?,
        None => templates::add(&here.context, &input.into())?,
    };
    Ok(saved.into())
}

/// Makes a template of a class: of its plan and its people.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn template_from_session(
    accounts: State<'_, Accounts>,
    session_id: String,
    name: String,
) -> Result<TemplateDto, UserError> {
    let here = accounts.current().await?;
    Ok(templates::from_session(&here.context, id(&session_id)?, &name)?.into())
}

/// Removes a template. Returns the change, which can be undone.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn template_remove(accounts: State<'_, Accounts>, template: String) -> Result<String, UserError> {
    let here = accounts.current().await?;
    let template: TemplateId = id(&template)?;
    templates::remove(&here.context, template)?;
    let made = journal::list(&here.context, Scope::Of(Entity::Template(template)), 1)?;
    Ok(made.first().map(|entry| entry.id.to_string()).unwrap_or_default())
}

/// Puts a class on the schedule, with the people of a template on its roster.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn template_session_create(
    accounts: State<'_, Accounts>,
    template: String,
    input: SessionDraft,
) -> Result<SessionDto, UserError> {
    let context = &accounts.current().await?.context;
    let session = templates::schedule(context, id(&template)?, &input.into())?;
    Ok(sessions::view(context, session)?.into())
}

/// What speaks against a plan.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ConflictsDto {
    /// The most important first; empty if nothing speaks against it.
    conflicts: Vec<ConflictDto>,
    /// The minutes of video that Stream can still store; null if they are not known, or the class is not recorded.
    minutes_left: Option<f64>,
    /// When Stream said how many minutes are left.
    minutes_at: Option<String>,
    /// Why the minutes are not known; null if they are, or the class is not recorded.
    minutes_unknown: Option<String>,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct ConflictDto {
    kind: ConflictKindDto,
    message: String,
    /// The other class, where it is a session.
    session_id: Option<String>,
    solutions: Vec<SolutionDto>,
}

#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ConflictKind")]
pub(crate) enum ConflictKindDto {
    Instructor,
    BackToBack,
    Capacity,
    Storage,
}

/// A change that solves a conflict. One of the fields besides the label is set.
#[derive(Debug, Default, Serialize, TS)]
pub(crate) struct SolutionDto {
    label: String,
    /// The new start as YYYY-MM-DDTHH:MM, in the zone of the plan.
    start_local: Option<String>,
    duration_minutes: Option<i64>,
    max_participants: Option<u32>,
}

impl From<Found> for ConflictsDto {
    fn from(found: Found) -> Self {
        let conflicts = found.conflicts.into_iter().map(ConflictDto::from).collect();
        let none = Self { conflicts, minutes_left: None, minutes_at: None, minutes_unknown: None };
        match found.storage {
            Some(Storage::Known { minutes_left, at }) => {
                Self { minutes_left: Some(minutes_left), minutes_at: Some(instant(at)), ..none }
            }
            Some(Storage::Unknown { why }) => Self { minutes_unknown: Some(why), ..none },
            None => none,
        }
    }
}

impl From<Conflict> for ConflictDto {
    fn from(conflict: Conflict) -> Self {
        Self {
            kind: match conflict.kind {
                ConflictKind::Instructor => ConflictKindDto::Instructor,
                ConflictKind::BackToBack => ConflictKindDto::BackToBack,
                ConflictKind::Capacity => ConflictKindDto::Capacity,
                ConflictKind::Storage => ConflictKindDto::Storage,
            },
            message: conflict.message,
            session_id: conflict.other.map(|id| id.to_string()),
            solutions: conflict.solutions.iter().map(SolutionDto::from).collect(),
        }
    }
}

impl From<&Solution> for SolutionDto {
    fn from(solution: &Solution) -> Self {
        let named = Self { label: solution.label(), ..Self::default() };
        match *solution {
            Solution::BeginAt(local) => Self { start_local: Some(local.format("%Y-%m-%dT%H:%M").to_string()), ..named },
            Solution::EndAt { minutes, .. } => Self { duration_minutes: Some(minutes), ..named },
            Solution::Participants(number) => Self { max_participants: Some(number), ..named },
        }
    }
}

/// A plan without a start.
#[derive(Debug, Serialize, TS)]
pub(crate) struct TemplateDto {
    id: String,
    name: String,
    title: String,
    instructor: String,
    duration_minutes: i64,
    record: bool,
    quality: QualityDto,
    max_participants: u32,
    /// The number of people who are on the roster of a class that is made from it.
    people: usize,
}

impl From<Template> for TemplateDto {
    fn from(template: Template) -> Self {
        Self {
            id: template.id.to_string(),
            duration_minutes: template.length.num_minutes(),
            record: template.record,
            quality: template.quality.into(),
            max_participants: template.max_participants,
            people: template.people.len(),
            name: template.name,
            title: template.title,
            instructor: template.instructor,
        }
    }
}

#[derive(Debug, Deserialize, TS)]
pub(crate) struct TemplateDraft {
    name: String,
    title: String,
    instructor: String,
    duration_minutes: i64,
    record: bool,
    quality: QualityDto,
    max_participants: i64,
}

impl From<TemplateDraft> for TemplateInput {
    fn from(draft: TemplateDraft) -> Self {
        Self {
            name: draft.name,
            title: draft.title,
            instructor: draft.instructor,
            duration_minutes: draft.duration_minutes,
            record: draft.record,
            quality: Quality::from(draft.quality).name().to_owned(),
            max_participants: draft.max_participants,
        }
    }
}
