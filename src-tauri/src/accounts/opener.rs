//! Opening an account: the one that was given or connected, or the sandbox.

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

/// Opens accounts, and knows what was chosen.
pub(super) struct Opener {
    pub(super) app: AppHandle,
    pub(super) options: Options,
    pub(super) variables: Variables,
    pub(super) listeners: Listeners,
    pub(super) folder: PathBuf,
    pub(super) keyring: OsKeyring,
    pub(super) loopback: tokio::sync::OnceCell<Option<Loopback>>,
    /// Held while this process is on the sandbox of its data folder.
    pub(super) sandbox_lock: Mutex<Option<File>>,
    /// Counts what was chosen, so that an answer of the keyring that comes after another choice changes nothing.
    pub(super) choice: AtomicU64,
}

/// The result of opening an account.
pub(super) enum Opened {
    /// It is open.
    Profile(Box<ActiveProfile>),
    /// An account was connected, and its token is the keyring's to give.
    NeedsToken(SavedAccount, Vec<String>),
}

/// The answer of the keyring. The outer error means that the request to the keyring did not finish.
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

    /// Notes that the person chose something else.
    pub(super) fn choose(&self) {
        self.choice.fetch_add(1, Ordering::SeqCst);
    }

    /// Opens what the options ask for.
    pub(super) async fn first(&self) -> Result<Opened, NotOpen> {
        if self.options.sandbox {
            return Ok(Opened::Profile(Box::new(self.sandbox().await?)));
        }
        self.account().await
    }

    /// The account that was given or connected; the sandbox only where there is none.
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

    /// Opens the connected account with what the keyring answered.
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

    /// Opens an account in the data folder.
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

    /// Tells the page that everything may have changed.
    pub(super) fn announce(&self) {
        self.listeners.events.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings, Topic::Links]);
    }
}
