//! `session_texts`, `chat_lines` and `transcript_lines`: what people wrote and said in sessions.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::recorder::session_text::plan::{KEPT_FOR, first_ask};
use crate::domain::recorder::session_text::{
    ChatLine, SessionText, Source, TextKind, TextState, TextTrouble, TranscriptLine,
};
use crate::store::{Error, Store, learnt_moment, moment, to_millis};

/// A session whose texts are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTexts {
    /// The session.
    pub session: SessionId,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Whether its chat is due.
    pub chat: bool,
    /// Whether its transcript is due.
    pub transcript: bool,
}

impl DueTexts {
    /// Returns the texts that are due.
    pub fn kinds(self) -> impl Iterator<Item = TextKind> {
        let of = |kind, is_due: bool| is_due.then_some(kind);
        [of(TextKind::Chat, self.chat), of(TextKind::Transcript, self.transcript)].into_iter().flatten()
    }
}

/// The lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextLines {
    /// Of a chat.
    Chat(Vec<ChatLine>),
    /// Of a transcript.
    Transcript(Source, Vec<TranscriptLine>),
}

impl Store {
    /// Returns the sessions whose texts Cloudflare is to be asked for, at most `limit`, those that ended first before
    /// others. Transcripts are due only if they are wanted, and only of sessions that are recorded.
    pub fn texts_to_ask_for(
        &self,
        now: DateTime<Utc>,
        transcripts: bool,
        limit: usize,
    ) -> Result<Vec<DueTexts>, Error> {
        let connection = self.connection();
        // A session whose texts were never asked for has no row, and is due for as long as RealtimeKit keeps them. One that
        // was begun again and ended later has more to say. What was asked for in the future, by a clock that was ahead,
        // counts only if it was found.
        let sql = "WITH due (session_id, kind) AS (
             SELECT session_id, kind FROM session_texts WHERE next_ask <= ?1
             UNION ALL
             SELECT s.id, k.column1 FROM sessions s, (VALUES ('chat'), ('transcript')) k
             WHERE s.state = 'ended' AND s.ended_at <= ?2 AND s.ended_at > ?3
               AND NOT EXISTS (SELECT 1 FROM session_texts t WHERE t.session_id = s.id AND t.kind = k.column1)
             UNION ALL
             SELECT t.session_id, t.kind FROM sessions s JOIN session_texts t ON t.session_id = s.id
             WHERE s.state = 'ended' AND s.ended_at <= ?2 AND s.ended_at > ?3 AND t.asked_at < s.ended_at
             UNION ALL
             SELECT session_id, kind FROM session_texts WHERE asked_at > ?1 AND state <> 'there')
           SELECT s.id, s.ended_at, max(due.kind = 'chat'), max(due.kind = 'transcript')
           FROM due JOIN sessions s ON s.id = due.session_id
           WHERE s.state = 'ended' AND s.ended_at IS NOT NULL AND s.room_id IS NOT NULL
             AND (due.kind = 'chat' OR ?4 AND (s.record OR EXISTS (SELECT 1 FROM recordings r WHERE r.session_id = s.id)))
           GROUP BY s.id ORDER BY s.ended_at, s.id LIMIT ?5";
        let mut statement = connection.prepare_cached(sql)?;
        let asked_from = now.earlier(first_ask(now).since(now));
        let rows = statement.query_map(
            params![
                to_millis(now),
                to_millis(asked_from),
                to_millis(now.earlier(KEPT_FOR)),
                transcripts,
                i64::try_from(limit).unwrap_or(i64::MAX),
            ],
            |row| Ok((row.get::<_, String>(0)?, moment(row, 1)?, row.get(2)?, row.get(3)?)),
        )?;
        rows.map(|row| {
            let (id, ended, chat, transcript) = row?;
            let session = id.parse().map_err(|_| Error::unreadable("session id", &id))?;
            Ok(DueTexts { session, ended, chat, transcript })
        })
        .collect()
    }

    /// Returns what is known of a text of a session; `None` before Cloudflare was asked for it.
    pub fn session_text(&self, session: SessionId, kind: TextKind) -> Result<Option<SessionText>, Error> {
        read_text(self.connection().raw(), session, kind)
    }

    /// Stores what is known of a text after an answer, and its lines if the answer had any, in one transaction. Lines
    /// replace earlier ones of the same source, but never more by fewer: files of past days may be incomplete. RealtimeKit's
    /// transcript replaces captions, and is never replaced by them. `change` gets what is known in the database at that
    /// moment.
    pub fn note_session_text(
        &self,
        session: SessionId,
        kind: TextKind,
        ended: DateTime<Utc>,
        lines: Option<&TextLines>,
        change: impl FnOnce(SessionText) -> SessionText,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let known = read_text(transaction, session, kind)?;
            let known = known.unwrap_or_else(|| SessionText::waiting(first_ask(ended)));
            let kept = known.clone();
            let mut text = change(known);
            if let Some(lines) = lines {
                if stays(&kept, lines) {
                    text = SessionText { source: kept.source, cut: kept.cut, recording: kept.recording, ..text };
                } else {
                    write_lines(transaction, session, lines)?;
                }
            }
            write_text(transaction, session, kind, &text)
        })
    }

    /// Returns lines of the chat of a session from the `from`-th on, at most `limit`.
    pub fn chat_lines(&self, session: SessionId, from: u32, limit: u32) -> Result<Vec<ChatLine>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT at, name, text FROM chat_lines WHERE session = ?1 AND n >= ?2 ORDER BY n LIMIT ?3",
        )?;
        let rows = statement.query_map(params![session.to_string(), from, limit], |row| {
            Ok(ChatLine { at: learnt_moment(row, 0)?, name: row.get(1)?, text: row.get(2)? })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// Returns lines of the transcript of a session from one source, from the `from`-th on, at most `limit`.
    pub fn transcript_lines(
        &self,
        session: SessionId,
        source: Source,
        from: u32,
        limit: u32,
    ) -> Result<Vec<TranscriptLine>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT start_ms, end_ms, name, text FROM transcript_lines
             WHERE session = ?1 AND source = ?2 AND n >= ?3 ORDER BY n LIMIT ?4",
        )?;
        let rows = statement.query_map(params![session.to_string(), source.name(), from, limit], |row| {
            Ok(TranscriptLine { start_ms: row.get(0)?, end_ms: row.get(1)?, name: row.get(2)?, text: row.get(3)? })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }
}

impl TextLines {
    /// Returns the number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Chat(lines) => lines.len(),
            Self::Transcript(_, lines) => lines.len(),
        }
    }

    /// Returns where the lines come from.
    #[must_use]
    pub const fn source(&self) -> Source {
        match self {
            Self::Chat(_) => Source::RealtimeKit,
            Self::Transcript(source, _) => *source,
        }
    }

    /// Returns whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether the lines that are kept are better than these.
