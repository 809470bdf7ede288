//! Analytics: daily totals of the sessions, recordings and livestreams.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Kit;
use crate::{
    clock::Moment,
    reply::{Answer, Refusal, Reply},
    routes::input::Query,
};

/// `GET /analytics/daywise`: the totals of all days from `start_date` to `end_date`, both included.
pub fn daywise(kit: &Kit<'_>) -> Answer {
    let query = kit.query();
    let from = query.moment("start_date")?.map(|moment| moment.date_naive());
    let until = query.moment("end_date")?.map(|moment| moment.date_naive());
    let within = |moment: Moment| {
        let day = moment.date_naive();
        from.is_none_or(|from| day >= from) && until.is_none_or(|until| day <= until)
    };
    kit.call.world.with(|model| {
        let (mut sessions, mut recordings) = (DailyTotals::default(), DailyTotals::default());
        for session in model.sessions.iter().filter(|session| session.app == kit.app && within(session.started)) {
            sessions.add(session.started, session.minutes_consumed(model.now));
        }
        for recording in model.recordings.iter().filter(|one| one.app == kit.app && within(one.invoked)) {
            recordings.add(recording.invoked, recording.recorded_time().as_seconds_f64() / 60.0);
        }
        Ok(Reply::data(json!({
            "session_stats": {
                "sessions_count": sessions.count(),
                "sessions_minutes_consumed": sessions.amount(),
                "day_stats": sessions.to_json(|day, number, minutes| {
                    json!({ "day": day, "total_sessions": number, "total_session_minutes": minutes })
                }),
            },
            "recording_stats": {
                "recording_count": recordings.count(),
                "recording_minutes_consumed": recordings.amount(),
                "day_stats": recordings.to_json(|day, number, minutes| {
                    json!({ "day": day, "total_recordings": number, "total_recording_minutes": rounded(minutes) })
                }),
            },
        })))
    })
}

/// `GET /analytics/livestreams/overall`
pub fn livestreams(kit: &Kit<'_>) -> Answer {
    let days = livestream_days(kit)?;
    Ok(Reply::data(json!({
        "count": days.count(),
        "total_ingest_seconds": rounded(days.amount()),
        "total_viewer_seconds": 0,
    })))
}

/// `GET /analytics/livestreams/daywise`
pub fn livestreams_daywise(kit: &Kit<'_>) -> Answer {
    let days = livestream_days(kit)?;
    let shown = days.to_json(|day, number, seconds| {
        json!({ "date": day, "count": number, "total_ingest_seconds": rounded(seconds), "total_viewer_seconds": 0 })
    });
    Ok(Reply::data(shown))
}

/// Returns the daily totals of livestreams. The amounts are seconds of ingest.
fn livestream_days(kit: &Kit<'_>) -> Result<DailyTotals, Refusal> {
    let query = kit.query();
    let (from, until) = (instant(&query, "start_time")?, instant(&query, "end_time")?);
    kit.call.world.with(|model| {
        let mut days = DailyTotals::default();
        let fits = |at: Moment| from.is_none_or(|from| at >= from) && until.is_none_or(|until| at <= until);
        for stream in model.livestreams.iter().filter(|stream| stream.app == kit.app && fits(stream.invoked)) {
            let seconds = u32::try_from(stream.ingest_seconds(model.now)).unwrap_or(u32::MAX);
            days.add(stream.invoked, f64::from(seconds));
        }
        Ok(days)
    })
}

/// Reads a moment: RFC 3339 text, or a number of seconds or milliseconds since 1970. The SDK does not say which unit it
/// sends. Numbers from 100,000,000,000 on count as milliseconds, because as seconds they would be after the year 5138.
fn instant(query: &Query<'_>, name: &str) -> Result<Option<Moment>, Refusal> {
    let Some(number) = query.text(name).and_then(|text| text.parse::<i64>().ok()) else { return query.moment(name) };
    let moment = if number.abs() < 100_000_000_000 {
        Moment::from_timestamp(number, 0)
    } else {
        Moment::from_timestamp_millis(number)
    };
    moment.map(Some).ok_or_else(|| query.refuse(name, "must be a time"))
}

#[derive(Default)]
struct DailyTotals(BTreeMap<String, (usize, f64)>);

impl DailyTotals {
    fn add(&mut self, at: Moment, amount: f64) {
        let day = self.0.entry(at.format("%Y-%m-%d").to_string()).or_default();
        day.0 += 1;
        day.1 += amount;
    }

    fn count(&self) -> usize {
        self.0.values().map(|(number, _)| number).sum()
    }

    fn amount(&self) -> f64 {
        self.0.values().map(|(_, minutes)| minutes).sum()
    }

    fn to_json(&self, show: impl Fn(&str, usize, f64) -> Value) -> Value {
        self.0.iter().map(|(day, (number, minutes))| show(day, *number, *minutes)).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a sum of minutes is far within the bounds of i64")]
fn rounded(amount: f64) -> i64 {
    amount.round() as i64
}
