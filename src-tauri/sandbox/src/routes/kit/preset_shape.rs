//! The types of the members of a preset, from Cloudflare's OpenAPI document. Members may be missing, because `presets`
//! fills them in. Undocumented members are accepted.

use serde_json::{Map, Value};

enum Shape {
    Flag,
    Count,
    Text,
    Word(&'static [&'static str]),
    Numbers,
    Object(&'static [(&'static str, Shape)]),
    MapOf(&'static Shape),
}

use Shape::{Count, Flag, MapOf, Numbers, Object, Text, Word};

const PRODUCE: Shape = Word(&["ALLOWED", "NOT_ALLOWED", "CAN_REQUEST"]);
const QUALITY: Shape = Word(&["hd", "vga", "qvga", "fhd", "uhd"]);
const CAN_PRODUCE: Shape = Object(&[("can_produce", PRODUCE)]);

const PRESET: &[(&str, Shape)] = &[
    (
        "config",
        Object(&[
            ("view_type", Word(&["GROUP_CALL", "WEBINAR", "AUDIO_ROOM", "LIVESTREAM"])),
            ("livestream_viewer_qualities", Numbers),
            ("max_screenshare_count", Count),
            ("max_video_streams", Object(&[("desktop", Count), ("mobile", Count)])),
            (
                "media",
                Object(&[
                    ("audio", Object(&[("enable_high_bitrate", Flag), ("enable_stereo", Flag)])),
                    ("screenshare", Object(&[("frame_rate", Count), ("quality", QUALITY)])),
                    ("video", Object(&[("frame_rate", Count), ("quality", QUALITY), ("simulcast", Flag)])),
                ]),
            ),
        ]),
    ),
    (
        "permissions",
        Object(&[
            ("accept_stage_requests", Flag),
            ("accept_waiting_requests", Flag),
            ("can_accept_production_requests", Flag),
            ("can_change_participant_permissions", Flag),
            ("can_edit_display_name", Flag),
            ("can_livestream", Flag),
            ("can_record", Flag),
            ("can_spotlight", Flag),
            (
                "chat",
                Object(&[
                    ("private", Object(&[("can_receive", Flag), ("can_send", Flag), ("files", Flag), ("text", Flag)])),
                    ("public", Object(&[("can_send", Flag), ("files", Flag), ("text", Flag)])),
                ]),
            ),
            (
                "connected_meetings",
                Object(&[
                    ("can_alter_connected_meetings", Flag),
                    ("can_switch_connected_meetings", Flag),
                    ("can_switch_to_parent_meeting", Flag),
                ]),
            ),
            ("disable_participant_audio", Flag),
            ("disable_participant_screensharing", Flag),
            ("disable_participant_video", Flag),
            ("hidden_participant", Flag),
            ("is_recorder", Flag),
            ("kick_participant", Flag),
            ("media", Object(&[("audio", CAN_PRODUCE), ("screenshare", CAN_PRODUCE), ("video", CAN_PRODUCE)])),
            ("pin_participant", Flag),
            (
                "plugins",
                Object(&[
                    ("can_close", Flag),
                    ("can_edit_config", Flag),
                    ("can_start", Flag),
                    (
                        "config",
                        MapOf(&Object(&[
                            ("access_control", Word(&["FULL_ACCESS", "VIEW_ONLY"])),
                            ("handles_view_only", Flag),
                        ])),
                    ),
                ]),
            ),
            ("polls", Object(&[("can_create", Flag), ("can_view", Flag), ("can_vote", Flag)])),
            ("recorder_type", Word(&["RECORDER", "LIVESTREAMER", "NONE"])),
            ("show_participant_list", Flag),
            ("stage_access", PRODUCE),
            ("stage_enabled", Flag),
            ("transcription_enabled", Flag),
            ("waiting_room_type", Word(&["SKIP", "ON_PRIVILEGED_USER_ENTRY", "SKIP_ON_ACCEPT"])),
        ]),
    ),
    (
        "ui",
        Object(&[(
            "design_tokens",
            Object(&[
                ("border_radius", Word(&["sharp", "rounded", "extra-rounded", "circular"])),
                ("border_width", Word(&["none", "thin", "fat"])),
                (
                    "colors",
                    Object(&[
                        (
                            "background",
                            Object(&[("600", Text), ("700", Text), ("800", Text), ("900", Text), ("1000", Text)]),
                        ),
                        ("brand", Object(&[("300", Text), ("400", Text), ("500", Text), ("600", Text), ("700", Text)])),
                        ("danger", Text),
                        ("success", Text),
                        ("text", Text),
                        ("text_on_brand", Text),
                        ("video_bg", Text),
                        ("warning", Text),
                    ]),
                ),
                ("font_family", Text),
                ("google_font", Text),
                ("logo", Text),
                ("spacing_base", Count),
                ("theme", Word(&["darkest", "dark", "light"])),
            ]),
        )]),
    ),
];

/// Returns the path of the first member with a wrong value, and what is wrong with the value.
pub fn first_error(members: &Map<String, Value>) -> Option<(String, String)> {
    error_in_members(members, PRESET, "")
}

fn error_in_members(members: &Map<String, Value>, shapes: &[(&str, Shape)], within: &str) -> Option<(String, String)> {
    shapes.iter().find_map(|(name, shape)| error_in_value(members.get(*name)?, shape, &format!("{within}{name}")))
}

fn error_in_value(value: &Value, shape: &Shape, path: &str) -> Option<(String, String)> {
    let wrong = |why: String| Some((path.to_owned(), why));
    match shape {
        Flag if !value.is_boolean() => wrong("must be a boolean".into()),
        Count if !value.as_f64().is_some_and(|number| number >= 0.0) => wrong("must be a number, not below 0".into()),
        Text if !value.is_string() => wrong("must be a string".into()),
        Word(words) if !value.as_str().is_some_and(|word| words.contains(&word)) => {
            wrong(format!("must be one of {}", words.join(", ")))
        }
        Numbers if !value.is_null() && !value.as_array().is_some_and(|items| items.iter().all(Value::is_i64)) => {
            wrong("must be a list of whole numbers".into())
        }
        Object(shapes) => match value.as_object() {
            Some(members) => error_in_members(members, shapes, &format!("{path}.")),
            None => wrong("must be an object".into()),
        },
        MapOf(shape) => match value.as_object() {
            Some(members) => {
                members.iter().find_map(|(name, value)| error_in_value(value, shape, &format!("{path}.{name}")))
            }
            None => wrong("must be an object".into()),
        },
        Flag | Count | Text | Word(_) | Numbers => None,
    }
}
