//! Recordings on their way from a room to a video: stages, causes of failure, forecasts, auto-retries, deadlines.

pub mod auto_end;
pub mod auto_retry;
pub mod cause;
pub mod clip;
pub mod consent;
pub mod coverage;
pub mod diagnosis;
pub mod event;
pub mod extensions;
pub mod forecast;
pub mod import_queue;
pub mod of_session;
pub mod pauses;
pub mod proof;
pub mod quality;
pub mod recording;
pub mod rescue;
pub mod retry_rule;
pub mod room_people;
pub mod session_text;
pub mod stage;
pub mod stage_kind;
pub mod sync_report;
pub mod video_marks;
pub mod work;
