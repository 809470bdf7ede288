//! The routes of D1: databases, and SQL over REST.

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    call::Call,
    clock::micros,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::d1::{D1Database, Ran, SqlError, Statement},
};

/// How many databases a page has unless another number is asked for, and the most.
const PAGE: (usize, usize) = (1_000, 10_000);

/// `/d1/database…`
pub fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    let ["database", rest @ ..] = rest else { return None };
    Some(match (&call.method, rest) {
        (&Method::POST, []) => create(call),
        (&Method::GET, []) => Ok(list(call)),
        (&Method::GET, [id]) => get(call, id),
        (&Method::DELETE, [id]) => delete(call, id),
        (&Method::POST, [id, "query"]) => query(call, id, |ran| ran.rows().into_iter().collect()),
        (&Method::POST, [id, "raw"]) => query(call, id, |ran| json!({ "columns": ran.columns, "rows": ran.values })),
        _ => return None,
    })
}

fn create(call: &Call) -> Answer {
    let name = Fields::read(&call.body, ErrorFormat::V4)?.required_text("name")?;
    call.world.with(|model| {
        if model.d1_databases.iter().any(|other| other.account == call.account && other.name == name) {
            let message = format!("A database with the name {name} already exists");
            return Err(Refusal::v4(StatusCode::BAD_REQUEST, 7_502, message));
        }
        let database = D1Database { id: ids::uuid(), account: call.account.clone(), name, created: model.stamp() };
        let shown = shown(&database);
        model.d1_databases.put(database);
        Ok(Reply::Result(shown))
    })
}

fn list(call: &Call) -> Reply {
    let asked = |wanted: &str| call.query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let number = |name: &str| asked(name).and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
    let (page, per_page) = (number("page").unwrap_or(1), number("per_page").unwrap_or(PAGE.0).min(PAGE.1));
    let named = asked("name").unwrap_or_default();
    let mut found: Vec<D1Database> = call.world.with(|model| {
        let own = model.d1_databases.iter().filter(|database| database.account == call.account);
        own.filter(|database| database.name.contains(named)).cloned().collect()
    });
    found.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    let total = found.len();
    let items: Vec<Value> = found.iter().skip((page - 1).saturating_mul(per_page)).take(per_page).map(shown).collect();
    let mut beside = Map::new();
    let info = json!({ "count": items.len(), "page": page, "per_page": per_page, "total_count": total });
    beside.insert("result_info".into(), info);
    Reply::list(&items, beside)
}

fn shown(database: &D1Database) -> Value {
    json!({
        "uuid": database.id,
        "name": database.name,
        "version": "production",
        "created_at": micros(database.created),
        "jurisdiction": null,
    })
}

/// The database with this id or name.
fn find(call: &Call, id: &str) -> Result<D1Database, Refusal> {
    let found = call.world.with(|model| {
        let mut own = model.d1_databases.iter().filter(|database| database.account == call.account);
        own.find(|database| database.id == id || database.name == id).cloned()
    });
    let message = format!("The database {id} could not be found");
    found.ok_or_else(|| Refusal::v4(StatusCode::NOT_FOUND, 7_404, message))
}

fn get(call: &Call, id: &str) -> Answer {
    let database = find(call, id)?;
    let facts = call.world.d1(&database.id).map(|opened| opened.facts());
    let (tables, size) = facts.transpose().map_err(|error| refused(&error))?.unwrap_or_default();
    let mut shown = shown(&database);
    shown["num_tables"] = tables.into();
    shown["file_size"] = size.into();
    shown["running_in_region"] = "WEUR".into();
    shown["read_replication"] = json!({ "mode": "disabled" });
    Ok(Reply::Result(shown))
}

fn delete(call: &Call, id: &str) -> Answer {
    let database = find(call, id)?;
    call.world.with(|model| model.d1_databases.remove(&database.id));
    call.world.erase_d1(&database.id);
    Ok(Reply::Result(Value::Null))
}

/// One statement or several in one text, or a batch of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    Batch { batch: Vec<One> },
    One(One),
}

#[derive(Deserialize)]
struct One {
    sql: String,
    #[serde(default)]
    params: Vec<Value>,
}

fn query(call: &Call, id: &str, results: impl Fn(&Ran) -> Value) -> Answer {
    let database = find(call, id)?;
    let asked: Asked = serde_json::from_slice(&call.body)
        .map_err(|_| ErrorFormat::V4.invalid("the request body holds neither sql nor a batch"))?;
    let all = match asked {
        Asked::Batch { batch } => batch,
        Asked::One(one) => vec![one],
    };
    let statements: Vec<Statement> = all.into_iter().map(|One { sql, params }| Statement { sql, params }).collect();
    let opened = call
        .world
        .d1(&database.id)
        .ok_or_else(|| Refusal::v4(StatusCode::INTERNAL_SERVER_ERROR, 7_500, "internal error; reference = sandbox"))?;
    let ran = opened.run(&statements).map_err(|error| refused(&error))?;
    let size = opened.facts().map_or(0, |(_, size)| size);
    Ok(Reply::Result(ran.iter().map(|ran| result(ran, &results(ran), size)).collect()))
}

fn result(ran: &Ran, results: &Value, size: i64) -> Value {
    json!({
        "success": true,
        "results": results,
        "meta": {
            "served_by": "sandbox",
            "duration": 0.1,
            "changes": ran.changes,
            "last_row_id": ran.last_row_id,
            "changed_db": ran.changes > 0,
            "size_after": size,
            "rows_read": ran.values.len(),
            "rows_written": ran.changes,
        },
    })
}

fn refused(error: &SqlError) -> Refusal {
    let (status, code) =
        if error.timed_out() { (StatusCode::TOO_MANY_REQUESTS, 7_429) } else { (StatusCode::BAD_REQUEST, 7_500) };
    Refusal::v4(status, code, error.to_string())
}
