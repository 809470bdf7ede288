//! What a link allows: downloading, from when, and for whom. The token carries it, and the ledger keeps it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::invalid::Invalid;
use crate::domain::sharing::country;

/// The most rules of a token (Stream docs, “Secure your Stream”).
pub const RULES_MAX: usize = 5;
/// The most countries or address ranges in one rule.
const ENTRIES_MAX: usize = 50;

/// The rights of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Whether the link allows downloading the file.
    pub download: bool,
    /// The moment from which the link works; `None` for at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// The rules about viewers. The first one that matches decides; a viewer whom none matches may watch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<AccessRule>,
}

/// Whether a rule lets viewers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// It lets them watch.
    Allow,
    /// It keeps them from watching.
    Block,
}

/// A rule about viewers, as Stream’s tokens spell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum AccessRule {
    /// Every viewer.
    #[serde(rename = "any")]
    Any {
        /// What happens.
        action: RuleAction,
    },
    /// Viewers in these countries, as two capital letters (ISO 3166-1).
    #[serde(rename = "ip.geoip.country")]
    Country {
        /// The countries.
        country: Vec<String>,
        /// What happens.
        action: RuleAction,
    },
    /// Viewers with these addresses, or in these ranges.
    #[serde(rename = "ip.src")]
    Address {
        /// Addresses and ranges.
        ip: Vec<String>,
        /// What happens.
        action: RuleAction,
    },
}

impl Rights {
    /// The right to watch, or to watch and download.
    #[must_use]
    pub const fn to_watch(download: bool) -> Self {
        Self { download, not_before: None, rules: Vec::new() }
    }

    /// Rules that let nobody watch but viewers from these countries and addresses. Without any, everybody may watch.
    pub fn only_from(mut self, countries: &[String], addresses: &[String]) -> Result<Self, Invalid> {
        let country = countries.iter().map(|country| read_country(country)).collect::<Result<Vec<_>, _>>()?;
        let ip = addresses.iter().map(|address| read_range(address)).collect::<Result<Vec<_>, _>>()?;
        if country.len().max(ip.len()) > ENTRIES_MAX {
            let message = format!("A rule can name at most {ENTRIES_MAX} countries or addresses.");
            return Err(Invalid::one("rules", message, "Name ranges of addresses, or fewer countries."));
        }
        if !country.is_empty() {
            self.rules.push(AccessRule::Country { country, action: RuleAction::Allow });
        }
        if !ip.is_empty() {
            self.rules.push(AccessRule::Address { ip, action: RuleAction::Allow });
        }
        if !self.rules.is_empty() {
            self.rules.push(AccessRule::Any { action: RuleAction::Block });
        }
        Ok(self)
    }

    /// A rule that keeps viewers from these countries from watching.
    pub fn not_from(mut self, countries: &[String]) -> Result<Self, Invalid> {
        let country = countries.iter().map(|country| read_country(country)).collect::<Result<Vec<_>, _>>()?;
        if country.len() > ENTRIES_MAX {
            let message = format!("A rule can name at most {ENTRIES_MAX} countries.");
            return Err(Invalid::one("rules", message, "Name the countries that may watch instead."));
        }
        if !country.is_empty() {
            self.rules.push(AccessRule::Country { country, action: RuleAction::Block });
        }
        Ok(self)
    }

    /// Whether the link refuses somebody who has it before it ends.
    #[must_use]
    pub const fn are_narrowed(&self) -> bool {
        self.not_before.is_some() || !self.rules.is_empty()
    }

    /// Whom the rules let watch, as it follows “anyone who has the link”; empty for everybody.
    #[must_use]
    pub fn viewers(&self) -> String {
        let mut only = Vec::new();
        let mut words = Vec::new();
        for rule in &self.rules {
            match rule {
                AccessRule::Country { country, action: RuleAction::Allow } => {
                    only.push(format!("is in {}", any(country)));
                }
                AccessRule::Address { ip, action: RuleAction::Allow } => only.push(format!("comes from {}", any(ip))),
                AccessRule::Country { country, action: RuleAction::Block } => {
                    words.push(format!("is not in {}", any(country)));
                }
                AccessRule::Address { ip, action: RuleAction::Block } => {
                    words.push(format!("does not come from {}", any(ip)));
                }
                AccessRule::Any { .. } => {}
            }
        }
        if !only.is_empty() {
            words.push(only.join(" or "));
        }
        if words.is_empty() { String::new() } else { format!("and {}", words.join(" and ")) }
    }

