//! A foreign host that must receive nothing. It keeps and counts every byte, and answers every request with success.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::wire::{self, Answer};

/// An address of this computer that differs from the API's, 127.0.0.1, so that Hajime must treat it as foreign.
const FOREIGN_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Longest pause of a client before its request is answered.
const READ_TIME: Duration = Duration::from_millis(300);

/// A listener on the foreign address. Dropping it ends it.
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
    /// Starts to listen on a free port of the foreign address.
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
                    // A connection counts as one byte even if nothing is sent.
                    lock(&into).push(b'.');
                    while let Ok(Ok(1..)) = tokio::time::timeout(READ_TIME, stream.read_buf(&mut bytes)).await {}
                    lock(&into).append(&mut bytes);
                    drop(wire::finish(&mut stream, &Answer::new(200, "video/mp4", "not yours").bytes()).await);
                });
            }
        });
        Ok(Self { authority, heard, task })
    }

    /// The host and port of the trap.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the number of bytes received. Each connection counts as one more byte.
    #[must_use]
    pub fn bytes(&self) -> usize {
        lock(&self.heard).len()
    }

    /// Returns whether this text was received.
    #[must_use]
    pub fn heard(&self, text: &str) -> bool {
        String::from_utf8_lossy(&lock(&self.heard)).contains(text)
    }
}

fn lock(heard: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
