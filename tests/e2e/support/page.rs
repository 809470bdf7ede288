//! The page in a window. Tests find elements by `data-testid`, wait for them, press, fill and read them, and take
//! screenshots.

use std::cell::Cell;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::app::artifacts;
use super::wait::{SOON, answer};

/// JavaScript that sets a form control as a person's choice in its picker does: first the value, then the events. Returns false
/// while a list of choices does not have this one yet.
const CHOOSE_SCRIPT: &str = r"
    const [element, value] = arguments;
    if (element instanceof HTMLSelectElement && ![...element.options].some((option) => option.value === value)) return false;
    const set = (name, to) => Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), name).set.call(element, to);
    if (element.type === 'checkbox') { if (element.checked !== (value === 'true')) element.click(); return true; }
    element.focus();
    set('value', value);
    element.dispatchEvent(new Event('input', { bubbles: true }));
    element.dispatchEvent(new Event('change', { bubbles: true }));
    element.blur();
    return true;
";

const FIRST_VISIBLE_SCRIPT: &str = r"
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
    const index = [...document.querySelectorAll(arguments[0])].findIndex(shown);
    return index < 0 ? null : index;
";

/// JavaScript that scrolls an element into sight, as a person does who wants to press it.
const INTO_SIGHT_SCRIPT: &str = "arguments[0].scrollIntoView({ block: 'nearest', behavior: 'instant' });";

/// JavaScript that waits for two frames. A screenshot taken right after a change would show the frame before it.
const TWO_FRAMES_SCRIPT: &str =
    "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";

/// The page of one window.
pub(crate) struct Page {
    client: Client,
    name: String,
    shots: Cell<usize>,
}

