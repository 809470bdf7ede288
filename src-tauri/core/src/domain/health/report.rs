//! The report of a month: whether the goals were met, as a page for printing, as a table for spreadsheets and as a letter.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};

use crate::domain::health::print::Page;
use crate::domain::invalid::Invalid;
use crate::domain::spreadsheet;

/// A month of the calendar, such as `2026-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// The month before; the same one at the beginning of time.
    #[must_use]
    pub fn before(self) -> Self {
        self.0.checked_sub_months(Months::new(1)).map_or(self, Self)
    }

    /// The month after; the same one at the end of time.
    #[must_use]
    pub fn after(self) -> Self {
        self.0.checked_add_months(Months::new(1)).map_or(self, Self)
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.after().0.pred_opt().unwrap_or(self.0)
    }

    /// The words for people, such as “October 2026”.
    #[must_use]
    pub fn title(self) -> String {
        self.0.format("%B %Y").to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_a_month = text.len() == 7
            && text
                .bytes()
                .enumerate()
                .all(|(at, letter)| if at == 4 { letter == b'-' } else { letter.is_ascii_digit() });
        let day = is_a_month.then(|| NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()).flatten();
        day.filter(|day| (2000..2100).contains(&day.year())).map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            Invalid::one("month", format!("“{shown}” is no month."), "Write it as 2026-10.")
        })
    }
}

/// A share that has a goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// What was reached.
    pub value: String,
    /// The goal.
    pub goal: String,
    /// Whether it was met; `None` where nothing was measured.
    pub met: Option<bool>,
    /// How many recordings were counted.
    pub counted: u32,
    /// The same in one sentence.
    pub sentence: String,
}

/// A bar of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// Its height, from 0 to 1.
    pub share: f64,
    /// The value in words.
    pub value: String,
}

/// What the report of a month tells. What is not known is left out of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReportFigures {
    /// Classes that became a video.
    pub success: Option<Goal>,
    /// From the end of a class until it can be watched.
    pub watchable: Option<Goal>,
    /// From “ready” at Cloudflare until Hajime noticed.
    pub detection: Option<Goal>,
    /// The share of Stream’s storage in use.
    pub storage: Option<Goal>,
    /// What the month cost, and what of it is an estimate.
    pub cost: Option<String>,
    /// Classes without proof of being recorded.
    pub proof: Option<String>,
    /// Events that left the desk.
    pub deliveries: Option<String>,
    /// How many alerts were opened and closed.
    pub alerts: Option<(u32, u32)>,
    /// The share of classes that became a video, by week.
    pub weeks: Vec<Bar>,
    /// Why recordings failed, with how many of each.
    pub causes: Vec<(String, u32)>,
    /// Classes and videos by instructor.
    pub instructors: Vec<Group>,
}

/// The classes of one instructor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The classes.
    pub total: u32,
    /// Those that became a video.
    pub succeeded: u32,
}

/// The report of a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The month.
    pub month: Month,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// What it tells.
    pub figures: ReportFigures,
}

impl Report {
    /// The title.
    #[must_use]
    pub fn title(&self) -> String {
        format!("Live classes in {}", self.month.title())
    }

    fn goals(&self) -> impl Iterator<Item = (&'static str, &Goal)> {
        let ReportFigures { success, watchable, detection, storage, .. } = &self.figures;
        [
            ("Classes that became a video", success),
            ("From the end to the video", watchable),
            ("From ready to noticed", detection),
            ("Storage in use", storage),
        ]
        .into_iter()
        .filter_map(|(name, goal)| Some((name, goal.as_ref()?)))
    }

    fn others(&self) -> Vec<(&'static str, String)> {
        let ReportFigures { cost, proof, deliveries, alerts, .. } = &self.figures;
        let alerts = alerts.map(|(opened, closed)| format!("{opened} opened, {closed} closed"));
        let all =
            [("Cost", cost.clone()), ("Proof", proof.clone()), ("Messages", deliveries.clone()), ("Alerts", alerts)];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The report in one or two sentences.
    #[must_use]
    pub fn summary(&self) -> String {
        let measured: Vec<_> = self.goals().filter_map(|(name, goal)| Some((name, goal.met?))).collect();
        let met = measured.iter().filter(|(_, met)| *met).count();
        match measured.len() {
            0 => "Nothing was measured in this month.".to_owned(),
            all if met == all => format!("All {all} goals were met."),
            all => {
                let missed: Vec<_> = measured.iter().filter(|(_, met)| !met).map(|(name, _)| *name).collect();
                format!("{met} of {all} goals were met. Missed: {}.", missed.join(", "))
            }
        }
    }

    fn made(&self) -> String {
        format!(
            "{} to {}. Made on {} (UTC) by Hajime.",
            self.month.first_day(),
            self.month.last_day(),
            self.made_at.format("%Y-%m-%d %H:%M")
        )
    }

    /// The page for printing.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::default();
        page.words(&self.summary());
        let rows: Vec<_> = self
            .goals()
            .map(|(name, goal)| {
                vec![
                    name.to_owned(),
                    goal.value.clone(),
                    goal.goal.clone(),
                    met(goal.met).to_owned(),
                    goal.counted.to_string(),
                ]
            })
            .collect();
        page.table(&["Figure", "Value", "Goal", "Met", "Counted"], &rows);
        for (name, goal) in self.goals() {
            page.heading(name);
            page.words(&goal.sentence);
            if name == "Classes that became a video" {
                let bars: Vec<_> =
                    self.figures.weeks.iter().map(|bar| (bar.name.clone(), bar.share, bar.value.clone())).collect();
                page.bars("The share of classes that became a video, by week", ["Week of", "Share"], &bars);
            }
        }
        if !self.figures.causes.is_empty() {
            page.heading("Why recordings failed");
            let rows: Vec<_> =
                self.figures.causes.iter().map(|(cause, count)| vec![cause.clone(), count.to_string()]).collect();
            page.table(&["Cause", "Recordings"], &rows);
        }
        if !self.figures.instructors.is_empty() {
            page.heading("By instructor");
            let rows: Vec<_> = self
                .figures
                .instructors
                .iter()
                .map(|one| vec![shown(&one.name), one.total.to_string(), one.succeeded.to_string()])
                .collect();
            page.table(&["Instructor", "Classes", "Videos"], &rows);
        }
        let others = self.others();
        if !others.is_empty() {
            page.heading("Also");
            page.facts(&others);
        }
        page.written(&self.title(), &self.made())
    }

