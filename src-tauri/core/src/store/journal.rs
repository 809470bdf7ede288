//! `journal`: every change that a person made to what Cloudflare cannot hold. An entry is written in the transaction of
//! its change.

pub(in crate::store) mod append;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::health::alert::rule::Rule;
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::ids::{HolidayId, JournalId, SeriesId, SessionId, TemplateId, ViewId};
use crate::domain::library::description::{Description, Tags};
use crate::domain::library::retention::Standings;
use crate::domain::library::view::SavedView;
use crate::domain::profile::journal::{Entity, FieldChanges, Fields, JournalEntry, Scope};
use crate::domain::profile::preference_fields;
use crate::domain::profile::preferences::Preferences;
use crate::domain::schedule::holiday::HolidaySessions;
use crate::domain::schedule::person::Person;
use crate::domain::schedule::roster as roster_fields;
use crate::domain::schedule::series::{self as series_fields, SeriesSessions};
use crate::domain::schedule::series_roster::{SeriesRosters, classes_of};
use crate::domain::schedule::session::Session;
use crate::domain::schedule::session_fields;
use crate::domain::schedule::template::{self, Template};
use crate::store::health::rules;
use crate::store::journal::append::{COLUMNS, Entry, append};
use crate::store::library::{description, retention, views};
use crate::store::profile::settings;
use crate::store::schedule::{holidays, roster, series, series_roster, sessions, templates};
use crate::store::{Error, Store};

/// The present state of the thing that an entry of the journal is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A session of the schedule.
    Session(Session),
    /// The people of a session.
    Roster(Vec<Person>),
    /// The people of a series and of its sessions.
    SeriesRosters(SeriesRosters),
    /// Series and their sessions, and which of these have other people than their series.
    Series(SeriesSessions, BTreeSet<SessionId>),
    /// All templates.
    Templates(Vec<Template>),
    /// A holiday and the sessions that it is about.
    Holiday(HolidayId, HolidaySessions),
    /// What people wrote about a recording.
    Recording(Description),
    /// The tags of several recordings, by their ids.
    Recordings(BTreeMap<String, Tags>),
    /// Where several recordings are, by their ids.
    Retention(Standings),
    /// All saved views of the library, and the one that the entry is about.
    Views(ViewId, Vec<SavedView>),
    /// All rules for alerts, and the one that the entry is about.
    AlertRules(RuleId, Vec<Rule>),
    /// The settings of the profile.
    Settings(Preferences),
}

impl Store {
    /// Returns one entry.
    pub fn journal_entry(&self, id: JournalId) -> Result<Option<JournalEntry>, Error> {
        entry(self.connection().raw(), id)
    }

