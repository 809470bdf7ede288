//! Tables of the profile: settings, the role, the status of jobs, and which secrets belong to this data.

mod auto_end;
mod job_status;
mod publication;
mod role;
mod secrets;
pub(in crate::store) mod settings;

pub(crate) use role::role_in;
