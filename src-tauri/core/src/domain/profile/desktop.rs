//! What the desktop of this computer offers to Hajime, in words. The facts come from outside.

/// The system that draws the windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Linux with X11.
    X11,
    /// Linux with Wayland.
    Wayland,
    /// Linux without a graphical session, as in a terminal over a network.
    None,
    /// macOS or Windows.
    OfTheSystem,
}

/// What answers on the session bus of a Linux desktop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BusServices {
    /// Whether a panel shows icons.
    pub panel: bool,
    /// The notification service, and what it can do.
    pub notifications: Service<NotificationService>,
    /// The part of the desktop portal that takes global keys.
    pub key_portal: Service<()>,
}

/// A program of the desktop that others reach over the session bus.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Service<T> {
    /// There is none.
    #[default]
    Absent,
    /// The bus starts it when it is needed. It is not asked before, because that would start it.
    StartsWhenNeeded,
    /// It runs, but it did not say in time what it can do.
    Silent,
    /// It runs.
    Running(T),
}

/// What a notification service can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationService {
    /// Its name, bounded.
    pub name: String,
    /// Whether it shows buttons.
    pub buttons: bool,
    /// Whether it reads marks such as `<b>` in the text.
    pub markup: bool,
}

/// The session bus, over which programs of a Linux desktop reach each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bus {
    /// It answers.
    Here(BusServices),
    /// There is none.
    Absent,
    /// The system needs none: macOS and Windows.
    NotNeeded,
}

/// What is known about a desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desktop {
    /// The system that draws the windows.
    pub screen: Screen,
    /// The session bus.
    pub bus: Bus,
}

/// Whether Hajime's icon in the panel was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// It was made.
    Made,
    /// The library that draws it is missing.
    NoLibrary,
    /// Nobody knows: no window runs in this process.
    Unknown,
}

/// How the window comes back after it was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// By the menu of the icon in the panel, or by starting Hajime again.
    Icon,
    /// By starting Hajime again.
    StartAgain,
    /// A second start would not find this window: it can only be minimized.
    TaskBar,
}

/// The way in which global keys reach Hajime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMeans {
    /// The system reports the keys itself: X11, macOS and Windows.
    System,
    /// The desktop portal assigns and reports them.
    Portal,
    /// There is no way.
    None,
}

/// One thing that a desktop may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// An icon with a menu in the panel.
    Panel,
    /// Notifications.
    Notifications,
    /// Keys that work in every program.
    GlobalKeys,
}

impl Ability {
    /// The word for the ability in lists of programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Notifications => "notifications",
            Self::GlobalKeys => "global_keys",
        }
    }
}

/// Whether a desktop offers an ability, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The ability.
    pub ability: Ability,
    /// Whether it can be used.
    pub works: bool,
    /// What was found, a sentence.
    pub message: String,
    /// What a person can do about it; `None` where nothing is missing or nothing helps.
    pub next: Option<&'static str>,
}

impl Desktop {
    /// The way in which global keys reach Hajime.
    #[must_use]
    pub const fn key_means(&self) -> KeyMeans {
        match (self.screen, &self.bus) {
            (Screen::X11 | Screen::OfTheSystem, _) => KeyMeans::System,
            (
                Screen::Wayland,
                Bus::Here(BusServices {
                    key_portal: Service::Running(()) | Service::StartsWhenNeeded | Service::Silent,
                    ..
                }),
            ) => KeyMeans::Portal,
            (Screen::Wayland | Screen::None, _) => KeyMeans::None,
        }
    }

    /// Whether a panel shows Hajime's icon.
    #[must_use]
    pub const fn shows_icon(&self, icon: Icon) -> bool {
        let panel = match &self.bus {
            Bus::NotNeeded => true,
            Bus::Here(services) => services.panel,
            Bus::Absent => false,
        };
        panel && matches!(icon, Icon::Made)
    }

