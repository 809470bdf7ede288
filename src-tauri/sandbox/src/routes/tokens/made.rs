//! API tokens that are made by API. A token's value is told once.

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    call::Call,
    clock::micros,
    control,
    reply::{Answer, Refusal, Reply},
    routes::input::ErrorFormat,
    state::access::{ApiToken, Permission, TokenOwner},
};

/// The permission groups by their ids, their names, and what they allow.
const GROUPS: [(&str, &str, Permission); 8] = [
    ("b711942448db4b0aace44d1312f9fdb0", "Realtime Admin", Permission::Realtime),
    ("de21485a24744b76a004aa153898f7fe", "Stream Read", Permission::StreamRead),
    ("714f9c13a5684c2885a793f5edb36f59", "Stream Write", Permission::StreamWrite),
    ("e086da7e2179491d91ee5f35b3ca210a", "Workers Scripts Write", Permission::WorkersWrite),
    ("09b2857d1c31407795e75e3fed8617a1", "D1 Write", Permission::D1Write),
    ("5df633d6b41c42bcaf5b4a62b9d14b64", "Email Sending Write", Permission::EmailSendingWrite),
    ("b89a480218d04ceb98b4fe57ca29dc1f", "Account Analytics Read", Permission::AccountAnalyticsRead),
    ("5bc3f8b21c554832afc660159ab75fa4", "Account API Tokens Write", Permission::ApiTokensWrite),
];

#[derive(Deserialize)]
struct Wanted {
    name: String,
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
struct Policy {
    effect: String,
    resources: Map<String, Value>,
    permission_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
}

/// `/tokens…` of an account, or of a user whose token asks.
pub fn handle(call: &Call, owner: TokenOwner, asking: &ApiToken, rest: &[&str]) -> Option<Answer> {
    Some(match (&call.method, rest) {
        (&Method::GET, ["permission_groups"]) => Ok(groups(call)),
        (&Method::GET, []) => Ok(list(call, owner)),
        (&Method::POST, []) => create(call, owner, asking),
        (&Method::DELETE, [id]) => delete(call, owner, id),
        _ => return None,
    })
}

fn groups(call: &Call) -> Reply {
    let named = call.query.iter().find(|(name, _)| name == "name").map(|(_, value)| value.as_str());
    let shown = |(id, name, _): &(&str, &str, Permission)| json!({ "id": id, "name": name, "scopes": ["com.cloudflare.api.account"] });
    let wanted = |group: &&(&str, &str, Permission)| named.is_none_or(|named| group.1.contains(named));
    Reply::Result(GROUPS.iter().filter(wanted).map(shown).collect())
}

fn list(call: &Call, owner: TokenOwner) -> Reply {
    let own = |token: &&ApiToken| token.account == call.account && token.owner == owner && token.name.is_some();
    let mut all: Vec<Value> = call.world.with(|model| model.tokens.iter().filter(own).map(shown).collect());
    all.sort_by_key(|token| token["issued_on"].to_string());
    let number = |wanted: &str, default: usize| {
        let found = call.query.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.parse().ok());
        found.filter(|number: &usize| *number > 0).unwrap_or(default)
    };
    let (page, per_page, total) = (number("page", 1), number("per_page", 20), all.len());
    let items: Vec<Value> = all.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).collect();
    let info = json!({ "count": items.len(), "page": page, "per_page": per_page, "total_count": total });
    Reply::list(&items, [("result_info".to_owned(), info)].into_iter().collect())
}

fn shown(token: &ApiToken) -> Value {
    json!({
        "id": token.token_id,
        "name": token.name,
        "status": "active",
        "issued_on": token.issued.map(micros),
        "policies": [],
    })
}

/// Makes a token. It can do no more than the one that asks for it.
fn create(call: &Call, owner: TokenOwner, asking: &ApiToken) -> Answer {
    let wanted: Wanted =
        serde_json::from_slice(&call.body).map_err(|_| ErrorFormat::V4.invalid("name and policies are required"))?;
    let account = format!("com.cloudflare.api.account.{}", call.account);
    let mut permissions = std::collections::BTreeSet::new();
    for policy in &wanted.policies {
        if policy.effect != "allow" || policy.resources.keys().any(|resource| *resource != account) {
            return Err(ErrorFormat::V4.invalid("policies must allow something of this account"));
        }
        for Group { id } in &policy.permission_groups {
            let group = GROUPS.iter().find(|(known, ..)| known == id);
            let (.., permission) =
                group.ok_or_else(|| ErrorFormat::V4.invalid("permission_groups holds an unknown id"))?;
            if !asking.allows(*permission) {
                return Err(Refusal::v4(StatusCode::FORBIDDEN, 10_000, "Authentication error"));
            }
            permissions.insert(*permission);
        }
    }
    if permissions.is_empty() {
        return Err(ErrorFormat::V4.invalid("policies is required"));
    }
    let (value, mut token) = control::new_api_token(owner, call.account.clone(), permissions, None);
    token.name = Some(wanted.name);
    call.world.with(|model| {
        token.issued = Some(model.stamp());
        let mut told = shown(&token);
        told["value"] = value.into();
        model.tokens.put(token);
        Ok(Reply::Result(told))
    })
}

fn delete(call: &Call, owner: TokenOwner, id: &str) -> Answer {
    call.world.with(|model| {
        let own = |token: &&ApiToken| token.account == call.account && token.owner == owner && token.token_id == id;
        let hash = model.tokens.iter().find(own).map(|token| token.hash.clone());
        let removed = hash.and_then(|hash| model.tokens.remove(&hash));
        let token = removed.ok_or_else(|| Refusal::v4(StatusCode::NOT_FOUND, 1_003, "Invalid token ID"))?;
        Ok(Reply::Result(json!({ "id": token.token_id })))
    })
}
