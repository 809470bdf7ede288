//! `doctor`, `jobs`, `journal`, `backup`, `restore`, `export`: the connection, the background work, the data folder, and who changed what.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod owner;
pub(crate) mod tables;
