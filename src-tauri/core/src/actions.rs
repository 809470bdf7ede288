//! What a person can ask for: one function each, on a [`Desk`].
//!
//! Expected refusals are errors a person can act on ([`Error`]); whatever creates something at Cloudflare commits its intent first.

pub mod attaching;
pub mod backups;
pub(crate) mod capture;
pub mod connect;
mod error;
pub mod evidence;
pub mod export;
pub(crate) mod fetching;
pub mod forecasts;
pub mod gone;
pub mod links;
pub(crate) mod observe;
pub mod recordings;
pub(crate) mod relay_files;
pub mod rooms;
pub mod saving;
pub mod sessions;
pub mod today;
mod unnoted;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Notify, OnceCell};
use url::Url;

pub use error::{Error, FileTrouble};

use crate::cloudflare::{self, Client};
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{AccountId, AppId, SessionId};
use crate::domain::session::{Session, SessionState};
use crate::ports::{Clock, EventSink, Notifier, SecretError, SecretStore, Topic};
use crate::signing::PlaybackKey;
use crate::store::locks::{self, Held, LockFile};
use crate::store::{self, Store};
use crate::supervisor::Supervisor;

/// What a desk is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The Cloudflare client.
    pub cloud: Client,
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
    /// Who listens to changes.
    pub events: Arc<dyn EventSink>,
}

/// One installation at work on one account. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    app: OnceCell<AppId>,
    presets: OnceCell<rooms::RoomPresets>,
    board: Mutex<HashMap<SessionId, RoomSeen>>,
    open: Mutex<HashMap<SessionId, Session>>,
    health: Mutex<Health>,
    signer: tokio::sync::Mutex<Option<Arc<PlaybackKey>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    locks: Option<Locks>,
    comparing: tokio::sync::Mutex<()>,
    wake: Notify,
    history: Mutex<forecasts::Learnt>,
    away: AtomicBool,
    supervisor: Supervisor,
}

/// What was last seen in a live room. Never stored: a count from yesterday helps nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSeen {
    /// People in the room.
    pub people: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Since when they are there without being recorded.
    pub unrecorded_since: Option<DateTime<Utc>>,
    /// Whether somebody was told of that.
    pub(crate) alarmed: bool,
}

/// How talking to Cloudflare goes.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// The last time everything asked was answered.
    pub last_ok: Option<DateTime<Utc>>,
    /// When Cloudflare is asked next.
    pub next_check: Option<DateTime<Utc>>,
    /// What went wrong last, while it is wrong.
    pub trouble: Option<Trouble>,
    /// What keeps Hajime from working on the data on this computer, while something does.
    pub local: Option<Trouble>,
    /// Why the last copy of the data was not made, while there is no newer one.
    pub backup: Option<Trouble>,
}

/// Something that went wrong, in a form that can be kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// [`Error::code`].
    pub code: &'static str,
    /// [`Error::message`].
    pub message: String,
    /// [`Error::next`].
    pub next: String,
}

impl From<&Error> for Trouble {
    fn from(error: &Error) -> Self {
        Self { code: error.code(), message: error.message(), next: error.next() }
    }
}

impl From<&store::Error> for Trouble {
    fn from(error: &store::Error) -> Self {
        Self {
            code: error::database_code(error),
            message: error::database_message(error),
            next: error::database_next(error),
        }
    }
}

impl From<&cloudflare::Error> for Trouble {
    fn from(error: &cloudflare::Error) -> Self {
        Self { code: error.code(), message: error.user_message(), next: error.next_step() }
    }
}

/// An address that carries a token in its fragment. It opens a room or plays a video, so it is shown to nobody but the person who asked.
#[derive(Clone)]
pub struct SecretUrl(SecretString);

impl SecretUrl {
    /// A page's address with a token behind the `#`.
    #[must_use]
    pub fn with_token(page: &Url, token: &SecretString) -> Self {
        let mut url = page.clone();
        url.set_fragment(Some(&format!("token={}", token.expose_secret())));
        Self(SecretString::from(String::from(url)))
    }

    pub(crate) fn new(url: &Url) -> Self {
        Self(SecretString::from(url.as_str().to_owned()))
    }

    /// The address in the clear, for the clipboard or a browser; never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl(…)")
    }
}

impl Desk {
    /// Puts a desk together. Asks nobody anything: a desk opens at once, also without a network.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        parts.store.claim_for(&parts.account)?;
        let locks = parts.store.folder().map(|folder| Locks {
            turn: LockFile::at(folder.join(locks::TURN)),
            jobs: LockFile::at(folder.join(locks::JOBS)),
        });
        let events = Arc::clone(&parts.events);
        let supervisor = Supervisor::new(move || events.changed(&[Topic::Desk]));
        Ok(Self {
            inner: Arc::new(Inner {
                parts,
                app: OnceCell::new(),
                presets: OnceCell::new(),
                board: Mutex::default(),
                open: Mutex::default(),
                health: Mutex::default(),
                signer: tokio::sync::Mutex::default(),
                turn: Arc::default(),
                locks,
                comparing: tokio::sync::Mutex::default(),
                wake: Notify::new(),
                history: Mutex::default(),
                away: AtomicBool::new(false),
                supervisor,
            }),
        })
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// The Cloudflare client.
    #[must_use]
    pub fn cloud(&self) -> &Client {
        &self.inner.parts.cloud
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.inner.parts.account
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.parts.clock.now()
    }

