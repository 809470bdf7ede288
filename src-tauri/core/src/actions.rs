//! What a person can ask for: one function each, on a [`Desk`].
//!
//! Expected refusals are errors a person can act on ([`Error`]); whatever creates something at Cloudflare commits its intent first.

pub mod attaching;
pub(crate) mod capture;
pub mod connect;
mod error;
pub mod evidence;
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

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Notify, OnceCell};
use url::Url;

pub use error::{Error, FileTrouble};

use crate::cloudflare::{self, Client};
use crate::domain::ids::{AccountId, AppId, SessionId};
use crate::ports::{Clock, EventSink, Notifier, SecretStore, Topic};
use crate::signing::PlaybackKey;
use crate::store::Store;

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
    health: Mutex<Health>,
    signer: tokio::sync::Mutex<Option<PlaybackKey>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    comparing: tokio::sync::Mutex<()>,
    wake: Notify,
    history: Mutex<forecasts::Learnt>,
    away: AtomicBool,
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

impl From<&cloudflare::Error> for Trouble {
    fn from(error: &cloudflare::Error) -> Self {
        Self { code: error.code(), message: error.user_message(), next: error.next_step() }
    }
}

/// An address that carries a token in its fragment. It opens a room or plays a video, so it is shown to nobody but the person who asked.
#[derive(Clone)]
pub struct SecretUrl(SecretString);

impl SecretUrl {
    pub(crate) fn with_token(page: &Url, token: &SecretString) -> Self {
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
        Ok(Self {
            inner: Arc::new(Inner {
                parts,
                app: OnceCell::new(),
                presets: OnceCell::new(),
                board: Mutex::default(),
                health: Mutex::default(),
                signer: tokio::sync::Mutex::default(),
                turn: Arc::default(),
                comparing: tokio::sync::Mutex::default(),
                wake: Notify::new(),
                history: Mutex::default(),
                away: AtomicBool::new(false),
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
        self.now() + self.cloud().clock_skew().unwrap_or_default()
    }

    /// Whether links are signed here, with a key from the keyring, and not by Cloudflare.
    #[must_use]
    pub fn signs_locally(&self) -> bool {
        self.inner.parts.secrets.is_some()
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

    pub(crate) fn signer(&self) -> &tokio::sync::Mutex<Option<PlaybackKey>> {
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
                let apps = self.cloud().apps().await?;
                let app = match apps.as_slice() {
                    [] => self.cloud().create_app("Hajime").await?.id,
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
        let across = match self.store().folder() {
            None => None,
            Some(folder) => Some(lock_file(folder.join("turn.lock")).await?),
        };
        Ok(Turn { _within: within, _across: across })
    }
}

/// The right to open and close rooms; given back when dropped, by the operating system if the process dies.
pub(crate) struct Turn {
    _within: tokio::sync::OwnedMutexGuard<()>,
    _across: Option<File>,
}

async fn lock_file(path: PathBuf) -> Result<File, Error> {
    let named = path.clone();
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    })
    .await
    .unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)));
    locked.map_err(|error| Error::Store(crate::store::Error::Unopenable { path: named, why: error.to_string() }))
}
