//! Presets: the permissions that people join with.

use http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::{AppId, PresetId};
use crate::domain::library::attachment::shown_name;
use crate::domain::profile::preset::{PresetRights, PresetRole, Right};

/// A preset, as lists have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// The preset's id; `None` if it cannot be read. The preset can be used without it, but not read or changed.
    pub id: Option<PresetId>,
    /// The preset's name, by which participants are added.
    pub name: String,
}

impl Entry for Preset {
    const WHAT: &'static str = "RealtimeKit preset";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { id: fields.parsed("id"), name: fields.needed("name")? })
    }
}

/// What one preset allows. Lists do not say it.
struct Allowed(PresetRights);

impl Entry for Allowed {
    const WHAT: &'static str = Preset::WHAT;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let view = fields.within("config", |config| config.text("view_type")).flatten();
        let view = view.as_deref().and_then(shown_name);
        Ok(Self(
            fields
                .within("permissions", |permissions| PresetRights { view: view.clone(), ..rights_in(permissions) })
                .unwrap_or(PresetRights { view, ..PresetRights::default() }),
        ))
    }
}

/// The rights among the permissions of a preset (OpenAPI document, `permissions` of `GET …/presets/{id}`).
fn rights_in(permissions: &mut Fields<'_>) -> PresetRights {
    let media = permissions.within("media", |media| {
        ["video", "audio", "screenshare"].map(|kind| {
            let may = media.within(kind, |kind| kind.text("can_produce")).flatten();
            may.as_deref().and_then(can_produce)
        })
    });
    let [camera, microphone, screen] = media.unwrap_or_default();
    let chat = permissions.within("chat", |chat| chat.within("public", |public| public.flag("can_send")).flatten());
    let rights = [
        (Right::Camera, camera),
        (Right::Microphone, microphone),
        (Right::Screen, screen),
        (Right::Chat, chat.flatten()),
        (Right::Record, permissions.flag("can_record")),
        (Right::Mute, permissions.flag("disable_participant_audio")),
        (Right::Remove, permissions.flag("kick_participant")),
        (Right::ChangeRights, permissions.flag("can_change_participant_permissions")),
    ];
    PresetRights {
        view: None,
        rights: rights.into_iter().filter_map(|(right, allowed)| Some((right, allowed?))).collect(),
        hidden: permissions.flag("hidden_participant"),
        enters_at_once: permissions.text("waiting_room_type").map(|kind| kind == "SKIP"),
    }
}

/// Whether people may send picture or sound. Who may only ask for it may not.
fn can_produce(word: &str) -> Option<bool> {
    match word {
        "ALLOWED" => Some(true),
        "NOT_ALLOWED" | "CAN_REQUEST" => Some(false),
        _ => None,
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
    /// Hajime's own preset for a role, under this name.
    #[must_use]
    pub fn own(name: &str, role: PresetRole) -> Self {
        Self::group_call(name, role == PresetRole::Host)
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
        self.all(Surface::Realtime, &self.kit(app, "/presets"), &[]).await
    }

    /// Makes a preset.
    pub async fn create_preset(&self, app: &AppId, new: &NewPreset) -> Result<Preset, Error> {
        self.call(Call::post(Surface::Realtime, &self.kit(app, "/presets"), new)).await
    }

    /// What a preset allows; `None` if the app has no such preset.
    pub async fn preset_rights(&self, app: &AppId, id: &PresetId) -> Result<Option<PresetRights>, Error> {
        let found: Option<Allowed> =
            self.find(Call::get(Surface::Realtime, &self.kit(app, &format!("/presets/{id}")))).await?;
        Ok(found.map(|Allowed(rights)| rights))
    }

    /// Gives a preset the view and the permissions of another. Its name, colours and logo stay. The permissions are
    /// sent whole, so it does not matter whether RealtimeKit merges what is inside them.
    pub async fn change_preset(&self, app: &AppId, id: &PresetId, to: &NewPreset) -> Result<(), Error> {
        let body = json!({ "config": to.config, "permissions": to.permissions });
        let path = self.kit(app, &format!("/presets/{id}"));
        self.done(Call::set(Method::PATCH, Surface::Realtime, &path, &body)).await
    }
}
