//! Notifications: their subjects, kinds and rules.

pub mod notification;
