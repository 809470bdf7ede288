//! `doctor`, `backup`, `restore`, `export`, `journal`: the connection, the data folder, and who changed what.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod journal;
pub(crate) mod owner;
pub(crate) mod tables;
