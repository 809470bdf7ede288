//! The secrets of the door are in the Worker and nowhere else: not in its database, not in the files of the page, not on this computer.

use std::path::Path;

use hajime_core::actions::profile::door;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CODE, made, open_door, page, query, visit};
use crate::support::{Cloud, TestDesk};

/// Every file below a folder, as one text.
fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything_in(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}

fn holds(text: &[u8], what: &str) -> bool {
    text.windows(what.len()).any(|window| window == what.as_bytes())
}

#[tokio::test]
async fn no_secret_of_the_door_is_in_its_database_in_the_page_or_on_this_computer() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let address = open_door(&desk.context).await;
    door::rotate(&desk.context, &page("1"), &|_| ()).await.unwrap();
    let published = cloud.control("script", json!({ "script": "hajime-join" })).await;
    let secret_of = |name: &str| {
        let bindings = published["bindings"].as_array().unwrap();
        let binding = bindings.iter().find(|binding| binding["name"] == name).unwrap();
        binding["text"].as_str().unwrap().to_owned()
    };
    let jwk: Value = serde_json::from_str(&secret_of("SIGNING_KEY")).unwrap();
    let mut secret: Vec<String> = ["d", "p", "q"].iter().map(|part| jwk[part].as_str().unwrap().to_owned()).collect();
    secret.push(secret_of("REALTIMEKIT_TOKEN"));
    assert!(secret.iter().all(|secret| secret.len() > 30), "the test knows the secrets");

    let database = made(&cloud).await.databases.into_iter().next().unwrap();
    let mut texts = vec![everything_in(folder.path())];
    for table in ["classes", "join_links", "seats", "watch_links", "plays", "events", "troubles", "facts"] {
        texts.push(
            query(&cloud, &database, &format!("SELECT *, ?1 FROM {table}"), json!({})).await.to_string().into_bytes(),
        );
    }
    for path in ["", "/settings", "/secrets", "/subdomain"] {
        texts.push(
            cloud.api(Method::GET, &format!("/workers/scripts/hajime-join{path}")).await.to_string().into_bytes(),
        );
    }
    for path in ["/", "/version.json", &format!("/j/{CODE}"), &format!("/j/{CODE}/class"), &format!("/w/{CODE}/video")]
    {
        texts.push(visit(Method::GET, &address, path).await.1.to_string().into_bytes());
    }
    for text in &texts {
        assert!(secret.iter().all(|secret| !holds(text, secret)), "a secret of the door lies about");
    }
}
