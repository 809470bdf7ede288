//! Queries that only the library needs.

mod removal;
