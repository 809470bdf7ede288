//! What is known of this desk: who works, what was heard, what a person asked the jobs for, and the names that no text for
//! support may have.

mod desk;
mod names;
mod report;

pub(crate) use names::KnownNames;
pub(in crate::store) use report::MAILED_LAST;
