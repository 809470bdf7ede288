//! A request with what the door needs to know of it.

use std::sync::{Arc, PoisonError};

use axum::http::HeaderMap;

use super::{
    Api, COUNTRY, address,
    database::{Database, params},
    refusal::{Reason, Refusal},
};
use crate::{
    state::worker::{Binding, Worker},
    world::World,
};

/// How often one trouble is noted at most.
const NOTED_EVERY_MS: i64 = 60_000;

pub struct Asked<'a> {
    pub world: &'a Arc<World>,
    pub script: &'a Worker,
    pub api: Api,
    /// Milliseconds since 1970, by the verification clock.
    pub now: i64,
    /// The address that asks, which is used as a key of the brakes and for nothing else.
    pub address: String,
    /// Two letters; `None` where nobody knows.
    pub country: Option<String>,
}

impl<'a> Asked<'a> {
    pub fn new(world: &'a Arc<World>, script: &'a Worker, api: Api, headers: &HeaderMap) -> Self {
        let sent = headers.get(COUNTRY).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let country = sent.unwrap_or_else(|| world.with(|model| model.switches.viewer_country.clone()));
        let is_known = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        Self {
            world,
            script,
            api,
            now: world.clock.verification().timestamp_millis(),
            address: network(address(headers)),
            country: Some(country).filter(|_| is_known),
        }
    }

    fn bindings(&self) -> &[Binding] {
        self.script.code.as_ref().map_or(&[], |code| &code.bindings)
    }

    /// The script's database. Without one, nothing can be done.
    pub fn database(&self) -> Result<Database, Refusal> {
        let id = self.bindings().iter().find_map(|binding| match binding {
            Binding::Database { name, id } if name == "DB" => Some(id),
            _ => None,
        });
        id.and_then(|id| self.world.d1(id)).map(Database::new).ok_or_else(|| Refusal::of(Reason::Later))
    }

    /// The text of a binding; empty where there is none.
    pub fn text(&self, wanted: &str) -> &str {
        let found = self.bindings().iter().find_map(|binding| match binding {
            Binding::Text { name, text } if name == wanted => Some(text.as_str()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// The SHA-256 of a secret; empty where there is none.
    pub fn secret_hash(&self, wanted: &str) -> &str {
        let found = self.bindings().iter().find_map(|binding| match binding {
            Binding::Secret { name, hash } if name == wanted => Some(hash.as_str()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// Counts one more request of `key`, and refuses it where a brake stops it.
    pub fn brake(&self, brake: &str, key: &str) -> Result<(), Refusal> {
        let found = self.bindings().iter().find_map(|binding| match binding {
            Binding::RateLimit { name, namespace, limit, period } if name == brake => {
                Some((namespace, *limit, *period))
            }
            _ => None,
        });
        let (namespace, limit, period) = found.ok_or_else(|| Refusal::of(Reason::Later))?;
        let now = self.world.clock.verification();
        let mut brakes = self.world.brakes.lock().unwrap_or_else(PoisonError::into_inner);
        let client = format!("{} {namespace} {key}", self.script.account);
        if brakes.admits(&client, limit, period, now) { Ok(()) } else { Err(Refusal::of(Reason::Slow)) }
    }

    /// The answer to a code that does not exist.
    pub fn unknown(&self) -> Refusal {
        self.brake("GUESSES", &self.address).err().unwrap_or_else(|| Refusal::of(Reason::Unknown))
    }

    /// Notes a trouble for the desk. A reply does not depend on it.
    pub fn note(&self, refusal: &Refusal) {
        let (Some(trouble), Ok(database)) = (refusal.trouble, self.database()) else { return };
        let noted = database.run(
            "INSERT INTO troubles (reason, at, times) VALUES (?1, ?2, 1)
             ON CONFLICT (reason) DO UPDATE SET at = excluded.at, times = times + 1 WHERE excluded.at >= at + ?3",
            params![trouble, self.now, NOTED_EVERY_MS],
        );
        if noted.is_err() {
            tracing::warn!(trouble, "the door could not note a trouble");
        }
    }
}

/// Whoever has one address of IPv6 has its whole network, which is the first half.
fn network(address: &str) -> String {
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(six) => six.segments().iter().take(4).map(|part| format!("{part:x}")).collect::<Vec<_>>().join(":"),
        Err(_) => address.to_owned(),
    }
}

/// Whether a text looks like a code or a seat: 128 bits or more in base64url.
pub fn is_secret(text: &str) -> bool {
    (22..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_address_and_codes_have_a_shape() {
        assert_eq!(network("2001:db8::7"), network("2001:db8:0:0:1::9"));
        assert_ne!(network("2001:db8::7"), network("2001:db8:0:1::7"));
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert!(is_secret(&"a-_9".repeat(6)));
        for odd in ["short", &"a".repeat(65), &format!("{}é", "a".repeat(30))] {
            assert!(!is_secret(odd), "{odd}");
        }
    }
}
