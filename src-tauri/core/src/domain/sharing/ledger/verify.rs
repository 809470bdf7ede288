//! Checks one desk's chain, row by row in the order of their numbers, and names the first row that is wrong.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::domain::bounds::nearest_moment;
use crate::domain::sharing::ledger::anchor::Anchored;
use crate::domain::sharing::ledger::finding::{ChainReport, End, Fault, Finding, Gap};
use crate::domain::sharing::ledger::{Act, Hash, Late, LedgerKey, Lost, Sealed, Signed};

/// A row as the database holds it.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// What the hash covers.
    pub sealed: Sealed<'a>,
    /// The hash.
    pub hash: &'a [u8],
    /// The signature; `None` while the row waits for it.
    pub signature: Option<&'a [u8]>,
}

/// The end of a chain as the database notes it beside the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last row.
    pub n: i64,
    /// Its hash.
    pub hash: Hash,
    /// The signature of [`head_hash`]; `None` while it waits for the keyring.
    pub signature: Option<Vec<u8>>,
}

/// What the signature of a head signs.
#[must_use]
pub fn head_hash(desk: &str, n: i64, hash: &Hash) -> Hash {
    let start = Sha256::new_with_prefix(b"hajime-ledger-head 1\n");
    start.chain_update(n.to_be_bytes()).chain_update(hash).chain_update(desk.as_bytes()).finalize().into()
}

/// What a chain is checked against.
#[derive(Debug)]
pub struct Against<'k> {
    /// The desk's key; `None` if it is not there or is another desk's.
    pub key: Option<&'k LedgerKey>,
    /// Whether the chain is this desk's own.
    pub is_own: bool,
    /// What the keyring remembers.
    pub anchored: Anchored,
    /// What the first row must name as the hash before it.
    pub history: Hash,
    /// How many rows the chain has.
    pub rows: i64,
}

/// The most missing rows that a changed numbering is followed over.
const MISSING_MAX: i64 = 10_000;

/// A row that is wrong. What happened to it shows in the row after it.
#[derive(Debug, Clone, Copy)]
struct Suspect {
    n: i64,
    /// Whether the hash fits the row, so that only the signature is wrong.
    is_hashed: bool,
    /// The number under which the row was written, if it is another one.
    written_as: Option<i64>,
    hash: Hash,
    /// The hash of the row before it.
    before: Hash,
}

/// A check under way.
#[derive(Debug)]
pub struct Verifier<'k> {
    against: Against<'k>,
    report: ChainReport,
    expected: i64,
    before: Hash,
    suspect: Option<Suspect>,
    /// The number of the first of the rows without a signature that were read last.
    unsigned_from: Option<i64>,
    /// Whether the row that the keyring remembers was read and has that hash.
    anchor_met: Option<bool>,
    bytes: Vec<u8>,
}

impl<'k> Verifier<'k> {
    /// Begins the check of a chain.
    #[must_use]
    pub fn new(desk: &str, against: Against<'k>) -> Self {
        let report = ChainReport {
            desk: desk.to_owned(),
            rows: 0,
            signed: 0,
            pending: 0,
            unverifiable: 0,
            late: 0,
            gaps: Vec::new(),
            end: End::Unknown,
            finding: None,
        };
        let before = against.history;
        Self {
            against,
            report,
            expected: 1,
            before,
            suspect: None,
            unsigned_from: None,
            anchor_met: None,
            bytes: Vec::with_capacity(512),
        }
    }

