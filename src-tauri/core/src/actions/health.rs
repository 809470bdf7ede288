//! Whether it works, for people who look after the desk: figures, alerts, usage, storage, the state of the desk, reports and
//! the service.

pub mod alerts;
pub mod class_page;
pub mod desk;
pub mod diagnostics;
pub mod figures;
pub mod prices;
pub mod report;
pub mod service;
pub mod storage;
pub mod usage;
pub mod why;
