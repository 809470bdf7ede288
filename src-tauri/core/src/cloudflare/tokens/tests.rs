//! The making, finding and trying of API tokens.

use secrecy::ExposeSecret as _;

use super::*;
use crate::cloudflare::test_server::{ACCOUNT, Answer, Server, gives, nothing, refuses, says};

const NAME: &str = "Hajime door";
const VALUE: &str = "cfat_0123456789abcdef0123456789abcdef01234567";

fn realtime() -> PermissionGroup {
    PermissionGroup { id: "b711942448db4b0aace44d1312f9fdb0".into(), name: "Calls Write".into() }
}

#[tokio::test]
async fn a_token_is_made_for_our_account_alone_and_told_once() {
    let made = gives(&json!({ "id": "token-1", "name": NAME, "status": "active", "value": VALUE }));
    for (owner, path) in [(TokenOwner::Account, "/accounts/{A}/tokens"), (TokenOwner::User, "/user/tokens")] {
        let server = Server::start([made.clone()]).await;
        let token = server.client().create_token(owner, NAME, &[realtime()]).await.unwrap();
        assert_eq!((token.id.as_str(), token.value.expose_secret()), ("token-1", VALUE));
        assert!(!format!("{token:?}").contains(VALUE), "{token:?}");
        assert_eq!(server.lines(), [format!("POST {path}")]);
        let policy = json!({
            "effect": "allow",
            "resources": { (format!("com.cloudflare.api.account.{ACCOUNT}")): "*" },
            "permission_groups": [{ "id": realtime().id }],
        });
        assert_eq!(server.asked()[0].json(), json!({ "name": NAME, "policies": [policy] }));
    }
}

#[tokio::test]
async fn a_token_whose_value_was_lost_may_exist_and_is_not_made_again() {
    let lost = [
        nothing(),
        says(502, "<html>"),
        gives(&json!({ "id": "token-1" })),
        gives(&json!({ "value": VALUE })),
        gives(&Value::Null),
    ];
    for answer in lost {
        let server = Server::start([answer]).await;
        let error = server.client().create_token(TokenOwner::Account, NAME, &[realtime()]).await.unwrap_err();
        assert!(error.outcome_unknown(), "{error:?}");
        assert!(!format!("{error:?}").contains(VALUE), "{error:?}");
        assert_eq!(server.count(), 1, "{error:?}");
    }
    let server = Server::start([refuses(403, 10_000, "Authentication error")]).await;
    let refused = server.client().create_token(TokenOwner::Account, NAME, &[realtime()]).await.unwrap_err();
    assert!(refused.next_step().contains("Account API Tokens"), "{}", refused.next_step());
}

#[tokio::test]
async fn tokens_are_found_by_their_whole_name_on_every_page() {
    let token = |id: &str, name: &str| json!({ "id": id, "name": name });
    let first = gives(&json!([token("1", NAME), token("2", "Hajime door 2"), { "id": "a/b", "name": NAME }, 3]));
    let second = gives(&json!([token("4", NAME)]));
    let server = Server::start([first, second, gives(&json!([]))]).await;
    let found = server.client().tokens_named(TokenOwner::User, NAME).await.unwrap();
    assert_eq!(found.iter().map(ApiTokenId::as_str).collect::<Vec<_>>(), ["1", "4"]);
    assert_eq!(server.lines(), [1, 2, 3].map(|page| format!("GET /user/tokens?page={page}&per_page=50")));
}

#[tokio::test]
async fn a_token_is_deleted_or_was_gone() {
    let id: ApiTokenId = "token-1".parse().unwrap();
    let deleted = |answer: Answer| {
        let id = id.clone();
        async move {
            let server = Server::start([answer]).await;
            let deleted = server.client().delete_token(TokenOwner::Account, &id).await;
            assert_eq!(server.lines()[0], "DELETE /accounts/{A}/tokens/token-1");
            deleted
        }
    };
    assert!(deleted(gives(&json!({ "id": "token-1" }))).await.unwrap());
    assert!(!deleted(refuses(404, 1_003, "Token not found")).await.unwrap());
    assert!(deleted(says(404, "<html>")).await.is_err());
}

#[tokio::test]
async fn only_permission_groups_that_can_be_handed_out_are_told() {
    let listed = json!([
        { "id": "1", "name": "Calls Write", "scopes": ["com.cloudflare.api.account"] },
        { "id": "2", "name": "Calls Read", "is_selectable": false },
        { "id": "3", "name": "Stream Write", "is_selectable": true },
        { "name": "Without an id" },
        null,
    ]);
    let server = Server::start([gives(&listed)]).await;
    let groups = server.client().permission_groups(TokenOwner::Account).await.unwrap();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Calls Write", "Stream Write"]);
    assert_eq!(server.lines(), ["GET /accounts/{A}/tokens/permission_groups"]);
}

#[tokio::test]
async fn a_token_is_tried_in_place_of_ours() {
    let tried = |answer: Answer| async move {
        let server = Server::start([answer]).await;
        let client = server.client();
        let works = client.realtime_token_works(&SecretString::from(VALUE)).await;
        assert_eq!(server.asked()[0].authorization, Some(format!("Bearer {VALUE}")));
        assert!(client.answers().realtime.is_none(), "another token says nothing of RealtimeKit");
        works
    };
    assert_eq!(tried(says(200, r#"{"success":true,"data":[]}"#)).await, Ok(true));
    for (status, code, message) in [
        (401, 1_000, "Invalid API Token"),
        (403, 10_000, "Authentication error"),
        (403, 9_109, "Unauthorized to access requested resource"),
        (401, 1_000, "API Token has expired"),
    ] {
        assert_eq!(tried(refuses(status, code, message)).await, Ok(false), "{message}");
    }
    let place = tried(refuses(403, 9_109, "Cannot use the access token from location: 203.0.113.7")).await.unwrap_err();
    assert_eq!(place, Error::Credentials(CredentialProblem::Location("203.0.113.7".parse().ok())));
    for answer in [nothing(), says(502, "<html>"), says(200, "<html>sign in</html>"), says(429, ""), says(401, "{}")] {
        assert!(tried(answer).await.is_err());
    }
    let echo = tried(refuses(400, 10_005, &format!("bad token {VALUE} here"))).await.unwrap_err();
    assert!(format!("{echo:?}").contains("bad token") && !format!("{echo:?}").contains(VALUE), "{echo:?}");
}
