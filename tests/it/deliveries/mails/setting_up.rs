//! Settings, the password, the preview, the draft, and what the command line says.

use std::io::Write as _;
use std::process::{Command, Stdio};

use hajime_core::actions::delivery::mail_preview;
use hajime_core::domain::delivery::attempt::Attempt;
use hajime_core::error::{Error, UserError};
use hajime_core::opening;
use hajime_core::ports::{SecretName, SecretStore as _};
use serde_json::Value;

use super::*;

const PASSWORD: &str = "abcd s3cret efgh";

fn fields(error: &Error) -> Vec<&'static str> {
    UserError::from(error).fields.iter().map(|field| field.field).collect()
}

fn with_user(office: &PostOffice) -> MailInput {
    MailInput { smtp_user: "dojo".into(), ..settings(office, ParticipantMail::Ask) }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_refused_with_the_names_of_their_fields_and_nothing_is_saved() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let good = settings(&mailed.office, ParticipantMail::Ask);
    let before = mail::get(context).await.unwrap();
    for (wrong, field) in [
        (MailInput { from_address: String::new(), ..good.clone() }, "from_address"),
        (MailInput { from_address: "dojo@localhost".into(), ..good.clone() }, "from_address"),
        (MailInput { smtp_host: String::new(), ..good.clone() }, "smtp_host"),
        (MailInput { smtp_host: "mail.example.org".into(), ..good.clone() }, "smtp_host"),
        (MailInput { smtp_port: 0, ..good.clone() }, "smtp_port"),
        (MailInput { smtp_user: "dojo".into(), ..good.clone() }, "smtp_password"),
        (MailInput { instructor: "ann".into(), ..good.clone() }, "instructor"),
        (MailInput { admin: "a@b@c".into(), ..good.clone() }, "admin"),
    ] {
        assert_eq!(fields(&mail::set(context, &wrong, None).await.unwrap_err()), [field]);
    }
    assert_eq!(fields(&mail::set(context, &good, Some(PASSWORD.into())).await.unwrap_err()), ["smtp_user"]);
    let broken = mail::set(context, &with_user(&mailed.office), Some("s3cret\nQUIT".into())).await.unwrap_err();
    assert!(!broken.message().contains("s3cret"));
    assert_eq!(fields(&broken), ["smtp_password"]);
    assert_eq!(fields(&mail::test(context, "nobody").await.unwrap_err()), ["mail_to"]);
    assert_eq!(mail::get(context).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_in_the_keyring_alone_and_goes_to_its_own_server_only() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    mailed.office.wants_password(PASSWORD);
    let saved = mail::set(context, &with_user(&mailed.office), Some(PASSWORD.into())).await.unwrap();
    assert!(saved.password_kept);
    mailed.ready(&mailed.class("Karate", PEOPLE));
    mailed.send().await;
    assert!(mailed.office.letters().iter().all(|letter| letter.signed_in == format!("dojo {PASSWORD}")));
    assert_eq!(mailed.office.letters().len(), 3);
    assert!(!is_written_in(mailed.folder.path(), PASSWORD));

    // Without another password, neither another server nor another user gets this one, whatever is saved in between.
    let elsewhere = MailInput { smtp_host: "localhost".into(), ..with_user(&mailed.office) };
    assert_eq!(fields(&mail::set(context, &elsewhere, None).await.unwrap_err()), ["smtp_password"]);
    let by_hand = MailInput { sender: MailSender::Program, ..elsewhere.clone() };
    assert!(!mail::set(context, &by_hand, None).await.unwrap().password_kept);
    assert_eq!(fields(&mail::set(context, &elsewhere, None).await.unwrap_err()), ["smtp_password"]);
    let somebody = MailInput { smtp_user: "eve".into(), ..with_user(&mailed.office) };
    assert_eq!(fields(&mail::set(context, &somebody, None).await.unwrap_err()), ["smtp_password"]);
    assert!(mail::set(context, &with_user(&mailed.office), None).await.unwrap().password_kept);

    // A wrong password is said, and not repeated.
    mail::set(context, &with_user(&mailed.office), Some("wrong s3cret".into())).await.unwrap();
    let attempt = mail::test(context, "ann@example.org").await.unwrap();
    assert!(!matches!(attempt, Attempt::Accepted { .. }) && !attempt.said().contains("s3cret"), "{attempt:?}");
    assert!(mail::get(context).await.unwrap().channel.last_error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_goes_with_the_settings_and_with_the_account() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let connection = cloud.connection();
    let name = SecretName::SmtpPassword(connection.account.as_str().to_owned());
    let kept = || mailed.secrets.get(&name).unwrap().is_some();
    mail::set(context, &with_user(&mailed.office), Some(PASSWORD.into())).await.unwrap();
    mailed.ready(&mailed.class("Karate", PEOPLE));
    assert!(kept());
    let removed = mail::remove(context).await.unwrap();
    assert!(!kept() && !removed.password_kept && !removed.channel.is_on);
    assert_eq!(removed.settings.sender, MailSender::Program);
    assert!(mailed.rows().iter().all(|row| row.state == DeliveryState::Stopped));
    mailed.send().await;
    assert_eq!(mailed.office.letters().len(), 0);
    mail::set(context, &with_user(&mailed.office), Some(PASSWORD.into())).await.unwrap();
    opening::save_profile(mailed.folder.path(), &connection, mailed.secrets.as_ref()).unwrap().unwrap();
    opening::forget_profile(mailed.folder.path(), mailed.secrets.as_ref()).unwrap();
    assert!(!kept());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_mail_server_is_confirmed_and_the_same_one_is_not() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let good = settings(&mailed.office, ParticipantMail::Ask);
    let asked = |input: &MailInput| mail::new_server(context, input).unwrap();
    assert_eq!(asked(&good), None);
    let elsewhere = MailInput { smtp_host: "localhost".into(), ..good.clone() };
    assert_eq!(asked(&elsewhere).as_deref(), Some("localhost"));
    let cloudflare = MailInput { sender: MailSender::Cloudflare, ..elsewhere.clone() };
    assert_eq!(asked(&cloudflare), None);
    mail::set(context, &cloudflare, None).await.unwrap();
    assert_eq!(asked(&elsewhere).as_deref(), Some("localhost"), "nothing went through it so far");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_letter_arrives_where_it_is_sent_to() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let answer = mail::test(context, "Eve@example.org").await.unwrap();
    assert!(matches!(answer, Attempt::Accepted { .. }), "{answer:?}");
    assert_eq!(mailed.office.letters()[0].header("Subject"), "A test from Hajime");
    assert_eq!(mailed.office.recipients(), ["Eve@example.org"]);
    mail::remove(context).await.unwrap();
    let off = mail::test(context, "eve@example.org").await.unwrap_err();
    assert_eq!(UserError::from(&off).message, "E-mail is off.");
}

#[tokio::test(flavor = "multi_thread")]
async fn cloudflare_sends_with_the_token_of_the_account() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let settings = MailInput { sender: MailSender::Cloudflare, ..settings(&mailed.office, ParticipantMail::Ask) };
    mail::set(context, &settings, None).await.unwrap();
    cloud.control("mail_rules", serde_json::json!({ "domains": ["example.org"] })).await;
    mailed.ready(&mailed.class("Karate", PEOPLE));
    mailed.send().await;
    assert_eq!(mailed.office.letters().len(), 0);
    let rows: Vec<_> = mailed.rows().iter().map(|row| (row.state, row.last_answer.clone())).collect();
    assert!(rows.iter().all(|(state, _)| *state == DeliveryState::Accepted), "{rows:?}");
    assert!(rows.len() == 3 && !format!("{rows:?}").to_lowercase().contains("delivered"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_is_the_letters_that_are_sent_and_says_whom_to() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Ask).await;
    let context = &mailed.desk.context;
    let preview = |input: Option<&MailInput>| mail_preview::preview(context, input).unwrap();
    let example = preview(None);
    assert!(example.letters[0].occasion.contains("an example, because no recording is ready yet"));
    assert_eq!(example.nobody, None);

    mailed.ready(&mailed.class("Karate", PEOPLE));
    mailed.send().await;
    let real = preview(None);
    let shown: Vec<_> = real.letters.iter().map(|letter| (letter.occasion.as_str(), letter.to.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("A recording is ready", "the instructor: ann@example.org"),
            ("A recording is ready", "2 participants of Karate"),
            ("Several become ready within an hour", "2 participants of Karate"),
            ("A recording failed", "the instructor: ann@example.org, and the administrator: admin@example.org"),
        ]
    );
    for (letter, address) in real.letters.iter().zip(["ann@example.org", "bo@example.org"]) {
        let sent = mailed.office.letters_to(address).remove(0);
        assert_eq!((&letter.subject, letter.text.trim()), (&sent.header("Subject"), sent.text().trim()));
        assert_eq!(letter.html.trim(), sent.html().trim());
    }

    let nobody = MailInput {
        instructor: String::new(),
        admin: String::new(),
        ..settings(&mailed.office, ParticipantMail::Nothing)
    };
    mailed.ready(&mailed.class("Judo", ""));
    let said = preview(Some(&nobody)).nobody.unwrap();
    assert!(said.contains("Nobody would be written to about “Judo”"), "{said}");
    let by_hand = MailInput { sender: MailSender::Program, ..nobody };
    let draft = preview(Some(&by_hand));
    assert!(draft.letters.len() == 1 && draft.nobody.unwrap().contains("sends nothing by itself"));
    assert!(
        mail_preview::preview(context, Some(&MailInput { sender: MailSender::Smtp, ..MailInput::default() })).is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_names_everybody_in_blind_copy_and_holds_no_link() {
    let cloud = Cloud::start().await;
    let mut mailed = Mailed::start(&cloud, ParticipantMail::Link).await;
    let by_hand = MailInput { sender: MailSender::Program, ..settings(&mailed.office, ParticipantMail::Link) };
    mail::set(&mailed.desk.context, &by_hand, None).await.unwrap();
    let session = mailed.class("Karate & Tea", PEOPLE);
    let live = hajime_core::actions::recorder::start::start(&mailed.desk.context, session.id).await.unwrap().session;
    cloud.join(&live, "Ada").await;
    mailed.desk.pass(&cloud, 60).await;
    hajime_core::actions::recorder::end::end(&mailed.desk.context, session.id).await.unwrap();
    mailed.desk.until_idle(&cloud).await;
    let context = &mailed.desk.context;
    assert!(mailed.rows().is_empty(), "nothing is queued where a person writes");
    let recording = context.store().every_recording().unwrap().remove(0);
    let draft = mail::draft(context, recording.id).await.unwrap();
    let address: url::Url = draft.draft.as_str().parse().unwrap();
    assert_eq!((address.scheme(), address.path()), ("mailto", "ann@example.org"));
    let field = |name: &str| address.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    assert_eq!(field("bcc"), "bo@example.org,cy@example.org");
    assert_eq!(field("subject"), "Ready to watch: Karate & Tea");
    assert!(field("body").contains("[Paste the link here. Hajime has copied it.]"), "{}", field("body"));
    assert!(!draft.draft.as_str().contains("watch%2F") && !draft.draft.as_str().contains("eyJ"));
    let link = draft.link.unwrap();
    assert_eq!(cloud.status_of(link.expose()).await, 200);
    assert_eq!(context.store().links().unwrap().len(), 1);

    let crowd: Vec<String> =
        (0..45).map(|n| format!("Person {n}x <person.number.{n}.of.the.crowd@example.org>")).collect();
    mailed.add(&session, &crowd.join("\n"));
    let too_many = mail::draft(context, recording.id).await.unwrap_err();
    assert!(too_many.message().contains("48 people do not fit"), "{}", too_many.message());
    let unfinished = add_importing(context, &mailed.class("Judo", PEOPLE));
    assert_eq!(mail::draft(context, unfinished).await.unwrap_err().code(), "not_ready");
}

/// Runs `hajime-cli mail` on a data folder, without a keyring.
fn run(mailed: &Mailed, cloud: &Cloud, arguments: &[&str], input: &str) -> Result<Value, Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
        .args(["--json", "mail"])
        .args(arguments)
        .env("HAJIME_DATA_DIR", mailed.folder.path())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .envs(cloud.variables())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have ended already, and the write fails.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        serde_json::from_str(&text).or_else(|_| serde_json::from_str(text.lines().last().unwrap_or_default())).unwrap()
    };
    if output.status.success() { Ok(last(&output.stdout)) } else { Err(last(&output.stderr)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_sets_shows_tests_and_removes_e_mail() {
    let cloud = Cloud::start().await;
    let mailed = Mailed::start(&cloud, ParticipantMail::Nothing).await;
    let cli = |arguments: &[&str], input: &str| run(&mailed, &cloud, arguments, input);
    let shown = cli(&["show"], "").unwrap();
    assert_eq!(
        (&shown["on"], &shown["sender"], &shown["participants"]),
        (&true.into(), &"smtp".into(), &"nothing".into())
    );
    let set = cli(&["set", "--participants", "ask", "--admin", "", "--from-name", "Dojo"], "").unwrap();
    assert_eq!((&set["participants"], &set["admin"], &set["from_name"]), (&"ask".into(), &"".into(), &"Dojo".into()));
    assert_eq!(set["smtp_host"], "127.0.0.1", "what is not named stays");
    let refused = cli(&["set", "--from", "nobody"], "").unwrap_err();
    assert_eq!((&refused["code"], &refused["fields"][0]["field"]), (&"invalid_input".into(), &"from_address".into()));
    assert_eq!(cli(&["set", "--smtp-user", "dojo", "--password-stdin"], "").unwrap_err()["code"], "invalid_input");
    let no_keyring = cli(&["set", "--smtp-user", "dojo", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap_err();
    assert_eq!(no_keyring["code"], "keyring");
    assert!(!no_keyring.to_string().contains("s3cret"));

    let session = mailed.class("Karate", PEOPLE);
    let id = session.id.to_string();
    assert_eq!(cli(&["participants", &id, "off"], "").unwrap()["mails_participants"], false);
    assert!(!roster::get(&mailed.desk.context, session.id).unwrap().mails_participants);
    assert_eq!(cli(&["participants", &id, "on"], "").unwrap()["mails_participants"], true);
    mailed.ready(&session);
    let preview = cli(&["preview"], "").unwrap();
    assert_eq!(preview["letters"][0]["subject"], "Ready to watch: Karate");
    assert_eq!(cli(&["test", "eve@example.org"], "").unwrap()["accepted"], true);
    assert_eq!(mailed.office.recipients(), ["eve@example.org"]);
    let removed = cli(&["remove"], "");
    // Without a keyring it cannot be said that the password is forgotten, but nothing is sent any more.
    assert_eq!(removed.unwrap_err()["code"], "keyring");
    assert_eq!(cli(&["show"], "").unwrap()["on"], false);
    assert!(mailed.rows().iter().all(|row| row.state == DeliveryState::Stopped));
}
