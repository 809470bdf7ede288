//! `session chat` and `session transcript`: what people wrote and said in a class.

use clap::{Subcommand, ValueEnum};
use hajime_core::actions::recorder::session_texts::{self, TextView};
use hajime_core::context::Context;
use hajime_core::domain::recorder::session_text::files::TextFormat;
use hajime_core::domain::recorder::session_text::{Source, TextKind};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What people wrote in the room of a class.
    Chat {
        /// The session’s id.
        id: String,
        /// Print it as the content of a file.
        #[arg(long, value_name = "FORMAT")]
        format: Option<ChatFormat>,
    },
    /// What people said in a class: RealtimeKit’s transcript, or else the captions of the video.
    Transcript {
        /// The session’s id.
        id: String,
        /// Print it as the content of a file.
        #[arg(long, value_name = "FORMAT")]
        format: Option<TranscriptFormat>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ChatFormat {
    Txt,
    Csv,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TranscriptFormat {
    Txt,
    Vtt,
    Csv,
    Json,
}

/// How far a text of a class is. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(crate) struct StateView {
    /// `waiting`, `there`, `none`, `lost` or `off`.
    state: &'static str,
    sentence: String,
    /// `realtimekit` or `captions`; `null` while there are no lines.
    source: Option<&'static str>,
    lines: u32,
    next_ask: Option<String>,
}

impl From<TextView> for StateView {
    fn from(text: TextView) -> Self {
        Self {
            state: text.state.name(),
            sentence: text.sentence,
            source: text.source.map(Source::name),
            lines: text.lines,
            next_ask: text.next_ask.map(instant),
        }
    }
}

impl StateView {
    pub(crate) fn line(&self, title: &str) -> String {
        let lines = match self.lines {
            0 => String::new(),
            1 => " 1 line.".to_owned(),
            lines => format!(" {lines} lines."),
        };
        let next = self.next_ask.as_ref().map(|at| format!(" It is asked for again at {at}.")).unwrap_or_default();
        format!("{title}: {}{lines}{next}", self.sentence)
    }
}

#[derive(Debug, Serialize)]
struct ChatLineView {
    at: Option<String>,
    /// The place in the video, in milliseconds; `null` where it is not known.
    place_ms: Option<i64>,
    name: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct ChatView {
    #[serde(flatten)]
    state: StateView,
    all: Vec<ChatLineView>,
}

#[derive(Debug, Serialize)]
struct TranscriptLineView {
    start_ms: i64,
    end_ms: i64,
    name: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct TranscriptView {
    #[serde(flatten)]
    state: StateView,
    /// Whether the times are places in the video.
    in_video: bool,
    all: Vec<TranscriptLineView>,
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Chat { id, format: Some(format) } => {
            let format = match format {
                ChatFormat::Txt => TextFormat::Text,
                ChatFormat::Csv => TextFormat::Csv,
                ChatFormat::Json => TextFormat::Json,
            };
            Output::whole(&session_texts::written(context, id.parse()?, TextKind::Chat, format)?);
        }
        Command::Transcript { id, format: Some(format) } => {
            let format = match format {
                TranscriptFormat::Txt => TextFormat::Text,
                TranscriptFormat::Vtt => TextFormat::Vtt,
                TranscriptFormat::Csv => TextFormat::Csv,
                TranscriptFormat::Json => TextFormat::Json,
            };
            Output::whole(&session_texts::written(context, id.parse()?, TextKind::Transcript, format)?);
        }
        Command::Chat { id, format: None } => chat(context, &id, output)?,
        Command::Transcript { id, format: None } => transcript(context, &id, output)?,
    }
    Ok(())
}

fn chat(context: &Context, id: &str, output: Output) -> Result<(), UserError> {
    let id = id.parse()?;
    let view = ChatView {
        state: session_texts::state(context, id, TextKind::Chat)?.into(),
        all: session_texts::whole_chat(context, id)?
            .into_iter()
            .map(|(line, place_ms)| ChatLineView {
                at: line.at.map(instant),
                place_ms,
                name: line.name,
                text: line.text,
            })
            .collect(),
    };
    output.print(&view, |view| {
        let lines = view.all.iter().map(|line| {
            let at = line.at.as_deref().unwrap_or("                    ");
            format!("{at}  {}: {}", line.name, line.text.replace('\n', " "))
        });
        std::iter::once(view.state.line("Chat")).chain(lines).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn transcript(context: &Context, id: &str, output: Output) -> Result<(), UserError> {
    let id = id.parse()?;
    let told = session_texts::whole_transcript(context, id)?;
    let view = TranscriptView {
        state: session_texts::state(context, id, TextKind::Transcript)?.into(),
        in_video: told.in_video,
        all: told
            .lines
            .into_iter()
            .map(|line| TranscriptLineView {
                start_ms: line.start_ms,
                end_ms: line.end_ms,
                name: line.name,
                text: line.text,
            })
            .collect(),
    };
    output.print(&view, |view| {
        let lines = view.all.iter().map(|line| {
            let name = if line.name.is_empty() { String::new() } else { format!("{}: ", line.name) };
            let seconds = line.start_ms.div_euclid(1_000);
            format!(
                "{:>4}:{:02}  {name}{}",
                seconds.div_euclid(60),
                seconds.rem_euclid(60),
                line.text.replace('\n', " ")
            )
        });
        std::iter::once(view.state.line("Transcript")).chain(lines).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}
