//! What the machine does for the app.

pub(crate) mod browser;
pub(crate) mod loopback;
pub(crate) mod notifications;
pub(crate) mod window;
