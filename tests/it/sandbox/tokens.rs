//! Signing keys and playback tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{TestSandbox, claims, decoded, signed};

#[tokio::test]
async fn only_a_valid_token_opens_a_video_that_requires_signed_urls() {
    let sandbox = TestSandbox::start().await;
    let video = sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    let other = sandbox.copy("http://127.0.0.1:1/a.mp4", json!({ "requireSignedURLs": true })).await;
    let (kid, pem) = sandbox.key().await;
    let (_, stranger) = sandbox.key().await;
    let now = sandbox.now().await;
    let status = async |token: &str| sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.status;

    assert_eq!(status(&video).await, 401);
    let good = signed(&claims(&video, &kid, now), Some(&kid), &pem);
    let manifest = sandbox.view(&format!("/{good}/manifest/video.m3u8")).await;
    assert!(manifest.status == 200 && manifest.text().starts_with("#EXTM3U"));
    assert_eq!(sandbox.view(&format!("/{video}/manifest/video.m3u8?token={good}")).await.status, 401);

    let with = |member: &str, value: Value| {
        let mut claims = claims(&video, &kid, now);
        claims[member] = value;
        claims
    };
    let without = |member: &str| {
        let mut claims = claims(&video, &kid, now);
        claims.as_object_mut().unwrap().remove(member);
        claims
    };
    for (what, token) in [
        ("wrong key", signed(&claims(&video, &kid, now), Some(&kid), &stranger)),
        ("expired", signed(&with("exp", json!(now - 1)), Some(&kid), &pem)),
        ("no expiry", signed(&without("exp"), Some(&kid), &pem)),
        ("not yet valid", signed(&with("nbf", json!(now + 600)), Some(&kid), &pem)),
        ("valid for too long", signed(&with("exp", json!(now + 86_400 + 120)), Some(&kid), &pem)),
        ("no kid in the header", signed(&claims(&video, &kid, now), None, &pem)),
        ("no kid in the payload", signed(&without("kid"), Some(&kid), &pem)),
        ("another kid in the payload", signed(&with("kid", json!("other")), Some(&kid), &pem)),
        ("unknown kid", signed(&claims(&video, "unknown", now), Some("unknown"), &pem)),
        ("no such video", signed(&with("sub", json!("f".repeat(32))), Some(&kid), &pem)),
        ("no subject", signed(&without("sub"), Some(&kid), &pem)),
        ("no signature", format!("{}.", good.rsplit_once('.').unwrap().0)),
        ("not a token", "a.b.c".to_owned()),
    ] {
        assert_eq!(status(&token).await, 401, "{what}");
    }
    // A token opens the video that it names and no other. This token names a video that does not exist.
    assert_eq!(status(&signed(&claims(&other, &kid, now), Some(&kid), &pem)).await, 404);

    let written_as_text = signed(&with("exp", json!((now + 60).to_string())), Some(&kid), &pem);
    assert_eq!(status(&written_as_text).await, 200);
    let a_day = signed(&with("exp", json!(now + 86_400)), Some(&kid), &pem);
    assert_eq!(status(&a_day).await, 200);
    sandbox.advance(86_401).await;
    assert_eq!(status(&a_day).await, 401);
}

#[tokio::test]
async fn a_public_video_plays_with_and_without_a_token() {
    let sandbox = TestSandbox::start().await;
    let video = sandbox.ready_video(json!({})).await;
    let (kid, pem) = sandbox.key().await;
    let token = signed(&claims(&video, &kid, sandbox.now().await), Some(&kid), &pem);
    for name in [&video, &token] {
        assert_eq!(sandbox.view(&format!("/{name}/manifest/video.m3u8")).await.status, 200);
    }
}

