//! `waiting list|admit|refuse`: people who came by a class link and wait for the host. `class lock|unlock`: whether they wait.

use clap::Subcommand;
use hajime_core::actions::recorder::waiting::{self, WaitingList};
use hajime_core::context::Context;
use hajime_core::domain::schedule::join_link::DoorSeat;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Who waits to be let in, as the door told last.
    List {
        /// The session’s id.
        session: String,
    },
    /// Let somebody in, or everybody who waits.
    Admit {
        /// The session’s id.
        session: String,
        /// The seat of the person, as `waiting list` prints it.
        #[arg(required_unless_present = "all")]
        seat: Option<String>,
        /// Everybody who waits.
        #[arg(long, conflicts_with = "seat")]
        all: bool,
    },
    /// Do not let somebody in.
    Refuse {
        /// The session’s id.
        session: String,
        /// The seat of the person, as `waiting list` prints it.
        seat: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// From now on, the host lets each person in.
    Lock {
        /// The session’s id.
        session: String,
    },
    /// Everybody with a link comes in, also those who wait.
    Unlock {
        /// The session’s id.
        session: String,
    },
}

/// The output for somebody who waits. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct SeatView {
    seat: String,
    name: String,
    since: String,
}

impl From<DoorSeat> for SeatView {
    fn from(seat: DoorSeat) -> Self {
        Self { seat: seat.seat, name: seat.name, since: instant(seat.since) }
    }
}

#[derive(Debug, Serialize)]
struct WaitingView {
    session_id: String,
    door: bool,
    locked: bool,
    people: Vec<SeatView>,
}

impl From<WaitingList> for WaitingView {
    fn from(WaitingList { session, door, locked, people }: WaitingList) -> Self {
        let people = people.into_iter().map(SeatView::from).collect();
        Self { session_id: session.id.to_string(), door, locked, people }
    }
}

impl WaitingView {
    fn lines(&self) -> String {
        let locked = if self.locked { "The host lets each person in." } else { "Nobody has to ask the host." };
        let people = self.people.iter().map(|one| format!("{}  {}  since {}", one.seat, one.name, one.since));
        let count = format!("{} waiting. {locked}", self.people.len());
        people.chain([count]).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) async fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    let list = match command {
        Command::List { session } => waiting::list(context, session.parse()?)?,
        Command::Admit { session, seat: Some(seat), all: _ } => {
            waiting::admit(context, session.parse()?, &seat).await?
        }
        Command::Admit { session, seat: None, all: _ } => waiting::admit_all(context, session.parse()?).await?,
        Command::Refuse { session, seat } => waiting::refuse(context, session.parse()?, &seat).await?,
    };
    print(output, list);
    Ok(())
}

pub(crate) async fn lock(context: &Context, command: Lock, output: Output) -> Result<(), UserError> {
    let (session, locked) = match command {
        Lock::Lock { session } => (session, true),
        Lock::Unlock { session } => (session, false),
    };
    print(output, waiting::set_locked(context, session.parse()?, locked).await?);
    Ok(())
}

fn print(output: Output, list: WaitingList) {
    output.print(&WaitingView::from(list), WaitingView::lines);
}
