//! Lists that come in pages. They are read page by page, so that memory does not grow with the account, and at most a
//! limited number of pages is read.

use std::collections::HashSet;

use crate::cloudflare::envelope::Paging;
use crate::cloudflare::oddities::Oddity;
use crate::cloudflare::wire::Listed;

/// One page of a RealtimeKit list. It is requested with `page_no`, from one, and `per_page`. The reply may have no
/// paging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries that could be read.
    pub items: Vec<T>,
    /// The number of entries with something that could not be read.
    pub odd: usize,
    last: bool,
}

impl<T> Page<T> {
    /// The last page is the one whose end offset reaches the total. Without paging it is the first empty page: no
    /// document names the largest page size, so a page with fewer entries than requested may not be the last.
    pub(super) fn new(listed: Listed<T>, paging: Option<Paging>) -> Self {
        let reached = paging
            .is_some_and(|paging| paging.total_count.zip(paging.end_offset).is_some_and(|(total, end)| end >= total));
        let last = listed.told == 0 || reached;
        Self { items: listed.items, odd: listed.odd.len(), last }
    }

    /// Whether no page follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.last
    }
}

/// A walk over the pages of one list. It remembers a fingerprint of each page.
#[derive(Debug)]
pub(super) struct Walk {
    what: &'static str,
    pages_max: u32,
    pages: u32,
    seen: HashSet<u64>,
    over: bool,
}

impl Walk {
    pub(super) fn new(what: &'static str, pages_max: u32) -> Self {
        Self { what, pages_max, pages: 0, seen: HashSet::new(), over: false }
    }

    /// The number of the next page, from one. At the end of the walk, an error with the oddity of that end, if there is
    /// one.
    pub(super) fn next(&mut self) -> Result<u32, Option<Oddity>> {
        if self.over {
            return Err(None);
        }
        if self.pages >= self.pages_max {
            self.over = true;
            return Err(Some(self.odd(&format!("it has more than {} pages", self.pages_max))));
        }
        self.pages = self.pages.saturating_add(1);
        Ok(self.pages)
    }

    /// Ends the walk, because the last page was read.
    pub(super) fn end(&mut self) {
        self.over = true;
    }

    /// Notes a page. If the same page was read before, the walk ends with an oddity.
    pub(super) fn take<T>(&mut self, listed: &Listed<T>) -> Result<(), Oddity> {
        if self.seen.insert(listed.fingerprint) {
            return Ok(());
        }
        self.over = true;
        Err(self.odd(&format!("page {} repeats an earlier one", self.pages)))
    }

    /// The oddity of a list whose reading ends here.
    pub(super) fn odd(&self, why: &str) -> Oddity {
        Oddity::new("List", Some(self.what), format!("{why}; what follows was not read"))
    }
}
