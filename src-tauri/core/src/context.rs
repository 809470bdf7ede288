//! What an action or a job is given: the database, the Cloudflare client, the clock, the keyring, listeners, and the account.
//!
//! The context names no feature. A feature that keeps something in memory declares a type for it and asks for it with [`Context::service`].

pub(crate) mod health;

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
use crate::error::{Error, UserError};
use crate::ports::{Clock, EventSink, Notifier, SecretError, SecretStore, Topic};
use crate::store::locks::{self, LockFile};
use crate::store::{self, Store};
use crate::supervisor::Supervisor;

/// The parts of a context.
pub struct ContextParts {
    /// The database.
    pub store: Store,
    /// The Cloudflare client.
    pub cloudflare: Client,
    /// The account the client speaks for.
    pub account: AccountId,
    /// The RealtimeKit app somebody named; found or made when absent.
    pub app: Option<AppId>,
    /// The room page that came with the API's address, if it is not Cloudflare's own.
    pub own_room_page: Option<Url>,
    /// The join page this process serves on this computer, if it does.
    pub local_join_page: Option<Url>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The keyring; `None` when there is none, and links are then signed by Cloudflare.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Desktop notifications.
    pub notifier: Arc<dyn Notifier>,
    /// Listeners that are told which topics changed.
    pub events: Arc<dyn EventSink>,
}

/// One desk at work on one account. Cheap to clone; clones share everything.
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
    supervisor: Supervisor,
}

impl Context {
    /// Makes a context. It sends no request, so a desk opens at once, also without a network.
    pub fn new(parts: ContextParts) -> Result<Self, Error> {
        parts.store.claim_for(&parts.account)?;
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
                supervisor,
            }),
        })
    }

    /// The one value of a type that this context keeps in memory, made when it is first asked for.
    pub(crate) fn service<S: Any + Send + Sync + Default>(&self) -> Arc<S> {
        let mut services = self.inner.services.lock().unwrap_or_else(PoisonError::into_inner);
        let service = services.entry(TypeId::of::<S>()).or_insert_with(|| Arc::new(S::default()));
        // The key is the type's own, so the value is of that type.
        Arc::clone(service).downcast().unwrap_or_default()
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// The folder of the database; `None` for data that lives in memory only.
    #[must_use]
    pub fn data_folder(&self) -> Option<&Path> {
        self.store().folder()
    }

    /// The Cloudflare client.
    #[must_use]
    pub fn cloudflare(&self) -> &Client {
        &self.inner.parts.cloudflare
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.inner.parts.account
    }

    /// The current instant by this computer's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.parts.clock.now()
    }

    /// The current instant by Cloudflare's clock, as the `Date` of its last reply told. Moments that Cloudflare names are compared with it.
    #[must_use]
    pub fn cloudflare_now(&self) -> DateTime<Utc> {
        self.now().later(self.cloudflare().clock_skew().unwrap_or_default())
    }

    /// The earlier of the two clocks: a moment before it has passed by Cloudflare's clock and by this computer's. A file that is believed to be
    /// expired is given up for good, so one wrong clock must not be enough.
    #[must_use]
    pub fn passed_by_both_clocks(&self) -> DateTime<Utc> {
        self.now().min(self.cloudflare_now())
    }

    /// Whether links are signed here, with a key from the keyring. While the keyring does not answer, Cloudflare signs them.
    #[must_use]
    pub fn signs_locally(&self) -> bool {
        self.inner.parts.secrets.as_ref().is_some_and(|secrets| secrets.trouble().is_none())
    }

    /// The last error of the keyring; `None` while it works or was not asked yet.
    #[must_use]
    pub fn keyring_trouble(&self) -> Option<SecretError> {
        match &self.inner.parts.secrets {
            Some(secrets) => secrets.trouble(),
            None => Some(SecretError::Unavailable("none was offered".into())),
        }
    }

    /// Whether the connection to Cloudflare and the data on this computer work.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts background work, and counts the tasks that panicked.
    #[must_use]
    pub fn supervisor(&self) -> &Supervisor {
        &self.inner.supervisor
    }

    /// The background task that panicked last, within an hour. It was restarted, but people are told.
    #[must_use]
    pub fn stopped_job(&self) -> Option<UserError> {
        let latest = self.supervisor().latest()?;
        let often = if latest.times > 1 { format!(" ({} times)", latest.times) } else { String::new() };
        Some(UserError::new(
            ErrorCode::Internal,
            format!("A background job stopped unexpectedly and was restarted: {}{often}.", latest.job),
            "Nothing is lost. If it goes on, start Hajime again and tell its makers.",
        ))
    }

    /// Makes the job driver run its next tick now.
    pub fn wake_jobs(&self) {
        self.inner.wake.notify_one();
    }

    /// Resolves when [`Context::wake_jobs`] was called.
    pub(crate) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// Says whether the window is out of sight. Fewer requests are sent while it is; when it comes back, everything is brought up to date.
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

    /// Frees the disk space that is reserved for noting the end of a session. Answers whether there was any.
    pub(crate) fn give_back_reserve(&self) -> bool {
        self.store().folder().is_some_and(store::reserve::give_back)
    }

    /// The lock files of the data folder; `None` for data that lives in memory only.
    pub(crate) fn locks(&self) -> Option<&DataLocks> {
        self.inner.locks.as_ref()
    }

    /// Whether the data lies on a file system without locks, where only one Hajime at a time may work on it.
    #[must_use]
    pub fn works_without_locks(&self) -> bool {
        self.locks().is_some_and(|locks| locks.rooms.is_unsupported() || locks.jobs.is_unsupported())
    }
}

/// The lock files of a data folder. They stay open, so that a lock can be taken also when the process may open no more files.
pub(crate) struct DataLocks {
    /// Held by the process that opens or closes a room.
    pub(crate) rooms: LockFile,
    /// Held by the process that runs the jobs.
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
