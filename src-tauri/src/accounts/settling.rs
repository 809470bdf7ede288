//! Stores the result of opening an account in the slot that commands read, and handles a late answer of the keyring.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hajime_core::keyring::OsKeyring;
use hajime_core::ports::SecretError;
use hajime_core::supervisor::Supervisor;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

use super::opener::{Opened, Opener};
use super::{ActiveProfile, NotOpen, Slot, internal};

/// How long opening waits for the keyring before the page says that Hajime is waiting for it.
const KEYRING_NOTICE_DELAY: Duration = Duration::from_secs(1);

/// Runs the opening of an account. If it panics, an error is stored in the slot. Otherwise the window would say for
/// ever that the account is being opened.
pub(super) async fn answered(
    opener: &Opener,
    slot: &RwLock<Result<Arc<ActiveProfile>, NotOpen>>,
    opening: impl Future<Output = ()>,
) {
    if Supervisor::default().caught("opening the account", opening).await.is_err() {
        *slot.write().await = Err(internal().into());
        opener.announce();
    }
}

/// Puts the outcome of opening into the slot. If the keyring has to be asked and is slow, the slot says that Hajime
/// waits for the keyring until its answer arrives.
pub(super) async fn settle(
    opener: Arc<Opener>,
    slot: Slot,
    mut guard: OwnedRwLockWriteGuard<Result<Arc<ActiveProfile>, NotOpen>>,
    outcome: Result<Opened, NotOpen>,
) {
    let (saved, notes) = match outcome {
        Ok(Opened::Profile(profile)) => {
            *guard = Ok(Arc::new(*profile));
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
        // Fails if the receiver is gone, because the app is closing.
        let _ = sender.send(answer);
    });
    match tokio::time::timeout(KEYRING_NOTICE_DELAY, &mut answer).await {
        Ok(answer) => {
            *guard =
                opener.with_answer(&saved, notes, answer.map_err(|_| SecretError::Failed("it stopped".into()))).await;
            opener.announce();
        }
        Err(_) => {
            *guard = Err(NotOpen::keyring_waiting(&saved.account));
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
