//! Shows notifications through the notification service of the desktop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

#[cfg(all(unix, not(target_os = "macos")))]
use hajime_core::desktop_bus;
use hajime_core::domain::delivery::notification::{Button, Notification, NotificationKind, Subject};
use hajime_core::domain::delivery::reminder::ReminderKind;
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::text::one_line;
use hajime_core::ports::{Message, NotShown, Notifier, Showing};
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager as _, UserAttentionType};
use tokio::sync::oneshot;

use super::window;

/// How long closing the window may wait until the alarms have disappeared from the screen.
const WITHDRAWAL_LIMIT: Duration = Duration::from_secs(1);
/// The word by which the notification service names a press on the notification itself.
const OPEN: &str = "default";

/// How long the notification service may take to show a notification.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

/// The alarms on the screen. They have no timeout, so Hajime must withdraw them.
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

    /// Withdraws every alarm. After this process has ended, nothing checks the session and the alarm's button has no
    /// effect.
    pub(crate) fn withdraw_all(&self) {
        let drained: Vec<_> = self.all().drain().collect();
        if drained.is_empty() {
            return;
        }
        let closing: Vec<_> = drained
            .into_iter()
            .map(|(_, alarm)| {
                // Fails if the person has already closed the alarm.
                alarm.withdraw.send(()).ok();
                alarm.shown
            })
            .collect();
        // Waits on a channel of the standard library, because this may run on a thread of the async runtime, which must
        // not block on its own tasks.
        let (closed, all_closed) = mpsc::channel();
        tauri::async_runtime::spawn(async move {
            for shown in closing {
                shown.await.ok();
            }
            closed.send(()).ok();
        });
        if all_closed.recv_timeout(WITHDRAWAL_LIMIT).is_err() {
            tracing::warn!("an alarm stays on the screen: the notification service does not answer");
        }
    }
}

/// The part of a notification that the person pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// The notification itself.
    Open(Subject),
    /// A button of the notification about this subject.
    Button(Button, Subject),
}

/// Hears whether a notification was shown. It is no error if nobody listens.
type Told = oneshot::Sender<Result<(), NotShown>>;

/// Called when a person presses a notification or its button.
type OnPress = Arc<dyn Fn(Pressed) + Send + Sync>;

/// Shows notifications. A press on one opens its subject in the window. An alarm stays until it is pressed, closed or
/// withdrawn.
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
    fn notify(&self, notification: &Notification, message: &Message) -> Showing {
        let on_press = Arc::clone(&self.on_press);
        let notice =
            Notice { subject: notification.subject.clone(), message: message.clone(), alarm: alarm_of(notification) };
        // A task of its own shows the notification and then waits for a press. It may wait for ever.
        let (told, taken) = oneshot::channel();
        if let Some(session) = notice.alarm {
            window::call_for_attention(&self.app, Some(UserAttentionType::Critical));
            let (withdraw, withdrawn) = oneshot::channel();
            let shown = tauri::async_runtime::spawn(show(on_press, notice, told, Some(withdrawn)));
            self.app.state::<Alarms>().all().insert(session, Alarm { withdraw, shown });
        } else {
            if matches!(notification.kind, NotificationKind::Reminder(ReminderKind::Late | ReminderKind::Overslept)) {
                window::call_for_attention(&self.app, Some(UserAttentionType::Informational));
            }
            tauri::async_runtime::spawn(show(on_press, notice, told, None));
        }
        Box::pin(async move {
            match tokio::time::timeout(SHOWN_WITHIN, taken).await {
                Ok(Ok(shown)) => shown,
                Ok(Err(_)) => Err(NotShown::Refused("it was withdrawn before it was shown".to_owned())),
                Err(_) => Err(NotShown::Silent(SHOWN_WITHIN)),
            }
        })
    }

    fn withdraw(&self, subject: &Subject) {
        let Subject::Session(session) = subject else { return };
        if let Some(alarm) = self.app.state::<Alarms>().all().remove(session) {
            alarm.withdraw.send(()).ok();
            window::call_for_attention(&self.app, None);
        }
    }
}

