//! E-mail through the association's own mail server. Letters that Cloudflare sends go through its client instead, because
//! they need the API token.
//!
//! | module | for |
//! |---|---|
//! | [`message`] | a letter as the bytes of an internet message |
//! | [`smtp`] | handing these bytes to a mail server |

mod message;
pub(crate) mod smtp;
