//! Opens a [`Context`], given a data folder and credentials, in the same way for the window and the CLI.

pub mod choice;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::cloudflare::{ApiToken, Client, ClientConfig, Pace};
use crate::config::{self, CLOUDFLARE_BASE_URL, ConfigError, Profile};
use crate::context::{Context, ContextParts};
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{AccountId, AppId};
use crate::error::{Error, UserError};
use crate::ports::{Clock, EventSink, Notifier, SecretError, SecretName, SecretStore, SystemClock};
use crate::store::installation::{ConnectedProfile, Installation};
use crate::store::{self, Store, restore};

/// The longest time that one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The data folder on this computer, unless another one is named: where the system keeps the data of apps, or else
/// `.hajime` in the working folder.
#[must_use]
pub fn default_folder() -> PathBuf {
    directories::ProjectDirs::from("org", "Hajime", "hajime")
        .map_or_else(|| PathBuf::from(".hajime"), |dirs| dirs.data_dir().to_owned())
}

/// Opens the database of an account. The first account has it in the data folder itself; every other account has a
/// folder of its own below it.
pub fn open_store(folder: &Path, account: &AccountId) -> Result<Store, store::Error> {
    let store = store_of(folder, account)?;
    store.belongs_to(&mut Installation::open(folder)?)?;
    Ok(store)
}

fn store_of(folder: &Path, account: &AccountId) -> Result<Store, store::Error> {
    let own = folder_of_its_own(folder, account);
    let first = Store::open(folder)?;
    // A database that was begun anew has no owner yet. It must not go to an account that has a database elsewhere, and
    // must not go to another account than the former owner.
    if first.owner()?.is_none() {
        let another = || restore::owner(folder).is_some_and(|owner| owner != *account);
        if Store::is_in(&own).unwrap_or(true) || another() {
            return claimed(Store::open(&own)?, account);
        }
    }
    match first.claim_for(account) {
        Ok(()) => Ok(first),
        Err(store::Error::OtherAccount { .. }) => claimed(Store::open(&own)?, account),
        Err(error) => Err(error),
    }
}

fn claimed(store: Store, account: &AccountId) -> Result<Store, store::Error> {
    store.claim_for(account)?;
    Ok(store)
}

/// The folder of an account that does not use the data folder itself.
fn folder_of_its_own(folder: &Path, account: &AccountId) -> PathBuf {
    let others = folder.join("accounts");
    let mine = others.join(account.as_str());
    if mine.exists() {
        return mine;
    }
    // Earlier versions spelt the folder's name as the person typed the id, with capitals or without.
    let spelt = |name: &str| name.eq_ignore_ascii_case(account.as_str());
    let named = std::fs::read_dir(&others).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut typed = named.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(spelt));
    typed.next().unwrap_or(mine)
}

/// A database folder and the account that owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The owner; `None` if the database is new, or is damaged and has no backup that names the owner.
    pub account: Option<AccountId>,
    /// The folder of the database.
    pub folder: PathBuf,
}

/// The databases of all accounts in a data folder, the one in the folder itself first. Opens no database for work,
/// because one of them may be damaged.
#[must_use]
pub fn owned(folder: &Path) -> Vec<Owned> {
    let others = std::fs::read_dir(folder.join("accounts")).into_iter().flatten().flatten();
    let mut all: Vec<Owned> = others
        .filter_map(|entry| {
            let account = entry.file_name().to_str()?.parse().ok()?;
            entry.path().is_dir().then(|| Owned { account: Some(account), folder: entry.path() })
        })
        .collect();
    all.sort_by(|one, other| one.folder.cmp(&other.folder));
    all.insert(0, Owned { account: restore::owner(folder), folder: folder.to_owned() });
    all
}

/// Checks whether the database in a folder can be used. It is an error if it is damaged or was lost.
pub fn look_at(folder: &Path) -> Result<(), Error> {
    Ok(restore::look_at(folder)?)
}

/// The account that a person connected in Settings. Its token is in the keyring, or was given for one run only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedAccount {
    /// The id of the account.
    pub account: AccountId,
    /// The address of its API at the time it was connected.
    pub base_url: Url,
}

