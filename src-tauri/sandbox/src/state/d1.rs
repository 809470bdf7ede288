//! D1: the databases of an account. Each is SQLite with one writer, as at Cloudflare.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{
    Batch, Connection, ErrorCode, Row,
    fallible_iterator::FallibleIterator as _,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
    params_from_iter,
    types::Value as Sql,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::table::Object;
use crate::clock::Moment;

/// The most values that a statement may have.
const MAX_PARAMS: usize = 100;
/// The longest statement, in bytes.
const MAX_SQL_BYTES: usize = 100_000;
/// What D1 allows a statement, as far as SQLite keeps such limits. No file can be attached, so that no other one is
/// reached.
const LIMITS: [(Limit, i32); 7] = [
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
];
/// The first words of the statements that run. Others change the connection, or end the transaction of the batch.
const ALLOWED: [&str; 13] = [
    "SELECT", "WITH", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "ANALYZE",
    "REINDEX", "EXPLAIN",
];
/// The pragmas that [`D1::facts`] and SQLite's own statements ask. Others could change the connection, and some do so
/// already when they are prepared.
const PRAGMAS: [&str; 3] = ["page_count", "page_size", "quick_check"];
/// The longest that a batch runs.
const MAX_TIME: Duration = Duration::from_secs(30);
/// After how many steps of SQLite the time is looked at: often enough, and at no cost that is felt.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// What the account's list has of a database. What it holds is in a file of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct D1Database {
    /// Its id.
    pub id: String,
    /// The id of the account.
    pub account: String,
    pub name: String,
    pub created: Moment,
}

impl Object for D1Database {
    const KIND: &'static str = "d1_database";
    fn id(&self) -> &str {
        &self.id
    }
}

/// A database. Only one batch runs at a time.
#[derive(Debug)]
pub struct D1(Mutex<Connection>);

/// SQL with the values of its parameters, in order. It may hold several statements.
#[derive(Debug, Clone)]
pub struct Statement {
    pub sql: String,
    pub params: Vec<Value>,
}

/// What came of a statement.
#[derive(Debug)]
pub struct Ran {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The values of each row, in the order of the columns.
    pub values: Vec<Vec<Value>>,
    /// How many rows it changed.
    pub changes: u64,
    /// The rowid of the row that was inserted last.
    pub last_row_id: i64,
}

impl Ran {
    /// The rows as objects. Of columns with one name, the last one counts.
    pub fn rows(&self) -> Vec<Map<String, Value>> {
        let object = |row: &Vec<Value>| self.columns.iter().cloned().zip(row.iter().cloned()).collect();
        self.values.iter().map(object).collect()
    }
}

/// Why a batch was not run. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// SQLite refused it.
    #[error("{}", told(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// D1 refuses it before SQLite sees it.
    #[error("{0}")]
    Refused(String),
}

impl SqlError {
    /// Whether it ran for too long.
    pub fn timed_out(&self) -> bool {
        matches!(self, Self::Sqlite(error) if is_interrupted(error))
    }
}

impl D1 {
    /// Opens a database in its file, or a new one in memory.
    pub fn open(path: Option<&Path>) -> Result<Self, SqlError> {
        let connection = path.map_or_else(Connection::open_in_memory, Connection::open)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")?;
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most)?;
        }
        connection.authorizer(Some(authorize))?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The number of its tables, and its size in bytes.
    pub fn facts(&self) -> Result<(i64, i64), SqlError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let tables = number(tables)?;
        let size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        Ok((tables, number(size)?))
    }

    /// Runs statements as one transaction.
    pub fn run(&self, statements: &[Statement]) -> Result<Vec<Ran>, SqlError> {
        self.run_within(statements, MAX_TIME)
    }

    fn run_within(&self, statements: &[Statement], longest: Duration) -> Result<Vec<Ran>, SqlError> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || begun.elapsed() > longest))?;
        let transaction = connection.transaction()?;
        let mut all = Vec::new();
        for Statement { sql, params } in statements {
            check(sql, params)?;
            let mut batch = Batch::new(&transaction, sql);
            while let Some(mut prepared) = batch.next()? {
                check_first_word(&prepared.expanded_sql().unwrap_or_default())?;
                let before = transaction.total_changes();
                let columns: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
                let values = params.iter().take(prepared.parameter_count()).map(bound);
                let rows = prepared.query_map(params_from_iter(values), |row| read(row, columns.len()))?;
                let values = rows.collect::<Result<_, _>>()?;
                let changes = transaction.total_changes().saturating_sub(before);
                all.push(Ran { columns, values, changes, last_row_id: transaction.last_insert_rowid() });
            }
        }
        transaction.commit()?;
        Ok(all)
    }
}

