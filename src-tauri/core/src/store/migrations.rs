//! Every version of the schema, oldest first. A released migration is never edited: the next one mends it.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};

use super::{Error, classify};

static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::new(vec![
        M::up(include_str!("migrations/0001_first.sql")),
        M::up(include_str!("migrations/0002_relay.sql")),
        M::up(include_str!("migrations/0003_waits.sql")),
    ])
});

/// Brings a database to the newest version.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    MIGRATIONS.to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
            Error::Newer { path: path.to_owned() }
        }
        rusqlite_migration::Error::RusqliteError { err, .. } => classify(err, path),
        other => Error::Unopenable { path: path.to_owned(), why: other.to_string() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid_sql_and_apply() {
        MIGRATIONS.validate().unwrap();
    }
}
