//! How a desk fares: who works, jobs that run when they are asked for, what support may read, figures over the
//! history, the report of a month, and the service.

#[path = "health/desk.rs"]
mod desk;
#[path = "health/diagnostics.rs"]
mod diagnostics;
#[path = "health/figures.rs"]
mod figures;
#[path = "health/report.rs"]
mod report;
#[path = "health/service.rs"]
mod service;