    /// Checks the next row. After the first wrong row, rows are only counted.
    pub fn row(&mut self, row: &Stored<'_>) {
        self.report.rows = self.report.rows.saturating_add(1);
        if self.report.finding.is_some() {
            return;
        }
        if let Some(suspect) = self.suspect.take() {
            return self.found(suspect.n, classify(suspect, Some(row.sealed.prev)));
        }
        let (n, act) = (row.sealed.n, row.sealed.act);
        let told = [Act::Restored, Act::Resumed].into_iter().find(|gap| gap.name() == act);
        let lost = told.and_then(|_| Lost::read(row.sealed.note));
        let goes_on = lost.is_some_and(|lost| n == lost.last.saturating_add(1) && lost.last >= self.expected);
        if n != self.expected && !goes_on {
            // Numbers are unique and come in order, so one that does not fit is too high, or below 1.
            let to = n.saturating_sub(1);
            let fault = if to < self.expected { Fault::Inserted } else { Fault::Deleted { to } };
            return self.found(self.expected.min(n), fault);
        }
        let Ok(hash) = Hash::try_from(row.hash) else { return self.found(n, Fault::Unreadable) };
        let before = self.before;
        if row.sealed.hash(&mut self.bytes) != hash {
            let written_as = self.number_of(&row.sealed, &hash);
            self.suspect = Some(Suspect { n, is_hashed: false, written_as, hash, before });
            return;
        }
        let is_confirmed = match self.signature(row, &hash) {
            Ok(is_confirmed) => is_confirmed,
            Err(None) => {
                self.suspect = Some(Suspect { n, is_hashed: true, written_as: None, hash, before });
                return;
            }
            Err(Some(finding)) => {
                self.report.finding = Some(finding);
                return;
            }
        };
        if row.sealed.prev != before {
            let fault = if self.expected == 1 { Fault::HistoryChanged } else { Fault::Edited };
            let place = n.saturating_sub(1);
            // With a right signature, the row before it is of another chain of this desk.
            let fault = if self.against.key.is_some() && fault == Fault::Edited { Fault::Rewritten } else { fault };
            return self.found(place, fault);
        }
        if let (Some(act), Some(lost)) = (told, lost) {
            // Whoever can write the database can write that a backup was restored, so the desk's signature must be on it. The
            // signatures of another desk are checked there.
            let restored = act == Act::Restored && (is_confirmed || !self.against.is_own);
            let gap = Gap { from: self.expected, to: lost.last, at: moment(row.sealed.at), restored };
            self.report.gaps.push(gap);
            // What the keyring remembers may be one of the missing rows.
            if let Anchored::At(anchor) = self.against.anchored
                && anchor.n < n
                && (anchor.n, anchor.hash) == (lost.last, lost.hash)
            {
                self.anchor_met = Some(true);
            }
        }
        if act == Act::SignedLater.name()
            && let Some(late) = Late::read(row.sealed.note)
        {
            let rows = late.to.saturating_sub(late.from).saturating_add(1).clamp(0, self.report.rows);
            self.report.late = self.report.late.saturating_add(rows);
        }
        if let Anchored::At(anchor) = self.against.anchored
            && anchor.n == n
        {
            self.anchor_met = Some(anchor.hash == hash);
        }
        self.before = hash;
        self.expected = n.saturating_add(1);
    }

    /// Checks a row's signature, and returns whether this desk's key made it. An error without a finding leaves open what
    /// happened to the row.
    fn signature(&mut self, row: &Stored<'_>, hash: &Hash) -> Result<bool, Option<Finding>> {
        let n = row.sealed.n;
        let is_anchored = matches!(self.against.anchored, Anchored::At(anchor) if n <= anchor.n);
        let Some(signature) = row.signature else {
            if is_anchored {
                return Err(None);
            }
            self.unsigned_from.get_or_insert(n);
            self.report.pending = self.report.pending.saturating_add(1);
            return Ok(false);
        };
        // Rows that wait are signed before any other row is written.
        if let Some(from) = self.unsigned_from {
            return Err(Some(Finding { n: from, fault: Fault::Unsigned }));
        }
        match self.against.key.map(|key| key.check(hash, signature)) {
            Some(Signed::Right) => {
                self.report.signed = self.report.signed.saturating_add(1);
                return Ok(true);
            }
            Some(Signed::Wrong) => return Err(None),
            // A desk that has a new key never goes back to an earlier one.
            Some(Signed::ByAnother) if self.report.signed > 0 => return Err(None),
            Some(Signed::ByAnother) | None => self.report.unverifiable = self.report.unverifiable.saturating_add(1),
        }
        Ok(false)
    }

