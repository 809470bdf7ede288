use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, post};
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

async fn serve(router: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address.parse().unwrap()
}

async fn post_to(address: &Url, limit: Duration) -> Result<Reply, NoReply> {
    let secrets = ["whsec_of_a_test"];
    let post = Post { address: address.clone(), headers: Vec::new(), body: b"{}".to_vec(), secrets: &secrets };
    Sender::within(limit).unwrap().post(post, now()).await
}

async fn answered(make: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Reply {
    let address = serve(Router::new().route("/hook", post(move || async move { make() }))).await;
    post_to(&address, TIME_LIMIT).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_shown_without_secrets_and_addresses() {
    let reply = answered(|| (StatusCode::BAD_REQUEST, "no whsec_of_a_test at https://x.example/s").into_response());
    assert_eq!(reply.await.words(), "Answered 400. It said: no … at …");
}

#[tokio::test]
async fn an_endless_answer_is_read_to_its_limit() {
    let reply = answered(|| {
        Body::from_stream(futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("no end "))).into_response()
    });
    let reply = reply.await;
    assert_eq!((reply.status, reply.body.len()), (200, ANSWER_MAX_BYTES));
}

#[tokio::test]
async fn an_answer_that_stops_in_the_middle_is_taken_by_its_status() {
    let endless = || {
        Body::from_stream(
            futures_util::stream::iter([Ok::<_, std::io::Error>("half")]).chain(futures_util::stream::pending()),
        )
    };
    let address = serve(Router::new().route("/hook", post(move || async move { endless() }))).await;
    let reply = post_to(&address, Duration::from_millis(300)).await.unwrap();
    assert_eq!((reply.status, reply.body.as_str()), (200, "half"));
}

#[tokio::test]
async fn a_receiver_that_never_answers_may_have_got_it() {
    let address = serve(Router::new().route("/hook", post(std::future::pending::<StatusCode>))).await;
    let lost = post_to(&address, Duration::from_millis(100)).await.unwrap_err();
    assert_eq!(lost, NoReply::Lost("127.0.0.1 did not answer in time.".into()));
}

#[tokio::test]
async fn a_receiver_that_is_away_got_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/s3cret", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let lost = post_to(&address, TIME_LIMIT).await.unwrap_err();
    assert_eq!(lost, NoReply::NotSent("127.0.0.1 cannot be reached.".into()));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let followed = Arc::new(Notify::new());
    let notify = Arc::clone(&followed);
    let router = Router::new()
        .route("/hook", post(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]) }))
        .route("/elsewhere", any(move || async move { notify.notify_one() }));
    let reply = post_to(&serve(router).await, TIME_LIMIT).await.unwrap();
    assert_eq!(reply.words(), "Answered 307: a redirect, which Hajime does not follow.");
    assert!(futures_util::FutureExt::now_or_never(followed.notified()).is_none());
}

#[tokio::test]
async fn the_time_that_a_receiver_asks_for_is_read_as_seconds_or_as_a_date() {
    for (text, seconds) in [
        ("120", Some(120)),
        ("Sun, 29 Nov 2026 12:01:00 GMT", Some(60)),
        ("Sun, 29 Nov 2026 11:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", text.parse().unwrap());
        let reply = answered(move || (StatusCode::TOO_MANY_REQUESTS, headers.clone()).into_response()).await;
        assert_eq!(reply.retry_after.map(|wait| wait.num_seconds()), seconds, "{text}");
    }
}