fn stays(kept: &SessionText, lines: &TextLines) -> bool {
    match (kept.source, lines.source()) {
        (Some(Source::RealtimeKit), Source::Captions) => kept.lines > 0,
        (Some(Source::Captions), Source::RealtimeKit) => false,
        _ => usize::try_from(kept.lines).is_ok_and(|kept| kept > lines.len()),
    }
}

fn write_lines(transaction: &Transaction<'_>, session: SessionId, lines: &TextLines) -> Result<(), Error> {
    let session = session.to_string();
    match lines {
        TextLines::Chat(lines) => {
            transaction.prepare_cached("DELETE FROM chat_lines WHERE session = ?1")?.execute([&session])?;
            let mut insert = transaction
                .prepare_cached("INSERT INTO chat_lines (session, n, at, name, text) VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for (ChatLine { at, name, text }, n) in lines.iter().zip(0_i64..) {
                insert.execute(params![session, n, at.map(to_millis), name, text])?;
            }
        }
        TextLines::Transcript(source, lines) => {
            // A transcript has one source at a time.
            transaction.prepare_cached("DELETE FROM transcript_lines WHERE session = ?1")?.execute([&session])?;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO transcript_lines (session, source, n, start_ms, end_ms, name, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for (TranscriptLine { start_ms, end_ms, name, text }, n) in lines.iter().zip(0_i64..) {
                insert.execute(params![session, source.name(), n, start_ms, end_ms, name, text])?;
            }
        }
    }
    Ok(())
}

fn write_text(
    transaction: &Transaction<'_>,
    session: SessionId,
    kind: TextKind,
    text: &SessionText,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO session_texts
               (session_id, kind, state, source, cut, recording_id, asked_at, next_ask, none_at, no_captions, trouble)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            session.to_string(),
            kind.name(),
            text.state.name(),
            text.source.map(Source::name),
            text.cut,
            text.recording.map(|recording| recording.to_string()),
            text.asked_at.map(to_millis),
            text.next_ask.map(to_millis),
            text.none_at.map(to_millis),
            text.no_captions,
            text.trouble.map(TextTrouble::name),
        ])?;
    Ok(())
}

fn read_text(connection: &Connection, session: SessionId, kind: TextKind) -> Result<Option<SessionText>, Error> {
    let lines = match kind {
        TextKind::Chat => "(SELECT count(*) FROM chat_lines l WHERE l.session = t.session_id)",
        TextKind::Transcript => {
            "(SELECT count(*) FROM transcript_lines l WHERE l.session = t.session_id AND l.source = t.source)"
        }
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT state, source, cut, recording_id, asked_at, next_ask, none_at, no_captions, trouble, {lines}
         FROM session_texts t WHERE session_id = ?1 AND kind = ?2"
    ))?;
    statement.query_row([session.to_string().as_str(), kind.name()], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<SessionText, Error> {
    let state: String = row.get(0)?;
    let word = |place: usize| row.get::<_, Option<String>>(place);
    Ok(SessionText {
        state: state.parse::<TextState>().map_err(|_| Error::unreadable("state of a text", &state))?,
        source: word(1)?.and_then(|word| word.parse().ok()),
        cut: row.get(2)?,
        recording: word(3)?.and_then(|id| id.parse().ok()),
        asked_at: learnt_moment(row, 4)?,
        next_ask: learnt_moment(row, 5)?,
        none_at: learnt_moment(row, 6)?,
        no_captions: row.get(7)?,
        trouble: word(8)?.and_then(|word| word.parse().ok()),
        lines: crate::store::count(row, 9)?,
    })
}
