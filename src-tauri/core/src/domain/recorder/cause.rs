//! The causes of failure of a recording: a closed list. Each cause has a sentence and one next step.

use std::fmt;

/// A cause of failure. RealtimeKit and Stream explain little, so Hajime deduces several causes from observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Hajime asked RealtimeKit to record, but RealtimeKit lists no recording of the room.
    NeverStarted,
    /// RealtimeKit reports ERRORED, without a reason.
    RecorderErrored,
    /// RealtimeKit no longer knows the recording.
    RecorderMissing,
    /// RealtimeKit reports UPLOADED but gives no address of a file.
    NoFile,
    /// RealtimeKit saved the file to storage of the account's own. Stream cannot import it from there.
    OwnStorage,
    /// The seven days for which RealtimeKit keeps a file are over.
    FileExpired,
    /// Stream's storage is used up.
    StorageFull,
    /// Stream refused the import for another reason.
    ImportRefused,
    /// Stream could not fetch the file.
    SourceUnreachable,
    /// Stream says that the file is no video.
    NotAVideo,
    /// Stream says that the file is damaged.
    Damaged,
    /// Less than a tenth of a second was recorded.
    TooShort,
    /// The video is longer than the limit that was set for it at Stream.
    TooLong,
    /// Stream could not encode the video and gives no usable reason.
    EncodingFailed,
    /// The video was deleted from Stream.
    VideoMissing,
    /// A stage took longer than its deadline.
    TookTooLong,
    /// The disk of this computer is too full for the relay file.
    DiskFull,
    /// This computer could not store the relay file for a reason other than a full disk.
    DiskRefused,
    /// The file is larger than Stream accepts (Stream docs, FAQ: 30 GB).
    TooLarge,
    /// The address of the file in a reply is not one that Hajime trusts.
    ForeignAddress,
    /// The address of the file returned something that is not a video.
    ForeignFile,
}

impl Cause {
    /// All causes, for tables and tests.
    pub const ALL: [Self; 21] = [
        Self::NeverStarted,
        Self::RecorderErrored,
        Self::RecorderMissing,
        Self::NoFile,
        Self::OwnStorage,
        Self::FileExpired,
        Self::StorageFull,
        Self::ImportRefused,
        Self::SourceUnreachable,
        Self::NotAVideo,
        Self::Damaged,
        Self::TooShort,
        Self::TooLong,
        Self::EncodingFailed,
        Self::VideoMissing,
        Self::TookTooLong,
        Self::DiskFull,
        Self::DiskRefused,
        Self::TooLarge,
        Self::ForeignAddress,
        Self::ForeignFile,
    ];

