//! Signs the rows that were written while the keyring did not answer.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::domain::sharing::ledger::anchor::Anchor;
use crate::domain::sharing::ledger::{Hash, Late, LedgerKey, Signed};
use crate::store::Error;
use crate::store::sharing::ledger::{COLUMNS, HIGHEST_NUMBER, Signer, history, stored};

/// Signs the rows without a signature that follow on what the keyring remembers and on the last signed row. A row that does
/// not fit the one before it, or its own hash, stays unsigned, and so do all rows behind it. Returns which were signed.
pub(super) fn sign(transaction: &Transaction<'_>, signer: &Signer<'_>, key: &LedgerKey) -> Result<Option<Late>, Error> {
    let waits = "SELECT EXISTS (SELECT 1 FROM ledger WHERE desk = ?1 AND signature IS NULL)";
    if !transaction.prepare_cached(waits)?.query_row([signer.desk], |row| row.get(0))? {
        return Ok(None);
    }
    let Some(start) = start(transaction, signer, key)? else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE desk = ?1 AND n > ?2 AND n <= ?3 ORDER BY n");
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params![signer.desk, start.n, HIGHEST_NUMBER])?;
    let (mut before, mut bytes, mut fitting) = (start.hash, Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let row = stored(row)?;
        let hash = row.sealed.hash(&mut bytes);
        if row.sealed.prev != before || row.hash != hash {
            tracing::warn!(
                n = row.sealed.n,
                "an entry of the ledger that waits for its signature is not as it was written"
            );
            break;
        }
        fitting.push((row.sealed.n, hash));
        before = hash;
    }
    drop(rows);
    let mut update = transaction.prepare_cached("UPDATE ledger SET signature = ?3 WHERE desk = ?1 AND n = ?2")?;
    for (n, hash) in &fitting {
        update.execute(params![signer.desk, n, key.sign(hash).as_slice()])?;
    }
    Ok(fitting.first().zip(fitting.last()).map(|((from, _), (to, _))| Late { from: *from, to: *to }))
}

/// The row behind which rows may be signed; `None` if the chain is not the one that the keyring remembers.
fn start(transaction: &Transaction<'_>, signer: &Signer<'_>, key: &LedgerKey) -> Result<Option<Anchor>, Error> {
    type NumberedRow = (i64, Option<Hash>, Option<Vec<u8>>);
    let row = |sql: &str, n: i64| -> Result<Option<NumberedRow>, Error> {
        let mut statement = transaction.prepare_cached(sql)?;
        let found = statement.query_row(params![signer.desk, n], |row| {
            Ok((row.get(0)?, Hash::try_from(row.get::<_, Vec<u8>>(1)?).ok(), row.get(2)?))
        });
        Ok(found.optional()?)
    };
    if let Some(anchor) = signer.anchor {
        let there = row("SELECT n, hash, signature FROM ledger WHERE desk = ?1 AND n = ?2", anchor.n)?;
        if there.is_none_or(|(_, hash, _)| hash != Some(anchor.hash)) {
            return Ok(None);
        }
    }
    let last_signed =
        "SELECT n, hash, signature FROM ledger WHERE desk = ?1 AND n BETWEEN 1 AND ?2 AND signature IS NOT NULL
                       ORDER BY n DESC LIMIT 1";
    Ok(match (row(last_signed, HIGHEST_NUMBER)?, signer.anchor) {
        (Some((n, Some(hash), Some(signature))), anchor) if anchor.is_none_or(|anchor| n > anchor.n) => {
            // Without a note in the keyring, the signature may be of a key that was lost.
            let is_ours = anchor.is_none() || key.check(&hash, &signature) == Signed::Right;
            is_ours.then_some(Anchor { n, hash })
        }
        (_, Some(anchor)) => Some(anchor),
        (Some(_), None) => None,
        (None, None) => Some(Anchor { n: 0, hash: history(transaction)? }),
    })
}
