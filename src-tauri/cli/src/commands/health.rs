pub(crate) mod price;
pub(crate) mod storage;
pub(crate) mod usage;
