//! The people of a session: the list, importing from a text, and the invitation of each person.

use hajime_core::actions::schedule::personal_invitations::{self, QrCode, Whom};
use hajime_core::actions::schedule::roster::{self, CheckedText, Reach, Roster, WrongLines};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::PersonId;
use hajime_core::domain::schedule::invitation_text::{self, FilledText};
use hajime_core::domain::schedule::person::{PersonInput, Role};
use hajime_core::domain::schedule::roster::{Present, RosterEntry, RosterOfSession};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{copy_letter, id, instant, maybe_instant};

hajime_macros::commands![
    roster_get,
    roster_check,
    roster_import,
    roster_edit,
    roster_remove,
    roster_others,
    roster_take_over,
    roster_copy,
    roster_qr,
    roster_save_calendar,
    invitation_text,
    invitation_text_set,
    invitation_preview,
];

/// Returns the people of a session.
#[hajime_macros::command]
pub(crate) async fn roster_get(accounts: State<'_, Accounts>, session_id: String) -> Result<RosterDto, UserError> {
    let here = accounts.current().await?;
    Ok(roster::get(&here.context, id(&session_id)?)?.into())
}

/// Reads a text and returns what an import would do. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn roster_check(
    accounts: State<'_, Accounts>,
    session_id: String,
    text: String,
) -> Result<CheckedTextDto, UserError> {
    let here = accounts.current().await?;
    Ok(roster::check(&here.context, id(&session_id)?, &text)?.into())
}

/// Adds the people in a text. Where a line is wrong, nobody is added, unless `leave_out` is set. With `following`, the
/// same happens in the later classes of its series.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_import(
    accounts: State<'_, Accounts>,
    session_id: String,
    text: String,
    leave_out: bool,
    following: bool,
) -> Result<RosterDto, UserError> {
    let here = accounts.current().await?;
    let wrong_lines = if leave_out { WrongLines::LeftOut } else { WrongLines::Refused };
    Ok(roster::import_into(&here.context, id(&session_id)?, reach(following), &text, Present::Stay, wrong_lines)?
        .into())
}

/// Changes a person. With `following`, the same happens in the later classes of its series.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_edit(
    accounts: State<'_, Accounts>,
    session_id: String,
    person: PersonDraft,
    following: bool,
) -> Result<RosterDto, UserError> {
    let here = accounts.current().await?;
    let PersonDraft { id: person, name, email, role } = person;
    let draft = roster::PersonDraft { name: &name, email: &email, role: role.into() };
    Ok(roster::edit_in(&here.context, id(&session_id)?, reach(following), id(&person)?, &draft)?.into())
}

/// Takes people off the list. The links that were made for them soon let nobody in any more.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_remove(
    accounts: State<'_, Accounts>,
    session_id: String,
    people: Vec<String>,
    following: bool,
) -> Result<RosterDto, UserError> {
    let here = accounts.current().await?;
    Ok(roster::remove_from(&here.context, id(&session_id)?, reach(following), &all(&people)?)?.into())
}

/// Returns the newest other sessions with people on their lists.
#[hajime_macros::command]
pub(crate) async fn roster_others(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<Vec<OtherRosterDto>, UserError> {
    let here = accounts.current().await?;
    Ok(roster::others(&here.context, id(&session_id)?)?.into_iter().map(OtherRosterDto::from).collect())
}

/// Adds the people of another session who are not on the list yet.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_take_over(
    accounts: State<'_, Accounts>,
    session_id: String,
    from: String,
    following: bool,
) -> Result<RosterDto, UserError> {
    let here = accounts.current().await?;
    Ok(roster::take_over_into(&here.context, id(&session_id)?, reach(following), id(&from)?)?.into())
}

/// Makes fresh links and copies the invitations as text and as HTML.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_copy(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session_id: String,
    whom: WhomDto,
) -> Result<CopiedDto, UserError> {
    let here = accounts.current().await?;
    let made = personal_invitations::invite_people(&here.context, id(&session_id)?, &whom.parsed()?).await?;
    let copied = copy_letter(&app, &made.letter());
    Ok(CopiedDto { people: count(made.all.len()), copied, local_only: made.local_only })
}

/// Draws the QR code of a person’s link, or of the room where no person is named.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_qr(
    accounts: State<'_, Accounts>,
    session_id: String,
    person: Option<String>,
) -> Result<QrDto, UserError> {
    let here = accounts.current().await?;
    let session = id(&session_id)?;
    let QrCode { svg, local_only } = match person {
        Some(person) => personal_invitations::qr_of_person(&here.context, session, id(&person)?).await?,
        None => personal_invitations::qr_of_room(&here.context, session).await?,
    };
    Ok(QrDto { svg, local_only })
}

/// Saves a calendar file with the person’s own link for each person, in the folder for downloads.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn roster_save_calendar(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session_id: String,
    whom: WhomDto,
) -> Result<CalendarFilesDto, UserError> {
    let here = accounts.current().await?;
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        let next = "Save them from a terminal: hajime-cli roster calendar.";
        UserError::new(ErrorCode::File, "This computer has no folder for downloads.", next)
    })?;
    std::fs::create_dir_all(&folder).ok();
    let saved =
        personal_invitations::save_calendar_files(&here.context, id(&session_id)?, &whom.parsed()?, &folder).await?;
    Ok(CalendarFilesDto { files: count(saved.files.len()), path: saved.path.display().to_string() })
}

/// Returns the text of invitations at this desk, and the fields that it may hold.
#[hajime_macros::command]
pub(crate) async fn invitation_text(accounts: State<'_, Accounts>) -> Result<InvitationTextDto, UserError> {
    let here = accounts.current().await?;
    Ok(InvitationTextDto::new(personal_invitations::text(&here.context)?.as_str()))
}

