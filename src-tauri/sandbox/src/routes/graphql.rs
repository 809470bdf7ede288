//! GraphQL analytics: the minutes for which videos were watched.
//!
//! The route reads the parts of a query that this dataset has: the filter from the variables, the dimensions, the order and
//! the limit from the text. Anything else is an unknown field.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::StatusCode;
use chrono::{NaiveDate, SecondsFormat, TimeDelta};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    reply::{Reply, json_response},
    state::{
        Model,
        access::{ApiToken, Permission},
        play::Play,
    },
    world::World,
};

const DATASET: &str = "streamMinutesViewedAdaptiveGroups";
/// The longest window of a query, and how long minutes are kept, in days.
const WINDOW_DAYS: i64 = 31;
const KEPT_DAYS: i64 = 90;
/// The most rows of one reply.
const ROWS_MAX: usize = 10_000;

/// A query with its variables.
#[derive(Deserialize)]
struct Query {
    query: String,
    #[serde(default)]
    variables: Map<String, Value>,
}

/// Why a query is not answered: the status, and the message.
struct Refused(StatusCode, String);

fn bad(message: impl Into<String>) -> Refused {
    Refused(StatusCode::BAD_REQUEST, message.into())
}

/// `POST /graphql`. `exhausted` tells whether the owner of the token sent too many queries.
pub fn answer(world: &Arc<World>, token: &ApiToken, exhausted: bool, body: &[u8]) -> Reply {
    let read = world.with(|model| {
        if exhausted {
            let message = "rate limiter budget depleted, try again after 5 minutes";
            return Err(Refused(StatusCode::TOO_MANY_REQUESTS, message.into()));
        }
        if let Some(message) = &model.switches.graphql_error {
            return Err(Refused(StatusCode::OK, message.clone()));
        }
        let asked: Query = serde_json::from_slice(body).map_err(|_| bad("query is not valid JSON"))?;
        rows(model, token, &asked)
    });
    let (status, body) = match read {
        Ok(rows) => {
            let account = json!({ DATASET: rows });
            (StatusCode::OK, json!({ "data": { "viewer": { "accounts": [account] } }, "errors": null }))
        }
        Err(Refused(status, message)) => {
            let at = world.clock.verification().to_rfc3339_opts(SecondsFormat::Millis, true);
            let error = json!({ "message": message, "path": null, "extensions": { "timestamp": at } });
            (status, json!({ "data": null, "errors": [error] }))
        }
    };
    Reply::Raw(json_response(status, &body))
}

fn rows(model: &Model, token: &ApiToken, asked: &Query) -> Result<Vec<Value>, Refused> {
    let text = |name: &str| asked.variables.get(name).and_then(Value::as_str);
    let dataset = asked.query.split(['{', '(', ' ', '\n']).find(|word| word.ends_with("Groups"));
    if dataset != Some(DATASET) {
        return Err(bad(format!("unknown field \"{}\"", dataset.unwrap_or_default())));
    }
    let account = text("accountTag").ok_or_else(|| bad("accountTag is required"))?;
    if account != token.account || !token.allows(Permission::AccountAnalyticsRead) {
        return Err(Refused(StatusCode::FORBIDDEN, "not authorized for that account".into()));
    }
    let day = |name: &str| text(name).and_then(|day| day.parse::<NaiveDate>().ok());
    let (Some(start), Some(end)) = (day("start"), day("end")) else { return Err(bad("the dates cannot be parsed")) };
    if end - start > TimeDelta::days(WINDOW_DAYS) {
        return Err(bad("query time range is too large, the maximum is 2678400s"));
    }
    if model.now.date_naive() - start > TimeDelta::days(KEPT_DAYS) {
        return Err(bad("cannot request data older than 7776000s"));
    }
    let limit: Option<usize> = asked.query.split_once("limit:").and_then(|(_, rest)| {
        let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let Some(limit) = limit.filter(|limit| (1..=ROWS_MAX).contains(limit)) else {
        return Err(bad(format!("limit must be positive number and not greater than {ROWS_MAX}")));
    };
    let dimensions = dimensions(&asked.query)?;
    let after = if asked.query.contains("uid_geq:") { text("after").unwrap_or_default() } else { "" };
    let shown_until = model.now - crate::clock::seconds(model.switches.graphql_lag_seconds);
    let fits = |play: &&Play| {
        play.account == account
            && (start..end).contains(&play.day)
            && play.video.as_str() >= after
            && play.last <= shown_until
    };
    let mut groups: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    for play in model.plays.iter().filter(fits) {
        let key = dimensions.iter().map(|name| match *name {
            "uid" => play.video.clone(),
            "date" => play.day.to_string(),
            "creator" => play.creator.clone().unwrap_or_default(),
            _ => model.switches.viewer_country.clone(),
        });
        *groups.entry(key.collect()).or_default() += play.minutes;
    }
    let mut groups: Vec<(Vec<String>, f64)> = groups.into_iter().collect();
    if asked.query.contains("sum_minutesViewed_DESC") {
        groups.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    } else if let Some(uid) = dimensions.iter().position(|name| *name == "uid") {
        groups.sort_by(|(one, _), (other, _)| one.get(uid).cmp(&other.get(uid)));
    }
    let shown = groups.into_iter().take(limit).map(|(key, minutes)| {
        let names = dimensions.iter().map(|name| (*name).to_owned());
        let key: Map<String, Value> = names.zip(key.into_iter().map(Value::from)).collect();
        json!({ "dimensions": key, "sum": { "minutesViewed": minutes } })
    });
    Ok(shown.collect())
}

/// The dimensions that a query asks for.
fn dimensions(query: &str) -> Result<Vec<&'static str>, Refused> {
    const KNOWN: [&str; 4] = ["uid", "date", "creator", "clientCountryName"];
    let asked = query.split_once("dimensions").and_then(|(_, rest)| rest.split_once('{')?.1.split_once('}'));
    let asked = asked.map_or("", |(names, _)| names);
    let known = |name: &str| KNOWN.into_iter().find(|known| *known == name);
    asked.split_whitespace().map(|name| known(name).ok_or_else(|| bad(format!("unknown field \"{name}\"")))).collect()
}