/// Keeps statements from other files and from the settings of the connection. SQLite asks while it prepares them.
fn authorize(asked: AuthContext<'_>) -> Authorization {
    match asked.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, .. } if !PRAGMAS.contains(&pragma_name) => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

fn check(sql: &str, params: &[Value]) -> Result<(), SqlError> {
    if sql.len() > MAX_SQL_BYTES {
        return Err(SqlError::Refused("statement too long: SQLITE_TOOBIG".to_owned()));
    }
    if params.len() > MAX_PARAMS {
        return Err(SqlError::Refused("too many SQL variables: SQLITE_ERROR".to_owned()));
    }
    Ok(())
}

/// Refuses a statement that is none of those that run.
fn check_first_word(sql: &str) -> Result<(), SqlError> {
    let text = without_comments(sql);
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase();
    match word.as_str() {
        "VACUUM" => Err(SqlError::Refused("cannot VACUUM from within a transaction: SQLITE_ERROR".to_owned())),
        allowed if ALLOWED.contains(&allowed) => Ok(()),
        _ => Err(SqlError::Refused("not authorized: SQLITE_AUTH".to_owned())),
    }
}

/// The text after the comments, the blanks and the ends of empty statements at its beginning.
fn without_comments(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start_matches(|sign: char| sign.is_whitespace() || sign == ';');
        if let Some(comment) = sql.strip_prefix("--") {
            sql = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = sql.strip_prefix("/*") {
            sql = comment.split_once("*/").map_or("", |(_, after)| after);
        } else {
            return sql;
        }
    }
}

fn is_interrupted(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

/// What D1 says about an error of SQLite: its text and the name of its code.
fn told(error: &rusqlite::Error) -> String {
    let code = match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => "SQLITE_CONSTRAINT",
        Some(ErrorCode::TooBig) => "SQLITE_TOOBIG",
        Some(ErrorCode::AuthorizationForStatementDenied) => "SQLITE_AUTH",
        _ => "SQLITE_ERROR",
    };
    match error {
        _ if is_interrupted(error) => "D1 DB exceeded its CPU time limit and was reset.".to_owned(),
        rusqlite::Error::SqliteFailure(_, Some(text)) => format!("{text}: {code}"),
        rusqlite::Error::SqlInputError { msg, offset, .. } if *offset >= 0 => {
            format!("{msg} at offset {offset}: {code}")
        }
        rusqlite::Error::SqlInputError { msg, .. } => format!("{msg}: {code}"),
        other => format!("{other}: {code}"),
    }
}

fn bound(value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Bool(value) => Sql::Integer((*value).into()),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Sql::Integer(number),
            None => number.as_f64().map_or(Sql::Null, Sql::Real),
        },
        Value::String(text) => Sql::Text(text.clone()),
        other => Sql::Text(other.to_string()),
    }
}

