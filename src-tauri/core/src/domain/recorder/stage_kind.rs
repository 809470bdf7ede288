//! A stage without its data, as the history of a recording lists it.

use std::str::FromStr;

/// The kind of a [`Stage`](crate::domain::recorder::stage::Stage).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageKind {
    /// Hajime asked RealtimeKit to record.
    Requested,
    /// RealtimeKit records.
    Recording,
    /// A person paused the recording.
    Paused,
    /// Hajime asked RealtimeKit to stop.
    Stopping,
    /// RealtimeKit writes the file.
    Uploading,
    /// The file is complete at RealtimeKit.
    Uploaded,
    /// The file is on its way into Stream.
    Importing,
    /// People can watch the video while Stream encodes further renditions.
    Playable,
    /// People can watch the video in every rendition.
    Ready,
    /// The recording failed.
    Failed,
}

/// The error for a word that names no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this word names no stage")]
pub struct UnknownStage;

impl StageKind {
    /// All kinds, in the order in which a recording passes through them.
    pub const ALL: [Self; 10] = [
        Self::Requested,
        Self::Recording,
        Self::Paused,
        Self::Stopping,
        Self::Uploading,
        Self::Uploaded,
        Self::Importing,
        Self::Playable,
        Self::Ready,
        Self::Failed,
    ];

    /// Returns the stable word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Recording => "recording",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Uploading => "uploading",
            Self::Uploaded => "uploaded",
            Self::Importing => "importing",
            Self::Playable => "playable",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for StageKind {
    type Err = UnknownStage;

    fn from_str(name: &str) -> Result<Self, UnknownStage> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownStage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_kind_parses_from_its_name_and_other_words_are_errors() {
        for kind in StageKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("encoding".parse::<StageKind>(), Err(UnknownStage));
    }
}
