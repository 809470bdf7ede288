//! What people are told: notifications about anything, and later the rules for them.

pub mod notification;
