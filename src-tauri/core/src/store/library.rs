//! Queries and tables of the library.
//!
//! | module | purpose |
//! |---|---|
//! | `description` | notes, tags and edited titles, with who wrote last |
//! | `views` | saved views |
//! | `index` | the index of every text, and what of it is out of date |
//! | `resolve` | the words of the index that a search means |
//! | `conditions` | filters and orders of the list in SQL |
//! | `find` | a page of the list |
//! | `facets` | how many recordings each choice of a filter leaves |
//! | `hits` | where in a recording a search is found |
//! | `captions` | captions of videos, and their lines |
//! | `checks` | checks of picture and sound |
//! | `removal` | missing and removed recordings |
//! | `retention` | how long recordings stay, and what their videos know of it |
//! | `transfers` | downloads and archivings |
//! | `places` | the places of the archive |

mod captions;
mod checks;
pub(in crate::store) mod conditions;
pub(in crate::store) mod description;
mod facets;
mod find;
mod hits;
pub(in crate::store) mod index;
mod places;
mod removal;
mod resolve;
pub(in crate::store) mod retention;
pub(in crate::store) mod transfers;
pub(in crate::store) mod views;

pub use captions::OpenCaptions;
pub use checks::{Half, OpenCheck};
pub use description::{BulkChange, Taken};
pub use find::Found;
pub use retention::Retention;
