//! Which account the window is on: a connected one, or the embedded sandbox. Switching replaces the context and everything that works for it.
//!
//! | file | for |
//! |---|---|
//! | [`opener`] | opening an account or the sandbox |
//! | [`settling`] | what became of opening, and the answer of a keyring that comes later |
//! | [`sandbox`] | the embedded sandbox |
//! | [`not_open`] | why no account is open |
//!
//! The sandbox opens by itself only where no account is connected. Where the token of a connected account cannot be had, the page says so
//! and offers choices: an empty practice schedule in the place of the real one looks like a loss.

mod not_open;
mod opener;
mod sandbox;
mod settling;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cloudflare_sandbox::Sandbox;
use hajime_core::actions::profile::backups;
use hajime_core::config::{self, Profile, Variables};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::AccountId;
use hajime_core::domain::profile::backup::Restored;
use hajime_core::error::{Error, UserError};
use hajime_core::jobs::Driver;
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::{self, SavedAccount};
use hajime_core::ports::{Clock as _, EventSink, Notifier, SecretError, SecretStore as _, SystemClock};
use tauri::AppHandle;
use tokio::sync::RwLock;
use url::Url;

pub(crate) use not_open::{NotOpen, internal};
use opener::{Opened, Opener};
use settling::{answered, settle};

use crate::options::Options;
use crate::platform::loopback::Loopback;

/// How long the person may take to unlock the keyring when an account is connected.
const KEYRING_PATIENCE: Duration = Duration::from_secs(20);
/// How long a link or an upload waits for the keyring; both can do without.
const KEYRING_LIMIT: Duration = Duration::from_secs(3);

/// The account that is open, or why none is; commands wait while it changes.
type Slot = Arc<RwLock<Result<Arc<ActiveProfile>, NotOpen>>>;

/// Where the credentials of the open account came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nowhere: the embedded sandbox is open.
    Sandbox,
    /// The environment.
    Environment,
    /// The data folder's `.env`.
    File,
    /// Connected in Settings and kept in the keyring.
    Keyring,
    /// Connected in Settings on a computer without a keyring: gone with the process.
    Memory,
}

/// The account that is open, and what keeps it going. Dropping it stops its jobs and its sandbox.
pub(crate) struct ActiveProfile {
    /// The context of its actions and jobs.
    pub(crate) context: Context,
    /// Where its credentials came from.
    pub(crate) source: Source,
    /// Notes on credentials that were found and not used.
    pub(crate) notes: Vec<String>,
    /// The connected account, while this is the sandbox.
    pub(crate) saved: Option<AccountId>,
    /// The one-time addresses and the join page.
    pub(crate) loopback: Option<Loopback>,
    /// The data's folder.
    pub(crate) folder: PathBuf,
    pub(super) _driver: Driver,
    /// The sandbox, when that is the account.
    pub(crate) sandbox: Option<Sandbox>,
}

/// The listeners to the open account.
#[derive(Clone)]
pub(crate) struct Listeners {
    /// Shows desktop notifications.
    pub(crate) notifier: Arc<dyn Notifier>,
    /// Tells the page which topics changed.
    pub(crate) events: Arc<dyn EventSink>,
}

/// The window's account, and how to change it.
pub(crate) struct Accounts {
    current: Slot,
    opener: Arc<Opener>,
}

impl Accounts {
    /// Begins to open the account. A command that asks for it before that is done waits.
    pub(crate) fn open(app: AppHandle, options: Options, variables: Variables, listeners: Listeners) -> Self {
        let opener = Arc::new(Opener::new(app, options, variables, listeners));
        let accounts = Self { current: Arc::new(RwLock::new(Err(NotOpen::opening()))), opener };
        // Held before the task runs, so that no command ever sees the placeholder.
        let guard = tauri::async_runtime::block_on(Arc::clone(&accounts.current).write_owned());
        let (opener, slot) = (Arc::clone(&accounts.opener), Arc::clone(&accounts.current));
        tauri::async_runtime::spawn(async move {
            let (first, place) = (Arc::clone(&opener), Arc::clone(&slot));
            answered(&opener, &slot, async move {
                let outcome = first.first().await;
                settle(first, place, guard, outcome).await;
            })
            .await;
        });
        accounts
    }

    /// The desk in use, or why there is none.
    pub(crate) async fn current(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.current.read().await.clone()
    }

    /// The desk in use, if it is open already and not being changed this very moment.
    pub(crate) fn at_hand(&self) -> Option<Arc<ActiveProfile>> {
        self.current.try_read().ok()?.clone().ok()
    }

    /// Tries again what was tried at the start, if that did not open a desk.
    pub(crate) async fn retry(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        let guard = Arc::clone(&self.current).write_owned().await;
        if let Ok(here) = &*guard {
            return Ok(Arc::clone(here));
        }
        self.opener.choose();
        let outcome = self.opener.first().await;
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        self.current().await
    }

    /// Closes what is open and opens the account of the environment, the `.env` file or Settings instead.
    pub(crate) async fn open_account(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.opener.choose();
        let guard = Arc::clone(&self.current).write_owned().await;
        let outcome = self.opener.account().await;
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        self.current().await
    }

    /// Opens the sandbox for this run. A connected account stays connected.
    pub(crate) async fn open_sandbox(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.opener.choose();
        let opened = Arc::new(self.opener.sandbox().await?);
        self.replace(Arc::clone(&opened)).await;
        Ok(opened)
    }

