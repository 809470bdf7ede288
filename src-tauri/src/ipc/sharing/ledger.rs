//! The ledger: pages of it, and the check of its chains.

use chrono::{DateTime, Utc};
use hajime_core::actions::sharing::ledger;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::sharing::ledger::Act;
use hajime_core::domain::sharing::ledger::finding::ChainReport;
use hajime_core::domain::sharing::ledger::row::{Filter, LedgerRow, LinkState, Page, Place};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::{id, instant, maybe_instant};

hajime_macros::commands![ledger_page, ledger_verify];

/// Returns a part of the ledger, newest first: the first one, or the one behind `after`.
#[hajime_macros::command]
pub(crate) async fn ledger_page(
    accounts: State<'_, Accounts>,
    filter: LedgerFilterDto,
    after: Option<LedgerPlaceDto>,
    limit: u32,
) -> Result<LedgerPageDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let (filter, now) = (filter.read()?, context.now());
    let after = after.map(LedgerPlaceDto::read).transpose()?;
    let page = blocking(move || ledger::page(&context, &filter, after, limit)).await?;
    Ok(LedgerPageDto::new(page, now))
}

/// Checks every entry of the ledger against its hash, its signature and the keyring.
#[hajime_macros::command]
pub(crate) async fn ledger_verify(accounts: State<'_, Accounts>) -> Result<Vec<LedgerCheckDto>, UserError> {
    let here = accounts.current().await?;
    Ok(ledger::verify(&here.context).await?.iter().map(LedgerCheckDto::from).collect())
}

/// What is asked of the ledger.
#[derive(Debug, Deserialize, TS)]
pub(crate) struct LedgerFilterDto {
    /// Only this act; `null` for all.
    act: Option<String>,
    /// Only this recording; `null` for all.
    recording_id: Option<String>,
    /// Only this key; `null` for all.
    kid: Option<String>,
    /// Only entries whose title, user or note holds this text; empty for all.
    text: String,
    /// Only links that work now.
    works: bool,
    /// Only links that end within two hours.
    ends_soon: bool,
}

impl LedgerFilterDto {
    fn read(self) -> Result<Filter, UserError> {
        let unknown = |name: &str| {
            let name: String = name.chars().take(40).collect();
            UserError::new(ErrorCode::InvalidInput, format!("There is no act “{name}”."), "Choose from the list.")
        };
        Ok(Filter {
            act: self.act.map(|name| Act::named(&name).ok_or_else(|| unknown(&name))).transpose()?,
            recording: self.recording_id.map(|recording| id(&recording)).transpose()?,
            kid: self.kid.map(|kid| id(&kid)).transpose()?,
            text: self.text,
            ends_soon: self.ends_soon,
            works: self.works,
        })
    }
}

/// The place of an entry in the list. Numbers are texts, because some are too large for a number of the page.
#[derive(Debug, Serialize, Deserialize, TS)]
pub(crate) struct LedgerPlaceDto {
    at: String,
    seq: String,
}

impl LedgerPlaceDto {
    fn read(self) -> Result<Place, UserError> {
        let number = |text: &str| {
            let next = "Open the ledger again.";
            text.parse().map_err(|_| UserError::new(ErrorCode::InvalidInput, "This is no place in the ledger.", next))
        };
        Ok(Place { at: number(&self.at)?, seq: number(&self.seq)? })
    }
}

/// A part of the ledger.
#[derive(Debug, Serialize, TS)]
pub(crate) struct LedgerPageDto {
    rows: Vec<LedgerRowDto>,
    /// Where the next part begins; `null` after the last one.
    next: Option<LedgerPlaceDto>,
}

impl LedgerPageDto {
    fn new(page: Page, now: DateTime<Utc>) -> Self {
        let next = page.next.map(|place| LedgerPlaceDto { at: place.at.to_string(), seq: place.seq.to_string() });
        Self { rows: page.rows.into_iter().map(|row| LedgerRowDto::new(row, now)).collect(), next }
    }
}

/// An entry of the ledger.
#[derive(Debug, Serialize, TS)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself that the page shows")]
pub(crate) struct LedgerRowDto {
    /// Unique among all entries.
    key: String,
    /// Empty for entries from before the ledger had signatures.
    desk: String,
    /// The number in the desk’s chain.
    n: String,
    at: String,
    act: String,
    /// Empty if unknown.
    os_user: String,
    recording_id: Option<String>,
    title: Option<String>,
    link_id: Option<String>,
    kid: Option<String>,
    key_name: Option<String>,
    download: bool,
    not_before: Option<String>,
    /// Whether the link is not for every viewer.
    restricted: bool,
    expires_at: Option<String>,
    /// `works`, `early`, `ended` or `revoked`; `null` where the entry is about no link.
    link_state: Option<&'static str>,
    ends_soon: bool,
    fingerprint: Option<String>,
    note: String,
    signed: bool,
}

impl LedgerRowDto {
    fn new(row: LedgerRow, now: DateTime<Utc>) -> Self {
        let rights = row.rights.as_ref();
        Self {
            key: row.place.seq.to_string(),
            download: rights.is_some_and(|rights| rights.download),
            not_before: maybe_instant(rights.and_then(|rights| rights.not_before)),
            restricted: rights.is_some_and(|rights| !rights.rules.is_empty()),
            link_state: row.link_state(now).map(LinkState::name),
            ends_soon: row.ends_soon(now),
            n: row.n.to_string(),
            at: instant(row.at),
            expires_at: maybe_instant(row.expires_at),
            fingerprint: row.fingerprint.map(|fingerprint| fingerprint.to_string()),
            link_id: row.link.map(|link| link.to_string()),
            desk: row.desk,
            act: row.act,
            os_user: row.os_user,
            recording_id: row.recording,
            title: row.title,
            kid: row.kid,
            key_name: row.key_name,
            note: row.note,
            signed: row.is_signed,
        }
    }
}

/// What the check of a desk’s chain found.
#[derive(Debug, Serialize, TS)]
pub(crate) struct LedgerCheckDto {
    desk: String,
    /// Whether everything that can be checked here is as the desk wrote it.
    sound: bool,
    /// Whether the chain is another desk’s, so that only its hashes were checked.
    elsewhere: bool,
    /// How many entries there are.
    rows: u32,
    /// What was found, as sentences.
    said: Vec<String>,
}

impl From<&ChainReport> for LedgerCheckDto {
    fn from(report: &ChainReport) -> Self {
        let rows = u32::try_from(report.rows).unwrap_or(u32::MAX);
        Self {
            desk: report.desk.clone(),
            sound: report.is_sound(),
            elsewhere: report.is_elsewhere(),
            rows,
            said: report.sentences(),
        }
    }
}
