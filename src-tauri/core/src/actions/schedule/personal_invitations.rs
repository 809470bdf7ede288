//! Invitations for the people on the roster: a link of their own for each, in a text, as a QR code and in a calendar file.
//!
//! Where the join page has a door, the link is an address of the door: one for each person and series, always the same. Without a
//! door, a link is made with a fresh token whenever it is asked for, also before the class begins, and its room is made then.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::actions::guard;
use crate::actions::schedule::class_links;
use crate::context::Context;
use crate::domain::file_name::file_name;
use crate::domain::ids::{MeetingId, PersonId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::role::Permission;
use crate::domain::qr;
use crate::domain::recorder::room_people::room_code_mark;
use crate::domain::schedule::calendar_file::calendar_file;
use crate::domain::schedule::invitation_text::{FilledText, InvitationText};
use crate::domain::schedule::join_link::LinkOf;
use crate::domain::schedule::person::{Person, Role};
use crate::domain::schedule::roster::RosterEntry;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::door::{self, DoorAddress};
use crate::recorder::invited::room_for_invitations;
use crate::recorder::rooms::{Seat, invite_page, is_local, no_join_page, person_token};
use crate::recorder::{join_links, lifecycle};
use crate::secret_url::SecretUrl;
use crate::store::{PersonSeat, SeatRole};

/// The most tokens that are asked for at the same time.
const MAX_AT_ONCE: usize = 4;
/// The most calendar files of one name in one folder.
const MAX_FILES_PER_NAME: usize = 99;
/// The name that everybody has who comes in by the code of the room, until they give their own.
const GUEST: &str = "Guest";

/// The people who are to be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Everybody on the roster.
    Everybody,
    /// Those for whom no link was made yet.
    WithoutLink,
    /// These people.
    These(Vec<PersonId>),
}

/// The invitation of one person.
#[derive(Debug, Clone)]
pub struct PersonalInvitation {
    /// The person.
    pub person: Person,
    /// The person's link.
    pub url: SecretUrl,
    /// The text of the invitation with the link in it.
    pub letter: FilledText,
}

/// Invitations that were made.
#[derive(Debug, Clone)]
pub struct PersonalInvitations {
    /// The session.
    pub session: Session,
    /// One invitation for each person, in the order of the roster.
    pub all: Vec<PersonalInvitation>,
    /// Whether the links work on this computer only.
    pub local_only: bool,
    /// That the links work later, and why; `None` where they work as soon as the class opens.
    pub waits: Option<String>,
}

impl PersonalInvitations {
    /// All invitations in one text, for the clipboard. With several of them, each begins with whom it is for.
    #[must_use]
    pub fn letter(&self) -> FilledText {
        if let [only] = self.all.as_slice() {
            return only.letter.clone();
        }
        let (mut plain, mut html) = (Vec::new(), Vec::new());
        for PersonalInvitation { person, letter, .. } in &self.all {
            let email = person.email.as_ref().map(|email| format!(" <{email}>")).unwrap_or_default();
            let whom = FilledText::of_words(&format!("{}{email}", person.name));
            plain.push(format!("{}\n\n{}", whom.plain, letter.plain));
            html.push(format!("<p><b>{}</b></p>\n{}", whom.html, letter.html));
        }
        FilledText { plain: plain.join("\n\n---\n\n"), html: html.join("\n<hr>\n") }
    }
}

/// The QR code of a link, as SVG. Whoever sees it can use the link, so it must not get into a log.
#[derive(Clone)]
pub struct QrCode {
    /// The drawing.
    pub svg: String,
    /// Whether the link works on this computer only.
    pub local_only: bool,
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrCode(…)")
    }
}

/// Makes a link for each of these people: the own address at the door, which stays the same, or an invitation with a fresh token.
/// Earlier links stay valid.
///
/// Refused if the class has fewer places than people. Where a request fails, the links that were made stay known, and
/// asking again goes on from there.
pub async fn invite_people(context: &Context, id: SessionId, whom: &Whom) -> Result<PersonalInvitations, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let session = lifecycle::session(context, id)?;
    let people = choose(context.store().roster_entries(id)?, whom, &session)?;
    check_places(context, &session, &people)?;
    let made = match door::is_open(context)? {
        Some(door) => at_door(context, &session, people, &door).await,
        None => with_tokens(context, &session, people).await,
    };
    // Also after a failure, because some links may have been made.
    context.changed(&[Topic::Sessions]);
    let Links { all, local_only, waits } = made?;
    let text = context.store().invitation_text()?;
    let invitation = |(person, url): (Person, SecretUrl)| {
        let letter = text.filled(&session.plan, &person.name, url.expose());
        PersonalInvitation { person, url, letter }
    };
    Ok(PersonalInvitations { all: all.into_iter().map(invitation).collect(), session, local_only, waits })
}

