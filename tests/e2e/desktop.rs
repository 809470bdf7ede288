//! Checks of the test desktop. A failure here is a fault of the machine, not of the app.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::json;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::wait::{SOON, until};

const BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_notification_service_receives_notifications() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let hints = HashMap::<&str, Value<'_>>::new();
    let id: u32 = desktop
        .bus()
        .connect()
        .await
        .call_method(
            Some("org.freedesktop.Notifications"),
            "/org/freedesktop/Notifications",
            Some("org.freedesktop.Notifications"),
            "Notify",
            &("Somebody", 0_u32, "", "A headline", "A text", vec!["default", "Open"], hints, -1_i32),
        )
        .await
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    assert_eq!(id, 1);
    let shown = desktop.notifications.all();
    assert_eq!(
        (shown[0].app.as_str(), shown[0].summary.as_str(), shown[0].body.as_str()),
        ("Somebody", "A headline", "A text")
    );
    assert_eq!(shown[0].actions, ["default", "Open"]);
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_keyring_is_unlocked() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let connection = desktop.bus().connect().await;
    let service = Some("org.freedesktop.secrets");
    let default: OwnedObjectPath = connection
        .call_method(
            service,
            "/org/freedesktop/secrets",
            Some("org.freedesktop.Secret.Service"),
            "ReadAlias",
            &"default",
        )
        .await
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    let locked: OwnedValue = connection
        .call_method(
            service,
            &default,
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.freedesktop.Secret.Collection", "Locked"),
        )
        .await
        .unwrap()
        .body()
        .deserialize()
        .unwrap();
    assert!(!bool::try_from(locked).unwrap(), "the default keyring is open");
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn reads_a_text_that_another_program_copied() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let mut xclip =
        desktop.command("xclip").args(["-selection", "clipboard"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut xclip.stdin.take().unwrap(), b"copied").unwrap();
    xclip.wait().unwrap();
    assert_eq!(desktop.clipboard().await, "copied");
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_web_view_follows_the_desktops_theme() {
    for (theme, dark) in [(Theme::Light, false), (Theme::Dark, true)] {
        let desktop = Desktop::start(theme, Keyring::Absent).await;
        let window = Launch::program(&desktop, "browser", PathBuf::from(BROWSER), "--automation")
            .arguments(&["--automation"])
            .open()
            .await;
        let seen = window.page.run("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(seen, json!(dark), "{} theme", theme.name());
        window.page.run("document.body.innerHTML = '<p data-testid=hello>Hello</p>'").await;
        assert_eq!(window.page.text("hello").await, "Hello");
        window.page.shot("hello").await;
        window.page.resize(1000, 640).await;
        until("a log", SOON, async || Some(window.log())).await;
        window.close().await;
    }
}
