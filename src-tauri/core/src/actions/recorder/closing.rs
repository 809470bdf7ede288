//! What needs Hajime to run, and the question before its window closes.

use crate::actions::guard;
use crate::actions::recorder::end::{self, Ended};
use crate::context::Context;
use crate::domain::profile::desktop::WayBack;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::{Error, UserError};
use crate::recorder::live_rooms::occupancy;

/// What needs this computer to stay awake and Hajime to run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnderWay {
    /// The classes that are live, the one that began first in front.
    pub live: Vec<Session>,
    /// The classes that are ending.
    pub ending: Vec<Session>,
    /// The recordings whose file this computer carries to Stream.
    pub carried: Vec<Recording>,
}

impl UnderWay {
    /// Whether nothing needs this computer.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.live.is_empty() && self.ending.is_empty() && self.carried.is_empty()
    }
}

/// The question that a person answers before the window closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingQuestion {
    /// A sentence that says what is under way.
    pub title: String,
    /// What continues without the window and what stops.
    pub description: String,
    /// What follows when Hajime keeps running without its window.
    pub background: String,
    /// What follows when the live classes are ended first; `None` if no class is live.
    pub end: Option<String>,
    /// What follows when the window is closed anyway.
    pub close: String,
}

/// Reads what needs this computer. Sends no request.
pub fn under_way(context: &Context) -> Result<UnderWay, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    let mut found = UnderWay::default();
    for session in context.store().open_sessions()? {
        match &session.state {
            SessionState::Live(_) => found.live.push(session),
            SessionState::Ending(..) => found.ending.push(session),
            SessionState::Scheduled { .. }
            | SessionState::Starting { .. }
            | SessionState::Ended(..)
            | SessionState::Cancelled { .. } => {}
        }
    }
    found.live.sort_by_key(|session| session.state.room().map(|room| room.opened_at));
    found.carried = context.store().recordings_in_flight()?;
    found.carried.retain(|recording| recording.stage.relaying());
    Ok(found)
}

/// The question before the window closes, whose window comes back in this way after it was hidden; `None` if nothing needs
/// Hajime to run.
pub fn question(context: &Context, way_back: WayBack) -> Result<Option<ClosingQuestion>, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    let under_way = under_way(context)?;
    let UnderWay { live, ending, carried } = &under_way;
    let title = match (live.as_slice(), carried.as_slice()) {
        ([], []) => return Ok(ending.first().map(|session| still_ending(session, way_back))),
        ([], [only]) => format!("The recording of “{}” is being brought to Stream", only.title),
        ([], several) => format!("{} recordings are being brought to Stream", several.len()),
        ([only], _) => format!("“{}” is live{}", only.plan.title, with_people(context, live)),
        (several, _) => format!("{} classes are live{}", several.len(), with_people(context, live)),
    };
    if live.is_empty() {
        return Ok(Some(ClosingQuestion {
            title,
            description: "This computer carries the file, because Stream could not fetch it. That needs Hajime to run."
                .into(),
            background: format!("{}, and Hajime goes on. {}", hidden(way_back), back(way_back)),
            end: None,
            close: "The upload stops. It goes on where it stopped when Hajime is opened again.".into(),
        }));
    }
    let recorded = live.iter().any(|session| session.plan.record);
    let description = if recorded {
        "The room and the recording continue at Cloudflare. Without a running Hajime nobody is warned if recording stops, and the video arrives only after Hajime is opened again."
    } else {
        "The room stays open at Cloudflare until the class is ended here."
    };
    let stops = if recorded { "Stops the recording, removes" } else { "Removes" };
    let people = match people(context, live) {
        Some(1) => "1 person".to_owned(),
        Some(count) if count > 1 => format!("{count} people"),
        Some(_) | None => "everybody".to_owned(),
    };
    let rooms = if live.len() == 1 { "the room" } else { "the rooms" };
    let mut close = if recorded {
        "Recording stops 60 s after the last person has left, and the room stays open.".to_owned()
    } else {
        "The room stays open.".to_owned()
    };
    if !carried.is_empty() {
        close.push_str(" The upload of a recording goes on when Hajime is opened again.");
    }
    Ok(Some(ClosingQuestion {
        title,
        description: description.into(),
        background: format!("The small window stays on top, and Hajime goes on. {}", back(way_back)),
        end: Some(format!("{stops} {people} from {rooms} and closes {}.", if live.len() == 1 { "it" } else { "them" })),
        close,
    }))
}

/// The question while Cloudflare has not confirmed every step of the end of a class.
fn still_ending(session: &Session, way_back: WayBack) -> ClosingQuestion {
    ClosingQuestion {
        title: format!("“{}” is still ending", session.plan.title),
        description: "Cloudflare has not confirmed every step yet. Until it has, people may still be in the room."
            .into(),
        background: format!("{}, and Hajime goes on to end the class. {}", hidden(way_back), back(way_back)),
        end: None,
        close: "The class goes on ending when Hajime is opened again.".into(),
    }
}

const fn hidden(way_back: WayBack) -> &'static str {
    match way_back {
        WayBack::Icon | WayBack::StartAgain => "The window goes away",
        WayBack::TaskBar => "The window is minimized",
    }
}

/// How a person gets the window back.
const fn back(way_back: WayBack) -> &'static str {
    match way_back {
        WayBack::Icon => "To see the window again, choose “Open Hajime” in the menu of the icon in the panel.",
        WayBack::StartAgain => "No panel shows Hajime’s icon: to see the window again, start Hajime again.",
        WayBack::TaskBar => "To see the window again, choose it in the task bar.",
    }
}

/// Ends every live class. If Cloudflare has not confirmed every step, returns why: the window then has to stay, because
/// only a running Hajime goes on to end them.
pub async fn end_all(context: &Context) -> Result<(), UserError> {
    guard::allow(context, Permission::RunClasses)?;
    let mut waits = None;
    for session in under_way(context)?.live {
        // The others are ended all the same.
        let trouble = match end::end(context, session.id).await {
            Ok(Ended { session: _, already_ended: _, trouble }) => trouble,
            Err(error) => Some(error.into()),
        };
        waits = waits.or(trouble);
    }
    match waits {
        None => Ok(()),
        Some(trouble) => Err(UserError {
            message: format!("The class has not ended yet. {}", trouble.message),
            next: "Keep Hajime running: it goes on to end the class by itself.".into(),
            ..trouble
        }),
    }
}

fn people(context: &Context, live: &[Session]) -> Option<u32> {
    let counts = live.iter().map(|session| occupancy(context, session.id).map(|seen| seen.people));
    counts.sum()
}

fn with_people(context: &Context, live: &[Session]) -> String {
    match people(context, live) {
        None | Some(0) => String::new(),
        Some(1) => " with 1 person".into(),
        Some(count) => format!(" with {count} people"),
    }
}
