//! Which account the window is on: a connected one, or the embedded sandbox. Switching replaces the desk and everything that works for it.
//!
//! The sandbox opens by itself only where no account is connected. That its token cannot be had is something to be told, with the choices
//! there are: an empty practice schedule in the place of the real one looks like a loss.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloudflare_sandbox::Sandbox;
use hajime_core::actions::profile::backups::{self, Restored};
use hajime_core::config::{self, Place, Profile, Variables};
use hajime_core::context::Context;
use hajime_core::domain::ids::AccountId;
use hajime_core::jobs::Driver;
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::choice::{self, Choice, Chosen};
use hajime_core::opening::{self, Platform, SavedAccount};
use hajime_core::ports::{Clock as _, EventSink, SecretError, SecretStore as _, SystemClock, Topic};
use hajime_core::store::make_private_folder;
use hajime_core::supervisor::Supervisor;
use secrecy::SecretString;
use tauri::{AppHandle, Emitter as _, Manager as _};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use url::Url;

use crate::Options;
use crate::ipc::dto::desk::ChangedDto;
use crate::ipc::error::IpcError;
use crate::platform::{cage::Cage, loopback::Loopback, notifications::Desktop, private_file, title::Title};

/// How long a wait for the keyring goes unmentioned when the window opens.
const KEYRING_UNMENTIONED: Duration = Duration::from_secs(1);
/// How long somebody may take to unlock the keyring when an account is connected.
const KEYRING_PATIENCE: Duration = Duration::from_secs(20);
/// How long a link or an upload waits for the keyring; both can do without.
const KEYRING_LIMIT: Duration = Duration::from_secs(3);

/// Where the credentials came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody gave any: the embedded sandbox.
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

/// A desk and what keeps it going. Dropping it stops its jobs and its sandbox.
pub(crate) struct ActiveProfile {
    /// The desk.
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
    _driver: Driver,
    /// The sandbox, when that is the account.
    pub(crate) sandbox: Option<Sandbox>,
}

/// The window's account, and how to change it.
pub(crate) struct Accounts {
    current: Arc<RwLock<Result<Arc<ActiveProfile>, IpcError>>>,
    opener: Arc<Opener>,
}

struct Opener {
    app: AppHandle,
    options: Options,
    variables: Variables,
    folder: PathBuf,
    keyring: OsKeyring,
    loopback: tokio::sync::OnceCell<Option<Loopback>>,
    /// Held while this process is on the sandbox of its data folder.
    sandbox_lock: Mutex<Option<File>>,
    /// Counts what was chosen, so that an answer of the keyring that comes after another choice changes nothing.
    choice: AtomicU64,
}

/// The outcome of opening an account.
enum Opened {
    Context(Box<ActiveProfile>),
    /// An account was connected, and its token is the keyring's to give.
    NeedsToken(SavedAccount, Vec<String>),
}

