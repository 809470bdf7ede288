//! Fetches the chat and the transcript of a session that has ended. Where RealtimeKit has no transcript, the captions of
//! the video take its place.
//!
//! The presigned addresses are used at once and never stored. What is fetched is stored in one transaction, so a crash
//! between the two costs one more question and nothing else.

use chrono::{DateTime, Utc};

use crate::cloudflare::{self, CaptionsStatus, CredentialProblem, PastSession, PresignedUrl, TextReply};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{AppId, SessionId};
use crate::domain::recorder::of_session::recording_of_session;
use crate::domain::recorder::pauses;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::session_text::place::Timeline;
use crate::domain::recorder::session_text::plan::{self, Answer, GIVEN_UP_AFTER, SURELY_MADE_AFTER};
use crate::domain::recorder::session_text::transcript::{self, NamesInText};
use crate::domain::recorder::session_text::{
    ChatLine, FILE_MAX_BYTES, LINES_MAX, Lines, SessionText, Source, TextKind, TextState, TextTrouble, TranscriptLine,
    UnreadableFile, chat,
};
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::recorder::{lifecycle, realtimekit_app, room_use};
use crate::store::{DueTexts, TextLines};

/// How often the address of one file is asked for in a row. An address may have died before it was used.
const ADDRESSES_MAX: u32 = 2;

/// Asks Cloudflare for the texts of a session that are due, and stores what comes of it. An error means that the same
/// question may be answered in a moment: the texts stay due.
pub(crate) async fn ask(context: &Context, due: &DueTexts) -> Result<(), Error> {
    let now = context.now();
    let held = match held_in(context, due.session).await {
        Ok(Some(held)) => held,
        Ok(None) => return Ok(()),
        Err(error) => {
            for kind in due.kinds() {
                note_failure(context, due, kind, &error, now)?;
            }
            return if is_passing(&error) { Err(error) } else { Ok(()) };
        }
    };
    let mut unanswered = None;
    for kind in due.kinds() {
        let found = match kind {
            TextKind::Chat => chat_of(context, &held).await,
            TextKind::Transcript => transcript_of(context, &held, due, now).await,
        };
        match found {
            Ok((answer, lines)) => {
                let after = |known| plan::after(&known, &answer, due.ended, now);
                context.store().note_session_text(due.session, kind, due.ended, lines.as_ref(), after)?;
            }
            Err(error) => {
                note_failure(context, due, kind, &error, now)?;
                unanswered = Some(error).filter(is_passing).or(unanswered);
            }
        }
    }
    unanswered.map_or(Ok(()), Err)
}

/// Notes that a text was not fetched. Where the same question may be answered in a moment, the text stays due.
fn note_failure(
    context: &Context,
    due: &DueTexts,
    kind: TextKind,
    error: &Error,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let trouble = trouble(error);
    let stays_due = is_passing(error) && now.since(due.ended) < GIVEN_UP_AFTER;
    let after = |known: SessionText| {
        if stays_due {
            let next_ask = Some(known.next_ask.map_or(now, |at| at.min(now)));
            SessionText { state: TextState::Waiting, asked_at: Some(now), next_ask, trouble: Some(trouble), ..known }
        } else {
            plan::after(&known, &Answer::Failed(trouble), due.ended, now)
        }
    };
    Ok(context.store().note_session_text(due.session, kind, due.ended, None, after)?)
}

/// What RealtimeKit's sessions of a class in its room were, and the app that they belong to.
#[derive(Debug, Clone)]
struct Held {
    app: AppId,
    sessions: Vec<PastSession>,
}

async fn held_in(context: &Context, id: SessionId) -> Result<Option<Held>, Error> {
    let session = lifecycle::session(context, id)?;
    let Some(room) = session.state.room() else { return Ok(None) };
    let app = realtimekit_app::id(context).await?;
    let time = room_use::time_of(context, &room.id, id)?;
    let mut sessions = context.cloudflare().sessions_of(&app, &room.id).await?;
    sessions.retain(|session| time.contains(session.started_at));
    sessions.sort_by_key(|session| session.started_at);
    Ok(Some(Held { app, sessions }))
}

/// What a question came to, with the lines that were found.
type Found = (Answer, Option<TextLines>);

/// The lines of all sessions in a room.
struct Gathered<L> {
    lines: Vec<L>,
    cut: bool,
    /// Whether a session has no text, or has it not yet.
    missing: bool,
    trouble: Option<TextTrouble>,
}

impl<L> Gathered<L> {
    const fn new() -> Self {
        Self { lines: Vec::new(), cut: false, missing: false, trouble: None }
    }

    /// Adds the text of one session.
    fn add(&mut self, read: Result<Lines<L>, UnreadableFile>) {
        match read {
            Ok(Lines { all, .. }) if all.is_empty() => self.missing = true,
            Ok(Lines { all, cut }) => {
                let free = LINES_MAX.saturating_sub(self.lines.len());
                self.cut |= cut || all.len() > free;
                self.lines.extend(all.into_iter().take(free));
            }
            Err(UnreadableFile) => self.trouble = Some(TextTrouble::Unreadable),
        }
    }

