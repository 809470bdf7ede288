//! Opens an account: the one given by the environment or `.env`, the one connected in Settings, or the sandbox.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hajime_core::config::{Place, Profile, Variables};
use hajime_core::jobs::Driver;
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::choice::{self, Choice, Chosen};
use hajime_core::opening::{self, Platform, SavedAccount};
use hajime_core::ports::{SecretError, Topic};
use secrecy::SecretString;
use tauri::{AppHandle, Manager as _};

use super::{ActiveProfile, KEYRING_LIMIT, Listeners, NotOpen, Source};
use crate::options::Options;
use crate::platform::cage::Cage;
use crate::platform::loopback::Loopback;

/// Opens accounts. It holds everything that stays the same while accounts are switched.
pub(super) struct Opener {
    pub(super) app: AppHandle,
    pub(super) options: Options,
    pub(super) variables: Variables,
    pub(super) listeners: Listeners,
    pub(super) folder: PathBuf,
    pub(super) keyring: OsKeyring,
    pub(super) loopback: tokio::sync::OnceCell<Option<Loopback>>,
    /// The locked file that reserves the sandbox of the data folder for this process; `None` while the sandbox is
    /// closed.
    pub(super) sandbox_lock: Mutex<Option<File>>,
    /// Counts the choices of an account, so that an answer of the keyring is dropped if another account was chosen
    /// meanwhile.
    pub(super) choice: AtomicU64,
}

/// The result of opening an account.
pub(super) enum Opened {
    /// The account is open.
    Profile(Box<ActiveProfile>),
    /// An account is connected, and its token has to be read from the keyring. The notes are about credentials that
    /// were not used.
    NeedsToken(SavedAccount, Vec<String>),
}

/// The token from the keyring; `None` if the keyring has none. The outer error means that the request did not finish.
type Answer = Result<Result<Option<SecretString>, SecretError>, SecretError>;

impl Opener {
    pub(super) fn new(app: AppHandle, options: Options, variables: Variables, listeners: Listeners) -> Self {
        Self {
            app,
            folder: options.data_dir.clone().unwrap_or_else(opening::default_folder),
            options,
            variables,
            listeners,
            keyring: OsKeyring::within(KEYRING_LIMIT),
            loopback: tokio::sync::OnceCell::new(),
            sandbox_lock: Mutex::default(),
            choice: AtomicU64::new(0),
        }
    }

    /// Notes that a person chose an account, so that late answers of the keyring for an earlier choice are dropped.
    pub(super) fn choose(&self) {
        self.choice.fetch_add(1, Ordering::SeqCst);
    }

    /// Opens what the options ask for when Hajime starts: the sandbox with `--sandbox`, else the account.
    pub(super) async fn first(&self) -> Result<Opened, NotOpen> {
        if self.options.sandbox {
            return Ok(Opened::Profile(Box::new(self.sandbox().await?)));
        }
        self.account().await
    }

    /// Opens the account given by the environment or `.env`, else the connected one. Opens the sandbox only if there is
    /// neither.
    pub(super) async fn account(&self) -> Result<Opened, NotOpen> {
        let Chosen { choice, mut notes } = choice::choose(&self.variables, &self.folder)?;
        for note in &notes {
            tracing::warn!("{note}");
        }
        if !matches!(choice, Choice::Nobody) {
            notes.extend(self.options.without_effect_on_an_account());
        }
        match choice {
            Choice::Given(profile, place) => {
                let source = if place == Place::Environment { Source::Environment } else { Source::File };
                let context = self.context(&profile, source, notes, self.keyring.clone()).await?;
                Ok(Opened::Profile(Box::new(context)))
            }
            Choice::Connected(saved) => Ok(Opened::NeedsToken(saved, notes)),
            Choice::Nobody => Ok(Opened::Profile(Box::new(ActiveProfile { notes, ..self.sandbox().await? }))),
        }
    }

    /// Opens the connected account with the token in the answer of the keyring.
    pub(super) async fn with_answer(
        &self,
        saved: &SavedAccount,
        notes: Vec<String>,
        answer: Answer,
    ) -> Result<Arc<ActiveProfile>, NotOpen> {
        let connection = answer.and_then(|answer| answer).and_then(|kept| saved.connection(kept.as_ref()));
        match connection {
            Ok(connection) => {
                self.leave_sandbox();
                self.context(&connection, Source::Keyring, notes, self.keyring.clone()).await.map(Arc::new)
            }
            Err(error) => {
                tracing::warn!(%error, "the account’s token cannot be had");
                Err(NotOpen::no_token(&saved.account, &error))
            }
        }
    }

    /// Opens an account whose data is in the data folder.
    pub(super) async fn context(
        &self,
        connection: &Profile,
        source: Source,
        notes: Vec<String>,
        keyring: OsKeyring,
    ) -> Result<ActiveProfile, NotOpen> {
        Ok(ActiveProfile { notes, ..self.desk_in(&self.folder, connection, source, keyring).await? })
    }

    pub(super) async fn desk_in(
        &self,
        folder: &Path,
        connection: &Profile,
        source: Source,
        keyring: OsKeyring,
    ) -> Result<ActiveProfile, NotOpen> {
        let loopback = self.loopback.get_or_init(|| self.start_loopback()).await.clone();
        let context = opening::open_context(
            folder,
            connection,
            Platform {
                secrets: Some(Arc::new(keyring)),
                notifier: Arc::clone(&self.listeners.notifier),
                events: Arc::clone(&self.listeners.events),
                local_join_page: loopback.as_ref().and_then(Loopback::join_page),
            },
        )?;
        self.app.state::<Cage>().account_is_at(&self.app, &connection.base_url);
        let folder = context.data_folder().map_or_else(|| folder.to_owned(), Path::to_owned);
        let driver = Driver::start(context.clone());
        Ok(ActiveProfile {
            context,
            source,
            notes: Vec::new(),
            saved: None,
            loopback,
            folder,
            _driver: driver,
            sandbox: None,
        })
    }

    async fn start_loopback(&self) -> Option<Loopback> {
        match Loopback::start(self.app.clone(), &self.folder).await {
            Ok(loopback) => Some(loopback),
            Err(error) => {
                tracing::error!(%error, "the join page cannot be served");
                None
            }
        }
    }

    /// Tells the page that all topics changed, so that it reads everything again.
    pub(super) fn announce(&self) {
        self.listeners.events.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings, Topic::Links]);
    }
}