impl Accounts {
    /// Begins to open the account; whoever asks before that has come to something waits.
    pub(crate) fn open(app: AppHandle, options: Options, variables: Variables) -> Self {
        let folder = options.data_dir.clone().unwrap_or_else(opening::default_folder);
        let opener = Arc::new(Opener {
            app,
            options,
            variables,
            folder,
            keyring: OsKeyring::within(KEYRING_LIMIT),
            loopback: tokio::sync::OnceCell::new(),
            sandbox_lock: Mutex::default(),
            choice: AtomicU64::new(0),
        });
        let accounts = Self { current: Arc::new(RwLock::new(Err(IpcError::opening()))), opener };
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
    pub(crate) async fn current(&self) -> Result<Arc<ActiveProfile>, IpcError> {
        self.current.read().await.clone()
    }

    /// The desk in use, if it is open already and not being changed this very moment.
    pub(crate) fn at_hand(&self) -> Option<Arc<ActiveProfile>> {
        self.current.try_read().ok()?.clone().ok()
    }

    /// Tries again what was tried at the start, if that did not open a desk.
    pub(crate) async fn retry(&self) -> Result<Arc<ActiveProfile>, IpcError> {
        let guard = Arc::clone(&self.current).write_owned().await;
        if let Ok(here) = &*guard {
            return Ok(Arc::clone(here));
        }
        self.opener.choose();
        let outcome = self.opener.first().await;
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        self.current().await
    }

    /// Opens the account that was given or connected, in the place of what is open.
    pub(crate) async fn open_account(&self) -> Result<Arc<ActiveProfile>, IpcError> {
        self.opener.choose();
        let guard = Arc::clone(&self.current).write_owned().await;
        let outcome = self.opener.account().await;
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        self.current().await
    }

    /// Opens the sandbox for this run. A connected account stays connected.
    pub(crate) async fn open_sandbox(&self) -> Result<Arc<ActiveProfile>, IpcError> {
        self.opener.choose();
        let opened = Arc::new(self.opener.sandbox().await?);
        self.replace(Arc::clone(&opened)).await;
        Ok(opened)
    }

    /// The account that is connected, whether or not its token can be had.
    pub(crate) fn saved(&self) -> Result<Option<SavedAccount>, IpcError> {
        Ok(opening::saved_account(&self.opener.folder)?)
    }

    /// Where what is typed into the form is sent: where the environment says, where the same account was connected before, or Cloudflare.
    pub(crate) fn address_for(&self, account: &AccountId) -> Result<Url, IpcError> {
        if let Some(address) = self.opener.variables.api_address()? {
            return Ok(address);
        }
        let same = self.saved().ok().flatten().filter(|saved| saved.account == *account);
        Ok(same.map_or_else(config::cloudflare, |saved| Ok(saved.base_url))?)
    }

    /// Connects an account for good (keyring) or for this run (none).
    pub(crate) async fn connect(&self, connection: Profile) -> Result<Arc<ActiveProfile>, IpcError> {
        self.opener.choose();
        let (folder, given) = (self.opener.folder.clone(), connection.clone());
        let keyring = OsKeyring::within(KEYRING_PATIENCE);
        let saving = tauri::async_runtime::spawn_blocking(move || opening::save_profile(&folder, &given, &keyring));
        let (source, keyring) = match saving.await.map_err(|_| IpcError::internal())?? {
            Ok(()) => (Source::Keyring, OsKeyring::within(KEYRING_LIMIT)),
            Err(error) => (Source::Memory, OsKeyring::within(KEYRING_LIMIT).troubled(error)),
        };
        let opened = Arc::new(self.opener.context(&connection, source, Vec::new(), keyring).await?);
        self.replace(Arc::clone(&opened)).await;
        Ok(opened)
    }

    /// Forgets the connected account with all its secrets, and goes back to the sandbox. It need not be open.
    pub(crate) async fn forget(&self) -> Result<Arc<ActiveProfile>, IpcError> {
        let mut guard = Arc::clone(&self.current).write_owned().await;
        if guard.as_ref().is_ok_and(|here| matches!(here.source, Source::Environment | Source::File)) {
            return Err(IpcError::new(
                "conflict",
                "This account comes from the environment or a .env file.",
                "Remove CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN there, then start Hajime again.",
            ));
        }
        self.opener.choose();
        // Nothing works on the account any more when its keys go.
        *guard = Err(IpcError::opening());
        let folder = self.opener.folder.clone();
        let forgotten =
            aside(OsKeyring::within(KEYRING_PATIENCE), move |keyring| opening::forget_profile(&folder, keyring)).await;
        let outcome = match &forgotten {
            Ok(()) => self.opener.sandbox().await.map(|sandbox| Opened::Context(Box::new(sandbox))),
            // The account is still connected and opens again.
            Err(_) => self.opener.account().await,
        };
        settle(Arc::clone(&self.opener), Arc::clone(&self.current), guard, outcome).await;
        forgotten?;
        self.current().await
    }

    /// The data folder in use, or the one whose database could not be opened.
    pub(crate) async fn data_folder(&self) -> Result<PathBuf, IpcError> {
        match &*self.current.read().await {
            Ok(here) => Ok(here.folder.clone()),
            Err(error) => error.folder_to_restore().map(Path::to_owned).ok_or_else(|| error.clone()),
        }
    }

    /// Puts a copy in the place of the database, and opens the account if its database was in the way.
    pub(crate) async fn restore(&self, copy: PathBuf) -> Result<Restored, IpcError> {
        if let Ok(here) = self.current().await {
            let context = here.context.clone();
            return blocking(move || backups::restore_desk(&context, &copy)).await;
        }
        self.mend(move |folder| backups::restore(folder, &copy, SystemClock.now())).await
    }

    /// Begins with an empty database where the old one is lost or damaged.
    pub(crate) async fn begin_anew(&self) -> Result<Restored, IpcError> {
        self.mend(|folder| backups::begin_anew(folder, SystemClock.now())).await
    }

    async fn mend(
        &self,
        work: impl FnOnce(&Path) -> Result<Restored, hajime_core::error::Error> + Send + 'static,
    ) -> Result<Restored, IpcError> {
        // Held all the while: nobody opens the account in between.
        let guard = Arc::clone(&self.current).write_owned().await;
        let folder = match &*guard {
            Ok(_) => return Err(IpcError::new("conflict", "The database is in use.", "Nothing has to be restored.")),
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
    work: impl FnOnce(&OsKeyring) -> Result<(), hajime_core::error::Error> + Send + 'static,
) -> Result<(), IpcError> {
    let done = tauri::async_runtime::spawn_blocking(move || work(&keyring));
    Ok(done.await.map_err(|_| IpcError::internal())??)
}

/// Opens an account where nobody waits for the outcome. If that stops unexpectedly, it is put down that no account could be opened: the
/// window would say for ever that it is being opened.
async fn answered(
    opener: &Opener,
    slot: &RwLock<Result<Arc<ActiveProfile>, IpcError>>,
    opening: impl Future<Output = ()>,
) {
    if Supervisor::default().caught("opening the account", opening).await.is_err() {
        *slot.write().await = Err(IpcError::internal());
        opener.announce();
    }
}

/// Puts down what opening came to. If that is a question to the keyring, it is put down that somebody waits for it, and its answer when it
/// comes.
async fn settle(
    opener: Arc<Opener>,
    slot: Arc<RwLock<Result<Arc<ActiveProfile>, IpcError>>>,
    mut guard: OwnedRwLockWriteGuard<Result<Arc<ActiveProfile>, IpcError>>,
    outcome: Result<Opened, IpcError>,
) {
    let (saved, notes) = match outcome {
        Ok(Opened::Context(context)) => {
            *guard = Ok(Arc::new(*context));
            return opener.announce();
        }
        Ok(Opened::NeedsToken(saved, notes)) => (saved, notes),
        Err(error) => {
            *guard = Err(error);
            return opener.announce();
        }
    };
    let choice = opener.choice.load(Ordering::SeqCst);
    let (sender, mut answer) = tokio::sync::oneshot::channel();
    OsKeyring::get_whenever(saved.token_name(), |answer| {
        // Whoever asked may have chosen something else meanwhile.
        let _ = sender.send(answer);
    });
    match tokio::time::timeout(KEYRING_UNMENTIONED, &mut answer).await {
        Ok(answer) => {
            *guard =
                opener.with_answer(&saved, notes, answer.map_err(|_| SecretError::Failed("it stopped".into()))).await;
            opener.announce();
        }
        Err(_) => {
            *guard = Err(IpcError::keyring_waiting(&saved.account));
            drop(guard);
            opener.announce();
            tauri::async_runtime::spawn(async move {
                answered(&opener, &slot, async {
                    let answer = answer.await.map_err(|_| SecretError::Failed("it stopped".into()));
                    let mut guard = slot.write().await;
                    if opener.choice.load(Ordering::SeqCst) == choice {
                        *guard = opener.with_answer(&saved, notes, answer).await;
                        drop(guard);
                        opener.announce();
                    }
                })
                .await;
            });
        }
    }
}

type Answer = Result<Result<Option<SecretString>, SecretError>, SecretError>;

impl Opener {
    fn choose(&self) {
        self.choice.fetch_add(1, Ordering::SeqCst);
    }

    async fn first(&self) -> Result<Opened, IpcError> {
        if self.options.sandbox {
            return Ok(Opened::Context(Box::new(self.sandbox().await?)));
        }
        self.account().await
    }

    /// The account that was given or connected; the sandbox only where there is none.
    async fn account(&self) -> Result<Opened, IpcError> {
        let Chosen { choice, mut notes } = choice::choose(&self.variables, &self.folder)?;
        for note in &notes {
            tracing::warn!("{note}");
        }
        if !matches!(choice, Choice::Nobody) {
            notes.extend(self.options.without_effect_on_an_account());
        }
        match choice {
            Choice::Given(connection, place) => {
                let source = if place == Place::Environment { Source::Environment } else { Source::File };
                let context = self.context(&connection, source, notes, self.keyring.clone()).await?;
                Ok(Opened::Context(Box::new(context)))
            }
            Choice::Connected(saved) => Ok(Opened::NeedsToken(saved, notes)),
            Choice::Nobody => Ok(Opened::Context(Box::new(ActiveProfile { notes, ..self.sandbox().await? }))),
        }
    }

    async fn with_answer(
        &self,
        saved: &SavedAccount,
        notes: Vec<String>,
        answer: Answer,
    ) -> Result<Arc<ActiveProfile>, IpcError> {
        let connection = answer.and_then(|answer| answer).and_then(|kept| saved.connection(kept.as_ref()));
        match connection {
            Ok(connection) => {
                self.leave_sandbox();
                self.context(&connection, Source::Keyring, notes, self.keyring.clone()).await.map(Arc::new)
            }
            Err(error) => {
                tracing::warn!(%error, "the account’s token cannot be had");
                Err(IpcError::no_token(&saved.account, &error))
            }
        }
    }

    fn leave_sandbox(&self) {
        *self.sandbox_lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Two processes on one sandbox would each undo what the other does.
    fn enter_sandbox(&self, folder: &Path) -> Result<(), IpcError> {
        let mut held = self.sandbox_lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let path = folder.join("open.lock");
        match File::options().create(true).truncate(false).write(true).open(path) {
            Ok(file) => match file.try_lock() {
                Ok(()) => *held = Some(file),
                Err(TryLockError::WouldBlock) => {
                    return Err(IpcError::new(
                        "conflict",
                        "The sandbox is open in another Hajime window.",
                        "Close that window, then try again.",
                    ));
                }
                Err(TryLockError::Error(error)) => tracing::warn!(%error, "the sandbox cannot be locked here"),
            },
            Err(error) => tracing::warn!(%error, "the sandbox cannot be locked here"),
        }
        Ok(())
    }

    async fn sandbox(&self) -> Result<ActiveProfile, IpcError> {
        let folder = self.folder.join("sandbox");
        make_private_folder(&folder).map_err(|error| {
            IpcError::new(
                "database",
                format!("The folder {} cannot be made: {error}.", folder.display()),
                "Check its permissions, or choose another with --data-dir.",
            )
        })?;
        self.enter_sandbox(&folder)?;
        let options = cloudflare_sandbox::Options {
            port: 0,
            state: Some(folder.join("cloudflare.db")),
            speed: self.options.sandbox_speed.unwrap_or(1.0),
        };
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            IpcError::new(
                "internal",
                format!("The sandbox could not be started: {error}."),
                "Choose another folder with --data-dir, or connect an account.",
            )
        })?;
        let info = sandbox.info();
        let unusable = |_| IpcError::internal();
        let connection = Profile {
            base_url: info.base_url.parse().map_err(|_| IpcError::internal())?,
            account: info.account_id.parse().map_err(unusable)?,
            token: SecretString::from(info.api_token.clone()),
            app: Some(info.app_id.parse().map_err(unusable)?),
        };
        if let Some(file) = &self.options.sandbox_info {
            let open = serde_json::json!({
                "base_url": info.base_url, "account_id": info.account_id, "app_id": info.app_id, "control_url": info.control_url,
            });
            if let Err(error) = private_file::write(file, open.to_string().as_bytes()) {
                tracing::warn!(%error, "the sandbox’s addresses could not be written");
            }
        }
        let saved = opening::saved_account(&self.folder).ok().flatten().map(|saved| saved.account);
        let context = self.desk_in(&folder, &connection, Source::Sandbox, self.keyring.clone()).await?;
        Ok(ActiveProfile { sandbox: Some(sandbox), saved, ..context })
    }

    async fn context(
        &self,
        connection: &Profile,
        source: Source,
        notes: Vec<String>,
        keyring: OsKeyring,
    ) -> Result<ActiveProfile, IpcError> {
        Ok(ActiveProfile { notes, ..self.desk_in(&self.folder, connection, source, keyring).await? })
    }

    async fn desk_in(
        &self,
        folder: &Path,
        connection: &Profile,
        source: Source,
        keyring: OsKeyring,
    ) -> Result<ActiveProfile, IpcError> {
        let loopback = self.loopback.get_or_init(|| self.start_loopback()).await.clone();
        let context = opening::open_context(
            folder,
            connection,
            Platform {
                secrets: Some(Arc::new(keyring)),
                notifier: Arc::new(Desktop::new(self.app.clone())),
                events: Arc::new(WindowEvents(self.app.clone())),
                local_join_page: loopback.as_ref().and_then(Loopback::join_page),
            },
        )?;
        self.app.state::<Cage>().account_is_at(&self.app, &connection.base_url);
        let folder = context.store().folder().map_or_else(|| folder.to_owned(), Path::to_owned);
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

    fn announce(&self) {
        WindowEvents(self.app.clone()).changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings, Topic::Links]);
    }
}

/// Work on files that may take a moment, beside the window.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, hajime_core::error::Error> + Send + 'static,
) -> Result<T, IpcError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(stopped) => {
            tracing::error!(%stopped, "work on files stopped");
            Err(IpcError::internal())
        }
    }
}

/// Whether secrets can be kept on this computer.
pub(crate) async fn probe() -> Result<(), SecretError> {
    let answer = tauri::async_runtime::spawn_blocking(|| OsKeyring::within(KEYRING_PATIENCE).probe());
    answer.await.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))
}

/// Tells the page what changed.
struct WindowEvents(AppHandle);

impl EventSink for WindowEvents {
    fn changed(&self, topics: &[Topic]) {
        if topics.iter().any(|topic| matches!(topic, Topic::Sessions | Topic::Desk))
            && let Some(title) = self.0.try_state::<Title>()
        {
            title.changed();
        }
        let changed = ChangedDto { topics: topics.iter().copied().map(Into::into).collect() };
        if let Err(error) = self.0.emit("changed", changed) {
            tracing::warn!(%error, "the window could not be told");
        }
    }
}
