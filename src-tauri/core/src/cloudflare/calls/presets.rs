//! Presets: the permissions that people join with.

use serde::Serialize;
use serde_json::{Value, json};

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::AppId;

/// A preset. Only its name is needed, to add participants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// The preset's name, unique in its app.
    pub name: String,
}

impl Entry for Preset {
    const WHAT: &'static str = "RealtimeKit preset";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { name: fields.needed("name")? })
    }
}

/// A preset to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewPreset {
    name: String,
    config: Value,
    permissions: Value,
    ui: Value,
}

impl NewPreset {
    /// The preset of a host, who may record and remove people.
    #[must_use]
    pub fn host(name: &str) -> Self {
        Self::group_call(name, true)
    }

    /// The preset of a participant, who may use camera, microphone, screen and chat.
    #[must_use]
    pub fn participant(name: &str) -> Self {
        Self::group_call(name, false)
    }

    /// The format of `POST …/presets` in Cloudflare's OpenAPI document, which requires all these members.
    fn group_call(name: &str, host: bool) -> Self {
        let chat = json!({ "can_send": true, "text": true, "files": host });
        Self {
            name: name.to_owned(),
            config: json!({
                "view_type": "GROUP_CALL",
                "max_video_streams": { "desktop": 9, "mobile": 4 },
                "max_screenshare_count": 1,
                "media": {
                    "video": { "quality": "hd", "frame_rate": 30 },
                    "screenshare": { "quality": "hd", "frame_rate": 15 },
                    "audio": { "enable_stereo": false, "enable_high_bitrate": false },
                },
            }),
            permissions: json!({
                "accept_waiting_requests": host,
                "can_accept_production_requests": host,
                "can_change_participant_permissions": host,
                "can_edit_display_name": true,
                "can_livestream": false,
                "can_record": host,
                "can_spotlight": host,
                "chat": { "public": chat, "private": { "can_receive": true, "can_send": true, "text": true, "files": host } },
                "connected_meetings": { "can_alter_connected_meetings": false, "can_switch_connected_meetings": false, "can_switch_to_parent_meeting": false },
                "disable_participant_audio": host,
                "disable_participant_screensharing": host,
                "disable_participant_video": host,
                "hidden_participant": false,
                "is_recorder": false,
                "kick_participant": host,
                "media": {
                    "audio": { "can_produce": "ALLOWED" },
                    "video": { "can_produce": "ALLOWED" },
                    "screenshare": { "can_produce": "ALLOWED" },
                },
                "pin_participant": host,
                "plugins": { "can_close": host, "can_edit_config": host, "can_start": host, "config": {} },
                "polls": { "can_create": host, "can_view": true, "can_vote": true },
                "recorder_type": "NONE",
                "show_participant_list": true,
                "waiting_room_type": "SKIP",
            }),
            ui: json!({ "design_tokens": {
                "border_radius": "rounded",
                "border_width": "thin",
                "colors": {
                    "background": { "600": "#222222", "700": "#1f1f1f", "800": "#1b1b1b", "900": "#181818", "1000": "#141414" },
                    "brand": { "300": "#ef9a94", "400": "#e2706a", "500": "#b3261e", "600": "#9c211a", "700": "#841c16" },
                    "danger": "#ff2d2d", "text": "#eeeeee", "text_on_brand": "#ffffff",
                    "success": "#62a504", "video_bg": "#191919", "warning": "#ffcd07",
                },
                "logo": "", "spacing_base": 4, "theme": "dark",
            } }),
        }
    }
}

impl Client {
    /// All presets of an app.
    pub async fn presets(&self, app: &AppId) -> Result<Vec<Preset>, Error> {
        self.all(&self.kit(app, "/presets"), &[]).await
    }

    /// Makes a preset.
    pub async fn create_preset(&self, app: &AppId, new: &NewPreset) -> Result<Preset, Error> {
        self.call(Call::post(Surface::Realtime, &self.kit(app, "/presets"), new)).await
    }
}
