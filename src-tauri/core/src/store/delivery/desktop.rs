//! The row of `delivery_channels` for notifications on this computer.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::domain::delivery::desktop_settings::DesktopSettings;
use crate::domain::delivery::quiet_hours::QuietHours;
use crate::store::delivery::channels::{note_named, read_fate};
use crate::store::{Error, Store};

const NAME: &str = "desktop";

impl Store {
    /// How notifications on this computer are set, and how they fared.
    pub fn desktop(&self) -> Result<DesktopSettings, Error> {
        let sql = "SELECT quiet_from, quiet_to, quiet_zone, last_sent, last_error, last_error_at
                   FROM delivery_channels WHERE channel = ?1";
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row([NAME], read_fate).optional()?.unwrap_or_default())
    }

    /// Sets the quiet hours of notifications; `None` removes them.
    pub fn set_desktop_quiet(&self, quiet: Option<QuietHours>) -> Result<(), Error> {
        self.writer().execute(
            "INSERT INTO delivery_channels (channel, is_on, quiet_from, quiet_to, quiet_zone) VALUES (?1, 1, ?2, ?3, ?4)
             ON CONFLICT (channel) DO UPDATE SET quiet_from = ?2, quiet_to = ?3, quiet_zone = ?4",
            params![NAME, quiet.map(|quiet| quiet.from()), quiet.map(|quiet| quiet.to()), quiet.map(|quiet| quiet.zone().name())],
        )?;
        Ok(())
    }

    /// Notes that a notification was shown, or why it was not.
    pub fn note_desktop(&self, result: Result<(), &str>, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| note_named(transaction, NAME, result, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_became_of_notifications_reads_back_and_leaves_the_quiet_hours_alone() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.desktop().unwrap(), DesktopSettings::default());
        let nights = QuietHours::parse("22:30", "07:00", "Europe/Berlin").unwrap();
        store.set_desktop_quiet(Some(nights)).unwrap();
        store.note_desktop(Err("No service."), now()).unwrap();
        let failed = DesktopSettings {
            quiet: Some(nights),
            last_sent: None,
            last_error: Some(("No service.".to_owned(), now())),
        };
        assert_eq!(store.desktop().unwrap(), failed);
        store.note_desktop(Ok(()), now()).unwrap();
        let shown = DesktopSettings { quiet: Some(nights), last_sent: Some(now()), last_error: None };
        assert_eq!(store.desktop().unwrap(), shown);
        store.set_desktop_quiet(None).unwrap();
        assert_eq!(store.desktop().unwrap(), DesktopSettings { quiet: None, ..shown });
    }
}
