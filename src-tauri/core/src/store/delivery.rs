//! Tables of the deliveries: the queue, the channels, and which classes write to their participants.

pub(in crate::store) mod channels;
pub(in crate::store) mod deliveries;
mod desktop;
pub(in crate::store) mod mail;
mod participants;
mod reminders;
