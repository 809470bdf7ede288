//! How long a recording stays: kept forever, in the bin, or until the date that a rule gave it.
//!
//! A decision also stands in the metadata of the Stream video, where other desks find it. Where two desks decided without
//! knowing of each other, [`Decided::joined`] lets keep count before restore, restore before bin, and bin before a rule.
//! Deleting for good is no decision of this kind: it gives way to every decision that the deleting desk did not know.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::bounds::{self, Moved as _};
use crate::domain::library::description::{AHEAD_MAX, Stamp, is_desk};
use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal};

/// The fewest days after its creation at which Stream deletes a video (Stream docs, “Scheduled deletion”).
pub const DAYS_MIN: u32 = 30;
/// The most days after its creation at which Stream deletes a video.
pub const DAYS_MAX: u32 = 1_096;
/// How long a recording stays in the bin, and the time that everybody has to see that a recording expires.
pub const BIN_TIME: TimeDelta = TimeDelta::days(30);

/// The name of the metadata at Stream.
const META: &str = "hajime_retention";
/// The longest text that is read from the metadata, in bytes.
const META_MAX: usize = 4_000;
/// The most desks whose decisions are remembered in one.
const SEEN_MAX: usize = 24;
/// The most decisions that are remembered beside the one that counts.
const BESIDE_MAX: usize = 7;

/// What was decided about a recording, in the order in which decisions count that did not know of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// A person applied the rules, which gave it its date.
    Rule,
    /// It is in the bin.
    Bin,
    /// A person took it out of the bin, or ended that it is kept forever.
    Restore,
    /// It is kept forever.
    Keep,
}

impl Decision {
    const ALL: [Self; 4] = [Self::Rule, Self::Bin, Self::Restore, Self::Keep];

    /// Finds a decision by its word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.name() == word)
    }

    /// Returns the word in the database and in the metadata of the video.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Bin => "bin",
            Self::Restore => "restore",
            Self::Keep => "keep",
        }
    }
}

/// The decision that counts, with its stamp and with the moments that follow from it; and what is known of other decisions.
///
/// Two of them are joined as a multi-value register is: each holds the decisions that no known decision was made with knowledge
/// of, and the last decision of each desk that it knows. So it makes no difference in which order desks learn of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// When, and by which desk.
    pub stamp: Stamp,
    /// When Stream is to delete the video; `None` for never.
    pub date: Option<DateTime<Utc>>,
    /// The date from before it was kept or put in the bin, which it has again afterwards.
    open_date: Option<DateTime<Utc>>,
    /// The last decision of each desk that was known when this one was made, itself included.
    seen: BTreeMap<String, DateTime<Utc>>,
    /// The decisions that were made without knowledge of the one that counts, and it without knowledge of them; the greatest
    /// first.
    beside: Vec<Single>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Single {
    decision: Decision,
    stamp: Stamp,
    date: Option<DateTime<Utc>>,
    open_date: Option<DateTime<Utc>>,
}

impl Single {
    fn to_value(&self) -> Value {
        json!({
            "decision": self.decision.name(),
            "at": self.stamp.at.timestamp_millis(),
            "by": self.stamp.desk,
            "date": self.date.map(|at| at.timestamp_millis()),
            "open_date": self.open_date.map(|at| at.timestamp_millis()),
        })
    }

    fn of_value(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let moment = |name: &str| value.get(name).and_then(Value::as_i64).and_then(bounds::moment_of_millis);
        Some(Self {
            decision: Decision::named(text("decision")?)?,
            stamp: Stamp { at: moment("at")?, desk: text("by").filter(|desk| is_desk(desk))?.to_owned() },
            date: moment("date"),
            open_date: moment("open_date"),
        })
    }
}

