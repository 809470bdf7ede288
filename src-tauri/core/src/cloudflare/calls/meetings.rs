//! Meetings, which Hajime calls rooms. A meeting has no start, no capacity and no end. It can be closed but not
//! deleted.

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use crate::cloudflare::calls::recordings::picture_and_sound;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::page::Page;
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, line};
use crate::domain::ids::{AppId, MeetingId};

/// A meeting at RealtimeKit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The meeting's id.
    pub id: MeetingId,
    /// The meeting's title, with the room code at its end.
    pub title: Option<String>,
    /// The status: `ACTIVE` while people can join, or `INACTIVE`.
    pub status: Option<String>,
    /// When the meeting was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When the meeting was last changed. Opening a closed meeting changes it.
    pub updated_at: Option<DateTime<Utc>>,
    /// Whether RealtimeKit records the meeting as soon as the first person joins.
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
            updated_at: fields.moment("updated_at"),
            record_on_start: fields.flag("record_on_start"),
        })
    }
}

impl Meeting {
    /// Whether people can no longer join the meeting.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.status.as_deref() == Some("INACTIVE")
    }
}

/// The properties of a meeting to make or to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeeting {
    /// The title, with the room code by which the meeting is found.
    pub title: String,
    /// The longest that a recording of the meeting may last, 60 to 86,400 seconds.
    pub max_seconds: Option<u32>,
    /// The width and height in pixels of a recording that begins by itself when the first person joins; `None` if it
    /// must not begin by itself.
    pub record: Option<(u16, u16)>,
    /// Whether RealtimeKit makes a transcript after a session in the meeting.
    pub transcribe: bool,
}

impl NewMeeting {
    /// The meeting to ask for after RealtimeKit refused this one: first without a transcript, then without a recording that
    /// begins by itself. `None` if it does nothing by itself.
    #[must_use]
    pub fn less(&self) -> Option<Self> {
        if self.transcribe {
            Some(Self { transcribe: false, ..self.clone() })
        } else {
            self.record.is_some().then(|| Self { record: None, ..self.clone() })
        }
    }

    fn body(&self) -> Value {
        let mut config = Map::new();
        if let Some(seconds) = self.max_seconds {
            config.insert("max_seconds".into(), json!(seconds));
        }
        if let Some((width, height)) = self.record {
            config.extend(picture_and_sound(width, height));
        }
        let mut body = json!({
            "title": line(&self.title),
            "record_on_start": self.record.is_some(),
            // Hajime keeps the chat itself, so that Cloudflare may delete it after seven days.
            "persist_chat": false,
            "transcribe_on_end": self.transcribe,
        });
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

    /// Gives an existing meeting these properties and opens it. Its id and its invitations stay.
    pub async fn edit_meeting(&self, app: &AppId, id: &MeetingId, new: &NewMeeting) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        let mut body = new.body();
        body["status"] = json!("ACTIVE");
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &body)).await
    }

    /// All meetings whose title or id contains this text.
    pub async fn find_meetings(&self, app: &AppId, text: &str) -> Result<Vec<Meeting>, Error> {
        self.all(Surface::Realtime, &self.kit(app, "/meetings"), &[("search", text.to_owned())]).await
    }

    /// The open meetings whose title contains this text, at most 1,000.
    pub async fn open_meetings(&self, app: &AppId, text: &str) -> Result<Page<Meeting>, Error> {
        let mut call = Call::get(Surface::Realtime, &self.kit(app, "/meetings"));
        call.query = vec![("status", "ACTIVE".to_owned()), ("search", text.to_owned())];
        self.page(call, 1, 1_000).await
    }

    /// One meeting by its id.
    pub async fn meeting(&self, app: &AppId, id: &MeetingId) -> Result<Option<Meeting>, Error> {
        let found: Option<Meeting> =
            self.find(Call::get(Surface::Realtime, &self.kit(app, &format!("/meetings/{id}")))).await?;
        if let Some(meeting) = &found {
            Error::unless_same(Meeting::WHAT, id.as_str(), meeting.id.as_str())?;
        }
        Ok(found)
    }

    /// Gives a meeting a title and closes it: nobody can join.
    pub async fn close_meeting_as(&self, app: &AppId, id: &MeetingId, title: &str) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        let body = json!({ "title": line(title), "status": "INACTIVE" });
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &body)).await
    }

    /// Closes a meeting: nobody can join any more. People in it stay until they are removed.
    pub async fn close_meeting(&self, app: &AppId, id: &MeetingId) -> Result<(), Error> {
        let path = self.kit(app, &format!("/meetings/{id}"));
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &json!({ "status": "INACTIVE" }))).await
    }
}
