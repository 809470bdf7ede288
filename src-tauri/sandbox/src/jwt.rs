//! The two kinds of JSON Web Token. Playback tokens are signed with Stream's signing keys, and this module verifies
//! them with RSA. Participant tokens are made and read by the sandbox only.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};

use crate::{
    clock::Moment,
    ids,
    state::{Model, access::SigningKey},
};

/// The permissions that a valid playback token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaybackGrant {
    /// The uid of the video.
    pub video: String,
    /// Whether the bearer may also download the MP4.
    pub downloadable: bool,
}

/// Why a playback token was refused. The reason is logged; the reply does not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaybackDenied {
    /// The text is not a JSON Web Token with the algorithm RS256, or has no `sub`.
    #[error("it is not a JSON Web Token signed with RS256")]
    Malformed,
    /// `kid` is missing in the header or the payload, or the two differ.
    #[error("kid is missing or differs between header and payload")]
    KeyId,
    /// No signing key has this `kid`, the key was deleted, or the video belongs to another account.
    #[error("there is no such signing key")]
    UnknownKey,
    /// `sub` is the uid of no video, not even of a deleted one.
    #[error("sub is not the uid of a video")]
    Subject,
    /// The signature does not verify with the key.
    #[error("the signature is wrong")]
    Signature,
    /// `exp` is missing or in the past.
    #[error("exp is missing or in the past")]
    Expired,
    /// `exp` is further ahead than the switch `longest_token_seconds` allows.
    #[error("exp is too far ahead")]
    TooLong,
    /// `nbf` is in the future.
    #[error("nbf is in the future")]
    TooEarly,
    /// The access rules block this viewer, or there are too many of them.
    #[error("its access rules block this viewer")]
    Rules,
}

/// Seconds by which `exp` may exceed the longest lifetime, because the clock of the token's maker may be ahead of this
/// one.
const LEEWAY_SECONDS: i64 = 30;
const MAX_ACCESS_RULES: usize = 5;

/// Verifies a playback token and that its video and its key belong to the same account.
pub fn verify_playback(model: &Model, token: &str, viewer: IpAddr) -> Result<PlaybackGrant, PlaybackDenied> {
    let now = model.verification.timestamp();
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(PlaybackDenied::Malformed);
    };
    let (header, payload) = (object(header)?, object(payload)?);
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(PlaybackDenied::Malformed);
    }
    let kid = header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()).ok_or(PlaybackDenied::KeyId)?;
    if payload.get("kid").and_then(Value::as_str) != Some(kid) {
        return Err(PlaybackDenied::KeyId);
    }
    let key = model.keys.get(kid).ok_or(PlaybackDenied::UnknownKey)?;
    let cached = TimeDelta::seconds(model.switches.deleted_key_seconds.max(0));
    if key.deleted.is_some_and(|deleted| model.verification - deleted >= cached) {
        return Err(PlaybackDenied::UnknownKey);
    }
    verify_signature(token, key)?;
    let video = payload.get("sub").and_then(Value::as_str).ok_or(PlaybackDenied::Malformed)?;
    match model.videos.get(video) {
        Some(video) if video.account == key.account => {}
        Some(_) => return Err(PlaybackDenied::UnknownKey),
        None if model.deleted_videos.get(video).is_some() => {}
        None => return Err(PlaybackDenied::Subject),
    }
    let expires = payload.get("exp").and_then(seconds).ok_or(PlaybackDenied::Expired)?;
    if expires <= now {
        return Err(PlaybackDenied::Expired);
    }
    let longest = model.switches.longest_token_seconds;
    if longest > 0 && expires.saturating_sub(now) > longest + LEEWAY_SECONDS {
        return Err(PlaybackDenied::TooLong);
    }
    if payload.get("nbf").and_then(seconds).is_some_and(|not_before| not_before > now) {
        return Err(PlaybackDenied::TooEarly);
    }
    if let Some(rules) = payload.get("accessRules").and_then(Value::as_array)
        && (rules.len() > MAX_ACCESS_RULES || !rules_admit(rules, viewer, &model.switches.viewer_country))
    {
        return Err(PlaybackDenied::Rules);
    }
    let downloadable = payload.get("downloadable").and_then(Value::as_bool).unwrap_or(false);
    Ok(PlaybackGrant { video: video.to_owned(), downloadable })
}

/// Signs a playback token with a private key in PEM form; `None` when the PEM is no RSA key.
pub fn sign_playback(payload: &Map<String, Value>, kid: &str, pem: &[u8]) -> Option<String> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, payload, &EncodingKey::from_rsa_pem(pem).ok()?).ok()
}

/// Makes a token with which a participant joins. Every call makes a different token, and earlier tokens stay valid.
pub fn participant_token(secret: &[u8], app: &str, meeting: &str, participant: &str, now: Moment) -> String {
    let issued = now.timestamp();
    let payload = json!({
        "orgId": app,
        "meetingId": meeting,
        "participantId": participant,
        "jti": ids::hex32(),
        "iat": issued,
        "exp": issued + PARTICIPANT_TOKEN_LIFETIME_SECONDS,
    });
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let tag = URL_SAFE_NO_PAD.encode(ids::hmac_sha256(secret, signed.as_bytes()));
    format!("{signed}.{tag}")
}

