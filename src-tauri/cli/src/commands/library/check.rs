//! `recording check`: the check of picture and sound of a recording.

use hajime_core::actions::library::checks;
use hajime_core::context::Context;
use hajime_core::domain::library::check::Check;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArguments {
    /// The recording’s id.
    id: String,
    /// Show what the last check found, without checking again.
    #[arg(long)]
    known: bool,
}

#[derive(Debug, Serialize)]
struct StretchView {
    flaw: &'static str,
    words: &'static str,
    start_seconds: u64,
    end_seconds: u64,
}

#[derive(Debug, Serialize)]
struct CheckView {
    picture: &'static str,
    sound: &'static str,
    muted: bool,
    sentence: String,
    stretches: Vec<StretchView>,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        let stretch = |one: &hajime_core::domain::library::check::Stretch| StretchView {
            flaw: one.flaw.name(),
            words: one.flaw.words(),
            start_seconds: one.start_ms / 1_000,
            end_seconds: one.end_ms.div_ceil(1_000),
        };
        Self {
            picture: check.picture.name(),
            sound: check.sound.name(),
            muted: check.muted,
            sentence: check.sentence(),
            stretches: check.stretches.iter().map(stretch).collect(),
        }
    }
}

pub(crate) async fn run(context: &Context, asked: &CheckArguments, output: Output) -> Result<(), UserError> {
    let id = asked.id.parse()?;
    let check = if asked.known { checks::known(context, id)? } else { Some(checks::run(context, id).await?) };
    let view = check.map(CheckView::from);
    output.print(&view, |view| {
        let Some(view) = view else { return "It was not checked yet.".to_owned() };
        let line = |one: &StretchView| {
            format!("  {}–{}  {}", place_in_video(one.start_seconds), place_in_video(one.end_seconds), one.words)
        };
        std::iter::once(view.sentence.clone()).chain(view.stretches.iter().map(line)).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// A place in the video, such as 1:02:40.
fn place_in_video(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
