//! The operating system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! The window and the CLI share it, so it is part of the core; tests use [`crate::ports::MemorySecrets`].
//!
//! A keyring may wait for a password that nobody enters, and the message bus may not answer either. Each request
//! therefore runs on a thread of its own and has a time limit. The thread of a request without an answer cannot be
//! stopped; it stays until the process ends and does not delay that end. Each request opens the keyring again (a few
//! milliseconds), so a keyring that was absent or locked can be used later without restarting the app.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};

use crate::ports::{SecretError, SecretName, SecretStore};

/// The service name of Hajime's entries in the keyring.
const SERVICE: &str = "org.hajime.desktop";
/// How long a keyring is not asked again after it did not answer in time, so that a series of requests waits only once.
const SILENCE_BACKOFF: Duration = Duration::from_secs(60);

/// The operating system's keyring with a time limit. Clones share its last error.
#[derive(Debug, Clone)]
pub struct OsKeyring {
    limit: Duration,
    trouble: Arc<Mutex<Option<(Instant, SecretError)>>>,
}

impl OsKeyring {
    /// A keyring whose requests wait for at most `limit`.
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self { limit, trouble: Arc::default() }
    }

    /// Sets the last error of the keyring, for an error that is known already.
    #[must_use]
    pub fn troubled(self, error: SecretError) -> Self {
        self.note(&Err::<(), _>(error));
        self
    }

    /// Asks for a secret without a time limit. `hear` receives the answer on another thread, or is never called.
    pub fn get_whenever(
        name: SecretName,
        hear: impl FnOnce(Result<Option<SecretString>, SecretError>) + Send + 'static,
    ) {
        std::thread::spawn(move || hear(get(&name)));
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        if let Some((at, error @ SecretError::Silent(_))) = &*self.lock()
            && at.elapsed() < SILENCE_BACKOFF
        {
            return Err(error.clone());
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            // The receiver is closed when the caller has stopped waiting.
            let _ = sender.send(question());
        });
        let answer = receiver.recv_timeout(self.limit).unwrap_or_else(|late| {
            Err(match late {
                mpsc::RecvTimeoutError::Timeout => SecretError::Silent(self.limit),
                mpsc::RecvTimeoutError::Disconnected => SecretError::Failed("it stopped half-way".into()),
            })
        });
        self.note(&answer);
        answer
    }

    fn note<T>(&self, answer: &Result<T, SecretError>) {
        *self.lock() = answer.as_ref().err().map(|error| (Instant::now(), error.clone()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, SecretError)>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for OsKeyring {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let name = name.clone();
        self.ask(move || get(&name))
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        let (name, value) = (name.entry(), value.clone());
        self.ask(move || entry(&name)?.set_password(value.expose_secret()).map_err(translate))
    }

    fn remove(&self, name: &SecretName) -> Result<(), SecretError> {
        let name = name.entry();
        self.ask(move || remove(&name))
    }

    /// Stores a value and reads it back: a locked keyring that nobody unlocks shows its error only when it is used.
    fn probe(&self) -> Result<(), SecretError> {
        self.ask(|| {
            let entry = entry("probe")?;
            entry.set_password("probe").map_err(translate)?;
            let read = entry.get_password().map_err(translate)?;
            entry.delete_credential().map_err(translate)?;
            if read == "probe" { Ok(()) } else { Err(SecretError::Failed("it gave back something else".into())) }
        })
    }

    fn trouble(&self) -> Option<SecretError> {
        self.lock().as_ref().map(|(_, error)| error.clone())
    }
}

fn get(name: &SecretName) -> Result<Option<SecretString>, SecretError> {
    match entry(&name.entry())?.get_password() {
        Ok(value) => Ok(Some(SecretString::from(value))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(translate(error)),
    }
}

fn remove(name: &str) -> Result<(), SecretError> {
    match entry(name)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(translate(error)),
    }
}

fn entry(name: &str) -> Result<Entry, SecretError> {
    open()?.build(SERVICE, name, None).map_err(translate)
}

#[cfg(target_os = "macos")]
fn open() -> Result<Arc<CredentialStore>, SecretError> {
    let store: Arc<CredentialStore> = apple_native_keyring_store::keychain::Store::new().map_err(absent)?;
    Ok(store)
}

#[cfg(windows)]
fn open() -> Result<Arc<CredentialStore>, SecretError> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new().map_err(absent)?;
    Ok(store)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open() -> Result<Arc<CredentialStore>, SecretError> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new().map_err(absent)?;
    Ok(store)
}

fn absent(error: Error) -> SecretError {
    match error {
        Error::PlatformFailure(why) | Error::NoStorageAccess(why) => SecretError::Unavailable(why.to_string()),
        _ => SecretError::Unavailable("none was found".into()),
    }
}

/// Converts an error of the keyring crate. Two of the crate's messages can contain the bytes of the secret, so these
/// are not used.
fn translate(error: Error) -> SecretError {
    match error {
        Error::NoStorageAccess(_) => SecretError::Locked,
        Error::PlatformFailure(why) => SecretError::Failed(why.to_string()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => SecretError::Failed("the entry is unreadable".into()),
        Error::NoEntry => SecretError::Failed("the entry is gone".into()),
        _ => SecretError::Failed("it refused".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_keyring_did_not_answer_the_next_request_fails_without_waiting() {
        let keyring = OsKeyring::within(Duration::from_millis(30));
        let asked = Instant::now();
        let never = || loop {
            std::thread::park();
        };
        assert_eq!(keyring.ask::<()>(never), Err(SecretError::Silent(Duration::from_millis(30))));
        assert!(asked.elapsed() >= Duration::from_millis(30));
        let clone = keyring.clone();
        assert_eq!(clone.ask(|| -> Result<(), _> { unreachable!("asked again") }), Err(clone.trouble().unwrap()));
        assert!(matches!(keyring.trouble(), Some(SecretError::Silent(_))));
    }

    #[test]
    fn after_any_other_error_the_keyring_is_asked_again_and_a_success_clears_the_error() {
        let keyring = OsKeyring::within(Duration::from_secs(5)).troubled(SecretError::Locked);
        assert_eq!(keyring.trouble(), Some(SecretError::Locked));
        assert_eq!(keyring.ask(|| Ok(7)), Ok(7));
        assert_eq!(keyring.trouble(), None);
        let panics = || -> Result<(), SecretError> { std::panic::resume_unwind(Box::new(())) };
        assert!(matches!(keyring.ask(panics), Err(SecretError::Failed(_))));
    }
}
