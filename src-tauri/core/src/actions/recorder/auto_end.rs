//! Keeping a live class open that would end by itself.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::SessionState;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::auto_end::Countdowns;
use crate::recorder::lifecycle;

/// Keeps a live class open; with `keep` false, lets it end by itself again. Both stop a countdown that runs. A second
/// call changes nothing.
pub fn keep_open(context: &Context, id: SessionId, keep: bool) -> Result<(), Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let session = lifecycle::session(context, id)?;
    if !matches!(session.state, SessionState::Live(_)) {
        return Err(SessionRefusal::NotLive.into());
    }
    context.store().keep_open(id, keep)?;
    Countdowns::of(context).all().remove(&id);
    context.changed(&[Topic::Sessions]);
    context.wake_jobs();
    Ok(())
}
