//! Static files that Workers serves: upload sessions, scripts without code, their addresses and custom domains, and how a published page
//! answers.

pub(super) mod addresses;
pub(super) mod assets;
pub(super) mod deploy;
pub(super) mod domains;
pub(super) mod site;
