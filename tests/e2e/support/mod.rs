//! What all tests share: the desktop, the window, the browser, the sandbox, and waits.

pub(crate) mod actions;
pub(crate) mod app;
pub(crate) mod bus;
pub(crate) mod channels;
pub(crate) mod chromium;
pub(crate) mod cloud;
pub(crate) mod desktop;
pub(crate) mod join_page;
pub(crate) mod key_portal;
pub(crate) mod keyboard;
pub(crate) mod keyring;
pub(crate) mod notifications;
pub(crate) mod page;
pub(crate) mod panel;
pub(crate) mod process;
pub(crate) mod receivers;
pub(crate) mod secrets;
pub(crate) mod site;
pub(crate) mod standalone;
pub(crate) mod wait;
