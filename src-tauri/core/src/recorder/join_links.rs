//! Makes links to join: for everybody of a class or series, and for one person of the roster.

use crate::context::Context;
use crate::domain::ids::{JoinLinkId, PersonId};
use crate::domain::schedule::join_link::{JoinLink, LeadsTo};
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::recorder::door::codes::{self, Kind};
use crate::recorder::door::{self, Pushed};

/// What is said of a link that the door does not know yet.
pub(crate) const WAITS: &str = "The link works as soon as the door was reached.";

/// The link that lives for a class or series and a person, or for everybody; else a new one.
pub(crate) async fn to(context: &Context, leads_to: LeadsTo, person: Option<PersonId>) -> Result<JoinLink, Error> {
    match context.store().join_link_to(leads_to, person)? {
        Some(link) => Ok(link),
        None => Ok(context.store().add_join_link(&new(context, leads_to, person).await?)?),
    }
}

/// A new link for everybody in the place of the one before.
pub(crate) async fn renewed(
    context: &Context,
    leads_to: LeadsTo,
    before: Option<&JoinLink>,
) -> Result<JoinLink, Error> {
    // Its code needs the keyring, so a locked one leaves the link before as it is.
    let link = new(context, leads_to, None).await?;
    Ok(context.store().replace_join_link(before.map(|before| before.id), &link)?)
}

async fn new(context: &Context, leads_to: LeadsTo, person: Option<PersonId>) -> Result<JoinLink, Error> {
    let id = JoinLinkId::new();
    let code = codes::code(context, Kind::Join, &id.to_string()).await?;
    let hash = codes::kept(&code);
    Ok(JoinLink { id, hash, leads_to, person, made_at: context.now(), revoked_at: None })
}

/// Where the own link of a person on the roster of a class leads: to every class of its series where the person is among the
/// people of the series, else to this class.
pub(crate) fn reach(context: &Context, session: &Session, person: PersonId) -> Result<LeadsTo, Error> {
    let Some(place) = session.series else { return Ok(LeadsTo::Class(session.id)) };
    let is_in_series = context.store().is_in_series(place.series, person)?;
    Ok(if is_in_series { LeadsTo::Series(place.series) } else { LeadsTo::Class(session.id) })
}

/// Tells the door at once what has changed. Where it cannot be reached, it is told later, and a person reads `until_then` with the
/// reason.
pub(crate) async fn tell(context: &Context, until_then: &str) -> Result<Option<String>, Error> {
    Ok(match door::push(context).await? {
        Pushed::Waits(error) => Some(format!("{until_then} {}", error.message)),
        Pushed::Done => None,
    })
}
