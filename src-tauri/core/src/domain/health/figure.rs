//! The figures by name, with their definitions and goals. A test compares them with `docs/HEALTH.md`.

use std::str::FromStr;

use chrono::TimeDelta;

use crate::domain::health::distribution::Distribution;
use crate::domain::health::success::Tally;
use crate::domain::invalid::Invalid;

/// The share of recordings that is to become a video is above this.
pub const SUCCESS_GOAL: f64 = 0.95;
/// The middle time from the end of a class to its video is to be below this.
pub const WATCHABLE_GOAL: TimeDelta = TimeDelta::minutes(10);
/// The time in which nineteen of twenty ready videos are noticed is to be below this.
pub const DETECTION_GOAL: TimeDelta = TimeDelta::seconds(5);

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// How many recordings became a video.
    Success,
    /// From the end of a class to its video.
    Watchable,
    /// From a ready video to this desk noticing.
    Detection,
    /// Classes without proof.
    Proof,
    /// What was told to people and programs.
    Deliveries,
    /// Recordings through this computer.
    Relay,
}

/// A figure as people may look it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// The figure.
    pub figure: Figure,
    /// Its name for people.
    pub title: &'static str,
    /// What it means.
    pub definition: &'static str,
    /// What it is computed from, and what is left out.
    pub data: &'static str,
    /// When its goal is met; empty where it has none.
    pub goal: &'static str,
}

impl Figure {
    /// All figures, in the order of the page.
    pub const ALL: [Self; 6] =
        [Self::Success, Self::Watchable, Self::Detection, Self::Proof, Self::Deliveries, Self::Relay];

    /// The word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Watchable => "watchable",
            Self::Detection => "detection",
            Self::Proof => "proof",
            Self::Deliveries => "deliveries",
            Self::Relay => "relay",
        }
    }

    /// Its definition.
    #[must_use]
    pub const fn definition(self) -> Definition {
        let (title, definition, data, goal) = match self {
            Self::Success => (
                "Recordings that became a video",
                "Of the recordings that were asked for in the period and are decided, the share that could be watched at any time: at the first try, after any number of retries, and also if the video was deleted later.",
                "Recordings of this desk and those that it took over from other desks, by the moment at which they were asked for. Left out: what was cut out of another recording, what a person attached by hand, and attempts that captured nothing where another recording of the class stands for them or still may. A recording that is on its way counts as undecided, and one that a person put in the bin counts as what it was. A class that was to be recorded and has no recording counts under “Classes without proof”.",
                "more than 95 %",
            ),
            Self::Watchable => (
                "From the end to the video",
                "The time from the end of capture, as RealtimeKit tells it, to the first moment at which the video could be watched, as Stream tells it. The figure is the middle value.",
                "The recordings that count as succeeded. Where RealtimeKit told no end, the end of the class on this desk counts. Where Stream told no moment, the moment at which this desk noticed counts, if it had asked at most three minutes before. Left out: recordings for which either moment is not known, and those whose moments contradict each other or lie more than 30 days apart, because a clock was set.",
                "a middle value of less than 10 minutes",
            ),
            Self::Detection => (
                "From ready to noticed",
                "The time from the moment at which Stream says that a video could first be watched to the moment at which this desk saw that, both by Cloudflare’s clock. The figure is the time within which nineteen of twenty were noticed.",
                "The recordings that count as succeeded and whose video this desk followed itself. Left out: videos that another desk followed, or an earlier version of Hajime that kept no moment; those before which this desk had not asked for more than three minutes, because the computer was off, asleep or without a network; those for which Stream told no moment; and those whose moments contradict each other or lie more than 30 days apart, because a clock was set. A desk that seems to notice early, by less than a minute, counts as having noticed at once: Cloudflare tells its time in whole seconds.",
                "less than 5 seconds for nineteen of twenty",
            ),
            Self::Proof => (
                "Classes without proof",
                "The classes with somebody in the room of which this desk did not see within a minute after it first asked for a recording that RealtimeKit records; and those for which it asked for none.",
                "Classes of this desk that were live in the period, are over, and were to be recorded, by the moment at which their room was opened. Somebody was in the room if a recording was asked for, which Hajime does when the first person comes in, or if somebody of the roster was seen there. Left out: classes of other desks, and classes to which nobody came.",
                "",
            ),
            Self::Deliveries => (
                "Deliveries",
                "What was told about recordings by e-mail, to Slack and to the webhook: what the receiver accepted, what failed for good, and what waits.",
                "Deliveries by the moment at which they were queued. They are kept for 90 days, 5,000 at most. Left out: deliveries that were stopped because nobody wants them any more.",
                "",
            ),
            Self::Relay => (
                "Through this computer",
                "Of the recordings that became a video, those whose file this computer downloaded and sent to Stream, because Stream could not fetch it.",
                "The recordings that count as succeeded. What another desk relayed counts as not relayed here.",
                "",
            ),
        };
        Definition { figure: self, title, definition, data, goal }
    }
}

