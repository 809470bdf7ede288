//! The operating system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! The window and the CLI share it, so it lives beside the core's other I/O; tests use [`crate::ports::MemorySecrets`].

use ::keyring::{Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};

use crate::ports::{SecretError, SecretName, SecretStore};

/// The name our entries stand under.
const SERVICE: &str = "org.hajime.desktop";

/// The keyring.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsKeyring;

impl OsKeyring {
    /// Finds out whether secrets can be kept, by keeping one and reading it back.
    ///
    /// A keyring that answers but is locked without anybody to unlock it shows only when it is used.
    pub fn probe(self) -> Result<(), SecretError> {
        let entry = entry("probe")?;
        entry.set_password("probe").map_err(translate)?;
        let read = entry.get_password().map_err(translate)?;
        entry.delete_credential().map_err(translate)?;
        if read == "probe" { Ok(()) } else { Err(SecretError::Failed("it gave back something else".into())) }
    }
}

fn entry(name: &str) -> Result<Entry, SecretError> {
    Entry::new(SERVICE, name).map_err(translate)
}

/// Words for a keyring error. The crate's own words can carry the secret's bytes for two of them.
fn translate(error: Error) -> SecretError {
    match error {
        Error::NoDefaultStore => SecretError::Unavailable(
            Entry::store_status().as_ref().err().map_or_else(|| "none was found".into(), ToString::to_string),
        ),
        Error::NoStorageAccess(why) => SecretError::Unavailable(why.to_string()),
        Error::PlatformFailure(why) => SecretError::Failed(why.to_string()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => SecretError::Failed("the entry is unreadable".into()),
        Error::NoEntry => SecretError::Failed("the entry is gone".into()),
        _ => SecretError::Failed("it refused".into()),
    }
}

impl SecretStore for OsKeyring {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        match entry(&name.entry())?.get_password() {
            Ok(value) => Ok(Some(SecretString::from(value))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(translate(error)),
        }
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        entry(&name.entry())?.set_password(value.expose_secret()).map_err(translate)
    }

    fn remove(&self, name: &SecretName) -> Result<(), SecretError> {
        match entry(&name.entry())?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(translate(error)),
        }
    }
}