/// Stores the text of invitations. An empty one brings back the first text.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn invitation_text_set(
    accounts: State<'_, Accounts>,
    text: String,
) -> Result<InvitationTextDto, UserError> {
    let here = accounts.current().await?;
    Ok(InvitationTextDto::new(personal_invitations::set_text(&here.context, &text)?.as_str()))
}

/// Returns how the invitation of a person would read with this text. The link in it opens nothing.
#[hajime_macros::command]
pub(crate) async fn invitation_preview(
    accounts: State<'_, Accounts>,
    session_id: String,
    text: String,
) -> Result<String, UserError> {
    let here = accounts.current().await?;
    let FilledText { plain, .. } = personal_invitations::preview(&here.context, id(&session_id)?, &text)?;
    Ok(plain)
}

fn all(people: &[String]) -> Result<Vec<PersonId>, UserError> {
    people.iter().map(|one| id(one)).collect()
}

fn reach(following: bool) -> Reach {
    if following { Reach::Following } else { Reach::This }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whom to invite: everybody, those without a link, or these people.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(tag = "whom", rename_all = "snake_case")]
#[ts(rename = "Whom")]
pub(crate) enum WhomDto {
    Everybody,
    WithoutLink,
    These { people: Vec<String> },
}

impl WhomDto {
    fn parsed(self) -> Result<Whom, UserError> {
        Ok(match self {
            Self::Everybody => Whom::Everybody,
            Self::WithoutLink => Whom::WithoutLink,
            Self::These { people } => Whom::These(all(&people)?),
        })
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PersonRole")]
pub(crate) enum RoleDto {
    Participant,
    Host,
}

impl From<Role> for RoleDto {
    fn from(role: Role) -> Self {
        match role {
            Role::Participant => Self::Participant,
            Role::Host => Self::Host,
        }
    }
}

impl From<RoleDto> for Role {
    fn from(role: RoleDto) -> Self {
        match role {
            RoleDto::Participant => Self::Participant,
            RoleDto::Host => Self::Host,
        }
    }
}

#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct PersonDraft {
    id: String,
    name: String,
    /// Empty for a person without an address.
    email: String,
    role: RoleDto,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PersonDto {
    id: String,
    name: String,
    email: Option<String>,
    role: RoleDto,
    /// When a link was last made for the person.
    link_at: Option<String>,
    /// When the person first was in the room.
    joined_at: Option<String>,
    /// When the person left for the last time; `null` while they are in the room.
    left_at: Option<String>,
    /// The time in the room.
    present_minutes: Option<i64>,
}

impl From<RosterEntry> for PersonDto {
    fn from(RosterEntry { person, link_at, attendance }: RosterEntry) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name,
            email: person.email.map(|email| email.to_string()),
            role: person.role.into(),
            link_at: maybe_instant(link_at),
            joined_at: maybe_instant(attendance.map(|seen| seen.joined_at)),
            left_at: maybe_instant(attendance.and_then(|seen| seen.left_at)),
            present_minutes: attendance.map(|seen| seen.present.num_minutes()),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RosterDto {
    people: Vec<PersonDto>,
    /// The number of places that invitations without a person take.
    others: u32,
    max_participants: u32,
    /// Whether the participants get e-mail about the recording.
    mails_participants: bool,
    /// The later classes of its series that have not begun; null for a session of its own.
    later_classes: Option<u32>,
}

impl From<Roster> for RosterDto {
    fn from(Roster { session, people, others, mails_participants, later }: Roster) -> Self {
        Self {
            people: people.into_iter().map(PersonDto::from).collect(),
            others,
            max_participants: session.plan.max_participants,
            mails_participants,
            later_classes: later.map(count),
        }
    }
}

/// A person in a text that was not imported yet.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct NewPersonDto {
    line: u32,
    name: String,
    email: Option<String>,
    role: RoleDto,
}

/// A line that was not understood.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct WrongLineDto {
    line: u32,
    reason: String,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CheckedTextDto {
    new: Vec<NewPersonDto>,
    /// The number of people who are on the list already.
    present: u32,
    wrong: Vec<WrongLineDto>,
    /// Why the people who were understood cannot all be added; `null` where they can.
    too_many: Option<String>,
}

impl From<CheckedText> for CheckedTextDto {
    fn from(CheckedText { new, present, wrong, too_many }: CheckedText) -> Self {
        let person = |(line, person): (usize, PersonInput)| NewPersonDto {
            line: count(line),
            name: person.name,
            email: person.email.map(|email| email.to_string()),
            role: person.role.into(),
        };
        Self {
            new: new.into_iter().map(person).collect(),
            present: count(present.len()),
            wrong: wrong
                .into_iter()
                .map(|wrong| WrongLineDto { line: count(wrong.line), reason: wrong.flaw.to_string() })
                .collect(),
            too_many: too_many.map(|invalid| invalid.to_string()),
        }
    }
}

/// Another session with people on its list.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct OtherRosterDto {
    session_id: String,
    title: String,
    start: String,
    people: u32,
}

impl From<RosterOfSession> for OtherRosterDto {
    fn from(other: RosterOfSession) -> Self {
        Self {
            session_id: other.session.to_string(),
            title: other.title,
            start: instant(other.start),
            people: other.people,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CopiedDto {
    people: u32,
    copied: bool,
    local_only: bool,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct QrDto {
    svg: String,
    local_only: bool,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CalendarFilesDto {
    files: u32,
    /// The file, or the folder that holds several.
    path: String,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct InvitationTextDto {
    text: String,
    /// The names of the fields that the text may hold, without braces.
    fields: Vec<&'static str>,
}

impl InvitationTextDto {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), fields: invitation_text::field_names() }
    }
}