impl FromStr for Figure {
    type Err = Invalid;

    fn from_str(word: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|figure| figure.name() == word).ok_or_else(|| {
            let shown: String = word.chars().take(40).collect();
            let next = "Choose success, watchable, detection, proof, deliveries or relay.";
            Invalid::one("figure", format!("There is no figure “{shown}”."), next)
        })
    }
}

/// Which goals are met; `None` without data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goals {
    /// The share of success.
    pub success: Option<bool>,
    /// The middle time to the video.
    pub watchable: Option<bool>,
    /// The time until a ready video is noticed.
    pub detection: Option<bool>,
    /// The share of Stream’s storage in use.
    pub storage: Option<bool>,
}

impl Goals {
    /// Compares the figures over the recordings with their goals.
    #[must_use]
    pub fn of(tally: Tally, watchable: &Distribution, detection: &Distribution) -> Self {
        Self {
            success: tally.share().map(|share| share > SUCCESS_GOAL),
            watchable: watchable.median().map(|time| time < WATCHABLE_GOAL),
            detection: detection.quantile(95).map(|time| time < DETECTION_GOAL),
            storage: None,
        }
    }

    /// Returns how many goals have data, and how many of these are met.
    #[must_use]
    pub fn counted(self) -> (u32, u32) {
        let all = [self.success, self.watchable, self.detection, self.storage].into_iter().flatten();
        all.fold((0, 0), |(all, met), one| (all.saturating_add(1), met.saturating_add(u32::from(one))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_reads_back_from_its_name() {
        for figure in Figure::ALL {
            assert_eq!(figure.name().parse(), Ok(figure));
            let Definition { definition, data, .. } = figure.definition();
            assert!(definition.ends_with('.') && data.ends_with('.'), "{figure:?}");
        }
        assert!("uptime".parse::<Figure>().is_err());
    }

    #[test]
    fn a_goal_without_data_is_neither_met_nor_missed() {
        let none = Goals::of(Tally::default(), &Distribution::default(), &Distribution::default());
        assert_eq!((none, none.counted()), (Goals::default(), (0, 0)));
        let exactly = Tally { succeeded: 19, failed: 1 };
        let goals = Goals::of(exactly, &[WATCHABLE_GOAL].into_iter().collect(), &Distribution::default());
        assert_eq!((goals.success, goals.watchable, goals.counted()), (Some(false), Some(false), (2, 0)));
    }

    #[test]
    fn health_md_has_the_definitions_of_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/HEALTH.md");
        let committed = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        for figure in Figure::ALL {
            let Definition { title, definition, data, goal, .. } = figure.definition();
            let goal = if goal.is_empty() { String::new() } else { format!("\n\nGoal: {goal}.") };
            let fresh = format!("### {title} (`{}`)\n\n{definition}\n\nData: {data}{goal}\n", figure.name());
            assert!(committed.contains(&fresh), "docs/HEALTH.md lacks or words differently:\n\n{fresh}");
        }
    }
}
