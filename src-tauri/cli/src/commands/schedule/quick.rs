//! `session quick`: a class, or a series, from one line.

use clap::Args;
use hajime_core::actions::schedule::quick_line::{self, Line, Read};
use hajime_core::context::Context;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::schedule::session_view::SessionView;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Quick {
    /// The line: `Karate tomorrow 18:00 60m rec`, `Judo every Tue 19:30`.
    text: String,
    /// IANA time zone.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// The language of the words and the order of dates, as a tag: `en-GB`, `en-US`, `de-DE`.
    #[arg(long, default_value = "en")]
    language: String,
    /// Who teaches it; left out, the instructor in the settings.
    #[arg(long)]
    instructor: Option<String>,
    /// Only say what is understood.
    #[arg(long)]
    dry_run: bool,
}

/// What was understood. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct ReadView {
    parts: Vec<PartView>,
    left_out: Vec<String>,
    problems: Vec<ProblemView>,
    start_local: String,
    rrule: Option<String>,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct PartView {
    part: &'static str,
    means: String,
    source: Option<String>,
}

#[derive(Debug, Serialize)]
struct ProblemView {
    source: Option<String>,
    message: String,
    next: String,
}

pub(super) fn run(context: &Context, asked: &Quick, output: Output) -> Result<(), UserError> {
    let line = Line {
        text: &asked.text,
        zone: &asked.timezone,
        language: &asked.language,
        instructor: asked.instructor.as_deref(),
    };
    if asked.dry_run {
        let read = quick_line::read(context, line)?;
        output.print(&ReadView::from(read), ReadView::text);
        return Ok(());
    }
    let session = quick_line::schedule(context, line)?;
    output.print(&SessionView::read(context, &session)?, SessionView::line);
    Ok(())
}

impl From<Read> for ReadView {
    fn from(Read { parts, left_out, unclear, input, rule, note }: Read) -> Self {
        Self {
            parts: parts
                .into_iter()
                .map(|part| PartView { part: part.part.name(), means: part.means, source: part.source })
                .collect(),
            left_out,
            problems: unclear
                .into_iter()
                .map(|problem| ProblemView { source: problem.source, message: problem.message, next: problem.next })
                .collect(),
            start_local: input.start_local,
            rrule: rule,
            note,
        }
    }
}

impl ReadView {
    fn text(&self) -> String {
        let part = |part: &PartView| match &part.source {
            Some(source) => format!("{}: {} (“{source}”)", part.part, part.means),
            None => format!("{}: {}", part.part, part.means),
        };
        let mut lines: Vec<String> = self.parts.iter().map(part).collect();
        lines.extend(self.left_out.iter().map(|words| format!("“{words}” is left out.")));
        lines.extend(self.problems.iter().map(|problem| format!("{} {}", problem.message, problem.next)));
        lines.extend(self.note.clone());
        lines.join("\n")
    }
}
