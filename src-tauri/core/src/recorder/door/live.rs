//! What a host does at the door of a class, at once: lets people in who wait, or not, locks the class, and keeps out whom the host removed.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::json;

use crate::cloudflare::Statement;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::join_link::SeatState;
use crate::domain::schedule::person::MARK_OF_PEOPLE;
use crate::error::Error;
use crate::recorder::door::sync::{self, Wants, statements};

/// How long a removal waits for the door before it goes on in the room. The door is told later.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
/// What the mark of a guest begins with. The id of the seat follows.
const MARK_OF_GUESTS: &str = "door-";

/// Whoever has a place, left or was removed is not decided about.
const DECIDE: &str = "UPDATE seats SET state = (?1 ->> '$.state')
    WHERE class = (?1 ->> '$.class') AND id IN (SELECT value FROM json_each(?1, '$.seats'))
      AND state IN ('waiting', 'admitted', 'refused')";
const STATES: &str = "SELECT id AS seat, state FROM seats
    WHERE class = (?1 ->> '$.class') AND id IN (SELECT value FROM json_each(?1, '$.seats'))";

/// Lets people in who wait.
pub(crate) async fn admit(context: &Context, session: SessionId, seats: &[&str]) -> Result<(), Error> {
    decide(context, session, seats, SeatState::Admitted).await
}

/// Does not let somebody in who waits.
pub(crate) async fn refuse(context: &Context, session: SessionId, seat: &str) -> Result<(), Error> {
    decide(context, session, &[seat], SeatState::Refused).await
}

async fn decide(context: &Context, session: SessionId, seats: &[&str], state: SeatState) -> Result<(), Error> {
    let database = sync::database(context)?;
    let about = json!({ "class": session.to_string(), "seats": seats, "state": state.name() }).to_string();
    let statement = |sql| Statement { sql: Cow::Borrowed(sql), json: Some(about.clone()) };
    let asked = [statement(DECIDE), statement(STATES)];
    let ran = context.cloudflare().run_in_database(&database, &asked).await.map_err(sync::explained)?;
    let text = |value: Option<&serde_json::Value>| value.and_then(|value| value.as_str()).map(str::to_owned);
    let rows = ran.get(1).map(|ran| ran.rows.as_slice()).unwrap_or_default();
    let states: Vec<(String, SeatState)> = rows
        .iter()
        .filter_map(|row| Some((text(row.get("seat"))?, SeatState::named(&text(row.get("state"))?)?)))
        .filter(|(seat, _)| seats.contains(&seat.as_str()))
        .collect();
    Ok(context.store().set_door_seats(session, &states)?)
}

/// Tells the door whether the host of a class lets each person in, as the database has it.
pub(crate) async fn lock(context: &Context, session: SessionId, locked: bool) -> Result<(), Error> {
    sync::exchange(context, Wants::Told).await?;
    tracing::info!(%session, locked, "the door knows whether the host lets each person in");
    Ok(())
}

/// Keeps somebody out whom the host removed. A door that does not answer is told later, and the removal goes on: until then the door gives
/// no token for a participant who was deleted.
pub(crate) async fn remove(context: &Context, session: SessionId, mark: &str) -> Result<(), Error> {
    let store = context.store();
    let seat = mark.strip_prefix(MARK_OF_GUESTS);
    let person = Some(mark).filter(|mark| mark.starts_with(MARK_OF_PEOPLE));
    if (seat.is_none() && person.is_none()) || store.door()?.is_none_or(|door| !door.is_open) {
        return Ok(());
    }
    let body = json!({ "class": session.to_string(), "seat": seat, "person": person }).to_string();
    let row = store.queue_door_seat(&format!("{session} {mark}"), &body, context.cloudflare_now())?;
    store.remove_door_seat(session, seat.unwrap_or_default(), person.unwrap_or_default())?;
    let database = sync::database(context)?;
    let asked = statements::to_tell(std::slice::from_ref(&row));
    let telling = context.cloudflare().run_in_database(&database, &asked);
    match tokio::time::timeout(TOLD_WITHIN, telling).await {
        Ok(Ok(_)) => store.door_rows_told(&[row])?,
        Ok(Err(error)) => tracing::warn!(%error, "the door is told later of somebody who was removed"),
        Err(_) => tracing::warn!("the door did not answer in time and is told later of somebody who was removed"),
    }
    Ok(())
}
