//! Asks the desktop of this computer what it offers. On Linux its programs answer over the session bus.
//!
//! The window and the command line share this. A program on the bus may be absent, hang or send anything: every question
//! has a time limit, and what it answers is bounded. Only programs that run are asked: a question would start the others.

use std::time::Duration;

use crate::domain::profile::desktop::{Bus, Desktop, Screen};

/// How long one program of the desktop may take to answer.
#[cfg(all(unix, not(target_os = "macos")))]
const CALL_LIMIT: Duration = Duration::from_secs(1);
/// How long the session bus may take to let a program in whose window is shown meanwhile.
pub const LIMIT: Duration = Duration::from_secs(10);

/// What a process says about the screen that it draws on: its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Displays {
    /// Whether a Wayland display is named.
    pub wayland: bool,
    /// Whether an X11 display is named.
    pub x11: bool,
}

impl Displays {
    /// Reads the displays from environment variables.
    pub fn named(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_named = |name| variable(name).is_some_and(|display| !display.is_empty());
        Self { wayland: is_named("WAYLAND_DISPLAY"), x11: is_named("DISPLAY") }
    }
}

/// Asks what the desktop offers. A session bus that lets nobody in within the limit counts as absent.
pub async fn look(displays: Displays, limit: Duration) -> Desktop {
    let screen = screen(displays);
    if screen == Screen::OfTheSystem {
        return Desktop { screen, bus: Bus::NotNeeded };
    }
    let bus = services(screen == Screen::Wayland, limit).await;
    Desktop { screen, bus: bus.map_or(Bus::Absent, Bus::Here) }
}

