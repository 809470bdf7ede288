//! The second half of an archiving: sends the file to its place, reads it back, and writes what is known of the recording
//! beside it.

use crate::archive::Sending;
use crate::cloudflare::CaptionsStatus;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::library::description::Tag;
use crate::domain::library::sidecar::{
    ArchivedCaptions, ArchivedClass, ArchivedFile, ArchivedLine, ArchivedMessage, ArchivedPerson, ArchivedRecording,
    ArchivedTranscript, FORMAT, Sidecar,
};
use crate::domain::library::transfer::{BucketUpload, Target, Transfer, TransferStep};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::room_people as of_room;
use crate::domain::recorder::session_text::{LINES_MAX, TextKind};
use crate::domain::schedule::person::Person;
use crate::domain::sharing::ledger::{self as domain_ledger, Act, Entry, hex};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::transfer_step::{self as step, Stop, advance};
use crate::recorder::{captions, ledger, lifecycle, relay_files, room_people};

/// Sends the file to the place, and goes on where an earlier attempt stopped.
pub(super) async fn send(context: &Context, transfer: &Transfer, recording: &Recording) -> Result<(), Stop> {
    let place = step::place(context, transfer).await?;
    let part = step::part_path(context, transfer)?;
    let (Some(name), Some(sha256), Some(size)) = (&transfer.name, &transfer.sha256, transfer.file.total) else {
        return advance(context, transfer.id, Transfer::begin_anew);
    };
    if transfer.file.sent == 0 || transfer.file.sent >= size {
        // The process may have ended after the last byte was sent. Another file of this name is left as it is.
        match place.read_back(name).await? {
            Some((_, digest)) if hex(&digest) == *sha256 => {
                return advance(context, transfer.id, |transfer| {
                    transfer.go_to(TransferStep::Verify);
                    transfer.file.sent = size;
                });
            }
            Some(_) => return step::choose_name(context, transfer, recording, &place).await,
            None => {}
        }
    }
    match tokio::fs::metadata(&part).await {
        Ok(found) if found.len() == size => {}
        // Somebody removed the file on this computer.
        _ => return advance(context, transfer.id, Transfer::begin_anew),
    }
    let sending = Sending { from: &part, size, name, upload: transfer.upload.clone() };
    let report = |sent: u64, upload: Option<&BucketUpload>| {
        context.changed(&[Topic::Transfers]);
        let noted = advance(context, transfer.id, |transfer| {
            transfer.went_on();
            transfer.file.sent = sent;
            transfer.upload = upload.cloned();
        });
        noted.is_ok()
    };
    place.send(sending, &step::part_name(transfer.id), report).await?;
    advance(context, transfer.id, |transfer| {
        transfer.go_to(TransferStep::Verify);
        transfer.file.sent = size;
        transfer.upload = None;
    })
}

/// Reads the file back, writes what is known beside it, and notes the end in the ledger.
pub(super) async fn verify(context: &Context, transfer: &Transfer, recording: &Recording) -> Result<(), Stop> {
    let place = step::place(context, transfer).await?;
    let (Some(name), Some(sha256), Some(size)) = (&transfer.name, &transfer.sha256, transfer.file.total) else {
        return advance(context, transfer.id, Transfer::begin_anew);
    };
    let send_again = |transfer: &mut Transfer| {
        transfer.step = TransferStep::Send;
        transfer.file.sent = 0;
        transfer.upload = None;
    };
    match place.read_back(name).await? {
        Some((bytes, digest)) if bytes == size && hex(&digest) == *sha256 => {}
        Some(_) => {
            advance(context, transfer.id, |transfer| {
                send_again(transfer);
                transfer.name = None;
            })?;
            return Err(Stop::Fail(format!(
                "“{name}” was read back and is not what was sent. Nothing was deleted. Resume to send it again under \
                 another name, or choose another place."
            )));
        }
        None => {
            advance(context, transfer.id, send_again)?;
            return Err(Stop::Later(format!("The place has no “{name}”, although it took it. It is sent again.")));
        }
    }
    let file = ArchivedFile { name: name.clone(), bytes: size, sha256: sha256.clone() };
    let known = sidecar(context, recording, file).await?.to_bytes();
    let beside = step::sidecar_name(name);
    place.put(&beside, &known).await?;
    if place.get(&beside, u64::try_from(known.len()).unwrap_or(u64::MAX)).await?.as_ref() != Some(&known) {
        let said = format!("“{beside}” was read back and is not what was written. Resume to write it again.");
        return Err(Stop::Fail(said));
    }
    // Removed before the end is noted: after that nobody would look for it.
    relay_files::remove(&step::part_path(context, transfer)?).await;
    finish(context, transfer, recording, name).await?;
    Ok(())
}

async fn finish(context: &Context, transfer: &Transfer, recording: &Recording, name: &str) -> Result<(), Error> {
    let place = match transfer.target {
        Target::Place(id) => context.store().archive_place(id)?,
        Target::Folder(_) => None,
    };
    let place = place.map_or_else(String::new, |place| place.name);
    let entry = Entry {
        recording: Some(recording.id),
        session: Some(recording.session),
        video: recording.facts.video.clone(),
        note: domain_ledger::note(&format!("{place}: {name}")),
        ..ledger::entry(context, Act::RecordingArchived)
    };
    ledger::write(context, |signer| context.store().finish_archiving(signer, transfer.id, &[entry])).await?;
    context.changed(&[Topic::Links]);
    Ok(())
}

