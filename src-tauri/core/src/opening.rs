//! From a data folder and credentials to a [`Desk`]: the same for the window and the CLI.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use url::Url;

use crate::actions::{Desk, Error, Parts};
use crate::cloudflare::{Client, ClientConfig};
use crate::config::{self, Connection};
use crate::domain::ids::AccountId;
use crate::ports::{Clock, EventSink, Notifier, SecretName, SecretStore, SystemClock};
use crate::store::{self, Store};

/// Longest time one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Where this computer keeps Hajime's data unless told otherwise.
#[must_use]
pub fn default_folder() -> PathBuf {
    directories::ProjectDirs::from("org", "Hajime", "hajime")
        .map_or_else(|| PathBuf::from(".hajime"), |dirs| dirs.data_dir().to_owned())
}

/// The database of an account: in the folder itself for the first account, in a folder of its own for any other.
pub fn open_store(folder: &Path, account: &AccountId) -> Result<Store, store::Error> {
    let store = Store::open(folder)?;
    match store.claim_for(account) {
        Ok(()) => Ok(store),
        Err(store::Error::OtherAccount { .. }) => {
            let own = Store::open(&folder.join("accounts").join(account.as_str()))?;
            own.claim_for(account)?;
            Ok(own)
        }
        Err(error) => Err(error),
    }
}

/// The account that was connected in Settings, if there is one and its token is still in the keyring.
pub fn saved_connection(folder: &Path, base_url: Url, secrets: &dyn SecretStore) -> Result<Option<Connection>, Error> {
    if !folder.join(store::FILE_NAME).is_file() {
        return Ok(None);
    }
    let settings = Store::open(folder)?;
    let Some(account) = settings.saved_account()? else { return Ok(None) };
    let Some(token) = secrets.get(&SecretName::ApiToken(account.as_str().to_owned()))? else { return Ok(None) };
    let Some(token) = config::token_value(token.expose_secret()) else { return Ok(None) };
    let app = open_store(folder, &account)?.app()?;
    Ok(Some(Connection { base_url, account, token, app }))
}

/// Remembers an account: its id in the folder's database, its token in the keyring and nowhere else.
pub fn save_connection(folder: &Path, connection: &Connection, secrets: &dyn SecretStore) -> Result<(), Error> {
    secrets.set(&SecretName::ApiToken(connection.account.as_str().to_owned()), &connection.token)?;
    Ok(Store::open(folder)?.set_saved_account(Some(&connection.account))?)
}

/// Forgets the connected account's token. Its data stays.
pub fn forget_connection(folder: &Path, secrets: &dyn SecretStore) -> Result<(), Error> {
    let settings = Store::open(folder)?;
    if let Some(account) = settings.saved_account()? {
        secrets.remove(&SecretName::ApiToken(account.as_str().to_owned()))?;
        settings.set_saved_account(None)?;
    }
    Ok(())
}

/// A client for a connection.
pub fn client(connection: &Connection, clock: Arc<dyn Clock>) -> Result<Client, Error> {
    Ok(Client::new(ClientConfig {
        base_url: connection.base_url.clone(),
        account: connection.account.clone(),
        token: connection.token.clone(),
        user_agent: concat!("hajime/", env!("CARGO_PKG_VERSION")).to_owned(),
        timeout: REQUEST_TIMEOUT,
        clock,
    })?)
}

/// What the machine lends a desk.
pub struct Surroundings {
    /// The keyring; `None` when there is none.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// Desktop notifications.
    pub notifier: Arc<dyn Notifier>,
    /// Who listens to changes.
    pub events: Arc<dyn EventSink>,
    /// The join page this process serves, if it does.
    pub local_join_page: Option<Url>,
}

/// Opens a desk on an account, with its data below `folder`. Asks nobody anything.
pub fn open_desk(folder: &Path, connection: &Connection, surroundings: Surroundings) -> Result<Desk, Error> {
    let store = open_store(folder, &connection.account)?;
    Desk::new(Parts {
        store,
        cloud: client(connection, Arc::new(SystemClock))?,
        account: connection.account.clone(),
        app: connection.app.clone(),
        own_room_page: connection.own_room_page(),
        local_join_page: surroundings.local_join_page,
        clock: Arc::new(SystemClock),
        secrets: surroundings.secrets,
        notifier: surroundings.notifier,
        events: surroundings.events,
    })
}
