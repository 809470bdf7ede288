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
    /// The last page is the one whose end reaches the total, or, where nothing is said, an empty one: Cloudflare names no largest page size,
    /// so one that holds less than was asked for may still have others behind it.
    pub(super) fn new(items: Vec<T>, paging: Option<Paging>) -> Self {
        let reached = paging
            .is_some_and(|paging| paging.total_count.zip(paging.end_offset).is_some_and(|(total, end)| end >= total));
        let last = items.is_empty() || reached;
        Self { items, last }
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.last
    }
}
