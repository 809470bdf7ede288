//! Meetings: rooms without a start, a capacity or an end. They can be closed, never deleted.

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::error::{Error, Surface};
use super::super::page::Page;
use super::super::transport::{Call, Client};
use super::recordings::picture_and_sound;
use crate::domain::ids::{AppId, MeetingId};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// `ACTIVE` or `INACTIVE`.
    #[serde(default)]
    pub status: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// Whether RealtimeKit records it from the first person on.
    #[serde(default)]
    pub record_on_start: Option<bool>,
}

impl Meeting {
    /// Whether nobody can enter it any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.status.as_deref() == Some("INACTIVE")
    }
}

/// A meeting to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeeting {
    /// Its title, with the mark it is found by.
    pub title: String,
    /// The longest a recording in it may be, 60 to 86,400 seconds.
    pub max_seconds: Option<u32>,
    /// The pixels, width and height, in which RealtimeKit records it from the first person on; `None`: not before it is asked to.
    pub record: Option<(u16, u16)>,
}

impl NewMeeting {
    fn body(&self) -> Value {
        let mut config = Map::new();
        if let Some(seconds) = self.max_seconds {
            config.insert("max_seconds".into(), json!(seconds));
        }
        if let Some((width, height)) = self.record {
            config.extend(picture_and_sound(width, height));
        }
        let mut body = json!({ "title": self.title, "record_on_start": self.record.is_some() });
        if !config.is_empty() {
            body["recording_config"] = Value::Object(config);
        }
        body
    }
}

impl Client {
    /// Makes a meeting.
    pub async fn create_meeting(&self, app: &AppId, new: &NewMeeting) -> Result<Meeting, Error> {
        self.call(Call::post(Surface::Realtime, &self.kit(app, "/meetings"), &new.body())).await
    }

    /// Makes a meeting what a new one would be. It keeps its id, and whether people can enter.
    pub async fn edit_meeting(&self, app: &AppId, id: &MeetingId, new: &NewMeeting) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &new.body())).await
    }

    /// Meetings whose title or id holds this text.
    pub async fn find_meetings(&self, app: &AppId, text: &str) -> Result<Vec<Meeting>, Error> {
        self.all(&self.kit(app, "/meetings"), &[("search", text.to_owned())]).await
    }

    /// Meetings that people can still enter and whose title holds this text.
    pub async fn open_meetings(&self, app: &AppId, text: &str) -> Result<Page<Meeting>, Error> {
        let mut call = Call::get(Surface::Realtime, &self.kit(app, "/meetings"));
        call.query = vec![("status", "ACTIVE".to_owned()), ("search", text.to_owned())];
        self.page(call, 1, 1_000).await
    }

    /// One meeting.
    pub async fn meeting(&self, app: &AppId, id: &MeetingId) -> Result<Option<Meeting>, Error> {
        self.find(Call::get(Surface::Realtime, &self.kit(app, &format!("/meetings/{id}")))).await
    }

    /// Lets nobody in any more. A running session goes on until everyone is removed.
    pub async fn close_meeting(&self, app: &AppId, id: &MeetingId) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &json!({ "status": "INACTIVE" }))).await
    }
}
