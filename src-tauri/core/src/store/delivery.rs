//! Tables of the deliveries: the queue, the channels, and which classes write to their participants.

mod channels;
pub(in crate::store) mod deliveries;
mod desktop;
mod mail;
mod participants;
mod reminders;
