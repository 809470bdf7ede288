//! The code of a script, and what it is given: the files, a database, texts, secrets, brakes.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::cloudflare::form::Part;
use crate::domain::ids::DatabaseId;

/// The name of the module in the script.
const MODULE: &str = "door.js";

/// The code of a script that stands before its files.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    /// The text of its only module.
    pub module: &'a str,
    /// What the code is given. What the script was given before and is not named here is lost, but for texts and secrets.
    pub bindings: &'a [Binding],
    /// The paths that the code answers. A file answers any other.
    pub worker_first: &'a [&'a str],
}

/// One thing that the code is given, by the name that it has in the code.
#[derive(Debug, Clone)]
pub enum Binding {
    /// The files of the script.
    Assets {
        /// Its name in the code.
        name: &'static str,
    },
    /// A D1 database.
    Database {
        /// Its name in the code.
        name: &'static str,
        /// Which database.
        id: DatabaseId,
    },
    /// A text that whoever may read the script may read.
    Text {
        /// Its name in the code.
        name: &'static str,
        /// The text.
        text: String,
    },
    /// A text that Cloudflare never gives back.
    Secret {
        /// Its name in the code.
        name: &'static str,
        /// The text.
        text: SecretString,
    },
    /// A brake: so many times in a period, counted at each location of Cloudflare by itself.
    RateLimit {
        /// Its name in the code.
        name: &'static str,
        /// A number of the account's own. Brakes with one number count together.
        namespace: u32,
        /// How often.
        limit: u32,
        /// In how many seconds: 10 or 60.
        period: u32,
    },
}

impl Binding {
    fn json(&self) -> Value {
        match self {
            Self::Assets { name } => json!({ "type": "assets", "name": name }),
            Self::Database { name, id } => json!({ "type": "d1", "name": name, "database_id": id.as_str() }),
            Self::Text { name, text } => json!({ "type": "plain_text", "name": name, "text": text }),
            Self::Secret { name, text } => json!({ "type": "secret_text", "name": name, "text": text.expose_secret() }),
            Self::RateLimit { name, namespace, limit, period } => json!({
                "type": "ratelimit",
                "name": name,
                "namespace_id": namespace.to_string(),
                "simple": { "limit": limit, "period": period },
            }),
        }
    }
}

impl Code<'_> {
    /// Adds the code to the description of a version. Nothing of what people ask is kept in logs at Cloudflare.
    pub(super) fn add_to(&self, metadata: &mut Value) {
        metadata["assets"]["config"]["run_worker_first"] = json!(self.worker_first);
        metadata["main_module"] = MODULE.into();
        metadata["bindings"] = self.bindings.iter().map(Binding::json).collect();
        metadata["keep_bindings"] = json!(["secret_text", "plain_text"]);
        metadata["observability"] = json!({ "enabled": false });
    }

    /// The part of the form that holds the module.
    pub(super) const fn part(&self) -> Part<'_> {
        Part { name: MODULE, file_name: Some(MODULE), media_type: "application/javascript+module", text: self.module }
    }

    /// The secrets that the code is given.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.bindings.iter().filter_map(|binding| match binding {
            Binding::Secret { text, .. } => Some(text),
            _ => None,
        })
    }
}
