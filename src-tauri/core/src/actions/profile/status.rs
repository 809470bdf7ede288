//! The state of the account that is open: connection, keyring, background jobs, counts.

use chrono::{DateTime, Utc};

use crate::actions::recorder::live;
use crate::actions::schedule::invitations;
use crate::context::Context;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{AccountId, AppId};
use crate::error::{Error, UserError};
use crate::ports::SecretError;

/// The state of the account that is open.
#[derive(Debug, Clone)]
pub struct Status {
    /// The account.
    pub account: AccountId,
    /// The RealtimeKit app; `None` until it was found or made.
    pub app: Option<AppId>,
    /// Why secrets cannot be kept; `None` while the keyring works.
    pub keyring_trouble: Option<SecretError>,
    /// Whether links are signed on this computer, and not by Cloudflare.
    pub signs_locally: bool,
    /// The last time Cloudflare answered everything it was asked.
    pub last_sync: Option<DateTime<Utc>>,
    /// When Cloudflare is asked next.
    pub next_check: Option<DateTime<Utc>>,
    /// The last error of Cloudflare, until it answers again.
    pub sync_error: Option<UserError>,
    /// The error that prevents the jobs from working on the data on this computer.
    pub local_error: Option<UserError>,
    /// Whether the disk has no locks, so that only one Hajime at a time may work on the data.
    pub without_locks: bool,
    /// The background job that stopped unexpectedly last. It was restarted.
    pub stopped_job: Option<UserError>,
    /// Whether invitations open on this computer only.
    pub invites_local_only: bool,
    /// How many recordings the list has.
    pub recordings: u32,
    /// How many sessions are live or being ended.
    pub live_sessions: u32,
}

/// The state of the account that is open. Sends no request.
pub fn status(context: &Context) -> Result<Status, Error> {
    let health = context.health();
    // The daily copy finds a damaged database too.
    let damaged = health.backup.filter(|trouble| trouble.code == ErrorCode::DatabaseDamaged);
    Ok(Status {
        account: context.account().clone(),
        app: context.store().app()?,
        keyring_trouble: context.keyring_trouble(),
        signs_locally: context.signs_locally(),
        last_sync: health.last_ok,
        next_check: health.next_check,
        sync_error: health.trouble,
        local_error: damaged.or(health.local),
        without_locks: context.works_without_locks(),
        stopped_job: context.stopped_job(),
        invites_local_only: invitations::invites_local_only(context)?,
        recordings: context.store().count_recordings("")?.all,
        live_sessions: live::count(context)?,
    })
}
