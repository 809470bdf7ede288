//! Queries of the library that no other room needs.

mod removal;
