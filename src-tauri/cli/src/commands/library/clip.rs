//! `recording clip|thumbnail`: cutting a recording, and choosing its picture.

use clap::Args;
use hajime_core::actions::library::{clip, pictures};
use hajime_core::context::Context;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::recorder::clip::{clock, second_of};
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use super::recording_view::RecordingView;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Cut {
    /// The recording’s id.
    id: String,
    /// Where the part begins, as `h:mm:ss`, `m:ss` or seconds. Without it, at the beginning.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Where the part ends. Without it, at the end.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Thumbnail {
    /// The recording’s id.
    id: String,
    /// The place of the picture, as `h:mm:ss`, `m:ss` or seconds.
    #[arg(long, value_name = "TIME")]
    at: String,
}

/// The part that is suggested. Nothing is cut.
#[derive(Debug, Serialize)]
struct SuggestedView {
    from_second: u32,
    to_second: u32,
    last_second: u32,
    reasons: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ChosenView {
    second: u32,
    before: u32,
}

/// Cuts a part; without `--from` and `--to`, only prints the part that is suggested.
pub(crate) async fn cut(context: &Context, cut: &Cut, output: Output) -> Result<(), UserError> {
    let id = cut.id.parse()?;
    if cut.from.is_none() && cut.to.is_none() {
        let plan = clip::plan(context, id).await?;
        let view = SuggestedView {
            from_second: plan.suggested.begin,
            to_second: plan.suggested.end,
            last_second: plan.last_second,
            reasons: plan.suggested.reasons,
        };
        output.print(&view, |view| {
            let part = format!("--from {} --to {}", clock(view.from_second), clock(view.to_second));
            std::iter::once(part)
                .chain(view.reasons.iter().map(|why| format!("  {why}")))
                .collect::<Vec<_>>()
                .join("\n")
        });
        return Ok(());
    }
    let begin = cut.from.as_deref().map_or(Ok(0), |text| second("from", text))?;
    let end = match cut.to.as_deref() {
        Some(text) => second("to", text)?,
        None => clip::end_of(context, id)?,
    };
    let made = clip::make(context, id, begin, end)?;
    output.print(&RecordingView::read(context, made)?, RecordingView::line);
    Ok(())
}

pub(crate) async fn thumbnail(context: &Context, wanted: &Thumbnail, output: Output) -> Result<(), UserError> {
    let chosen = pictures::choose(context, wanted.id.parse()?, second("at", &wanted.at)?).await?;
    let view = ChosenView { second: chosen.second, before: chosen.before };
    output.print(&view, |view| {
        format!("The picture at {} stands for it; before, {}.", clock(view.second), clock(view.before))
    });
    Ok(())
}

/// The place in a video that was given for a field.
pub(crate) fn second(field: &'static str, text: &str) -> Result<u32, Error> {
    let invalid = || Invalid::one(field, format!("“{text}” is no time."), "Write h:mm:ss, m:ss or seconds.");
    second_of(text).ok_or_else(|| invalid().into())
}
