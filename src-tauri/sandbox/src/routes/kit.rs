//! The routes of RealtimeKit.

mod analytics;
mod apps;
mod live;
mod livestreams;
mod meetings;
mod participants;
mod preset_shape;
mod presets;
mod recordings;
mod sessions;
mod webhooks;

use axum::http::{Method, StatusCode};

use self::meetings::Writing;
use super::input::{ErrorFormat, Fields, Query, contains};
use crate::{
    call::Call,
    reply::{Answer, Refusal},
    state::kit::Meeting,
    switches::Switches,
};

/// `/realtime/kit/…`
pub fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    if let ["apps", rest @ ..] = rest {
        return match (&call.method, rest) {
            (&Method::GET, []) => Some(apps::list(call)),
            (&Method::POST, []) => Some(apps::create(call)),
            _ => None,
        };
    }
    let [app, rest @ ..] = rest else { return None };
    let kit = Kit { call, app };
    let route = kit.route(rest)?;
    if let Err(refusal) = kit.check_app() {
        return Some(Err(refusal));
    }
    Some(route(&kit))
}

/// A call to one RealtimeKit app.
struct Kit<'a> {
    call: &'a Call,
    app: &'a str,
}

type Route<'a> = Box<dyn FnOnce(&Kit<'_>) -> Answer + 'a>;