    /// The current instant by Cloudflare's clock, as its last reply told: what it says of its own moments is compared with this.
    #[must_use]
    pub fn cloud_now(&self) -> DateTime<Utc> {
        self.now().later(self.cloud().clock_skew().unwrap_or_default())
    }

    /// What lies before this has passed by Cloudflare's clock and by this computer's. A file that is believed to be expired is given up for
    /// good, so one clock that is wrong must not be enough.
    #[must_use]
    pub fn passed_by_both_clocks(&self) -> DateTime<Utc> {
        self.now().min(self.cloud_now())
    }

    /// Whether links are signed here, with a key from the keyring, and not by Cloudflare. They are not while the keyring does not answer.
    #[must_use]
    pub fn signs_locally(&self) -> bool {
        self.inner.parts.secrets.as_ref().is_some_and(|secrets| secrets.trouble().is_none())
    }

    /// What is wrong with the keyring, as far as it was asked.
    #[must_use]
    pub fn keyring_trouble(&self) -> Option<SecretError> {
        match &self.inner.parts.secrets {
            Some(secrets) => secrets.trouble(),
            None => Some(SecretError::Unavailable("none was offered".into())),
        }
    }

    /// What was last seen in a live room.
    #[must_use]
    pub fn room_seen(&self, session: SessionId) -> Option<RoomSeen> {
        self.board().get(&session).cloned()
    }

    /// How talking to Cloudflare goes.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What starts this desk's background work, and counts what stopped unexpectedly.
    #[must_use]
    pub fn supervisor(&self) -> &Supervisor {
        &self.inner.supervisor
    }

    /// The background job that stopped last, while that is worth telling: it goes on, but somebody should know.
    #[must_use]
    pub fn stopped_job(&self) -> Option<Trouble> {
        let latest = self.supervisor().latest()?;
        let often = if latest.times > 1 { format!(" ({} times)", latest.times) } else { String::new() };
        Some(Trouble {
            code: "internal",
            message: format!("A background job stopped unexpectedly and was restarted: {}{often}.", latest.job),
            next: "Nothing is lost. If it goes on, start Hajime again and tell its makers.".into(),
        })
    }

    /// Has the jobs look again now.
    pub fn check_now(&self) {
        self.inner.wake.notify_one();
    }

    /// Held while the whole account is compared: once at a time is enough.
    pub(crate) fn comparing(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.comparing
    }

    /// Says whether somebody looks on. While nobody does, less is asked; whoever comes back sees the truth at once.
    pub fn set_away(&self, away: bool) {
        if self.inner.away.swap(away, Ordering::Relaxed) && !away {
            self.check_now();
        }
    }

    /// Whether nobody looks on.
    #[must_use]
    pub fn away(&self) -> bool {
        self.inner.away.load(Ordering::Relaxed)
    }

    pub(crate) fn learnt(&self) -> MutexGuard<'_, forecasts::Learnt> {
        self.inner.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves when somebody asked to look again.
    pub(crate) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    pub(crate) fn board(&self) -> MutexGuard<'_, HashMap<SessionId, RoomSeen>> {
        self.inner.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps in memory which rooms are open: a class can be ended also when the database cannot be read any more.
    pub(crate) fn remember_open(&self, open: &[Session]) {
        *self.open_rooms() = open.iter().map(|session| (session.id, session.clone())).collect();
    }

    /// The same for one that was read or changed.
    pub(crate) fn remember(&self, session: &Session) {
        match session.state {
            SessionState::Live(_) | SessionState::Ending(..) => self.open_rooms().insert(session.id, session.clone()),
            SessionState::Scheduled { .. }
            | SessionState::Starting { .. }
            | SessionState::Ended(..)
            | SessionState::Cancelled => self.open_rooms().remove(&session.id),
        };
    }

    /// A session whose room was open when the database could last be read.
    pub(crate) fn remembered(&self, id: SessionId) -> Option<Session> {
        self.open_rooms().get(&id).cloned()
    }

    fn open_rooms(&self) -> MutexGuard<'_, HashMap<SessionId, Session>> {
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_health(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.inner.health.lock().unwrap_or_else(PoisonError::into_inner));
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

    pub(crate) fn signer(&self) -> &tokio::sync::Mutex<Option<Arc<PlaybackKey>>> {
        &self.inner.signer
    }

    pub(crate) fn presets_cell(&self) -> &OnceCell<rooms::RoomPresets> {
        &self.inner.presets
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.inner.parts
    }

