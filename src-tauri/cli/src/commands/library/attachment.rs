//! `recording candidates|attach|evidence`: attachments and evidence.

use std::collections::BTreeMap;

use clap::Args;
use hajime_core::actions::library::attachment::{self, Suggestion};
use hajime_core::actions::library::evidence;
use hajime_core::context::Context;
use hajime_core::domain::library::attachment::AttachTo;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::commands::library::recording_view::RecordingView;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Attach {
    /// The session’s id.
    session: String,
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The uid of a video in Stream.
    #[arg(long, value_name = "ID")]
    video: Option<String>,
    /// The id of a recording at RealtimeKit; it goes on to Stream by itself.
    #[arg(long, value_name = "ID")]
    cloud_recording: Option<String>,
}

/// The output for a candidate. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct CandidateView {
    kind: &'static str,
    id: String,
    name: Option<String>,
    made_at: String,
    duration_seconds: Option<i64>,
    size_bytes: Option<u64>,
    same_room: bool,
    reason: String,
}

impl From<Suggestion> for CandidateView {
    fn from(Suggestion { candidate, reason }: Suggestion) -> Self {
        let (kind, id) = match candidate.what {
            AttachTo::Video(id) => ("video", id.to_string()),
            AttachTo::RealtimeKitRecording(id) => ("cloud_recording", id.to_string()),
        };
        Self {
            kind,
            id,
            name: candidate.name,
            made_at: instant(candidate.made_at),
            duration_seconds: candidate.length.map(|length| length.num_seconds()),
            size_bytes: candidate.size,
            same_room: candidate.same_room,
            reason,
        }
    }
}

impl CandidateView {
    fn line(&self) -> String {
        let option = self.kind.replace('_', "-");
        let name = self.name.as_deref().unwrap_or("without a name");
        format!("--{option} {}  {}  {name} — {}", self.id, self.made_at, self.reason)
    }
}

#[derive(Debug, Serialize)]
struct AttachedView {
    already_attached: bool,
    #[serde(flatten)]
    recording: RecordingView,
}

#[derive(Debug, Serialize)]
struct EvidenceView {
    facts: BTreeMap<&'static str, Option<String>>,
    history: Vec<HappenedView>,
}

#[derive(Debug, Serialize)]
struct HappenedView {
    at: String,
    from: Option<String>,
    to: String,
    note: String,
}

pub(crate) async fn candidates(context: &Context, session: &str, output: Output) -> Result<(), UserError> {
    let found = attachment::candidates(context, session.parse()?).await?;
    let all: Vec<CandidateView> = found.into_iter().map(CandidateView::from).collect();
    output.print(&all, |all| match all.as_slice() {
        [] => "Nothing at Cloudflare looks like this class.".to_owned(),
        all => all.iter().map(CandidateView::line).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

pub(crate) async fn attach(
    context: &Context,
    Attach { session, what }: Attach,
    output: Output,
) -> Result<(), UserError> {
    let what = match (what.video, what.cloud_recording) {
        (Some(video), _) => AttachTo::Video(video.parse()?),
        (None, cloud) => AttachTo::RealtimeKitRecording(cloud.unwrap_or_default().parse()?),
    };
    let attached = attachment::attach(context, session.parse()?, &what, None).await?;
    let view = AttachedView {
        already_attached: attached.already,
        recording: RecordingView::read(context, attached.recording)?,
    };
    output.print(&view, |view| {
        let done = if view.already_attached { "It was attached already." } else { "Attached." };
        format!("{done}\n{}", view.recording.line())
    });
    Ok(())
}

pub(crate) fn evidence(context: &Context, id: &str, output: Output) -> Result<(), UserError> {
    let found = evidence::evidence(context, id.parse()?)?;
    let history = found.history.iter().cloned().map(|line| HappenedView {
        at: line.at,
        from: line.from,
        to: line.to,
        note: line.note,
    });
    let view = EvidenceView { facts: found.facts.iter().cloned().collect(), history: history.collect() };
    output.print(&view, |_| found.text());
    Ok(())
}