impl Kit<'_> {
    fn route<'r>(&self, rest: &'r [&'r str]) -> Option<Route<'r>> {
        let route: Route<'r> = match (self.call.method.as_str(), rest) {
            ("GET", ["presets"]) => Box::new(presets::list),
            ("POST", ["presets"]) => Box::new(presets::create),
            ("GET", ["presets", id]) => Box::new(move |kit| presets::get(kit, id)),
            ("PATCH", ["presets", id]) => Box::new(move |kit| presets::write(kit, id, Writing::Changing)),
            ("PUT", ["presets", id]) => Box::new(move |kit| presets::write(kit, id, Writing::Replacing)),
            ("DELETE", ["presets", id]) => Box::new(move |kit| presets::delete(kit, id)),
            ("GET", ["meetings"]) => Box::new(meetings::list),
            ("POST", ["meetings"]) => Box::new(meetings::create),
            ("GET", ["meetings", id]) => Box::new(move |kit| meetings::get(kit, id)),
            ("PATCH", ["meetings", id]) => Box::new(move |kit| meetings::write(kit, id, Writing::Changing)),
            ("PUT", ["meetings", id]) => Box::new(move |kit| meetings::write(kit, id, Writing::Replacing)),
            ("GET", ["meetings", id, "participants"]) => Box::new(move |kit| participants::list(kit, id)),
            ("POST", ["meetings", id, "participants"]) => Box::new(move |kit| participants::add(kit, id)),
            ("GET", ["meetings", id, "participants", who]) => Box::new(move |kit| participants::get(kit, id, who)),
            ("PATCH", ["meetings", id, "participants", who]) => Box::new(move |kit| participants::edit(kit, id, who)),
            ("DELETE", ["meetings", id, "participants", who]) => {
                Box::new(move |kit| participants::delete(kit, id, who))
            }
            ("POST", ["meetings", id, "participants", who, "token"]) => {
                Box::new(move |kit| participants::refresh(kit, id, who))
            }
            ("GET", ["meetings", id, "active-session"]) => Box::new(move |kit| live::active(kit, id)),
            ("POST", ["meetings", id, "active-session", "kick"]) => Box::new(move |kit| live::kick(kit, id)),
            ("POST", ["meetings", id, "active-session", "kick-all"]) => Box::new(move |kit| live::kick_all(kit, id)),
            ("POST", ["meetings", id, "active-session", "mute"]) => Box::new(move |kit| live::mute(kit, id)),
            ("POST", ["meetings", id, "active-session", "mute-all"]) => Box::new(move |kit| live::mute_all(kit, id)),
            ("POST", ["meetings", id, "active-session", "poll"]) => Box::new(move |kit| live::poll(kit, id)),
            ("POST", ["meetings", id, "livestreams"]) => Box::new(move |kit| livestreams::start(kit, id)),
            ("GET", ["meetings", id, "active-livestream"]) => Box::new(move |kit| livestreams::active(kit, id)),
            ("POST", ["meetings", id, "active-livestream", "stop"]) => Box::new(move |kit| livestreams::stop(kit, id)),
            ("GET", ["livestreams"]) => Box::new(livestreams::list),
            ("GET", ["livestreams", "sessions", id]) => Box::new(move |kit| livestreams::session(kit, id)),
            ("GET", ["livestreams", id]) => Box::new(move |kit| livestreams::get(kit, id)),
            ("GET", ["livestreams", id, "active-livestream-session"]) => {
                Box::new(move |kit| livestreams::active_session(kit, id))
            }
            ("GET", ["analytics", "daywise"]) => Box::new(analytics::daywise),
            ("GET", ["analytics", "livestreams", "overall"]) => Box::new(analytics::livestreams),
            ("GET", ["analytics", "livestreams", "daywise"]) => Box::new(analytics::livestreams_daywise),
            ("GET", ["sessions"]) => Box::new(sessions::list),
            ("GET", ["sessions", "peer-report", peer]) => Box::new(move |kit| sessions::peer_report(kit, peer)),
            ("GET", ["sessions", id]) => Box::new(move |kit| sessions::get(kit, id)),
            ("GET", ["sessions", id, "participants"]) => Box::new(move |kit| sessions::participants(kit, id)),
            ("GET", ["sessions", id, "participants", who]) => Box::new(move |kit| sessions::participant(kit, id, who)),
            ("GET", ["sessions", id, "chat"]) => Box::new(move |kit| sessions::chat(kit, id)),
            ("GET", ["sessions", id, "transcript"]) => Box::new(move |kit| sessions::transcript(kit, id)),
            ("GET", ["sessions", id, "summary"]) => Box::new(move |kit| sessions::summary(kit, id)),
            ("POST", ["sessions", id, "summary"]) => Box::new(move |kit| sessions::summarise(kit, id)),
            ("GET", ["sessions", id, "livestream-sessions"]) => Box::new(move |kit| livestreams::of_session(kit, id)),
            ("GET", ["webhooks"]) => Box::new(|kit| Ok(webhooks::list(kit))),
            ("POST", ["webhooks"]) => Box::new(webhooks::create),
            ("GET", ["webhooks", id]) => Box::new(move |kit| webhooks::get(kit, id)),
            ("PATCH", ["webhooks", id]) => Box::new(move |kit| webhooks::change(kit, id)),
            ("PUT", ["webhooks", id]) => Box::new(move |kit| webhooks::replace(kit, id)),
            ("DELETE", ["webhooks", id]) => Box::new(move |kit| webhooks::delete(kit, id)),
            ("GET", ["recordings"]) => Box::new(recordings::list),
            ("POST", ["recordings"]) => Box::new(recordings::start),
            ("POST", ["recordings", "track"]) => Box::new(recordings::start_track),
            ("GET", ["recordings", "active-recording", id]) => Box::new(move |kit| recordings::active(kit, id)),
            ("GET", ["recordings", id]) => Box::new(move |kit| recordings::get(kit, id)),
            ("PUT", ["recordings", id]) => Box::new(move |kit| recordings::act(kit, id)),
            _ => return None,
        };
        Some(route)
    }

    fn check_app(&self) -> Result<(), Refusal> {
        let known =
            self.call.world.with(|model| model.apps.get(self.app).is_some_and(|app| app.account == self.call.account));
        if known { Ok(()) } else { Err(not_found(&format!("App {} not found", self.app))) }
    }

    fn error_format(&self) -> ErrorFormat {
        error_format(self.call)
    }

    fn fields(&self) -> Result<Fields, Refusal> {
        Fields::read(&self.call.body, self.error_format())
    }

    fn query(&self) -> Query<'_> {
        Query::new(&self.call.query, self.error_format())
    }

    fn meeting(&self, id: &str) -> Result<Meeting, Refusal> {
        let meeting = self.call.world.with(|model| model.meetings.get(id).cloned());
        meeting.filter(|meeting| meeting.app == self.app).ok_or_else(|| no_meeting(id))
    }
}

fn error_format(call: &Call) -> ErrorFormat {
    ErrorFormat::Kit(call.world.with(|model| Switches::status(model.switches.invalid_field_status)))
}

fn not_found(message: &str) -> Refusal {
    Refusal::kit(StatusCode::NOT_FOUND, message)
}

fn no_meeting(id: &str) -> Refusal {
    not_found(&format!("Meeting {id} not found"))
}
