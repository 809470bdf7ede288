//! Background work that the model requests. It needs I/O or rendering, which the model itself does not do.

/// One piece of background work. `World` runs it after the change that requested it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Render a recording's clip early, so that it is cached when the file is measured and fetched.
    RenderClip {
        /// The recording's id.
        recording: String,
    },
    /// Render a recording's file and store its size in bytes.
    MeasureFile {
        /// The recording's id.
        recording: String,
    },
    /// Fetch the source of a video that Stream was asked to copy.
    FetchSource {
        /// The video's uid.
        video: String,
    },
    /// Send a webhook delivery to its receiver.
    DeliverWebhook {
        /// The delivery's id.
        delivery: String,
    },
}
