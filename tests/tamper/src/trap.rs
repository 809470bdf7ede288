//! A foreign host that must receive nothing. It counts and keeps every byte, and answers every request with success.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::wire::{self, Answer};

/// An address of this computer that is foreign to the API, which listens on 127.0.0.1.
const FOREIGN_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Time for which a connection is read before it is answered.
const READ_TIME: Duration = Duration::from_millis(300);

/// The listener. Dropping it ends it.
#[derive(Debug)]
pub struct Trap {
    authority: String,
    heard: Arc<Mutex<Vec<u8>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Trap {
    /// Listens on a free port of an address that is not the API's.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((FOREIGN_ADDRESS, 0)).await?;
        let authority = listener.local_addr()?.to_string();
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let into = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let into = Arc::clone(&into);
                tokio::spawn(async move {
                    let mut bytes = Vec::new();
                    // A connection without a byte counts as one byte.
                    lock(&into).push(b'.');
                    while let Ok(Ok(1..)) = tokio::time::timeout(READ_TIME, stream.read_buf(&mut bytes)).await {}
                    lock(&into).append(&mut bytes);
                    drop(wire::finish(&mut stream, &Answer::new(200, "video/mp4", "not yours").bytes()).await);
                });
            }
        });
        Ok(Self { authority, heard, task })
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The number of bytes received, where each connection counts as one more.
    #[must_use]
    pub fn bytes(&self) -> usize {
        lock(&self.heard).len()
    }

    /// Whether a text was received.
    #[must_use]
    pub fn heard(&self, text: &str) -> bool {
        String::from_utf8_lossy(&lock(&self.heard)).contains(text)
    }
}

fn lock(heard: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
