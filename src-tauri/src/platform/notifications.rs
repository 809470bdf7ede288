//! Desktop notifications through the desktop's own service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use hajime_core::domain::delivery::notification::{Notification, Subject};
use hajime_core::domain::ids::SessionId;
use hajime_core::ports::{Message, Notifier};
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager as _};
use tokio::sync::oneshot;

/// How long closing may take because of alarms on the screen.
const PATIENCE: Duration = Duration::from_secs(1);

/// The alarms on the screen. Nobody else takes them away.
#[derive(Default)]
pub(crate) struct Alarms(Mutex<HashMap<SessionId, Alarm>>);

struct Alarm {
    withdraw: oneshot::Sender<()>,
    shown: JoinHandle<()>,
}

impl Alarms {
    fn all(&self) -> MutexGuard<'_, HashMap<SessionId, Alarm>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes every alarm off the screen: without this process nobody watches the class, and the alarm's button does nothing.
    pub(crate) fn withdraw_all(&self) {
        let drained: Vec<_> = self.all().drain().collect();
        if drained.is_empty() {
            return;
        }
        let closing: Vec<_> = drained
            .into_iter()
            .map(|(_, alarm)| {
                // Nobody listens any more where the person has closed it.
                alarm.withdraw.send(()).ok();
                alarm.shown
            })
            .collect();
        // Waited for without the runtime, because this may be called from one of its threads.
        let (closed, all_closed) = mpsc::channel();
        tauri::async_runtime::spawn(async move {
            for shown in closing {
                shown.await.ok();
            }
            closed.send(()).ok();
        });
        if all_closed.recv_timeout(PATIENCE).is_err() {
            tracing::warn!("an alarm stays on the screen: the notification service does not answer");
        }
    }
}

/// The part of a notification that the person pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// The notification itself.
    Open(Subject),
    /// The button of an alarm.
    RecordAgain(SessionId),
}

/// The callback for a press on a notification.
type OnPress = Arc<dyn Fn(Pressed) + Send + Sync>;

/// Shows notifications; pressing one opens its subject in the window. Alarms stay until they are withdrawn.
pub(crate) struct Desktop {
    app: AppHandle,
    on_press: OnPress,
}

impl Desktop {
    pub(crate) fn new(app: AppHandle, on_press: impl Fn(Pressed) + Send + Sync + 'static) -> Self {
        Self { app, on_press: Arc::new(on_press) }
    }
}

impl Notifier for Desktop {
    fn notify(&self, notification: &Notification, message: &Message) {
        let on_press = Arc::clone(&self.on_press);
        let notice =
            Notice { subject: notification.subject.clone(), message: message.clone(), alarm: alarm_of(notification) };
        let Some(session) = notice.alarm else {
            // The service answers when the person does, which may be never.
            tauri::async_runtime::spawn(show(on_press, notice, None));
            return;
        };
        let (withdraw, withdrawn) = oneshot::channel();
        let shown = tauri::async_runtime::spawn(show(on_press, notice, Some(withdrawn)));
        self.app.state::<Alarms>().all().insert(session, Alarm { withdraw, shown });
    }

    fn withdraw(&self, subject: &Subject) {
        let Subject::Session(session) = subject else { return };
        if let Some(alarm) = self.app.state::<Alarms>().all().remove(session) {
            alarm.withdraw.send(()).ok();
        }
    }
}

/// A notification on the screen.
struct Notice {
    #[cfg_attr(
        not(all(unix, not(target_os = "macos"))),
        expect(dead_code, reason = "only the notification services of Linux tell what was pressed")
    )]
    subject: Subject,
    message: Message,
    /// The session that it is an alarm about.
    alarm: Option<SessionId>,
}

const fn alarm_of(notification: &Notification) -> Option<SessionId> {
    match notification.subject {
        Subject::Session(session) if notification.kind.stays() => Some(session),
        Subject::Session(_) | Subject::Recording(_) | Subject::Alert(_) | Subject::Desk => None,
    }
}

fn worded(notice: &Notice) -> notify_rust::Notification {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Hajime")
        .summary(&notice.message.title)
        .body(&notice.message.body)
        .icon("hajime")
        .action("default", "Open");
    if notice.alarm.is_some() {
        notification.action("record", "Record again").timeout(notify_rust::Timeout::Never);
        #[cfg(all(unix, not(target_os = "macos")))]
        notification.urgency(notify_rust::Urgency::Critical);
    }
    notification
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn show(on_press: OnPress, notice: Notice, withdrawn: Option<oneshot::Receiver<()>>) {
    let shown = match worded(&notice).show_async().await {
        Ok(shown) => shown,
        Err(error) => return tracing::warn!(%error, "no notification could be shown"),
    };
    let mut pressed = None;
    let answer = shown.wait_for_action_async(|response| {
        pressed = match response {
            notify_rust::NotificationResponse::Default => Some("default".to_owned()),
            notify_rust::NotificationResponse::Action(action) => Some(action.clone()),
            _ => None,
        };
    });
    tokio::select! {
        () = answer => {}
        () = taken_back(withdrawn) => shown.close_async().await,
    }
    match (pressed.as_deref(), notice.alarm) {
        (Some("record"), Some(session)) => on_press(Pressed::RecordAgain(session)),
        (Some("default"), _) => on_press(Pressed::Open(notice.subject)),
        _ => {}
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn show(_on_press: OnPress, notice: Notice, _withdrawn: Option<oneshot::Receiver<()>>) {
    if let Err(error) = worded(&notice).show() {
        tracing::warn!(%error, "no notification could be shown");
    }
}

/// Resolves when the alarm is withdrawn, or when the account is left: nobody watches the session from here then.
#[cfg(all(unix, not(target_os = "macos")))]
async fn taken_back(withdrawn: Option<oneshot::Receiver<()>>) {
    match withdrawn {
        Some(withdrawn) => drop(withdrawn.await),
        None => std::future::pending().await,
    }
}