/// Links that were made.
struct Links {
    all: Vec<(Person, SecretUrl)>,
    local_only: bool,
    waits: Option<String>,
}

/// The own address of each person at the door. It needs no room, and RealtimeKit is not asked.
async fn at_door(
    context: &Context,
    session: &Session,
    people: Vec<Person>,
    door: &DoorAddress,
) -> Result<Links, Error> {
    class_links::refuse_over(session)?;
    let mut all = Vec::with_capacity(people.len());
    for person in people {
        take_seat(context, session, &person.mark(), person.role.into())?;
        let leads_to = join_links::reach(context, session, person.id)?;
        let link = join_links::to(context, leads_to, Some(person.id)).await?;
        all.push((person, door::join_url(context, &link).await?));
    }
    let waits = join_links::tell(context, "The links work as soon as the door was reached.").await?;
    Ok(Links { all, local_only: is_local(&door.0), waits })
}

/// A link with a fresh token for each person.
async fn with_tokens(context: &Context, session: &Session, people: Vec<Person>) -> Result<Links, Error> {
    let page = &invite_page(context)?.ok_or_else(no_join_page)?;
    let room = &room_for_invitations(context, session.id).await?;
    let made = people.into_iter().map(|person| async move {
        let token = token(context, session, room, &person.mark(), person.role.into(), &person.name).await?;
        let url = SecretUrl::invitation(page, &token, session.plan.start.instant(), session.plan.record);
        Ok::<_, Error>((person, url))
    });
    let all = stream::iter(made.collect::<Vec<_>>()).buffered(MAX_AT_ONCE).try_collect().await?;
    Ok(Links { all, local_only: is_local(page), waits: None })
}

/// Takes the seat of a person. Refused if all places are taken.
fn take_seat(context: &Context, session: &Session, mark: &str, role: SeatRole) -> Result<PersonSeat, Error> {
    let max = session.plan.max_participants;
    match context.store().take_seat_of_person(session.id, mark, role, max, context.now())? {
        PersonSeat::Full => Err(Error::RoomFull { max }),
        taken => Ok(taken),
    }
}

/// A fresh token for one seat, which is taken first.
async fn token(
    context: &Context,
    session: &Session,
    room: &MeetingId,
    mark: &str,
    role: SeatRole,
    name: &str,
) -> Result<secrecy::SecretString, Error> {
    let seated = take_seat(context, session, mark, role)?;
    let seat = Seat { session: session.id, room, custom_id: mark, role, name: Some(name) };
    let token = person_token(context, &seat, seated).await?;
    context.store().link_made(session.id, mark, context.now())?;
    Ok(token)
}

fn choose(entries: Vec<RosterEntry>, whom: &Whom, session: &Session) -> Result<Vec<Person>, Error> {
    if let Whom::These(ids) = whom
        && let Some(unknown) = ids.iter().find(|id| !entries.iter().any(|entry| entry.person.id == **id))
    {
        return Err(Error::NotFound { what: "person", id: unknown.to_string() });
    }
    let nobody = entries.is_empty();
    let wanted = |entry: &RosterEntry| match whom {
        Whom::Everybody => true,
        Whom::WithoutLink => entry.link_at.is_none(),
        Whom::These(ids) => ids.contains(&entry.person.id),
    };
    let people: Vec<Person> = entries.into_iter().filter(wanted).map(|entry| entry.person).collect();
    if people.is_empty() {
        let title = &session.plan.title;
        return Err(if nobody {
            Error::Conflict { message: format!("“{title}” has nobody on its list."), next: "Add people first." }
        } else {
            Error::Conflict { message: "Everybody has a link already.".into(), next: "Copy all links to renew them." }
        });
    }
    Ok(people)
}

/// Refuses before the first request if not everybody gets a place.
fn check_places(context: &Context, session: &Session, people: &[Person]) -> Result<(), Error> {
    let max = session.plan.max_participants;
    let taken = context.store().taken_seats(session.id)?;
    let mut needed = 0_u32;
    for person in people.iter().filter(|person| person.role == Role::Participant) {
        if context.store().invitee(session.id, &person.mark())?.is_none() {
            needed = needed.saturating_add(1);
        }
    }
    let taken = taken.people.saturating_add(taken.others);
    if needed > 0 && taken.saturating_add(needed) > max {
        return Err(Error::Conflict {
            message: format!(
                "The class takes {max} participants: {taken} places are taken, and {needed} more are needed."
            ),
            next: "Raise the number of participants of the class, or take people off the list.",
        });
    }
    Ok(())
}

