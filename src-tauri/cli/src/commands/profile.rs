//! `doctor`, `jobs`, `backup`, `restore`, `export`: the connection, the background work and the data folder.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod jobs;
pub(crate) mod owner;
pub(crate) mod tables;
