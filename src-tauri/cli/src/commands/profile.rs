//! `doctor`, `backup`, `restore`, `export`: the connection and the data folder.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod owner;
pub(crate) mod tables;
