//! The query for a page of recordings, and the number of recordings it finds.

/// The filter of the list. A removed recording is never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// Watchable ones.
    Ready,
    /// Those being captured or on their way.
    Processing,
    /// Failed ones. What was deleted from Stream has not failed.
    Failed,
    /// Those whose video was deleted from Stream.
    Deleted,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Words in the title or the name of the instructor, as [`crate::domain::search`] compares them; empty finds all.
    pub search: String,
    /// Which ones.
    pub filter: Filter,
    /// At most this many.
    pub limit: u32,
    /// After this many.
    pub offset: u32,
}

/// How many recordings a search finds, by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All.
    pub all: u32,
    /// Watchable.
    pub ready: u32,
    /// Being captured or on their way.
    pub processing: u32,
    /// Failed.
    pub failed: u32,
    /// Deleted from Stream.
    pub deleted: u32,
}