impl Decided {
    /// Decides anew. `before` is the last known decision, and `present` the date that Stream has. A rule decides on
    /// `date`; every other decision follows from what was before.
    #[must_use]
    pub fn next(
        before: Option<&Self>,
        wish: Wish,
        present: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        desk: &str,
    ) -> Self {
        // The database and the metadata hold milliseconds.
        let whole = |at: DateTime<Utc>| bounds::nearest_moment(at.timestamp_millis());
        let (now, present) = (whole(now), present.map(whole));
        let latest = before.and_then(|before| {
            before.seen.iter().map(|(desk, at)| Stamp { at: *at, desk: desk.clone() }).max_by_key(|stamp| stamp.at)
        });
        let stamp = Stamp::next(now, desk, latest.as_ref());
        let mut seen = before.map(|before| before.seen.clone()).unwrap_or_default();
        seen.insert(desk.to_owned(), stamp.at);
        forget_oldest(&mut seen, |known| known == desk);
        let open_date = match before {
            Some(before) if matches!(before.decision, Decision::Keep | Decision::Bin) => before.open_date,
            _ => present,
        };
        let date = match wish {
            Wish::Keep => None,
            Wish::Bin => Some(now.later(BIN_TIME)),
            Wish::Restore => open_date.map(|date| date.max(now.later(BIN_TIME))),
            Wish::RestoreUntil(date) => date.map(|date| whole(date).max(now.later(BIN_TIME))),
            Wish::Rule(date) => date.map(whole),
        };
        Self { decision: wish.decision(), stamp, date, open_date, seen, beside: Vec::new() }
    }

    /// Whether this was decided with knowledge of everything in the other one.
    #[must_use]
    pub fn knows(&self, other: &Self) -> bool {
        other.all().all(|single| self.has_seen(&single.stamp))
    }

    fn has_seen(&self, stamp: &Stamp) -> bool {
        self.seen.get(&stamp.desk).is_some_and(|known| *known >= stamp.at)
    }

    /// The decision that counts, and those beside it.
    fn all(&self) -> impl Iterator<Item = Single> {
        let Self { decision, stamp, date, open_date, .. } = self.clone();
        std::iter::once(Single { decision, stamp, date, open_date }).chain(self.beside.iter().cloned())
    }

    /// The greatest of these decisions with the others beside it; `None` where there are none. Of two that are alike the later
    /// one is the greater. A desk has seen what it holds.
    fn of_all(singles: impl IntoIterator<Item = Single>, mut seen: BTreeMap<String, DateTime<Utc>>) -> Option<Self> {
        let mut by_stamp: BTreeMap<Stamp, Single> = BTreeMap::new();
        for single in singles {
            let known = by_stamp.entry(single.stamp.clone()).or_insert_with(|| single.clone());
            *known = known.clone().max(single);
        }
        let mut all: Vec<Single> = by_stamp.into_values().collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        all.truncate(BESIDE_MAX.saturating_add(1));
        for Stamp { at, desk } in all.iter().map(|single| &single.stamp) {
            let known = seen.entry(desk.clone()).or_insert(*at);
            *known = (*known).max(*at);
        }
        forget_oldest(&mut seen, |desk| all.iter().any(|single| single.stamp.desk == desk));
        let mut all = all.into_iter();
        let Single { decision, stamp, date, open_date } = all.next()?;
        Some(Self { decision, stamp, date, open_date, seen, beside: all.collect() })
    }

    /// Joins the decisions of two desks. What one of them has decided with knowledge of another decision takes its place.
    /// Of the decisions that did not know each other, the greater [`Decision`] counts, and of two that are alike the later one.
    #[must_use]
    pub fn joined(one: &Self, other: &Self) -> Self {
        let new_to = |ours: &Self, theirs: &Self| {
            let is_held = |stamp: &Stamp| theirs.all().any(|single| single.stamp == *stamp);
            ours.all().filter(|single| !theirs.has_seen(&single.stamp) || is_held(&single.stamp)).collect::<Vec<_>>()
        };
        let mut seen = one.seen.clone();
        for (desk, at) in &other.seen {
            let known = seen.entry(desk.clone()).or_insert(*at);
            *known = (*known).max(*at);
        }
        let kept = new_to(one, other).into_iter().chain(new_to(other, one));
        // Only damaged texts claim that each of two decisions knew the other.
        Self::of_all(kept, seen.clone())
            .or_else(|| Self::of_all(one.all().chain(other.all()), seen))
            .unwrap_or_else(|| one.clone())
    }

