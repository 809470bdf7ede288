//! Which desk a session or a recording comes from.

use crate::domain::ids::DeskId;

/// Stands for the instructor of a class that another desk holds: RealtimeKit does not know the names of instructors.
pub const UNKNOWN_INSTRUCTOR: &str = "Another desk";

/// Where a session or a recording comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// This desk put it down.
    #[default]
    Here,
    /// A sync found it. The desk is known where it sent the file to Stream itself.
    OtherDesk(Option<DeskId>),
}

impl Origin {
    /// Where a video comes from that was found at Stream, by the desk that sent it.
    #[must_use]
    pub fn of_sender(sender: Option<&str>, us: &str) -> Self {
        match sender {
            Some(sender) if sender == us => Self::Here,
            sender => Self::OtherDesk(sender.and_then(|sender| sender.parse().ok())),
        }
    }

    /// The stable word in the database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::OtherDesk(_) => "other_desk",
        }
    }

    /// The other desk, where it is known.
    #[must_use]
    pub const fn desk(&self) -> Option<&DeskId> {
        match self {
            Self::Here => None,
            Self::OtherDesk(desk) => desk.as_ref(),
        }
    }

    /// The origin that was stored as a word and a desk; `None` for another word. A desk that cannot be read is one that is not known.
    #[must_use]
    pub fn from_stored(name: &str, desk: Option<&str>) -> Option<Self> {
        match name {
            "here" => Some(Self::Here),
            "other_desk" => Some(Self::OtherDesk(desk.and_then(|desk| desk.parse().ok()))),
            _ => None,
        }
    }
}

/// The name of an instructor as people read it. No name means that only another desk knows it.
#[must_use]
pub const fn shown_instructor(name: &str) -> &str {
    if name.is_empty() { UNKNOWN_INSTRUCTOR } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_back_from_its_word_and_its_desk() {
        for origin in [Origin::Here, Origin::OtherDesk(None), Origin::OtherDesk(Some("desk-1".parse().unwrap()))] {
            let desk = origin.desk().map(DeskId::as_str);
            assert_eq!(Origin::from_stored(origin.name(), desk), Some(origin.clone()));
        }
        assert_eq!(Origin::from_stored("nowhere", None), None);
    }

    #[test]
    fn what_this_desk_sent_before_it_lost_its_database_comes_from_here() {
        assert_eq!(Origin::of_sender(Some("desk-1"), "desk-1"), Origin::Here);
        assert_eq!(Origin::of_sender(None, "desk-1"), Origin::OtherDesk(None));
        assert_eq!(Origin::of_sender(Some("desk-2"), "desk-1").desk().map(DeskId::as_str), Some("desk-2"));
    }
}
