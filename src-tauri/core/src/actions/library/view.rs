//! A recording as people see it: the read model of lists and of the page of one recording.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::library::description::Tags;
use crate::domain::library::retention::Decision;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::forecast::Expected;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::recorder::explanation::{ImportQueue, sentence_in};
use crate::recorder::forecast;
use crate::store::Retention;

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
    /// Whether it is gone at Cloudflare, so that it may be put in the bin although it cannot be watched.
    pub removable: bool,
    /// Whether somebody keeps it forever.
    pub kept: bool,
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
    let kept = is_kept(context.store().retention(recording.id)?.as_ref());
    let beside = Beside { links_made, kept, written: written.unwrap_or_default() };
    row(context, &ImportQueue::read(context)?, recording, beside)
}

/// The rows of a list, in the same order. What all rows need is read with one query each.
pub fn views(context: &Context, recordings: Vec<Recording>) -> Result<Vec<RecordingView>, Error> {
    guard::allow(context, Permission::Watch)?;
    let links = context.store().link_counts(recordings.iter().map(|recording| recording.id))?;
    let queue = ImportQueue::read(context)?;
    let mut written = context.store().descriptions(recordings.iter().map(|recording| recording.id))?;
    let decisions = context.store().decisions(recordings.iter().map(|recording| recording.id))?;
    recordings
        .into_iter()
        .map(|recording| {
            let beside = Beside {
                links_made: links.get(&recording.id).copied().unwrap_or_default(),
                kept: is_kept(decisions.get(&recording.id)),
                written: written.remove(&recording.id).map(Written::new).unwrap_or_default(),
            };
            row(context, &queue, recording, beside)
        })
        .collect()
}

/// What stands in other tables than the recording itself.
struct Beside {
    links_made: u32,
    kept: bool,
    written: Written,
}

fn is_kept(retention: Option<&Retention>) -> bool {
    retention.is_some_and(|retention| retention.decided.decision == Decision::Keep)
}

fn row(context: &Context, queue: &ImportQueue, recording: Recording, beside: Beside) -> Result<RecordingView, Error> {
    let Beside { links_made, kept, written } = beside;
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
        kept,
        recording,
        written,
    })
}
