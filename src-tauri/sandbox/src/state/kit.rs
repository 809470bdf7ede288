//! RealtimeKit's lasting objects (apps, presets, meetings and participants) and their JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::table::Object;
use crate::clock::{Moment, millis};

/// A RealtimeKit app.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct App {
    pub id: String,
    /// The id of the account that owns the app.
    pub account: String,
    pub name: String,
    pub created: Moment,
}

/// A preset: the role of a participant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preset {
    pub id: String,
    /// The id of the app that owns the preset.
    pub app: String,
    /// The name by which a participant refers to the preset.
    pub name: String,
    /// The members `config`, `permissions` and `ui`, with defaults filled in.
    pub body: Map<String, Value>,
    pub created: Moment,
    pub updated: Moment,
}

/// Whether a meeting can be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MeetingStatus {
    /// The meeting can be joined.
    Active,
    /// Nobody can join; peers in the room stay.
    Inactive,
}

/// A meeting: a lasting room, in which sessions take place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Meeting {
    pub id: String,
    /// The id of the app that owns the meeting.
    pub app: String,
    pub title: Option<String>,
    pub status: MeetingStatus,
    /// All other members of a meeting, validated and with defaults filled in.
    pub settings: Map<String, Value>,
    pub created: Moment,
    pub updated: Moment,
}

/// A person who may join a meeting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Participant {
    pub id: String,
    /// The id of the meeting that the person may join.
    pub meeting: String,
    /// The name shown in the room; `None` for a participant added without one.
    pub name: Option<String>,
    /// The URL of the picture shown in the room.
    pub picture: Option<String>,
    /// The integrator's own id for the person.
    pub custom_id: String,
    /// The name of the participant's preset.
    pub preset: String,
    pub created: Moment,
    pub updated: Moment,
}

impl Object for App {
    const KIND: &'static str = "app";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for Preset {
    const KIND: &'static str = "preset";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for Meeting {
    const KIND: &'static str = "meeting";
    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> Option<(&str, Moment)> {
        Some((&self.app, self.created))
    }
}

impl Object for Participant {
    const KIND: &'static str = "participant";
    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> Option<(&str, Moment)> {
        Some((&self.meeting, self.created))
    }
}

impl App {
    pub fn to_json(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "created_at": millis(self.created) })
    }
}

impl Preset {
    /// One of the two presets of an app made in the dashboard: the host's or the participant's.
    pub fn group_call(app: &str, id: String, host: bool, now: Moment) -> Self {
        let name = if host { "group_call_host" } else { "group_call_participant" };
        let allowed = json!({ "can_produce": "ALLOWED" });
        let body = json!({
            "config": {
                "view_type": "GROUP_CALL",
                "max_video_streams": { "desktop": 6, "mobile": 4 },
                "max_screenshare_count": 1,
                "media": {
                    "video": { "quality": "hd", "frame_rate": 30, "simulcast": true },
                    "screenshare": { "quality": "hd", "frame_rate": 5 },
                    "audio": { "enable_stereo": false, "enable_high_bitrate": false },
                },
            },
            "permissions": {
                "accept_waiting_requests": host,
                "can_accept_production_requests": host,
                "can_change_participant_permissions": host,
                "can_edit_display_name": true,
                "can_livestream": false,
                "can_record": host,
                "can_spotlight": host,
                "chat": {
                    "public": { "can_send": true, "files": true, "text": true },
                    "private": { "can_receive": true, "can_send": true, "files": true, "text": true },
                },
                "connected_meetings": {
                    "can_alter_connected_meetings": host,
                    "can_switch_connected_meetings": host,
                    "can_switch_to_parent_meeting": host,
                },
                "disable_participant_audio": host,
                "disable_participant_screensharing": host,
                "disable_participant_video": host,
                "hidden_participant": false,
                "is_recorder": false,
                "kick_participant": host,
                "media": { "audio": allowed, "video": allowed, "screenshare": allowed },
                "pin_participant": host,
                "plugins": { "can_close": host, "can_edit_config": host, "can_start": host, "config": {} },
                "polls": { "can_create": host, "can_view": true, "can_vote": true },
                "recorder_type": "NONE",
                "show_participant_list": true,
                "waiting_room_type": "SKIP",
            },
            "ui": { "design_tokens": Self::design_tokens() },
        });
        let body = body.as_object().cloned().unwrap_or_default();
        Self { id, app: app.to_owned(), name: name.to_owned(), body, created: now, updated: now }
    }

    fn design_tokens() -> Value {
        json!({
            "border_radius": "rounded",
            "border_width": "thin",
            "colors": {
                "background": { "600": "#222222", "700": "#1F1F1F", "800": "#181818", "900": "#141414", "1000": "#080808" },
                "brand": { "300": "#497CFD", "400": "#356EFD", "500": "#2160FD", "600": "#0D51FD", "700": "#0246FD" },
                "danger": "#FF2D2D",
                "success": "#62A504",
                "text": "#EEEEEE",
                "text_on_brand": "#EEEEEE",
                "video_bg": "#191919",
                "warning": "#FFCD07",
            },
            "logo": "",
            "spacing_base": 4,
            "theme": "dark",
        })
    }

    /// The members of a preset in a list.
    pub fn to_list_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "created_at": millis(self.created),
            "updated_at": millis(self.updated),
        })
    }

    /// All members of a preset.
    pub fn to_json(&self) -> Value {
        let mut shown = self.body.clone();
        shown.insert("id".into(), self.id.clone().into());
        shown.insert("name".into(), self.name.clone().into());
        shown.insert("created_at".into(), millis(self.created).into());
        shown.insert("updated_at".into(), millis(self.updated).into());
        Value::Object(shown)
    }
}

impl Meeting {
    pub fn to_json(&self) -> Value {
        let mut shown = self.settings.clone();
        shown.insert("id".into(), self.id.clone().into());
        shown.insert("title".into(), self.title.clone().into());
        shown.insert("status".into(), json!(self.status));
        shown.insert("created_at".into(), millis(self.created).into());
        shown.insert("updated_at".into(), millis(self.updated).into());
        Value::Object(shown)
    }

    /// The title; empty when the meeting has none.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
    }

    /// Whether a recording starts when the first peer joins (`record_on_start`).
    pub fn records_on_start(&self) -> bool {
        self.has("record_on_start")
    }

    /// Whether a boolean setting is present and true.
    pub fn has(&self, setting: &str) -> bool {
        self.settings.get(setting).and_then(Value::as_bool).unwrap_or(false)
    }

    /// How long a session stays live in an empty room, in seconds; 60 by default.
    pub fn keep_alive_seconds(&self) -> f64 {
        self.settings.get("session_keep_alive_time_in_secs").and_then(Value::as_f64).unwrap_or(60.0)
    }

    /// The recording settings of the meeting, which the start call may override.
    pub fn recording_config(&self) -> Map<String, Value> {
        self.settings.get("recording_config").and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

impl Participant {
    /// The participant in a reply, without a token.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "picture": self.picture,
            "custom_participant_id": self.custom_id,
            "preset_name": self.preset,
            "created_at": millis(self.created),
            "updated_at": millis(self.updated),
        })
    }
}
