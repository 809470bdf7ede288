//! Channels are turned on in Settings, and confirmed outside the page.

use super::app::Window;
use super::desktop::Desktop;
use super::page::Page;
use super::receivers::{Mail, Posted, Receiver};
use super::wait::SOON;

/// Turns Slack on with the address of `posts` and this path, and sends a test.
pub(crate) async fn turn_on_slack(desktop: &Desktop, window: &Window, posts: &Receiver<Posted>, path: &str) {
    let page = &window.page;
    page.type_into("slack-address", &format!("http://{}{path}", posts.address())).await;
    page.press("slack-save").await;
    window.answer(desktop, "Post to Slack", "slack-question", "Return").await;
    page.press("slack-test").await;
    page.text_becomes("slack-answer", "Accepted", SOON).await;
    assert_eq!(posts.got().len(), 1);
}

/// Fills in the form of e-mail for the mail server `mails`, and leaves it open.
pub(crate) async fn fill_in_mail(page: &Page, mails: &Receiver<Mail>, password: &str) {
    let (host, port) = mails.address().split_once(':').unwrap();
    page.press("mail-sender-smtp").await;
    page.type_into("mail-from-name", "Harbour Dojo").await;
    page.type_into("mail-from-address", "office@example.org").await;
    page.type_into("mail-host", host).await;
    page.press("mail-security-none").await;
    page.choose("mail-port", port).await;
    page.type_into("mail-user", "office").await;
    page.type_into("mail-password", password).await;
}

/// Turns e-mail on as the form says, and waits until the window shows the letters.
pub(crate) async fn turn_on_mail(desktop: &Desktop, window: &Window) {
    window.page.press("mail-save").await;
    window.answer(desktop, "Send mail through 127.0.0.1", "mail-question", "Return").await;
    window.page.see("mail-preview").await;
}
