//! What this desk published: an entry of `settings`. It is written before Cloudflare is asked, so that after a crash Hajime knows its own page.

use crate::domain::profile::join_page::Publication;
use crate::store::{Error, Store};

const NAME: &str = "join_page_publication";

impl Store {
    /// What was published last. One that cannot be read counts as none: the page itself tells its version too.
    pub fn publication(&self) -> Result<Option<Publication>, Error> {
        Ok(self.setting(NAME)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Remembers what is published, or that nothing is.
    pub fn set_publication(&self, publication: Option<&Publication>) -> Result<(), Error> {
        let text = publication.and_then(|publication| serde_json::to_string(publication).ok());
        self.set_setting(NAME, text.as_deref())
    }
}
