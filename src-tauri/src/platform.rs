//! The services of the operating system, such as notifications, clipboard and browser, and the limits on what the page
//! may reach ([`cage`]).

pub(crate) mod ask;
pub(crate) mod awake;
pub(crate) mod browser;
pub(crate) mod cage;
pub(crate) mod clipboard;
pub(crate) mod closing;
pub(crate) mod compact;
pub(crate) mod desktop;
pub(crate) mod global_keys;
#[cfg(target_os = "linux")]
mod graphics;
pub(crate) mod handover;
#[cfg(target_os = "linux")]
mod key_portal;
pub(crate) mod key_state;
pub(crate) mod locale;
pub(crate) mod loopback;
pub(crate) mod notifications;
pub(crate) mod private_file;
pub(crate) mod private_page;
#[cfg(any(target_os = "linux", test))]
mod proxies;
pub(crate) mod surroundings;
pub(crate) mod tickets;
pub(crate) mod tray;
pub(crate) mod window;
