//! Whether it works, for people who look after the desk.

pub mod figures;
pub mod why;
//! Knowing that it works.

pub mod alerts;
