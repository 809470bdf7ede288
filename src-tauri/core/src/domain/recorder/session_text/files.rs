//! Writes a transcript or a chat as a file: plain text, `WebVTT`, CSV or JSON.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;

use crate::domain::recorder::session_text::{ChatLine, TranscriptLine};
use crate::domain::spreadsheet;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Plain text: the time, the name and the text on each line.
    Text,
    /// `WebVTT` subtitles. Only a transcript has them.
    Vtt,
    /// A table for spreadsheet programs.
    Csv,
    /// A JSON list.
    Json,
}

impl TextFormat {
    /// Returns the ending of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Vtt => "vtt",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// Writes a transcript. The places of its lines count in milliseconds; lines before the recording are not in the
/// subtitles, because the video has nothing of them.
#[must_use]
pub fn transcript(lines: &[TranscriptLine], format: TextFormat) -> String {
    match format {
        TextFormat::Text => {
            let mut text = String::new();
            for line in lines {
                let _ = writeln!(text, "{}  {}", clock(line.start_ms, false), spoken(line, ": ").replace('\n', " "));
            }
            text
        }
        TextFormat::Vtt => {
            let mut text = String::from("WEBVTT\n");
            for line in lines.iter().filter(|line| line.start_ms >= 0) {
                let (from, to) = (clock(line.start_ms, true), clock(line.end_ms, true));
                let said = line.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let voice = line.name.replace(['&', '<', '>'], " ");
                let voice = if voice.is_empty() { String::new() } else { format!("<v {voice}>") };
                let _ = write!(text, "\n{from} --> {to}\n{voice}{said}\n");
            }
            text
        }
        TextFormat::Csv => {
            let titles = ["start", "end", "name", "text"].map(str::to_owned);
            let rows = lines.iter().map(|line| {
                [clock(line.start_ms, true), clock(line.end_ms, true), line.name.clone(), line.text.clone()]
            });
            spreadsheet::table(std::iter::once(titles).chain(rows))
        }
        TextFormat::Json => {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| json!({ "start_ms": line.start_ms, "end_ms": line.end_ms, "name": line.name, "text": line.text }))
                .collect();
            format!("{}\n", serde_json::Value::from(lines))
        }
    }
}

/// Writes a chat. Times are those of the zone. Subtitles are written as plain text, because a chat is not heard.
#[must_use]
pub fn chat(lines: &[ChatLine], zone: Tz, format: TextFormat) -> String {
    let local = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    };
    match format {
        TextFormat::Text | TextFormat::Vtt => {
            let mut text = String::new();
            for line in lines {
                let _ = writeln!(text, "{}  {}: {}", local(line.at), line.name, line.text.replace('\n', " "));
            }
            text
        }
        TextFormat::Csv => {
            let titles = ["time", "name", "text"].map(str::to_owned);
            let rows = lines.iter().map(|line| [local(line.at), line.name.clone(), line.text.clone()]);
            spreadsheet::table(std::iter::once(titles).chain(rows))
        }
        TextFormat::Json => {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| json!({ "at": line.at.map(|at| at.to_rfc3339()), "name": line.name, "text": line.text }))
                .collect();
            format!("{}\n", serde_json::Value::from(lines))
        }
    }
}

fn spoken(line: &TranscriptLine, between: &str) -> String {
    if line.name.is_empty() { line.text.clone() } else { format!("{}{between}{}", line.name, line.text) }
}

/// `00:12:40`, or `00:12:40.500`.
fn clock(millis: i64, to_the_millisecond: bool) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    let whole = format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if to_the_millisecond { format!("{whole}.{rest:03}") } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::session_text::transcript::{self, NamesInText};

    fn lines() -> Vec<TranscriptLine> {
        let line = |start_ms, name: &str, text: &str| TranscriptLine {
            start_ms,
            end_ms: start_ms + 2_000,
            name: name.into(),
            text: text.into(),
        };
        vec![
            line(-1_500, "Ada", "too early"),
            line(760_500, "Ada <b>", "1 < 2 & --> so\nit is"),
            line(900_000, "", "=1+1"),
        ]
    }

    #[test]
    fn subtitles_can_be_read_again() {
        let text = super::transcript(&lines(), TextFormat::Vtt);
        assert!(
            text.contains("\n00:12:40.500 --> 00:12:42.500\n<v Ada  b >1 &lt; 2 &amp; --&gt; so\nit is\n"),
            "{text}"
        );
        let read = transcript::read(text.as_bytes(), NamesInText::None, None).unwrap().all;
        assert_eq!(read.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["1 < 2 & --> so\nit is", "=1+1"]);
    }

    #[test]
    fn text_csv_and_json_hold_every_line() {
        let text = super::transcript(&lines(), TextFormat::Text);
        assert_eq!(text, "-00:00:01  Ada: too early\n00:12:40  Ada <b>: 1 < 2 & --> so it is\n00:15:00  =1+1\n");
        let csv = super::transcript(&lines(), TextFormat::Csv);
        assert!(csv.contains("\r\n00:12:40.500,00:12:42.500,Ada <b>,\"1 < 2 & --> so\nit is\"\r\n"), "{csv}");
        assert!(csv.contains("\r\n-00:00:01.500,00:00:00.500,Ada,too early\r\n"), "{csv}");
        assert!(csv.ends_with(",,\"'=1+1\"\r\n"), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&super::transcript(&lines(), TextFormat::Json)).unwrap();
        assert_eq!((&json[1]["start_ms"], json.as_array().unwrap().len()), (&json!(760_500), 3));
    }

    #[test]
    fn a_chat_has_the_times_of_its_zone() {
        let at = "2026-03-20T17:02:03Z".parse().ok();
        let lines = [ChatLine { at, name: "Ada".into(), text: "Hajime,\nnow".into() }];
        let zone = chrono_tz::Europe::Berlin;
        assert_eq!(super::chat(&lines, zone, TextFormat::Text), "2026-03-20 18:02:03  Ada: Hajime, now\n");
        let csv = super::chat(&lines, zone, TextFormat::Csv);
        assert_eq!(csv, "\u{feff}time,name,text\r\n2026-03-20 18:02:03,Ada,\"Hajime,\nnow\"\r\n");
    }
}
