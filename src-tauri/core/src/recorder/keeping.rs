//! Finds out where RealtimeKit keeps the recordings of an app.

use crate::cloudflare::{RealtimeKitRecording, RecordingStatus, RecordingsQuery};
use crate::context::Context;
use crate::domain::ids::AppId;
use crate::domain::profile::keeping::Keeping;
use crate::error::Error;

/// How many of the newest recordings are looked at to see where they went.
const RECORDINGS_LOOKED_AT: u32 = 25;

/// Reads where the newest recordings of an app went.
pub(crate) async fn kept(context: &Context, app: &AppId) -> Result<Keeping, Error> {
    let query = RecordingsQuery { page: 1, per_page: RECORDINGS_LOOKED_AT, ..RecordingsQuery::default() };
    let newest = context.cloudflare().recordings(app, &query).await?.items;
    Ok(newest.iter().find_map(shown_by).unwrap_or(Keeping::NotKnown))
}

fn shown_by(recording: &RealtimeKitRecording) -> Option<Keeping> {
    let seen = recording.started_time.or(recording.invoked_time);
    match (&recording.status, &recording.own_storage, &recording.download_url) {
        (RecordingStatus::Uploaded, Some(place), _) => {
            // The last part is the name of the file.
            let bucket = place.split_once('/').map(|(bucket, _)| bucket.to_owned());
            Some(Keeping::InOwnStorage { bucket, seen })
        }
        (RecordingStatus::Uploaded, None, Some(_)) => Some(Keeping::AtRealtimeKit { seen }),
        _ => None,
    }
}
