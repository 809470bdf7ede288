//! The app in its real window, used as a person uses it: `cargo xtask e2e`.
//!
//! Every test brings up a desktop of its own and takes it down again: an X server nobody sees, a window manager, a message
//! bus, a keyring, a notification service, and a home folder. The app in it is the one that people get, driven through
//! `WebKitWebDriver`. The sandbox inside the app plays Cloudflare; its control address plays the students.
//!
//! - [`flow`]: schedule, start, record, end, watch, share, in light and in dark
//! - [`resume`]: killed between End and Ready, opened again
//! - [`deleted_video`]: what was attached and then deleted at Cloudflare
//! - [`hostile`]: titles that are programs, tokens that are wrong
//! - [`keyring`]: keyrings that are locked, forgetful or silent, proxies, second starts, and who gets to see the token
//! - [`cage`]: what a script in the page can reach
//! - [`other_users`]: somebody else with an account on the computer, and more connections than there are file descriptors
//! - [`clipboard`]: what was copied stays when the window is closed
//! - [`session_day`]: closing during a class, the alarm, early starts, a time zone the web view does not know
//! - [`desktop`]: what the tests stand on, proven by itself
//! - [`speeds`]: no test but measurements: `cargo xtask bench window`
//!
//! Invariants: no test sleeps for a fixed time, each waits for something it can see, with a deadline; no test touches the
//! desktop, the keyring or the home folder of whoever runs it. The tests are `#[ignore]`d so that `cargo test` opens no windows.
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
mod flow;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod other_users;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod session_day;
#[cfg(test)]
mod speeds;
#[cfg(test)]
mod support;
