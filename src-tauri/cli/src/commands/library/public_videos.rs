//! `recording public [--close]`: videos that everybody can watch who has their address.

use clap::Args;
use hajime_core::actions::library::public_videos::{self, Closed, PublicVideo};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::VideoId;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::{Output, words};

#[derive(Debug, Args)]
pub(crate) struct Public {
    /// Close them, so that they play with signed links only.
    #[arg(long)]
    close: bool,
    /// Close also videos that Hajime did not make and does not show. A page of somebody else may show them.
    #[arg(long, requires = "close")]
    others: bool,
    /// Close only these videos, by their ids at Stream.
    #[arg(value_name = "VIDEO", requires = "close")]
    ids: Vec<VideoId>,
}

/// A public video. The names are stable.
#[derive(Debug, Serialize)]
struct View {
    id: String,
    title: String,
    created: Option<String>,
    ours: bool,
}

impl From<PublicVideo> for View {
    fn from(video: PublicVideo) -> Self {
        Self { id: video.id.to_string(), title: video.title, created: video.created.map(instant), ours: video.is_ours }
    }
}

impl View {
    fn line(&self) -> String {
        let whose = if self.ours { "" } else { "  (not made by Hajime)" };
        format!("{}  {}{whose}", self.id, self.title)
    }
}

/// What became of the videos. The names are stable.
#[derive(Debug, Serialize)]
struct ClosedView {
    closed: Vec<View>,
    failed: Vec<FailedView>,
    not_ours: Vec<View>,
}

#[derive(Debug, Serialize)]
struct FailedView {
    #[serde(flatten)]
    video: View,
    error: UserError,
}

impl From<Closed> for ClosedView {
    fn from(done: Closed) -> Self {
        Self {
            closed: done.closed.into_iter().map(View::from).collect(),
            failed: done.failed.into_iter().map(|(video, error)| FailedView { video: video.into(), error }).collect(),
            not_ours: done.unconfirmed.into_iter().map(View::from).collect(),
        }
    }
}

impl ClosedView {
    fn lines(&self) -> String {
        let mut lines = vec![format!("{} videos now play with signed links only.", self.closed.len())];
        lines.extend(self.failed.iter().map(|one| format!("{}: {}", one.video.line(), words(&one.error))));
        if !self.not_ours.is_empty() {
            lines.push(
                "Left as they are, because Hajime did not make them. To close them too, add --others:".to_owned(),
            );
            lines.extend(self.not_ours.iter().map(View::line));
        }
        lines.join("\n")
    }
}

pub(crate) async fn run(context: &Context, asked: &Public, output: Output) -> Result<(), UserError> {
    if !asked.close {
        let all: Vec<View> = public_videos::list(context).await?.into_iter().map(View::from).collect();
        output.print(&all, |all| match all.as_slice() {
            [] => "No video is public.".to_owned(),
            all => all.iter().map(View::line).collect::<Vec<_>>().join("\n"),
        });
        return Ok(());
    }
    let ids = (!asked.ids.is_empty()).then_some(asked.ids.as_slice());
    let done = public_videos::close(context, ids, asked.others).await?;
    let left = done.failed.len();
    output.print(&ClosedView::from(done), ClosedView::lines);
    match left {
        0 => Ok(()),
        left => Err(UserError::new(
            ErrorCode::CloudflareRefused,
            format!("{left} videos are still public."),
            "Close them again in a moment, or in the Cloudflare dashboard.",
        )),
    }
}
