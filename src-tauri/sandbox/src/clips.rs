//! A cache of rendered clips.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};

use tokio::sync::Mutex;

use crate::{
    media::{Clip, ClipSpec, MediaError},
    state::video::Footage,
};

/// The largest number of clips in the cache: enough for several sessions at each quality. A clip is a few hundred
/// kilobytes.
const MAX_CACHED_CLIPS: usize = 24;

/// Why a clip could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The picture could not be encoded.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The rendering thread panicked or was cancelled.
    #[error("the rendering was cancelled")]
    Cancelled,
}

type Slot = Arc<Mutex<Option<Arc<Clip>>>>;

/// The clips that were used most recently. The clip that was not used for the longest time is removed first.
#[derive(Default)]
pub struct ClipCache {
    slots: std::sync::Mutex<VecDeque<(ClipSpec, Slot)>>,
}

impl std::fmt::Debug for ClipCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClipCache").finish_non_exhaustive()
    }
}

impl ClipCache {
    /// The clip for this footage, rendered now if it is not cached. Concurrent callers wait for the same rendering.
    pub async fn get(&self, footage: &Footage) -> Result<Arc<Clip>, ClipError> {
        let spec = ClipSpec {
            title: footage.title.clone(),
            subtitle: footage.subtitle.clone(),
            width: footage.width,
            height: footage.height,
            flaws: footage.flaws.clone(),
        };
        let slot = self.slot(&spec);
        let mut held = slot.lock().await;
        if let Some(clip) = &*held {
            return Ok(Arc::clone(clip));
        }
        let rendered = tokio::task::spawn_blocking(move || Clip::render(&spec)).await;
        let clip = Arc::new(rendered.map_err(|_| ClipError::Cancelled)??);
        *held = Some(Arc::clone(&clip));
        Ok(clip)
    }

    fn slot(&self, spec: &ClipSpec) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let found = slots.iter().position(|(known, _)| known == spec).and_then(|at| slots.remove(at));
        let entry = found.unwrap_or_else(|| (spec.clone(), Slot::default()));
        let slot = Arc::clone(&entry.1);
        slots.push_back(entry);
        if slots.len() > MAX_CACHED_CLIPS {
            slots.pop_front();
        }
        slot
    }
}