fn read(row: &Row<'_>, columns: usize) -> rusqlite::Result<Vec<Value>> {
    let value = |at: usize| {
        Ok(match row.get(at)? {
            Sql::Null => Value::Null,
            Sql::Integer(number) => number.into(),
            Sql::Real(number) => number.into(),
            Sql::Text(text) => text.into(),
            Sql::Blob(bytes) => bytes.into(),
        })
    };
    (0..columns).map(value).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_is_kept_as_a_whole_or_not_at_all() {
        let d1 = D1::open(None).unwrap();
        let one = |sql: &str, params: Vec<Value>| Statement { sql: sql.to_owned(), params };
        d1.run(&[one("CREATE TABLE t (a TEXT PRIMARY KEY, b INTEGER) STRICT", vec![])]).unwrap();
        let insert = one("INSERT INTO t VALUES (?1, ?2)", vec![json!("x"), json!(7)]);
        assert!(d1.run(&[insert.clone(), insert.clone()]).is_err());
        let ran = d1.run(&[insert, one("SELECT a, b, NULL AS c FROM t", vec![])]).unwrap();
        assert_eq!(ran.iter().map(|ran| ran.changes).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(Value::Object(ran[1].rows()[0].clone()), json!({ "a": "x", "b": 7, "c": null }));
    }

    #[test]
    fn several_statements_run_and_none_reaches_another_file() {
        let d1 = D1::open(None).unwrap();
        let run = |sql: &str| d1.run(&[Statement { sql: sql.to_owned(), params: vec![] }]);
        let ran = run(
            "CREATE TABLE t (a TEXT UNIQUE); -- a comment; with a semicolon\nINSERT INTO t VALUES ('x'); SELECT a FROM t",
        );
        assert_eq!(ran.unwrap().len(), 3);
        for sql in [
            "ATTACH '/tmp/x' AS x",
            "/* */ PRAGMA writable_schema = 1",
            "-- \n vacuum INTO '/tmp/x'",
            "SELECT 1; COMMIT",
            ";ATTACH '/tmp/x' AS x",
            "\u{feff}ATTACH '/tmp/x' AS x",
            "; /* */ PRAGMA foreign_keys = OFF",
            "EXPLAIN PRAGMA writable_schema = 1",
        ] {
            let told = run(sql).unwrap_err().to_string();
            assert!(told.starts_with("not authorized") || told.starts_with("cannot VACUUM"), "{sql}: {told}");
        }
        let told = |sql: &str| run(sql).unwrap_err().to_string();
        assert_eq!(told("INSERT INTO t VALUES ('x')"), "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT");
        assert_eq!(told("SELECT * FROM u"), "no such table: u: SQLITE_ERROR");
        assert!(told("SELEC 1").starts_with("near \"SELEC\": syntax error"));
        assert!(told("UPDATE sqlite_schema SET sql = ''").starts_with("table sqlite_master may not be modified"));
        assert_eq!(run("SELECT 1;; SELECT 2").unwrap().len(), 2);
        assert!(d1.facts().is_ok());
    }

    #[test]
    fn a_statement_has_the_limits_of_d1() {
        let d1 = D1::open(None).unwrap();
        let run = |sql: String, params: Vec<Value>| d1.run(&[Statement { sql, params }]);
        let terms = |count: usize| vec!["SELECT 1"; count].join(" UNION ALL ");
        let values = |count: usize| format!("SELECT {}", vec!["?"; count].join(", "));
        let text = |bytes: usize| vec![json!("x".repeat(bytes))];
        assert!(run(terms(5), vec![]).is_ok());
        assert!(run(terms(6), vec![]).unwrap_err().to_string().starts_with("too many terms in compound SELECT"));
        assert!(run(values(100), vec![json!(1); 100]).is_ok());
        assert!(run(values(101), vec![json!(1); 100]).unwrap_err().to_string().starts_with("too many SQL variables"));
        assert!(run("SELECT 'x' LIKE ?1".to_owned(), text(50)).is_ok());
        assert!(run("SELECT 'x' LIKE ?1".to_owned(), text(51)).is_err());
        assert!(run("SELECT length(?1)".to_owned(), text(2_000_000)).is_ok());
        assert!(run("SELECT length(?1)".to_owned(), text(2_000_001)).is_err());
        assert!(run(format!("VALUES {}", vec!["(1)"; 500].join(", ")), vec![]).is_ok());
    }

    #[test]
    fn a_batch_that_runs_for_too_long_is_ended_and_nothing_of_it_is_kept() {
        let d1 = D1::open(None).unwrap();
        let one = |sql: &str| Statement { sql: sql.to_owned(), params: vec![] };
        d1.run(&[one("CREATE TABLE t (a INTEGER) STRICT")]).unwrap();
        let endless = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
        let ended = d1.run_within(&[one("INSERT INTO t VALUES (1)"), one(endless)], Duration::ZERO).unwrap_err();
        assert!(ended.timed_out(), "{ended}");
        assert_eq!(d1.run(&[one("SELECT a FROM t")]).unwrap()[0].values.len(), 0);
    }
}
