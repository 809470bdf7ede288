//! The checks before a class, for a session or for the desk alone.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::preflight::Preflight;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::preflight;

/// Makes the checks. Takes some seconds at most; a check that fails or does not answer is one of the results.
pub async fn run(context: &Context, session: Option<SessionId>) -> Result<Preflight, Error> {
    guard::allow(context, Permission::RunClasses)?;
    let found = preflight::run(context, session).await?;
    context.changed(&[Topic::Sessions]);
    Ok(found)
}

/// What the checks found last; `None` where this process has not made them within a day. Sends no request.
pub fn last(context: &Context, session: Option<SessionId>) -> Result<Option<Preflight>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    preflight::last(context, session)
}

/// The session that is to begin next, within a day; `None` where none is planned.
pub fn next(context: &Context) -> Result<Option<SessionId>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    Ok(preflight::next(context, context.now())?.map(|session| session.id))
}