    /// How the window comes back after it was hidden.
    #[must_use]
    pub const fn way_back(&self, icon: Icon) -> WayBack {
        match &self.bus {
            // The first start is found over the bus.
            Bus::Absent => WayBack::TaskBar,
            Bus::Here(_) | Bus::NotNeeded if self.shows_icon(icon) => WayBack::Icon,
            Bus::Here(_) | Bus::NotNeeded => WayBack::StartAgain,
        }
    }

    /// Says what the desktop offers.
    #[must_use]
    pub fn findings(&self, icon: Icon) -> Vec<Finding> {
        vec![self.panel(icon), self.notifications(), self.global_keys()]
    }

    fn panel(&self, icon: Icon) -> Finding {
        let ability = Ability::Panel;
        let missing = |message: &str, next| Finding { ability, works: false, message: message.to_owned(), next };
        match (&self.bus, icon) {
            (Bus::Absent, _) => missing(NO_BUS, Some(START_SESSION)),
            (Bus::Here(_) | Bus::NotNeeded, Icon::NoLibrary) => missing(
                "The library that draws icons for panels is not installed.",
                Some("Install libayatana-appindicator, then start Hajime again."),
            ),
            (Bus::Here(BusServices { panel: false, .. }), _) => missing(
                "No panel of this desktop shows icons.",
                Some("On GNOME, the extension “AppIndicator Support” adds one. Hajime works without it."),
            ),
            (Bus::Here(_), Icon::Unknown) => found(ability, "The panel of this desktop shows icons."),
            (Bus::NotNeeded, Icon::Unknown) => found(ability, "This system shows icons."),
            (Bus::Here(_) | Bus::NotNeeded, Icon::Made) => {
                found(ability, "Hajime has an icon with a menu in the panel.")
            }
        }
    }

    fn notifications(&self) -> Finding {
        let ability = Ability::Notifications;
        match &self.bus {
            Bus::NotNeeded => found(ability, "The system shows notifications, without buttons."),
            Bus::Absent => Finding { ability, works: false, message: NO_BUS.into(), next: Some(START_SESSION) },
            Bus::Here(BusServices { notifications: Service::Absent, .. }) => Finding {
                ability,
                works: false,
                message: "No program shows notifications.".into(),
                next: Some(
                    "Start the notification service of this desktop. Until then, alarms are only in the window.",
                ),
            },
            Bus::Here(BusServices { notifications: Service::StartsWhenNeeded, .. }) => {
                found(ability, "The program that shows notifications starts when it is needed.")
            }
            Bus::Here(BusServices { notifications: Service::Silent, .. }) => Finding {
                ability,
                works: false,
                message: "The program that shows notifications does not answer.".into(),
                next: Some("Start the notification service of this desktop again if no notification appears."),
            },
            Bus::Here(BusServices { notifications: Service::Running(service), .. }) => {
                let buttons = if service.buttons { "with buttons" } else { "without buttons" };
                found(ability, &format!("{} shows notifications, {buttons}.", service.name))
            }
        }
    }

    fn global_keys(&self) -> Finding {
        let ability = Ability::GlobalKeys;
        let starts = |services: &BusServices| services.key_portal == Service::StartsWhenNeeded;
        match (self.key_means(), self.screen) {
            (KeyMeans::Portal, _) if matches!(&self.bus, Bus::Here(services) if starts(services)) => {
                found(ability, "The desktop portal starts when keys are chosen, and says then whether it has them.")
            }
            (KeyMeans::System, _) => found(ability, "Keys can work in every program."),
            (KeyMeans::Portal, _) => {
                found(ability, "Keys can work in every program. The desktop asks before it assigns them.")
            }
            (KeyMeans::None, Screen::None) => {
                Finding { ability, works: false, message: "There is no graphical session here.".into(), next: None }
            }
            (KeyMeans::None, _) => Finding {
                ability,
                works: false,
                message: "This Wayland desktop gives no keys to programs.".into(),
                next: Some(
                    "Use the menu of the icon, or a session with X11. Newer versions of KDE, GNOME and Hyprland can.",
                ),
            },
        }
    }
}