impl Page {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name, shots: Cell::new(0) }
    }

    /// The prefix of the names of this page's screenshots.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs JavaScript in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Runs JavaScript in the page. The script reads `argument` as `arguments[0]`.
    pub(crate) async fn run_with(&self, script: &str, argument: Value) -> Value {
        self.client.execute(script, vec![argument]).await.unwrap()
    }

    /// Runs JavaScript that passes its result to a callback, its last argument, and returns that result.
    pub(crate) async fn run_async(&self, script: &str, argument: Value) -> Value {
        self.client.execute_async(script, vec![argument]).await.unwrap()
    }

    /// Calls a command of the app as a script in the page could, even where its button is disabled. Returns the result
    /// or the refusal.
    pub(crate) async fn ask(&self, command: &str, arguments: Value) -> Value {
        let script = "const [command, args, done] = arguments; window.__TAURI_INTERNALS__.invoke(command, args).then(done, done);";
        self.client.execute_async(script, vec![json!(command), arguments]).await.unwrap()
    }

    /// Waits for the first visible element with this test id, and returns it.
    pub(crate) async fn see(&self, id: &str) -> Element {
        self.see_within(id, SOON).await
    }

    /// Like [`Page::see`], with a deadline of the caller's choice.
    pub(crate) async fn see_within(&self, id: &str, deadline: Duration) -> Element {
        self.see_css(&testid(id), deadline).await
    }

    /// Waits for the first visible element that matches this CSS selector, and returns it.
    pub(crate) async fn see_css(&self, css: &str, deadline: Duration) -> Element {
        self.until(&format!("{css} in the window"), deadline, async || self.visible(css).await).await
    }

    /// Returns whether an element with this test id is visible at this moment.
    pub(crate) async fn sees(&self, id: &str) -> bool {
        self.visible(&testid(id)).await.is_some()
    }

    /// Waits until the element with this test id can be pressed, and presses it.
    pub(crate) async fn press(&self, id: &str) {
        self.press_css(&testid(id)).await;
    }

    /// Waits until the element that matches this CSS selector can be pressed, and presses it.
    pub(crate) async fn press_css(&self, css: &str) {
        // Where the elements were at the last look: what loads above an element pushes it away from below the pointer.
        let mut places = Vec::new();
        self.until(&format!("{css} to be pressed"), SOON, async || {
            let elements = self.client.find_all(Locator::Css(css)).await.ok()?;
            let mut now = Vec::new();
            for element in &elements {
                now.push(element.rectangle().await.ok());
            }
            if std::mem::replace(&mut places, now.clone()) != now {
                return None;
            }
            // The element need not be visible: a radio button may lie invisible over its label. The driver refuses to
            // press an element that has no size, is covered or moves; then the test tries again.
            for element in elements {
                // The driver does not scroll when a part of the element is in sight, although its middle may not be.
                let whole = serde_json::to_value(&element).ok()?;
                self.client.execute(INTO_SIGHT_SCRIPT, vec![whole]).await.ok()?;
                if element.is_enabled().await.unwrap_or(false) && element.click().await.is_ok() {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Replaces the text of a text field by typing.
    pub(crate) async fn type_into(&self, id: &str, text: &str) {
        let field = self.see(id).await;
        // The driver refuses a field below a dialog that is closing.
        self.until(&format!("{id} to be emptied"), SOON, async || field.clear().await.ok()).await;
        field.send_keys(text).await.unwrap();
        // The driver answers when it has sent the keys. The page may receive the last of them later.
        self.until(&format!("{id} to hold what was typed"), SOON, async || {
            field.prop("value").await.ok()?.filter(|value| value == text).map(drop)
        })
        .await;
    }

    /// Presses a key on the element that has the focus.
    pub(crate) async fn key(&self, key: &str) {
        // An element that is being replaced takes no key. The driver says so before it presses the key.
        self.until("an element that takes keys", SOON, async || {
            self.client.active_element().await.ok()?.send_keys(key).await.ok()
        })
        .await;
    }

    /// Sets the value of a date, time, number, check or selection field.
    pub(crate) async fn choose(&self, id: &str, value: &str) {
        self.until(&format!("{id} to offer {value}"), SOON, async || {
            let field = self.visible(&testid(id)).await?;
            let arguments = vec![serde_json::to_value(&field).ok()?, json!(value)];
            let chosen = self.client.execute(CHOOSE_SCRIPT, arguments).await.ok()?;
            (chosen == json!(true)).then_some(())
        })
        .await;
    }

    /// Returns the visible text of the element with this test id.
    pub(crate) async fn text(&self, id: &str) -> String {
        self.text_css(&testid(id)).await
    }

    /// Returns the visible text of the first element that matches this CSS selector.
    pub(crate) async fn text_css(&self, css: &str) -> String {
        self.until(&format!("text on {css}"), SOON, async || self.visible(css).await?.text().await.ok()).await
    }

    /// Returns an attribute of an element; empty when the element does not have the attribute.
    pub(crate) async fn attribute(&self, id: &str, attribute: &str) -> String {
        self.until(&format!("{attribute} of {id}"), SOON, async || {
            self.visible(&testid(id)).await?.attr(attribute).await.ok().map(Option::unwrap_or_default)
        })
        .await
    }

    /// Waits until an attribute of an element has this value.
    pub(crate) async fn attribute_becomes(&self, id: &str, attribute: &str, value: &str, deadline: Duration) {
        self.see_css(&format!(r#"{}[{attribute}="{value}"]"#, testid(id)), deadline).await;
    }

    /// Waits until an element shows a text, in upper or lower case.
    pub(crate) async fn text_becomes(&self, id: &str, text: &str, deadline: Duration) {
        let wanted = text.to_lowercase();
        self.until(&format!("“{text}” on {id}"), deadline, async || {
            let shown = self.visible(&testid(id)).await?.text().await.ok()?;
            shown.to_lowercase().contains(&wanted).then_some(())
        })
        .await;
    }

    /// Returns all visible text of the page.
    pub(crate) async fn all_text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Resizes the window so that its inside, without the frame, has this size.
    pub(crate) async fn resize(&self, width: u64, height: u64) {
        self.until(&format!("a window of {width} × {height}"), SOON, async || {
            let inside = self.run("return [window.innerWidth, window.innerHeight]").await;
            let inside = (inside[0].as_u64()?, inside[1].as_u64()?);
            if inside == (width, height) {
                return Some(());
            }
            let outside = self.client.get_window_size().await.ok()?;
            let wanted =
                |target: u64, outside: u64, inside: u64| u32::try_from(target + outside.saturating_sub(inside)).ok();
            let (width, height) = (wanted(width, outside.0, inside.0)?, wanted(height, outside.1, inside.1)?);
            self.client.set_window_size(width, height).await.ok().and(None)
        })
        .await;
    }

    /// Takes a screenshot of the page. Its file name contains a running number.
    pub(crate) async fn shot(&self, what: &str) {
        self.client.execute_async(TWO_FRAMES_SCRIPT, Vec::new()).await.unwrap();
        let picture = self.client.screenshot().await.unwrap();
        let number = self.shots.get() + 1;
        self.shots.set(number);
        std::fs::write(artifacts().join(format!("{}-{number:02}-{what}.png", self.name)), picture).unwrap();
    }

    /// Waits for a condition in the window. Takes a screenshot when the deadline passes first.
    pub(crate) async fn until<T>(&self, what: &str, deadline: Duration, ask: impl AsyncFnMut() -> Option<T>) -> T {
        match answer(deadline, ask).await {
            Some(answer) => answer,
            None => {
                self.shot("failed").await;
                panic!("waited {} s in vain for {what}", deadline.as_secs());
            }
        }
    }

    /// Returns the first element that matches this selector, is laid out and is not hidden. The driver's own check is
    /// not used, because it calls text invisible that is cut off with an ellipsis.
    async fn visible(&self, css: &str) -> Option<Element> {
        let index = self.client.execute(FIRST_VISIBLE_SCRIPT, vec![json!(css)]).await.ok()?.as_u64()?;
        self.client.find_all(Locator::Css(css)).await.ok()?.into_iter().nth(usize::try_from(index).ok()?)
    }
}

/// Returns the CSS selector for a test id.
pub(crate) fn testid(id: &str) -> String {
    format!(r#"[data-testid="{id}"]"#)
}