/// Gathers everything that is known of a recording.
async fn sidecar(context: &Context, recording: &Recording, file: ArchivedFile) -> Result<Sidecar, Stop> {
    let store = context.store();
    let session = lifecycle::session(context, recording.session)?;
    let written = store.description(recording.id)?;
    let began = session.state.room().map_or_else(|| session.plan.start.instant(), |room| room.opened_at);
    let transcript = store.session_text(session.id, TextKind::Transcript)?.and_then(|text| text.source);
    let lines = u32::try_from(LINES_MAX).unwrap_or(u32::MAX);
    let transcript =
        match transcript {
            None => None,
            Some(source) => {
                let lines = store.transcript_lines(session.id, source, 0, lines)?.into_iter().map(|line| {
                    ArchivedLine { start_ms: line.start_ms, end_ms: line.end_ms, name: line.name, text: line.text }
                });
                Some(ArchivedTranscript { source: source.name().to_owned(), lines: lines.collect() })
            }
        };
    let chat = store.chat_lines(session.id, 0, lines)?.into_iter();
    Ok(Sidecar {
        format: FORMAT.to_owned(),
        archived_at: context.now(),
        file,
        recording: ArchivedRecording {
            id: recording.id,
            title: recording.title.clone(),
            notes: written.as_ref().map(|written| written.notes.clone()).unwrap_or_default(),
            tags: written.iter().flat_map(|written| written.tags.iter()).map(tag_name).collect(),
            recorded_at: recording.facts.started_at.unwrap_or(recording.created_at),
            length_seconds: recording.facts.length.map(|length| length.num_seconds()),
            video: recording.facts.video.clone(),
            realtimekit_recording: recording.facts.realtimekit_recording.clone(),
        },
        class: ArchivedClass {
            id: session.id,
            title: session.plan.title.clone(),
            instructor: session.plan.instructor.clone(),
            began,
            ended: session.state.ended_at().unwrap_or_else(|| session.plan.end()),
            timezone: recording.timezone.name().to_owned(),
            room: session.state.room().map(|room| room.id.clone()),
        },
        people: people(context, session.id).await?,
        chat: chat.map(|line| ArchivedMessage { at: line.at, name: line.name, text: line.text }).collect(),
        transcript,
        captions: captions_of(context, recording).await?,
    })
}

fn tag_name((_, tag): (&String, &Tag)) -> String {
    tag.name().to_owned()
}

/// Who was there, and who of the roster was not. RealtimeKit forgets a session after a while; then only the people of the
/// roster are known.
async fn people(context: &Context, id: SessionId) -> Result<Vec<ArchivedPerson>, Stop> {
    let roster = context.store().roster_entries(id)?;
    let session = lifecycle::session(context, id)?;
    let mut seen = Vec::new();
    if session.state.room().is_some()
        && let Ok(list) = room_people::recent(context, &session).await
    {
        seen = of_room::people(id, &list.seen, session.state.ended_at().unwrap_or(list.at));
    }
    let listed = roster.into_iter().map(|entry| {
        let mark = entry.person.mark();
        let there = seen.iter().find(|one| one.mark == mark).map(|one| one.attendance);
        let attendance = there.or(entry.attendance);
        ArchivedPerson {
            person: Some(entry.person.id),
            name: entry.person.name,
            email: entry.person.email.map(|email| email.as_str().to_owned()),
            role: entry.person.role.name().to_owned(),
            joined_at: attendance.map(|one| one.joined_at),
            left_at: attendance.and_then(|one| one.left_at),
            present_seconds: attendance.map(|one| one.present.num_seconds()),
        }
    });
    let mut people: Vec<_> = listed.collect();
    let marks: Vec<String> = context.store().roster_of(id)?.iter().map(Person::mark).collect();
    for one in seen.into_iter().filter(|one| !marks.contains(&one.mark)) {
        people.push(ArchivedPerson {
            person: None,
            name: one.name,
            email: None,
            role: one.role.name().to_owned(),
            joined_at: Some(one.attendance.joined_at),
            left_at: one.attendance.left_at,
            present_seconds: Some(one.attendance.present.num_seconds()),
        });
    }
    Ok(people)
}

/// The captions that the video has.
async fn captions_of(context: &Context, recording: &Recording) -> Result<Vec<ArchivedCaptions>, Stop> {
    let Some(video) = &recording.facts.video else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for known in context
        .cloudflare()
        .captions(video)
        .await?
        .into_iter()
        .filter(|captions| captions.status == CaptionsStatus::Ready)
    {
        if let Some(text) = context.cloudflare().captions_text(video, &known.language).await? {
            let vtt = String::from_utf8_lossy(&text).into_owned();
            let lines = captions::lines_of(context, text).await?;
            let generated = captions::are_generated(context, recording.id, &known, &lines)?;
            all.push(ArchivedCaptions { language: known.language.to_string(), generated, vtt });
        }
    }
    Ok(all)
}