    /// Returns this as a text for the database and for the metadata of the video.
    #[must_use]
    pub fn to_text(&self) -> String {
        let seen: BTreeMap<&String, i64> = self.seen.iter().map(|(desk, at)| (desk, at.timestamp_millis())).collect();
        let mut all = self.all();
        let mut text = all.next().map(|counts| counts.to_value()).unwrap_or_default();
        text["seen"] = json!(seen);
        if !self.beside.is_empty() {
            text["beside"] = all.map(|single| single.to_value()).collect();
        }
        text.to_string()
    }

    /// Reads what [`Self::to_text`] wrote; `None` where the text is another one.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        (text.len() <= META_MAX).then_some(())?;
        let all: Value = serde_json::from_str(text).ok()?;
        let moment = |value: &Value| value.as_i64().and_then(bounds::moment_of_millis);
        let counts = Single::of_value(&all)?;
        let beside = all.get("beside").and_then(Value::as_array).into_iter().flatten().filter_map(Single::of_value);
        let seen = all.get("seen").and_then(Value::as_object)?.iter();
        let seen = seen.filter(|(desk, _)| is_desk(desk)).filter_map(|(desk, at)| Some((desk.clone(), moment(at)?)));
        Self::of_all(std::iter::once(counts).chain(beside.take(BESIDE_MAX)), seen.collect())
    }

    /// Returns the member of a video’s metadata that says this.
    #[must_use]
    pub fn to_meta(&self) -> BTreeMap<&'static str, String> {
        [(META, self.to_text())].into()
    }

    /// Whether a video’s metadata says anything about this, also where only a later version can read it.
    #[must_use]
    pub fn stands_in(meta: &BTreeMap<String, String>) -> bool {
        meta.contains_key(META)
    }

    /// Reads what a video’s metadata says; `None` where no desk of Hajime wrote it, or where it cannot be read. Everybody
    /// with access to the account can write metadata, so a moment that is far ahead is no moment of a decision.
    #[must_use]
    pub fn of_meta(meta: &BTreeMap<String, String>, now: DateTime<Utc>) -> Option<Self> {
        let decided = Self::of_text(meta.get(META)?)?;
        decided.seen.values().all(|at| *at <= now.later(AHEAD_MAX)).then_some(decided)
    }
}

/// Forgets the desks that decided first where more are known than are remembered; those that are held stay.
fn forget_oldest(seen: &mut BTreeMap<String, DateTime<Utc>>, is_held: impl Fn(&str) -> bool) {
    while seen.len() > SEEN_MAX {
        let oldest = seen.iter().filter(|(desk, _)| !is_held(desk)).min_by_key(|(_, at)| **at);
        let Some(oldest) = oldest.map(|(desk, _)| desk.clone()) else { break };
        seen.remove(&oldest);
    }
}

/// What somebody wants to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Keep it forever.
    Keep,
    /// Take it out of the bin, or keep it forever no longer.
    Restore,
    /// The same, and give it this date.
    RestoreUntil(Option<DateTime<Utc>>),
    /// Put it in the bin.
    Bin,
    /// Give it the date of a rule.
    Rule(Option<DateTime<Utc>>),
}

impl Wish {
    /// Returns the decision that is made.
    #[must_use]
    pub const fn decision(self) -> Decision {
        match self {
            Self::Keep => Decision::Keep,
            Self::Restore | Self::RestoreUntil(_) => Decision::Restore,
            Self::Bin => Decision::Bin,
            Self::Rule(_) => Decision::Rule,
        }
    }
}

/// Returns the moment nearest to `date` at which Stream deletes a video that was made at `created`. `None` where Stream
/// would have to delete it earlier than `date`: then it deletes nothing by itself.
#[must_use]
pub fn accepted(date: DateTime<Utc>, created: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let date = date.max(created.later(TimeDelta::days(DAYS_MIN.into())));
    (date <= created.later(TimeDelta::days(DAYS_MAX.into()))).then_some(date)
}