/// A notification with its wording.
struct Notice {
    #[cfg_attr(
        not(all(unix, not(target_os = "macos"))),
        expect(dead_code, reason = "only the notification services of Linux tell what was pressed")
    )]
    subject: Subject,
    message: Message,
    /// The session of an alarm; `None` for any other notification.
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
        .action(OPEN, "Open");
    for button in &notice.message.buttons {
        notification.action(button.id(), button.label());
    }
    if notice.alarm.is_some() {
        notification.timeout(notify_rust::Timeout::Never);
        #[cfg(all(unix, not(target_os = "macos")))]
        notification.urgency(notify_rust::Urgency::Critical).hint(notify_rust::Hint::Resident(true));
    }
    notification
}

/// The words as the notification service reads them. Titles of classes come from other people: nothing in them may be
/// read as a mark or break the line.
fn plain(message: &Message, has_markup: bool) -> Message {
    let body = one_line(&message.body);
    let body = if has_markup { body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { body };
    Message { title: one_line(&message.title), body, buttons: message.buttons.clone() }
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn show(on_press: OnPress, mut notice: Notice, told: Told, withdrawn: Option<oneshot::Receiver<()>>) {
    // A service that does not say what it reads may read marks.
    let has_markup = desktop_bus::notification_service().await.is_none_or(|service| service.markup);
    notice.message = plain(&notice.message, has_markup);
    let shown = match worded(&notice).show_async().await {
        Ok(shown) => shown,
        Err(error) => {
            tracing::warn!(%error, "no notification could be shown");
            told.send(Err(NotShown::Refused(error.to_string()))).ok();
            return;
        }
    };
    told.send(Ok(())).ok();
    let presses = async {
        while let Some(pressed) = next_press(&shown).await {
            if let Some(button) = Button::ALL.into_iter().find(|button| button.id() == pressed) {
                on_press(Pressed::Button(button, notice.subject.clone()));
            } else if pressed == OPEN {
                on_press(Pressed::Open(notice.subject.clone()));
            }
            // Any other notification goes away when it is pressed. An alarm stays, and can be pressed again.
            if notice.alarm.is_none() {
                return;
            }
        }
    };
    tokio::select! {
        () = presses => {}
        () = taken_back(withdrawn) => shown.close_async().await,
    }
}

/// Waits for the next press; `None` once the notification is closed.
#[cfg(all(unix, not(target_os = "macos")))]
async fn next_press(shown: &notify_rust::NotificationHandle) -> Option<String> {
    let mut pressed = None;
    let answer = shown.wait_for_action_async(|response| {
        pressed = match response {
            notify_rust::NotificationResponse::Default => Some(OPEN.to_owned()),
            notify_rust::NotificationResponse::Action(action) => Some(action.clone()),
            _ => None,
        };
    });
    answer.await;
    pressed
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn show(_on_press: OnPress, mut notice: Notice, told: Told, _withdrawn: Option<oneshot::Receiver<()>>) {
    notice.message = plain(&notice.message, false);
    let shown = worded(&notice).show().map(drop).map_err(|error| {
        tracing::warn!(%error, "no notification could be shown");
        NotShown::Refused(error.to_string())
    });
    told.send(shown).ok();
}

/// Resolves when the alarm is withdrawn or replaced by a newer one; never for a notification that is no alarm.
#[cfg(all(unix, not(target_os = "macos")))]
async fn taken_back(withdrawn: Option<oneshot::Receiver<()>>) {
    match withdrawn {
        Some(withdrawn) => drop(withdrawn.await),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_title_marks_nothing_and_stays_on_one_line() {
        let message = Message {
            title: "Judo <b>& more</b>\u{7}".into(),
            body: "“<a href=\"https://evil.example\">Judo</a> & co”\u{1b}[31m\nis ready.".into(),
            buttons: vec![Button::CopyLink],
        };
        let marked = plain(&message, true);
        assert_eq!(marked.title, "Judo <b>& more</b>", "a title is never read as marks");
        assert!(marked.body.starts_with("“&lt;a href="), "{}", marked.body);
        assert!(marked.body.contains("&amp; co") && !marked.body.contains(char::is_control), "{}", marked.body);
        let unmarked = plain(&message, false);
        assert!(unmarked.body.contains("<a href=") && unmarked.body.contains("Judo</a> & co"), "{}", unmarked.body);
        assert_eq!(unmarked.buttons, [Button::CopyLink]);
    }
}
