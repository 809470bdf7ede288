//! Puts notifications and events into words and hands them to a channel. This module uses neither the database nor
//! Cloudflare, and its HTTP client never sees the API token.
//!
//! | module | for |
//! |---|---|
//! | [`desktop`] | notifications of the desktop |
//! | [`reminder`] | the words of a reminder |
//! | [`webhook`] | events as JSON for the association's own server, signed |
//! | [`slack`] | events as messages in a Slack channel |
//! | [`email`] | letters through a mail server |
//! | [`http`] | the one place that sends: time limit, bounded answers, no redirects |

pub(crate) mod desktop;
pub(crate) mod email;
pub(crate) mod http;
pub(crate) mod reminder;
pub(crate) mod slack;
pub(crate) mod unusable;
pub(crate) mod webhook;
