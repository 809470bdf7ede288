//! `rooms list|close`: the open rooms at RealtimeKit, and closing one that nobody needs.

use clap::Subcommand;
use hajime_core::actions::recorder::open_rooms::{self, ClassOfRoom, OpenRoom};
use hajime_core::context::Context;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The open rooms with Hajime’s mark, and what is known of the class of each.
    List {
        /// Only rooms whose class is known to be over.
        #[arg(long)]
        stray: bool,
    },
    /// Close a room whose class is over. Nothing is deleted.
    Close {
        /// The room’s id, as `rooms list` prints it.
        id: String,
    },
}

/// The output for a room. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct RoomView {
    id: String,
    title: String,
    opened_at: Option<String>,
    /// `live`, `planned`, `over` or `unknown`.
    class: &'static str,
    session_id: Option<String>,
    /// The people in the room, where its class is not known.
    people: Option<u32>,
    stray: bool,
    known: String,
}

#[derive(Debug, Serialize)]
struct Closed {
    id: String,
    closed: bool,
}

impl From<OpenRoom> for RoomView {
    fn from(room: OpenRoom) -> Self {
        let (class, session_id, people) = match &room.class {
            ClassOfRoom::Live(id) => ("live", Some(id.to_string()), None),
            ClassOfRoom::Planned(id) => ("planned", Some(id.to_string()), None),
            ClassOfRoom::Over(id) => ("over", Some(id.to_string()), None),
            ClassOfRoom::Unknown { people, .. } => ("unknown", None, *people),
        };
        Self {
            id: room.id.to_string(),
            opened_at: room.opened_at.map(instant),
            stray: room.is_stray(),
            known: room.sentence(),
            title: room.title,
            class,
            session_id,
            people,
        }
    }
}

impl RoomView {
    fn line(&self) -> String {
        format!("{}  {}  {}  {}", self.id, if self.stray { "stray" } else { "kept " }, self.title, self.known)
    }
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List { stray } => {
            let open = open_rooms::list(context).await?;
            let shown: Vec<RoomView> =
                open.into_iter().filter(|room| !stray || room.is_stray()).map(RoomView::from).collect();
            output.print(&shown, |shown| match shown.as_slice() {
                [] => "No such room is open.".to_owned(),
                shown => shown.iter().map(RoomView::line).collect::<Vec<_>>().join("\n"),
            });
        }
        Command::Close { id } => {
            open_rooms::close(context, &id.parse()?).await?;
            output.print(&Closed { id, closed: true }, |closed| format!("The room {} is closed.", closed.id));
        }
    }
    Ok(())
}
