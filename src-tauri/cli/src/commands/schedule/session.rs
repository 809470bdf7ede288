//! `session add|list|show|start|start-again|end|cancel|restore|duplicate|edit|invite|pause|resume|extend|remove-participant`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::{end, extend, pause, people, start};
use hajime_core::actions::schedule::{invitations, sessions};
use hajime_core::context::Context;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::limits::{LENGTH_DEFAULT_MINUTES, PARTICIPANTS_DEFAULT};
use hajime_core::domain::schedule::session::{Session, SessionInput};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::commands::library::recording_view::RecordingView;
use crate::commands::recorder::people as people_view;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put a session on the schedule.
    Add(Plan),
    /// Change a session that has not begun.
    Edit {
        /// The session’s id.
        id: String,
        #[command(flatten)]
        plan: Plan,
    },
    /// All sessions, by start.
    List,
    /// One session with its recordings.
    Show {
        /// The session’s id.
        id: String,
    },
    /// Open the room. Prints the host’s way in; run `watch` to have it recorded.
    Start {
        /// The session’s id.
        id: String,
        /// Start it also when it is planned for more than an hour from now.
        #[arg(long)]
        early: bool,
    },
    /// Go on with a class that ended by mistake, before anything of it was recorded: the same room, the same invitations.
    StartAgain {
        /// The session’s id.
        id: String,
    },
    /// Make an invitation for one person.
    Invite {
        /// The session’s id.
        id: String,
    },
    /// Pause the recording.
    Pause {
        /// The session’s id.
        id: String,
    },
    /// Resume the recording.
    Resume {
        /// The session’s id.
        id: String,
    },
    /// Move the planned end of a live session, counted from now if it has passed.
    Extend {
        /// The session’s id.
        id: String,
        /// By how many minutes.
        #[arg(allow_negative_numbers = true)]
        minutes: i64,
    },
    /// Remove somebody from the room. The link that they came in with lets nobody in any more.
    RemoveParticipant {
        /// The session’s id.
        id: String,
        /// The id that `people` shows, or the id of a person on the roster.
        person: String,
    },
    /// Stop the recording, remove everyone and close the room. A second time is harmless.
    End {
        /// The session’s id.
        id: String,
    },
    /// Cancel a session that has not begun.
    Cancel {
        /// The session’s id.
        id: String,
    },
    /// Put a cancelled session back on the schedule.
    Restore {
        /// The session’s id.
        id: String,
    },
    /// Schedule another session like this one.
    Duplicate {
        /// The session’s id.
        id: String,
        /// Start of the new one, in the session’s zone: `2026-11-30T19:00`.
        #[arg(long)]
        start: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Title of the class.
    #[arg(long)]
    title: String,
    /// Who teaches it.
    #[arg(long)]
    instructor: String,
    /// Start: `2026-11-23T19:00` in the session’s zone, an instant such as `2026-11-23T18:00:00Z`, or `now`.
    #[arg(long)]
    start: String,
    /// IANA time zone.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// Length in minutes.
    #[arg(long, alias = "minutes", alias = "duration", default_value_t = i64::from(LENGTH_DEFAULT_MINUTES), allow_negative_numbers = true)]
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

impl Plan {
    fn input(self, now: DateTime<Utc>) -> SessionInput {
        let start_local = if self.start == "now" { instant(now) } else { self.start };
        SessionInput {
            title: self.title,
            instructor: self.instructor,
            start_local,
            timezone: self.timezone,
            duration_minutes: self.length,
            record: !self.no_record,
            quality: self.quality,
            max_participants: self.max_participants,
        }
    }
}

/// The output for a session. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct SessionView {
    id: String,
    title: String,
    instructor: String,
    start: String,
    end: String,
    timezone: &'static str,
    record: bool,
    quality: &'static str,
    max_participants: u32,
    status: &'static str,
    room_id: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        let (plan, room) = (&session.plan, session.state.room());
        Self {
            id: session.id.to_string(),
            title: plan.title.clone(),
            instructor: plan.instructor_name().to_owned(),
            start: instant(plan.start.instant()),
            end: instant(plan.end()),
            timezone: plan.start.zone().name(),
            record: plan.record,
            quality: plan.quality.name(),
            max_participants: plan.max_participants,
            status: session.state.name(),
            room_id: room.map(|room| room.id.to_string()),
            started_at: room.map(|room| instant(room.opened_at)),
            ended_at: session.state.ended_at().map(instant),
        }
    }
}

