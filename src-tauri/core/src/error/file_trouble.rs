//! Why a file on this computer cannot be used.

use std::io::ErrorKind;

/// The reason why a file on this computer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTrouble {
    /// A file or folder of that name exists already.
    Exists,
    /// The path names a folder.
    IsFolder,
    /// The folder that should hold the file does not exist.
    NoFolder,
    /// The user has no permission to write there.
    Denied,
    /// The disk is full.
    Full,
    /// Any other error, as the operating system names its kind.
    Other(ErrorKind),
}

impl FileTrouble {
    pub(super) fn words(self) -> String {
        match self {
            Self::Exists => "it exists already".into(),
            Self::IsFolder => "it is a folder".into(),
            Self::NoFolder => "there is no such folder".into(),
            Self::Denied => "it may not be written".into(),
            Self::Full => "the disk is full".into(),
            Self::Other(kind) => kind.to_string(),
        }
    }

    pub(super) const fn next(self) -> &'static str {
        match self {
            Self::Exists => "Choose another name; nothing is overwritten.",
            Self::IsFolder => "Add a file name, for example class.mp4.",
            Self::NoFolder => "Make the folder first, or choose another.",
            Self::Denied => "Choose a folder that you may write to.",
            Self::Full => "Free some space or choose another disk, then save again: saving continues where it stopped.",
            Self::Other(_) => "Choose another place, then save again.",
        }
    }
}

impl From<&std::io::Error> for FileTrouble {
    fn from(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::AlreadyExists => Self::Exists,
            ErrorKind::IsADirectory => Self::IsFolder,
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::NoFolder,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Denied,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full,
            other => Self::Other(other),
        }
    }
}
