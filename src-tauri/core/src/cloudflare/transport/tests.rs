//! Tests the client against a server on this computer: what it sends, how often, and how it reads the replies.

use tokio::net::TcpListener;

use crate::cloudflare::test_server::{ACCOUNT, Server, TOKEN, client, nothing, says, with};
use crate::cloudflare::transport::*;
use crate::cloudflare::{DeliveryStatus, NewMeeting};
use crate::domain::ids::AppId;
use crate::ports::SystemClock;

const VIDEO: &str = "ea95132c15732412d22c1476fa83f27a";
const NOT_FOUND: &str = r#"{"success":false,"errors":[{"code":10003,"message":"Not Found"}]}"#;

fn app() -> AppId {
    "app-1".parse().unwrap()
}

fn meeting() -> NewMeeting {
    NewMeeting { title: "Karate".into(), max_seconds: None, record: None, transcribe: false }
}

#[tokio::test]
async fn the_token_goes_in_the_header_and_nowhere_else() {
    let server = Server::start([says(200, r#"{"success":true,"result":[]}"#)]).await;
    server.client().signing_keys().await.unwrap();
    let line = format!("GET /client/v4/accounts/{ACCOUNT}/stream/keys");
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((&asked[0].line, &asked[0].authorization), (&line, &Some(format!("Bearer {TOKEN}"))));
    assert_eq!(asked[0].body, "");
}

#[tokio::test]
async fn a_read_is_sent_at_most_three_times() {
    let down = says(503, "<html>");
    let back = says(200, r#"{"success":true,"result":[]}"#);
    let server = Server::start([down.clone(), down.clone(), back]).await;
    assert_eq!(server.client().signing_keys().await.unwrap(), []);
    assert_eq!(server.count(), 3);

    let server = Server::start([down]).await;
    assert_eq!(server.client().signing_keys().await.unwrap_err(), Error::Server { status: 503 });
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_call_that_creates_something_is_sent_once_whatever_the_reply() {
    for answer in [says(503, ""), says(200, r#"{"success":true,"da"#), nothing()] {
        let server = Server::start([answer]).await;
        let error = server.client().create_meeting(&app(), &meeting()).await.unwrap_err();
        assert!(error.outcome_unknown(), "{error:?}");
        assert_eq!(server.count(), 1, "{error:?}");
    }
}

#[tokio::test]
async fn a_refused_read_is_not_repeated() {
    let refusal = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#;
    let server = Server::start([says(403, refusal)]).await;
    let error = server.client().signing_keys().await.unwrap_err();
    assert_eq!(error.code(), "permission");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn no_clone_sends_anything_while_the_account_is_blocked() {
    let refusal = with(with(says(429, ""), "retry-after", "60"), "ratelimit", "\"default\";r=0;t=9");
    let server = Server::start([refusal]).await;
    let client = server.client();
    assert!(matches!(client.signing_keys().await, Err(Error::RateLimited { .. })));
    let clone = client.clone();
    let blocked = clone.create_meeting(&app(), &meeting()).await.unwrap_err();
    assert!(
        matches!(blocked, Error::RateLimited(blocked) if blocked.asked && blocked.retry_after > Duration::from_secs(55))
    );
    assert!(clone.budget().blocked_for.is_some());
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn nothing_is_sent_after_the_last_request_of_a_window() {
    let spent = with(says(200, r#"{"success":true,"result":[]}"#), "ratelimit", "\"default\";r=0;t=30");
    let server = Server::start([spent]).await;
    let client = server.client();
    client.signing_keys().await.unwrap();
    let error = client.signing_keys().await.unwrap_err();
    assert!(matches!(error, Error::RateLimited(blocked) if blocked.retry_after <= Duration::from_secs(30)));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([says(200, r#"{"success":true,"result":[]}"#)]).await;
    let server = Server::start([with(says(302, ""), "location", &elsewhere.url)]).await;
    assert!(server.client().create_meeting(&app(), &meeting()).await.is_err());
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_server_that_is_silent_and_a_host_that_refuses_connections_give_different_errors() {
    let silent = Server::start([nothing()]).await;
    let error = silent.client().create_meeting(&app(), &meeting()).await.unwrap_err();
    assert!(matches!(error, Error::Lost { .. }) && error.outcome_unknown(), "{error:?}");

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client(&format!("http://{closed}")).create_meeting(&app(), &meeting()).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { host, .. } if *host == closed.to_string()), "{error:?}");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_body_larger_than_the_limit_is_not_read() {
    let server = Server::start([says(200, &" ".repeat(BODY_MAX + 1))]).await;
    let patient = ClientConfig { timeout: Duration::from_secs(20), ..(*server.client().config).clone() };
    let error = Client::new(patient).unwrap().create_meeting(&app(), &meeting()).await.unwrap_err();
    assert_eq!(error, Error::Unreadable { status: 200, why: "the answer is too large".into() });
}

#[tokio::test]
async fn an_error_never_repeats_the_token() {
    let echo = format!(r#"{{"success":false,"errors":[{{"code":10005,"message":"bad token {TOKEN} here"}}]}}"#);
    let server = Server::start([says(400, &echo)]).await;
    let error = server.client().signing_keys().await.unwrap_err();
    let shown = format!("{error} {error:?} {} {}", error.user_message(), error.next_step());
    assert!(shown.contains("bad token") && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn only_cloudflares_own_not_found_means_that_a_video_is_missing() {
    let id = VIDEO.parse().unwrap();
    let server = Server::start([says(404, NOT_FOUND)]).await;
    assert_eq!(server.client().video(&id).await.unwrap(), None);

    let no_route = r#"{"success":false,"errors":[{"code":7003,"message":"Could not route to /x, perhaps your object identifier is invalid?"}]}"#;
    for stranger in ["", "{}", "<html>Not found</html>", no_route] {
        let server = Server::start([says(404, stranger)]).await;
        let seen = server.client().video(&id).await;
        assert!(seen.is_err(), "{stranger:?} was taken for a deleted video");
    }
}

#[tokio::test]
async fn lists_are_read_to_their_last_page() {
    let app_json = |n: u32| format!(r#"{{"id":"app-{n}","name":"{n}"}}"#);
    let page = |from: u32, to: u32, total: u32| {
        let items: Vec<String> = (from..=to).map(app_json).collect();
        let paging = format!(r#"{{"total_count":{total},"start_offset":{from},"end_offset":{to}}}"#);
        says(200, &format!(r#"{{"success":true,"data":[{}],"paging":{paging}}}"#, items.join(",")))
    };
    let server = Server::start([page(1, 2, 5), page(3, 4, 5), page(5, 5, 5)]).await;
    assert_eq!(server.client().apps().await.unwrap().len(), 5);
    assert_eq!(server.count(), 3);
    assert!(server.asked()[2].line.contains("page_no=3&per_page="), "{:?}", server.asked());
}

#[tokio::test]
async fn without_paging_a_short_page_is_not_the_last_one() {
    let page = |ids: &[u32]| {
        let items: Vec<String> = ids.iter().map(|n| format!(r#"{{"id":"app-{n}","name":"{n}"}}"#)).collect();
        says(200, &format!(r#"{{"success":true,"data":[{}]}}"#, items.join(",")))
    };
    let server = Server::start([page(&[1, 2]), page(&[3]), page(&[])]).await;
    assert_eq!(server.client().apps().await.unwrap().len(), 3);

    // This server ignores page numbers and sends the same page again.
    let server = Server::start([page(&[1, 2])]).await;
    assert_eq!(server.client().apps().await.unwrap().len(), 2);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn one_unreadable_address_does_not_hide_the_list_of_videos() {
    let body = format!(
        r#"{{"success":true,"result":[{{"uid":"{VIDEO}","status":{{"state":"queued"}},"playback":{{"hls":"","dash":""}}}}]}}"#
    );
    let server = Server::start([says(200, &body)]).await;
    let videos = server.client().videos(&crate::cloudflare::VideosQuery::default()).await.unwrap();
    assert_eq!((videos.len(), &videos[0].playback_hls), (1, &None));
}

#[tokio::test]
async fn a_player_is_asked_without_the_api_token() {
    for (status, expected) in [
        (200, DeliveryStatus::Playable),
        (401, DeliveryStatus::Refused(401)),
        (404, DeliveryStatus::NotReady(404)),
        (424, DeliveryStatus::Failed),
        (503, DeliveryStatus::NotReady(503)),
    ] {
        let server = Server::start([says(status, "#EXTM3U")]).await;
        let url = format!("{}/SIGNED/manifest/video.m3u8", server.url).parse().unwrap();
        assert_eq!(server.client().check_delivery(&url).await.unwrap(), expected);
        assert_eq!(server.asked()[0].authorization, None);
    }
}

#[tokio::test]
async fn the_error_about_an_unreachable_player_names_its_host_and_no_token() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{closed}/SIGNED/manifest/video.m3u8").parse().unwrap();
    let error = client("http://127.0.0.1:1").check_delivery(&url).await.unwrap_err();
    assert!(error.user_message().contains(&closed.to_string()), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("SIGNED"));
}

#[tokio::test]
async fn a_token_that_is_no_users_is_verified_as_the_accounts() {
    let unknown = r#"{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}],"result":null}"#;
    let active = r#"{"success":true,"result":{"id":"x","status":"active"}}"#;
    let server = Server::start([says(401, unknown), says(200, active)]).await;
    let status = server.client().verify_token().await.unwrap();
    assert_eq!(status.owner, crate::cloudflare::TokenOwner::Account);
    let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        ["GET /client/v4/user/tokens/verify", &format!("GET /client/v4/accounts/{ACCOUNT}/tokens/verify")]
    );
}

#[tokio::test]
async fn the_clock_skew_is_read_from_the_date_header() {
    let ahead = (SystemClock.now() + TimeDelta::minutes(10)).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let server = Server::start([with(says(200, r#"{"success":true,"result":[]}"#), "date", &ahead)]).await;
    let client = server.client();
    assert_eq!(client.clock_skew(), None);
    client.signing_keys().await.unwrap();
    let skew = client.clock_skew().unwrap();
    assert!((skew - TimeDelta::minutes(10)).abs() < TimeDelta::seconds(5), "{skew}");
}

#[test]
fn only_the_host_of_the_api_itself_may_resolve_to_a_private_address() {
    let client = client("https://gateway.example");
    for host in ["gateway.example", "files.example"] {
        client.trusted(&format!("https://{host}/class.mp4"), Purpose::RecordedFile).unwrap();
    }
    assert!(!client.resolver.guards("gateway.example"));
    assert!(client.resolver.guards("files.example"));
}
