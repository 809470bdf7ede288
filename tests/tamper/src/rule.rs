//! Rules: the requests to which a way of tampering applies, and how often.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::tamper::Tamper;
use crate::wire::Request;

/// A rule that tampers with the replies to some requests.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The method, or `*` for any.
    pub method: String,
    /// The path without its query; `*` stands for any run of characters.
    pub path: String,
    /// A text that the query must contain; empty for any query.
    pub query: String,
    /// Matching requests that pass unchanged before the rule applies.
    pub skip: u64,
    /// How often the rule may be applied; `None` for no limit.
    pub times: Option<u64>,
    /// Probability, from 0 to 1, that the rule applies to a request.
    pub chance: f64,
    /// Seed of the random numbers, so that a run can be repeated.
    pub seed: u64,
    /// The change of the reply.
    pub tamper: Tamper,
}

impl Rule {
    /// Creates a rule for every request of a method and a path, written as `GET */stream`.
    #[must_use]
    pub fn new(call: &str, tamper: Tamper) -> Self {
        let (method, path) = call.split_once(' ').unwrap_or(("*", call));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            skip: 0,
            times: None,
            chance: 1.0,
            seed: 0,
            tamper,
        }
    }

    /// Limits the rule to `times` applications.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Applies the rule to each request with this probability, from 0 to 1.
    #[must_use]
    pub fn now_and_then(mut self, chance: f64, seed: u64) -> Self {
        (self.chance, self.seed) = (chance, seed);
        self
    }

    fn is_for(&self, request: &Request) -> bool {
        (self.method == "*" || self.method == request.method)
            && fits(&self.path, request.path())
            && request.query().contains(&self.query)
    }
}

/// The rules of a proxy, with the number of times that each was applied.
#[derive(Debug, Default)]
pub struct Rules(Vec<Set>);

#[derive(Debug)]
struct Set {
    rule: Rule,
    seen: u64,
    used: u64,
    chance: StdRng,
}

impl Rules {
    /// Adds a rule. Earlier rules take precedence.
    pub fn add(&mut self, rule: Rule) {
        let chance = StdRng::seed_from_u64(rule.seed);
        self.0.push(Set { rule, seen: 0, used: 0, chance });
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns how often all rules together were applied.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.0.iter().map(|set| set.used).sum()
    }

    /// Returns the change for the reply to this request, by the first rule that applies; `None` when no rule applies.
    pub fn choose(&mut self, request: &Request) -> Option<Tamper> {
        self.0.iter_mut().filter(|set| set.rule.is_for(request)).find_map(|set| {
            set.seen += 1;
            let due = set.seen > set.rule.skip && set.rule.times.is_none_or(|times| set.used < times);
            let hit = due && (set.rule.chance >= 1.0 || set.chance.random_bool(set.rule.chance));
            hit.then(|| {
                set.used += 1;
                set.rule.tamper.clone()
            })
        })
    }
}

/// Returns whether a text matches a pattern in which `*` stands for any run of characters.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, rest)) => text.strip_prefix(before).is_some_and(|text| {
            rest.is_empty() || text.char_indices().any(|(at, _)| fits(rest, &text[at..])) || fits(rest, "")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        assert!(fits("*/stream", "/client/v4/accounts/a/stream"));
        assert!(!fits("*/stream", "/client/v4/accounts/a/stream/1"));
        assert!(fits("*/recordings/*", "/x/recordings/1"));
        assert!(!fits("*/recordings/*", "/x/recordings"));
        assert!(fits("*", ""));
    }
}
