//! The operating system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! The window and the CLI share it, so it lives beside the core's other I/O; tests use [`crate::ports::MemorySecrets`].
//!
//! A keyring may ask somebody for its password and never be answered, and the message bus may be silent itself. So every question is
//! asked on a thread of its own and given a limit. The thread of a question that is never answered stays until the process ends: it
//! cannot be stopped, and ending does not wait for it. Every question opens the keyring anew (a few milliseconds), so one that was
//! absent or locked can be asked again without starting the app again.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};

use crate::ports::{SecretError, SecretName, SecretStore};

/// The name our entries stand under.
const SERVICE: &str = "org.hajime.desktop";
/// How long a keyring that did not answer in time is left alone, so that whoever waits for it waits once.
const SILENCE_BACKOFF: Duration = Duration::from_secs(60);

/// The keyring, asked with a limit. Clones know of each other's trouble.
#[derive(Debug, Clone)]
pub struct OsKeyring {
    limit: Duration,
    trouble: Arc<Mutex<Option<(Instant, SecretError)>>>,
}

impl OsKeyring {
    /// A keyring of which every answer is awaited for at most this long.
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self { limit, trouble: Arc::default() }
    }

    /// A keyring whose last error is already known.
    #[must_use]
    pub fn troubled(self, error: SecretError) -> Self {
        self.note(&Err::<(), _>(error));
        self
    }

    /// Asks for a secret, waiting for as long as it takes. The answer comes to `hear` on another thread, or never.
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
            // The caller may have stopped waiting.
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

    /// Keeps something and reads it back: a keyring that is locked, without anybody to unlock it, shows only when it is used.
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

/// Words for a keyring error. The crate's own words can carry the secret's bytes for two of them.
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
    fn a_keyring_that_does_not_answer_is_waited_for_once() {
        let keyring = OsKeyring::within(Duration::from_millis(30));
        let asked = Instant::now();
        let never = || loop {
            std::thread::park();
        };
        assert_eq!(keyring.ask::<()>(never), Err(SecretError::Silent(Duration::from_millis(30))));
        assert!(asked.elapsed() >= Duration::from_millis(30));
        let clone = keyring.clone();
        assert_eq!(clone.ask(|| -> Result<(), _> { unreachable!("it is left alone") }), Err(clone.trouble().unwrap()));
        assert!(matches!(keyring.trouble(), Some(SecretError::Silent(_))));
    }

    #[test]
    fn other_trouble_is_asked_about_again_and_forgotten_when_it_is_over() {
        let keyring = OsKeyring::within(Duration::from_secs(5)).troubled(SecretError::Locked);
        assert_eq!(keyring.trouble(), Some(SecretError::Locked));
        assert_eq!(keyring.ask(|| Ok(7)), Ok(7));
        assert_eq!(keyring.trouble(), None);
        let panics = || -> Result<(), SecretError> { std::panic::resume_unwind(Box::new(())) };
        assert!(matches!(keyring.ask(panics), Err(SecretError::Failed(_))));
    }
}