    /// The number under which a row was written whose hash does not fit its own number.
    fn number_of(&mut self, row: &Sealed<'_>, hash: &Hash) -> Option<i64> {
        let mut bytes = std::mem::take(&mut self.bytes);
        // Numbers in a damaged database may be of any size, so the search ends after as many as the chain has rows.
        let far = self.against.rows.saturating_add(MISSING_MAX);
        let near = row.n.saturating_sub(far).max(1)..=row.n.saturating_add(far);
        let mut numbers = near.filter(|n| *n != row.n);
        let found = numbers.find(|n| Sealed { n: *n, ..*row }.hash(&mut bytes) == *hash);
        self.bytes = bytes;
        found
    }

    fn found(&mut self, n: i64, fault: Fault) {
        self.report.finding = Some(Finding { n, fault });
    }

    /// Ends the check: compares the end with what the database and the keyring remember.
    #[must_use]
    pub fn end(mut self, head: Option<&Head>) -> ChainReport {
        if let Some(suspect) = self.suspect.take() {
            let is_behind_anchor = matches!(self.against.anchored, Anchored::At(anchor) if suspect.n > anchor.n);
            let fault = match (suspect.is_hashed, is_behind_anchor) {
                (true, true) => Fault::Inserted,
                (true, false) => Fault::Rewritten,
                (false, _) => classify(suspect, None),
            };
            self.found(suspect.n, fault);
        }
        let last = self.expected.saturating_sub(1);
        if self.report.finding.is_none() {
            self.report.finding = self.cut_off(head, last);
        }
        self.report.end = match self.against.anchored {
            _ if !self.against.is_own => End::Elsewhere,
            Anchored::At(anchor) if last > anchor.n.saturating_add(self.report.pending) => {
                End::Behind(last.saturating_sub(anchor.n).saturating_sub(self.report.pending))
            }
            Anchored::At(_) => End::Agrees,
            // Nothing was ever signed, so there is nothing to note.
            Anchored::Never if self.report.signed == 0 && self.report.unverifiable == 0 => End::Agrees,
            Anchored::Never => End::Never,
            Anchored::Unknown => End::Unknown,
        };
        self.report
    }

    fn cut_off(&self, head: Option<&Head>, last: i64) -> Option<Finding> {
        let confirmed = head.filter(|head| {
            let signed = head_hash(&self.report.desk, head.n, &head.hash);
            match (self.against.key, &head.signature) {
                (Some(key), Some(signature)) => key.check(&signed, signature) == Signed::Right,
                // A head that waits for its signature comes with a row that does.
                (_, None) => self.report.pending > 0 || self.report.signed == 0,
                (None, Some(_)) => true,
            }
        });
        let next = last.saturating_add(1);
        let noted = head.map_or(0, |head| head.n);
        match self.against.anchored {
            Anchored::At(anchor) if anchor.n > last => {
                let is_older = confirmed.is_some_and(|head| (head.n, head.hash) == (last, self.before));
                let to = anchor.n.max(noted);
                let fault = if is_older { Fault::OlderFile { to } } else { Fault::CutOff { to } };
                Some(Finding { n: next, fault })
            }
            Anchored::At(anchor) if self.anchor_met == Some(false) => {
                Some(Finding { n: anchor.n, fault: Fault::OlderFile { to: anchor.n } })
            }
            Anchored::At(anchor) if anchor.n == last => None,
            _ if noted > last => Some(Finding { n: next, fault: Fault::CutOff { to: noted } }),
            _ if last > 0 && confirmed.is_none() && self.against.key.is_some() => {
                Some(Finding { n: next, fault: Fault::CutOff { to: next } })
            }
            _ => None,
        }
    }
}

/// What happened to a wrong row, by what the row after it names as the hash before it.
fn classify(suspect: Suspect, prev_of_next: Option<&[u8]>) -> Fault {
    let goes_on = prev_of_next.is_none_or(|prev| prev == suspect.hash);
    match suspect.written_as {
        // The rows after the missing ones were given new numbers.
        Some(written_as) if goes_on && written_as > suspect.n => Fault::Deleted { to: written_as.saturating_sub(1) },
        Some(written_as) => Fault::Moved { written_as },
        None if prev_of_next.is_some_and(|prev| prev == suspect.before) => Fault::Inserted,
        None if suspect.is_hashed && goes_on => Fault::Rewritten,
        None => Fault::Edited,
    }
}

fn moment(millis: i64) -> DateTime<Utc> {
    nearest_moment(millis)
}
