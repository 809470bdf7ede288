//! What other people and programs are told: notifications on this computer, and events that leave it through a channel.

pub mod attempt;
pub mod channel;
pub mod channel_settings;
pub mod desktop_settings;
pub mod digest;
pub mod letter;
pub mod mail_draft;
pub mod mail_recipients;
pub mod mail_settings;
pub mod notification;
pub mod outgoing_event;
pub mod queued;
pub mod quiet_hours;
pub mod receiver_health;
pub mod refusal;
pub mod reminder;
pub mod retry_schedule;
pub mod smtp_security;
