//! Whether the participants of a class get e-mail about its recording.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;

/// Says for one class whether its participants get e-mail about its recording.
pub fn set_mailed(context: &Context, session: SessionId, mailed: bool) -> Result<(), Error> {
    guard::allow_session(context, Permission::InvitePeople, session)?;
    if !context.store().set_mails_participants(session, mailed)? {
        return Err(Error::NotFound { what: "session", id: session.to_string() });
    }
    context.changed(&[Topic::Sessions]);
    Ok(())
}

/// Whether the participants of a class get e-mail about its recording.
pub fn are_mailed(context: &Context, session: SessionId) -> Result<bool, Error> {
    guard::allow_session(context, Permission::InvitePeople, session)?;
    Ok(context.store().mails_participants(session)?)
}
