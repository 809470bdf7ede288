//! Puts notifications into words and hands them to a channel. It knows no database and no Cloudflare.
//!
//! | module | for |
//! |---|---|
//! | [`desktop`] | notifications of the desktop |

pub(crate) mod desktop;
