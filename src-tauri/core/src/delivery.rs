//! Puts notifications into words and hands them to a channel. This module uses neither the database nor Cloudflare.
//!
//! | module | for |
//! |---|---|
//! | [`desktop`] | notifications of the desktop |

pub(crate) mod desktop;
