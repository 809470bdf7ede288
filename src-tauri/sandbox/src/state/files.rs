//! The files of a session: its chat, transcript and summary.
//!
//! Nobody speaks in the sandbox, so the transcript holds the chat: each message counts as a spoken sentence. A file is
//! written when it is downloaded; only its name is stored.

use std::fmt::Write as _;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    Model,
    session::{ChatLine, Session},
};
use crate::{
    clock::{Moment, millis, seconds},
    presign,
};

/// How long each sentence of a transcript is shown.
const TRANSCRIPT_LINE_SECONDS: i64 = 4;

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// The chat, as CSV.
    Chat,
    Transcript(Format),
    /// The summary of the transcript, as plain text.
    Summary,
}

/// The formats of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `SubRip` subtitles.
    Srt,
    /// `WebVTT` subtitles.
    Vtt,
    /// A list of JSON objects.
    Json,
    /// CSV.
    Csv,
}

impl Format {
    /// The format with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "SRT" => Self::Srt,
            "VTT" => Self::Vtt,
            "JSON" => Self::Json,
            "CSV" => Self::Csv,
            _ => return None,
        })
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Srt => "application/x-subrip",
            Self::Vtt => "text/vtt; charset=utf-8",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

impl File {
    /// The file's name in storage.
    fn name(self, session: &str) -> String {
        match self {
            Self::Chat => format!("chat_{session}.csv"),
            Self::Transcript(format) => format!("transcript_{session}.{}", format.extension()),
            Self::Summary => format!("summary_{session}.txt"),
        }
    }

    /// Parses a file's name. Returns the kind of file and the session id.
    pub fn from_name(name: &str) -> Option<(Self, &str)> {
        let (stem, extension) = name.rsplit_once('.')?;
        let (kind, session) = stem.split_once('_')?;
        let file = match (kind, extension) {
            ("chat", "csv") => Self::Chat,
            ("summary", "txt") => Self::Summary,
            ("transcript", extension) => Self::Transcript(Format::from_name(extension)?),
            _ => return None,
        };
        Some((file, session))
    }

    /// The media type and the content of the file.
    pub fn content(self, session: &Session) -> (&'static str, String) {
        match self {
            Self::Chat => (Format::Csv.media_type(), chat(session)),
            Self::Transcript(format) => (format.media_type(), transcript(session, format)),
            Self::Summary => ("text/plain; charset=utf-8", summary(session)),
        }
    }
}

impl Model {
    /// Returns the URL of a session's file and the moment when the URL expires; `None` when the file does not exist or
    /// has expired. The chat does not expire while the session is live, nor if the meeting keeps its chat
    /// (`persist_chat`): each call then makes a URL that lasts for a whole lifetime.
    pub fn session_file(&self, session: &Session, file: File) -> Option<(String, Moment)> {
        let there = match file {
            File::Chat => true,
            File::Transcript(_) => session.transcribed && !session.is_live(),
            File::Summary => session.summarised && !session.is_live(),
        };
        let lifetime = seconds(self.switches.download_url_seconds);
        let kept = file == File::Chat && session.keeps_chat;
        let expires = session.ended.filter(|_| !kept).unwrap_or(self.now) + lifetime;
        (there && expires > self.now)
            .then(|| (presign::url(&self.host, &self.secret, &file.name(&session.id), expires), expires))
    }
}

fn chat(session: &Session) -> String {
    let mut table =
        table(&["id,participantId,sessionId,meetingId,displayName,pinned,isEdited,payloadType,payload,createdAt"]);
    for line in &session.chat {
        let cells = [
            &line.id,
            &line.participant,
            &session.id,
            &session.meeting,
            &line.from,
            "false",
            "false",
            "TEXT_MESSAGE",
            &line.text,
            &millis(line.at),
        ];
        row(&mut table, &cells);
    }
    table
}

fn transcript(session: &Session, format: Format) -> String {
    let spoken: Vec<(&ChatLine, TimeDelta)> =
        session.chat.iter().map(|line| (line, (line.at - session.started).max(TimeDelta::zero()))).collect();
    let until = |from: TimeDelta| from + TimeDelta::seconds(TRANSCRIPT_LINE_SECONDS);
    match format {
        Format::Csv => {
            let mut table = table(&["timestamp,participantId,customParticipantId,displayName,transcript"]);
            for (line, _) in spoken {
                row(&mut table, &[&millis(line.at), &line.participant, &line.custom_id, &line.from, &line.text]);
            }
            table
        }
        Format::Json => {
            let lines: Value = spoken
                .iter()
                .map(|(line, from)| {
                    json!({
                        "startTime": seconds_of(*from),
                        "endTime": seconds_of(until(*from)),
                        "sentence": line.text,
                        "peerData": {
                            "id": line.participant, "cpi": line.custom_id, "displayName": line.from,
                        },
                    })
                })
                .collect();
            lines.to_string()
        }
        Format::Srt | Format::Vtt => {
            let mut text = if format == Format::Vtt { "WEBVTT\n\n".to_owned() } else { String::new() };
            let point = if format == Format::Vtt { '.' } else { ',' };
            for (number, (line, from)) in spoken.iter().enumerate() {
                let (begin, end) = (cue_time(*from, point), cue_time(until(*from), point));
                // An empty line would end the cue, and an arrow would begin another cue.
                let said = line.text.split_whitespace().collect::<Vec<_>>().join(" ").replace("-->", "->");
                let who = line.from.split_whitespace().collect::<Vec<_>>().join(" ").replace("-->", "->");
                let _ = write!(text, "{}\n{begin} --> {end}\n{who}: {said}\n\n", number + 1);
            }
            text
        }
    }
}

fn summary(session: &Session) -> String {
    let mut speakers: Vec<&str> = Vec::new();
    for line in &session.chat {
        if !speakers.contains(&line.from.as_str()) {
            speakers.push(&line.from);
        }
    }
    let title = if session.title.is_empty() { "Untitled meeting" } else { &session.title };
    if speakers.is_empty() {
        return format!("{title}\n\nNothing was said.\n");
    }
    let first = session.chat.first().map_or("", |line| line.text.as_str());
    let last = session.chat.last().map_or("", |line| line.text.as_str());
    format!(
        "{title}\n\n{} said {} in all. It began with: {first}\nIt ended with: {last}\n",
        speakers.join(", "),
        if session.chat.len() == 1 { "one thing".to_owned() } else { format!("{} things", session.chat.len()) },
    )
}

fn table(header: &[&str]) -> String {
    format!("{}\r\n", header.join(","))
}

/// Adds a row to a CSV table (RFC 4180).
fn row(table: &mut String, cells: &[&str]) {
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            table.push(',');
        }
        if cell.contains(['"', ',', '\r', '\n']) {
            table.push('"');
            table.push_str(&cell.replace('"', "\"\""));
            table.push('"');
        } else {
            table.push_str(cell);
        }
    }
    table.push_str("\r\n");
}

fn cue_time(at: TimeDelta, point: char) -> String {
    let (hours, minutes) = (at.num_hours(), at.num_minutes() % 60);
    format!("{hours:02}:{minutes:02}:{:02}{point}{:03}", at.num_seconds() % 60, at.num_milliseconds() % 1_000)
}

fn seconds_of(span: TimeDelta) -> f64 {
    span.to_std().unwrap_or_default().as_secs_f64()
}
