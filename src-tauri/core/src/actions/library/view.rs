//! A recording as people see it: the read model of lists and of the page of one recording.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::library::description::Tags;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::forecast::Expected;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::recorder::explanation::{ImportQueue, sentence_in};
use crate::recorder::forecast;

/// A recording with everything that a row of a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingView {
    /// The recording.
    pub recording: Recording,
    /// Its state, in one sentence.
    pub sentence: String,
    /// The forecast of when it can be watched; `None` if it is not in processing.
    pub expected: Option<Expected>,
    /// The number of share links made of it.
    pub links_made: u32,
    /// The cause of its failure and what can be done; `None` if it has not failed.
    pub failure: Option<FailureView>,
    /// Whether it may be removed from the list.
    pub removable: bool,
    /// What people wrote about it beside its title.
    pub written: Written,
}

/// Notes and tags of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// The notes; empty where there are none.
    pub notes: String,
    /// The tags, as they are written.
    pub tags: Vec<String>,
}

impl Written {
    fn new((notes, tags): (String, Tags)) -> Self {
        Self { notes, tags: tags.values().map(|tag| tag.name().to_owned()).collect() }
    }
}

/// The failure of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureView {
    /// The cause.
    pub cause: Cause,
    /// Whether a retry by hand may help.
    pub retryable: bool,
    /// The next step, as a sentence.
    pub next: &'static str,
}

/// One recording as people see it.
pub fn view(context: &Context, recording: Recording) -> Result<RecordingView, Error> {
    guard::allow(context, Permission::Watch)?;
    let links_made = context.store().link_count(recording.id)?;
    let written = context.store().descriptions([recording.id])?.remove(&recording.id).map(Written::new);
    row(context, &ImportQueue::read(context)?, recording, links_made, written.unwrap_or_default())
}

/// The rows of a list, in the same order. What all rows need is read with one query each.
pub fn views(context: &Context, recordings: Vec<Recording>) -> Result<Vec<RecordingView>, Error> {
    guard::allow(context, Permission::Watch)?;
    let links = context.store().link_counts(recordings.iter().map(|recording| recording.id))?;
    let queue = ImportQueue::read(context)?;
    let mut written = context.store().descriptions(recordings.iter().map(|recording| recording.id))?;
    let made = |recording: &Recording| links.get(&recording.id).copied().unwrap_or_default();
    recordings
        .into_iter()
        .map(|recording| {
            let (links_made, written) = (made(&recording), written.remove(&recording.id).map(Written::new));
            row(context, &queue, recording, links_made, written.unwrap_or_default())
        })
        .collect()
}

fn row(
    context: &Context,
    queue: &ImportQueue,
    recording: Recording,
    links_made: u32,
    written: Written,
) -> Result<RecordingView, Error> {
    let now = context.now();
    let failure = match recording.stage {
        Stage::Failed { cause, .. } => Some(FailureView {
            cause,
            retryable: recording.is_retryable(now),
            // If nothing is left of the recording at Cloudflare, the first cause does not matter any more.
            next: if recording.is_missing(now) { Cause::RecorderMissing.next() } else { cause.next() },
        }),
        _ => None,
    };
    Ok(RecordingView {
        sentence: sentence_in(context, queue, &recording)?,
        expected: forecast::expected(context, &recording)?,
        links_made,
        failure,
        removable: recording.removed_at.is_none() && recording.is_removable(now),
        recording,
        written,
    })
}