#[tokio::test]
async fn a_signing_key_is_returned_once_as_pem_and_jwk_and_its_deletion_revokes_its_tokens() {
    let sandbox = TestSandbox::start().await;
    let video = sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    let made = sandbox.stream(Method::POST, "/keys", None).await;
    let key = made.result();
    let kid = key["id"].as_str().unwrap();
    let pem = decoded(&key["pem"]);
    assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----"), "PKCS#1");
    let jwk: Value = serde_json::from_str(&decoded(&key["jwk"])).unwrap();
    assert_eq!((&jwk["kty"], &jwk["alg"], &jwk["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
    assert_eq!(jwk["kid"], kid);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        assert!(URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap()).is_ok(), "{member}");
    }
    // The public key in the JWK verifies a token that the PEM signed.
    let token = signed(&claims(&video, kid, sandbox.now().await), Some(kid), &pem);
    let public = DecodingKey::from_rsa_components(jwk["n"].as_str().unwrap(), jwk["e"].as_str().unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_aud = false;
    assert!(jsonwebtoken::decode::<Value>(&token, &public, &rules).is_ok());

    let listed = sandbox.stream(Method::GET, "/keys", None).await;
    assert_eq!(listed.result().as_array().unwrap().len(), 1);
    assert_eq!(listed.result()[0]["id"], kid);
    assert!(listed.result()[0].get("pem").is_none() && listed.result()[0].get("jwk").is_none());

    let status = async || sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.status;
    assert_eq!(status().await, 200);
    assert_eq!(sandbox.stream(Method::DELETE, &format!("/keys/{kid}"), None).await.result(), "Revoked");
    assert_eq!(status().await, 401);
    assert_eq!(sandbox.stream(Method::GET, "/keys", None).await.result(), &json!([]));
    sandbox.stream(Method::DELETE, &format!("/keys/{kid}"), None).await.assert_refused(404, 10_003);
}

#[tokio::test]
async fn the_first_matching_access_rule_decides() {
    let sandbox = TestSandbox::start().await;
    let video = sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    let (kid, pem) = sandbox.key().await;
    let now = sandbox.now().await;
    let status = async |rules: Value| {
        let mut claims = claims(&video, &kid, now);
        claims["accessRules"] = rules;
        sandbox.view(&format!("/{}/manifest/video.m3u8", signed(&claims, Some(&kid), &pem))).await.status
    };
    let any = |action: &str| json!({ "type": "any", "action": action });
    let country = |code: &str, action: &str| json!({ "type": "ip.geoip.country", "country": [code], "action": action });
    let network = |ip: &str, action: &str| json!({ "type": "ip.src", "ip": [ip], "action": action });
    assert_eq!(status(json!([any("block")])).await, 401);
    assert_eq!(status(json!([country("US", "allow"), any("block")])).await, 200);
    assert_eq!(status(json!([country("DE", "allow"), any("block")])).await, 401);
    assert_eq!(status(json!([any("block"), country("US", "allow")])).await, 401);
    assert_eq!(status(json!([network("127.0.0.0/8", "block")])).await, 401);
    assert_eq!(status(json!([network("10.0.0.0/8", "block")])).await, 200);
    assert_eq!(status(json!([country("DE", "allow")])).await, 200);
    sandbox.set_switches(json!({ "viewer_country": "DE" })).await;
    assert_eq!(status(json!([country("DE", "allow"), any("block")])).await, 200);
    let six: Vec<Value> = (0..6).map(|_| any("allow")).collect();
    assert_eq!(status(json!(six)).await, 401);
    let body = json!({ "accessRules": six });
    sandbox.stream(Method::POST, &format!("/{video}/token"), Some(body)).await.assert_refused(400, 10_005);
}

#[tokio::test]
async fn the_token_endpoint_signs_with_streams_own_key_or_the_callers() {
    let sandbox = TestSandbox::start().await;
    let video = sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    let path = format!("/{video}/token");
    let own = sandbox.stream(Method::POST, &path, None).await;
    let token = own.result()["token"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.status, 200);
    assert_eq!(sandbox.stream(Method::GET, "/keys", None).await.result(), &json!([]), "Stream's own key is not listed");

    let key = sandbox.stream(Method::POST, "/keys", None).await;
    let (id, pem) = (&key.result()["id"], &key.result()["pem"]);
    let theirs = sandbox
        .stream(Method::POST, &path, Some(json!({ "id": id, "pem": pem, "exp": sandbox.now().await + 60 })))
        .await;
    let token = theirs.result()["token"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.view(&format!("/{token}/manifest/video.m3u8")).await.status, 200);
    sandbox.stream(Method::POST, &path, Some(json!({ "id": id }))).await.assert_refused(400, 10_005);
    sandbox.stream(Method::POST, &path, Some(json!({ "id": id, "pem": "bm8=" }))).await.assert_refused(400, 10_005);
    sandbox.stream(Method::POST, "/ffffffffffffffffffffffffffffffff/token", None).await.assert_refused(404, 10_003);
}
