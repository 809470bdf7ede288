//! Meetings: rooms without a start, a capacity or an end. They can be closed, never deleted.

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use crate::cloudflare::calls::recordings::picture_and_sound;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::page::Page;
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, line};
use crate::domain::ids::{AppId, MeetingId};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// Its title.
    pub title: Option<String>,
    /// `ACTIVE` or `INACTIVE`.
    pub status: Option<String>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// Whether RealtimeKit records it from the first person on.
    pub record_on_start: Option<bool>,
}

impl Entry for Meeting {
    const WHAT: &'static str = "RealtimeKit meeting";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("id")?,
            title: fields.text("title"),
            status: fields.text("status"),
            created_at: fields.moment("created_at"),
            record_on_start: fields.flag("record_on_start"),
        })
    }
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
        let mut body = json!({ "title": line(&self.title), "record_on_start": self.record.is_some() });
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

    /// Makes a meeting what a new one would be, so that people can enter it. It keeps its id and the invitations to it.
    pub async fn edit_meeting(&self, app: &AppId, id: &MeetingId, new: &NewMeeting) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        let mut body = new.body();
        body["status"] = json!("ACTIVE");
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &body)).await
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
        let found: Option<Meeting> =
            self.find(Call::get(Surface::Realtime, &self.kit(app, &format!("/meetings/{id}")))).await?;
        if let Some(meeting) = &found {
            Error::unless_same(Meeting::WHAT, id.as_str(), meeting.id.as_str())?;
        }
        Ok(found)
    }

    /// Lets nobody in any more. A running session goes on until everyone is removed.
    pub async fn close_meeting(&self, app: &AppId, id: &MeetingId) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &json!({ "status": "INACTIVE" }))).await
    }
}
