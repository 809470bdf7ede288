//! How notifications on this computer are set, and how they fared.

use chrono::{DateTime, Utc};

use crate::domain::delivery::quiet_hours::QuietHours;

/// The notifications of this desk. They are always on: an alarm has to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DesktopSettings {
    /// When only what cannot wait is shown.
    pub quiet: Option<QuietHours>,
    /// When a notification was shown last.
    pub last_sent: Option<DateTime<Utc>>,
    /// Why the last one was not shown and when, until one is shown.
    pub last_error: Option<(String, DateTime<Utc>)>,
}
