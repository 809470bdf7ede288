//! Analytics: how long videos were watched, and how long people were in rooms. The numbers are Cloudflare's and no bill.

pub(super) mod rooms;
pub(super) mod watched;