    /// Returns the newest `limit` entries of a part of the journal, newest first.
    pub fn journal(&self, scope: Scope, limit: u32) -> Result<Vec<JournalEntry>, Error> {
        let connection = self.connection();
        let (condition, kind, id) = match scope {
            Scope::Everything => ("?1 IS ?2", None, None),
            Scope::Sessions => ("entity = ?1 AND ?2 IS NULL", Some("session"), None),
            Scope::Of(entity) => ("entity = ?1 AND entity_id = ?2", Some(entity.kind()), Some(entity.id())),
        };
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE {condition} ORDER BY id DESC LIMIT ?3");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![kind, id, limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Adds a session to the schedule for a person and writes the journal entry.
    pub fn schedule_session(&self, session: &Session) -> Result<(), Error> {
        self.schedule_session_with_people(session, &[])
    }

    /// Adds a session with the people on its roster for a person and writes both journal entries.
    pub fn schedule_session_with_people(&self, session: &Session, people: &[Person]) -> Result<(), Error> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            sessions::upsert(transaction, session)?;
            let changes = FieldChanges { before: Fields::new(), after: session_fields::fields(session) };
            append(transaction, &desk, session.created_at, Entity::Session(session.id), &changes)?;
            write_roster(transaction, &desk, session.created_at, session.id, &[], people)?;
            Ok(())
        })
    }

    /// Changes a session as [`Store::change_session`] does, for a person, and writes the journal entry.
    pub fn change_session_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
        change: impl FnOnce(Session) -> Result<Session, E>,
    ) -> Result<Option<Session>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let Some((before, after)) = sessions::change(transaction, id, change)? else { return Ok(None) };
            append_session(transaction, &desk, now, &before, &after)?;
            Ok(Some(after))
        })
    }

    /// Puts a series with its first sessions on the schedule for a person and writes the journal entry.
    pub fn schedule_series(&self, id: SeriesId, all: &SeriesSessions, now: DateTime<Utc>) -> Result<(), Error> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            write_series(transaction, &desk, now, id, &SeriesSessions::default(), all)?;
            Ok(())
        })
    }

    /// Changes the series of a session, and any of its sessions, for a person and writes the journal entry. Returns what
    /// was there before and after; `Ok(None)` where there is no such session, or where it belongs to no series.
    pub fn change_series_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
        change: impl FnOnce(SeriesSessions) -> Result<SeriesSessions, E>,
    ) -> Result<Option<(SeriesSessions, SeriesSessions)>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let before = series::of_session(transaction, id)?;
            let Some(series) = before.series.keys().next().copied() else { return Ok(None) };
            let after = change(before.clone())?;
            write_series(transaction, &desk, now, series, &before, &after)?;
            Ok(Some((before, after)))
        })
    }

    /// Makes a session the first one of a series for a person and writes the journal entry. `begin` gets the session and
    /// its people, and returns the series with its sessions. Returns what was there before and after; `Ok(None)` where
    /// there is no such session.
    pub fn begin_series_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
        begin: impl FnOnce(&Session, Vec<Person>) -> Result<SeriesSessions, E>,
    ) -> Result<Option<(SeriesSessions, SeriesSessions)>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let Some(session) = sessions::find(transaction, id)? else { return Ok(None) };
            let after = begin(&session, roster::read_roster(transaction, id)?)?;
            let Some(series) = after.series.keys().next().copied() else { return Ok(None) };
            let before = SeriesSessions { sessions: [(id, session)].into(), ..SeriesSessions::default() };
            write_series(transaction, &desk, now, series, &before, &after)?;
            Ok(Some((before, after)))
        })
    }

    /// Adds or removes a holiday for a person, with what it does to sessions, and writes the journal entry. Returns what
    /// was there before and after.
    pub fn change_holiday_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: HolidayId,
        now: DateTime<Utc>,
        change: impl FnOnce(HolidaySessions) -> Result<HolidaySessions, E>,
    ) -> Result<(HolidaySessions, HolidaySessions), E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let before = holidays::read_with_sessions(transaction, Some(id), now)?;
            let after = change(before.clone())?;
            write_holiday(transaction, &desk, now, id, &before, &after)?;
            Ok((before, after))
        })
    }

    /// Changes the people of a session for a person and writes the journal entry. Returns `Ok(None)` where there is no
    /// such session.
    pub fn change_roster_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
        change: impl FnOnce(&Session, Vec<Person>) -> Result<Vec<Person>, E>,
    ) -> Result<Option<Vec<Person>>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let Some(session) = sessions::find(transaction, id)? else { return Ok(None) };
            let before = roster::read_roster(transaction, id)?;
            let after = change(&session, before.clone())?;
            write_roster(transaction, &desk, now, id, &before, &after)?;
            Ok(Some(after))
        })
    }

    /// Changes the people of a session, of later ones and of their series for a person and writes one journal entry.
    /// Returns `Ok(None)` where there is no such session, or where it belongs to no series.
    pub fn change_series_roster_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
        change: impl FnOnce(SeriesRosters) -> Result<SeriesRosters, E>,
    ) -> Result<Option<SeriesRosters>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let session = sessions::find(transaction, id)?;
            let Some(place) = session.and_then(|session| session.series) else { return Ok(None) };
            let before = series_roster::of_series(
                transaction,
                place.series,
                series::of_session(transaction, id)?,
                &BTreeSet::new(),
            )?;
            let after = change(before.clone())?;
            write_series_roster(transaction, &desk, now, place.series, &before, &after)?;
            Ok(Some(after))
        })
    }

    /// Adds, changes or removes a template for a person and writes the journal entry. `change` receives all templates and
    /// returns them as they are to be; only the one with this id may differ.
    pub fn change_template_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: TemplateId,
        now: DateTime<Utc>,
        change: impl FnOnce(Vec<Template>) -> Result<Vec<Template>, E>,
    ) -> Result<Vec<Template>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let before = templates::read_templates(transaction)?;
            let after = change(before.clone())?;
            write_template(transaction, &desk, now, id, &before, &after)?;
            Ok(after)
        })
    }

    /// Stores the settings that a person chose and writes the journal entry.
    pub fn set_preferences(&self, preferences: &Preferences, now: DateTime<Utc>) -> Result<(), Error> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let before = settings::read_preferences(transaction)?;
            write_settings(transaction, &desk, now, &before, preferences)?;
            Ok(())
        })
    }

    /// Undoes one change, in one transaction. `undo` receives the entry and the present state of the thing, and returns
    /// the state to store. Returns the entry of the undo; `None` when the entry or the thing does not exist, or when
    /// nothing changed.
    pub fn undo_change<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: JournalId,
        now: DateTime<Utc>,
        undo: impl FnOnce(&JournalEntry, Subject) -> Result<Subject, E>,
    ) -> Result<Option<JournalEntry>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let Some(entry) = entry(transaction, id)? else { return Ok(None) };
            let made = match entry.entity {
                Entity::Session(session) => {
                    let changed = sessions::change(transaction, session, |before| {
                        match undo(&entry, Subject::Session(before.clone()))? {
                            Subject::Session(after) => Ok::<_, E>(after),
                            _ => Ok(before),
                        }
                    })?;
                    let Some((before, after)) = changed else { return Ok(None) };
                    append_session(transaction, &desk, now, &before, &after)?
                }
                Entity::Roster(session) => {
                    let before = roster::read_roster(transaction, session)?;
                    match undo(&entry, Subject::Roster(before.clone()))? {
                        Subject::Roster(after) => write_roster(transaction, &desk, now, session, &before, &after)?,
                        _ => None,
                    }
                }
                Entity::SeriesRoster(id) => {
                    let all = series::with_sessions(transaction, &[id].into())?;
                    let before = series_roster::of_series(transaction, id, all, &classes_of(&entry))?;
                    match undo(&entry, Subject::SeriesRosters(before.clone()))? {
                        Subject::SeriesRosters(after) => {
                            write_series_roster(transaction, &desk, now, id, &before, &after)?
                        }
                        _ => None,
                    }
                }
                Entity::Series(id) => {
                    let before = series::named_in(transaction, &entry)?;
                    let with_own_people = series_roster::with_own_people(transaction, &before)?;
                    match undo(&entry, Subject::Series(before.clone(), with_own_people))? {
                        Subject::Series(after, _) => write_series(transaction, &desk, now, id, &before, &after)?,
                        _ => None,
                    }
                }
                Entity::Template(id) => {
                    let before = templates::read_templates(transaction)?;
                    match undo(&entry, Subject::Templates(before.clone()))? {
                        Subject::Templates(after) => write_template(transaction, &desk, now, id, &before, &after)?,
                        _ => None,
                    }
                }
                Entity::Holiday(id) => {
                    let before = holidays::read_with_sessions(transaction, Some(id), now)?;
                    match undo(&entry, Subject::Holiday(id, before.clone()))? {
                        Subject::Holiday(_, after) => write_holiday(transaction, &desk, now, id, &before, &after)?,
                        _ => None,
                    }
                }
                Entity::Import(_) => {
                    let before = series::named_in(transaction, &entry)?;
                    match undo(&entry, Subject::Series(before.clone(), BTreeSet::new()))? {
                        Subject::Series(after, _) => write_all(transaction, &desk, now, entry.entity, &before, &after)?,
                        _ => None,
                    }
                }
                Entity::Recording(_)
                | Entity::Recordings(_)
                | Entity::Retention(_)
                | Entity::View(_)
                | Entity::AlertRule(_) => {
                    undo_outside_schedule(transaction, &entry, &Entry { desk: &desk, now }, undo)?
                }
                Entity::Settings => {
                    let before = settings::read_preferences(transaction)?;
                    match undo(&entry, Subject::Settings(before.clone()))? {
                        Subject::Settings(after) => write_settings(transaction, &desk, now, &before, &after)?,
                        _ => None,
                    }
                }
            };
            let Some(made) = made else { return Ok(None) };
            let undone = "UPDATE journal SET undone_by = ?2 WHERE id = ?1";
            transaction.prepare_cached(undone)?.execute([id.to_string(), made.to_string()])?;
            Ok(self::entry(transaction, made)?)
        })
    }
}

