//! Static files that Workers serves, and code before them: upload sessions, scripts, their secrets, addresses and custom domains, and how a
//! published page answers.

pub(super) mod addresses;
pub(super) mod assets;
pub(super) mod code;
pub(super) mod deploy;
pub(super) mod domains;
pub(super) mod secrets;
pub(super) mod site;

#[cfg(test)]
mod tests;
