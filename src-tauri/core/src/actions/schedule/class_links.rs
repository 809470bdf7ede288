//! Class links: one address for everybody of a class or of its whole series. It exists from scheduling on, is made once, and
//! stays the same until it is renewed or revoked. Needs the door of the join page.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::join_link::{JoinLink, LeadsTo, LinkOf};
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::series::SeriesRefusal;
use crate::domain::schedule::session::{Session, SessionPhase};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::{door, join_links, lifecycle};
use crate::secret_url::SecretUrl;

/// What is known of a class link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    /// Whether there is a link that lets people in.
    pub exists: bool,
    /// Who comes in by it, and when.
    pub sentence: String,
    /// What the door does not know yet, and why; `None` where it knows the link as it is here.
    pub waits: Option<String>,
}

/// A class link, for the clipboard.
#[derive(Debug, Clone)]
pub struct ClassLink {
    /// The address to give to everybody.
    pub url: SecretUrl,
    /// What is known of it.
    pub state: LinkState,
    /// The most people who are in the class at once.
    pub max: u32,
}

/// What is known of the link of a class, or of its series. Sends no request.
pub fn state(context: &Context, id: SessionId, of: LinkOf) -> Result<LinkState, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let place = Place::of(context, id, of)?;
    let link = context.store().join_link_to(place.leads_to, None)?;
    let waits = match &link {
        Some(link) if !context.store().door_knows_join_link(link)? => Some(join_links::WAITS.to_owned()),
        _ => None,
    };
    place.state(context, link.is_some(), waits)
}

/// The link of a class, or of its series: the one that exists, else a new one. A door that cannot be reached is told later.
///
/// Refused for a class that is over or cancelled.
pub async fn link(context: &Context, id: SessionId, of: LinkOf) -> Result<ClassLink, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let place = Place::of(context, id, of)?;
    place.may_be_joined()?;
    let link = join_links::to(context, place.leads_to, None).await?;
    told(context, &place, &link).await
}

/// Revokes the link of a class, or of its series, and makes a new one. People who are in the room stay.
pub async fn renew(context: &Context, id: SessionId, of: LinkOf) -> Result<ClassLink, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let place = Place::of(context, id, of)?;
    place.may_be_joined()?;
    let before = context.store().join_link_to(place.leads_to, None)?;
    let link = join_links::renewed(context, place.leads_to, before.as_ref()).await?;
    told(context, &place, &link).await
}

/// Revokes the link of a class, or of its series. People who are in the room stay. A second call is harmless.
pub async fn revoke(context: &Context, id: SessionId, of: LinkOf) -> Result<LinkState, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    let place = Place::of(context, id, of)?;
    let mut waits = None;
    if let Some(link) = context.store().join_link_to(place.leads_to, None)? {
        context.store().revoke_join_link(link.id, context.now())?;
        context.changed(&[Topic::Sessions]);
        waits = join_links::tell(context, "The link lets people in until the door was reached.").await?;
    }
    place.state(context, false, waits)
}

/// Tells the door of a link at once.
async fn told(context: &Context, place: &Place, link: &JoinLink) -> Result<ClassLink, Error> {
    let url = door::join_url(context, link).await?;
    context.changed(&[Topic::Sessions]);
    let waits = join_links::tell(context, join_links::WAITS).await?;
    let state = place.state(context, true, waits)?;
    Ok(ClassLink { url, state, max: place.session.plan.max_participants })
}

/// What a link is asked for.
struct Place {
    session: Session,
    of: LinkOf,
    leads_to: LeadsTo,
}

impl Place {
    fn of(context: &Context, id: SessionId, of: LinkOf) -> Result<Self, Error> {
        if door::is_open(context)?.is_none() {
            return Err(no_door());
        }
        let session = lifecycle::session(context, id)?;
        let leads_to = match (of, session.series) {
            (LinkOf::Class, _) => LeadsTo::Class(id),
            (LinkOf::Series, Some(place)) => {
                guard::allow_series(context, place.series)?;
                LeadsTo::Series(place.series)
            }
            (LinkOf::Series, None) => return Err(SeriesRefusal::NoSeries { title: session.plan.title }.into()),
        };
        Ok(Self { session, of, leads_to })
    }

    /// Refuses a link to a class into which nobody can come any more. That of a series leads to the next class.
    fn may_be_joined(&self) -> Result<(), SessionRefusal> {
        match self.of {
            LinkOf::Class => refuse_over(&self.session),
            LinkOf::Series => Ok(()),
        }
    }

    fn state(&self, context: &Context, exists: bool, waits: Option<String>) -> Result<LinkState, Error> {
        let now = context.now();
        let next = match self.of {
            LinkOf::Class => Some(self.session.clone()),
            LinkOf::Series => next_class(context, &self.session)?,
        };
        let locked = next.as_ref().map_or(Ok(false), |next| context.store().is_class_locked(next.id))?;
        Ok(LinkState { exists, sentence: self.of.sentence(next.as_ref(), locked, now), waits })
    }
}

/// The class to which the link of a series leads: the one that is live, else the next one.
fn next_class(context: &Context, session: &Session) -> Result<Option<Session>, Error> {
    let now = context.now();
    let is_ahead = |session: &Session| match session.state.phase() {
        SessionPhase::Live | SessionPhase::Starting => true,
        SessionPhase::Scheduled => session.plan.end() > now,
        SessionPhase::Ending | SessionPhase::Ended | SessionPhase::Cancelled => false,
    };
    let all = context.store().series_with_session(session.id)?.sessions.into_values().filter(is_ahead);
    Ok(all.min_by_key(|session| (session.state.phase() == SessionPhase::Scheduled, session.plan.start.instant())))
}

/// Refuses a class into which nobody can come any more.
pub(super) fn refuse_over(session: &Session) -> Result<(), SessionRefusal> {
    let title = || session.plan.title.clone();
    match session.state.phase() {
        SessionPhase::Cancelled => Err(SessionRefusal::Cancelled { title: title() }),
        SessionPhase::Ending | SessionPhase::Ended => Err(SessionRefusal::Over { title: title() }),
        SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live => Ok(()),
    }
}

fn no_door() -> Error {
    Error::Conflict {
        message: "There is no class link, because the join page has no door.".into(),
        next: "Publish the join page in Settings, or give each person an invitation.",
    }
}