/// Undoes a change of the library or of a rule for alerts, as [`Store::undo_change`] says.
fn undo_outside_schedule<E: From<Error> + From<rusqlite::Error>>(
    transaction: &Transaction<'_>,
    entry: &JournalEntry,
    by: &Entry<'_>,
    undo: impl FnOnce(&JournalEntry, Subject) -> Result<Subject, E>,
) -> Result<Option<JournalId>, E> {
    Ok(match entry.entity {
        Entity::Recording(id) => {
            let Some(before) = description::read_description(transaction, id)? else { return Ok(None) };
            match undo(entry, Subject::Recording(before.clone()))? {
                Subject::Recording(after) => description::write_by_hand(transaction, id, &before, &after, by)?,
                _ => None,
            }
        }
        Entity::Recordings(id) => {
            let before = description::tags_named_in(transaction, entry.changes.after.keys())?;
            match undo(entry, Subject::Recordings(before.clone()))? {
                Subject::Recordings(after) => description::write_tags_by_hand(transaction, id, &before, &after, by)?,
                _ => None,
            }
        }
        Entity::Retention(id) => {
            let before = retention::standings_named_in(transaction, entry.changes.after.keys())?;
            match undo(entry, Subject::Retention(before))? {
                Subject::Retention(wanted) => retention::write_standings_by_hand(transaction, id, &wanted, by)?,
                _ => None,
            }
        }
        Entity::View(id) => {
            let before = views::read_views(transaction)?;
            match undo(entry, Subject::Views(id, before.clone()))? {
                Subject::Views(_, after) => views::write_view(transaction, id, &before, &after, by)?,
                _ => None,
            }
        }
        Entity::AlertRule(id) => {
            let before = rules::read_rules(transaction)?;
            match undo(entry, Subject::AlertRules(id, before.clone()))? {
                Subject::AlertRules(_, after) => rules::write_rule(transaction, id, &before, &after, by)?,
                _ => None,
            }
        }
        Entity::Session(_)
        | Entity::Roster(_)
        | Entity::SeriesRoster(_)
        | Entity::Series(_)
        | Entity::Template(_)
        | Entity::Holiday(_)
        | Entity::Import(_)
        | Entity::Settings => None,
    })
}

