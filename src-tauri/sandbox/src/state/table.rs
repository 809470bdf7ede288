//! One kind of object: the rows, which of them have changed since they were last saved, which is due next, and which
//! belong together.
//!
//! Rows are changed only through [`Table::edit`], so neither the set of changes nor the order of what is due can be
//! forgotten.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Serialize, de::DeserializeOwned};
use slab::Slab;

use crate::clock::Moment;

/// Something the sandbox keeps.
pub trait Object: Serialize + DeserializeOwned {
    /// The name of the kind in the state file.
    const KIND: &'static str;

    /// The identifier, unique within the kind.
    fn id(&self) -> &str;

    /// What the object belongs to (a recording to its meeting, a video to its account) and since when. Neither changes.
    fn belongs(&self) -> Option<(&str, Moment)> {
        None
    }

    /// When the object next changes by itself.
    fn due(&self) -> Option<Moment> {
        None
    }
}

/// All objects of one kind.
#[derive(Debug)]
pub struct Table<T> {
    rows: Slab<T>,
    /// Where the rows are, by id and by what they belong to: a list of thousands looks up none of them by name.
    places: HashMap<String, usize>,
    families: HashMap<String, BTreeMap<(Moment, String), usize>>,
    agenda: BTreeSet<(Moment, String)>,
    changed: BTreeSet<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Slab::new(),
            places: HashMap::new(),
            families: HashMap::new(),
            agenda: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<T: Object> Table<T> {
    /// The object with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(*self.places.get(id)?)
    }

    /// All objects, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// All objects that belong to `owner`, oldest first.
    pub fn of(&self, owner: &str) -> impl DoubleEndedIterator<Item = &T> {
        self.families.get(owner).into_iter().flatten().filter_map(|(_, place)| self.rows.get(*place))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds an object, or takes the place of the one with the same id.
    pub fn put(&mut self, object: T) {
        let id = object.id().to_owned();
        self.changed.insert(id.clone());
        self.place(id, object);
    }

    /// Changes an object; `None` when there is none with this id.
    pub fn edit<R>(&mut self, id: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let row = self.rows.get_mut(*self.places.get(id)?)?;
        let before = row.due();
        let outcome = change(row);
        let after = row.due();
        if before != after {
            if let Some(due) = before {
                self.agenda.remove(&(due, id.to_owned()));
            }
            if let Some(due) = after {
                self.agenda.insert((due, id.to_owned()));
            }
        }
        self.changed.insert(id.to_owned());
        Some(outcome)
    }

    /// Removes an object.
    pub fn remove(&mut self, id: &str) -> Option<T> {
        let row = self.rows.try_remove(self.places.remove(id)?)?;
        if let Some(due) = row.due() {
            self.agenda.remove(&(due, id.to_owned()));
        }
        if let Some((owner, since)) = row.belongs()
            && let Some(family) = self.families.get_mut(owner)
        {
            family.remove(&(since, id.to_owned()));
        }
        self.changed.insert(id.to_owned());
        Some(row)
    }

    /// The object that changes by itself first, and when.
    pub fn next_due(&self) -> Option<(Moment, &str)> {
        self.agenda.first().map(|(due, id)| (*due, id.as_str()))
    }

    /// What changed since the last call: `None` beside an id means it was removed.
    pub fn take_changes(&mut self) -> Vec<(String, Option<&T>)> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|id| {
                let row = self.get(&id);
                (id, row)
            })
            .collect()
    }

    /// Notes that nobody will ask what has changed so far.
    pub fn forget_changes(&mut self) {
        self.changed.clear();
    }

    /// Puts back an object read from the state file, which is therefore not a change.
    pub fn restore(&mut self, object: T) {
        let id = object.id().to_owned();
        self.place(id, object);
    }

    fn place(&mut self, id: String, object: T) {
        if let Some(due) = self.get(&id).and_then(T::due) {
            self.agenda.remove(&(due, id.clone()));
        }
        if let Some(due) = object.due() {
            self.agenda.insert((due, id.clone()));
        }
        let belongs = object.belongs().map(|(owner, since)| (owner.to_owned(), since));
        let place = match self.places.get(&id) {
            Some(place) => {
                self.rows[*place] = object;
                *place
            }
            None => self.rows.insert(object),
        };
        if let Some((owner, since)) = belongs {
            self.families.entry(owner).or_default().insert((since, id.clone()), place);
        }
        self.places.insert(id, place);
    }
}