/// The QR code of one person's link, with a fresh token.
pub async fn qr_of_person(context: &Context, id: SessionId, person: PersonId) -> Result<QrCode, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let made = invite_people(context, id, &Whom::These(vec![person])).await?;
    let url = made.all.first().ok_or(Error::NotFound { what: "person", id: person.to_string() })?.url.clone();
    Ok(QrCode { svg: qr::svg(url.expose())?, local_only: made.local_only })
}

/// The QR code for a wall or a projector: whoever scans it comes in as a participant. Where the join page has a door, it is the
/// class link. Without one, it takes one place, and Hajime cannot limit how many people use it.
pub async fn qr_of_room(context: &Context, id: SessionId) -> Result<QrCode, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    if let Some(door) = door::is_open(context)? {
        let link = class_links::link(context, id, LinkOf::Class).await?;
        return Ok(QrCode { svg: qr::svg(link.url.expose())?, local_only: is_local(&door.0) });
    }
    let session = lifecycle::session(context, id)?;
    let page = invite_page(context)?.ok_or_else(no_join_page)?;
    let room = room_for_invitations(context, id).await?;
    let mark = room_code_mark(id);
    let token = token(context, &session, &room, &mark, SeatRole::Participant, GUEST).await?;
    context.changed(&[Topic::Sessions]);
    let url = SecretUrl::invitation(&page, &token, session.plan.start.instant(), session.plan.record);
    Ok(QrCode { svg: qr::svg(url.expose())?, local_only: is_local(&page) })
}

/// Calendar files that were saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFiles {
    /// The files, one for each person.
    pub files: Vec<PathBuf>,
    /// The file, or the folder that holds several.
    pub path: PathBuf,
}

/// Saves a calendar file with the person's own link for each of these people. Several of them get a folder of their own
/// in `folder`. No file is overwritten.
pub async fn save_calendar_files(
    context: &Context,
    id: SessionId,
    whom: &Whom,
    folder: &Path,
) -> Result<CalendarFiles, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let made = invite_people(context, id, whom).await?;
    let folder = match made.all.len() {
        0 | 1 => folder.to_owned(),
        _ => folder.join(file_name(&made.session.plan.title, "Class", " invitations")),
    };
    let folder = folder.as_path();
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, &error))?;
    let mut files = Vec::with_capacity(made.all.len());
    for PersonalInvitation { person, url, letter } in &made.all {
        let calendar = calendar_file(&made.session, url.expose(), &letter.plain, context.now());
        let title = format!("{} {}", made.session.plan.title, person.name);
        files.push(save(folder, &title, &calendar).map_err(|error| Error::file(folder, &error))?);
    }
    let path = match files.as_slice() {
        [only] => only.clone(),
        _ => folder.to_owned(),
    };
    Ok(CalendarFiles { files, path })
}

fn save(folder: &Path, title: &str, content: &str) -> std::io::Result<PathBuf> {
    for number in 1..=MAX_FILES_PER_NAME {
        let ending = if number == 1 { ".ics".to_owned() } else { format!(" ({number}).ics") };
        let path = folder.join(file_name(title, "Class", &ending));
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                std::io::Write::write_all(&mut file, content.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// The text of invitations at this desk.
pub fn text(context: &Context) -> Result<InvitationText, Error> {
    guard::allow(context, Permission::InvitePeople)?;
    Ok(context.store().invitation_text()?)
}

/// Stores the text of invitations; an empty one brings back the first text.
pub fn set_text(context: &Context, text: &str) -> Result<InvitationText, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let checked: Option<InvitationText> =
        if text.trim().is_empty() { None } else { Some(InvitationText::check(text)?) };
    context.store().set_invitation_text(checked.as_ref())?;
    context.changed(&[Topic::Desk]);
    Ok(checked.unwrap_or_default())
}

/// How the invitation of a person would read, with a link that opens nothing.
pub fn preview(context: &Context, id: SessionId, text: &str) -> Result<FilledText, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let session = lifecycle::session(context, id)?;
    let name =
        context.store().roster_of(id)?.into_iter().next().map_or_else(|| "Anna Lindt".into(), |person| person.name);
    let checked: Result<InvitationText, Invalid> = InvitationText::check(text);
    let link = match door::is_open(context)? {
        Some(_) => "https://join.example.org/j/…",
        None => "https://join.example.org/#token=…",
    };
    Ok(checked?.filled(&session.plan, &name, link))
}
