//! Whether somebody agreed to be recorded. The join page writes the answer behind the name with which it joins
//! (`joiningName` in `ui/join/words.js`), because RealtimeKit keeps nothing else of a person.

/// What stands behind the name of somebody who agreed: U+2063, which draws nothing.
const AGREED: char = '\u{2063}';
/// What stands behind the name of somebody who declined. Everybody in the room sees it.
const DECLINED: &str = "· not to be recorded";

/// The answer of a person to the notice that the class is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consent {
    /// The person agreed before joining.
    Agreed,
    /// The person declined before joining.
    Declined,
    /// The person was not asked before joining, came in by another page, or changed their name in the room.
    Unknown,
}

impl Consent {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Agreed, Self::Declined, Self::Unknown];

    /// Returns the stable word in the CLI and in saved lists.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Declined => "declined",
            Self::Unknown => "unknown",
        }
    }
}

/// Returns the name without the answer, and the answer.
#[must_use]
pub fn read(name: &str) -> (String, Consent) {
    let name = name.trim_end();
    if let Some(name) = name.strip_suffix(DECLINED) {
        return (name.trim_end().replace(AGREED, ""), Consent::Declined);
    }
    let consent = if name.ends_with(AGREED) { Consent::Agreed } else { Consent::Unknown };
    (name.replace(AGREED, ""), consent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_read_from_the_end_of_the_name_and_leaves_no_trace_in_it() {
        for (joined_as, name, consent) in [
            ("Ada\u{2063}", "Ada", Consent::Agreed),
            ("Ada\u{2063} ", "Ada", Consent::Agreed),
            ("Bo · not to be recorded", "Bo", Consent::Declined),
            ("Bo\u{2063} · not to be recorded", "Bo", Consent::Declined),
            ("· not to be recorded", "", Consent::Declined),
            ("Cy (not to be recorded)", "Cy (not to be recorded)", Consent::Unknown),
            ("Cy", "Cy", Consent::Unknown),
            ("", "", Consent::Unknown),
            // Not at the end: somebody wrote it into their name.
            ("Dee\u{2063} Doe", "Dee Doe", Consent::Unknown),
            ("Dee · not to be recorded Doe", "Dee · not to be recorded Doe", Consent::Unknown),
        ] {
            assert_eq!(read(joined_as), (name.to_owned(), consent), "{joined_as:?}");
        }
    }
}
