//! Lists that come in pages. They are walked page by page, so that memory does not grow with the account, and no list is believed to be
//! endless.

use std::collections::HashSet;

use crate::cloudflare::envelope::Paging;
use crate::cloudflare::oddities::Oddity;
use crate::cloudflare::wire::Listed;

/// One page of a RealtimeKit list: `page_no` from one, `per_page`, and paging that may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries that could be read.
    pub items: Vec<T>,
    /// How much on it was odd.
    pub odd: usize,
    last: bool,
}

impl<T> Page<T> {
    /// The last page is the one whose end reaches the total, or, where nothing is said, an empty one: Cloudflare names no largest page size,
    /// so one that holds less than was asked for may still have others behind it.
    pub(super) fn new(listed: Listed<T>, paging: Option<Paging>) -> Self {
        let reached = paging
            .is_some_and(|paging| paging.total_count.zip(paging.end_offset).is_some_and(|(total, end)| end >= total));
        let last = listed.told == 0 || reached;
        Self { items: listed.items, odd: listed.odd.len(), last }
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.last
    }
}

/// A walk over the pages of one list. It remembers one number a page.
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

    /// The number of the next page, from one. At the end of the walk what is odd about that end, if anything.
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

    /// Ends the walk.
    pub(super) fn end(&mut self) {
        self.over = true;
    }

    /// Takes a page in. One that was there before ends the walk, and that is odd.
    pub(super) fn take<T>(&mut self, listed: &Listed<T>) -> Result<(), Oddity> {
        if self.seen.insert(listed.fingerprint) {
            return Ok(());
        }
        self.over = true;
        Err(self.odd(&format!("page {} repeats an earlier one", self.pages)))
    }

    /// Makes an oddity about the list as a whole. Reading stops after it.
    pub(super) fn odd(&self, why: &str) -> Oddity {
        Oddity::new("List", Some(self.what), format!("{why}; what follows was not read"))
    }
}
