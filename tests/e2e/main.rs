//! Tests of the app in its real window, driven as a person uses it. Run them by `cargo xtask e2e`.
//!
//! Every test starts a desktop of its own and ends it again: an invisible X server, a window manager, a message bus, a
//! keyring, a notification service, and a home folder. The tests drive the app itself through `WebKitWebDriver`. The
//! sandbox inside the app plays Cloudflare. The tests play the participants through the sandbox's control address. The join
//! page is tried in Chromium, against a sandbox of its own.
//!
//! - [`flow`]: schedule, start, record, end, watch, share, in light and in dark
//! - [`everybody`]: the join page is published, three people join from their own links, and each hears of the recording
//! - [`resume`]: the app is killed after the end of a session, before its recording is ready, and opened again
//! - [`deleted_video`]: an attached video that is deleted at Cloudflare
//! - [`hostile`]: hostile titles and wrong tokens
//! - [`join_page`]: people join in Chromium, from links as mail programs leave them
//! - [`keyring`]: locked, emptied and silent keyrings, proxies, second starts, and the processes that see the token
//! - [`roles`]: no command that the page can ask for changes anything at Cloudflare at a desk of staff
//! - [`cage`]: the servers that a foreign script in the page can reach
//! - [`other_users`]: another user of the computer, and more connections than file descriptors
//! - [`clipboard`]: a copied text stays after the window closes
//! - [`session_day`]: closing during a session, the alarm, early starts, a time zone unknown to the web view
//! - [`whole_day`]: a day by keyboard alone, from a weekly class over a change of the clocks to a ready recording
//! - [`tray`]: the menu of the icon in a panel, buttons of notifications, a desktop without a panel or a session bus
//! - [`global_keys`]: keys that work in every program, on X11 and from the desktop portal
//! - [`desktop`]: checks of the test desktop itself
//! - [`large_library`]: ten thousand recordings, from a search to the bin
//! - [`revoked_links`]: the links of one recording are revoked, and all others work on
//! - [`storage_full`]: the storage is full in the middle of a class, and the recording waits until the bin is emptied
//! - [`speeds`]: measurements, not tests: `cargo xtask bench window`
//!
//! Invariants: no test sleeps for a fixed time; every wait has a visible condition and a deadline. No test touches the
//! desktop, the keyring or the home folder of the person who runs it. The tests are `#[ignore]`d so that `cargo test`
//! opens no windows.
#![cfg(target_os = "linux")]

#[cfg(test)]
mod cage;
#[cfg(test)]
mod clipboard;
#[cfg(test)]
mod damaged_database;
#[cfg(test)]
mod deleted_video;
#[cfg(test)]
mod desktop;
#[cfg(test)]
mod everybody;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod global_keys;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod join_page;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod large_library;
#[cfg(test)]
mod other_users;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod revoked_links;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod session_day;
#[cfg(test)]
mod speeds;
#[cfg(test)]
mod storage_full;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tray;
#[cfg(test)]
mod whole_day;
