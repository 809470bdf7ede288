//! What people see on the join page, and what keeps people out of any page.

use serde_json::{Value, json};

use super::page::Page;
use super::wait::SOON;

/// Every finding of axe that is serious, with the elements it is about.
const AXE: &str = r"
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => done(violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)), (error) => done([String(error)]));
";
/// The text of the room, which the stand-in for RealtimeKit keeps in a shadow root.
const ROOM: &str = "return document.querySelector('rtk-meeting')?.shadowRoot?.textContent ?? ''";

impl Page {
    /// Waits until an element shows a text.
    pub(crate) async fn shows(&self, css: &str, text: &str) {
        self.until(&format!("“{text}” in {css}"), SOON, async || {
            self.text_css(css).await.contains(text).then_some(())
        })
        .await;
    }

    /// Waits until the heading shows a text.
    pub(crate) async fn heading(&self, text: &str) {
        self.shows("h1", text).await;
    }

    /// Waits until the room shows a text.
    pub(crate) async fn room_shows(&self, text: &str) {
        self.until(&format!("“{text}” in the room"), SOON, async || {
            self.run(ROOM).await.as_str()?.contains(text).then_some(())
        })
        .await;
    }

    /// Asks axe for what keeps people out.
    pub(crate) async fn is_accessible(&self, what: &str) {
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/node_modules/axe-core/axe.min.js");
        self.run(&std::fs::read_to_string(axe).unwrap()).await;
        assert_eq!(self.run_async(AXE, Value::Null).await, json!([]), "axe found something serious: {what}");
    }
}
