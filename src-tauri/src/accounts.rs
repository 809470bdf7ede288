//! Which account is open in the window: a Cloudflare account or the embedded sandbox. Switching replaces the context
//! and everything that uses it.
//!
//! | file | for |
//! |---|---|
//! | [`opener`] | opening an account or the sandbox |
//! | [`settling`] | the result of opening an account, and a late answer of the keyring |
//! | [`sandbox`] | the embedded sandbox |
//! | [`not_open`] | why no account is open |
//!
//! The sandbox opens by itself only if no account is connected. If the token of a connected account cannot be read, the
//! page says so and offers choices. An empty practice schedule in place of the real one would look like lost data.

mod not_open;
mod opener;
mod sandbox;
mod settling;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cloudflare_sandbox::Sandbox;
use hajime_core::actions::profile::app::{self, Invitations};
use hajime_core::actions::profile::{backups, roles};
use hajime_core::config::{self, Profile, Variables};
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::ids::{AccountId, AppId};
use hajime_core::domain::profile::backup::Restored;
use hajime_core::error::{Error, UserError};
use hajime_core::jobs::Driver;
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::{self, Platform, SavedAccount};
use hajime_core::ports::{Clock as _, EventSink, Notifier, Quiet, SecretError, SecretStore as _, SystemClock};
use tauri::AppHandle;
use tokio::sync::RwLock;
use url::Url;

pub(crate) use not_open::{NotOpen, internal};
use opener::{Opened, Opener};
use settling::{answered, settle};

use crate::options::Options;
use crate::platform::loopback::Loopback;

/// How long a person may take to unlock the keyring while an account is connected, forgotten or checked.
const UNLOCK_LIMIT: Duration = Duration::from_secs(20);
/// How long a link or an upload waits for the keyring. Both work without its secrets.
const KEYRING_LIMIT: Duration = Duration::from_secs(3);

/// The open account, or why none is open. Commands wait for the lock while the account is changed.
type Slot = Arc<RwLock<Result<Arc<ActiveProfile>, NotOpen>>>;

/// Where the credentials of the open account came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// No credentials are needed: the embedded sandbox is open.
    Sandbox,
    /// The environment variables of this process.
    Environment,
    /// The data folder's `.env`.
    File,
    /// Connected in Settings and kept in the keyring.
    Keyring,
    /// Connected in Settings on a computer without a usable keyring. They are lost when the process ends.
    Memory,
}

/// The open account with its jobs and, for the sandbox, the sandbox itself. Dropping it stops both.
pub(crate) struct ActiveProfile {
    /// The context for its actions and jobs.
    pub(crate) context: Context,
    /// Where its credentials came from.
    pub(crate) source: Source,
    /// Notes on credentials that were found and not used.
    pub(crate) notes: Vec<String>,
    /// The connected account, if there is one while the sandbox is open; otherwise `None`.
    pub(crate) saved: Option<AccountId>,
    /// The server of one-time addresses and of the join page; `None` if it could not be started.
    pub(crate) loopback: Option<Loopback>,
    /// The folder of its database.
    pub(crate) folder: PathBuf,
    pub(super) _driver: Driver,
    /// The sandbox; `None` for a Cloudflare account.
    pub(crate) sandbox: Option<Sandbox>,
}

/// Receive what the open account reports.
#[derive(Clone)]
pub(crate) struct Listeners {
    /// Shows desktop notifications.
    pub(crate) notifier: Arc<dyn Notifier>,
    /// Tells the page which topics changed.
    pub(crate) events: Arc<dyn EventSink>,
}

/// Holds the open account and switches to another one.
pub(crate) struct Accounts {
    current: Slot,
    opener: Arc<Opener>,
}

