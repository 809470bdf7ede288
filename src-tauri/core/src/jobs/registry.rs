//! The list of all jobs, in the order in which a tick runs them and in which their errors are shown.

use crate::jobs::alarms::Alarms;
use crate::jobs::alerts_watch::AlertsWatch;
use crate::jobs::auto_end::AutoEnds;
use crate::jobs::auto_retry::AutoRetry;
use crate::jobs::backup::Backup;
use crate::jobs::captions::Captions;
use crate::jobs::checks::Checks;
use crate::jobs::database_check::DatabaseCheckJob;
use crate::jobs::deliveries::Deliveries;
use crate::jobs::descriptions::Descriptions;
use crate::jobs::disk_reserve::DiskReserve;
use crate::jobs::door::Door;
use crate::jobs::expiry_warnings::ExpiryWarnings;
use crate::jobs::feeds::{Feeds, Outlets};
use crate::jobs::job::AnyJob;
use crate::jobs::keys::Keys;
use crate::jobs::notifications::Notifications;
use crate::jobs::people::People;
use crate::jobs::preflight::PreflightAhead;
use crate::jobs::recordings::Recordings;
use crate::jobs::relay_sweep::RelaySweep;
use crate::jobs::reminders::Reminders;
use crate::jobs::report_mail::ReportMail;
use crate::jobs::retention::Retention;
use crate::jobs::rooms::Rooms;
use crate::jobs::rooms_ahead::RoomsAhead;
use crate::jobs::search_index::SearchIndex;
use crate::jobs::series::SeriesAhead;
use crate::jobs::session_texts::SessionTexts;
use crate::jobs::stream::Stream;
use crate::jobs::sync::Sync;
use crate::jobs::transfers::Transfers;
use crate::jobs::usage::Usage;

/// All jobs, each with an empty memory.
pub(crate) fn every_job() -> Vec<Box<dyn AnyJob>> {
    vec![
        // First, because live sessions cannot wait.
        Box::<Rooms>::default(),
        // After the rooms job, which has just counted the people.
        Box::<AutoEnds>::default(),
        // Before the recordings job, which then follows the recordings that are retried.
        Box::<AutoRetry>::default(),
        Box::<Recordings>::default(),
        // After the rooms and recordings jobs, which may have ended the reason for an alarm.
        Box::<Alarms>::default(),
        // After everything about live sessions: Stream can wait.
        Box::<Stream>::default(),
        Box::<People>::default(),
        Box::<SessionTexts>::default(),
        // After the jobs that may have found that a video is ready.
        Box::<Checks>::default(),
        Box::<Captions>::default(),
        Box::<PreflightAhead>::default(),
        Box::<ExpiryWarnings>::default(),
        // After the jobs whose results it looks at, and before those that show and send what it writes.
        Box::<AlertsWatch>::default(),
        // After all jobs that write notifications.
        Box::<Notifications>::default(),
        Box::<Reminders>::default(),
        Box::<Deliveries>::default(),
        Box::<ReportMail>::default(),
        Box::<Transfers>::default(),
        Box::<RelaySweep>::default(),
        Box::<Sync>::default(),
        Box::<Feeds>::default(),
        Box::<Descriptions>::default(),
        Box::<Retention>::default(),
        Box::<SeriesAhead>::default(),
        // After the jobs that may have put classes on the schedule.
        Box::<Outlets>::default(),
        // After the job that may have put classes on the schedule.
        Box::<RoomsAhead>::default(),
        // After the jobs that may have changed a class or a recording.
        Box::<Door>::default(),
        Box::<Keys>::default(),
        Box::<Usage>::default(),
        Box::<SearchIndex>::default(),
        Box::<DiskReserve>::default(),
        Box::<Backup>::default(),
        Box::<DatabaseCheckJob>::default(),
    ]
}