const NO_BUS: &str = "No session bus answered, over which programs of a desktop reach each other.";
const START_SESSION: &str = "Start Hajime from the desktop’s menu.";

fn found(ability: Ability, message: &str) -> Finding {
    Finding { ability, works: true, message: message.to_owned(), next: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux(screen: Screen, services: BusServices) -> Desktop {
        Desktop { screen, bus: Bus::Here(services) }
    }

    #[test]
    fn keys_come_from_x11_or_from_the_portal_of_wayland() {
        let portal = BusServices { key_portal: Service::Running(()), ..BusServices::default() };
        assert_eq!(linux(Screen::X11, portal.clone()).key_means(), KeyMeans::System);
        assert_eq!(linux(Screen::Wayland, portal).key_means(), KeyMeans::Portal);
        let late = BusServices { key_portal: Service::Silent, ..BusServices::default() };
        assert_eq!(linux(Screen::Wayland, late).key_means(), KeyMeans::Portal);
        assert_eq!(linux(Screen::Wayland, BusServices::default()).key_means(), KeyMeans::None);
        assert_eq!(Desktop { screen: Screen::X11, bus: Bus::Absent }.key_means(), KeyMeans::System);
        assert_eq!(Desktop { screen: Screen::OfTheSystem, bus: Bus::NotNeeded }.key_means(), KeyMeans::System);
        assert_eq!(linux(Screen::None, BusServices::default()).key_means(), KeyMeans::None);
    }

    #[test]
    fn a_hidden_window_comes_back_by_its_icon_or_by_a_second_start_or_is_only_minimized() {
        let panel = linux(Screen::X11, BusServices { panel: true, ..BusServices::default() });
        assert_eq!(panel.way_back(Icon::Made), WayBack::Icon);
        assert_eq!(panel.way_back(Icon::NoLibrary), WayBack::StartAgain);
        assert_eq!(linux(Screen::X11, BusServices::default()).way_back(Icon::Made), WayBack::StartAgain);
        let alone = Desktop { screen: Screen::X11, bus: Bus::Absent };
        assert_eq!(alone.way_back(Icon::Made), WayBack::TaskBar);
        let mac = Desktop { screen: Screen::OfTheSystem, bus: Bus::NotNeeded };
        assert_eq!(mac.way_back(Icon::Made), WayBack::Icon);
    }

    #[test]
    fn each_ability_is_said_and_a_missing_one_has_a_next_step() {
        let service = NotificationService { name: "dunst".into(), buttons: true, markup: true };
        let full =
            BusServices { panel: true, notifications: Service::Running(service), key_portal: Service::Running(()) };
        let all = linux(Screen::Wayland, full).findings(Icon::Made);
        assert!(all.iter().all(|finding| finding.works && finding.next.is_none()), "{all:?}");
        assert_eq!(all[1].message, "dunst shows notifications, with buttons.");
        let later = BusServices {
            panel: true,
            notifications: Service::StartsWhenNeeded,
            key_portal: Service::StartsWhenNeeded,
        };
        let later = linux(Screen::Wayland, later).findings(Icon::Made);
        assert!(later[1].works && later[1].message.ends_with("starts when it is needed."), "{later:?}");
        assert!(later[2].works && later[2].message.contains("starts when keys are chosen"), "{later:?}");
        let none = linux(Screen::Wayland, BusServices::default()).findings(Icon::Made);
        assert!(none.iter().all(|finding| !finding.works && finding.next.is_some()), "{none:?}");
        let alone = Desktop { screen: Screen::X11, bus: Bus::Absent }.findings(Icon::Made);
        assert_eq!(alone.iter().map(|finding| finding.works).collect::<Vec<_>>(), [false, false, true]);
    }
}