impl Accounts {
    /// Starts to open the account. Commands that ask for the account meanwhile wait.
    pub(crate) fn open(app: AppHandle, options: Options, variables: Variables, listeners: Listeners) -> Self {
        let opener = Arc::new(Opener::new(app, options, variables, listeners));
        let accounts = Self { current: Arc::new(RwLock::new(Err(NotOpen::opening()))), opener };
        // The lock is taken before the task runs, so that no command reads the placeholder.
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

    /// Returns the open account, or why none is open. Waits while the account is being changed.
    pub(crate) async fn current(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.current.read().await.clone()
    }

    /// Returns the open account without waiting; `None` if none is open or if it is being changed.
    pub(crate) fn at_hand(&self) -> Option<Arc<ActiveProfile>> {
        self.current.try_read().ok()?.clone().ok()
    }

    /// Tries again to open what was to be opened at the start. Does nothing if an account is open.
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

    /// Closes the open account and opens the one from the environment, the `.env` file or Settings.
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

    /// The account that was connected in Settings, even if its token cannot be read; `None` if there is none.
    pub(crate) fn saved(&self) -> Result<Option<SavedAccount>, Error> {
        opening::saved_account(&self.opener.folder)
    }

    /// The address of the API for credentials that a person typed: the one in the environment, else the one at which
    /// the same account was connected before, else Cloudflare's.
    pub(crate) fn address_for(&self, account: &AccountId) -> Result<Url, UserError> {
        if let Some(address) = self.opener.variables.api_address()? {
            return Ok(address);
        }
        let same = self.saved().ok().flatten().filter(|saved| saved.account == *account);
        Ok(same.map_or_else(config::cloudflare, |saved| Ok(saved.base_url))?)
    }

    /// The RealtimeKit app that was chosen or found for an account at this desk.
    pub(crate) fn chosen_app(&self, account: &AccountId) -> Option<AppId> {
        opening::chosen_app(&self.opener.folder, account)
    }

    /// Refuses to change or forget the connected account where the role of this desk does not allow that. The account counts
    /// that is connected, also while the sandbox is open.
    pub(crate) fn may_change(&self) -> Result<(), Error> {
        let Ok(Some(saved)) = self.saved() else { return Ok(()) };
        let all = opening::owned(&self.opener.folder);
        let own = all.into_iter().find(|owned| owned.account.as_ref() == Some(&saved.account));
        own.map_or(Ok(()), |owned| roles::may_change_account(&owned.folder))
    }

    /// Connects an account and opens it. The token is stored in the keyring; without one, the connection ends with this
    /// process. The app of the form becomes the chosen one.
    pub(crate) async fn connect(&self, mut connection: Profile) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.may_change()?;
        self.opener.choose();
        if let Some(chosen) = connection.app.take() {
            let context = opening::open_context(&self.opener.folder, &connection, quiet())?;
            app::choose(&context, &chosen, Invitations::Kept).await?;
        }
        let (folder, given) = (self.opener.folder.clone(), connection.clone());
        let keyring = OsKeyring::within(UNLOCK_LIMIT);
        let saving = tauri::async_runtime::spawn_blocking(move || opening::save_profile(&folder, &given, &keyring));
        let (source, keyring) = match saving.await.map_err(|_| internal())?? {
            Ok(()) => (Source::Keyring, OsKeyring::within(KEYRING_LIMIT)),
            Err(error) => (Source::Memory, OsKeyring::within(KEYRING_LIMIT).troubled(error)),
        };
        let opened = Arc::new(self.opener.context(&connection, source, Vec::new(), keyring).await?);
        self.replace(Arc::clone(&opened)).await;
        Ok(opened)
    }

    /// Deletes the connected account with all its secrets from this computer, whether it is open or not, and opens the
    /// sandbox.
    pub(crate) async fn forget(&self) -> Result<Arc<ActiveProfile>, NotOpen> {
        self.may_change()?;
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
        // Closes the account first, so that no job uses it while its secrets are deleted.
        *guard = Err(NotOpen::opening());
        let folder = self.opener.folder.clone();
        let forgotten =
            aside(OsKeyring::within(UNLOCK_LIMIT), move |keyring| opening::forget_profile(&folder, keyring)).await;
        let outcome = match &forgotten {
            Ok(()) => self.opener.sandbox().await.map(|sandbox| Opened::Profile(Box::new(sandbox))),
            // The account could not be forgotten, so it is opened again.
            Err(_) => self.opener.account().await,
        };
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        forgotten?;
        self.current().await
    }

    /// The folder of the open account's database, or of the database that could not be opened.
    pub(crate) async fn data_folder(&self) -> Result<PathBuf, NotOpen> {
        match &*self.current.read().await {
            Ok(here) => Ok(here.folder.clone()),
            Err(error) => error.folder_to_restore().map(Path::to_owned).ok_or_else(|| error.clone()),
        }
    }

    /// Replaces the database by a backup. If no account was open because of the database, opens the account afterwards.
    pub(crate) async fn restore(&self, copy: PathBuf) -> Result<Restored, NotOpen> {
        if let Ok(here) = self.current().await {
            let context = here.context.clone();
            return Ok(blocking(move || backups::restore_desk(&context, &copy)).await?);
        }
        self.mend(move |folder| backups::restore(folder, &copy, SystemClock.now())).await
    }

    /// Starts with an empty database in place of a lost or damaged one.
    pub(crate) async fn begin_anew(&self) -> Result<Restored, NotOpen> {
        self.mend(|folder| backups::begin_anew(folder, SystemClock.now())).await
    }

    async fn mend(
        &self,
        work: impl FnOnce(&Path) -> Result<Restored, Error> + Send + 'static,
    ) -> Result<Restored, NotOpen> {
        // The lock is held until the end, so that nothing opens the account meanwhile.
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

/// The platform of a context that only stores a choice.
fn quiet() -> Platform {
    Platform { secrets: None, notifier: Arc::new(Quiet), events: Arc::new(Quiet), local_join_page: None }
}

/// Runs work with the keyring on a thread for blocking work, because the keyring may wait for the person.
async fn aside(
    keyring: OsKeyring,
    work: impl FnOnce(&OsKeyring) -> Result<(), Error> + Send + 'static,
) -> Result<(), NotOpen> {
    let done = tauri::async_runtime::spawn_blocking(move || work(&keyring));
    Ok(done.await.map_err(|_| internal())??)
}

/// Runs work on files on a thread for blocking work, so that the window does not wait.
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

/// Checks whether the keyring of this computer can store secrets.
pub(crate) async fn probe() -> Result<(), SecretError> {
    let answer = tauri::async_runtime::spawn_blocking(|| OsKeyring::within(UNLOCK_LIMIT).probe());
    answer.await.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))
}