    fn answer(&self, source: Source, timeline: Option<&Timeline>) -> Answer {
        match self.trouble {
            _ if !self.lines.is_empty() => Answer::Found {
                source,
                lines: u32::try_from(self.lines.len()).unwrap_or(u32::MAX),
                cut: self.cut,
                recording: timeline.map(|timeline| timeline.recording),
                complete: !self.missing && self.trouble.is_none(),
            },
            Some(trouble) => Answer::Failed(trouble),
            None => Answer::Nothing { no_captions: false },
        }
    }
}

async fn chat_of(context: &Context, held: &Held) -> Result<Found, Error> {
    let mut gathered: Gathered<ChatLine> = Gathered::new();
    for session in &held.sessions {
        match file(context, &held.app, session, TextKind::Chat).await? {
            File::Bytes(bytes) => gathered.add(read_beside(context, move || chat::read(&bytes)).await?),
            File::Nothing => gathered.missing = true,
            File::Trouble(trouble) => gathered.trouble = Some(trouble),
        }
    }
    chat::sort(&mut gathered.lines);
    let answer = gathered.answer(Source::RealtimeKit, None);
    let lines = (!gathered.lines.is_empty()).then_some(TextLines::Chat(gathered.lines));
    Ok((answer, lines))
}

async fn transcript_of(context: &Context, held: &Held, due: &DueTexts, now: DateTime<Utc>) -> Result<Found, Error> {
    let recordings = context.store().recordings_of(due.session)?;
    let recording = recording_of_session(&recordings);
    // Times can be placed in the video only if every session in the room says when it began.
    let timeline = match recording {
        Some(recording) if held.sessions.iter().all(|session| session.started_at.is_some()) => {
            timeline_of(context, recording)?
        }
        _ => None,
    };
    let first_start = held.sessions.first().and_then(|session| session.started_at);
    let mut gathered: Gathered<TranscriptLine> = Gathered::new();
    for session in &held.sessions {
        match file(context, &held.app, session, TextKind::Transcript).await? {
            File::Bytes(bytes) => {
                let began = session.started_at;
                let read = read_beside(context, move || transcript::read(&bytes, NamesInText::Before, began)).await?;
                gathered.add(read.map(|mut lines| {
                    place(&mut lines.all, session.started_at, first_start, timeline.as_ref());
                    lines
                }));
            }
            File::Nothing => gathered.missing = true,
            File::Trouble(trouble) => gathered.trouble = Some(trouble),
        }
    }
    if !gathered.lines.is_empty() || now.since(due.ended) < SURELY_MADE_AFTER {
        gathered.lines.sort_by_key(|line| line.start_ms);
        let answer = gathered.answer(Source::RealtimeKit, timeline.as_ref());
        let lines = (!gathered.lines.is_empty()).then_some(TextLines::Transcript(Source::RealtimeKit, gathered.lines));
        return Ok((answer, lines));
    }
    match (captions_of(context, recording).await?, gathered.trouble) {
        (Captioned::Found(found), _) => Ok(found),
        (Captioned::Trouble(trouble), _) | (_, Some(trouble)) => Ok((Answer::Failed(trouble), None)),
        (Captioned::None, None) => Ok((Answer::Nothing { no_captions: true }, None)),
        (Captioned::NotYet, None) => Ok((Answer::Nothing { no_captions: false }, None)),
    }
}

/// The times of a recording; `None` where it is not known when it began, as of a video that somebody attached.
pub(crate) fn timeline_of(context: &Context, recording: &Recording) -> Result<Option<Timeline>, Error> {
    let Some(started_at) = recording.facts.started_at.filter(|_| !recording.facts.attached) else { return Ok(None) };
    let pauses = pauses::pauses(&context.store().recording_events(recording.id)?);
    Ok(Some(Timeline { recording: recording.id, started_at, pauses }))
}

/// Turns times that count from the beginning of a session into places in the video, or else into times since the first
/// session in the room began.
fn place(
    lines: &mut [TranscriptLine],
    started_at: Option<DateTime<Utc>>,
    begin: Option<DateTime<Utc>>,
    timeline: Option<&Timeline>,
) {
    let Some(started_at) = started_at else { return };
    let placed = |millis: i64| match timeline {
        Some(timeline) => timeline.place(started_at.later(chrono::TimeDelta::milliseconds(millis))),
        None => millis.saturating_add(begin.map_or(0, |begin| started_at.since(begin).num_milliseconds())),
    };
    for line in lines {
        (line.start_ms, line.end_ms) = (placed(line.start_ms), placed(line.end_ms));
    }
}

/// What the captions of a video came to.
enum Captioned {
    Found(Found),
    /// The video has none.
    None,
    /// There is no video yet, or its captions are being made.
    NotYet,
    Trouble(TextTrouble),
}

