//! All figures of a period.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::health::deliveries::ChannelCount;
use crate::domain::health::distribution::Distribution;
use crate::domain::health::figure::Goals;
use crate::domain::health::forecast::Reading;
use crate::domain::health::group::Group;
use crate::domain::health::period::Period;
use crate::domain::health::proof::ProofCount;
use crate::domain::health::relay::RelayCount;
use crate::domain::health::success::Success;
use crate::domain::health::timing::Timings;
use crate::domain::ids::{RecordingId, SeriesId};

/// A recording with its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The recording.
    pub id: RecordingId,
    /// Its title.
    pub title: String,
}

/// The detection of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// The recording.
    pub recording: Named,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// How long it took to notice that its video was ready.
    pub took: TimeDelta,
}

/// All figures of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The period.
    pub period: Period,
    /// The zone in which its weeks begin.
    pub zone: Tz,
    /// Which goals are met.
    pub goals: Goals,
    /// How many recordings became a video.
    pub success: Success,
    /// From the end of a class to its video.
    pub watchable: Timings,
    /// The same by the length of the video.
    pub by_length: Vec<(&'static str, Distribution)>,
    /// The recording that took longest; `None` without times.
    pub slowest: Option<Named>,
    /// From a ready video to this desk noticing.
    pub detection: Timings,
    /// The latest detections, the last one last.
    pub latest: Vec<Detected>,
    /// Classes without proof.
    pub proof: ProofCount,
    /// What Stream said last in the period about its storage; `None` where it was not asked.
    pub storage: Option<Reading>,
    /// What was told.
    pub deliveries: Vec<ChannelCount>,
    /// Recordings through this computer.
    pub relay: RelayCount,
    /// The figures of each instructor, by the name that people read.
    pub instructors: Vec<Group<String>>,
    /// The figures of each series.
    pub series: Vec<Group<SeriesId>>,
    /// The titles of all series that can be chosen.
    pub series_titles: HashMap<SeriesId, String>,
    /// The instructors and the series that can be chosen: those with recordings in the period.
    pub choices: Choices,
}

/// What the figures can be narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The names of the instructors, as people read them.
    pub instructors: Vec<String>,
    /// The series with their titles.
    pub series: Vec<(SeriesId, String)>,
}

impl Overview {
    /// Returns whether there is nothing to measure yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.success.tally.total() == 0 && self.success.undecided == 0 && self.proof.classes == 0
    }
}
