//! The context of every action and job: database, Cloudflare client, clock, keyring, listeners, and account.
//!
//! The context names no feature. A feature that keeps something in memory defines a type and gets its only instance
//! from [`Context::service`].

pub(crate) mod health;
mod heard;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use url::Url;

use crate::cloudflare::Client;
pub use crate::context::health::Health;
use crate::domain::bounds::Moved as _;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{AccountId, AppId};
use crate::domain::profile::role::Role;
use crate::error::{Error, UserError};
use crate::ports::{Clock, EventSink, Notifier, SecretError, SecretStore, Topic};
use crate::store::locks::{self, LockFile};
use crate::store::{self, Store};
use crate::supervisor::Supervisor;

/// The parts that a context is made of.
pub struct ContextParts {
    /// The database of the account.
    pub store: Store,
    /// The client for the account.
    pub cloudflare: Client,
    /// The account that the client sends its requests for.
    pub account: AccountId,
    /// The RealtimeKit app from the configuration; when absent, Hajime looks for one or makes one.
    pub app: Option<AppId>,
    /// The host's join page on the API's host; `None` if the API is Cloudflare's own.
    pub own_room_page: Option<Url>,
    /// The join page that this process serves on this computer; `None` if it serves none.
    pub local_join_page: Option<Url>,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The keyring; `None` when there is none, and then Cloudflare signs the links.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Shows desktop notifications.
    pub notifier: Arc<dyn Notifier>,
    /// The listeners that hear which topics changed.
    pub events: Arc<dyn EventSink>,
}

/// One desk working on one account. Cheap to clone; all clones share the same state.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    parts: ContextParts,
    health: Mutex<Health>,
    services: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    locks: Option<DataLocks>,
    wake: Notify,
    unattended: AtomicBool,
    /// The role that was read last.
    role: Mutex<Role>,
    supervisor: Supervisor,
}

impl Context {
    /// Makes a context. It sends no request, so a desk opens at once, even without a network.
    pub fn new(parts: ContextParts) -> Result<Self, Error> {
        parts.store.claim_for(&parts.account)?;
        let role = parts.store.role()?;
        parts.cloudflare.set_reads_only(!role.may_change());
        let locks = parts.store.folder().map(DataLocks::of);
        let events = Arc::clone(&parts.events);
        let supervisor = Supervisor::new(move || events.changed(&[Topic::Desk]));
        Ok(Self {
            inner: Arc::new(Inner {
                parts,
                health: Mutex::default(),
                services: Mutex::default(),
                locks,
                wake: Notify::new(),
                unattended: AtomicBool::new(false),
                role: Mutex::new(role),
                supervisor,
            }),
        })
    }

    /// The only instance of `S` in this context. The first call makes it.
    pub(crate) fn service<S: Any + Send + Sync + Default>(&self) -> Arc<S> {
        let mut services = self.inner.services.lock().unwrap_or_else(PoisonError::into_inner);
        let service = services.entry(TypeId::of::<S>()).or_insert_with(|| Arc::new(S::default()));
        // The map's key is the type itself, so the downcast cannot fail.
        Arc::clone(service).downcast().unwrap_or_default()
    }

    /// The database of the account.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// The folder of the database; `None` for data that lives in memory only.
    #[must_use]
    pub fn data_folder(&self) -> Option<&Path> {
        self.store().folder()
    }

    /// The client for the account.
    #[must_use]
    pub fn cloudflare(&self) -> &Client {
        &self.inner.parts.cloudflare
    }

    /// The role of this desk, as it was read last where the database cannot be read now: a live class is ended all the same.
    /// From then on the client sends only what the role allows: another process may have changed it.
    #[must_use]
    pub fn role(&self) -> Role {
        let mut known = self.inner.role.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(role) = self.store().role() {
            *known = role;
        }
        self.cloudflare().set_reads_only(!known.may_change());
        *known
    }

