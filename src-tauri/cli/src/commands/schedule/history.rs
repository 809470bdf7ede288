//! `session history` and `session attendance`: what became of a class, and who was there.

use std::path::PathBuf;

use hajime_core::actions::health::class_page;
use hajime_core::actions::recorder::history::{self, History, Recorded};
use hajime_core::context::Context;
use hajime_core::domain::recorder::consent::Consent;
use hajime_core::domain::recorder::extensions::Extension;
use hajime_core::domain::recorder::pauses::Pause;
use hajime_core::domain::schedule::attendance_list::Attendee;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::commands::library::recording_view::RecordingView;
use crate::commands::schedule::session_view::SessionView;
use crate::commands::schedule::texts::StateView;
use crate::output::{self, Output};

/// The output for a person. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct AttendeeView {
    name: String,
    email: Option<String>,
    role: &'static str,
    joined_at: Option<String>,
    left_at: Option<String>,
    present_seconds: Option<i64>,
    consent: &'static str,
}

impl From<Attendee> for AttendeeView {
    fn from(one: Attendee) -> Self {
        Self {
            name: one.name,
            email: one.email.map(|email| email.to_string()),
            role: one.role.name(),
            joined_at: one.attendance.map(|seen| instant(seen.joined_at)),
            left_at: one.attendance.and_then(|seen| seen.left_at).map(instant),
            present_seconds: one.attendance.map(|seen| seen.present.num_seconds()),
            consent: one.consent.name(),
        }
    }
}

impl AttendeeView {
    fn line(&self) -> String {
        let name = if self.name.is_empty() { "no name" } else { &self.name };
        let there = match (&self.joined_at, &self.left_at) {
            (None, _) => "not seen".to_owned(),
            (Some(joined), None) => format!("joined {joined}"),
            (Some(joined), Some(left)) => format!("joined {joined}, left {left}"),
        };
        let answer = if self.consent == Consent::Declined.name() { ", not to be recorded" } else { "" };
        format!("{:<11}  {name}{answer}  {there}", self.role)
    }
}

#[derive(Debug, Serialize)]
struct PauseView {
    from: String,
    to: Option<String>,
}

impl From<Pause> for PauseView {
    fn from(Pause { from, to }: Pause) -> Self {
        Self { from: instant(from), to: to.map(instant) }
    }
}

#[derive(Debug, Serialize)]
struct ExtensionView {
    at: String,
    actor: String,
    from: String,
    to: String,
}

impl From<Extension> for ExtensionView {
    fn from(Extension { at, actor, from, to }: Extension) -> Self {
        Self { at: instant(at), actor, from: instant(from), to: instant(to) }
    }
}

#[derive(Debug, Serialize)]
struct RecordedView {
    #[serde(flatten)]
    recording: RecordingView,
    pauses: Vec<PauseView>,
}

impl From<Recorded> for RecordedView {
    fn from(Recorded { recording, pauses }: Recorded) -> Self {
        Self { recording: recording.into(), pauses: pauses.into_iter().map(PauseView::from).collect() }
    }
}

#[derive(Debug, Serialize)]
struct HistoryView {
    #[serde(flatten)]
    session: SessionView,
    opened_at: Option<String>,
    ended_at: Option<String>,
    people: Vec<AttendeeView>,
    /// Why people who are not on the roster are missing; `null` where the list is complete.
    people_incomplete: Option<String>,
    extensions: Vec<ExtensionView>,
    recordings: Vec<RecordedView>,
    chat: StateView,
    transcript: StateView,
}

impl HistoryView {
    fn lines(&self) -> String {
        let mut lines = vec![self.session.line()];
        lines.extend(self.opened_at.as_ref().map(|at| format!("The room was opened at {at}.")));
        lines.extend(self.ended_at.as_ref().map(|at| format!("It was ended at {at}.")));
        let extensions = self.extensions.iter();
        lines.extend(extensions.map(|one| format!("The planned end was moved from {} to {}.", one.from, one.to)));
        lines.extend(self.people.iter().map(AttendeeView::line));
        lines.extend(self.people_incomplete.as_ref().map(|why| format!("Only people on the list are shown. {why}")));
        for recorded in &self.recordings {
            lines.push(recorded.recording.line());
            let pauses = recorded.pauses.iter();
            lines.extend(pauses.map(|pause| match &pause.to {
                Some(to) => format!("  Paused from {} to {to}.", pause.from),
                None => format!("  Paused since {}.", pause.from),
            }));
        }
        lines.extend([self.chat.line("Chat"), self.transcript.line("Transcript")]);
        lines.join("\n")
    }
}

pub(crate) async fn show(context: &Context, session: &str, output: Output) -> Result<(), UserError> {
    let History { session, people, unheard, extensions, recordings, chat, transcript } =
        history::history(context, session.parse()?).await?;
    let view = HistoryView {
        extensions: extensions.into_iter().map(ExtensionView::from).collect(),
        chat: chat.into(),
        transcript: transcript.into(),
        opened_at: session.state.room().map(|room| instant(room.opened_at)),
        ended_at: session.state.ended_at().map(instant),
        people: people.into_iter().map(AttendeeView::from).collect(),
        people_incomplete: unheard.map(|error| output::words(&error.into())),
        recordings: recordings.into_iter().map(RecordedView::from).collect(),
        session: SessionView::read(context, &session)?,
    };
    output.print(&view, HistoryView::lines);
    Ok(())
}

#[derive(Debug, Serialize)]
struct Attendance {
    people: Vec<AttendeeView>,
    /// The file that was saved; `null` where none was asked for.
    file: Option<PathBuf>,
}

pub(crate) async fn attendance(
    context: &Context,
    session: &str,
    file: Option<PathBuf>,
    output: Output,
) -> Result<(), UserError> {
    let id = session.parse()?;
    if let Some(file) = &file {
        history::save_attendance(context, id, file).await?;
    }
    let people = history::attendance(context, id).await?.into_iter().map(AttendeeView::from).collect();
    output.print(&Attendance { people, file }, |shown| {
        let saved = shown.file.as_ref().map(|file| format!("Saved as {}.", file.display()));
        shown.people.iter().map(AttendeeView::line).chain(saved).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

#[derive(Debug, Serialize)]
struct Printed {
    file: PathBuf,
}

pub(crate) async fn print(context: &Context, session: &str, file: PathBuf, output: Output) -> Result<(), UserError> {
    class_page::save(context, session.parse()?, &file).await?;
    output.print(&Printed { file }, |printed| {
        format!("Saved as {}. Open it in a browser to print it.", printed.file.display())
    });
    Ok(())
}
