//! `templates`: plans without a start, by name.

use rusqlite::{Connection, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::TemplateId;
use crate::domain::schedule::template::{Template, people_of, people_value};
use crate::store::{Error, Store, count};

const COLUMNS: &str = "id, name, title, instructor, length, record, quality, max_participants, people";

impl Store {
    /// Returns all templates, by name.
    pub fn templates(&self) -> Result<Vec<Template>, Error> {
        read_templates(self.connection().raw())
    }
}

/// Reads all templates on any connection or transaction.
pub(in crate::store) fn read_templates(connection: &Connection) -> Result<Vec<Template>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM templates ORDER BY name, id"))?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Stores a template, or deletes it.
pub(in crate::store) fn write_template(
    transaction: &Transaction<'_>,
    id: TemplateId,
    template: Option<&Template>,
) -> Result<(), Error> {
    let Some(template) = template else {
        transaction.prepare_cached("DELETE FROM templates WHERE id = ?1")?.execute([id.to_string()])?;
        return Ok(());
    };
    let Template { id, name, title, instructor, length, record, quality, max_participants, people } = template;
    transaction
        .prepare_cached(&format!(
            "INSERT INTO templates ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)
             ON CONFLICT (id) DO UPDATE SET name=?2, title=?3, instructor=?4, length=?5, record=?6, quality=?7,
               max_participants=?8, people=?9"
        ))?
        .execute(params![
            id.to_string(),
            name,
            title,
            instructor,
            length.num_milliseconds(),
            record,
            quality.name(),
            max_participants,
            people_value(people).to_string(),
        ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Template, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let (id, quality, people) = (text("id")?, text("quality")?, text("people")?);
    let listed = serde_json::from_str(&people).ok().and_then(|value| people_of(&value));
    Ok(Template {
        id: id.parse().map_err(|_| Error::unreadable("template id", &id))?,
        name: text("name")?,
        title: text("title")?,
        instructor: text("instructor")?,
        length: bounds::nearest_length(row.get("length")?),
        record: row.get("record")?,
        quality: quality.parse().map_err(|_| Error::unreadable("quality", quality))?,
        max_participants: count(row, row.as_ref().column_index("max_participants")?)?,
        people: listed.ok_or_else(|| Error::unreadable("list of people", &people))?,
    })
}
