//! Which account the window is on: a connected one, or the embedded sandbox. Switching replaces the desk and everything that works for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cloudflare_sandbox::Sandbox;
use hajime_core::actions::Desk;
use hajime_core::config::{self, Connection};
use hajime_core::jobs::Driver;
use hajime_core::keyring::OsKeyring;
use hajime_core::opening::{self, Surroundings};
use hajime_core::ports::{EventSink, SecretError, SecretStore, Topic};
use secrecy::SecretString;
use tauri::{AppHandle, Emitter as _};
use tokio::sync::RwLock;

use crate::Options;
use crate::ipc::dto::desk::ChangedDto;
use crate::ipc::error::IpcError;
use crate::platform::{loopback::Loopback, notifications::Desktop};

/// How long the keyring may take to answer before the window goes on without it. Somebody may have to type its password.
const KEYRING_PATIENCE: Duration = Duration::from_secs(20);

/// Where the credentials came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody gave any: the embedded sandbox.
    Sandbox,
    /// Environment or `.env`.
    Environment,
    /// Connected in Settings and kept in the keyring.
    Keyring,
    /// Connected in Settings on a computer without a keyring: gone with the process.
    Memory,
}

/// A desk and what keeps it going. Dropping it stops its jobs and its sandbox.
pub(crate) struct Connected {
    /// The desk.
    pub(crate) desk: Desk,
    /// Where its credentials came from.
    pub(crate) source: Source,
    /// Why secrets cannot be kept, if they cannot.
    pub(crate) keyring: Result<(), SecretError>,
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
    current: Arc<RwLock<Result<Arc<Connected>, IpcError>>>,
    opener: Arc<Opener>,
}

struct Opener {
    app: AppHandle,
    options: Options,
    folder: PathBuf,
    loopback: tokio::sync::OnceCell<Option<Loopback>>,
}

impl Accounts {
    /// Begins to open the account; whoever asks before it is open waits.
    pub(crate) fn open(app: AppHandle, options: Options) -> Self {
        let folder = options.data_dir.clone().unwrap_or_else(opening::default_folder);
        let opener = Arc::new(Opener { app, options, folder, loopback: tokio::sync::OnceCell::new() });
        let current = Arc::new(RwLock::new(Err(IpcError::opening())));
        let (slot, first) = (Arc::clone(&current), Arc::clone(&opener));
        // Held before the task runs, so that no command ever sees the placeholder.
        let guard = tauri::async_runtime::block_on(slot.write_owned());
        tauri::async_runtime::spawn(async move {
            let mut guard = guard;
            *guard = first.first().await.map(Arc::new);
            drop(guard);
            first.announce();
        });
        Self { current, opener }
    }

    /// The desk in use, or why there is none.
    pub(crate) async fn current(&self) -> Result<Arc<Connected>, IpcError> {
        self.current.read().await.clone()
    }

    /// Connects an account for good (keyring) or for this run (none).
    pub(crate) async fn connect(&self, connection: Connection) -> Result<Arc<Connected>, IpcError> {
        let keyring = probe().await;
        if keyring.is_ok() {
            opening::save_connection(&self.opener.folder, &connection, &OsKeyring)?;
        }
        let source = if keyring.is_ok() { Source::Keyring } else { Source::Memory };
        let opened = Arc::new(self.opener.desk(&connection, source, keyring, None, &self.opener.folder).await?);
        self.replace(Ok(Arc::clone(&opened))).await;
        Ok(opened)
    }

    /// Forgets the connected account and goes back to the sandbox.
    pub(crate) async fn forget(&self) -> Result<Arc<Connected>, IpcError> {
        if self.current().await.is_ok_and(|here| here.source == Source::Environment) {
            return Err(IpcError::new(
                "conflict",
                "This account comes from the environment or a .env file.",
                "Remove CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN there, then start Hajime again.",
            ));
        }
        opening::forget_connection(&self.opener.folder, &OsKeyring)?;
        let opened = Arc::new(self.opener.sandbox().await?);
        self.replace(Ok(Arc::clone(&opened))).await;
        Ok(opened)
    }