/// Where a recording is: on the list until a date or for no certain time, kept forever, or in the bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On the list, until Stream deletes it.
    Open(Option<DateTime<Utc>>),
    /// On the list, and kept forever.
    Kept,
    /// In the bin.
    Binned,
}

/// Standings of recordings by their ids.
pub type Standings = BTreeMap<String, Standing>;

impl Standing {
    fn to_field(self) -> Value {
        match self {
            Self::Open(date) => json!({ "is": "open", "until": date.map(|date| date.timestamp_millis()) }),
            Self::Kept => json!({ "is": "kept" }),
            Self::Binned => json!({ "is": "bin" }),
        }
    }

    fn of_field(value: &Value) -> Option<Self> {
        match value.get("is")?.as_str()? {
            "open" => Some(Self::Open(value.get("until")?.as_i64().map(bounds::nearest_moment))),
            "kept" => Some(Self::Kept),
            "bin" => Some(Self::Binned),
            _ => None,
        }
    }

    /// Returns the wish that leads back here from another standing.
    #[must_use]
    pub const fn wish_from(self, other: Self) -> Wish {
        match (self, other) {
            // Only the date was another one, so that nothing was taken out of the bin.
            (Self::Open(date), Self::Open(_)) => Wish::Rule(date),
            (Self::Open(date), Self::Kept | Self::Binned) => Wish::RestoreUntil(date),
            (Self::Kept, _) => Wish::Keep,
            (Self::Binned, _) => Wish::Bin,
        }
    }
}

/// Returns standings as fields of the journal.
#[must_use]
pub fn fields(standings: &Standings) -> Fields {
    standings.iter().map(|(id, standing)| (id.clone(), standing.to_field())).collect()
}