fn append_session(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    before: &Session,
    after: &Session,
) -> Result<Option<JournalId>, Error> {
    let changes = FieldChanges::between(&session_fields::fields(before), &session_fields::fields(after));
    changes.map(|changes| append(transaction, desk, now, Entity::Session(after.id), &changes)).transpose()
}

fn write_roster(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    session: SessionId,
    before: &[Person],
    after: &[Person],
) -> Result<Option<JournalId>, Error> {
    roster::write_roster(transaction, session, after)?;
    let changes = roster_fields::changes(before, after);
    changes.map(|changes| append(transaction, desk, now, Entity::Roster(session), &changes)).transpose()
}

fn write_series_roster(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    id: SeriesId,
    before: &SeriesRosters,
    after: &SeriesRosters,
) -> Result<Option<JournalId>, Error> {
    series_roster::write_changed(transaction, id, before, after)?;
    let changes = after.changes_since(before);
    changes.map(|changes| append(transaction, desk, now, Entity::SeriesRoster(id), &changes)).transpose()
}

fn write_series(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    id: SeriesId,
    before: &SeriesSessions,
    after: &SeriesSessions,
) -> Result<Option<JournalId>, Error> {
    write_all(transaction, desk, now, Entity::Series(id), before, after)
}

/// Stores what differs between `before` and `after` and writes one entry for it.
pub(in crate::store) fn write_all(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    entity: Entity,
    before: &SeriesSessions,
    after: &SeriesSessions,
) -> Result<Option<JournalId>, Error> {
    series::write(transaction, before, after)?;
    let changes = FieldChanges::between(&series_fields::fields(before), &series_fields::fields(after));
    changes.map(|changes| append(transaction, desk, now, entity, &changes)).transpose()
}