    /// The account that this desk works on.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.inner.parts.account
    }

    /// The current instant by this computer's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.parts.clock.now()
    }

    /// The current instant by Cloudflare's clock, computed from the `Date` header of its last reply. Moments that
    /// Cloudflare names are compared with this instant.
    #[must_use]
    pub fn cloudflare_now(&self) -> DateTime<Utc> {
        self.now().later(self.cloudflare().clock_skew().unwrap_or_default())
    }

    /// The earlier of Cloudflare's time and this computer's time: a moment before it has passed by both clocks. Hajime
    /// gives up an expired file for good, so one wrong clock must not suffice.
    #[must_use]
    pub fn passed_by_both_clocks(&self) -> DateTime<Utc> {
        self.now().min(self.cloudflare_now())
    }

    /// Whether this computer signs links, with a key from the keyring. While the keyring does not answer, Cloudflare
    /// signs them.
    #[must_use]
    pub fn signs_locally(&self) -> bool {
        self.inner.parts.secrets.as_ref().is_some_and(|secrets| secrets.trouble().is_none())
    }

    /// The last error of the keyring; `None` while it works or before it was first asked.
    #[must_use]
    pub fn keyring_trouble(&self) -> Option<SecretError> {
        match &self.inner.parts.secrets {
            Some(secrets) => secrets.trouble(),
            None => Some(SecretError::Unavailable("none was offered".into())),
        }
    }

    /// The health of the connection to Cloudflare and of the data on this computer.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The supervisor, which starts background tasks and counts their panics.
    #[must_use]
    pub fn supervisor(&self) -> &Supervisor {
        &self.inner.supervisor
    }

    /// The error about the background task that panicked last; `None` an hour after the panic. The supervisor has
    /// restarted the task.
    #[must_use]
    pub fn stopped_job(&self) -> Option<UserError> {
        let latest = self.supervisor().latest()?;
        let often = if latest.times > 1 { format!(" ({} times)", latest.times) } else { String::new() };
        Some(UserError::new(
            ErrorCode::Internal,
            format!("A background job stopped unexpectedly and was restarted: {}{often}.", latest.job),
            "Nothing is lost. If this happens again, restart Hajime and report the problem.",
        ))
    }

    /// Makes the job driver run its next tick now.
    pub fn wake_jobs(&self) {
        self.inner.wake.notify_one();
    }

    /// Waits until [`Context::wake_jobs`] is called.
    pub(crate) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// Notes whether the window is out of sight. While it is, the jobs send fewer requests; when it comes back, they
    /// run at once.
    pub fn set_unattended(&self, unattended: bool) {
        if self.inner.unattended.swap(unattended, Ordering::Relaxed) && !unattended {
            self.wake_jobs();
        }
    }

    /// Whether the window is out of sight.
    #[must_use]
    pub fn unattended(&self) -> bool {
        self.inner.unattended.load(Ordering::Relaxed)
    }

    pub(crate) fn set_health<T>(&self, change: impl FnOnce(&mut Health) -> T) -> T {
        change(&mut self.inner.health.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn changed(&self, topics: &[Topic]) {
        self.inner.parts.events.changed(topics);
    }

    pub(crate) fn notifier(&self) -> &dyn Notifier {
        self.inner.parts.notifier.as_ref()
    }

    pub(crate) fn secrets(&self) -> Option<&Arc<dyn SecretStore>> {
        self.inner.parts.secrets.as_ref()
    }

    pub(crate) fn parts(&self) -> &ContextParts {
        &self.inner.parts
    }

    /// Frees the disk space that is reserved for noting the end of a session. Returns whether there was a reserve.
    pub(crate) fn give_back_reserve(&self) -> bool {
        self.store().folder().is_some_and(store::reserve::give_back)
    }

    /// The lock files of the data folder; `None` for data in memory.
    pub(crate) fn locks(&self) -> Option<&DataLocks> {
        self.inner.locks.as_ref()
    }

    /// Whether the file system of the data folder has no locks. Then only one process of Hajime at a time may use the
    /// data.
    #[must_use]
    pub fn works_without_locks(&self) -> bool {
        self.locks().is_some_and(|locks| locks.rooms.is_unsupported() || locks.jobs.is_unsupported())
    }
}

/// The lock files of a data folder. They stay open, so that taking a lock needs no new file handle when the process has
/// no more left.
pub(crate) struct DataLocks {
    /// The room lock, held by the process that opens or closes a room.
    pub(crate) rooms: LockFile,
    /// The lease, held by the process that runs the jobs.
    pub(crate) jobs: LockFile,
}

impl DataLocks {
    fn of(folder: &Path) -> Self {
        Self { rooms: LockFile::at(folder.join(locks::ROOMS)), jobs: LockFile::at(folder.join(locks::JOBS)) }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("account", self.account()).finish_non_exhaustive()
    }
}