impl SavedAccount {
    /// The name of the keyring's entry for the token.
    #[must_use]
    pub fn token_name(&self) -> SecretName {
        SecretName::ApiToken(self.account.as_str().to_owned())
    }

    /// The profile of the account with the token `kept` from the keyring. A missing token is an error, and no other
    /// account is opened in its place.
    pub fn connection(&self, kept: Option<&SecretString>) -> Result<Profile, SecretError> {
        let unusable = || SecretError::Failed("the token in it is unusable".into());
        let token = config::token_value(kept.ok_or(SecretError::Gone)?.expose_secret()).ok_or_else(unusable)?;
        let Self { account, base_url } = self.clone();
        // The database has the app that a person chose.
        Ok(Profile { base_url, account, token, app: None })
    }
}

/// The RealtimeKit app that was chosen or found for an account at this desk; `None` if there is none or if its database
/// cannot be read.
#[must_use]
pub fn chosen_app(folder: &Path, account: &AccountId) -> Option<AppId> {
    let owned = owned(folder).into_iter().find(|owned| owned.account.as_ref() == Some(account))?;
    Store::open(&owned.folder).ok()?.app().ok()?
}

/// The account that was connected in Settings, if there is one. Does not ask the keyring.
pub fn saved_account(folder: &Path) -> Result<Option<SavedAccount>, Error> {
    if !Store::is_in(folder)? {
        return Ok(None);
    }
    drop(Store::open(folder)?);
    connected_in(folder, &Installation::open(folder)?)
}

fn connected_in(folder: &Path, installation: &Installation) -> Result<Option<SavedAccount>, Error> {
    let Some(connected) = installation.connected()? else { return Ok(None) };
    let ConnectedProfile { account, address, .. } = connected;
    let base_url = config::base_url(address.as_deref().unwrap_or(CLOUDFLARE_BASE_URL))
        .map_err(|_| store::Error::unreadable("API address", address.unwrap_or_default()))?;
    // A database that cannot be used is reported before the keyring is asked.
    drop(open_store(folder, &account)?);
    Ok(Some(SavedAccount { account, base_url }))
}

/// Saves a connected account: its id and address in the folder's `installation.db`, its token in the keyring only.
///
/// If the keyring does not keep the token, the account is saved nevertheless, and the inner result is the keyring's
/// error.
pub fn save_profile(
    folder: &Path,
    connection: &Profile,
    secrets: &dyn SecretStore,
) -> Result<Result<(), SecretError>, Error> {
    let kept = secrets.set(&SecretName::ApiToken(connection.account.as_str().to_owned()), &connection.token);
    let address = connection.base_url.as_str().trim_end_matches('/');
    let address = (address != CLOUDFLARE_BASE_URL).then_some(address);
    let settings = Store::open(folder)?;
    let mut installation = Installation::open(folder)?;
    // If the same account was connected before, the keyring may still have its token.
    let before = installation.connected()?.filter(|before| before.account == connection.account);
    let was_kept = before.is_some_and(|before| before.token_kept);
    installation.connect(&ConnectedProfile {
        account: connection.account.clone(),
        address: address.map(str::to_owned),
        token_kept: kept.is_ok() || was_kept,
    })?;
    settings.belongs_to(&mut installation)?;
    // They were those of the token from before. A database that cannot be used is reported when it is opened.
    if let Err(error) = open_store(folder, &connection.account).and_then(|store| store.set_token_rights(None)) {
        tracing::debug!(%error, "the rights of the earlier token could not be forgotten");
    }
    Ok(kept)
}

