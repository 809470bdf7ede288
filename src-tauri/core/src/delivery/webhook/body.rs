//! The JSON of the setup guide, byte for byte: its names, their order, two spaces for each level, and no line at the
//! end.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::domain::delivery::outgoing_event::EventFacts;
use crate::domain::health::alert::reading::Affected;

#[derive(Serialize)]
struct Event<D> {
    event: &'static str,
    data: D,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Complete<'a> {
    recording_id: &'a str,
    room_id: Option<&'a str>,
    stream_id: Option<&'a str>,
    stream_url: Option<&'a str>,
    duration: i64,
    file_size: Option<u64>,
    timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed<'a> {
    recording_id: &'a str,
    room_id: Option<&'a str>,
    error: &'a str,
    timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    #[serde(rename = "alertId")]
    id: &'a str,
    metric: &'a str,
    severity: &'a str,
    title: &'a str,
    detail: &'a str,
    next: &'a str,
    affected: &'a [Affected],
    affected_total: u32,
    held_back: u32,
    again: bool,
    since: String,
    until: Option<String>,
}

#[derive(Serialize)]
struct Test<'a> {
    timestamp: &'a str,
}

/// The body of an event.
pub(super) fn of_event(facts: &EventFacts) -> String {
    let event = facts.kind().name();
    match facts {
        EventFacts::Complete(facts) => json(&Event {
            event,
            data: Complete {
                recording_id: &facts.recording_id,
                room_id: facts.room_id.as_deref(),
                stream_id: facts.stream_id.as_deref(),
                stream_url: facts.stream_url.as_deref(),
                duration: facts.duration,
                file_size: facts.file_size,
                timestamp: instant(facts.at),
            },
        }),
        EventFacts::Failed(facts) => json(&Event {
            event,
            data: Failed {
                recording_id: &facts.recording_id,
                room_id: facts.room_id.as_deref(),
                error: &facts.error,
                timestamp: instant(facts.at),
            },
        }),
        EventFacts::Alert(facts) => json(&Event {
            event,
            data: Alert {
                id: &facts.alert_id,
                metric: &facts.metric,
                severity: &facts.severity,
                title: &facts.title,
                detail: &facts.detail,
                next: &facts.next,
                affected: &facts.affected,
                affected_total: facts.affected_total,
                held_back: facts.held_back,
                again: facts.again,
                since: instant(facts.since),
                until: facts.until.map(instant),
            },
        }),
    }
}

/// The body of a test. No event of the guide has this name, so no receiver takes it for one.
pub(super) fn of_test(at: &str) -> String {
    json(&Event { event: "test", data: Test { timestamp: at } })
}

/// Texts and numbers alone, which cannot fail.
fn json(event: &impl Serialize) -> String {
    serde_json::to_string_pretty(event).unwrap_or_default()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::outgoing_event::{CompleteFacts, FailedFacts};

    /// The examples of the setup guide, “Webhook Event Format”.
    const GUIDE_COMPLETE: &str = r#"{
  "event": "recording.complete",
  "data": {
    "recordingId": "rec_123abc",
    "roomId": "room_456def",
    "streamId": "stream_789ghi",
    "streamUrl": "https://customer-xxx.cloudflarestream.com/stream_789ghi/manifest/video.m3u8",
    "duration": 3600,
    "fileSize": 524288000,
    "timestamp": "2025-11-10T11:00:00Z"
  }
}"#;
    const GUIDE_FAILED: &str = r#"{
  "event": "recording.failed",
  "data": {
    "recordingId": "rec_123abc",
    "roomId": "room_456def",
    "error": "Processing failed: insufficient storage",
    "timestamp": "2025-11-10T11:00:00Z"
  }
}"#;

    fn complete() -> CompleteFacts {
        CompleteFacts {
            title: "Karate".into(),
            recording_id: "rec_123abc".into(),
            room_id: Some("room_456def".into()),
            stream_id: Some("stream_789ghi".into()),
            stream_url: Some("https://customer-xxx.cloudflarestream.com/stream_789ghi/manifest/video.m3u8".into()),
            duration: 3_600,
            file_size: Some(524_288_000),
            at: "2025-11-10T11:00:00.412Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_guides_examples_are_made_byte_for_byte_from_the_same_facts() {
        assert_eq!(of_event(&EventFacts::Complete(complete())), GUIDE_COMPLETE);
        let failed = FailedFacts {
            title: "Karate".into(),
            recording_id: "rec_123abc".into(),
            room_id: Some("room_456def".into()),
            error: "Processing failed: insufficient storage".into(),
            at: "2025-11-10T11:00:00Z".parse().unwrap(),
        };
        assert_eq!(of_event(&EventFacts::Failed(failed)), GUIDE_FAILED);
    }

    #[test]
    fn what_is_not_known_is_null_and_no_field_is_left_out() {
        let facts = CompleteFacts { room_id: None, stream_url: None, file_size: None, ..complete() };
        let body: serde_json::Value = serde_json::from_str(&of_event(&EventFacts::Complete(facts))).unwrap();
        let names: Vec<&String> = body["data"].as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 7);
        assert!(["roomId", "streamUrl", "fileSize"].iter().all(|name| body["data"][name].is_null()), "{body}");
    }
}
