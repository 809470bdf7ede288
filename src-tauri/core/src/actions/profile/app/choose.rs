//! Using another app. Rooms and recordings belong to the app in which they were made and are not found in another one,
//! so the change is refused while any of them is under way.

use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::AppId;
use crate::domain::profile::realtimekit_app::{App, AppChoice};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::rescue::FILE_RETENTION;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::realtimekit_app::{self, InUse};
use crate::recorder::{invited, room_lock};

/// How long after its end a session may wait until RealtimeKit is asked who was there.
const ATTENDANCE_DELAY: TimeDelta = TimeDelta::minutes(2);
/// The most classes that a message names.
const MAX_NAMED_CLASSES: usize = 3;

/// What a person decided about invitations that lead to rooms of the app in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitations {
    /// They must stay valid, so the change is refused if there are any.
    Kept,
    /// They may lapse: the person sends them again.
    SentAgain,
}

/// Has every job and every process use this app from now on. If it is in use already, it now counts as chosen by a person.
pub async fn choose(context: &Context, id: &AppId, invitations: Invitations) -> Result<App, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let known = realtimekit_app::known(context)?;
    if known.as_ref().is_some_and(|known| known.choice == AppChoice::Configured) {
        return Err(Error::Conflict {
            message: "CLOUDFLARE_CALLS_APP_ID names the app, so it cannot be chosen here.".into(),
            next: "Remove that line from the environment or the .env file, start Hajime again, then choose.",
        });
    }
    let apps = context.cloudflare().apps().await?;
    let Some(app) = apps.iter().find(|app| app.id == *id) else {
        return Err(Error::NotAtCloudflare { what: "RealtimeKit app", id: id.to_string() });
    };
    // No room is opened or closed meanwhile.
    let _room_lock = room_lock::take(context).await?;
    if let Some(InUse { id: before, .. }) = known.filter(|known| known.id != *id) {
        let still_there = apps.iter().find(|app| app.id == before);
        refuse_if_live(context, &before, still_there)?;
        if still_there.is_some() {
            refuse_if_recording(context, &before, still_there)?;
            read_attendance(context).await?;
        }
        if invitations == Invitations::Kept {
            refuse_if_invited(context)?;
        }
    }
    context.store().choose_app(id)?;
    context.store().set_name_of_app(id, &app.name)?;
    context.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings]);
    context.wake_jobs();
    Ok(app.clone())
}

fn words(id: &AppId, app: Option<&App>) -> String {
    app.map_or_else(|| id.to_string(), App::to_string)
}

fn refuse_if_live(context: &Context, before: &AppId, app: Option<&App>) -> Result<(), Error> {
    let Some(session) = context.store().open_sessions()?.into_iter().next() else { return Ok(()) };
    Err(Error::Conflict {
        message: format!("“{}” is live in the app {}.", session.plan.title, words(before, app)),
        next: "End the class, wait until its recording is in Stream, then choose the app.",
    })
}

fn refuse_if_recording(context: &Context, before: &AppId, app: Option<&App>) -> Result<(), Error> {
    let now = context.passed_by_both_clocks();
    let depends = |recording: &Recording| depends_on_app(recording, now);
    let Some(recording) = context.store().every_recording()?.into_iter().find(depends) else { return Ok(()) };
    let title = recording.title;
    let app = words(before, app);
    Err(match recording.stage {
        Stage::Failed { .. } => Error::Conflict {
            message: format!("The recording of “{title}” failed, and its file is in the app {app} still."),
            next: "Retry it, or wait until its seven days are over, then choose the app.",
        },
        _ => Error::Conflict {
            message: format!("The recording of “{title}” is not in Stream yet; its file is in the app {app}."),
            next: "Wait until it can be watched, then choose the app.",
        },
    })
}

/// Whether Hajime still needs the app of a recording: to follow it, or to fetch its file.
fn depends_on_app(recording: &Recording, now: DateTime<Utc>) -> bool {
    let kept_until = recording.facts.file_expires.unwrap_or_else(|| recording.created_at.later(FILE_RETENTION));
    // A clip is cut from a video, whatever the app is.
    let on_list = recording.removed_at.is_none() && recording.facts.clip.is_none();
    match recording.stage {
        Stage::Playable(_) | Stage::Ready => false,
        Stage::Failed { cause, .. } => {
            on_list && cause.retryable() && recording.facts.own_storage.is_none() && now < kept_until
        }
        Stage::Requested
        | Stage::Recording
        | Stage::Paused
        | Stage::Stopping
        | Stage::Uploading
        | Stage::Uploaded
        | Stage::Importing(_) => on_list,
    }
}

/// Asks the app in use who was in the rooms of the sessions that ended, because nobody can tell afterwards.
async fn read_attendance(context: &Context) -> Result<(), Error> {
    for session in context.store().sessions_to_ask_about(context.now().later(ATTENDANCE_DELAY))? {
        invited::read_attendance(context, session).await?;
    }
    Ok(())
}

fn refuse_if_invited(context: &Context) -> Result<(), Error> {
    let titles = context.store().titles_with_invitations(context.now())?;
    if titles.is_empty() {
        return Ok(());
    }
    let more = titles.len().saturating_sub(MAX_NAMED_CLASSES);
    let named: Vec<_> = titles.iter().take(MAX_NAMED_CLASSES).map(|title| format!("“{title}”")).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    Err(Error::InvitationsOfApp { titles: format!("{}{more}", named.join(", ")) })
}
