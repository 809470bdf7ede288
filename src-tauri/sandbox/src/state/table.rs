//! All objects of one kind: the rows, the rows that changed since they were last saved, the row that changes by itself
//! next, and the rows of each owner.
//!
//! A row is changed only through [`Table::edit`], which also updates the set of changed rows and the index of due rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Serialize, de::DeserializeOwned};
use slab::Slab;

use crate::clock::Moment;

/// An object that the state file keeps.
pub trait Object: Serialize + DeserializeOwned {
    /// The kind's name in the state file.
    const KIND: &'static str;

    /// The object's id, unique within its kind.
    fn id(&self) -> &str;

    /// The owner of the object (a recording's meeting, a video's account), and the moment by which the owner's objects
    /// are sorted. Neither ever changes.
    fn owner(&self) -> Option<(&str, Moment)> {
        None
    }

    /// When the object next changes by itself; `None` when no such change is due.
    fn due(&self) -> Option<Moment> {
        None
    }
}

/// All objects of one kind.
#[derive(Debug)]
pub struct Table<T> {
    rows: Slab<T>,
    /// The positions of the rows by id. `by_owner` holds positions too, so that listing thousands of rows needs no
    /// lookup by id.
    slots: HashMap<String, usize>,
    by_owner: HashMap<String, BTreeMap<(Moment, String), usize>>,
    due_index: BTreeSet<(Moment, String)>,
    changed: BTreeSet<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Slab::new(),
            slots: HashMap::new(),
            by_owner: HashMap::new(),
            due_index: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<T: Object> Table<T> {
    /// The object with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(*self.slots.get(id)?)
    }

    /// All objects, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// All objects of an owner, oldest first.
    pub fn owned_by(&self, owner: &str) -> impl DoubleEndedIterator<Item = &T> {
        self.by_owner.get(owner).into_iter().flatten().filter_map(|(_, slot)| self.rows.get(*slot))
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds an object, or replaces the object with the same id.
    pub fn put(&mut self, object: T) {
        let id = object.id().to_owned();
        self.changed.insert(id.clone());
        self.insert_row(id, object);
    }

    /// Changes an object; `None` when no object has this id.
    pub fn edit<R>(&mut self, id: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let row = self.rows.get_mut(*self.slots.get(id)?)?;
        let before = row.due();
        let outcome = change(row);
        let after = row.due();
        if before != after {
            if let Some(due) = before {
                self.due_index.remove(&(due, id.to_owned()));
            }
            if let Some(due) = after {
                self.due_index.insert((due, id.to_owned()));
            }
        }
        self.changed.insert(id.to_owned());
        Some(outcome)
    }

    pub fn remove(&mut self, id: &str) -> Option<T> {
        let row = self.rows.try_remove(self.slots.remove(id)?)?;
        if let Some(due) = row.due() {
            self.due_index.remove(&(due, id.to_owned()));
        }
        if let Some((owner, since)) = row.owner()
            && let Some(owned) = self.by_owner.get_mut(owner)
        {
            owned.remove(&(since, id.to_owned()));
        }
        self.changed.insert(id.to_owned());
        Some(row)
    }

    /// The moment of the next change that happens by itself, and the id of its object.
    pub fn next_due(&self) -> Option<(Moment, &str)> {
        self.due_index.first().map(|(due, id)| (*due, id.as_str()))
    }

    /// The rows that changed since the last call; `None` beside an id means that the row was removed.
    pub fn take_changes(&mut self) -> Vec<(String, Option<&T>)> {
        std::mem::take(&mut self.changed)
            .into_iter()
            .map(|id| {
                let row = self.get(&id);
                (id, row)
            })
            .collect()
    }

    /// Discards the record of changed rows.
    pub fn forget_changes(&mut self) {
        self.changed.clear();
    }

    /// Adds an object read from the state file, without marking it as changed.
    pub fn restore(&mut self, object: T) {
        let id = object.id().to_owned();
        self.insert_row(id, object);
    }

    fn insert_row(&mut self, id: String, object: T) {
        if let Some(due) = self.get(&id).and_then(T::due) {
            self.due_index.remove(&(due, id.clone()));
        }
        if let Some(due) = object.due() {
            self.due_index.insert((due, id.clone()));
        }
        let owner = object.owner().map(|(owner, since)| (owner.to_owned(), since));
        let slot = match self.slots.get(&id) {
            Some(slot) => {
                self.rows[*slot] = object;
                *slot
            }
            None => self.rows.insert(object),
        };
        if let Some((owner, since)) = owner {
            self.by_owner.entry(owner).or_default().insert((since, id.clone()), slot);
        }
        self.slots.insert(id, slot);
    }
}
