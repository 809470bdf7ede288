//! Letters to a mail server of the test's own: what it is told, and what its answers come to.

mod server;

use std::time::Duration;

use tokio::net::TcpListener;

use super::*;
use crate::delivery::email::smtp::tests::server::{Act, Step, TestServer};
use crate::domain::delivery::letter::Mailbox;
use crate::domain::ids::EventId;

const PASSWORD: &str = "correct horse battery";
const USER: &str = "dojo-account";

fn now() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

fn letter() -> Letter {
    Letter {
        from: Mailbox { name: "Dojo".into(), address: "dojo@example.org".parse().unwrap() },
        to: "ann@example.net".parse().unwrap(),
        subject: "Karate is ready".into(),
        text: "It can be watched.\n.\n..\nEnd\n".into(),
        html: "<p>It can be watched.</p>".into(),
        unsubscribe: None,
        event_ids: vec![EventId::new()],
    }
}

fn account(server: &TestServer, security: SmtpSecurity) -> SmtpServer {
    SmtpServer {
        host: "localhost".into(),
        port: server.port,
        security,
        user: USER.into(),
        password: Some(SecretString::from(PASSWORD)),
    }
}

async fn post(server: &TestServer, security: SmtpSecurity) -> Attempt {
    post_from(server, &account(server, security)).await
}

async fn post_from(server: &TestServer, account: &SmtpServer) -> Attempt {
    send_trusting(account, &letter(), now(), Some(server.trust()), Limits::default()).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Accepted,
    Refused,
    Later,
    Unknown,
}

fn kind(attempt: &Attempt) -> Kind {
    match attempt {
        Attempt::Accepted { .. } => Kind::Accepted,
        Attempt::Refused { .. } => Kind::Refused,
        Attempt::Later { .. } => Kind::Later,
        Attempt::Unknown { .. } => Kind::Unknown,
        Attempt::Gone { .. } => panic!("no mail server says so"),
    }
}

#[tokio::test]
async fn a_letter_goes_over_a_connection_that_is_encrypted_from_the_start() {
    let server = TestServer::encrypted().start().await;
    let attempt = post(&server, SmtpSecurity::Tls).await;
    assert_eq!(attempt, Attempt::Accepted { said: "localhost took it. It said: 2.0.0 Ok 4711".into() });
    let heard = server.heard().await;
    let blob = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    assert_eq!(
        heard.commands,
        [
            "EHLO [127.0.0.1]",
            &format!("AUTH PLAIN {blob}"),
            "MAIL FROM:<dojo@example.org>",
            "RCPT TO:<ann@example.net>",
            "DATA",
            "QUIT"
        ]
    );
    assert_eq!(heard.encrypted_from, Some(0));
    let [letter] = heard.letters.as_slice() else { panic!("{:?}", heard.letters) };
    assert!(letter.contains("Subject: Karate is ready\r\n"), "{letter}");
    assert!(letter.contains("\r\n\r\nIt can be watched.\r\n.\r\n..\r\nEnd\r\n"), "the dots came through: {letter}");
}

#[tokio::test]
async fn a_letter_goes_after_starttls_and_nothing_is_said_before_it() {
    let server = TestServer::upgraded().offering(&["AUTH LOGIN"]).start().await;
    let attempt = post(&server, SmtpSecurity::StartTls).await;
    assert_eq!(kind(&attempt), Kind::Accepted, "{attempt:?}");
    let heard = server.heard().await;
    assert_eq!(heard.commands[..3], ["EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]"]);
    assert_eq!(heard.encrypted_from, Some(2));
    assert_eq!(heard.commands[3..6], ["AUTH LOGIN", &STANDARD.encode(USER), &STANDARD.encode(PASSWORD)]);
}

#[tokio::test]
async fn a_letter_goes_unencrypted_to_a_server_on_this_computer_and_to_no_other() {
    let server = TestServer::plain().start().await;
    let here = SmtpServer { user: String::new(), password: None, ..account(&server, SmtpSecurity::None) };
    assert_eq!(kind(&post_from(&server, &here).await), Kind::Accepted);
    assert_eq!(server.heard().await.commands[1], "MAIL FROM:<dojo@example.org>", "nobody signs in without a name");
    for host in ["mail.example.org", "192.0.2.7", "::2"] {
        let elsewhere = SmtpServer { host: host.into(), ..here.clone() };
        let attempt = post_from(&server, &elsewhere).await;
        assert_eq!(kind(&attempt), Kind::Refused, "{attempt:?}");
        assert!(attempt.said().contains("Without encryption") && attempt.said().contains("Choose TLS"), "{attempt:?}");
    }
}