    /// The RealtimeKit app: the one named, else the one remembered, else the account's only one, else a new one.
    pub async fn app(&self) -> Result<&AppId, Error> {
        self.inner
            .app
            .get_or_try_init(|| async {
                if let Some(app) = &self.inner.parts.app {
                    return Ok(app.clone());
                }
                if let Some(app) = self.store().app()? {
                    return Ok(app);
                }
                let mut apps = self.cloud().apps().await?;
                if apps.is_empty() {
                    // No app can be deleted again, so the list is believed only when it says so twice.
                    apps = self.cloud().apps().await?;
                }
                let app = match apps.as_slice() {
                    [] => self.first_app().await?,
                    [only] => only.id.clone(),
                    several => {
                        let names: Vec<_> =
                            several.iter().take(8).map(|app| format!("{} ({})", app.name, app.id)).collect();
                        return Err(Error::SeveralApps { names: names.join(", ") });
                    }
                };
                self.store().set_app(Some(&app))?;
                Ok(app)
            })
            .await
    }

    /// Makes an app. Where another desk made one in the same moment, the older one is everybody's.
    async fn first_app(&self) -> Result<AppId, Error> {
        let made = self.cloud().create_app("Hajime").await?;
        let all = self.cloud().apps().await?;
        let age = |app: &cloudflare::App| (app.created_at.is_none(), app.created_at, app.id.clone());
        let oldest = all.into_iter().fold(made, |oldest, app| if age(&app) < age(&oldest) { app } else { oldest });
        Ok(oldest.id)
    }

    /// The RealtimeKit app if there is one: looking around makes none.
    pub(crate) async fn existing_app(&self) -> Result<Option<&AppId>, Error> {
        let named = self.inner.app.initialized() || self.inner.parts.app.is_some() || self.store().app()?.is_some();
        if named || !self.cloud().apps().await?.is_empty() {
            return self.app().await.map(Some);
        }
        Ok(None)
    }

    /// One at a time: whoever opens or closes rooms holds the turn, in this process and across processes on the same data.
    pub(crate) async fn turn(&self) -> Result<Turn, Error> {
        let within = Arc::clone(&self.inner.turn).lock_owned().await;
        let across = match &self.inner.locks {
            None => None,
            Some(locks) => Some(wait_for(&locks.turn).await?),
        };
        Ok(Turn { _within: within, _across: across })
    }

    /// The turn for ending a class. It waits for what this process is doing, and two minutes at most for another process; where the lock cannot
    /// be had by then, the class is ended without it.
    pub(crate) async fn turn_to_end(&self) -> Turn {
        let within = Arc::clone(&self.inner.turn).lock_owned().await;
        let across = match &self.inner.locks {
            None => None,
            Some(locks) => {
                wait_for(&locks.turn).await.map_err(|error| tracing::warn!(%error, "ending without the lock")).ok()
            }
        };
        Turn { _within: within, _across: across }
    }

    /// Forgets what was seen of rooms and learnt from recordings: the data is another.
    pub(crate) fn forget_what_was_seen(&self) {
        self.board().clear();
        self.open_rooms().clear();
        *self.learnt() = forecasts::Learnt::default();
    }

    /// Gives back the room on the disk that is kept for ending a class. Says whether there was any.
    pub(crate) fn give_back_reserve(&self) -> bool {
        self.store().folder().is_some_and(store::reserve::give_back)
    }

    /// The lock of whoever runs the jobs; `None` for data that lives in memory only.
    pub(crate) fn jobs_lock(&self) -> Option<&LockFile> {
        self.inner.locks.as_ref().map(|locks| &locks.jobs)
    }

    /// Whether the data lies on a file system without locks, where only one Hajime at a time may work on it.
    #[must_use]
    pub fn works_without_locks(&self) -> bool {
        self.inner.locks.as_ref().is_some_and(|locks| locks.turn.is_unsupported() || locks.jobs.is_unsupported())
    }
}

/// The lock files of a desk. The desk keeps them open, so that a class can be ended also when the process may open no more files.
struct Locks {
    turn: LockFile,
    jobs: LockFile,
}

/// The right to open and close rooms; given back when dropped, by the operating system if the process dies.
pub(crate) struct Turn {
    _within: tokio::sync::OwnedMutexGuard<()>,
    _across: Option<Held>,
}

/// How long another process may open or close a room. One request may take half a minute, and one that got no answer is repeated.
const TURN_PATIENCE: Duration = Duration::from_secs(120);
/// How often the lock is asked for meanwhile.
const TURN_PAUSE: Duration = Duration::from_millis(20);

async fn wait_for(lock: &LockFile) -> Result<Held, Error> {
    let taken = tokio::time::timeout(TURN_PATIENCE, async {
        loop {
            match lock.take() {
                Ok(Some(held)) => return Ok(held),
                Ok(None) => tokio::time::sleep(TURN_PAUSE).await,
                Err(error) => return Err(error),
            }
        }
    });
    match taken.await {
        Ok(taken) => Ok(taken?),
        Err(_) => Err(Error::Conflict {
            message: "Another Hajime on this computer has been opening or closing a room for two minutes.".into(),
            next: "Close the other window or end the other command, then try again.",
        }),
    }
}