    /// Returns the stable word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NeverStarted => "never_started",
            Self::RecorderErrored => "cloud_errored",
            Self::RecorderMissing => "cloud_missing",
            Self::NoFile => "no_file",
            Self::OwnStorage => "own_storage",
            Self::FileExpired => "file_expired",
            Self::StorageFull => "storage_full",
            Self::ImportRefused => "import_refused",
            Self::SourceUnreachable => "source_unreachable",
            Self::NotAVideo => "not_a_video",
            Self::Damaged => "damaged",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::EncodingFailed => "encoding_failed",
            Self::VideoMissing => "video_missing",
            Self::TookTooLong => "took_too_long",
            Self::DiskFull => "disk_full",
            Self::DiskRefused => "disk_refused",
            Self::TooLarge => "too_large",
            Self::ForeignAddress => "foreign_address",
            Self::ForeignFile => "foreign_file",
        }
    }

    /// Returns the cause with a stored word; `None` for an unknown word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// Returns the cause for one of Stream's `errorReasonCode`s (Stream docs, “Video statuses”).
    #[must_use]
    pub fn from_stream(code: &str) -> Self {
        match code {
            "ERR_NON_VIDEO" => Self::NotAVideo,
            "ERR_MALFORMED_VIDEO" => Self::Damaged,
            "ERR_FETCH_ORIGIN_ERROR" => Self::SourceUnreachable,
            "ERR_DURATION_EXCEED_CONSTRAINT" => Self::TooLong,
            "ERR_DURATION_TOO_SHORT" => Self::TooShort,
            "ERR_STORAGE_QUOTA_EXHAUSTED" => Self::StorageFull,
            _ => Self::EncodingFailed,
        }
    }

    /// Returns one sentence for people that says what failed.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NeverStarted => "Hajime asked Cloudflare to record, but the recording never started.",
            Self::RecorderErrored => "Cloudflare’s recorder stopped with an error and gave no reason.",
            Self::RecorderMissing => "Cloudflare no longer knows this recording.",
            Self::NoFile => "The recording ended without a file.",
            Self::OwnStorage => "Cloudflare saved the recording to your own storage.",
            Self::FileExpired => "The seven days that Cloudflare keeps a recorded file are over.",
            Self::StorageFull => "Stream’s storage is full.",
            Self::ImportRefused => "Stream refused the recording.",
            Self::SourceUnreachable => "Stream could not fetch the recorded file.",
            Self::NotAVideo => "Stream says that the recorded file is not a video.",
            Self::Damaged => "Stream says that the recorded file is damaged.",
            Self::TooShort => "Too little was recorded to make a video of it.",
            Self::TooLong => "The recording is longer than Stream allows here.",
            Self::EncodingFailed => "Stream could not encode the video.",
            Self::VideoMissing => "The video was deleted from Stream.",
            Self::TookTooLong => "This step took much longer than it should.",
            Self::DiskFull => "This computer’s disk is full, so it cannot pass the recording on to Stream.",
            Self::DiskRefused => "This computer could not store the recording to pass it on to Stream.",
            Self::TooLarge => "The recorded file is larger than Stream takes.",
            Self::ForeignAddress => "A reply names an address for the recorded file that Hajime does not trust.",
            Self::ForeignFile => "The address of the recorded file returned something that is not a video.",
        }
    }

    /// Returns the one next step for people.
    #[must_use]
    pub const fn next(self) -> &'static str {
        match self {
            Self::NeverStarted => {
                "Check in the Cloudflare dashboard that recording is enabled for the app. If somebody else recorded the class, attach that recording."
            }
            Self::RecorderErrored => {
                "This happens after less than five seconds of recording, or when the storage settings of the app are wrong. Check those settings."
            }
            Self::RecorderMissing | Self::FileExpired => {
                "If somebody saved a copy, upload it to Stream and attach it here."
            }
            Self::OwnStorage => "Upload the file from your storage to Stream, then attach the video here.",
            Self::NoFile => "Check the storage settings of the app in the Cloudflare dashboard.",
            Self::StorageFull => "Free storage in Stream or raise the limit, then retry.",
            Self::ImportRefused
            | Self::SourceUnreachable
            | Self::Damaged
            | Self::EncodingFailed
            | Self::TookTooLong => "Retry.",
            Self::NotAVideo | Self::TooShort => {
                "This recording cannot be saved. If somebody has another one, attach it."
            }
            Self::TooLong => "Raise the limit in Stream, then retry.",
            Self::DiskFull => "Free some space on this computer, then retry. What was downloaded already is kept.",
            Self::TooLarge => {
                "Save a copy, make it smaller or cut it, upload it to Stream in the Cloudflare dashboard and attach it here."
            }
            Self::ForeignAddress => {
                "Check whether a proxy changes Cloudflare’s replies, then retry. The history names the host; nothing was sent there."
            }
            Self::ForeignFile => "Check whether a proxy or a sign-in page answers for Cloudflare, then retry.",
            Self::DiskRefused => "Check the permissions of Hajime’s data folder and the disk, then retry.",
            Self::VideoMissing => {
                "Take it off the list, import it again while Cloudflare keeps the recorded file, or attach another video."
            }
        }
    }

    /// Returns whether a retry by hand can succeed.
    #[must_use]
    pub const fn retryable(self) -> bool {
        match self {
            Self::StorageFull
            | Self::ImportRefused
            | Self::SourceUnreachable
            | Self::Damaged
            | Self::TooLong
            | Self::EncodingFailed
            | Self::VideoMissing
            | Self::NoFile
            | Self::DiskFull
            | Self::DiskRefused
            | Self::ForeignAddress
            | Self::ForeignFile
            | Self::TookTooLong => true,
            Self::NeverStarted
            | Self::RecorderErrored
            | Self::RecorderMissing
            | Self::OwnStorage
            | Self::FileExpired
            | Self::NotAVideo
            | Self::TooLarge
            | Self::TooShort => false,
        }
    }

    /// Returns whether the cause says that Cloudflare had the recording or its video and has lost it.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        match self {
            Self::VideoMissing | Self::RecorderMissing | Self::FileExpired => true,
            Self::NeverStarted
            | Self::RecorderErrored
            | Self::NoFile
            | Self::OwnStorage
            | Self::StorageFull
            | Self::ImportRefused
            | Self::SourceUnreachable
            | Self::NotAVideo
            | Self::Damaged
            | Self::TooShort
            | Self::TooLong
            | Self::EncodingFailed
            | Self::TookTooLong
            | Self::DiskFull
            | Self::DiskRefused
            | Self::TooLarge
            | Self::ForeignAddress
            | Self::ForeignFile => false,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_code_of_its_own_that_reads_back() {
        for cause in Cause::ALL {
            assert_eq!(Cause::from_code(cause.code()), Some(cause));
        }
        let mut codes: Vec<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Cause::ALL.len());
    }

    /// Builds `docs/FAILURES.md`, in which people can look up every cause before anything has failed.
    fn table() -> String {
        use std::fmt::Write as _;

        use crate::domain::recorder::auto_retry;
        use crate::domain::recorder::diagnosis::Likely;

        let mut text = String::from(
            "# What can go wrong with a recording\n\n\
             Every failure has one cause, one sentence and one next step. The window shows this table under *What can go wrong*\n\
             beside a failed recording; the code is what `hajime-cli` prints as `cause`. A test keeps it as the app has it:\n\
             `HAJIME_WRITE_DOCS=1 cargo test -p hajime-core cause` writes it anew.\n\n\
             Hajime retries by itself only while Cloudflare keeps the recorded file, and never where a video was attached\n\
             by hand. People are notified once of the same failure.\n\n\
             If nothing else helps, attach another video or recording to the session (*Attach another*, or\n\
             `hajime-cli recording candidates SESSION`), and copy the diagnostics for support (*Copy diagnostics*, or\n\
             `hajime-cli recording evidence ID`). What was deleted or has expired at Cloudflare can be put in the bin:\n\
             *Put in the bin* on its page, *Review* above the list, or `hajime-cli recording missing`. *Restore* on its page, which its class on the schedule leads to, or\n\
             `hajime-cli recording restore ID` puts it back.\n\n\
             | code | what it says | what to do next | can be retried | tries again by itself |\n|---|---|---|---|---|\n",
        );
        for cause in Cause::ALL {
            let retry = if cause.retryable() { "yes" } else { "no" };
            let again = auto_retry::words(cause).unwrap_or("no");
            writeln!(text, "| `{}` | {} | {} | {retry} | {again} |", cause.code(), cause.sentence(), cause.next())
                .unwrap();
        }
        text.push_str(
            "\n## When Cloudflare gives no reason\n\n\
             RealtimeKit explains no error (`cloud_errored`). What happened before the error suggests a cause. It is shown as a guess:\n\n\
             | seen | what it says |\n|---|---|\n",
        );
        for guess in Likely::ALL {
            writeln!(text, "| {} | {} |", guess.seen(), guess.sentence()).unwrap();
        }
        text
    }

    #[test]
    fn failures_md_equals_the_table_built_from_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FAILURES.md");
        let fresh = table();
        if std::env::var_os("HAJIME_WRITE_DOCS").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed.replace("\r\n", "\n") == fresh,
            "docs/FAILURES.md is stale: HAJIME_WRITE_DOCS=1 cargo test -p hajime-core cause"
        );
    }

    #[test]
    fn sentence_and_next_step_of_every_cause_end_with_a_full_stop() {
        for cause in Cause::ALL {
            assert!(cause.sentence().ends_with('.') && cause.next().ends_with('.'), "{cause:?}");
        }
    }
}
