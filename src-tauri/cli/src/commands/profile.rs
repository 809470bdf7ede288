//! `doctor`, `app`, `jobs`, `join-page`, `door`, `journal`, `role`, `backup`, `restore`, `export`: checks of the connection, the RealtimeKit
//! app, the background jobs, the published join page, the journal, the role, and the data folder.

pub(crate) mod app;
pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod door;
pub(crate) mod jobs;
pub(crate) mod join_page;
pub(crate) mod journal;
pub(crate) mod owner;
pub(crate) mod role;
pub(crate) mod tables;
