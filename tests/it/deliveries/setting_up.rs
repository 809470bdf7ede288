//! Setting up the channels: addresses, secrets, tests and health.

use hajime_core::actions::delivery::{channels, deliveries};
use hajime_core::domain::delivery::attempt::Attempt;
use hajime_core::domain::delivery::channel::Channel;
use hajime_core::error::UserError;
use hajime_core::opening;
use hajime_core::ports::{SecretName, SecretStore as _};
use secrecy::ExposeSecret as _;

use super::Told;
use super::receiver::Answer;
use crate::support::Cloud;

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_made_once_and_another_address_keeps_it() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let context = &told.desk.context;
    assert!(told.secret.starts_with("whsec_"));
    assert!(channels::set_webhook(context, "https://api.example.org/hook").await.unwrap().is_none());
    let refused = channels::set_webhook(context, "http://api.example.org/hook").await.unwrap_err();
    assert_eq!(UserError::from(&refused).fields[0].field, "webhook_address");
    let webhook = channels::get(context, Channel::Webhook).unwrap();
    assert_eq!(webhook.address.unwrap().as_str(), "https://api.example.org/hook");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_signs_at_once_and_the_old_one_beside_it_for_a_day() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let new = channels::renew_webhook_secret(&told.desk.context).await.unwrap();
    told.ready("Karate");
    told.send().await;
    told.ready("Aikido");
    told.pass(86_400).await;
    let events = told.receiver.events();
    let signed = |secret: &str| events.iter().map(|event| event.is_signed_with(secret)).collect::<Vec<_>>();
    assert_eq!(signed(new.expose_secret()), [true, true]);
    assert_eq!(signed(&told.secret), [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_health_check_shows_the_real_answer() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let healthy = r#"{"status": "healthy", "service": "cloudflare_webhooks"}"#;
    for (answer, is_healthy) in [
        (Answer::of(200).saying(healthy), true),
        (Answer::of(503).saying(healthy), false),
        (Answer::of(200).saying(r#"{"status": "degraded"}"#), false),
        (Answer::of(200).saying("<html>"), false),
        (Answer::of(404), false),
    ] {
        told.receiver.answer([answer]);
        let health = channels::health(&told.desk.context).await.unwrap();
        assert_eq!(health.healthy, is_healthy, "{}", health.said);
        assert!(health.address.as_str().ends_with("/api/webhooks/cloudflare/health"), "{}", health.address);
        assert_eq!(health.service.is_some(), health.said.contains("cloudflare_webhooks"), "{}", health.said);
    }
    assert_eq!(told.receiver.events().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_signed_means_nothing_and_is_noted_for_the_channel() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.turn_slack_on().await;
    let context = &told.desk.context;
    told.receiver.answer([Answer::of(400).saying("unknown event")]);
    let answer = channels::test(context, Channel::Webhook).await.unwrap();
    assert_eq!(answer, Attempt::Refused { said: "Answered 400. It said: unknown event".into() });
    let [event] = told.receiver.events().try_into().unwrap();
    assert_eq!(event.json()["event"], "test");
    assert!(event.is_taken_with(&told.secret));
    let noted = channels::get(context, Channel::Webhook).unwrap().last_error.unwrap().0;
    assert!(noted.contains("unknown event"), "{noted}");
    assert!(matches!(channels::test(context, Channel::Slack).await.unwrap(), Attempt::Accepted { .. }));
    assert!(channels::get(context, Channel::Slack).unwrap().last_sent.is_some());
    assert!(deliveries::list(context, 10).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_a_recording_has_the_id_of_its_event() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let id = told.ready("Karate");
    told.send().await;
    told.turn_slack_on().await;
    let replayed = deliveries::replay(&told.desk.context, id).unwrap();
    assert_eq!(replayed.len(), 2);
    told.send().await;
    assert_eq!(told.receiver.log().into_values().collect::<Vec<_>>(), [2]);
    assert_eq!(told.receiver.messages().len(), 1);
    let unfinished = super::importing(&told.desk, "Aikido");
    let refused = deliveries::replay(&told.desk.context, unfinished).unwrap_err();
    assert_eq!(UserError::from(&refused).message, "“Aikido” is neither ready nor failed, so there is nothing to tell.");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_go_with_the_channel_and_with_the_account() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    told.turn_slack_on().await;
    channels::renew_webhook_secret(&told.desk.context).await.unwrap();
    let connection = cloud.connection();
    let account = connection.account.as_str().to_owned();
    let names = [
        SecretName::WebhookSecret(account.clone()),
        SecretName::EarlierWebhookSecret(account.clone()),
        SecretName::SlackAddress(account),
    ];
    let kept = || names.clone().map(|name| told.secrets.get(&name).unwrap().is_some());
    assert_eq!(kept(), [true, true, true]);
    channels::remove(&told.desk.context, Channel::Webhook).await.unwrap();
    assert_eq!(kept(), [false, false, true]);
    opening::save_profile(told.folder.path(), &connection, told.secrets.as_ref()).unwrap().unwrap();
    opening::forget_profile(told.folder.path(), told.secrets.as_ref()).unwrap();
    assert_eq!(kept(), [false, false, false]);
}