async fn captions_of(context: &Context, recording: Option<&Recording>) -> Result<Captioned, Error> {
    let watchable = recording.filter(|recording| matches!(recording.stage, Stage::Playable(_) | Stage::Ready));
    let Some((recording, video)) = watchable.and_then(|recording| Some((recording, recording.facts.video.as_ref()?)))
    else {
        return Ok(Captioned::NotYet);
    };
    let mut captions = context.cloudflare().captions(video).await?;
    if captions.is_empty() {
        return Ok(Captioned::None);
    }
    captions.retain(|one| one.status == CaptionsStatus::Ready);
    // Captions that a person wrote or corrected before generated ones.
    captions.sort_by_key(|one| one.generated);
    let Some(chosen) = captions.first() else { return Ok(Captioned::NotYet) };
    let Some(text) = context.cloudflare().captions_text(video, &chosen.language).await? else {
        return Ok(Captioned::NotYet);
    };
    match read_beside(context, move || transcript::read(&text, NamesInText::None, None)).await? {
        Err(UnreadableFile) => Ok(Captioned::Trouble(TextTrouble::Unreadable)),
        Ok(read) if read.all.is_empty() => Ok(Captioned::None),
        Ok(Lines { all, cut }) => {
            let lines = u32::try_from(all.len()).unwrap_or(u32::MAX);
            let recording = Some(recording.id);
            // RealtimeKit may still make a transcript, which also says who spoke.
            let answer = Answer::Found { source: Source::Captions, lines, cut, recording, complete: false };
            Ok(Captioned::Found((answer, Some(TextLines::Transcript(Source::Captions, all)))))
        }
    }
}

/// What became of a question for a file.
enum File {
    Bytes(Vec<u8>),
    Nothing,
    Trouble(TextTrouble),
}

/// Fetches the file of one session. An answer that stays the same is the trouble of this session alone, and spoils neither
/// the other sessions in the room nor the captions. So is a missing permission, because the same token was just answered
/// what the sessions are.
async fn file(context: &Context, app: &AppId, session: &PastSession, kind: TextKind) -> Result<File, Error> {
    match fetched(context, app, session, kind).await {
        Err(error) if !is_passing(&error) || lacks_permission(&error) => Ok(File::Trouble(trouble(&error))),
        told => told,
    }
}

async fn fetched(context: &Context, app: &AppId, session: &PastSession, kind: TextKind) -> Result<File, Error> {
    for _ in 0..ADDRESSES_MAX {
        let address: Option<PresignedUrl> = match kind {
            TextKind::Chat => context.cloudflare().chat_file(app, &session.id).await?,
            TextKind::Transcript => context.cloudflare().transcript_file(app, &session.id).await?,
        };
        let Some(address) = address else { return Ok(File::Nothing) };
        match context.cloudflare().session_text(&address, FILE_MAX_BYTES).await? {
            TextReply::Bytes(bytes) => return Ok(File::Bytes(bytes)),
            TextReply::TooLarge => return Ok(File::Trouble(TextTrouble::TooLarge)),
            TextReply::Shut(status) => tracing::debug!(status, "the address of a text does not open it"),
        }
    }
    Ok(File::Trouble(TextTrouble::Shut))
}

/// Reads a file on another thread, because a long one takes a moment.
async fn read_beside<T: Send + 'static>(
    context: &Context,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    Ok(context.supervisor().spawn_blocking("reading what was written and said in a class", read).join().await?)
}

/// The trouble that an error stands for.
const fn trouble(error: &Error) -> TextTrouble {
    let Error::Cloudflare(error) = error else { return TextTrouble::NotAsked };
    match error {
        cloudflare::Error::Untrusted(_) => TextTrouble::Untrusted,
        cloudflare::Error::Unreadable { .. } | cloudflare::Error::OfAnother { .. } => TextTrouble::Unreadable,
        cloudflare::Error::Missing { .. }
        | cloudflare::Error::Credentials(_)
        | cloudflare::Error::Conflict { .. }
        | cloudflare::Error::Refused { .. }
        | cloudflare::Error::StorageFull { .. }
        | cloudflare::Error::Forbidden { .. }
        | cloudflare::Error::FileRefused { .. } => TextTrouble::Refused,
        cloudflare::Error::NoToken(_)
        | cloudflare::Error::ReadsOnly
        | cloudflare::Error::RateLimited(_)
        | cloudflare::Error::DailyLimit { .. }
        | cloudflare::Error::TooSlow { .. }
        | cloudflare::Error::Unreachable { .. }
        | cloudflare::Error::Lost { .. }
        | cloudflare::Error::Server { .. } => TextTrouble::NotAsked,
    }
}

const fn lacks_permission(error: &Error) -> bool {
    matches!(error, Error::Cloudflare(cloudflare::Error::Credentials(CredentialProblem::PermissionMissing(_))))
}

/// Whether the same question may be answered in a moment.
const fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Cloudflare(cloudflare::Error::Credentials(_)))
        || matches!(trouble(error), TextTrouble::NotAsked)
}
