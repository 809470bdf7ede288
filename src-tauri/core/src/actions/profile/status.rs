//! The state of the account that is open: connection, keyring, background jobs, counts.

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::actions::health::alerts;
use crate::actions::recorder::live;
use crate::actions::schedule::invitations;
use crate::context::Context;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{AccountId, AppId};
use crate::domain::library::query::Query;
use crate::domain::profile::role::{Permission, Role};
use crate::error::{Error, UserError};
use crate::ports::SecretError;
use crate::recorder::realtimekit_app;

/// The state of the account that is open.
#[derive(Debug, Clone)]
pub struct Status {
    /// The role of this desk.
    pub role: Role,
    /// The id of the account.
    pub account: AccountId,
    /// The RealtimeKit app; `None` until Hajime has found or made one.
    pub app: Option<AppId>,
    /// The name of the app; `None` until Cloudflare has told it.
    pub app_name: Option<String>,
    /// The error of the keyring; `None` while it works.
    pub keyring_trouble: Option<SecretError>,
    /// Whether this computer signs the links; otherwise Cloudflare does.
    pub signs_locally: bool,
    /// The last time at which Cloudflare answered everything it was asked.
    pub last_sync: Option<DateTime<Utc>>,
    /// The time of the next request to Cloudflare.
    pub next_check: Option<DateTime<Utc>>,
    /// The last error at Cloudflare, until Cloudflare answers again.
    pub sync_error: Option<UserError>,
    /// The error that prevents the jobs from working on the data on this computer.
    pub local_error: Option<UserError>,
    /// Whether the file system has no locks, so that only one process of Hajime at a time may use the data.
    pub without_locks: bool,
    /// The error about the background task that panicked last. The task was restarted.
    pub stopped_job: Option<UserError>,
    /// Whether invitations work on this computer only.
    pub invites_local_only: bool,
    /// The number of recordings on the list.
    pub recordings: u32,
    /// The number of sessions that are live or ending.
    pub live_sessions: u32,
    /// The number of open alerts; 0 for a role that does not see them.
    pub alerts_open: u32,
    /// The share of the storage that is used, as Stream told last; only for who may see it.
    pub storage_share: Option<f64>,
}

/// Reads the state of the account that is open. Sends no request.
pub fn status(context: &Context) -> Result<Status, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    let health = context.health();
    let sees_health = context.role().may(Permission::SeeHealth);
    // The daily backup may also find that the database is damaged.
    let damaged = health.backup.filter(|trouble| trouble.code == ErrorCode::DatabaseDamaged);
    let app = realtimekit_app::known(context)?.map(|known| known.id);
    Ok(Status {
        role: context.role(),
        account: context.account().clone(),
        app_name: app.as_ref().map(|app| context.store().name_of_app(app)).transpose()?.flatten(),
        app,
        keyring_trouble: context.keyring_trouble(),
        signs_locally: context.signs_locally(),
        last_sync: health.last_ok,
        next_check: health.next_check,
        sync_error: health.trouble,
        local_error: damaged.or(health.local),
        without_locks: context.works_without_locks(),
        stopped_job: context.stopped_job(),
        invites_local_only: invitations::invites_local_only(context)?,
        recordings: {
            let query = guard::narrowed(context, &Query::default())?;
            context.store().count_recordings(&query)?.of(query.filter)
        },
        live_sessions: live::count(context)?,
        alerts_open: if sees_health { alerts::count_open(context)? } else { 0 },
        storage_share: if sees_health {
            context.store().last_storage_reading()?.and_then(|reading| reading.share())
        } else {
            None
        },
    })
}
