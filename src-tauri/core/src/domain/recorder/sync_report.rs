//! The result of a sync, which compares the account with the database.

/// The numbers that a sync found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncReport {
    /// Videos that Stream holds.
    pub videos: usize,
    /// Recordings of this desk that were brought up to date.
    pub updated: usize,
    /// Recordings whose video was deleted from Stream.
    pub missing: usize,
    /// Recordings that other desks made and that this desk did not know.
    pub found: usize,
    /// Open rooms of other desks that this desk did not know.
    pub rooms: usize,
    /// Sessions that other desks ended.
    pub closed: usize,
    /// Entries at Cloudflare that were unreadable in part or as a whole. The Cloudflare client names them.
    pub odd: usize,
}
