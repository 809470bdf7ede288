//! The settings of one profile.

pub mod preferences;
