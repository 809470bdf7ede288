//! What a person does from outside the window: with a button of a notification, or in the menu of the tray. The same actions are called as from the
//! page; where one is refused, the window is shown with the reason.

use hajime_core::actions::library::recordings;
use hajime_core::actions::recorder::{end, pause, start};
use hajime_core::actions::schedule::{sessions, tray};
use hajime_core::actions::sharing::links;
use hajime_core::domain::delivery::notification::{Notification, NotificationKind, Subject};
use hajime_core::domain::ids::{RecordingId, SessionId};
use hajime_core::domain::sharing::link::Validity;
use hajime_core::error::UserError;
use hajime_core::ports::{EventSink as _, Message, Notifier as _, Topic};
use tauri::{AppHandle, Manager as _};

use crate::accounts::{Accounts, ActiveProfile};
use crate::ipc::events::{self, Event};
use crate::platform::clipboard::Clipboard;
use crate::platform::notifications::Desktop;
use crate::platform::{browser, window};
use crate::wiring::page_events::PageEvents;

/// Shows the window and tells the page where to go.
pub(crate) fn open(app: &AppHandle, event: Event<'_>) {
    window::show(app);
    events::emit(app, event);
}

/// Starts a class and opens its room in the browser, as the button of the page does.
pub(crate) async fn start_class(app: &AppHandle, session: SessionId) {
    let done = async {
        let here = current(app).await?;
        let started = start::start(&here.context, session).await.map_err(|error| UserError::from(&error))?;
        let handover = here.loopback.as_ref().zip(started.join).and_then(|(loopback, join)| loopback.hand_over(join));
        Ok(handover.is_some_and(|handover| browser::open(app, &handover)))
    };
    let started: Result<bool, UserError> = done.await;
    PageEvents::new(app.clone()).changed(&[Topic::Sessions, Topic::Recordings]);
    match started {
        Ok(true) => {}
        // The class is live, and the page has a button that leads into the room.
        Ok(false) => open(app, Event::OpenToday),
        Err(error) => refused(app, error),
    }
}

/// Ends a class. Where that sends somebody away, the window shows Today, whose button asks first.
pub(crate) async fn end_class(app: &AppHandle, session: SessionId) {
    let ended: Result<bool, UserError> = async {
        let here = current(app).await?;
        if tray::asks_before_ending(&here.context, session).map_err(|error| UserError::from(&error))? {
            return Ok(false);
        }
        let ended = end::end(&here.context, session).await.map_err(|error| UserError::from(&error))?;
        ended.trouble.map_or(Ok(true), Err)
    }
    .await;
    PageEvents::new(app.clone()).changed(&[Topic::Sessions, Topic::Recordings, Topic::Desk]);
    match ended {
        Ok(true) => {}
        Ok(false) => open(app, Event::OpenToday),
        Err(error) => refused(app, error),
    }
}

/// Starts recording again. After a failure the window opens on Today, where the state of the session is shown.
pub(crate) async fn record_again(app: &AppHandle, session: SessionId) {
    let Ok(here) = current(app).await else { return };
    if let Err(error) = pause::resume(&here.context, session).await {
        tracing::warn!(%error, "recording could not be started again");
        open(app, Event::OpenToday);
    }
}

/// Makes a link to a recording that works for a day, and copies it. A notification says so, because nothing else is
/// seen. A link that could not be tested is not copied, and the notification says why.
pub(crate) async fn copy_link(app: &AppHandle, recording: RecordingId) {
    let made = async {
        let here = current(app).await?;
        links::make(&here.context, recording, Validity::DAY, false).await.map_err(|error| UserError::from(&error))
    };
    let made = match made.await {
        Ok(made) => made,
        Err(error) => return refused(app, error),
    };
    PageEvents::new(app.clone()).changed(&[Topic::Links, Topic::Recordings]);
    let (title, body) = match &made.doubt {
        Some(doubt) => ("No link was copied".to_owned(), format!("{} Press here to decide.", doubt.message)),
        None => {
            if let Err(error) = app.state::<Clipboard>().copy(made.url.expose()) {
                tracing::warn!(%error, "the clipboard could not be written");
                return open(app, Event::OpenRecording(recording));
            }
            ("Link copied".to_owned(), format!("“{}”. It works for 24 hours.", made.link.recording_title))
        }
    };
    let pressing = app.clone();
    let notifier = Desktop::new(app.clone(), move |_| open(&pressing, Event::OpenRecording(recording)));
    let about = Notification { subject: Subject::Recording(recording), kind: NotificationKind::Watchable };
    drop(notifier.notify(&about, &Message { title, body, buttons: Vec::new() }));
}

/// Tries a failed recording again, and shows it.
pub(crate) async fn retry(app: &AppHandle, recording: RecordingId) {
    let tried = async {
        let here = current(app).await?;
        recordings::retry(&here.context, recording).map_err(|error| UserError::from(&error))
    };
    match tried.await {
        Ok(_) => {
            PageEvents::new(app.clone()).changed(&[Topic::Recordings]);
            open(app, Event::OpenRecording(recording));
        }
        Err(error) => refused(app, error),
    }
}

async fn current(app: &AppHandle) -> Result<std::sync::Arc<ActiveProfile>, UserError> {
    Ok(app.state::<Accounts>().current().await?)
}

/// Shows a class where a person can act on it; on Today if it cannot be read.
pub(crate) async fn open_class(app: &AppHandle, session: SessionId) {
    let read = async {
        let here = current(app).await.ok()?;
        let found = sessions::get(&here.context, session).ok()?;
        sessions::view(&here.context, found).ok()
    };
    match read.await {
        Some(view) => open(app, Event::OpenSession(Box::new(view.into()))),
        None => open(app, Event::OpenToday),
    }
}

/// Shows the window on Today with the reason why something was refused.
pub(crate) fn refused(app: &AppHandle, error: UserError) {
    open(app, Event::OpenToday);
    events::emit(app, Event::Notice(error));
}