    /// The account that is connected, whether or not its token can be had.
    pub(crate) fn saved(&self) -> Result<Option<SavedAccount>, Error> {
        opening::saved_account(&self.opener.folder)
    }

    /// Where what is typed into the form is sent: where the environment says, where the same account was connected before, or Cloudflare.
    pub(crate) fn address_for(&self, account: &AccountId) -> Result<Url, UserError> {
        if let Some(address) = self.opener.variables.api_address()? {
            return Ok(address);
        }
        let same = self.saved().ok().flatten().filter(|saved| saved.account == *account);
        Ok(same.map_or_else(config::cloudflare, |saved| Ok(saved.base_url))?)
    }

    /// Connects an account for good (keyring) or for this run (none).
    pub(crate) async fn connect(&self, connection: Profile) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.opener.choose();
        let (folder, given) = (self.opener.folder.clone(), connection.clone());
        let keyring = OsKeyring::within(KEYRING_PATIENCE);
        let saving = tauri::async_runtime::spawn_blocking(move || opening::save_profile(&folder, &given, &keyring));
        let (source, keyring) = match saving.await.map_err(|_| internal())?? {
            Ok(()) => (Source::Keyring, OsKeyring::within(KEYRING_LIMIT)),
            Err(error) => (Source::Memory, OsKeyring::within(KEYRING_LIMIT).troubled(error)),
        };
        let opened = Arc::new(self.opener.context(&connection, source, Vec::new(), keyring).await?);
        self.replace(Arc::clone(&opened)).await;
        Ok(opened)
    }

    /// Forgets the connected account with all its secrets, and goes back to the sandbox. It need not be open.
    pub(crate) async fn forget(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        let mut guard = Arc::clone(&self.current).write_owned().await;
        if guard.as_ref().is_ok_and(|here| matches!(here.source, Source::Environment | Source::File)) {
            let error = UserError::new(
                ErrorCode::Conflict,
                "This account comes from the environment or a .env file.",
                "Remove CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN there, then start Hajime again.",
            );
            return Err(error.into());
        }
        self.opener.choose();
        // Nothing works on the account any more when its keys go.
        *guard = Err(NotOpen::opening());
        let folder = self.opener.folder.clone();
        let forgotten =
            aside(OsKeyring::within(KEYRING_PATIENCE), move |keyring| opening::forget_profile(&folder, keyring)).await;
        let outcome = match &forgotten {
            Ok(()) => self.opener.sandbox().await.map(|sandbox| Opened::Profile(Box::new(sandbox))),
            // The account is still connected and opens again.
            Err(_) => self.opener.account().await,
        };
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        forgotten?;
        self.current().await
    }

    /// The data folder in use, or the one whose database could not be opened.
    pub(crate) async fn data_folder(&self) -> Result<PathBuf, NotOpen> {
        match &*self.current.read().await {
            Ok(here) => Ok(here.folder.clone()),
            Err(error) => error.folder_to_restore().map(Path::to_owned).ok_or_else(|| error.clone()),
        }
    }

    /// Puts a copy in the place of the database, and opens the account if its database was in the way.
    pub(crate) async fn restore(&self, copy: PathBuf) -> Result<Restored, NotOpen> {
        if let Ok(here) = self.current().await {
            let context = here.context.clone();
            return Ok(blocking(move || backups::restore_desk(&context, &copy)).await?);
        }
        self.mend(move |folder| backups::restore(folder, &copy, SystemClock.now())).await
    }

    /// Begins with an empty database where the old one is lost or damaged.
    pub(crate) async fn begin_anew(&self) -> Result<Restored, NotOpen> {
        self.mend(|folder| backups::begin_anew(folder, SystemClock.now())).await
    }

    async fn mend(
        &self,
        work: impl FnOnce(&Path) -> Result<Restored, Error> + Send + 'static,
    ) -> Result<Restored, NotOpen> {
        // Held all the while: nobody opens the account in between.
        let guard = Arc::clone(&self.current).write_owned().await;
        let folder = match &*guard {
            Ok(_) => {
                let error =
                    UserError::new(ErrorCode::Conflict, "The database is in use.", "Nothing has to be restored.");
                return Err(error.into());
            }
            Err(error) => error.folder_to_restore().map(Path::to_owned).ok_or_else(|| error.clone())?,
        };
        let restored = blocking(move || work(&folder)).await?;
        self.opener.choose();
        let outcome = self.opener.first().await;
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        Ok(restored)
    }

    async fn replace(&self, next: Arc<ActiveProfile>) {
        if next.sandbox.is_none() {
            self.opener.leave_sandbox();
        }
        *self.current.write().await = Ok(next);
        self.opener.announce();
    }
}

/// Asks the keyring where nobody else waits.
async fn aside(
    keyring: OsKeyring,
    work: impl FnOnce(&OsKeyring) -> Result<(), Error> + Send + 'static,
) -> Result<(), NotOpen> {
    let done = tauri::async_runtime::spawn_blocking(move || work(&keyring));
    Ok(done.await.map_err(|_| internal())??)
}

/// Work on files that may take a moment, beside the window.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, UserError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(stopped) => {
            tracing::error!(%stopped, "work on files stopped");
            Err(internal())
        }
    }
}

/// Whether secrets can be kept on this computer.
pub(crate) async fn probe() -> Result<(), SecretError> {
    let answer = tauri::async_runtime::spawn_blocking(|| OsKeyring::within(KEYRING_PATIENCE).probe());
    answer.await.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))
}