    /// Refuses rules that name addresses of one kind alone, IPv4 or IPv6, unless that is meant.
    pub fn check_kinds_of_address(&self, one_is_meant: bool) -> Result<(), Invalid> {
        if one_is_meant || !self.knows_one_kind_of_address() {
            return Ok(());
        }
        Err(Invalid::one(
            "one_kind_is_meant",
            "The addresses are of one kind alone, IPv4 or IPv6. Whoever comes over the other kind can never watch, also \
             from the same place.",
            "Add the other addresses of the same place, or confirm that this is meant.",
        ))
    }

    /// Checks that the link begins to work before it ends.
    pub fn check(&self, expires_at: DateTime<Utc>) -> Result<(), Invalid> {
        if self.not_before.is_some_and(|begins| begins >= expires_at) {
            let message = "The link would end before it begins to work.";
            return Err(Invalid::one("not_before", message, "Choose an earlier beginning or a later end."));
        }
        Ok(())
    }

    /// Whether the rules name addresses of one kind alone, IPv4 or IPv6. Viewers of the other kind can never watch.
    #[must_use]
    fn knows_one_kind_of_address(&self) -> bool {
        let ranges = self.rules.iter().filter_map(|rule| match rule {
            AccessRule::Address { ip, .. } => Some(ip),
            AccessRule::Any { .. } | AccessRule::Country { .. } => None,
        });
        let mut has = [false; 2];
        for range in ranges.flatten() {
            has[usize::from(range.contains(':'))] = true;
        }
        has[0] != has[1]
    }
}

/// Names with “or” before the last one.
fn any(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn read_country(text: &str) -> Result<String, Invalid> {
    country::read(text).map_err(|(message, next)| Invalid::one("country", message, next))
}

/// Reads an address or a range of addresses.
fn read_range(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let valid = address.parse::<IpAddr>().ok().filter(|address| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        bits.is_none_or(|bits| bits.len() <= 3 && bits.parse::<u8>().is_ok_and(|bits| bits <= longest))
    });
    match valid {
        Some(address) => Ok(bits.map_or_else(|| address.to_string(), |bits| format!("{address}/{bits}"))),
        None => {
            let message = format!("“{}” is no address and no range.", text.chars().take(50).collect::<String>());
            Err(Invalid::one("address", message, "Write an address or a range, for example 203.0.113.0/24."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_written_as_streams_tokens_spell_them() {
        let rights = Rights::to_watch(true).only_from(&["jp".into()], &["203.0.113.0/24".into()]).unwrap();
        let written = serde_json::to_value(&rights).unwrap();
        let rules = serde_json::json!([
            { "type": "ip.geoip.country", "country": ["JP"], "action": "allow" },
            { "type": "ip.src", "ip": ["203.0.113.0/24"], "action": "allow" },
            { "type": "any", "action": "block" },
        ]);
        assert_eq!(written, serde_json::json!({ "download": true, "rules": rules }));
        assert_eq!(serde_json::from_value::<Rights>(written).unwrap(), rights);
        assert!(rights.knows_one_kind_of_address());
        assert!(
            !Rights::to_watch(false)
                .only_from(&[], &["203.0.113.9".into(), "2001:db8::/32".into()])
                .unwrap()
                .knows_one_kind_of_address()
        );
    }

    #[test]
    fn the_words_name_whom_the_rules_let_watch() {
        let here = || Rights::to_watch(false);
        assert_eq!(here().viewers(), "");
        let countries = ["CH".to_owned(), "DE".to_owned(), "AT".to_owned()];
        assert_eq!(here().only_from(&countries, &[]).unwrap().viewers(), "and is in CH, DE or AT");
        assert_eq!(here().not_from(&countries[..2]).unwrap().viewers(), "and is not in CH or DE");
        let both = here().only_from(&countries[1..2], &["203.0.113.7".to_owned()]).unwrap();
        assert_eq!(both.viewers(), "and is in DE or comes from 203.0.113.7");
        assert!(both.check_kinds_of_address(false).is_err());
        assert!(both.check_kinds_of_address(true).is_ok());
    }

    #[test]
    fn countries_and_addresses_that_are_none_are_refused_by_name() {
        for (countries, addresses, words) in [
            (vec!["Japan".to_owned()], vec![], "“Japan” is no country."),
            (vec![], vec!["203.0.113.0/33".to_owned()], "“203.0.113.0/33” is no address"),
            (vec![], vec!["home".to_owned()], "“home” is no address"),
        ] {
            let refused = Rights::default().only_from(&countries, &addresses).unwrap_err();
            assert!(refused.to_string().contains(words), "{refused}");
        }
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let late = Rights { not_before: Some(at("2026-12-01T12:00:00Z")), ..Rights::default() };
        assert!(late.check(at("2026-12-01T12:00:00Z")).is_err());
        assert!(late.check(at("2026-12-01T12:00:01Z")).is_ok());
    }
}
