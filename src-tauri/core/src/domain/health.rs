//! How this desk fares: its connections, who works, what can be told for support, the monthly report, and the service.

pub mod class_page;
pub mod desk;
pub mod diagnostics;
pub mod print;
pub mod report;
pub mod service;
