//! RealtimeKit's pages: `page_no` from one, `per_page`, and paging that may be missing.

use super::envelope::Paging;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    last: bool,
}

impl<T> Page<T> {
    /// The last page is the one whose end reaches the total, or, where nothing is said, one that is not full.
    pub(super) fn new(items: Vec<T>, paging: Option<Paging>, per_page: u32) -> Self {
        let last = match paging {
            Some(Paging { total_count: Some(total), end_offset: Some(end) }) => items.is_empty() || end >= total,
            _ => items.len() < per_page as usize,
        };
        Self { items, last }
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.last
    }
}
