//! The query for a page of recordings, and the number of recordings it finds.

/// The filter of the list. Removed recordings are never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// All recordings.
    #[default]
    All,
    /// Recordings that can be watched.
    Ready,
    /// Recordings that are being captured or processed.
    Processing,
    /// Recordings that failed. A recording whose video was deleted from Stream does not count.
    Failed,
    /// Recordings whose video was deleted from Stream.
    Deleted,
}

/// The request for one page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Words in the title or the instructor's name, compared as in [`crate::domain::search`]; empty finds all.
    pub search: String,
    /// The recordings that the list shows.
    pub filter: Filter,
    /// The most recordings on the page.
    pub limit: u32,
    /// The number of recordings before the page.
    pub offset: u32,
}

/// The number of recordings that a search finds, in total and for each filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All recordings found.
    pub all: u32,
    /// Those that can be watched.
    pub ready: u32,
    /// Those that are being captured or processed.
    pub processing: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those whose video was deleted from Stream.
    pub deleted: u32,
}
