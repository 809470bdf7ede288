//! The minutes that people were in rooms and that rooms were recorded, by day. In which zone RealtimeKit's days begin is not
//! documented.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::cloudflare::analytics::watched::DAY_MINUTES_MAX;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::AppId;

/// What RealtimeKit counted on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomDay {
    /// The day, as RealtimeKit names it.
    pub day: NaiveDate,
    /// How many sessions there were.
    pub sessions: u32,
    /// The minutes of all people in all rooms together.
    pub minutes: f64,
    /// The minutes that were recorded.
    pub recorded_minutes: f64,
}

impl RoomDay {
    const fn empty(day: NaiveDate) -> Self {
        Self { day, sessions: 0, minutes: 0.0, recorded_minutes: 0.0 }
    }
}

/// The minutes of a day; none where they are absent.
fn believed(fields: &mut Fields<'_>, name: &'static str) -> Result<f64, Unfit> {
    let minutes = fields.number(name).unwrap_or(0.0);
    if minutes > DAY_MINUTES_MAX { Err(Unfit::lacks(name)) } else { Ok(minutes) }
}

struct SessionDay(NaiveDate, u32, f64);

impl Entry for SessionDay {
    const WHAT: &'static str = "day of RealtimeKit";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let day = fields.needed("day")?;
        let sessions = fields.count("total_sessions").unwrap_or(0);
        Ok(Self(day, sessions, believed(fields, "total_session_minutes")?))
    }
}

struct RecordingDay(NaiveDate, f64);

impl Entry for RecordingDay {
    const WHAT: &'static str = "day of RealtimeKit";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self(fields.needed("day")?, believed(fields, "total_recording_minutes")?))
    }
}

struct RoomDays(Vec<RoomDay>);

impl Entry for RoomDays {
    const WHAT: &'static str = "analytics of RealtimeKit";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let mut days: BTreeMap<NaiveDate, RoomDay> = BTreeMap::new();
        let held = fields.within("session_stats", |stats| stats.entries::<SessionDay>("day_stats")).flatten();
        for SessionDay(day, sessions, minutes) in held.into_iter().flat_map(|held| held.items) {
            let of_day = days.entry(day).or_insert_with(|| RoomDay::empty(day));
            (of_day.sessions, of_day.minutes) = (sessions, minutes);
        }
        let recorded = fields.within("recording_stats", |stats| stats.entries::<RecordingDay>("day_stats")).flatten();
        for RecordingDay(day, minutes) in recorded.into_iter().flat_map(|recorded| recorded.items) {
            days.entry(day).or_insert_with(|| RoomDay::empty(day)).recorded_minutes = minutes;
        }
        Ok(Self(days.into_values().collect()))
    }
}

impl Client {
    /// What RealtimeKit counted from one day to another, both included. A day without sessions and recordings is absent.
    pub async fn room_days(&self, app: &AppId, first: NaiveDate, last: NaiveDate) -> Result<Vec<RoomDay>, Error> {
        let path = self.kit(app, "/analytics/daywise");
        let mut call = Call::get(Surface::Realtime, &path);
        call.query = vec![("start_date", first.to_string()), ("end_date", last.to_string())];
        let RoomDays(days) = self.call(call).await?;
        // Whether the last day is included is not documented.
        Ok(days.into_iter().filter(|day| (first..=last).contains(&day.day)).collect())
    }
}