    async fn replace(&self, next: Result<Arc<Connected>, IpcError>) {
        *self.current.write().await = next;
        self.opener.announce();
    }
}

impl Opener {
    async fn first(&self) -> Result<Connected, IpcError> {
        if self.options.sandbox {
            return self.sandbox().await;
        }
        let env_files = [PathBuf::from(".env"), self.folder.join(".env")];
        if let Some(connection) = config::connection(|name| std::env::var(name).ok(), &env_files)? {
            return self.desk(&connection, Source::Environment, probe().await, None, &self.folder).await;
        }
        let keyring = probe().await;
        if keyring.is_ok()
            && let Some(connection) = opening::saved_connection(
                &self.folder,
                config::api_address(|name| std::env::var(name).ok())?,
                &OsKeyring,
            )?
        {
            return self.desk(&connection, Source::Keyring, keyring, None, &self.folder).await;
        }
        self.sandbox().await
    }

    async fn sandbox(&self) -> Result<Connected, IpcError> {
        let folder = self.folder.join("sandbox");
        std::fs::create_dir_all(&folder).map_err(|error| {
            IpcError::new(
                "database",
                format!("The folder {} cannot be made: {error}.", folder.display()),
                "Check its permissions, or choose another with --data-dir.",
            )
        })?;
        let options = cloudflare_sandbox::Options {
            port: 0,
            state: Some(folder.join("cloudflare.db")),
            speed: self.options.sandbox_speed,
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
        let connection = Connection {
            base_url: info.base_url.parse().map_err(|_| IpcError::internal())?,
            account: info.account_id.parse().map_err(unusable)?,
            token: SecretString::from(info.api_token.clone()),
            app: Some(info.app_id.parse().map_err(unusable)?),
        };
        if let Some(file) = &self.options.sandbox_info {
            let open = serde_json::json!({
                "base_url": info.base_url, "account_id": info.account_id, "app_id": info.app_id, "control_url": info.control_url,
            });
            if let Err(error) = std::fs::write(file, open.to_string()) {
                tracing::warn!(%error, "the sandbox’s addresses could not be written");
            }
        }
        self.desk(&connection, Source::Sandbox, probe().await, Some(sandbox), &folder).await
    }

    async fn desk(
        &self,
        connection: &Connection,
        source: Source,
        keyring: Result<(), SecretError>,
        sandbox: Option<Sandbox>,
        folder: &Path,
    ) -> Result<Connected, IpcError> {
        let loopback = self.loopback.get_or_init(|| self.start_loopback()).await.clone();
        let secrets: Option<Arc<dyn SecretStore>> =
            keyring.is_ok().then(|| Arc::new(OsKeyring) as Arc<dyn SecretStore>);
        let desk = opening::open_desk(
            folder,
            connection,
            Surroundings {
                secrets,
                notifier: Arc::new(Desktop(self.app.clone())),
                events: Arc::new(WindowEvents(self.app.clone())),
                local_join_page: loopback.as_ref().and_then(Loopback::join_page),
            },
        )?;
        let folder = desk.store().folder().map_or_else(|| folder.to_owned(), Path::to_owned);
        let driver = Driver::start(desk.clone());
        Ok(Connected { desk, source, keyring, loopback, folder, _driver: driver, sandbox })
    }

    async fn start_loopback(&self) -> Option<Loopback> {
        match Loopback::start(self.app.clone()).await {
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

/// Whether secrets can be kept on this computer.
pub(crate) async fn probe() -> Result<(), SecretError> {
    let answer = tokio::task::spawn_blocking(|| OsKeyring.probe());
    match tokio::time::timeout(KEYRING_PATIENCE, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(stopped)) => Err(SecretError::Failed(stopped.to_string())),
        Err(_) => Err(SecretError::Unavailable("it did not answer".into())),
    }
}

/// Tells the page what changed.
struct WindowEvents(AppHandle);

impl EventSink for WindowEvents {
    fn changed(&self, topics: &[Topic]) {
        let changed = ChangedDto { topics: topics.iter().copied().map(Into::into).collect() };
        if let Err(error) = self.0.emit("changed", changed) {
            tracing::warn!(%error, "the window could not be told");
        }
    }
}
