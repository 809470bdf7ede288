//! Whether it works: the figures over the history of this desk, as pure functions over plain rows.
//!
//! | module | for |
//! |---|---|
//! | [`period`] | the days that are looked at, and their weeks |
//! | [`row`] | what the store reads of a recording and of a class, and what it counts as |
//! | [`distribution`] | middle values and other quantiles of times |
//! | [`success`] | how many recordings became a video |
//! | [`timing`] | from the end of a class to its video, and from a ready video to this desk noticing |
//! | [`proof`] | classes that were not seen being recorded |
//! | [`deliveries`] | what was told to people and programs |
//! | [`relay`] | recordings that this computer passed on |
//! | [`group`] | the same for each instructor and each series |
//! | [`figure`] | the figures by name, with their definitions and goals |
//! | [`words`] | the sentences |
//! | [`alert`] | the rules that raise alerts, and what becomes of an alert |

pub mod alert;
pub mod deliveries;
pub mod distribution;
pub mod figure;
pub mod group;
pub mod period;
pub mod proof;
pub mod relay;
pub mod row;
pub mod success;
pub mod timing;
pub mod words;
