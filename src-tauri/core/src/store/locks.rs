//! The lock files of a data folder, which decide what a process may do.
//!
//! The operating system releases a lock when its process ends, for whatever reason. A lock that another process holds
//! is an ordinary answer. A lock that cannot be used is an error that names the file. On a file system without locks,
//! Hajime works without them.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use crate::store::{Error, words};

/// The file of the room lock.
pub const ROOMS: &str = "turn.lock";
/// The lock file of the process that runs the jobs. The lock shows that a Hajime process works on the data.
pub const JOBS: &str = "jobs.lock";

/// The answer to a request for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// This process has taken the lock.
    Mine,
    /// Another process, or another open file of this process, has the lock.
    SomebodyElses,
    /// The file system has no locks: `ENOLCK`, `ENOSYS` or `EOPNOTSUPP`.
    Unsupported,
}

/// Tries to take the lock on an open file, without waiting.
pub fn ask(file: &File) -> io::Result<Asked> {
    match file.try_lock() {
        Ok(()) => Ok(Asked::Mine),
        Err(TryLockError::WouldBlock) => Ok(Asked::SomebodyElses),
        Err(TryLockError::Error(error)) if is_unsupported(&error) => {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| {
                tracing::warn!("this file system has no locks; only one Hajime at a time may work on this data");
            });
            Ok(Asked::Unsupported)
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    #[cfg(unix)]
    let by_number = matches!(error.raw_os_error(), Some(libc::ENOLCK | libc::ENOSYS | libc::EOPNOTSUPP));
    #[cfg(not(unix))]
    let by_number = false;
    by_number || error.kind() == io::ErrorKind::Unsupported
}

/// A lock file. It is opened once and stays open, so that taking the lock needs no new file descriptor.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    opened: Mutex<Option<Arc<Opened>>>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    taken: AtomicBool,
    unsupported: AtomicBool,
}

impl LockFile {
    /// Opens the lock file at a path. Where this fails, it is tried again when the lock is needed.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        let opened = open(&path).ok().map(Arc::new);
        Self { path, opened: Mutex::new(opened) }
    }

    /// Takes the lock; `None` when another process or another part of this one has it.
    pub fn take(&self) -> Result<Option<Held>, Error> {
        let refused = |error: &io::Error| Error::Lock { path: self.path.clone(), why: words(error) };
        let opened = {
            let mut slot = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            match &*slot {
                Some(opened) => Arc::clone(opened),
                None => Arc::clone(slot.insert(Arc::new(open(&self.path).map_err(|error| refused(&error))?))),
            }
        };
        // The operating system would grant the lock again on the same open file, so this process checks first.
        if opened.taken.swap(true, Ordering::SeqCst) {
            return Ok(None);
        }
        match ask(&opened.file) {
            Ok(Asked::Mine) => Ok(Some(Held(opened))),
            Ok(Asked::Unsupported) => {
                opened.unsupported.store(true, Ordering::Relaxed);
                Ok(Some(Held(opened)))
            }
            Ok(Asked::SomebodyElses) => {
                opened.taken.store(false, Ordering::SeqCst);
                Ok(None)
            }
            Err(error) => {
                opened.taken.store(false, Ordering::SeqCst);
                Err(refused(&error))
            }
        }
    }

    /// Returns whether the file system was found to have no locks.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().is_some_and(|opened| opened.unsupported.load(Ordering::Relaxed))
    }

    /// Returns whether this process holds the lock through this value.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().is_some_and(|opened| opened.taken.load(Ordering::SeqCst))
    }

    /// Returns the folder of the lock file.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct Held(Arc<Opened>);

impl Drop for Held {
    fn drop(&mut self) {
        if !self.0.unsupported.load(Ordering::Relaxed)
            && let Err(error) = self.0.file.unlock()
        {
            tracing::warn!(%error, "a lock could not be given back");
        }
        self.0.taken.store(false, Ordering::SeqCst);
    }
}

fn open(path: &Path) -> io::Result<Opened> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(Opened { file: options.open(path)?, taken: AtomicBool::new(false), unsupported: AtomicBool::new(false) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_refused_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ROOMS);
        let (one, other) = (LockFile::at(path.clone()), LockFile::at(path));
        let held = one.take().unwrap().expect("the lock is free");
        assert!(other.take().unwrap().is_none(), "the lock is held");
        assert!(one.take().unwrap().is_none(), "the same value cannot take the lock twice");
        drop(held);
        assert!(other.take().unwrap().is_some());
    }

    #[test]
    fn an_unusable_lock_file_is_named_and_works_once_it_is_usable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOBS);
        std::fs::create_dir(&path).unwrap();
        let lock = LockFile::at(path.clone());
        let error = lock.take().unwrap_err();
        assert_eq!(error.to_string(), format!("the lock {} cannot be used: is a directory", path.display()));
        std::fs::remove_dir(&path).unwrap();
        assert!(lock.take().unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn only_enolck_enosys_and_eopnotsupp_mean_that_there_are_no_locks() {
        let unsupported = |code| is_unsupported(&io::Error::from_raw_os_error(code));
        assert!([libc::ENOLCK, libc::ENOSYS, libc::EOPNOTSUPP].into_iter().all(unsupported));
        assert!(![libc::EACCES, libc::EROFS, libc::EIO, libc::EMFILE, libc::EISDIR].into_iter().any(unsupported));
    }
}
