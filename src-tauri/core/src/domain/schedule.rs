//! Sessions: the plan and the state of each.

pub mod attendance;
pub mod attendance_list;
pub mod calendar;
pub mod calendar_days;
pub mod calendar_file;
pub mod conflicts;
pub mod holiday;
pub mod invitation_text;
pub mod lifecycle;
pub mod limits;
pub mod origin;
pub mod person;
pub mod preflight;
pub mod quick_line;
pub mod recurrence;
pub mod refusal;
pub mod room_ahead;
pub mod roster;
pub mod roster_text;
pub mod series;
pub mod series_place;
pub mod session;
pub mod session_fields;
pub mod start;
pub mod template;
pub mod tray_menu;
