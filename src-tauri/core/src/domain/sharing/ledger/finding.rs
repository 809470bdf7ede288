//! What a check of a chain found, in words for people.

use chrono::{DateTime, Utc};

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A row does not hold what was written.
    Edited,
    /// A row was added that the desk did not write.
    Inserted,
    /// A row stands in the place of another one.
    Moved {
        /// The number under which it was written.
        written_as: i64,
    },
    /// Rows are missing in the middle.
    Deleted {
        /// The number of the last missing row.
        to: i64,
    },
    /// Rows are missing at the end.
    CutOff {
        /// The number of the last missing row.
        to: i64,
    },
    /// The whole file is older than what the desk wrote, or another copy.
    OlderFile {
        /// The number of the last row that the desk wrote.
        to: i64,
    },
    /// From a row on, the chain was written again by somebody without the desk's key.
    Rewritten,
    /// A row has lost its signature.
    Unsigned,
    /// The links from before the chain are not those that the first row was written on.
    HistoryChanged,
    /// A row cannot be read.
    Unreadable,
}

impl Fault {
    /// The name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Inserted => "inserted",
            Self::Moved { .. } => "moved",
            Self::Deleted { .. } => "deleted",
            Self::CutOff { .. } => "cut_off",
            Self::OlderFile { .. } => "older_file",
            Self::Rewritten => "rewritten",
            Self::Unsigned => "unsigned",
            Self::HistoryChanged => "history_changed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The first row of a chain that is not as the desk wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The number of the row; of the first missing one where rows are missing; 0 for the history.
    pub n: i64,
    /// What is wrong.
    pub fault: Fault,
}

impl Finding {
    /// A sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let n = self.n;
        let rows = |to: i64, are: &str, is: &str| {
            if to > n { format!("Entries {n} to {to} {are}") } else { format!("Entry {n} {is}") }
        };
        match self.fault {
            Fault::Edited => format!("Entry {n} was changed after it was written."),
            Fault::Inserted => format!("Entry {n} was added by somebody else than this desk."),
            Fault::Moved { written_as } => format!("Entry {n} was written as entry {written_as} and has been moved."),
            Fault::Deleted { to } => format!("{}.", rows(to, "are missing", "is missing")),
            Fault::CutOff { to } => format!("{} off the end.", rows(to, "were cut", "was cut")),
            Fault::OlderFile { to } => format!(
                "The database is an older file, or another copy: {} not the ones that this desk wrote.",
                rows(to, "are missing or", "is missing or")
            ),
            Fault::Rewritten => format!("From entry {n} on, the ledger was written again without this desk’s key."),
            Fault::Unsigned => format!("Entry {n} has lost its signature."),
            Fault::HistoryChanged => "The links from before the ledger had signatures were changed.".to_owned(),
            Fault::Unreadable => format!("Entry {n} cannot be read."),
        }
    }
}

/// Rows that are missing, where the desk noticed it and went on behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The number of the first missing row; behind `to` where no number is missing.
    pub from: i64,
    /// The number of the last missing row.
    pub to: i64,
    /// When the desk noticed it.
    pub at: DateTime<Utc>,
    /// Whether Hajime had restored a backup. Otherwise the file was replaced in another way.
    pub restored: bool,
}

/// How the end of a chain compares with what the keyring remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// They agree.
    Agrees,
    /// Rows came after what the keyring remembers, and the desk's key signed them: Hajime stopped before it could note
    /// them.
    Behind(i64),
    /// The keyring remembers no end, so rows that were cut off could not be seen.
    Never,
    /// The keyring did not answer, so neither the end nor signatures were checked.
    Unknown,
    /// The chain is another desk's, whose keyring is not here.
    Elsewhere,
}

