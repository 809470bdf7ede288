//! Calendar files (iCalendar, RFC 5545): reading what other programs wrote, and writing the schedule for them.
//!
//! An event that was imported keeps its text. As long as its class is as the event says, an export writes that text
//! again, so that nothing is lost that Hajime has no place for. `calcard` reads the names of time zones; it knows neither
//! the numbers of lines nor the exact text, so lines are read here.

pub mod all_day;
pub mod event;
pub mod export;
pub mod feed;
pub mod import;
pub mod lines;
pub mod outlet;
pub mod undo;
mod zones;

#[cfg(test)]
mod followed_tests;
#[cfg(test)]
mod tests;
