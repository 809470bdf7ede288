//! Tables of what is used at Cloudflare.
//!
//! | module | purpose |
//! |---|---|
//! | `readings` | what Stream said about its storage |
//! | `watched` | how long videos were watched, and people were in rooms, by day |
//! | `stored` | what takes the minutes of the storage |
//! | `spent` | what was stored and watched, by instructor, series and tag |

mod readings;
mod spent;
mod stored;
mod watched;

pub use spent::{Spent, SpentBy};
pub use stored::StoredDates;
