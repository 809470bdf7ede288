//! The actions on what leaves this computer: the channels, their tests, and the events on their way.

pub mod channels;
pub mod deliveries;
pub mod desktop;
pub mod mail;
pub mod mail_preview;
pub mod participants;
