//! Deliveries of a period, by channel and state.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::queued::DeliveryState;
use crate::domain::health::period::Period;
use crate::domain::health::row::Narrowed;
use crate::domain::ids::RecordingId;
use crate::domain::schedule::origin::UNKNOWN_INSTRUCTOR;
use crate::store::{Error, Store, count, moment, to_millis};

/// A delivery of a period, for the list of what stands behind the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The recording that it told of.
    pub recording: RecordingId,
    /// Its channel.
    pub channel: Channel,
    /// Where it is.
    pub state: DeliveryState,
    /// When it was queued.
    pub at: DateTime<Utc>,
}

/// A delivery whose recording belongs to what the figures are about.
const OF_THEM: &str = "d.subject = 'recording' AND d.created_at BETWEEN ?1 AND ?2
     AND (?3 IS NULL OR EXISTS (SELECT 1 FROM recordings r WHERE r.id = d.subject_id AND r.instructor = ?3))
     AND (?4 IS NULL OR EXISTS (SELECT 1 FROM recordings r JOIN sessions s ON s.id = r.session_id
                                WHERE r.id = d.subject_id AND s.series_id = ?4))";

/// The name as it is stored: none where only another desk knows it.
fn stored(narrowed: &Narrowed) -> Option<&str> {
    narrowed.instructor.as_deref().map(|name| if name == UNKNOWN_INSTRUCTOR { "" } else { name })
}

impl Store {
    /// Returns how many deliveries of a period each channel has in each state.
    pub fn deliveries_by_state(
        &self,
        period: &Period,
        narrowed: &Narrowed,
    ) -> Result<Vec<(Channel, DeliveryState, u32)>, Error> {
        let connection = self.connection();
        let sql = format!("SELECT d.channel, d.state, count(*) FROM deliveries d WHERE {OF_THEM} GROUP BY 1, 2");
        let mut statement = connection.prepare_cached(&sql)?;
        let series = narrowed.series.map(|series| series.to_string());
        let rows = statement
            .query_map(params![to_millis(period.from), to_millis(period.to), stored(narrowed), series], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, count(row, 2)?))
            })?;
        let known = |row: Result<(String, String, u32), _>| {
            let (channel, state, count) = row?;
            Ok(channel_of(&channel).zip(state_of(&state)).map(|(channel, state)| (channel, state, count)))
        };
        rows.filter_map(|row| known(row).transpose()).collect()
    }

    /// Returns the newest deliveries of a period, at most `limit`.
    pub fn deliveries_told(&self, period: &Period, narrowed: &Narrowed, limit: u32) -> Result<Vec<Told>, Error> {
        let connection = self.connection();
        let sql = format!(
            "SELECT d.subject_id, d.channel, d.state, d.created_at FROM deliveries d WHERE {OF_THEM} ORDER BY d.id DESC LIMIT ?5"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let series = narrowed.series.map(|series| series.to_string());
        let mut rows =
            statement.query(params![to_millis(period.from), to_millis(period.to), stored(narrowed), series, limit])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, channel, state): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let recording = id.parse().map_err(|_| Error::unreadable("recording id", &id))?;
            if let Some((channel, state)) = channel_of(&channel).zip(state_of(&state)) {
                all.push(Told { recording, channel, state, at: moment(row, 3)? });
            }
        }
        Ok(all)
    }
}

fn channel_of(word: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.name() == word)
}

fn state_of(word: &str) -> Option<DeliveryState> {
    DeliveryState::ALL.into_iter().find(|state| state.name() == word)
}
