//! The result of comparing the account with the database.

/// What a sync found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncReport {
    /// Videos that Stream holds.
    pub videos: usize,
    /// Recordings that were brought up to date.
    pub updated: usize,
    /// Recordings whose video was deleted from Stream.
    pub missing: usize,
    /// Recordings that other desks made and this one did not know.
    pub found: usize,
    /// Open rooms of other desks that this one did not know.
    pub rooms: usize,
    /// Sessions that other desks ended.
    pub closed: usize,
    /// Entries at Cloudflare that could not be read as a whole. The Cloudflare client names them.
    pub odd: usize,
}
