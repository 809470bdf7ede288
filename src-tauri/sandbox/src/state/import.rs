//! Importing a video: storing the result of inspecting its source, and computing when the video reaches each state.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    Model,
    mishaps::Mishaps,
    recording::Recording,
    video::{Footage, Import, Timeline, Video, VideoError},
};
use crate::{
    clock::{Moment, seconds},
    media::Flaws,
    probe::{self, FileKind},
    switches::Switches,
};

impl Footage {
    /// The footage in a recording's file.
    pub fn of_recording(recording: &Recording) -> Self {
        let begun = recording.started.unwrap_or(recording.invoked);
        Self {
            title: recording.title.clone(),
            subtitle: begun.format("%Y-%m-%d %H:%M UTC").to_string(),
            width: recording.config.width,
            height: recording.config.height,
            millis: recording.file_seconds() * 1_000,
            bytes: recording.size.unwrap_or(0),
            flaws: Flaws::default(),
        }
    }

    /// The same footage with the flaws that the switches ask for.
    pub fn flawed(self, switches: &Switches) -> Self {
        let stretch = |[from, until]: [f64; 2]| {
            let at = |part: f64| self.millis.saturating_mul(millionths(part)) / 1_000_000;
            at(from)..at(until)
        };
        let flaws = Flaws { offline: stretch(switches.film_offline), silent: stretch(switches.film_silent) };
        Self { flaws, ..self }
    }

    /// Inspects a file of `total` bytes. `bytes` holds at least the file's index.
    pub fn read(bytes: &[u8], total: u64) -> Result<Self, VideoError> {
        let error = |code: &str, text: &str| VideoError { code: code.into(), text: text.into() };
        match probe::inspect(bytes) {
            FileKind::NotVideo => Err(error("ERR_NON_VIDEO", "The file was not recognized as a valid video file.")),
            FileKind::Broken => Err(error("ERR_MALFORMED_VIDEO", "The video was deemed to be corrupted or malformed.")),
            FileKind::Movie { width, height, millis } => {
                let title = "Uploaded video".into();
                let flaws = Flaws::default();
                Ok(Self { title, subtitle: String::new(), width, height, millis, bytes: total, flaws })
            }
        }
    }
}

/// A fraction of a film in millionths.
fn millionths(part: f64) -> u64 {
    let share = Duration::try_from_secs_f64(part.clamp(0.0, 1.0)).unwrap_or_default();
    u64::try_from(share.as_micros()).unwrap_or(0)
}

impl Import {
    /// The import of a clip that was requested at `from`. Its source is another video, so nothing is downloaded.
    pub fn of_clip(footage: Footage, from: Moment, switches: &Switches) -> Self {
        let timeline = timeline(from, Duration::from_millis(footage.millis), switches);
        Self::Footage { footage, timeline, stuck_at: None }
    }
}

impl Model {
    /// Stores the result of inspecting a video's source. A queued mishap replaces a good result by an error.
    pub fn settle_import(&mut self, uid: &str, found: Result<Footage, VideoError>) {
        let switches = self.switches.clone();
        let now = self.now;
        let found = found.map(|footage| footage.flawed(&switches));
        let found = found.and_then(|footage| self.mishaps.take_import_error().map_or(Ok(footage), Err));
        let mishaps = &mut self.mishaps;
        self.videos.edit(uid, |video| {
            let from = if video.source.is_some() { video.created } else { now };
            video.import = outcome(video, found, from, &switches, mishaps);
        });
    }
}

fn outcome(
    video: &Video,
    found: Result<Footage, VideoError>,
    from: Moment,
    switches: &Switches,
    mishaps: &mut Mishaps,
) -> Import {
    let failed = |code: &str, text: &str, at: Moment| {
        let error = VideoError { code: code.to_owned(), text: text.to_owned() };
        Import::Failed { error, at }
    };
    match found {
        Err(error) => Import::Failed { error, at: from + seconds(switches.download_seconds) },
        Ok(footage) => {
            let length = Duration::from_millis(footage.millis);
            let fetched = from + seconds(switches.download_seconds + switches.download_fraction * length.as_secs_f64());
            let timeline = timeline(fetched, length, switches);
            if footage.millis < 100 {
                failed("ERR_DURATION_TOO_SHORT", "The video is shorter than 0.1 seconds.", timeline.fetched)
            } else if video.max_duration_seconds.is_some_and(|most| length > Duration::from_secs(most)) {
                let text = "The video is longer than maxDurationSeconds allows.";
                failed("ERR_DURATION_EXCEED_CONSTRAINT", text, timeline.fetched)
            } else {
                Import::Footage { footage, timeline, stuck_at: mishaps.take_encode_stop() }
            }
        }
    }
}

fn timeline(fetched: Moment, length: Duration, switches: &Switches) -> Timeline {
    let begun = fetched + seconds(switches.queue_seconds);
    let encode = seconds(switches.encode_seconds + switches.encode_fraction * length.as_secs_f64());
    let until_playable = encode.as_seconds_f64() * switches.playable_fraction.clamp(0.0, 1.0);
    let playable = begun + seconds(until_playable);
    let done = (begun + encode).max(playable + TimeDelta::microseconds(1));
    Timeline { fetched, begun, playable, done }
}