fn write_template(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    id: TemplateId,
    before: &[Template],
    after: &[Template],
) -> Result<Option<JournalId>, Error> {
    let of = |all: &[Template]| all.iter().find(|template| template.id == id).cloned();
    let (before, after) = (of(before), of(after));
    templates::write_template(transaction, id, after.as_ref())?;
    let fields = |template: Option<&Template>| template.map(template::fields).unwrap_or_default();
    let changes = FieldChanges::between(&fields(before.as_ref()), &fields(after.as_ref()));
    changes.map(|changes| append(transaction, desk, now, Entity::Template(id), &changes)).transpose()
}

fn write_holiday(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    id: HolidayId,
    before: &HolidaySessions,
    after: &HolidaySessions,
) -> Result<Option<JournalId>, Error> {
    holidays::write(transaction, id, before, after)?;
    let changes = FieldChanges::between(&before.fields(), &after.fields());
    changes.map(|changes| append(transaction, desk, now, Entity::Holiday(id), &changes)).transpose()
}

fn write_settings(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    before: &Preferences,
    after: &Preferences,
) -> Result<Option<JournalId>, Error> {
    let changes = FieldChanges::between(&preference_fields::fields(before), &preference_fields::fields(after));
    // The actor is the instructor in the settings before this change.
    let made = changes.map(|changes| append(transaction, desk, now, Entity::Settings, &changes)).transpose()?;
    settings::write_preferences(transaction, after)?;
    Ok(made)
}

fn entry(connection: &Connection, id: JournalId) -> Result<Option<JournalEntry>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE id = ?1"))?;
    statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<JournalEntry, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let id = |text: &str| text.parse().map_err(|_| Error::unreadable("journal id", text));
    let (kind, entity_id) = (text("entity")?, text("entity_id")?);
    let fields = |json: String| {
        serde_json::from_str::<Fields>(&json).map_err(|_| Error::unreadable("entry of the journal", json))
    };
    Ok(JournalEntry {
        id: id(&text("id")?)?,
        at: bounds::nearest_moment(row.get("at")?),
        desk: text("desk")?,
        actor: text("actor")?,
        entity: Entity::from_stored(&kind, &entity_id)
            .ok_or_else(|| Error::unreadable("entry of the journal", format!("{kind} {entity_id}")))?,
        changes: FieldChanges { before: fields(text("before")?)?, after: fields(text("after")?)? },
        undone_by: row.get::<_, Option<String>>("undone_by")?.map(|text| id(&text)).transpose()?,
    })
}

#[cfg(test)]
mod tests;
