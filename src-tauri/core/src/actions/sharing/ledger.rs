//! The ledger: pages of it, the check of its chains, and the file of it.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::profile::role::Permission;
use crate::domain::sharing::ledger::row::{Filter, PAGE_MAX, Page, Place};
use crate::domain::sharing::ledger::{finding::ChainReport, table};
use crate::error::Error;
use crate::recorder;

/// A part of the ledger, newest first, from behind a place on.
pub fn page(context: &Context, filter: &Filter, after: Option<Place>, limit: u32) -> Result<Page, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    Ok(context.store().ledger(filter, after, limit, context.now())?)
}

/// Checks the chains of all desks, this desk's first.
pub async fn verify(context: &Context) -> Result<Vec<ChainReport>, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    recorder::ledger::check(context).await
}

/// Writes the ledger into a new file that only its owner can read: as JSON if its name ends in `.json`, else as CSV. Returns
/// the number of rows.
pub fn export(context: &Context, filter: &Filter, path: &Path) -> Result<u64, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let failed = |error: std::io::Error| Error::file(path, &error);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let mut text = if is_json { "[".to_owned() } else { table::begin() };
    let (mut after, mut rows) = (None, 0_u64);
    loop {
        let page = page(context, filter, after, PAGE_MAX)?;
        for row in &page.rows {
            if is_json {
                text.push_str(if rows > 0 { ",\n" } else { "\n" });
                text.push_str(&table::json(row).to_string());
            } else {
                table::add(&mut text, row);
            }
            rows = rows.saturating_add(1);
        }
        if is_json && page.next.is_none() {
            text.push_str("\n]\n");
        }
        file.write_all(text.as_bytes()).map_err(failed)?;
        text.clear();
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
}
