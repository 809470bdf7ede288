//! E-mail through the association's own mail server. Letters that Cloudflare sends go through its client instead, because
//! they need the API token.

pub(crate) mod smtp;