impl SessionView {
    fn line(&self) -> String {
        format!("{}  {:<9}  {}  {} ({})", self.id, self.status, self.start, self.title, self.instructor)
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    session: SessionView,
    recordings: Vec<RecordingView>,
}

#[derive(Debug, Serialize)]
struct Opened {
    #[serde(flatten)]
    session: SessionView,
    already_live: bool,
    join_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct Closed {
    #[serde(flatten)]
    session: SessionView,
    already_ended: bool,
}

#[derive(Debug, Serialize)]
struct NextClass {
    id: String,
    title: String,
    start: String,
}

impl From<Session> for NextClass {
    fn from(session: Session) -> Self {
        let start = instant(session.plan.start.instant());
        Self { id: session.id.to_string(), title: session.plan.title, start }
    }
}

#[derive(Debug, Serialize)]
struct Extended {
    #[serde(flatten)]
    session: SessionView,
    change: String,
    overlapped: Option<NextClass>,
    recording_cut: Option<String>,
}

#[derive(Debug, Serialize)]
struct Invited {
    url: String,
    made: u32,
    max: u32,
    local_only: bool,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Add(plan) => print(output, &sessions::schedule(context, &plan.input(context.now()))?),
        Command::Edit { id, plan } => print(output, &sessions::edit(context, id.parse()?, &plan.input(context.now()))?),
        Command::Cancel { id } => print(output, &sessions::cancel(context, id.parse()?)?),
        Command::Restore { id } => print(output, &sessions::restore(context, id.parse()?)?),
        Command::Duplicate { id, start } => print(output, &sessions::duplicate(context, id.parse()?, &start)?),
        Command::List => {
            let all: Vec<SessionView> = sessions::list(context, None, None)?.iter().map(SessionView::from).collect();
            output.print(&all, |all| all.iter().map(SessionView::line).collect::<Vec<_>>().join("\n"));
        }
        Command::Show { id } => {
            let session = sessions::get(context, id.parse()?)?;
            let of_it = recordings::of_session(context, session.id)?;
            let shown =
                Shown { session: (&session).into(), recordings: of_it.into_iter().map(RecordingView::from).collect() };
            output.print(&shown, |shown| {
                let lines = shown.recordings.iter().map(RecordingView::line);
                std::iter::once(shown.session.line()).chain(lines).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Start { id, early: false } => opened(output, start::start(context, id.parse()?).await?),
        Command::Start { id, early: true } => opened(output, start::start_early(context, id.parse()?).await?),
        Command::StartAgain { id } => opened(output, start::start_again(context, id.parse()?).await?),
        Command::Invite { id } => {
            let made = invitations::invite(context, id.parse()?).await?;
            let url = made.url.expose().to_owned();
            let invited = Invited { url, made: made.made, max: made.max, local_only: made.local_only };
            output
                .print(&invited, |invited| format!("{}\n{} of {} invitations", invited.url, invited.made, invited.max));
        }
        Command::Pause { id } => {
            let paused = pause::pause(context, id.parse()?).await?;
            output.print(&RecordingView::read(context, paused)?, RecordingView::line);
        }
        Command::Resume { id } => {
            let resumed = pause::resume(context, id.parse()?).await?;
            output.print(&RecordingView::read(context, resumed)?, RecordingView::line);
        }
        Command::Extend { id, minutes } => extended(output, extend::extend(context, id.parse()?, minutes)?),
        Command::RemoveParticipant { id, person } => {
            people_view::print(output, people::remove(context, id.parse()?, &person).await?);
        }
        Command::End { id } => {
            let ended = end::end(context, id.parse()?).await?;
            if let Some(trouble) = ended.trouble {
                return Err(trouble);
            }
            let closed = Closed { session: (&ended.session).into(), already_ended: ended.already_ended };
            output.print(&closed, |closed| closed.session.line());
        }
    }
    Ok(())
}

fn opened(output: Output, started: start::Started) {
    let opened = Opened {
        session: (&started.session).into(),
        already_live: started.already_live,
        join_url: started.join.map(|url| url.expose().to_owned()),
    };
    output.print(&opened, |opened| {
        let join = opened.join_url.as_deref().unwrap_or("No join page is set; set one in the window’s Settings.");
        format!("{}\nYour way in: {join}", opened.session.line())
    });
}

fn extended(output: Output, done: extend::Extended) {
    let extended = Extended {
        session: (&done.session.session).into(),
        change: done.change.to_string(),
        overlapped: done.overlapped.map(NextClass::from),
        recording_cut: done.recording_cut.map(instant),
    };
    output.print(&extended, |extended| {
        let mut lines = vec![format!("“{}” ends at {}.", extended.session.title, extended.session.end)];
        if let Some(next) = &extended.overlapped {
            lines.push(format!("“{}” begins before that, at {}.", next.title, next.start));
        }
        if let Some(cut) = &extended.recording_cut {
            lines.push(format!("Cloudflare ends the recording at {cut}, after 24 hours. Another one begins then."));
        }
        lines.join("\n")
    });
}

fn print(output: Output, session: &Session) {
    output.print(&SessionView::from(session), SessionView::line);
}
