//! The desk that a session or a recording comes from.

use crate::domain::ids::DeskId;

/// Shown instead of the instructor of another desk's session, because RealtimeKit does not know instructors.
pub const UNKNOWN_INSTRUCTOR: &str = "Another desk";

/// The desk that made a session or a recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// This desk made it.
    #[default]
    Here,
    /// Another desk made it, and a sync found it. The desk's id is known where that desk sent the file to Stream
    /// itself.
    OtherDesk(Option<DeskId>),
}

impl Origin {
    /// Returns the origin of a video at Stream, given the id of the desk that sent it and the id of this desk.
    #[must_use]
    pub fn of_sender(sender: Option<&str>, us: &str) -> Self {
        match sender {
            Some(sender) if sender == us => Self::Here,
            sender => Self::OtherDesk(sender.and_then(|sender| sender.parse().ok())),
        }
    }

    /// Returns the stable word in the database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::OtherDesk(_) => "other_desk",
        }
    }

    /// Returns the other desk's id, where it is known.
    #[must_use]
    pub const fn desk(&self) -> Option<&DeskId> {
        match self {
            Self::Here => None,
            Self::OtherDesk(desk) => desk.as_ref(),
        }
    }

    /// Reads an origin from its stored word and desk; `None` for an unknown word. An unreadable desk counts as unknown.
    #[must_use]
    pub fn from_stored(name: &str, desk: Option<&str>) -> Option<Self> {
        match name {
            "here" => Some(Self::Here),
            "other_desk" => Some(Self::OtherDesk(desk.and_then(|desk| desk.parse().ok()))),
            _ => None,
        }
    }
}

/// Returns an instructor's name as people read it. It is empty where only another desk knows the name.
#[must_use]
pub const fn shown_instructor(name: &str) -> &str {
    if name.is_empty() { UNKNOWN_INSTRUCTOR } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_reads_back_from_its_word_and_its_desk() {
        for origin in [Origin::Here, Origin::OtherDesk(None), Origin::OtherDesk(Some("desk-1".parse().unwrap()))] {
            let desk = origin.desk().map(DeskId::as_str);
            assert_eq!(Origin::from_stored(origin.name(), desk), Some(origin.clone()));
        }
        assert_eq!(Origin::from_stored("nowhere", None), None);
    }

    #[test]
    fn a_video_comes_from_here_only_if_its_sender_is_this_desk() {
        assert_eq!(Origin::of_sender(Some("desk-1"), "desk-1"), Origin::Here);
        assert_eq!(Origin::of_sender(None, "desk-1"), Origin::OtherDesk(None));
        assert_eq!(Origin::of_sender(Some("desk-2"), "desk-1").desk().map(DeskId::as_str), Some("desk-2"));
    }
}
