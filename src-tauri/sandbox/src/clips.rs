//! Rendered clips, each made once and kept while it is in use.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
};

use tokio::sync::Mutex;

use crate::{
    media::{Clip, ClipSpec, MediaError},
    state::video::Footage,
};

/// A class or two at each quality; a clip is a few hundred kilobytes.
const KEPT: usize = 24;

/// Why there is no clip.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// It cannot be made as asked.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// Making it was broken off.
    #[error("the rendering was broken off")]
    BrokenOff,
}

type Slot = Arc<Mutex<Option<Arc<Clip>>>>;

/// The clips rendered so far.
#[derive(Default)]
pub struct ClipShelf {
    slots: std::sync::Mutex<VecDeque<(Key, Slot)>>,
}

type Key = (String, String, u32, u32);

impl std::fmt::Debug for ClipShelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClipShelf").finish_non_exhaustive()
    }
}

impl ClipShelf {
    /// The clip for this footage, rendered now if it is not there yet. Two who ask at once wait for the same one.
    pub async fn get(&self, footage: &Footage) -> Result<Arc<Clip>, ClipError> {
        let slot = self.slot(footage);
        let mut held = slot.lock().await;
        if let Some(clip) = &*held {
            return Ok(Arc::clone(clip));
        }
        let spec = ClipSpec {
            title: footage.title.clone(),
            subtitle: footage.subtitle.clone(),
            width: footage.width,
            height: footage.height,
        };
        let rendered = tokio::task::spawn_blocking(move || Clip::render(&spec)).await;
        let clip = Arc::new(rendered.map_err(|_| ClipError::BrokenOff)??);
        *held = Some(Arc::clone(&clip));
        Ok(clip)
    }

    fn slot(&self, footage: &Footage) -> Slot {
        let key = (footage.title.clone(), footage.subtitle.clone(), footage.width, footage.height);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let found = slots.iter().position(|(known, _)| *known == key).and_then(|at| slots.remove(at));
        let entry = found.unwrap_or_else(|| (key, Slot::default()));
        let slot = Arc::clone(&entry.1);
        slots.push_back(entry);
        if slots.len() > KEPT {
            slots.pop_front();
        }
        slot
    }
}
