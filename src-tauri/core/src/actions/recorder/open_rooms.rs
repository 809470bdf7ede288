//! The open rooms at RealtimeKit, those among them that nobody needs any more, and closing one of these.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::actions::guard;
use crate::cloudflare::Meeting;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{AppId, MeetingId, SessionId};
use crate::domain::profile::role::Permission;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::session::{RoomCode, Session, SessionState};
use crate::error::Error;
use crate::recorder::{realtimekit_app, room_lock};

/// The most open rooms of unknown classes about which RealtimeKit is asked one by one.
const MAX_ASKED_ABOUT: usize = 50;

/// An open room with Hajime's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRoom {
    /// The id of the meeting.
    pub id: MeetingId,
    /// The title without the room code.
    pub title: String,
    /// When the room was made or last changed; `None` where RealtimeKit does not say.
    pub opened_at: Option<DateTime<Utc>>,
    /// What is known of its class.
    pub class: ClassOfRoom,
}

/// What this desk knows about the class of an open room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassOfRoom {
    /// The class is live, being started or being ended. The room is needed.
    Live(SessionId),
    /// The class has not begun. Hajime closes the room by itself.
    Planned(SessionId),
    /// The class is on this desk, and it is over or cancelled.
    Over(SessionId),
    /// The class is not known on this desk.
    Unknown {
        /// The people in the room; `None` if nobody asked, because there are many such rooms, or no answer came.
        people: Option<u32>,
        /// Whether the room was open for longer than any class may last.
        longer_than_a_class: bool,
    },
}

impl ClassOfRoom {
    /// The order in which the classes of a shared room say what becomes of it.
    const fn priority(&self) -> u8 {
        match self {
            Self::Live(_) => 0,
            Self::Planned(_) => 1,
            Self::Over(_) | Self::Unknown { .. } => 2,
        }
    }
}

impl OpenRoom {
    /// Whether the class is known to be over, so that nobody needs the room.
    #[must_use]
    pub const fn is_stray(&self) -> bool {
        match self.class {
            ClassOfRoom::Over(_) => true,
            ClassOfRoom::Unknown { people, longer_than_a_class } => longer_than_a_class && matches!(people, Some(0)),
            ClassOfRoom::Live(_) | ClassOfRoom::Planned(_) => false,
        }
    }

    /// A sentence that says what is known of the class.
    #[must_use]
    pub fn sentence(&self) -> String {
        let opened = self.opened_at.map_or_else(String::new, |at| {
            format!(
                " It was opened or last changed on {} (UTC).",
                at.with_timezone(&Tz::UTC).format("%-d %B %Y, %H:%M")
            )
        });
        match &self.class {
            ClassOfRoom::Live(_) => "Its class is live.".into(),
            ClassOfRoom::Planned(_) => "Its class has not begun. Hajime closes the room until then.".into(),
            ClassOfRoom::Over(_) => "Its class is over.".into(),
            ClassOfRoom::Unknown { people: Some(0), longer_than_a_class: true } => {
                format!("Nobody is in it, and no class lasts longer than 24 hours, so its class is over.{opened}")
            }
            ClassOfRoom::Unknown { people: Some(0), longer_than_a_class: false } => {
                format!("Nobody is in it now, but another desk may hold its class.{opened}")
            }
            ClassOfRoom::Unknown { people: Some(1), .. } => format!("One person is in it.{opened}"),
            ClassOfRoom::Unknown { people: Some(people), .. } => format!("{people} people are in it.{opened}"),
            ClassOfRoom::Unknown { people: None, .. } => {
                format!("No class on this desk has it; another desk may need it.{opened}")
            }
        }
    }
}

/// Every open room with Hajime’s mark, those that nobody needs first. An account without an app has none.
pub async fn list(context: &Context) -> Result<Vec<OpenRoom>, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let Some(app) = realtimekit_app::existing(context).await? else { return Ok(Vec::new()) };
    let open = match context.cloudflare().open_meetings(&app, RoomCode::PREFIX).await {
        Ok(page) => page.items,
        Err(error) => return Err(realtimekit_app::explained(context, error.into()).await),
    };
    let (mut rooms, mut asked) = (Vec::new(), 0_usize);
    for meeting in open {
        let ask = asked < MAX_ASKED_ABOUT;
        if let Some(room) = read(context, &app, &meeting, ask).await? {
            asked = asked.saturating_add(usize::from(matches!(room.class, ClassOfRoom::Unknown { .. })));
            rooms.push(room);
        }
    }
    rooms.sort_by_key(|room| (!room.is_stray(), room.opened_at, room.id.clone()));
    Ok(rooms)
}

/// Closes a room whose class is over. Nothing is deleted: the room, its recordings and its people stay at RealtimeKit. A
/// room that is closed already is no error.
pub async fn close(context: &Context, id: &MeetingId) -> Result<(), Error> {
    guard::allow(context, Permission::ManageAccount)?;
    // No class begins in this room meanwhile.
    let _room_lock = room_lock::take(context).await?;
    let not_found = || Error::NotAtCloudflare { what: "room", id: id.to_string() };
    let app = realtimekit_app::existing(context).await?.ok_or_else(not_found)?;
    let meeting = context.cloudflare().meeting(&app, id).await?.ok_or_else(not_found)?;
    let Some(room) = read(context, &app, &meeting, true).await? else {
        return Err(Error::Conflict {
            message: "This room was not made by Hajime, so Hajime does not close it.".into(),
            next: "Close it with the program that made it, or in the Cloudflare dashboard.",
        });
    };
    if meeting.is_closed() {
        return Ok(());
    }
    if !room.is_stray() {
        return Err(Error::Conflict {
            message: format!("“{}” is not closed: its class may still need it. {}", room.title, room.sentence()),
            next: "End the class at the desk that holds it.",
        });
    }
    Ok(context.cloudflare().close_meeting(&app, id).await?)
}

/// What is known of a room; `None` if it has no mark of Hajime.
async fn read(context: &Context, app: &AppId, meeting: &Meeting, ask: bool) -> Result<Option<OpenRoom>, Error> {
    let Some((code, title)) = meeting.title.as_deref().and_then(RoomCode::of_meeting) else { return Ok(None) };
    let opened_at = meeting.created_at.max(meeting.updated_at);
    // A room that several classes share is needed as long as one of them needs it.
    let classes = context.store().sessions_of_room(&meeting.id, &code)?;
    let class = match classes.iter().map(of_session).min_by_key(ClassOfRoom::priority) {
        Some(class) => class,
        None => {
            // Without an answer about one room, the people in it are not known, and the room is no stray.
            let active = if ask { context.cloudflare().active_session(app, &meeting.id).await.ok() } else { None };
            let people = active.map(|active| active.map_or(0, |active| active.live_participants));
            let longer_than_a_class = opened_at.is_some_and(|at| context.now().since(at) > LENGTH_MAX);
            ClassOfRoom::Unknown { people, longer_than_a_class }
        }
    };
    Ok(Some(OpenRoom { id: meeting.id.clone(), title: title.to_owned(), opened_at, class }))
}

const fn of_session(session: &Session) -> ClassOfRoom {
    match session.state {
        SessionState::Scheduled { .. } => ClassOfRoom::Planned(session.id),
        SessionState::Starting { .. } | SessionState::Live(_) | SessionState::Ending(..) => {
            ClassOfRoom::Live(session.id)
        }
        SessionState::Ended(..) | SessionState::Cancelled { .. } => ClassOfRoom::Over(session.id),
    }
}
