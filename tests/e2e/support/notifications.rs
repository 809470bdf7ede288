//! A notification service that keeps every notification. It follows the Desktop Notifications Specification 1.2.
#![expect(
    clippy::used_underscore_binding,
    reason = "the bus interface's macro names every argument, also the ones nobody needs"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::zvariant::OwnedValue;

use super::bus::Bus;
use super::wait::{LATER, until};

/// One notification as an app sent it.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// The name of the program that sent the notification.
    pub(crate) app: String,
    /// The headline.
    pub(crate) summary: String,
    /// The text; the specification allows markup in it.
    pub(crate) body: String,
    /// Keys and labels of the buttons, alternating.
    pub(crate) actions: Vec<String>,
    /// 0 for low, 1 for normal, 2 for critical; `None` when the program sent no urgency.
    pub(crate) urgency: Option<u8>,
    /// Milliseconds until the notification expires; 0 for never, -1 for the service's default.
    pub(crate) expires: i32,
    /// Whether the notification stays after a press, as the program asked.
    pub(crate) resident: bool,
    /// Whether the program withdrew the notification.
    pub(crate) closed: bool,
}

/// The running service. Dropping it ends the service.
pub(crate) struct Notifications {
    shown: Arc<Mutex<Vec<Shown>>>,
    connection: zbus::Connection,
}

impl Notifications {
    /// Takes the service's name on the bus and starts to answer.
    pub(crate) async fn serve(bus: &Bus) -> Self {
        let shown = Arc::<Mutex<Vec<Shown>>>::default();
        let connection = zbus::connection::Builder::address(bus.address())
            .unwrap()
            .serve_at("/org/freedesktop/Notifications", Service { shown: Arc::clone(&shown) })
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { shown, connection }
    }

    /// Returns every notification so far, oldest first.
    pub(crate) fn all(&self) -> Vec<Shown> {
        self.shown.lock().unwrap().clone()
    }

    /// Waits for a notification whose headline contains `summary`, and presses its button until `ask` returns a value;
    /// `default` is its text. A program listens a moment after it has shown a notification, so the first press may be lost.
    pub(crate) async fn press_until<T>(
        &self,
        summary: &str,
        button: &str,
        mut ask: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        let id = until(&format!("the notification “{summary}”"), LATER, async || {
            let all = self.all();
            let index = all.iter().rposition(|shown| shown.summary.contains(summary) && !shown.closed)?;
            assert!(all[index].actions.iter().any(|action| action == button), "{button} on {:?}", all[index]);
            u32::try_from(index + 1).ok()
        })
        .await;
        let (path, interface) = ("/org/freedesktop/Notifications", "org.freedesktop.Notifications");
        until(&format!("{button} of “{summary}” to have its effect"), LATER, async || {
            let told = self.connection.emit_signal(None::<&str>, path, interface, "ActionInvoked", &(id, button)).await;
            told.unwrap();
            ask().await
        })
        .await
    }
}

struct Service {
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "the specification gives this method eight")]
    fn notify(
        &self,
        app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expires: i32,
    ) -> u32 {
        let (mut urgency, mut resident) = (None, false);
        for (name, value) in hints {
            match name.as_str() {
                "urgency" => urgency = u8::try_from(value).ok(),
                "resident" => resident = bool::try_from(value).unwrap_or(false),
                _ => {}
            }
        }
        let mut shown = self.shown.lock().unwrap();
        shown.push(Shown { app, summary, body, actions, urgency, expires, resident, closed: false });
        u32::try_from(shown.len()).unwrap()
    }

    fn close_notification(&self, id: u32) {
        let index = usize::try_from(id).unwrap().saturating_sub(1);
        if let Some(shown) = self.shown.lock().unwrap().get_mut(index) {
            shown.closed = true;
        }
    }

    #[expect(clippy::unused_self, reason = "a method of the bus interface")]
    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).to_vec()
    }

    #[expect(clippy::unused_self, reason = "a method of the bus interface")]
    fn get_server_information(&self) -> (String, String, String, String) {
        ("hajime-e2e".to_owned(), "Hajime".to_owned(), "1".to_owned(), "1.2".to_owned())
    }
}
