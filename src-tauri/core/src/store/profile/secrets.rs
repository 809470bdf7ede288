//! Lists the entries of the keyring that belong to this data. Some keyrings cannot be listed, so the names come from
//! the database.

use crate::domain::ids::KeyId;
use crate::ports::SecretName;
use crate::store::{Error, Store};

impl Store {
    /// Returns the names of every signing key, upload address, address of a feed and secret key of a bucket that the keyring may hold for this data.
    pub fn secret_names(&self) -> Result<Vec<SecretName>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT kid FROM signing_keys
             UNION SELECT kid FROM share_links WHERE kid IS NOT NULL",
        )?;
        let keys: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut statement =
            connection.prepare_cached("SELECT recording_id FROM recording_work WHERE relay_total IS NOT NULL")?;
        let relayed: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut statement =
            connection.prepare_cached("SELECT calendar_id FROM calendar_feeds WHERE address IS NULL")?;
        let feeds: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let key = |id: String| id.parse::<KeyId>().map_err(|_| Error::unreadable("signing key id", &id));
        let recording = |id: String| id.parse().map_err(|_| Error::unreadable("recording id", &id));
        let mut statement = connection.prepare_cached("SELECT id FROM archive_places")?;
        let places: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let place = |id: String| id.parse().map_err(|_| Error::unreadable("id of a place", &id));
        let places = places.into_iter().map(|id| place(id).map(SecretName::ArchivePlace));
        let feed = |id: String| id.parse().map_err(|_| Error::unreadable("calendar id", &id));
        let feeds = feeds.into_iter().map(|id| feed(id).map(SecretName::FeedAddress));
        let keys = keys.into_iter().map(|id| key(id).map(SecretName::SigningKey));
        let uploads = relayed.into_iter().map(|id| recording(id).map(SecretName::Upload));
        keys.chain(uploads).chain(feeds).chain(places).collect()
    }
}
