//! Checks the chains of the ledger, in parts, so that other queries need not wait for the whole.

use crate::domain::sharing::ledger::HISTORY;
use crate::domain::sharing::ledger::LedgerKey;
use crate::domain::sharing::ledger::anchor::Anchored;
use crate::domain::sharing::ledger::finding::ChainReport;
use crate::domain::sharing::ledger::verify::{Against, Verifier};
use crate::store::sharing::ledger::{COLUMNS, head, history, stored};
use crate::store::{Error, Store};

/// How many rows are read before other queries get their turn.
const ROWS_PER_PART: i64 = 20_000;

impl Store {
    /// Checks every chain, this desk's first. `key` and `anchored` are this desk's.
    pub fn check_ledger(
        &self,
        desk: &str,
        key: Option<&LedgerKey>,
        anchored: Anchored,
    ) -> Result<Vec<ChainReport>, Error> {
        let mut reports = vec![self.check_chain(desk, key, true, anchored)?];
        for other in self.ledger_desks()?.iter().filter(|other| *other != desk) {
            reports.push(self.check_chain(other, None, false, Anchored::Unknown)?);
        }
        Ok(reports)
    }

    /// The ids of the desks that have a chain here.
    pub fn ledger_desks(&self) -> Result<Vec<String>, Error> {
        let connection = self.connection();
        let mut next = connection.prepare_cached("SELECT min(desk) FROM ledger WHERE desk > ?1")?;
        let mut desks = Vec::new();
        let mut before = HISTORY.to_owned();
        while let Some(desk) = next.query_row([&before], |row| row.get::<_, Option<String>>(0))? {
            desks.push(desk.clone());
            before = desk;
        }
        Ok(desks)
    }

    fn check_chain(
        &self,
        desk: &str,
        key: Option<&LedgerKey>,
        is_own: bool,
        anchored: Anchored,
    ) -> Result<ChainReport, Error> {
        let against = {
            let connection = self.connection();
            let mut rows = connection.prepare_cached("SELECT count(*) FROM ledger WHERE desk = ?1")?;
            let rows = rows.query_row([desk], |row| row.get(0))?;
            Against { key, is_own, anchored, history: history(connection.raw())?, rows }
        };
        let mut verifier = Verifier::new(desk, against);
        let sql = format!("SELECT {COLUMNS} FROM ledger WHERE desk = ?1 AND n >= ?2 ORDER BY n LIMIT ?3");
        let mut next = i64::MIN;
        loop {
            // All queries of one connection see one moment, so the last rows and the noted end belong together.
            let connection = self.connection();
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params![desk, next, ROWS_PER_PART])?;
            let (mut read, mut last) = (0_i64, next);
            while let Some(row) = rows.next()? {
                let row = stored(row)?;
                verifier.row(&row);
                last = row.sealed.n;
                read = read.saturating_add(1);
            }
            drop(rows);
            if read == ROWS_PER_PART
                && let Some(behind) = last.checked_add(1)
            {
                next = behind;
            } else {
                return Ok(verifier.end(head(connection.raw(), desk)?.as_ref()));
            }
        }
    }
}
