//! Tables of the recorder: recordings with their history, auto-retries, processing times and warnings.

mod adopted;
pub(in crate::store) mod attempts;
mod auto_retries;
pub(in crate::store) mod columns;
mod import_queue;
pub(in crate::store) mod observations;
mod of_lists;
mod processing_times;
pub(in crate::store) mod recordings;
pub(in crate::store) mod refusals;
mod rescue_warnings;
mod session_texts;
mod stages;

pub use adopted::Adopted;
pub use observations::AppliedObservation;
pub use session_texts::{DueTexts, TextLines};