/// The steps until the letter is handed over.
const BEFORE_THE_END: [Step; 7] =
    [Step::Greeting, Step::Ehlo, Step::StartTls, Step::Auth, Step::Mail, Step::Rcpt, Step::Data];

async fn post_with(step: Step, act: Act) -> Attempt {
    let server = TestServer::upgraded().at(step, act).start().await;
    post(&server, SmtpSecurity::StartTls).await
}

#[tokio::test]
async fn a_server_that_falls_silent_at_a_step_before_the_end_is_asked_again_later() {
    for step in BEFORE_THE_END {
        // Every silence needs a clock of its own that has not stopped yet.
        let attempt = in_a_runtime(move || post_with(step, Act::Silence)).await;
        assert_eq!(kind(&attempt), Kind::Later, "{step:?}: {attempt:?}");
        assert_eq!(attempt.said(), "localhost did not answer in time.", "{step:?}");
    }
}

#[tokio::test]
async fn a_server_that_drips_lines_for_ever_at_a_step_is_left() {
    for step in BEFORE_THE_END {
        let attempt = in_a_runtime(move || post_with(step, Act::Drip)).await;
        assert_eq!(kind(&attempt), Kind::Later, "{step:?}: {attempt:?}");
    }
    let attempt = in_a_runtime(|| post_with(Step::End, Act::Drip)).await;
    assert_eq!(kind(&attempt), Kind::Unknown, "{attempt:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_end_of_the_letter_is_tried_again_later() {
    for step in BEFORE_THE_END {
        let attempt = post_with(step, Act::Break).await;
        assert_eq!(kind(&attempt), Kind::Later, "{step:?}: {attempt:?}");
    }
}

#[tokio::test]
async fn what_happens_after_the_end_of_the_letter_leaves_open_whether_it_was_sent() {
    let broken = post_with(Step::End, Act::Break).await;
    assert_eq!(kind(&broken), Kind::Unknown);
    assert_eq!(broken.said(), "The connection to localhost broke before it said whether it took it.");
    let silent = in_a_runtime(|| post_with(Step::End, Act::Silence)).await;
    assert_eq!(kind(&silent), Kind::Unknown);
    assert_eq!(silent.said(), "localhost did not say in time whether it took it.");
    for odd in ["hello", "354 go on", "999 x"] {
        let unreadable = post_with(Step::End, Act::Say(odd)).await;
        assert_eq!(kind(&unreadable), Kind::Unknown, "{odd}: {unreadable:?}");
    }
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_and_a_refusal_for_good_is_not() {
    let steps = BEFORE_THE_END.into_iter().chain([Step::End]);
    for step in steps {
        let for_now = post_with(step, Act::Say("451 4.7.1 Greylisted, come back")).await;
        assert_eq!(kind(&for_now), Kind::Later, "{step:?}: {for_now:?}");
        assert!(for_now.said().ends_with("(451). It said: 4.7.1 Greylisted, come back"), "{for_now:?}");
        let for_good = post_with(step, Act::Say("550-5.7.1 We do not\r\n550 5.7.1 want this")).await;
        assert_eq!(kind(&for_good), Kind::Refused, "{step:?}: {for_good:?}");
        assert!(for_good.said().ends_with("(550). It said: 5.7.1 We do not 5.7.1 want this"), "{for_good:?}");
    }
    let recipient = post_with(Step::Rcpt, Act::Say("550 No such user")).await;
    assert_eq!(recipient.said(), "localhost did not accept the recipient (550). It said: No such user");
}

#[tokio::test]
async fn a_reply_out_of_turn_sends_nothing() {
    for step in BEFORE_THE_END {
        for odd in ["HTTP/1.1 400 Bad Request", "100 x", if step == Step::Data { "250 Ok" } else { "354 go on" }] {
            let attempt = post_with(step, Act::Say(odd)).await;
            assert_eq!(kind(&attempt), Kind::Later, "{step:?} {odd}: {attempt:?}");
        }
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let server = TestServer::plain().start().await;
    let attempt = post(&server, SmtpSecurity::StartTls).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().starts_with("localhost offers no encryption on port"), "{attempt:?}");
    assert_eq!(server.heard().await.commands, ["EHLO [127.0.0.1]"]);
}

#[tokio::test]
async fn words_that_came_in_between_before_the_encryption_are_never_heard() {
    let attempt = post_with(Step::StartTls, Act::Say("220 go\r\n250 AUTH PLAIN")).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().contains("from somebody in between"), "{attempt:?}");
}

#[tokio::test]
async fn only_a_trusted_certificate_for_the_name_of_the_server_is_accepted() {
    let other = TestServer::encrypted().named("mail.example.org").start().await;
    let attempt = post(&other, SmtpSecurity::Tls).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().starts_with("The certificate of localhost is for another name."), "{attempt:?}");
    let upgraded = TestServer::upgraded().named("mail.example.org").start().await;
    let attempt = post(&upgraded, SmtpSecurity::StartTls).await;
    assert!(attempt.said().starts_with("The certificate of localhost is for another name."), "{attempt:?}");
    assert_eq!(upgraded.heard().await.commands, ["EHLO [127.0.0.1]", "STARTTLS"], "no password was sent");

    let (server, stranger) = (TestServer::encrypted().start().await, TestServer::encrypted().start().await);
    let account = account(&server, SmtpSecurity::Tls);
    let attempt = send_trusting(&account, &letter(), now(), Some(stranger.trust()), Limits::default()).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().contains("does not know who issued the certificate"), "{attempt:?}");
    assert!(server.heard().await.commands.is_empty());

    let expired = TestServer::encrypted().expired().start().await;
    let attempt = post(&expired, SmtpSecurity::Tls).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().starts_with("The certificate of localhost has expired."), "{attempt:?}");
}