/// Disconnects the account: removes all its secrets from the keyring, then forgets the account. Its data stays.
///
/// Nothing may use the account meanwhile. If the keyring does not remove a secret, the account stays connected, so that
/// this can be tried again.
pub fn forget_profile(folder: &Path, secrets: &dyn SecretStore) -> Result<(), Error> {
    let settings = Store::open(folder)?;
    let mut installation = Installation::open(folder)?;
    let Some(ConnectedProfile { account, token_kept, .. }) = installation.connected()? else { return Ok(()) };
    let data = open_store(folder, &account)?;
    let of_account = |name: fn(String) -> SecretName| name(account.as_str().to_owned());
    let channels = [
        SecretName::WebhookSecret,
        SecretName::EarlierWebhookSecret,
        SecretName::SlackAddress,
        SecretName::SmtpPassword,
    ]
    .map(of_account);
    let token = of_account(SecretName::ApiToken);
    for name in data.secret_names()?.into_iter().chain(channels).chain([token]) {
        match secrets.remove(&name) {
            Ok(()) => {}
            // The token was never kept, so the keyring has nothing to remove.
            Err(SecretError::Unavailable(_)) if !token_kept => break,
            Err(error) => return Err(error.into()),
        }
    }
    data.forget_signing_keys(SystemClock.now())?;
    installation.forget()?;
    Ok(settings.belongs_to(&mut installation)?)
}

/// Makes the data folder if it does not exist, readable by its owner only.
pub fn make_data_folder(folder: &Path) -> std::io::Result<()> {
    store::make_private_folder(folder)
}

/// Whether the file system of a folder has locks. If not, only one process of Hajime at a time may use the data.
#[must_use]
pub fn has_locks(folder: &Path) -> bool {
    store::has_locks(folder)
}

/// Makes a client with the credentials of a profile.
pub fn client(connection: &Profile, clock: Arc<dyn Clock>) -> Result<Client, Error> {
    let token = ApiToken::Known(connection.token.clone());
    client_with(connection.base_url.clone(), connection.account.clone(), token, clock)
}

fn client_with(base_url: Url, account: AccountId, token: ApiToken, clock: Arc<dyn Clock>) -> Result<Client, Error> {
    let user_agent = concat!("hajime/", env!("CARGO_PKG_VERSION")).to_owned();
    let (timeout, pace) = (REQUEST_TIMEOUT, Pace::default());
    Ok(Client::new(ClientConfig { base_url, account, token, user_agent, timeout, clock, pace })?)
}

/// The services of the machine that a context uses.
pub struct Platform {
    /// The keyring; `None` when there is none.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Shows desktop notifications.
    pub notifier: Arc<dyn Notifier>,
    /// The listener for changes of the data.
    pub events: Arc<dyn EventSink>,
    /// The join page that this process serves; `None` if it serves none.
    pub local_join_page: Option<Url>,
}

/// Opens a desk on an account, with its data in `folder` or below it. Sends no request and does not ask the keyring.
pub fn open_context(folder: &Path, connection: &Profile, surroundings: Platform) -> Result<Context, Error> {
    let cloudflare = client(connection, Arc::new(SystemClock))?;
    let own_room_page = connection.own_room_page();
    context(folder, &connection.account, connection.app.clone(), cloudflare, own_room_page, surroundings)
}

/// Opens a desk on the account that was connected in Settings. Only the first request to Cloudflare asks the keyring
/// for the token, so everything that needs no request works without it.
pub fn open_saved_context(
    folder: &Path,
    saved: &SavedAccount,
    keyring: Arc<dyn SecretStore>,
    surroundings: Platform,
) -> Result<Context, Error> {
    let token = ApiToken::Kept(keyring, saved.token_name());
    let cloudflare = client_with(saved.base_url.clone(), saved.account.clone(), token, Arc::new(SystemClock))?;
    context(folder, &saved.account, None, cloudflare, config::own_room_page(&saved.base_url), surroundings)
}

fn context(
    folder: &Path,
    account: &AccountId,
    app: Option<AppId>,
    cloudflare: Client,
    own_room_page: Option<Url>,
    surroundings: Platform,
) -> Result<Context, Error> {
    Context::new(ContextParts {
        store: open_store(folder, account)?,
        cloudflare,
        account: account.clone(),
        app,
        own_room_page,
        local_join_page: surroundings.local_join_page,
        clock: Arc::new(SystemClock),
        secrets: surroundings.secrets,
        notifier: surroundings.notifier,
        events: surroundings.events,
    })
}

impl From<ConfigError> for UserError {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorCode::InvalidInput, format!("{error}."), error.next())
    }
}
