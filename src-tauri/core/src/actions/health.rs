//! How this desk fares: its connections, what can be told for support, the report of a month, pages for printing, and the
//! service.

pub mod class_page;
pub mod desk;
pub mod diagnostics;
pub mod report;
pub mod service;
