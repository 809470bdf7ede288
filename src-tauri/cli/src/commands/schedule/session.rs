//! `session add|quick|list|show|skip|move|dates|start|start-again|end|cancel|restore|duplicate|edit|invite|pause|resume|
//! extend|keep-open|remove-participant|history|attendance|chat|transcript`.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::{auto_end, end, extend, pause, people, start};
use hajime_core::actions::schedule::conflicts::{self, Found};
use hajime_core::actions::schedule::invitations::Invitation;
use hajime_core::actions::schedule::series::{self, Changed, Mode, NewSeries, SeriesInput};
use hajime_core::actions::schedule::{invitations, sessions, templates};
use hajime_core::context::Context;
use hajime_core::domain::bounds;
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::limits::{LENGTH_DEFAULT_MINUTES, PARTICIPANTS_DEFAULT};
use hajime_core::domain::schedule::series::{Rooms, Scope, SessionChange};
use hajime_core::domain::schedule::session::{Session, SessionInput};
use hajime_core::domain::schedule::template::Template;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::commands::instant;
use crate::commands::library::recording_view::RecordingView;
use crate::commands::recorder::people as people_view;
use crate::commands::schedule::series_options::{InRooms, Repeat, Repeats, Which};
use crate::commands::schedule::session_view::SessionView;
use crate::commands::schedule::{dates, history, quick, repeated, texts};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put a session, or a series of sessions, on the schedule.
    Add {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        repeat: Repeat,
        /// Take what is not given here from this template, by its name or id, and its people too.
        #[arg(long, value_name = "TEMPLATE")]
        template: Option<String>,
        /// Only say what would be put on the schedule, and what speaks against it.
        #[arg(long)]
        dry_run: bool,
    },
    /// Put a session, or a series, on the schedule from one line: `Karate tomorrow 18:00 60m rec`.
    Quick(quick::Quick),
    /// Change a session that has not begun and, with `--following` or `--all`, others of its series. With `--rrule`, a
    /// session of no series becomes the first of one.
    Edit {
        /// The session’s id.
        id: String,
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        repeats: Repeats,
        #[command(flatten)]
        rooms: InRooms,
        /// Only say which classes change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Cancel one class of a series, or it and all after it.
    Skip {
        /// The session’s id. With `--on`, any session of the series.
        id: String,
        /// Also cancel every class after it; the series ends.
        #[arg(long)]
        following: bool,
        /// Cancel the class of this day, also if it is not on the schedule yet: `2026-12-24`.
        #[arg(long, value_name = "DAY", conflicts_with = "following")]
        on: Option<NaiveDate>,
        /// Only say which classes change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Give one class another start. It stays in its series.
    Move {
        /// The session’s id.
        id: String,
        /// New start, in the session’s zone: `2026-11-30T19:00`.
        #[arg(long)]
        start: String,
        /// Only say what changes.
        #[arg(long)]
        dry_run: bool,
    },
    /// The sessions of a span of time, or all, by start.
    List {
        /// Only sessions that end after this: an instant, or a day such as `2026-12-01` (UTC).
        #[arg(long)]
        from: Option<String>,
        /// Only sessions that begin before this: an instant, or a day such as `2026-12-31` (UTC).
        #[arg(long)]
        to: Option<String>,
    },
    /// The dates of a recurrence rule. Changes nothing.
    Dates(dates::Dates),
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
    /// Keep a live session open that would end by itself after its planned end.
    KeepOpen {
        /// The session’s id.
        id: String,
        /// Let it end by itself again.
        #[arg(long)]
        off: bool,
    },
    /// Remove somebody from the room. The link that they came in with lets nobody in any more.
    RemoveParticipant {
        /// The session’s id.
        id: String,
        /// The id that `people` shows, or the id of a person on the roster.
        person: String,
    },
    /// What became of a class: when it was held, who was there, its pauses and its recordings.
    History {
        /// The session’s id.
        id: String,
    },
    /// Who was in the room of a class, and who of its list was not.
    Attendance {
        /// The session’s id.
        id: String,
        /// Also save the list as this CSV file; one that exists is never overwritten.
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Save what became of a class as a page for printing.
    Print {
        /// The session’s id.
        id: String,
        /// The HTML file; one that exists is never overwritten.
        file: PathBuf,
    },
    #[command(flatten)]
    Texts(texts::Command),
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
    title: Option<String>,
    /// Who teaches it.
    #[arg(long)]
    instructor: Option<String>,
    /// Start: `2026-11-23T19:00` in the session’s zone, an instant such as `2026-11-23T18:00:00Z`, or `now`.
    #[arg(long)]
    start: String,
    /// IANA time zone.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// Length in minutes; 60 if nothing says otherwise.
    #[arg(long, alias = "minutes", alias = "duration", allow_negative_numbers = true)]
    length: Option<i64>,
    /// Do not record it.
    #[arg(long)]
    no_record: bool,
    /// 1080p, 720p or 480p; 720p if nothing says otherwise.
    #[arg(long)]
    quality: Option<String>,
    /// How many people may be invited; 50 if nothing says otherwise.
    #[arg(long, allow_negative_numbers = true)]
    max_participants: Option<i64>,
}

impl Plan {
    /// The input for a session. What is not given comes from the template, or is a default. A title and an instructor have
    /// none.
    fn input(self, now: DateTime<Utc>, template: Option<&Template>) -> Result<SessionInput, Error> {
        let start_local = if self.start == "now" { instant(now) } else { self.start };
        let from = template.map(|template| template.session(String::new(), String::new()));
        let of = |given: Option<String>, field: &'static str, known: fn(&SessionInput) -> &String| {
            let known = || from.as_ref().map(|from| known(from).clone());
            let missing =
                || Invalid::one(field, format!("No {field} is given."), "Add the option, or give a template.");
            given.or_else(known).ok_or_else(missing)
        };
        Ok(SessionInput {
            title: of(self.title, "title", |from| &from.title)?,
            instructor: of(self.instructor, "instructor", |from| &from.instructor)?,
            start_local,
            timezone: self.timezone,
            duration_minutes: self
                .length
                .or_else(|| from.as_ref().map(|from| from.duration_minutes))
                .unwrap_or(i64::from(LENGTH_DEFAULT_MINUTES)),
            record: !self.no_record && from.as_ref().is_none_or(|from| from.record),
            quality: self
                .quality
                .or_else(|| from.as_ref().map(|from| from.quality.clone()))
                .unwrap_or_else(|| Quality::default().name().to_owned()),
            max_participants: self
                .max_participants
                .or_else(|| from.as_ref().map(|from| from.max_participants))
                .unwrap_or(i64::from(PARTICIPANTS_DEFAULT)),
        })
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
struct KeptOpen {
    session_id: String,
    kept_open: bool,
}

#[derive(Debug, Serialize)]
struct Invited {
    url: String,
    made: u32,
    max: u32,
    local_only: bool,
    /// Who comes in by the link, where it is the class link; null for an invitation of one person.
    class_link: Option<String>,
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Add { plan, repeat, template, dry_run } => {
            added(context, output, plan, repeat, template.as_deref(), dry_run).await?;
        }
        Command::Quick(quick) => quick::run(context, &quick, output)?,
        Command::Edit { id, plan, which, repeats, rooms, dry_run } => {
            let change = Change { scope: which.scope(), repeats, rooms: rooms.wanted() };
            edited(context, output, id.parse()?, plan, change, dry_run).await?;
        }
        Command::Skip { id, following, on, dry_run } => {
            let (id, mode) = (id.parse()?, mode(dry_run));
            let changed = match on {
                Some(day) => series::skip_day(context, id, day, mode)?,
                None if following => series::skip_following(context, id, mode)?,
                None => series::skip_one(context, id, mode)?,
            };
            repeated::changed(context, output, mode, changed, None)?;
        }
        Command::Move { id, start, dry_run } => {
            let (id, mode) = (id.parse()?, mode(dry_run));
            let input = SessionInput { start_local: start, ..SessionInput::of(&sessions::get(context, id)?.plan) };
            let changed = series::edit_one(context, id, &input, mode)?;
            let found = against(context, mode, &changed).await?;
            repeated::changed(context, output, mode, changed, found)?;
        }
        Command::Dates(dates) => dates::run(&dates, output)?,
        Command::Cancel { id } => print(context, output, &sessions::cancel(context, id.parse()?)?)?,
        Command::Restore { id } => print(context, output, &sessions::restore(context, id.parse()?)?)?,
        Command::Duplicate { id, start } => {
            print(context, output, &sessions::duplicate(context, id.parse()?, &start)?)?;
        }
        Command::List { from, to } => {
            let (from, to) = (from.map(|text| moment("from", &text)), to.map(|text| moment("to", &text)));
            let series = series::all(context)?;
            let listed = sessions::list(context, from.transpose()?, to.transpose()?)?;
            let all: Vec<SessionView> = listed.iter().map(|session| SessionView::with(session, &series)).collect();
            output.print(&all, |all| all.iter().map(SessionView::line).collect::<Vec<_>>().join("\n"));
        }
        Command::Show { id } => {
            let session = sessions::get(context, id.parse()?)?;
            let of_it = recordings::of_session(context, session.id)?;
            let shown = Shown {
                session: SessionView::read(context, &session)?,
                recordings: of_it.into_iter().map(RecordingView::from).collect(),
            };
            output.print(&shown, |shown| {
                let lines = shown.recordings.iter().map(RecordingView::line);
                std::iter::once(shown.session.line()).chain(lines).collect::<Vec<_>>().join("\n")
            });
        }
        Command::Start { id, early: false } => opened(context, output, start::start(context, id.parse()?).await?)?,
        Command::Start { id, early: true } => opened(context, output, start::start_early(context, id.parse()?).await?)?,
        Command::StartAgain { id } => opened(context, output, start::start_again(context, id.parse()?).await?)?,
        Command::Invite { id } => {
            let made = invitations::invite(context, id.parse()?).await?;
            let url = made.url.expose().to_owned();
            let Invitation { url: _, made, max, local_only, class_link } = made;
            let invited = Invited { url, made, max, local_only, class_link };
            output.print(&invited, |invited| match &invited.class_link {
                Some(sentence) => format!("{}\n{sentence}", invited.url),
                None => format!("{}\n{} of {} invitations", invited.url, invited.made, invited.max),
            });
        }
        Command::Pause { id } => {
            let paused = pause::pause(context, id.parse()?).await?;
            output.print(&RecordingView::read(context, paused)?, RecordingView::line);
        }
        Command::Resume { id } => {
            let resumed = pause::resume(context, id.parse()?).await?;
            output.print(&RecordingView::read(context, resumed)?, RecordingView::line);
        }
        Command::Extend { id, minutes } => extended(context, output, extend::extend(context, id.parse()?, minutes)?)?,
        Command::KeepOpen { id, off } => {
            let id = id.parse()?;
            auto_end::keep_open(context, id, !off)?;
            output.print(&KeptOpen { session_id: id.to_string(), kept_open: !off }, |kept| {
                let what = if kept.kept_open { "stays open until somebody ends it" } else { "may end by itself again" };
                format!("The session {what}.")
            });
        }
        Command::RemoveParticipant { id, person } => {
            people_view::print(output, people::remove(context, id.parse()?, &person).await?);
        }
        Command::History { id } => history::show(context, &id, output).await?,
        Command::Attendance { id, csv } => history::attendance(context, &id, csv, output).await?,
        Command::Print { id, file } => history::print(context, &id, file, output).await?,
        Command::Texts(command) => texts::run(context, command, output)?,
        Command::End { id } => {
            let ended = end::end(context, id.parse()?).await?;
            if let Some(trouble) = ended.trouble {
                return Err(trouble);
            }
            let closed =
                Closed { session: SessionView::read(context, &ended.session)?, already_ended: ended.already_ended };
            output.print(&closed, |closed| closed.session.line());
        }
    }
    Ok(())
}

/// What `edit` changes besides the plan.
struct Change {
    scope: Option<Scope>,
    repeats: Repeats,
    rooms: Option<Rooms>,
}

/// Changes a session or, with a scope, several of its series, or says what would change.
async fn edited(
    context: &Context,
    output: Output,
    id: SessionId,
    plan: Plan,
    change: Change,
    dry_run: bool,
) -> Result<(), UserError> {
    let Change { scope, repeats, rooms } = change;
    let (input, mode) = (plan.input(context.now(), None)?, mode(dry_run));
    let rule = repeats.rule(context, id)?;
    let in_series = series::of_session(context, id)?.is_some();
    let changed = match (scope, rule.as_deref()) {
        (Some(scope), rule) => series::edit_series(context, id, scope, &input, SeriesInput { rule, rooms }, mode)?,
        (None, Some(rule)) if !in_series => series::begin(context, id, &input, rule, rooms.unwrap_or_default(), mode)?,
        (None, None) if rooms.is_some() => {
            let message = "Only the classes of a series can share a room.";
            let next = "Add --following or --all, or begin a series with --rrule.";
            return Err(Error::from(Invalid::one("one-room", message, next)).into());
        }
        (None, Some(_)) => {
            let message = "One class of a series has no rule of its own.";
            let next = "Add --following or --all to change how the series repeats.";
            return Err(Error::from(Invalid::one("rrule", message, next)).into());
        }
        (None, None) if dry_run => series::edit_one(context, id, &input, mode)?,
        (None, None) => return print(context, output, &sessions::edit(context, id, &input)?),
    };
    let found = against(context, mode, &changed).await?;
    repeated::changed(context, output, mode, changed, found)
}

/// Puts a session or a series on the schedule, or says what would be put there.
async fn added(
    context: &Context,
    output: Output,
    plan: Plan,
    repeat: Repeat,
    template: Option<&str>,
    dry_run: bool,
) -> Result<(), UserError> {
    let template = template.map(|named| templates::find(context, named)).transpose()?;
    let input = plan.input(context.now(), template.as_ref())?;
    let rule = repeat.rrule.as_deref();
    let found = if dry_run { Some(conflicts::find(context, &input, None, rule).await?) } else { None };
    if let Some(rule) = rule {
        let (new, mode) = (NewSeries { rule, left_out: &repeat.except, rooms: repeat.rooms() }, mode(dry_run));
        let scheduled = match template {
            Some(template) => templates::schedule_series(context, template.id, &input, &new, mode)?,
            None => series::schedule_as(context, &input, &new, Vec::new(), mode)?,
        };
        return repeated::add(context, output, scheduled, found);
    }
    if dry_run {
        let after = sessions::draft(context, &input)?;
        let changed = Changed { sessions: vec![SessionChange { before: None, after }], ..Changed::default() };
        return repeated::changed(context, output, Mode::Show, changed, found);
    }
    let session = match template {
        Some(template) => templates::schedule(context, template.id, &input)?,
        None => sessions::schedule(context, &input)?,
    };
    print(context, output, &session)
}

/// What speaks against a change that is only shown.
async fn against(context: &Context, mode: Mode, changed: &Changed) -> Result<Option<Found>, UserError> {
    if mode == Mode::Make {
        return Ok(None);
    }
    Ok(Some(conflicts::of_change(context, changed).await?))
}

fn opened(context: &Context, output: Output, started: start::Started) -> Result<(), UserError> {
    let opened = Opened {
        session: SessionView::read(context, &started.session)?,
        already_live: started.already_live,
        join_url: started.join.map(|url| url.expose().to_owned()),
    };
    output.print(&opened, |opened| {
        let join = opened.join_url.as_deref().unwrap_or("No join page is set; set one in the window’s Settings.");
        format!("{}\nYour way in: {join}", opened.session.line())
    });
    Ok(())
}

fn extended(context: &Context, output: Output, done: extend::Extended) -> Result<(), UserError> {
    let extended = Extended {
        session: SessionView::read(context, &done.session.session)?,
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
    Ok(())
}

fn print(context: &Context, output: Output, session: &Session) -> Result<(), UserError> {
    output.print(&SessionView::read(context, session)?, SessionView::line);
    Ok(())
}

const fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Show } else { Mode::Make }
}

/// Reads `--from` or `--to`: an instant, or a day, which stands for its beginning in UTC.
pub(super) fn moment(field: &'static str, text: &str) -> Result<DateTime<Utc>, UserError> {
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let read = bounds::moment_from(text).or_else(day).and_then(bounds::moment);
    read.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        let next = "Write a day as 2026-12-01, or an instant as 2026-12-01T18:00:00Z.";
        Error::from(Invalid::one(field, format!("“{shown}” is not a day or an instant."), next)).into()
    })
}
