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
    switches::{NoChat, Switches, TranscriptContent},
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
    pub fn content(self, session: &Session, switches: &Switches) -> (&'static str, String) {
        match self {
            Self::Chat => {
                let mark = if switches.chat_bom { "\u{feff}" } else { "" };
                (Format::Csv.media_type(), format!("{mark}{}", chat(session)))
            }
            Self::Transcript(format) => {
                let text = match switches.transcript_content {
                    TranscriptContent::Whole => transcript(session, format),
                    TranscriptContent::EmptyList => "[]".to_owned(),
                    TranscriptContent::NoBytes => String::new(),
                };
                (format.media_type(), text)
            }
            Self::Summary => ("text/plain; charset=utf-8", summary(session)),
        }
    }
}

impl Model {
    /// Returns the URL of a session's file and the moment when the URL expires; `None` when the file does not exist or
    /// has expired, and until `files_after_seconds` after the end of the session. A chat in which nobody wrote exists
    /// only where the switch `no_chat` says so. The chat does not expire while the session is live, nor if the meeting
    /// keeps its chat (`persist_chat`): each call then makes a URL that lasts for a whole lifetime.
    pub fn session_file(&self, session: &Session, file: File) -> Option<(String, Moment)> {
        let late = seconds(self.switches.files_after_seconds);
        let synced = session.ended.is_none_or(|ended| ended + late <= self.now);
        let there = synced
            && match file {
                File::Chat => !session.chat.is_empty() || self.switches.no_chat == NoChat::EmptyFile,
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
            &line.kind,
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
            // This table has no header.
            let mut table = String::new();
            for (line, from) in spoken {
                let start = from.num_milliseconds().to_string();
                let cells = [&start, &line.peer, &line.participant, &line.custom_id, &line.from, &line.text];
                row(&mut table, &cells.map(String::as_str));
            }
            table
        }
        Format::Json => {
            let lines: Value = spoken
                .iter()
                .map(|(line, from)| {
                    let peer = session.peers.iter().find(|peer| peer.id == line.peer);
                    json!({
                        "startTime": from.num_milliseconds(),
                        "endTime": until(*from).num_milliseconds(),
                        "sentence": line.text,
                        "peerData": {
                            "id": line.peer,
                            "userId": line.participant,
                            "displayName": line.from,
                            "cpi": line.custom_id,
                            "joinedAt": peer.map(|peer| millis(peer.joined)),
                            "leftAt": peer.and_then(|peer| peer.left).map(millis),
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