/// Returns where recordings are without what a change did. A recording for which something else was decided since stays
/// as it is; where that is so for all of them, the undo is refused.
pub fn undo(now: &Standings, entry: &JournalEntry) -> Result<Standings, UndoRefusal> {
    if entry.undone_by.is_some() {
        return Err(UndoRefusal::AlreadyUndone);
    }
    let changes = &entry.changes;
    let mut undone = Standings::new();
    for (id, standing) in now {
        if changes.after.get(id) != Some(&standing.to_field()) {
            continue;
        }
        let before = changes.before.get(id).and_then(Standing::of_field);
        undone.insert(id.clone(), before.ok_or_else(|| UndoRefusal::Unreadable { field: id.clone() })?);
    }
    if undone.is_empty() {
        return Err(UndoRefusal::ChangedSince { fields: vec!["how long they stay".into()] });
    }
    Ok(undone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day)
    }

    const WISHES: [Wish; 4] = [Wish::Rule(None), Wish::Bin, Wish::Restore, Wish::Keep];

    #[test]
    fn of_two_decisions_that_did_not_know_each_other_the_greater_counts_in_either_order() {
        let base = Decided::next(None, Wish::Bin, None, at(0), "a");
        for (rank, wish) in WISHES.into_iter().enumerate() {
            for (other_rank, other) in WISHES.into_iter().enumerate() {
                let one = Decided::next(Some(&base), wish, None, at(2), "a");
                let two = Decided::next(Some(&base), other, None, at(1), "b");
                let joined = Decided::joined(&one, &two);
                assert_eq!(joined, Decided::joined(&two, &one));
                assert_eq!(joined.decision, WISHES[rank.max(other_rank)].decision());
                assert!(joined.knows(&one) && joined.knows(&two));
            }
        }
    }

    #[test]
    fn a_decision_that_knew_the_other_counts_whatever_it_is() {
        let kept = Decided::next(None, Wish::Keep, None, at(5), "a");
        let binned = Decided::next(Some(&kept), Wish::Bin, None, at(1), "b");
        assert!(binned.stamp > kept.stamp, "a clock that is behind makes no earlier decision");
        assert_eq!(Decided::joined(&kept, &binned).decision, Decision::Bin);
        let again = Decided::next(Some(&binned), Wish::Rule(Some(at(100))), None, at(6), "b");
        assert_eq!(
            Decided::joined(&again, &kept).date,
            Some(at(100)),
            "a desk that missed one decision takes the next"
        );
    }

    #[test]
    fn of_more_desks_than_are_remembered_the_ones_that_decided_last_are_known() {
        let desk = |number: usize| format!("{}-{number:02}", if number.is_multiple_of(2) { "a" } else { "z" });
        let mut known = Decided::next(None, Wish::Bin, None, at(0), &desk(0));
        for number in 1..3 * SEEN_MAX {
            let before = known.clone();
            let wish = if number % 2 == 0 { Wish::Bin } else { Wish::Keep };
            let next = Decided::next(Some(&before), wish, None, at(i64::try_from(number).unwrap()), &desk(number));
            known = Decided::of_text(&next.to_text()).unwrap();
            assert_eq!(known, next, "a decision that reads otherwise than it was written is told again and again");
            assert_eq!(Decided::joined(&before, &known).decision, wish.decision(), "{number}");
        }
    }

    #[test]
    fn what_was_kept_or_in_the_bin_has_its_date_again_but_never_at_once() {
        let binned = Decided::next(None, Wish::Bin, Some(at(40)), at(0), "a");
        assert_eq!(binned.date, Some(at(30)));
        let kept = Decided::next(Some(&binned), Wish::Keep, binned.date, at(1), "a");
        assert_eq!(kept.date, None);
        let soon = Decided::next(Some(&kept), Wish::Restore, None, at(2), "a");
        assert_eq!(soon.date, Some(at(40)));
        let late = Decided::next(Some(&kept), Wish::Restore, None, at(29), "a");
        assert_eq!(late.date, Some(at(59)));
        let never = Decided::next(None, Wish::Bin, None, at(0), "a");
        assert_eq!(Decided::next(Some(&never), Wish::Restore, never.date, at(2), "a").date, None);
    }

    #[test]
    fn a_date_is_never_earlier_than_wished_and_is_left_out_where_stream_would_delete_earlier() {
        assert_eq!(accepted(at(1), at(0)), Some(at(30)));
        assert_eq!(accepted(at(1_096), at(0)), Some(at(1_096)));
        assert_eq!(accepted(at(1_096) + TimeDelta::seconds(1), at(0)), None);
    }

    #[test]
    fn an_undo_leaves_out_what_was_decided_since() {
        let entry = |before: &Standings, after: &Standings| JournalEntry {
            id: crate::domain::ids::JournalId::new(),
            at: at(0),
            desk: "a".into(),
            actor: "M. Ito".into(),
            entity: crate::domain::profile::journal::Entity::Settings,
            changes: crate::domain::profile::journal::FieldChanges { before: fields(before), after: fields(after) },
            undone_by: None,
        };
        let all = |one, other| Standings::from([("x".to_owned(), one), ("y".to_owned(), other)]);
        let entry = entry(&all(Standing::Open(Some(at(9))), Standing::Kept), &all(Standing::Binned, Standing::Binned));
        let undone = undo(&all(Standing::Binned, Standing::Open(None)), &entry).unwrap();
        assert_eq!(undone, Standings::from([("x".to_owned(), Standing::Open(Some(at(9))))]));
        assert!(undo(&all(Standing::Kept, Standing::Kept), &entry).is_err());
    }

    /// A decision as a test knows it: its number in the order of time is its place in the list.
    struct Made {
        wish: Wish,
        /// The decisions that the desk knew when it made this one.
        known: Vec<usize>,
    }

    /// What counts for somebody who knows these decisions: the greatest of those that none of the others knew, and of two that
    /// are alike the later one.
    fn expected(made: &[Made], known: &[usize]) -> usize {
        let open = known.iter().filter(|one| !known.iter().any(|other| made[*other].known.contains(one)));
        *open.max_by_key(|one| (made[**one].wish.decision(), **one)).unwrap()
    }

    proptest! {
        #[test]
        fn desks_that_know_of_each_other_in_part_agree_in_whatever_order_they_meet(
            steps in proptest::collection::vec((0..3_usize, 0..4_usize, 0..3_usize, any::<bool>()), 1..16),
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 3)
        ) {
            let mut desks: [(Option<Decided>, Vec<usize>); 3] = Default::default();
            let (mut made, mut states) = (Vec::new(), Vec::new());
            for (desk, wish, from, learns) in steps {
                if learns {
                    let (theirs, theirs_known) = desks[from].clone();
                    let Some(theirs) = theirs else { continue };
                    let ours = desks[desk].0.as_ref().map_or_else(|| theirs.clone(), |ours| Decided::joined(ours, &theirs));
                    desks[desk].0 = Some(ours);
                    desks[desk].1.extend(theirs_known);
                    desks[desk].1.sort_unstable();
                    desks[desk].1.dedup();
                } else {
                    let (number, wish, name) = (made.len(), WISHES[wish], ["a", "b", "c"][desk]);
                    let day = at(i64::try_from(number).unwrap());
                    let (before, known) = desks[desk].clone();
                    desks[desk].0 = Some(Decided::next(before.as_ref(), wish, None, day, name));
                    made.push(Made { wish, known });
                    desks[desk].1.push(number);
                }
                let (state, known) = desks[desk].clone();
                let state = state.unwrap();
                prop_assert_eq!(state.stamp.at, at(i64::try_from(expected(&made, &known)).unwrap()));
                prop_assert_eq!(Decided::of_text(&state.to_text()), Some(state.clone()));
                states.push((state, known));
            }
            if states.is_empty() {
                return Ok(());
            }
            let [x, y, z] = [0, 1, 2].map(|pick: usize| picks[pick].get(&states).clone());
            let join = Decided::joined;
            prop_assert_eq!(join(&x.0, &x.0), x.0.clone());
            prop_assert_eq!(join(&x.0, &y.0), join(&y.0, &x.0));
            let all = join(&join(&x.0, &y.0), &z.0);
            prop_assert_eq!(&all, &join(&x.0, &join(&y.0, &z.0)));
            prop_assert_eq!(&join(&all, &y.0), &all);
            let known = [x.1, y.1, z.1].concat();
            prop_assert_eq!(all.stamp.at, at(i64::try_from(expected(&made, &known)).unwrap()));
        }

        #[test]
        fn joining_makes_no_difference_in_which_order_desks_meet(
            steps in proptest::collection::vec((0..3_usize, 0..4_usize, any::<bool>()), 1..12)
        ) {
            let mut desks: [Option<Decided>; 3] = [None, None, None];
            for (number, (desk, wish, meets)) in steps.into_iter().enumerate() {
                let name = ["a", "b", "c"][desk];
                let day = i64::try_from(number).unwrap();
                desks[desk] = Some(Decided::next(desks[desk].as_ref(), WISHES[wish], None, at(day), name));
                if meets && let (Some(one), Some(other)) = (&desks[desk], &desks[(desk + 1) % 3]) {
                    let joined = Decided::joined(one, other);
                    prop_assert_eq!(&joined, &Decided::joined(other, one));
                    desks[desk] = Some(joined.clone());
                    desks[(desk + 1) % 3] = Some(joined);
                }
                let text = desks[desk].as_ref().unwrap().to_text();
                prop_assert_eq!(Decided::of_text(&text), desks[desk].clone());
            }
        }

        #[test]
        fn a_hostile_text_is_no_decision_or_a_bounded_one(text in ".{0,200}", number in any::<i64>()) {
            prop_assert_eq!(Decided::of_text(&text), None);
            let odd = json!({ "decision": "keep", "at": number, "by": text, "seen": { "x y": 1 } }).to_string();
            if let Some(read) = Decided::of_text(&odd) {
                prop_assert_eq!(Decided::of_text(&read.to_text()), Some(read));
            }
        }
    }
}