/// The system that draws the windows of a process with these displays.
#[must_use]
pub const fn screen(displays: Displays) -> Screen {
    if cfg!(any(windows, target_os = "macos")) {
        Screen::OfTheSystem
    } else if displays.wayland {
        // Also where the window itself uses X11: programs on Wayland then still have the keys.
        Screen::Wayland
    } else if displays.x11 {
        Screen::X11
    } else {
        Screen::None
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn services(_asks_portal: bool, _limit: Duration) -> Option<crate::domain::profile::desktop::BusServices> {
    None
}

/// Resolves after a panel, a notification service or a portal has come or gone.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub async fn changed() {
    std::future::pending().await
}

#[cfg(all(unix, not(target_os = "macos")))]
use linux::services;
#[cfg(all(unix, not(target_os = "macos")))]
pub use linux::{changed, notification_service};

#[cfg(all(unix, not(target_os = "macos")))]
mod linux {
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use serde::de::DeserializeOwned;
    use zbus::fdo::DBusProxy;
    use zbus::names::BusName;
    use zbus::zvariant::{OwnedValue, Type};
    use zbus::{Connection, MatchRule, MessageStream};

    use super::{CALL_LIMIT, LIMIT};
    use crate::domain::profile::desktop::{BusServices, NotificationService, Service};
    use crate::domain::text::one_line;

    /// The program that knows which icons are shown, and the one that shows notifications; both by what they are called
    /// in their specifications (`StatusNotifierItem`, Desktop Notifications 1.2).
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
    /// The desktop portal.
    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    /// The longest name of a notification service that is shown, in characters.
    const NAME_MAX: usize = 40;

    /// `None` if there is no session bus. The portal is asked only where it has the keys.
    pub(super) async fn services(asks_portal: bool, limit: Duration) -> Option<BusServices> {
        let bus = tokio::time::timeout(limit, Connection::session()).await.ok()?.ok()?;
        let names = Names::of(&bus).await;
        let portal = async {
            if !asks_portal {
                return Service::Absent;
            }
            match names.service(PORTAL).await {
                Service::Running(()) => key_portal(&bus).await,
                other => other,
            }
        };
        let notifications = async {
            match names.service(NOTIFICATIONS).await {
                Service::Running(()) => notifications(&bus).await.map_or(Service::Silent, Service::Running),
                Service::Silent => Service::Silent,
                Service::StartsWhenNeeded => Service::StartsWhenNeeded,
                Service::Absent => Service::Absent,
            }
        };
        let panel = async { names.service(WATCHER).await == Service::Running(()) && panel(&bus).await };
        let (panel, notifications, key_portal) = tokio::join!(panel, notifications, portal);
        Some(BusServices { panel, notifications, key_portal })
    }

    /// The names that programs have on the bus.
    struct Names<'a> {
        bus: Option<DBusProxy<'a>>,
        startable: Vec<String>,
    }

    impl<'a> Names<'a> {
        async fn of(bus: &'a Connection) -> Self {
            let bus = DBusProxy::new(bus).await.ok();
            let startable = match &bus {
                Some(bus) => in_time(bus.list_activatable_names()).await.unwrap_or_default(),
                None => Vec::new(),
            };
            Self { bus, startable: startable.iter().map(ToString::to_string).collect() }
        }

        /// Whether a program has this name. Starts nothing.
        async fn service(&self, name: &'static str) -> Service<()> {
            let has_owner = match (&self.bus, BusName::try_from(name)) {
                (Some(bus), Ok(name)) => in_time(bus.name_has_owner(name)).await.unwrap_or(false),
                _ => false,
            };
            if has_owner {
                Service::Running(())
            } else if self.startable.iter().any(|known| known == name) {
                Service::StartsWhenNeeded
            } else {
                Service::Absent
            }
        }
    }

    /// The answer of the bus itself, if it comes in time.
    async fn in_time<T>(asked: impl Future<Output = zbus::fdo::Result<T>>) -> Option<T> {
        tokio::time::timeout(CALL_LIMIT, asked).await.ok()?.ok()
    }

    /// What the notification service of this desktop can do; `None` if there is none, or it does not answer. May start it,
    /// as the notification that is to be shown does.
    pub async fn notification_service() -> Option<NotificationService> {
        let bus = tokio::time::timeout(LIMIT, Connection::session()).await.ok()?.ok()?;
        notifications(&bus).await
    }

    /// Whether a panel shows icons. The watcher alone shows none.
    async fn panel(bus: &Connection) -> bool {
        let watcher = (WATCHER, "/StatusNotifierWatcher", WATCHER);
        property(bus, watcher, "IsStatusNotifierHostRegistered").await.unwrap_or(false)
    }

    /// Whether the portal that runs has keys. One without that part answers with an error.
    async fn key_portal(bus: &Connection) -> Service<()> {
        let (path, interface) = ("/org/freedesktop/portal/desktop", "org.freedesktop.portal.GlobalShortcuts");
        let property = (interface, "version");
        let asked = bus.call_method(Some(PORTAL), path, Some("org.freedesktop.DBus.Properties"), "Get", &property);
        match tokio::time::timeout(CALL_LIMIT, asked).await {
            Ok(Ok(_)) => Service::Running(()),
            Ok(Err(_)) => Service::Absent,
            Err(_) => Service::Silent,
        }
    }

    async fn notifications(bus: &Connection) -> Option<NotificationService> {
        let ask = ("/org/freedesktop/Notifications", NOTIFICATIONS);
        let (name, ..): (String, String, String, String) =
            call(bus, NOTIFICATIONS, ask, "GetServerInformation", &()).await?;
        let capabilities: Vec<String> = call(bus, NOTIFICATIONS, ask, "GetCapabilities", &()).await.unwrap_or_default();
        let name: String = one_line(&name).chars().take(NAME_MAX).collect();
        let name = if name.is_empty() { "The desktop".to_owned() } else { name };
        let can = |ability: &str| capabilities.iter().any(|known| known == ability);
        Some(NotificationService { name, buttons: can("actions"), markup: can("body-markup") })
    }

    async fn property<T: TryFrom<OwnedValue>>(bus: &Connection, of: (&str, &str, &str), name: &str) -> Option<T> {
        let (service, path, interface) = of;
        let properties = (path, "org.freedesktop.DBus.Properties");
        let value: OwnedValue = call(bus, service, properties, "Get", &(interface, name)).await?;
        T::try_from(value).ok()
    }

    async fn call<B, T>(bus: &Connection, service: &str, at: (&str, &str), method: &str, body: &B) -> Option<T>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType + Sync,
        T: DeserializeOwned + Type,
    {
        let (path, interface) = at;
        let asked = bus.call_method(Some(service), path, Some(interface), method, body);
        tokio::time::timeout(CALL_LIMIT, asked).await.ok()?.ok()?.body().deserialize().ok()
    }

    /// Resolves after a panel, a notification service or a portal has come or gone; never without a session bus.
    pub async fn changed() {
        if wait().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    async fn wait() -> Option<()> {
        let bus = Connection::session().await.ok()?;
        let mut streams = Vec::new();
        for name in [WATCHER, NOTIFICATIONS, PORTAL] {
            let owners = MatchRule::builder()
                .msg_type(zbus::message::Type::Signal)
                .sender("org.freedesktop.DBus")
                .ok()?
                .member("NameOwnerChanged")
                .ok()?
                .arg(0, name)
                .ok()?
                .build();
            streams.push(MessageStream::for_match_rule(owners, &bus, None).await.ok()?);
        }
        for member in ["StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"] {
            let hosts = MatchRule::builder()
                .msg_type(zbus::message::Type::Signal)
                .interface(WATCHER)
                .ok()?
                .member(member)
                .ok()?
                .build();
            streams.push(MessageStream::for_match_rule(hosts, &bus, None).await.ok()?);
        }
        futures_util::stream::select_all(streams).next().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn wayland_comes_before_x11_because_its_programs_have_the_keys() {
        assert_eq!(screen(Displays { wayland: true, x11: true }), Screen::Wayland);
        assert_eq!(screen(Displays { wayland: false, x11: true }), Screen::X11);
        assert_eq!(screen(Displays { wayland: false, x11: false }), Screen::None);
    }
}
