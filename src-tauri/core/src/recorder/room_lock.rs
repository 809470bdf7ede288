//! The room lock: the right to open and close rooms. Only one task of one process has it, for all processes on the same
//! data.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::context::Context;
use crate::error::Error;
use crate::store::locks::{Held, LockFile};

/// How long another process may hold the lock. One request may take half a minute, and a request without an answer is
/// repeated.
const OTHER_PROCESS_TIMEOUT: Duration = Duration::from_secs(120);
/// The time between two tries to take a lock that another process holds.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// The lock within this process.
#[derive(Debug, Default)]
struct ProcessLock(Arc<Mutex<()>>);

/// The held lock. It is released when dropped; if the process dies, the operating system releases it.
pub(crate) struct RoomLock {
    _within: OwnedMutexGuard<()>,
    _across: Option<Held>,
}

/// Takes the lock. Fails if another process holds it for too long.
pub(crate) async fn take(context: &Context) -> Result<RoomLock, Error> {
    let within = within_this_process(context).await;
    let across = match context.locks() {
        None => None,
        Some(locks) => Some(wait_for(&locks.rooms).await?),
    };
    Ok(RoomLock { _within: within, _across: across })
}

/// Takes the lock to end a session. If another process holds it for too long, the session is ended without it.
pub(crate) async fn take_for_ending(context: &Context) -> RoomLock {
    let within = within_this_process(context).await;
    let across = match context.locks() {
        None => None,
        Some(locks) => {
            wait_for(&locks.rooms).await.map_err(|error| tracing::warn!(%error, "ending without the room lock")).ok()
        }
    };
    RoomLock { _within: within, _across: across }
}

async fn within_this_process(context: &Context) -> OwnedMutexGuard<()> {
    Arc::clone(&context.service::<ProcessLock>().0).lock_owned().await
}

async fn wait_for(lock: &LockFile) -> Result<Held, Error> {
    let taken = tokio::time::timeout(OTHER_PROCESS_TIMEOUT, async {
        loop {
            match lock.take() {
                Ok(Some(held)) => return Ok(held),
                Ok(None) => tokio::time::sleep(RETRY_INTERVAL).await,
                Err(error) => return Err(error),
            }
        }
    });
    match taken.await {
        Ok(taken) => Ok(taken?),
        Err(_) => Err(Error::Conflict {
            message: "Another Hajime on this computer has been opening or closing a room for two minutes.".into(),
            next: "Close the other window or end the other command, then try again.",
        }),
    }
}