#[tokio::test]
async fn the_certificates_that_this_computer_trusts_do_not_include_one_that_a_server_made_itself() {
    let server = TestServer::encrypted().start().await;
    let attempt = send(&account(&server, SmtpSecurity::Tls), &letter(), now()).await;
    assert_ne!(kind(&attempt), Kind::Accepted, "{attempt:?}");
    assert!(server.heard().await.commands.is_empty());
}

#[tokio::test]
async fn a_server_that_waits_for_plain_text_on_the_port_of_tls_is_named_as_such() {
    let server = TestServer::plain().start().await;
    let attempt = post(&server, SmtpSecurity::Tls).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().contains("Choose STARTTLS"), "{attempt:?}");
}

#[tokio::test]
async fn a_server_that_begins_no_encryption_or_takes_no_connections_is_tried_again_later() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = mute.local_addr().unwrap().port();
    let server = TestServer::encrypted().start().await;
    let account = SmtpServer { port, ..account(&server, SmtpSecurity::Tls) };
    let limits = Limits { connect: Duration::from_millis(50), ..Limits::default() };
    let attempt = send_trusting(&account, &letter(), now(), Some(server.trust()), limits).await;
    assert_eq!(attempt, Attempt::Later { said: "localhost did not begin the encryption in time.".into(), after: None });
    drop(mute);
    let attempt = post_from(&server, &account).await;
    assert_eq!(attempt.said(), format!("localhost takes no connections on port {port}."));
    assert_eq!(kind(&attempt), Kind::Later);
}

#[tokio::test]
async fn whoever_cannot_sign_in_is_told_why() {
    let server = TestServer::encrypted().offering(&["AUTH CRAM-MD5 XOAUTH2"]).start().await;
    let attempt = post(&server, SmtpSecurity::Tls).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().contains("no way to sign in"), "{attempt:?}");
    let without = SmtpServer { password: None, ..account(&server, SmtpSecurity::Tls) };
    let attempt = post_from(&server, &without).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    assert!(attempt.said().contains("There is no password"), "{attempt:?}");
}

#[tokio::test]
async fn what_a_server_repeats_of_the_password_and_the_addresses_is_not_shown() {
    let blob = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    let reply = format!(
        "535 {blob} {PASSWORD} {} {USER} {} <ann@example.net> \u{202e}x\u{7} {}",
        STANDARD.encode(PASSWORD),
        STANDARD.encode(USER),
        "long ".repeat(2_000)
    );
    let attempt = post_with(Step::Auth, Act::Say(Box::leak(reply.into_boxed_str()))).await;
    assert_eq!(kind(&attempt), Kind::Refused);
    let said = attempt.said();
    for secret in [&blob, PASSWORD, USER, &STANDARD.encode(PASSWORD), &STANDARD.encode(USER), "ann@example.net"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.chars().count() < 300 && !said.contains(['\u{202e}', '\u{7}']), "{said}");
    assert!(said.starts_with("localhost did not accept the name and the password (535). It said: …"), "{said}");
}

#[tokio::test]
async fn a_server_name_that_is_none_is_refused_without_a_look_at_the_network() {
    let server = TestServer::plain().start().await;
    for host in ["", "mail.example.org:465", "a\r\nb", "user@mail.example.org"] {
        let odd = SmtpServer { host: host.into(), ..account(&server, SmtpSecurity::Tls) };
        let attempt = post_from(&server, &odd).await;
        assert_eq!(kind(&attempt), Kind::Refused, "{attempt:?}");
    }
}

/// Runs a test of its own on a thread of its own, so that it can stop the clock.
async fn in_a_runtime<F: Future<Output = Attempt>>(test: impl FnOnce() -> F + Send + 'static) -> Attempt {
    let run = move || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
    tokio::task::spawn_blocking(run).await.unwrap()
}
