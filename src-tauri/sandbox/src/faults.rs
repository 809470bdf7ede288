//! Faults that can be switched on: what a network or a provider does on a bad day.
//!
//! A fault is chosen by method and path and lasts for a number of requests. With a probability below one, which requests
//! it hits follows from its seed alone, so that a run can be repeated.

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

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Fault {
    /// An error in the v4 envelope.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// What is asked for is not there, in the words of the interface that is asked: it may only not be told of yet.
    NotFound,
    /// An error page in HTML, as the edge sends it.
    Html {
        /// The HTTP status; 502 when not given.
        status: Option<u16>,
    },
    /// An error without a body.
    Empty {
        /// The HTTP status; 500 when not given.
        status: Option<u16>,
    },
    /// The right reply, of which only the first half arrives as if it were all.
    Truncated,
    /// The right reply, during whose second half the connection breaks.
    CutBody,
    /// The request is carried out late.
    Stall {
        /// How much later, in real seconds.
        seconds: f64,
    },
    /// The request is carried out at once, and the reply comes late.
    SlowHeaders {
        /// How much later, in real seconds.
        seconds: f64,
    },
    /// The reply's status comes at once and its body little by little.
    SlowBody {
        /// How long the body takes, in real seconds.
        seconds: f64,
    },
    /// The connection breaks before anything is done.
    Reset,
    /// The request is carried out, and then the connection breaks.
    DropReply,
    /// Too many requests.
    RateLimited {
        /// For `retry-after`; without it the header is missing.
        retry_after: Option<u64>,
    },
}

/// A fault, and the requests it is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// The method; any when not given.
    pub method: Option<String>,
    /// The path, in which `*` stands for any run of characters; any when not given.
    pub path: Option<String>,
    /// How many requests it hits before it is used up; all of them when not given.
    pub count: Option<u64>,
    /// How many matching requests it lets pass first.
    #[serde(default)]
    pub skip: u64,
    /// How long it is set, in seconds of the clock that tokens and limits follow; until taken away when not given.
    pub for_seconds: Option<f64>,
    /// How likely it is to hit a request it is for; always when not given.
    pub probability: Option<f64>,
    /// What decides which requests those are.
    #[serde(default)]
    pub seed: u64,
    /// What goes wrong.
    pub fault: Fault,
}

impl Trap {
    /// A trap for every request.
    pub fn of(fault: Fault) -> Self {
        Self { method: None, path: None, count: None, skip: 0, for_seconds: None, probability: None, seed: 0, fault }
    }

    /// The same trap for paths like `pattern` only.
    pub fn on(self, pattern: &str) -> Self {
        Self { path: Some(pattern.to_owned()), ..self }
    }

    /// The same trap for some time only.
    pub fn lasting(self, seconds: f64) -> Self {
        Self { for_seconds: Some(seconds), ..self }
    }
}

/// The traps that are set, in the order in which they were.
#[derive(Debug, Default)]
pub struct Faults {
    traps: Vec<Set>,
}

#[derive(Debug)]
struct Set {
    trap: Trap,
    chance: StdRng,
    until: Option<Moment>,
}

impl Faults {
    /// Sets a trap.
    pub fn set(&mut self, trap: Trap, now: Moment) {
        let chance = StdRng::seed_from_u64(trap.seed);
        let until = trap.for_seconds.map(|length| now + seconds(length));
        self.traps.push(Set { trap, chance, until });
    }

    /// Takes all traps away.
    pub fn clear(&mut self) {
        self.traps.clear();
    }

    /// The traps still set.
    pub fn list(&mut self, now: Moment) -> Vec<&Trap> {
        self.expire(now);
        self.traps.iter().map(|set| &set.trap).collect()
    }

    /// The fault for a request: that of the first trap that hits it.
    pub fn pick(&mut self, method: &Method, path: &str, now: Moment) -> Option<Fault> {
        self.expire(now);
        let at = self.traps.iter_mut().position(|Set { trap, chance, .. }| {
            let meant = trap.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
                && trap.path.as_ref().is_none_or(|pattern| matches(pattern, path));
            if !meant {
                return false;
            }
            if trap.skip > 0 {
                trap.skip -= 1;
                return false;
            }
            trap.probability.is_none_or(|probability| chance.random::<f64>() < probability)
        })?;
        let trap = &mut self.traps[at].trap;
        let fault = trap.fault.clone();
        if let Some(count) = &mut trap.count {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.traps.remove(at);
            }
        }
        Some(fault)
    }

    fn expire(&mut self, now: Moment) {
        self.traps.retain(|set| set.until.is_none_or(|until| now < until));
    }
}

/// A reply out of nothing but its status, as edges and origins in trouble send it.
pub fn bare(status: Option<u16>, default: StatusCode, html: bool) -> Response {
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

/// What an interface says of a thing it does not know.
pub fn not_found(path: &str) -> Refusal {
    if path.contains("/realtime/kit/") {
        Refusal::kit(StatusCode::NOT_FOUND, "Not found")
    } else {
        Refusal::v4(StatusCode::NOT_FOUND, 10_003, "Not Found")
    }
}

/// An error in the v4 envelope that only says something went wrong.
pub fn trouble(status: u16) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal::v4(status, 10_000, status.canonical_reason().unwrap_or("Error"))
}

/// Whether `text` is what `pattern` describes. `*` stands for any run of characters, also an empty one.
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
    fn stars_stand_for_anything() {
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
    fn a_trap_is_used_up_and_the_same_seed_hits_the_same_requests() {
        let now = Moment::default();
        let trap = |count, probability| Trap {
            method: Some("get".into()),
            count,
            skip: 1,
            probability,
            seed: 7,
            ..Trap::of(Fault::Reset)
        };
        let mut faults = Faults::default();
        faults.set(trap(Some(2), None), now);
        let hits: Vec<_> = (0..4).map(|_| faults.pick(&Method::GET, "/", now).is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        let run = || {
            let mut faults = Faults::default();
            faults.set(trap(None, Some(0.5)), now);
            (0..64).map(|_| faults.pick(&Method::GET, "/", now).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(run().contains(&true) && run().contains(&false));
    }

    #[test]
    fn a_trap_for_some_time_is_gone_after_it() {
        let at = |later: f64| Moment::default() + seconds(later);
        let mut faults = Faults::default();
        faults.set(Trap::of(Fault::Reset).on("/a*").lasting(120.0), at(0.0));
        assert_eq!(faults.pick(&Method::GET, "/b", at(1.0)), None);
        assert_eq!(faults.pick(&Method::GET, "/a", at(119.0)), Some(Fault::Reset));
        assert_eq!(faults.pick(&Method::GET, "/a", at(120.0)), None);
        assert!(faults.list(at(120.0)).is_empty());
    }
}
