//! `roster show|import|set|edit|remove|from|invite|qr|calendar|text`: the people of a session and their invitations.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use hajime_core::actions::schedule::personal_invitations::{self, PersonalInvitation, Whom};
use hajime_core::actions::schedule::roster::{self, PersonDraft, Reach, Roster, WrongLines};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::{PersonId, SessionId};
use hajime_core::domain::schedule::invitation_text;
use hajime_core::domain::schedule::person::Role;
use hajime_core::domain::schedule::roster::{Present, RosterEntry, RosterOfSession};
use hajime_core::domain::schedule::roster_text;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The people of a session, and what became of their invitations.
    Show {
        /// The session’s id.
        session: String,
    },
    /// Add the people in a text or CSV file. Those who are on the list already stay as they are.
    Import(Text),
    /// Make the list exactly the people in a text or CSV file. Those who stay keep their links.
    Set(Text),
    /// Read a text or CSV file and say what an import would do. Changes nothing.
    Check(Source),
    /// Change a person.
    Edit {
        /// The session’s id.
        session: String,
        /// The person’s id.
        person: String,
        /// The name that others see in the room.
        #[arg(long)]
        name: String,
        /// The e-mail address; left out, the person has none.
        #[arg(long, default_value = "")]
        email: String,
        /// participant or host.
        #[arg(long, default_value = "participant")]
        role: String,
        #[command(flatten)]
        reach: Reaching,
    },
    /// Take people off the list. Their links soon let nobody in any more.
    Remove {
        /// The session’s id.
        session: String,
        /// The ids of the people.
        #[arg(required = true)]
        people: Vec<String>,
        #[command(flatten)]
        reach: Reaching,
    },
    /// Add the people of another session; without one, list the sessions that have people.
    From {
        /// The session’s id.
        session: String,
        /// The other session’s id.
        other: Option<String>,
        #[command(flatten)]
        reach: Reaching,
    },
    /// Make a link for each person. Prints the invitations; every link lets one person in.
    Invite(Chosen),
    /// Save the QR code of a person’s link, or of the room, as SVG.
    Qr {
        /// The session’s id.
        session: String,
        /// The file to make; one that exists is never overwritten.
        path: PathBuf,
        /// The person’s id; without one, the code is for everybody.
        #[arg(long)]
        person: Option<String>,
    },
    /// Save a calendar file (.ics) with their own link for each person.
    Calendar {
        #[command(flatten)]
        chosen: Chosen,
        /// The folder to save them in.
        #[arg(long, default_value = ".")]
        folder: PathBuf,
    },
    /// Show the text of invitations, or set it from a file.
    Text {
        /// The file with the new text. An empty file brings back the first text.
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Source {
    /// The session’s id.
    session: String,
    /// The file: one person on each line, or CSV.
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Text {
    #[command(flatten)]
    source: Source,
    /// Leave out the lines that are not understood, instead of adding nobody.
    #[arg(long)]
    leave_out: bool,
    #[command(flatten)]
    reach: Reaching,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Reaching {
    /// The same in the later classes of its series that have not begun, and in those that are made later.
    #[arg(long)]
    following: bool,
}

impl From<Reaching> for Reach {
    fn from(Reaching { following }: Reaching) -> Self {
        if following { Self::Following } else { Self::This }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// The session’s id.
    session: String,
    /// Only this person; may be given several times.
    #[arg(long, value_name = "ID")]
    person: Vec<String>,
    /// Only people without a link.
    #[arg(long, conflicts_with = "person")]
    new: bool,
}

impl Chosen {
    fn whom(&self) -> Result<(SessionId, Whom), UserError> {
        let whom = match self.person.as_slice() {
            [] if self.new => Whom::WithoutLink,
            [] => Whom::Everybody,
            people => Whom::These(ids(people)?),
        };
        Ok((self.session.parse()?, whom))
    }
}

fn ids(people: &[String]) -> Result<Vec<PersonId>, UserError> {
    people.iter().map(|person| Ok(person.parse()?)).collect()
}

/// The output for a person. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct PersonView {
    id: String,
    name: String,
    email: Option<String>,
    role: &'static str,
    link_at: Option<String>,
    joined_at: Option<String>,
    left_at: Option<String>,
    present_seconds: Option<i64>,
}

impl From<RosterEntry> for PersonView {
    fn from(RosterEntry { person, link_at, attendance }: RosterEntry) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name,
            email: person.email.map(|email| email.to_string()),
            role: person.role.name(),
            link_at: link_at.map(instant),
            joined_at: attendance.map(|seen| instant(seen.joined_at)),
            left_at: attendance.and_then(|seen| seen.left_at).map(instant),
            present_seconds: attendance.map(|seen| seen.present.num_seconds()),
        }
    }
}

impl PersonView {
    fn line(&self) -> String {
        let email = self.email.as_deref().unwrap_or("-");
        let state = match (&self.joined_at, &self.link_at) {
            (Some(joined), _) => format!("joined {joined}"),
            (None, Some(at)) => format!("link made {at}"),
            (None, None) => "no link yet".to_owned(),
        };
        format!("{}  {:<11}  {}  {email}  {state}", self.id, self.role, self.name)
    }
}

#[derive(Debug, Serialize)]
struct RosterView {
    session_id: String,
    people: Vec<PersonView>,
    other_invitations: u32,
    max_participants: u32,
    mails_participants: bool,
    /// The later classes of its series that have not begun; null for a session of its own.
    later_classes: Option<usize>,
}

impl From<Roster> for RosterView {
    fn from(Roster { session, people, others, mails_participants, later }: Roster) -> Self {
        Self {
            session_id: session.id.to_string(),
            people: people.into_iter().map(PersonView::from).collect(),
            other_invitations: others,
            max_participants: session.plan.max_participants,
            mails_participants,
            later_classes: later,
        }
    }
}

impl RosterView {
    fn lines(&self) -> String {
        let count = format!("{} people; the class takes {}.", self.people.len(), self.max_participants);
        self.people.iter().map(PersonView::line).chain([count]).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct NewView {
    line: usize,
    name: String,
    email: Option<String>,
    role: &'static str,
}

#[derive(Debug, Serialize)]
struct WrongView {
    line: usize,
    reason: String,
}

#[derive(Debug, Serialize)]
struct CheckedView {
    new: Vec<NewView>,
    present: Vec<usize>,
    wrong: Vec<WrongView>,
    too_many: Option<String>,
}

impl CheckedView {
    fn lines(&self) -> String {
        let new = self
            .new
            .iter()
            .map(|person| format!("Line {}: {} {}", person.line, person.name, person.email.as_deref().unwrap_or("-")));
        let present = self.present.iter().map(|line| format!("Line {line}: is on the list already."));
        let wrong = self.wrong.iter().map(|wrong| format!("Line {}: {}", wrong.line, wrong.reason));
        new.chain(present).chain(wrong).chain(self.too_many.clone()).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct OtherView {
    session_id: String,
    title: String,
    start: String,
    people: u32,
}

impl From<RosterOfSession> for OtherView {
    fn from(other: RosterOfSession) -> Self {
        Self {
            session_id: other.session.to_string(),
            title: other.title,
            start: instant(other.start),
            people: other.people,
        }
    }
}

#[derive(Debug, Serialize)]
struct InvitationView {
    person_id: String,
    name: String,
    email: Option<String>,
    url: String,
    text: String,
    html: String,
}

impl From<&PersonalInvitation> for InvitationView {
    fn from(PersonalInvitation { person, url, letter }: &PersonalInvitation) -> Self {
        Self {
            person_id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.as_ref().map(ToString::to_string),
            url: url.expose().to_owned(),
            text: letter.plain.clone(),
            html: letter.html.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
struct InvitedView {
    invitations: Vec<InvitationView>,
    local_only: bool,
    /// That the links work later, and why.
    waits: Option<String>,
}

#[derive(Debug, Serialize)]
struct SavedView {
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct TextView {
    text: String,
    fields: Vec<&'static str>,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Show { session } => print(output, roster::get(context, session.parse()?)?),
        Command::Import(text) => import(context, &text, Present::Stay, output)?,
        Command::Set(text) => import(context, &text, Present::Replaced, output)?,
        Command::Check(source) => check(context, &source, output)?,
        Command::Edit { session, person, name, email, role, reach } => {
            let role: Role = role.parse().map_err(|flaw: hajime_core::domain::schedule::person::Flaw| {
                UserError::new(ErrorCode::InvalidInput, flaw.to_string(), "Use participant or host.")
            })?;
            let draft = PersonDraft { name: &name, email: &email, role };
            print(output, roster::edit_in(context, session.parse()?, reach.into(), person.parse()?, &draft)?);
        }
        Command::Remove { session, people, reach } => {
            print(output, roster::remove_from(context, session.parse()?, reach.into(), &ids(&people)?)?);
        }
        Command::From { session, other: Some(other), reach } => {
            print(output, roster::take_over_into(context, session.parse()?, reach.into(), other.parse()?)?);
        }
        Command::From { session, other: None, reach: _ } => {
            let others: Vec<OtherView> =
                roster::others(context, session.parse()?)?.into_iter().map(OtherView::from).collect();
            output.print(&others, |others| {
                let line = |other: &OtherView| {
                    format!("{}  {}  {} ({} people)", other.session_id, other.start, other.title, other.people)
                };
                others.iter().map(line).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Invite(chosen) => {
            let (session, whom) = chosen.whom()?;
            let made = personal_invitations::invite_people(context, session, &whom).await?;
            let view = InvitedView {
                invitations: made.all.iter().map(InvitationView::from).collect(),
                local_only: made.local_only,
                waits: made.waits.clone(),
            };
            let waits = made.waits.as_ref().map(|waits| format!("\n\n---\n\n{waits}")).unwrap_or_default();
            output.print(&view, |_| format!("{}{waits}", made.letter().plain));
        }
        Command::Qr { session, path, person } => {
            let session = session.parse()?;
            let code = match person {
                Some(person) => personal_invitations::qr_of_person(context, session, person.parse()?).await?,
                None => personal_invitations::qr_of_room(context, session).await?,
            };
            save(&path, &code.svg)?;
            output.print(&SavedView { files: vec![path] }, saved_lines);
        }
        Command::Calendar { chosen, folder } => {
            let (session, whom) = chosen.whom()?;
            let saved = personal_invitations::save_calendar_files(context, session, &whom, &folder).await?;
            output.print(&SavedView { files: saved.files }, saved_lines);
        }
        Command::Text { file } => {
            let text = match file {
                Some(file) => personal_invitations::set_text(context, &read(&file)?)?,
                None => personal_invitations::text(context)?,
            };
            let view = TextView { text: text.as_str().to_owned(), fields: invitation_text::field_names() };
            output.print(&view, |view| view.text.clone());
        }
    }
    Ok(())
}

fn print(output: Output, roster: Roster) {
    output.print(&RosterView::from(roster), RosterView::lines);
}

fn import(context: &Context, text: &Text, present: Present, output: Output) -> Result<(), UserError> {
    let wrong_lines = if text.leave_out { WrongLines::LeftOut } else { WrongLines::Refused };
    let read = read(&text.source.file)?;
    let (session, reach) = (text.source.session.parse()?, text.reach.into());
    print(output, roster::import_into(context, session, reach, &read, present, wrong_lines)?);
    Ok(())
}

fn check(context: &Context, source: &Source, output: Output) -> Result<(), UserError> {
    let checked = roster::check(context, source.session.parse()?, &read(&source.file)?)?;
    let view = CheckedView {
        new: checked
            .new
            .into_iter()
            .map(|(line, person)| NewView {
                line,
                name: person.name,
                email: person.email.map(|email| email.to_string()),
                role: person.role.name(),
            })
            .collect(),
        present: checked.present,
        wrong: checked
            .wrong
            .into_iter()
            .map(|wrong| WrongView { line: wrong.line, reason: wrong.flaw.to_string() })
            .collect(),
        too_many: checked.too_many.map(|invalid| invalid.to_string()),
    };
    output.print(&view, CheckedView::lines);
    Ok(())
}

fn saved_lines(saved: &SavedView) -> String {
    saved.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n")
}

/// Reads a text file. Standard input is not read: a command that was given credentials gets them there.
fn read(path: &Path) -> Result<String, UserError> {
    let read = std::fs::read(path);
    let bytes = read.map_err(|error| {
        let message = format!("{} cannot be read: {error}.", path.display());
        UserError::new(ErrorCode::File, message, "Check the path and its permissions.")
    })?;
    Ok(roster_text::decode(&bytes)?)
}

fn save(path: &Path, content: &str) -> Result<(), UserError> {
    let written =
        std::fs::File::create_new(path).and_then(|mut file| std::io::Write::write_all(&mut file, content.as_bytes()));
    written.map_err(|error| hajime_core::error::Error::file(path, &error).into())
}