impl End {
    /// The name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Behind(_) => "behind",
            Self::Never => "never_noted",
            Self::Unknown => "keyring_silent",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// What a check of one desk's chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// The desk's id.
    pub desk: String,
    /// How many rows the chain has.
    pub rows: i64,
    /// How many of them carry a right signature.
    pub signed: i64,
    /// How many wait for their signature, because the keyring did not answer when they were written.
    pub pending: i64,
    /// How many carry a signature that cannot be checked, because its key is not in the keyring.
    pub unverifiable: i64,
    /// How many were signed later than they were written, because the keyring had not answered.
    pub late: i64,
    /// Rows that are missing, as the chain itself tells.
    pub gaps: Vec<Gap>,
    /// How the end compares with the keyring.
    pub end: End,
    /// The first row that is not as the desk wrote it.
    pub finding: Option<Finding>,
}

impl ChainReport {
    /// Whether everything that can be checked here is as the desk wrote it. Rows that are missing because a backup was
    /// restored are no fault. Of another desk's chain, only the hashes can be checked.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let fits = self.finding.is_none() && self.gaps.iter().all(|gap| gap.restored);
        match self.end {
            End::Elsewhere => fits,
            End::Agrees | End::Behind(_) => fits && self.unverifiable == 0 && self.pending == 0,
            End::Never | End::Unknown => false,
        }
    }

    /// Whether the chain is another desk's, so that only its hashes were checked.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.end == End::Elsewhere
    }

    /// What was found, as sentences for people.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(finding) = &self.finding {
            said.push(finding.sentence());
        } else if self.rows == 0 {
            said.push("There is nothing in it yet.".to_owned());
        } else if self.is_elsewhere() {
            said.push(format!(
                "{}: the hashes fit. The signatures can be checked at that desk alone.",
                counted(self.rows, "entry", "entries")
            ));
        } else {
            said.push(format!("{}: in order.", counted(self.rows, "entry", "entries")));
        }
        for gap in &self.gaps {
            let day = gap.at.format("%-d %B %Y, %H:%M UTC");
            let why = if gap.restored {
                format!("because a backup was restored before {day}")
            } else {
                format!(
                    "because the database had been replaced by an older file or another copy before {day}, and no signature confirms that Hajime restored it"
                )
            };
            if gap.to >= gap.from {
                said.push(format!("Entries {} to {} are missing, {why}.", gap.from, gap.to));
            } else {
                said.push(format!("Some entries up to {} are not the ones that this desk wrote, {why}.", gap.to));
            }
        }
        if self.pending > 0 {
            let rows = counted(self.pending, "entry waits for its", "entries wait for their");
            said.push(format!("{rows} signature until the keyring opens."));
        }
        if self.late > 0 {
            let rows = counted(self.late, "entry was", "entries were");
            said.push(format!("{rows} signed later than written, because the keyring had not answered."));
        }
        if self.unverifiable > 0 && !self.is_elsewhere() {
            let rows = counted(self.unverifiable, "entry carries", "entries carry");
            said.push(format!("{rows} a signature by a key that is not in this keyring, so it was not checked."));
        }
        said.extend(match self.end {
            End::Agrees | End::Elsewhere => None,
            End::Behind(rows) => Some(format!(
                "Hajime stopped before it noted the last {} in the keyring; the desk’s signature is on them.",
                counted(rows, "entry", "entries")
            )),
            End::Never => {
                Some("The keyring has no note of the end, so missing entries at the end cannot be seen.".to_owned())
            }
            End::Unknown => Some("The keyring did not answer, so signatures and the end were not checked.".to_owned()),
        });
        said
    }
}

fn counted(number: i64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_the_first_bad_entry_and_what_happened_to_it() {
        let said = |n, fault| Finding { n, fault }.sentence();
        assert_eq!(said(3, Fault::Deleted { to: 3 }), "Entry 3 is missing.");
        assert_eq!(said(3, Fault::Deleted { to: 5 }), "Entries 3 to 5 are missing.");
        assert_eq!(said(8, Fault::CutOff { to: 9 }), "Entries 8 to 9 were cut off the end.");
        assert_eq!(said(2, Fault::Moved { written_as: 4 }), "Entry 2 was written as entry 4 and has been moved.");
    }
}
