//! Faults: failures of the network or of single replies, which rules switch on.
//!
//! A rule selects requests by method and path and can be limited to a number of requests. If its probability is below
//! one, the seed alone decides which requests the rule hits, so that a run can be repeated.

use axum::{
    body::Body,
    http::{HeaderValue, Method, StatusCode, header},
    response::Response,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::{
    clock::{Moment, seconds},
    reply::Refusal,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fault {
    /// The reply is an error in the v4 envelope.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The reply is 404 in the envelope of the product, as if the object were not visible yet.
    NotFound,
    /// The reply is an HTML error page, as Cloudflare's edge sends it.
    Html {
        /// The HTTP status; `None` for 502.
        status: Option<u16>,
    },
    /// The reply is an error without a body.
    Empty {
        /// The HTTP status; `None` for 500.
        status: Option<u16>,
    },
    /// The reply ends after its first half, without an error of the connection.
    Truncated,
    /// The connection breaks in the second half of the reply.
    CutBody,
    /// The request is delayed before it is carried out.
    Stall {
        /// The delay in real seconds.
        seconds: f64,
    },
    /// The request is carried out at once, and the reply is delayed.
    SlowHeaders {
        /// The delay in real seconds.
        seconds: f64,
    },
    /// The status of the reply arrives at once, its body in ten delayed pieces.
    SlowBody {
        /// How long the whole body takes, in real seconds.
        seconds: f64,
    },
    /// The connection breaks, and the request is not carried out.
    Reset,
    /// The request is carried out, but the connection breaks before the reply.
    DropReply,
    /// The reply is 429.
    RateLimited {
        /// The value of `retry-after` in seconds; `None` for no header.
        retry_after: Option<u64>,
    },
}

/// A fault and the requests it applies to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The HTTP method; `None` for any.
    pub method: Option<String>,
    /// The path, where `*` matches any characters; `None` for any path.
    pub path: Option<String>,
    /// How many requests the rule hits before it is removed; `None` for no limit.
    pub count: Option<u64>,
    /// How many matching requests pass before the first hit.
    #[serde(default)]
    pub skip: u64,
    /// How long the rule exists, in seconds of the verification clock; `None` for no limit.
    pub for_seconds: Option<f64>,
    /// The probability, from 0 to 1, that the rule hits a matching request; `None` for 1.
    pub probability: Option<f64>,
    /// The seed of the random numbers compared with `probability`.
    #[serde(default)]
    pub seed: u64,
    pub fault: Fault,
}

impl FaultRule {
    /// A rule that hits every request.
    pub fn new(fault: Fault) -> Self {
        Self { method: None, path: None, count: None, skip: 0, for_seconds: None, probability: None, seed: 0, fault }
    }

    /// The same rule for matching paths only.
    pub fn for_path(self, pattern: &str) -> Self {
        Self { path: Some(pattern.to_owned()), ..self }
    }

    /// The same rule for a limited time, in seconds.
    pub fn for_duration(self, seconds: f64) -> Self {
        Self { for_seconds: Some(seconds), ..self }
    }
}

/// The active rules, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<ActiveRule>,
}

#[derive(Debug)]
struct ActiveRule {
    rule: FaultRule,
    chance: StdRng,
    until: Option<Moment>,
}

impl Faults {
    /// Adds a rule.
    pub fn add(&mut self, rule: FaultRule, now: Moment) {
        let chance = StdRng::seed_from_u64(rule.seed);
        let until = rule.for_seconds.map(|length| now + seconds(length));
        self.rules.push(ActiveRule { rule, chance, until });
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The active rules.
    pub fn list(&mut self, now: Moment) -> Vec<&FaultRule> {
        self.expire(now);
        self.rules.iter().map(|set| &set.rule).collect()
    }

    /// Returns the fault of the first rule that hits a request, and counts the hit.
    pub fn pick(&mut self, method: &Method, path: &str, now: Moment) -> Option<Fault> {
        self.expire(now);
        let at = self.rules.iter_mut().position(|ActiveRule { rule, chance, .. }| {
            let meant = rule.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
                && rule.path.as_ref().is_none_or(|pattern| matches(pattern, path));
            if !meant {
                return false;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                return false;
            }
            rule.probability.is_none_or(|probability| chance.random::<f64>() < probability)
        })?;
        let rule = &mut self.rules[at].rule;
        let fault = rule.fault.clone();
        if let Some(count) = &mut rule.count {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.rules.remove(at);
            }
        }
        Some(fault)
    }

    fn expire(&mut self, now: Moment) {
        self.rules.retain(|set| set.until.is_none_or(|until| now < until));
    }
}

/// A reply with a status and an HTML page or no body, as Cloudflare's edge or a failing server sends it.
pub fn bare_response(status: Option<u16>, default: StatusCode, html: bool) -> Response {
    let status = status.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(default);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if html {
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n<body><center><h1>{status}</h1></center>\
             <hr><center>cloudflare</center></body></html>\n"
        );
        *response.body_mut() = Body::from(page);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
    }
    response
}

/// Status 404 in the envelope of the product that `path` belongs to.
pub fn not_found(path: &str) -> Refusal {
    if path.contains("/realtime/kit/") {
        Refusal::kit(StatusCode::NOT_FOUND, "Not found")
    } else {
        Refusal::v4(StatusCode::NOT_FOUND, 10_003, "Not Found")
    }
}

/// An error in the v4 envelope, with the usual text of its status. An invalid status becomes 500.
pub fn v4_error(status: u16) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal::v4(status, 10_000, status.canonical_reason().unwrap_or("Error"))
}

/// Whether `text` matches `pattern`. `*` matches any characters, also none.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(between) = last.replace(part) {
            let between: &str = between;
            match rest.find(between) {
                Some(at) => rest = &rest[at + between.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_a_pattern_matches_any_characters() {
        for (pattern, text) in
            [("/a/*", "/a/b/c"), ("*/copy", "/x/copy"), ("*", ""), ("/a*b*c", "/axxbyyc"), ("/a", "/a")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("/a", "/ab"), ("/a*b", "/a"), ("*/copy", "/copy/x"), ("/ab*ba", "/aba")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_rule_is_removed_after_its_count_and_a_seed_always_hits_the_same_requests() {
        let now = Moment::default();
        let rule = |count, probability| FaultRule {
            method: Some("get".into()),
            count,
            skip: 1,
            probability,
            seed: 7,
            ..FaultRule::new(Fault::Reset)
        };
        let mut faults = Faults::default();
        faults.add(rule(Some(2), None), now);
        let hits: Vec<_> = (0..4).map(|_| faults.pick(&Method::GET, "/", now).is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        let run = || {
            let mut faults = Faults::default();
            faults.add(rule(None, Some(0.5)), now);
            (0..64).map(|_| faults.pick(&Method::GET, "/", now).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(run().contains(&true) && run().contains(&false));
    }

    #[test]
    fn a_rule_for_120_seconds_hits_matching_requests_and_is_removed_afterwards() {
        let at = |later: f64| Moment::default() + seconds(later);
        let mut faults = Faults::default();
        faults.add(FaultRule::new(Fault::Reset).for_path("/a*").for_duration(120.0), at(0.0));
        assert_eq!(faults.pick(&Method::GET, "/b", at(1.0)), None);
        assert_eq!(faults.pick(&Method::GET, "/a", at(119.0)), Some(Fault::Reset));
        assert_eq!(faults.pick(&Method::GET, "/a", at(120.0)), None);
        assert!(faults.list(at(120.0)).is_empty());
    }
}