/// The lifetime of a participant token: one hundred days, as observed in real tokens.
const PARTICIPANT_TOKEN_LIFETIME_SECONDS: i64 = 100 * 86_400;

/// Returns the ids of the meeting and the participant in a participant token; `None` when the signature is wrong or the
/// token has expired.
pub fn read_participant_token(secret: &[u8], token: &str, now: Moment) -> Option<(String, String)> {
    let (signed, tag) = token.rsplit_once('.')?;
    let expected = URL_SAFE_NO_PAD.encode(ids::hmac_sha256(secret, signed.as_bytes()));
    if !ids::same_bytes(expected.as_bytes(), tag.as_bytes()) {
        return None;
    }
    let payload = object(signed.split_once('.')?.1).ok()?;
    let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
    if payload.get("exp").and_then(seconds)? <= now.timestamp() {
        return None;
    }
    Some((text("meetingId")?, text("participantId")?))
}

fn object(part: &str) -> Result<Map<String, Value>, PlaybackDenied> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| PlaybackDenied::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| PlaybackDenied::Malformed)
}

fn verify_signature(token: &str, key: &SigningKey) -> Result<(), PlaybackDenied> {
    let mut rules = Validation::new(Algorithm::RS256);
    // `verify_playback` checks the times against the verification clock. This library would use the computer's clock.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let signed = |n: &str, e: &str| {
        let public = DecodingKey::from_rsa_components(n, e).map_err(|_| PlaybackDenied::UnknownKey)?;
        jsonwebtoken::decode::<Value>(token, &public, &rules).map(|_| ()).map_err(|_| PlaybackDenied::Signature)
    };
    signed(&key.n, &key.e).or_else(|denied| key.stand_in.as_ref().map_or(Err(denied), |(n, e)| signed(n, e)))
}

/// Reads seconds since 1970 from a number or, because Cloudflare's own tokens hold such texts, from a text.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Whether access rules admit a viewer. The first matching rule decides. If no rule matches, the viewer is admitted.
fn rules_admit(rules: &[Value], viewer: IpAddr, country: &str) -> bool {
    let fits = |rule: &&Value| match rule.get("type").and_then(Value::as_str) {
        Some("any") => true,
        Some("ip.geoip.country") => texts(rule, "country").any(|listed| listed.eq_ignore_ascii_case(country)),
        Some("ip.src") => texts(rule, "ip").any(|listed| in_network(viewer, listed)),
        _ => false,
    };
    rules.iter().find(fits).is_none_or(|rule| rule.get("action").and_then(Value::as_str) != Some("block"))
}

fn texts<'a>(rule: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    rule.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn in_network(address: IpAddr, network: &str) -> bool {
    let (base, length) = network.split_once('/').map_or((network, None), |(base, length)| (base, Some(length)));
    let Ok(base) = base.parse::<IpAddr>() else { return false };
    let (address, base, width) = match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => (u128::from(u32::from(address)), u128::from(u32::from(base)), 32),
        (IpAddr::V6(address), IpAddr::V6(base)) => (u128::from(address), u128::from(base), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let length = match length {
        None => width,
        Some(length) => match length.parse::<u32>() {
            Ok(length) if length <= width => length,
            _ => return false,
        },
    };
    let differing = (address ^ base).checked_shr(width - length).unwrap_or(0);
    differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_network_is_true_inside_the_network_and_false_outside_or_for_an_invalid_network() {
        let address: IpAddr = "127.0.0.1".parse().unwrap();
        for inside in ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "127.0.0.1/32"] {
            assert!(in_network(address, inside), "{inside}");
        }
        for outsider in ["127.0.0.2", "10.0.0.0/8", "::1", "127.0.0.0/33", "nonsense", "127.0.0.1/x"] {
            assert!(!in_network(address, outsider), "{outsider}");
        }
    }

    #[test]
    fn the_first_matching_access_rule_decides() {
        let viewer: IpAddr = "127.0.0.1".parse().unwrap();
        let rules = json!([
            { "type": "ip.geoip.country", "country": ["US"], "action": "allow" },
            { "type": "any", "action": "block" },
        ]);
        let rules = rules.as_array().unwrap();
        assert!(rules_admit(rules, viewer, "US"));
        assert!(!rules_admit(rules, viewer, "DE"));
        assert!(rules_admit(&[], viewer, "DE"));
    }

    #[test]
    fn a_participant_token_is_readable_until_it_expires_and_only_with_its_secret() {
        let now = Moment::from_timestamp(1_000, 0).unwrap();
        let token = participant_token(b"secret", "app", "meeting", "participant", now);
        let read = read_participant_token(b"secret", &token, now).unwrap();
        assert_eq!(read, ("meeting".to_owned(), "participant".to_owned()));
        assert_eq!(read_participant_token(b"other", &token, now), None);
        let later = Moment::from_timestamp(1_000 + PARTICIPANT_TOKEN_LIFETIME_SECONDS, 0).unwrap();
        assert_eq!(read_participant_token(b"secret", &token, later), None);
    }
}
