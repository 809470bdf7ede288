//! The places of the archive: folders, and buckets that speak the protocol of Amazon S3.
//!
//! A file counts as archived only after it was read back. Nothing that has another name is ever overwritten or removed.

mod bucket;
mod folder;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::domain::library::transfer::{BucketUpload, Place, PlaceKind};

/// Bytes between two reports of progress, at least.
const REPORT_INTERVAL_BYTES: u64 = 8 << 20;
/// The most names that are listed.
const NAMES_MAX: usize = 10_000;

/// Why a place did not do what it was asked, in a sentence with the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// It may work later: the place does not answer, or it is full.
    Later(String),
    /// It does not work until a person changes something.
    Refused(String),
    /// Nobody wants it any more.
    Halted,
}

/// The size and the SHA-256 of a file at a place.
pub(crate) type Fingerprint = (u64, [u8; 32]);

/// A place that can be used.
pub(crate) enum Opened {
    Folder(PathBuf),
    Bucket(bucket::OpenBucket),
}

/// What is sent, and how far it is.
pub(crate) struct Sending<'a> {
    /// The file on this computer.
    pub(crate) from: &'a Path,
    /// Its size.
    pub(crate) size: u64,
    /// Its name at the place.
    pub(crate) name: &'a str,
    /// The upload to a bucket that goes on.
    pub(crate) upload: Option<BucketUpload>,
}

/// Is told the bytes that the place has, and the upload that they belong to. Returns whether to go on.
pub(crate) trait Report: FnMut(u64, Option<&BucketUpload>) -> bool + Send {}
impl<F: FnMut(u64, Option<&BucketUpload>) -> bool + Send> Report for F {}

/// Opens a place. A bucket needs its secret key.
pub(crate) fn open(place: &Place, secret: Option<SecretString>) -> Result<Opened, NotDone> {
    match &place.kind {
        PlaceKind::Folder { folder } => Ok(Opened::Folder(folder.clone())),
        PlaceKind::Bucket(bucket) => {
            let missing = || {
                NotDone::Refused(format!(
                    "The keyring of this computer has no secret key for “{}”. Enter it again under Transfers, then resume.",
                    place.name
                ))
            };
            bucket::OpenBucket::open(bucket, &secret.ok_or_else(missing)?).map(Opened::Bucket)
        }
    }
}

impl Opened {
    /// Whether the place has something of this name.
    pub(crate) async fn has(&self, name: &str) -> Result<bool, NotDone> {
        match self {
            Self::Folder(folder) => folder::has(folder, name).await,
            Self::Bucket(bucket) => bucket.has(name).await,
        }
    }

    /// Sends a file, and goes on where an earlier attempt stopped. `part` names the unfinished file in a folder.
    pub(crate) async fn send(&self, file: Sending<'_>, part: &str, report: impl Report) -> Result<(), NotDone> {
        match self {
            Self::Folder(folder) => folder::send(folder, file, part, report).await,
            Self::Bucket(bucket) => bucket.send(file, report).await,
        }
    }

    /// Reads a file back; `None` if the place has none of this name.
    pub(crate) async fn read_back(&self, name: &str) -> Result<Option<Fingerprint>, NotDone> {
        match self {
            Self::Folder(folder) => folder::read_back(folder, name).await,
            Self::Bucket(bucket) => bucket.read_back(name).await,
        }
    }

    /// Puts a small file into the place. One of the same name is replaced.
    pub(crate) async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), NotDone> {
        match self {
            Self::Folder(folder) => folder::put(folder, name, bytes).await,
            Self::Bucket(bucket) => bucket.put(name, bytes).await,
        }
    }

    /// Reads a small file; `None` if the place has none of this name. Fails if it has more than `most` bytes.
    pub(crate) async fn get(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, NotDone> {
        match self {
            Self::Folder(folder) => folder::get(folder, name, most).await,
            Self::Bucket(bucket) => bucket.get(name, most).await,
        }
    }

    /// Lists the names that end in this way, in their order.
    pub(crate) async fn names(&self, ending: &str) -> Result<Vec<String>, NotDone> {
        let mut names = match self {
            Self::Folder(folder) => folder::names(folder, ending).await?,
            Self::Bucket(bucket) => bucket.names(ending).await?,
        };
        names.sort_unstable();
        Ok(names)
    }

    /// Copies a file to this computer and returns what came.
    pub(crate) async fn fetch(&self, name: &str, to: &Path) -> Result<Option<Fingerprint>, NotDone> {
        match self {
            Self::Folder(folder) => folder::fetch(folder, name, to).await,
            Self::Bucket(bucket) => bucket.fetch(name, to).await,
        }
    }

    /// Removes what an unfinished transfer left.
    pub(crate) async fn tidy(
        &self,
        name: Option<&str>,
        part: &str,
        upload: Option<&BucketUpload>,
    ) -> Result<(), NotDone> {
        match (self, name, upload) {
            (Self::Folder(folder), ..) => folder::tidy(folder, part).await,
            (Self::Bucket(bucket), Some(name), Some(upload)) => bucket.abort(name, &upload.id).await,
            (Self::Bucket(_), ..) => Ok(()),
        }
    }
}

/// An error of a disk, in a sentence with the next step.
fn of_disk(path: &Path, error: &std::io::Error) -> NotDone {
    let path = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            NotDone::Later(format!("The disk of {path} is full. Free some space there; it goes on by itself."))
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => NotDone::Refused(format!(
            "{path} may not be written by you. Change its permissions or choose another place, then resume."
        )),
        ErrorKind::FileTooLarge => {
            NotDone::Refused(format!("The disk of {path} takes no file of this size. Choose another place."))
        }
        kind => NotDone::Later(format!("{path} cannot be used: {kind}. Check the disk; it goes on by itself.")),
    }
}
