//! The door's D1 database: finding or making it, its tables, and what desks and the Worker note in it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::cloudflare::{Error as CloudError, Ran, Statement};
use crate::context::Context;
use crate::domain::bounds::moment_of_millis;
use crate::domain::ids::DatabaseId;
use crate::domain::profile::door::{DATABASE, DoorCode, DoorFacts, DoorTrouble};
use crate::error::Error;

/// The most facts and troubles that are read. There are a dozen.
const READ_FACTS: &str = "SELECT name, value FROM facts ORDER BY name LIMIT 100";
const READ_TROUBLES: &str = "SELECT reason, at, times FROM troubles ORDER BY at DESC LIMIT 20";
/// Links that live at the door, of every desk.
const COUNT_LINKS: &str = "SELECT (SELECT count(*) FROM join_links WHERE revoked IS NULL) AS classes,
    (SELECT count(*) FROM watch_links WHERE revoked IS NULL AND until > (?1 ->> '$.now')) AS watching";
const WRITE_FACTS: &str = "INSERT INTO facts (name, value) SELECT key, value FROM json_each(?1) WHERE true
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// What the database tells of the door.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) facts: DoorFacts,
    pub(super) troubles: Vec<DoorTrouble>,
    /// Links to classes and links to watch that live, of every desk.
    pub(super) class_links: u32,
    pub(super) watch_links: u32,
}

/// The database by its name, or a new one. Whatever the creation was answered, the database that is there afterwards counts.
pub(super) async fn need(context: &Context) -> Result<DatabaseId, Error> {
    let cloudflare = context.cloudflare();
    if let Some(found) = cloudflare.find_database(DATABASE).await? {
        return Ok(found.id);
    }
    let error = match cloudflare.create_database(DATABASE).await {
        Ok(made) => return Ok(made.id),
        Err(error) => error,
    };
    if (matches!(error, CloudError::Conflict { .. }) || error.outcome_unknown())
        && let Some(found) = cloudflare.find_database(DATABASE).await?
    {
        return Ok(found.id);
    }
    Err(error.into())
}

/// Makes the tables that are missing.
pub(super) async fn set_up(context: &Context, database: &DatabaseId, code: &DoorCode) -> Result<(), Error> {
    let statements: Vec<Statement> =
        code.schema.iter().map(|sql| Statement { sql: Cow::Owned(sql.clone()), json: None }).collect();
    context.cloudflare().run_in_database(database, &statements).await?;
    Ok(())
}

/// What desks noted of the door; where the database is new and tells nothing, what this desk kept.
pub(super) async fn facts(context: &Context, database: &DatabaseId) -> Result<DoorFacts, Error> {
    let ran = context.cloudflare().run_in_database(database, &[read(READ_FACTS)]).await?;
    let told = facts_in(ran.first());
    if told.published_at.is_none() { Ok(context.store().door_facts()?) } else { Ok(told) }
}

/// Everything that the database tells of the door.
pub(super) async fn noted(context: &Context, database: &DatabaseId) -> Result<Noted, Error> {
    let now = json!({ "now": context.cloudflare_now().timestamp_millis() }).to_string();
    let count = Statement { sql: Cow::Borrowed(COUNT_LINKS), json: Some(now) };
    let ran = context.cloudflare().run_in_database(database, &[read(READ_FACTS), read(READ_TROUBLES), count]).await?;
    let troubles = ran.get(1).map(|ran| ran.rows.iter().filter_map(trouble_in).collect()).unwrap_or_default();
    let counted = |name: &str| {
        let row = ran.get(2).and_then(|ran| ran.rows.first());
        row.and_then(|row| whole(row, name)).and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
    };
    let (class_links, watch_links) = (counted("classes"), counted("watching"));
    Ok(Noted { facts: facts_in(ran.first()), troubles, class_links, watch_links })
}

/// Tells other desks what was published.
pub(super) async fn tell(context: &Context, database: &DatabaseId, facts: &DoorFacts) -> Result<(), Error> {
    let written: Map<String, Value> =
        facts.written().into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let write = Statement { sql: Cow::Borrowed(WRITE_FACTS), json: Some(Value::from(written).to_string()) };
    context.cloudflare().run_in_database(database, &[write]).await?;
    context.store().set_door_facts(Some(facts))?;
    Ok(())
}

fn read(sql: &'static str) -> Statement {
    Statement { sql: Cow::Borrowed(sql), json: None }
}

fn facts_in(ran: Option<&Ran>) -> DoorFacts {
    let rows = ran.map(|ran| ran.rows.as_slice()).unwrap_or_default();
    let by_name: HashMap<&str, &str> =
        rows.iter().filter_map(|row| Some((row.get("name")?.as_str()?, row.get("value")?.as_str()?))).collect();
    DoorFacts::read(|name| by_name.get(name).map(|value| (*value).to_owned()))
}

fn trouble_in(row: &Map<String, Value>) -> Option<DoorTrouble> {
    Some(DoorTrouble {
        reason: row.get("reason")?.as_str()?.to_owned(),
        at: moment_of_millis(whole(row, "at")?)?,
        times: u64::try_from(whole(row, "times")?).ok()?,
    })
}

/// A whole number, which D1 may also give as text or with a fraction of zero.
fn whole(row: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = row.get(name)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.split_once('.').map_or(text.as_str(), |(whole, _)| whole).parse().ok()
}