    /// The table for spreadsheets.
    #[must_use]
    pub fn csv(&self) -> String {
        let titles = ["month", "figure", "value", "goal", "met", "counted"].map(str::to_owned);
        let month = self.month.to_string();
        let row = |figure: &str, value: String| {
            [month.clone(), figure.to_owned(), value, String::new(), String::new(), String::new()]
        };
        let goals = self.goals().map(|(name, goal)| {
            [
                month.clone(),
                name.to_owned(),
                goal.value.clone(),
                goal.goal.clone(),
                met(goal.met).to_owned(),
                goal.counted.to_string(),
            ]
        });
        let others = self.others().into_iter().map(|(name, value)| row(name, value));
        let causes =
            self.figures.causes.iter().map(|(cause, count)| row(&format!("Failed: {cause}"), count.to_string()));
        let weeks = self.figures.weeks.iter().map(|bar| row(&format!("Week of {}", bar.name), bar.value.clone()));
        let groups = self.figures.instructors.iter().map(|one| {
            row(&format!("Instructor: {}", shown(&one.name)), format!("{} of {}", one.succeeded, one.total))
        });
        spreadsheet::table(std::iter::once(titles).chain(goals).chain(others).chain(causes).chain(weeks).chain(groups))
    }

    /// What a letter says, as names and values. It holds no name of a person.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let goals =
            self.goals().map(|(name, goal)| (name, format!("{} (goal {}): {}", goal.value, goal.goal, met(goal.met))));
        goals.chain(self.others()).collect()
    }
}

const fn met(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "not measured",
    }
}

fn shown(name: &str) -> String {
    if name.trim().is_empty() { "no instructor".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(value: &str, met: Option<bool>) -> Goal {
        Goal { value: value.into(), goal: "95 %".into(), met, counted: 136, sentence: format!("It was {value}.") }
    }

    fn report(figures: ReportFigures) -> Report {
        Report { month: "2026-10".parse().unwrap(), made_at: DateTime::UNIX_EPOCH, figures }
    }

    #[test]
    fn a_month_is_read_and_has_days() {
        let month: Month = "2024-02".parse().unwrap();
        assert_eq!(
            (month.first_day().to_string(), month.last_day().to_string()),
            ("2024-02-01".into(), "2024-02-29".into())
        );
        assert_eq!((month.before().to_string(), month.title()), ("2024-01".into(), "February 2024".into()));
        for bad in ["", "2026", "2026-13", "2026-1", "2026-10-01", "１２３４-10", "+026-10", "9999-10", "<script>"]
        {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_report_without_figures_says_so() {
        let empty = report(ReportFigures::default());
        assert_eq!(empty.summary(), "Nothing was measured in this month.");
        assert!(empty.html().contains("Nothing was measured") && !empty.html().contains("<table"));
        assert_eq!(empty.csv().lines().count(), 1);
    }

    #[test]
    fn a_missed_goal_is_named_and_names_are_text() {
        let hostile = "=HYPERLINK(1)<img src=x>";
        let report = report(ReportFigures {
            success: Some(goal("97.8 %", Some(true))),
            watchable: Some(goal("12 min", Some(false))),
            storage: Some(goal("-", None)),
            alerts: Some((3, 2)),
            weeks: vec![Bar { name: "5 Oct".into(), share: 0.97, value: "97 %".into() }],
            causes: vec![(hostile.into(), 2)],
            instructors: vec![Group { name: hostile.into(), total: 3, succeeded: 2 }],
            ..ReportFigures::default()
        });
        assert_eq!(report.summary(), "1 of 2 goals were met. Missed: From the end to the video.");
        let (html, csv) = (report.html(), report.csv());
        assert!(!html.contains("<img") && html.contains("&lt;img src=x&gt;"), "{html}");
        assert!(html.contains("<svg") && html.contains("5 Oct"));
        assert!(!csv.lines().any(|line| line.split(',').any(|cell| cell.trim_matches('"').starts_with('='))), "{csv}");
        assert!(report.facts().iter().all(|(_, value)| !value.contains("HYPERLINK")));
    }
}
