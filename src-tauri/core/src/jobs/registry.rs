//! The list of all jobs, in the order in which a tick runs them and in which their errors are shown.

use crate::jobs::alarms::Alarms;
use crate::jobs::auto_retry::AutoRetry;
use crate::jobs::backup::Backup;
use crate::jobs::disk_reserve::DiskReserve;
use crate::jobs::expiry_warnings::ExpiryWarnings;
use crate::jobs::job::AnyJob;
use crate::jobs::notifications::Notifications;
use crate::jobs::recordings::Recordings;
use crate::jobs::relay_sweep::RelaySweep;
use crate::jobs::rooms::Rooms;
use crate::jobs::stream::Stream;
use crate::jobs::sync::Sync;

/// Every job, with an empty memory.
pub(crate) fn every_job() -> Vec<Box<dyn AnyJob>> {
    vec![
        // A live session comes first.
        Box::<Rooms>::default(),
        // Before the recordings job, which follows the recordings that this job starts again.
        Box::<AutoRetry>::default(),
        Box::<Recordings>::default(),
        // After what may have ended them.
        Box::<Alarms>::default(),
        // Stream can wait, and a live session cannot.
        Box::<Stream>::default(),
        Box::<ExpiryWarnings>::default(),
        // After everything that writes notifications.
        Box::<Notifications>::default(),
        Box::<RelaySweep>::default(),
        Box::<Sync>::default(),
        Box::<DiskReserve>::default(),
        Box::<Backup>::default(),
    ]
}
