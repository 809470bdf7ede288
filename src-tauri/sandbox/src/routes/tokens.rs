//! The routes that verify an API token, and those that make tokens. Neither of the first returns the token's permissions.

pub mod made;

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    clock::micros,
    reply::{Answer, Refusal, Reply},
    state::access::{ApiToken, TokenOwner},
    world::World,
};

/// `GET /user/tokens/verify`: a token that belongs to an account is refused as invalid.
pub fn verify_user(world: &Arc<World>, token: &ApiToken) -> Answer {
    match token.owner {
        TokenOwner::User => Ok(verified(world, token)),
        TokenOwner::Account => Err(unknown()),
    }
}

/// `GET /accounts/{account}/tokens/verify`: a token that belongs to a user is refused as invalid.
pub fn verify_account(world: &Arc<World>, token: &ApiToken) -> Answer {
    match token.owner {
        TokenOwner::Account => Ok(verified(world, token)),
        TokenOwner::User => Err(unknown()),
    }
}

fn unknown() -> Refusal {
    Refusal::v4(StatusCode::UNAUTHORIZED, 1_000, "Invalid API Token")
}

fn verified(world: &Arc<World>, token: &ApiToken) -> Reply {
    let expired = token.is_expired(world.clock.verification());
    let mut result = json!({ "id": token.token_id, "status": if expired { "expired" } else { "active" } });
    let mut messages = Vec::new();
    if let Some(expires) = token.expires {
        result["expires_on"] = micros(expires).into();
    }
    if expired {
        let at = token.expires.map(micros).unwrap_or_default();
        messages.push(message(10_001, "This API Token is expired"));
        messages.push(message(10_003, &format!("This API Token expired on {at}")));
    } else {
        messages.push(message(10_000, "This API Token is valid and active"));
    }
    Reply::Envelope { status: StatusCode::OK, result, messages }
}

fn message(code: u32, text: &str) -> Value {
    json!({ "code": code, "message": text, "type": null })
}
