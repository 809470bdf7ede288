//! The page for printing of a class.

use std::path::Path;

use crate::actions::guard;
use crate::actions::library::checks;
use crate::actions::recorder::history::{self, Recorded};
use crate::actions::recorder::session_texts;
use crate::context::Context;
use crate::domain::file_name::file_name;
use crate::domain::health::class_page::{ClassPage, PrintedRecording, PrintedText};
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// The page of a class, and a name for its file.
pub async fn page(context: &Context, id: SessionId) -> Result<(ClassPage, String), Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    let told = history::history(context, id).await?;
    let mut recordings = Vec::with_capacity(told.recordings.len());
    for recorded in told.recordings {
        recordings.push(printed(context, recorded)?);
    }
    let plan = &told.session.plan;
    let chat = session_texts::whole_chat(context, id)?.into_iter().map(|(line, _)| line).collect();
    let transcript = session_texts::whole_transcript(context, id)?.lines;
    let name = file_name(&plan.title, "Class", &format!(" {}", plan.start.local().format("%Y-%m-%d %H.%M")));
    let page = ClassPage {
        title: plan.title.clone(),
        instructor: plan.instructor.clone(),
        start: plan.start.instant(),
        minutes: plan.length.num_minutes(),
        zone: plan.start.zone(),
        state: told.session.state.name(),
        opened_at: told.session.state.room().map(|room| room.opened_at),
        ended_at: told.session.state.ended_at(),
        people: told.people,
        people_incomplete: told.unheard.map(|error| error.message()),
        recordings,
        chat: PrintedText { sentence: told.chat.sentence, lines: chat },
        transcript: PrintedText { sentence: told.transcript.sentence, lines: transcript },
        made_at: context.now(),
    };
    Ok((page, name))
}

/// Saves the page of a class as a new file. An existing file is never overwritten.
pub async fn save(context: &Context, id: SessionId, path: &Path) -> Result<(), Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    let (page, _) = page(context, id).await?;
    let made = std::fs::File::create_new(path);
    let written = made.and_then(|mut file| std::io::Write::write_all(&mut file, page.html().as_bytes()));
    written.map_err(|error| Error::file(path, &error))
}

fn printed(context: &Context, Recorded { recording: view, pauses }: Recorded) -> Result<PrintedRecording, Error> {
    let check = checks::known(context, view.recording.id)?.map(|check| check.sentence());
    let facts = &view.recording.facts;
    Ok(PrintedRecording {
        recorded_at: facts.started_at,
        minutes: facts.length.map(|length| length.num_minutes()),
        check,
        links: view.links_made,
        pauses: pauses.into_iter().map(|pause| (pause.from, pause.to)).collect(),
        title: view.recording.title,
        sentence: view.sentence,
    })
}
