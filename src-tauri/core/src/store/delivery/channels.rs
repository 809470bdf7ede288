//! `delivery_channels`: how each channel is set on this desk, and how it fared.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::ChannelSettings;
use crate::domain::delivery::desktop_settings::DesktopSettings;
use crate::domain::delivery::quiet_hours::QuietHours;
use crate::store::{Error, Store, set_moment, to_millis};

const COLUMNS: &str =
    "is_on, address, quiet_from, quiet_to, quiet_zone, secret_renewed, last_sent, last_error, last_error_at";

impl Store {
    /// A channel; off where it was never set.
    pub fn channel(&self, channel: Channel) -> Result<ChannelSettings, Error> {
        read(self.connection().raw(), channel)
    }
}

/// Notes that a channel accepted something, or what went wrong.
pub(in crate::store) fn note(
    connection: &Connection,
    channel: Channel,
    result: Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    note_named(connection, channel.name(), result, now)
}

/// [`note`] for a channel or the desktop, by name.
pub(super) fn note_named(
    connection: &Connection,
    name: &str,
    result: Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let now = to_millis(now);
    match result {
        Ok(()) => connection
            .prepare_cached(
                "INSERT INTO delivery_channels (channel, is_on, last_sent) VALUES (?1, 0, ?2)
                 ON CONFLICT (channel) DO UPDATE SET last_sent = ?2, last_error = NULL, last_error_at = NULL",
            )?
            .execute(params![name, now])?,
        Err(said) => connection
            .prepare_cached(
                "INSERT INTO delivery_channels (channel, is_on, last_error_at, last_error) VALUES (?1, 0, ?2, ?3)
                 ON CONFLICT (channel) DO UPDATE SET last_error_at = ?2, last_error = ?3",
            )?
            .execute(params![name, now, said])?,
    };
    Ok(())
}

/// [`Store::channel`], also in a transaction.
pub(in crate::store) fn read(connection: &Connection, channel: Channel) -> Result<ChannelSettings, Error> {
    let sql = format!("SELECT {COLUMNS} FROM delivery_channels WHERE channel = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let settings = statement.query_row([channel.name()], |row| read_row(row, channel)).optional()?;
    Ok(settings.unwrap_or_else(|| ChannelSettings::off(channel)))
}

/// What no version of Hajime writes is read as not set: a channel is set again in a moment.
fn read_row(row: &Row<'_>, channel: Channel) -> rusqlite::Result<ChannelSettings> {
    let DesktopSettings { quiet, last_sent, last_error } = read_fate(row)?;
    let address: Option<String> = row.get("address")?;
    Ok(ChannelSettings {
        channel,
        is_on: row.get("is_on")?,
        address: address.and_then(|address| address.parse().ok()),
        quiet,
        secret_renewed: set_moment(row, row.as_ref().column_index("secret_renewed")?)?,
        last_sent,
        last_error,
    })
}

/// The quiet hours of a channel or the desktop, and how it fared.
pub(super) fn read_fate(row: &Row<'_>) -> rusqlite::Result<DesktopSettings> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let quiet = match (text("quiet_from")?, text("quiet_to")?, text("quiet_zone")?) {
        (Some(from), Some(to), Some(zone)) => QuietHours::parse(&from, &to, &zone).ok(),
        _ => None,
    };
    let moment = |column: &str| set_moment(row, row.as_ref().column_index(column)?);
    let last_error = text("last_error")?.zip(moment("last_error_at")?);
    Ok(DesktopSettings { quiet, last_sent: moment("last_sent")?, last_error })
}

pub(super) fn write(connection: &Connection, settings: &ChannelSettings) -> Result<(), Error> {
    let sql = format!(
        "INSERT INTO delivery_channels (channel, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (channel) DO UPDATE SET is_on = ?2, address = ?3, quiet_from = ?4, quiet_to = ?5, quiet_zone = ?6,
           secret_renewed = ?7, last_sent = ?8, last_error = ?9, last_error_at = ?10"
    );
    let quiet = settings.quiet;
    connection.prepare_cached(&sql)?.execute(params![
        settings.channel.name(),
        settings.is_on,
        settings.address.as_ref().map(url::Url::as_str),
        quiet.map(|quiet| quiet.from()),
        quiet.map(|quiet| quiet.to()),
        quiet.map(|quiet| quiet.zone().name()),
        settings.secret_renewed.map(to_millis),
        settings.last_sent.map(to_millis),
        settings.last_error.as_ref().map(|(words, _)| words),
        settings.last_error.as_ref().map(|(_, at)| to_millis(*at)),
    ])?;
    Ok(())
}
