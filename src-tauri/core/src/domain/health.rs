//! Whether it works, as pure functions over plain rows.
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
//! | [`overview`] | all figures of a period |
//! | [`words`] | the sentences |
//! | [`alert`] | the rules that raise alerts, and what becomes of an alert |
//! | [`usage`], [`price`], [`cost`] | what is used at Cloudflare, and what it costs |
//! | [`storage`], [`forecast`] | what takes the minutes of the storage, and when it is full |
//! | [`desk`] | the connections, and who works |
//! | [`diagnostics`] | what can be told for support |
//! | [`report`], [`class_page`], [`print`] | the report of a month, the page of a class, and how they are printed |
//! | [`service`] | the desk that only watches |

pub mod alert;
pub mod class_page;
pub mod cost;
pub mod deliveries;
pub mod desk;
pub mod diagnostics;
pub mod distribution;
pub mod figure;
pub mod forecast;
pub mod group;
pub mod overview;
pub mod period;
pub mod price;
pub mod print;
pub mod proof;
pub mod relay;
pub mod report;
pub mod row;
pub mod service;
pub mod storage;
pub mod success;
pub mod timing;
pub mod usage;
pub mod words;
