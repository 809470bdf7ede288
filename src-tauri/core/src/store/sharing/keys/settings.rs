//! How keys are used on this desk. An absent setting has its default.

use crate::domain::sharing::key::KeySettings;
use crate::store::profile::settings::{read, write};
use crate::store::{Error, Store};

const PER_RECORDING: &str = "key_per_recording";
const POOL: &str = "key_pool";
const REMIND_MONTHS: &str = "key_remind_months";
/// The stored word for a reminder that nobody wants.
const OFF: &str = "off";

impl Store {
    /// Returns how keys are used.
    pub fn key_settings(&self) -> Result<KeySettings, Error> {
        let connection = self.connection();
        let stored = |key| read(connection.raw(), key);
        let default = KeySettings::default();
        let remind_months = match stored(REMIND_MONTHS)?.as_deref() {
            Some(OFF) => None,
            Some(months) => months.parse().ok().or(default.remind_months),
            None => default.remind_months,
        };
        let settings = KeySettings {
            per_recording: stored(PER_RECORDING)?.and_then(|value| value.parse().ok()).unwrap_or(default.per_recording),
            pool: stored(POOL)?.and_then(|value| value.parse().ok()).unwrap_or(default.pool),
            remind_months,
        };
        Ok(if settings.check().is_ok() { settings } else { default })
    }

    /// Stores how keys are used.
    pub fn set_key_settings(&self, settings: &KeySettings) -> Result<(), Error> {
        self.write(|transaction| {
            write(transaction, PER_RECORDING, Some(&settings.per_recording.to_string()))?;
            write(transaction, POOL, Some(&settings.pool.to_string()))?;
            let months = settings.remind_months.map_or_else(|| OFF.to_owned(), |months| months.to_string());
            write(transaction, REMIND_MONTHS, Some(&months))
        })
    }
}
