//! Tables of health: figures, alerts, usage and storage, and what is known of this desk.
//!
//! | module | purpose |
//! |---|---|
//! | `figures` | the recordings and classes of a period, through indexes that hold every column that is read |
//! | `desk_days` | the days on which the jobs of this desk ran |
//! | `told` | deliveries of a period, by channel and state |
//! | `rules` | the rules for alerts that a person changed or added |
//! | `alerts` | alerts, and what was told of them |
//! | `compared` | what the rules are compared with |
//! | `readings` | what Stream said about its storage |
//! | `watched` | how long videos were watched, and people were in rooms, by day |
//! | `stored` | what takes the minutes of the storage |
//! | `spent` | what was stored and watched, by instructor, series and tag |
//! | `desk` | who works, what was heard, and what a person asked the jobs for |
//! | `names` | the names that no text for support may have |
//! | `report` | which monthly report was sent |

pub(in crate::store) mod alerts;
mod compared;
mod desk;
pub(in crate::store) mod desk_days;
mod figures;
mod names;
mod readings;
mod report;
pub(in crate::store) mod rules;
mod spent;
mod stored;
mod told;
mod watched;

pub use compared::{Decided, Timed};
pub(crate) use names::KnownNames;
pub(in crate::store) use report::MAILED_LAST;
pub use spent::{Spent, SpentBy};
pub use stored::StoredDates;
pub use told::Told;
