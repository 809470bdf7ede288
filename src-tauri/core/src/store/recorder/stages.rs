//! Converts a stage to and from columns of `recordings`: its name, its detail, a percentage and a cause.

use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::stage::{Import, Percent, Resume, Stage};
use crate::store::Error;

/// Returns the columns `stage` and `detail`. A move that changes neither adds no event to the history.
pub(in crate::store) fn word(stage: Stage) -> (&'static str, Option<&'static str>) {
    let phase = match stage {
        Stage::Importing(import) => Some(import_word(import)),
        Stage::Failed { resume, .. } => Some(resume_word(resume)),
        Stage::Requested
        | Stage::Recording
        | Stage::Paused
        | Stage::Stopping
        | Stage::Uploading
        | Stage::Uploaded
        | Stage::Playable(_)
        | Stage::Ready => None,
    };
    (stage.name(), phase)
}

const fn import_word(import: Import) -> &'static str {
    match import {
        Import::Asked => "requested",
        Import::Downloading => "downloading",
        Import::AskedAgain => "requested_again",
        Import::DownloadingAgain => "downloading_again",
        Import::Fetching => "fetching",
        Import::Sending => "sending",
        Import::Queued => "queued",
        Import::Encoding(_) => "encoding",
    }
}

const fn resume_word(resume: Resume) -> &'static str {
    match resume {
        Resume::AtRealtimeKit => "at_cloud",
        Resume::AtImport => "at_import",
        Resume::AtRelay => "at_relay",
    }
}

pub(in crate::store) fn percent_of(stage: Stage) -> Option<u8> {
    match stage {
        Stage::Importing(Import::Encoding(percent)) | Stage::Playable(percent) => Some(percent.get()),
        _ => None,
    }
}

pub(in crate::store) fn cause_of(stage: Stage) -> Option<&'static str> {
    if let Stage::Failed { cause, .. } = stage { Some(cause.code()) } else { None }
}

/// Reads a stage from its columns.
pub(in crate::store) fn read_stage(
    name: &str,
    detail: Option<&str>,
    percent: Option<u8>,
    cause: Option<&str>,
) -> Result<Stage, Error> {
    let percent = Percent::clamped(f32::from(percent.unwrap_or(0)));
    Ok(match (name, detail) {
        ("requested", _) => Stage::Requested,
        ("recording", _) => Stage::Recording,
        ("paused", _) => Stage::Paused,
        ("stopping", _) => Stage::Stopping,
        ("uploading", _) => Stage::Uploading,
        ("uploaded", _) => Stage::Uploaded,
        ("importing", Some("requested")) => Stage::Importing(Import::Asked),
        ("importing", Some("downloading")) => Stage::Importing(Import::Downloading),
        ("importing", Some("requested_again")) => Stage::Importing(Import::AskedAgain),
        ("importing", Some("downloading_again")) => Stage::Importing(Import::DownloadingAgain),
        ("importing", Some("fetching")) => Stage::Importing(Import::Fetching),
        ("importing", Some("sending")) => Stage::Importing(Import::Sending),
        ("importing", Some("queued")) => Stage::Importing(Import::Queued),
        ("importing", Some("encoding")) => Stage::Importing(Import::Encoding(percent)),
        ("playable", _) => Stage::Playable(percent),
        ("ready", _) => Stage::Ready,
        ("failed", Some(resume)) => Stage::Failed {
            cause: cause
                .and_then(Cause::from_code)
                .ok_or_else(|| Error::unreadable("cause", cause.unwrap_or_default()))?,
            resume: match resume {
                "at_cloud" => Resume::AtRealtimeKit,
                "at_import" => Resume::AtImport,
                "at_relay" => Resume::AtRelay,
                other => return Err(Error::unreadable("stage", other)),
            },
        },
        (other, _) => return Err(Error::unreadable("stage", other)),
    })
}
