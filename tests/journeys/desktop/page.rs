//! What a person does with the page: look, press, type. Things are found by role and name, as a screen reader finds them.

use std::time::Duration;

use fantoccini::{Client, Locator, elements::Element};
use serde_json::{Value, json};

use super::{LIMIT, wait_for};

/// The page of the running program.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    client: Client,
}

/// How an element is called, as a screen reader says it.
const NAMES: &str = r#"
const text = (element) => {
  const by = element.getAttribute("aria-labelledby");
  if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const label = element.getAttribute("aria-label");
  if (label) return label;
  if (element.labels?.length) return [...element.labels].map((each) => each.textContent).join(" ");
  return element.innerText ?? element.textContent ?? element.getAttribute("title") ?? "";
};
const name = (element) => text(element).replace(/\s+/g, " ").trim();
"#;

/// Finds the visible elements of a role with a name. `arguments`: roles, name, whether the name is only a part. Stands
/// behind [`NAMES`].
const FIND: &str = r#"
const [selector, wanted, partly] = arguments;
const visible = (element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
};
const fits = (element) => {
  const own = name(element);
  return partly ? own.includes(wanted) : own === wanted || own === wanted + "…";
};
const found = [...document.querySelectorAll(selector)].filter((element) => visible(element) && fits(element));
const enabled = found.filter((element) => !element.disabled && element.getAttribute("aria-disabled") !== "true");
return enabled.at(-1) ?? null;
"#;

const BUTTONS: &str = "button, a, summary, [role=button], [role=tab], [role=menuitem], [role=option], [role=radio], \
                       [role=checkbox], [role=switch], [role=link], label, input[type=checkbox], input[type=radio]";
const FIELDS: &str =
    "input:not([type=checkbox], [type=radio]), textarea, [role=textbox], [role=combobox]";

/// How long to wait for an answer that may never come.
const PATIENCE: Duration = Duration::from_secs(2);

/// The good end of what the driver is asked; nothing when it refuses or does not answer.
async fn within<T, E>(asked: impl Future<Output = Result<T, E>>) -> Option<T> {
    tokio::time::timeout(LIMIT, asked).await.ok()?.ok()
}

impl Page {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// What a script in the page returns. A program that ends while the driver asks it leaves the driver without an
    /// answer for ever, and a test that waits for that would never say what is wrong.
    async fn run(&self, script: &str, arguments: Vec<Value>) -> Option<Value> {
        within(self.client.execute(script, arguments)).await
    }

    /// Everything that the page says.
    pub(crate) async fn text(&self) -> String {
        let text = self
            .run("return document.body?.innerText ?? ''", Vec::new())
            .await;
        text.and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Waits until the page says `words`.
    pub(crate) async fn sees(&self, words: &str) {
        let seen = wait_for(async || self.text().await.contains(words).then_some(())).await;
        if seen.is_none() {
            panic!(
                "the page does not say `{words}` but:\n{}",
                self.text().await
            );
        }
    }

    /// Waits until the page says `words` no more.
    pub(crate) async fn no_longer_sees(&self, words: &str) {
        let gone = wait_for(async || (!self.text().await.contains(words)).then_some(())).await;
        assert!(gone.is_some(), "the page still says `{words}`");
    }

    /// Presses the button, link, tab or box with this name.
    pub(crate) async fn press(&self, name: &str) {
        self.press_found(name, false).await;
    }

    /// Presses what has `part` in its name.
    pub(crate) async fn press_like(&self, part: &str) {
        self.press_found(part, true).await;
    }

    async fn press_found(&self, name: &str, partly: bool) {
        // The page may draw anew between finding and pressing: then both are done again.
        let pressed = wait_for(async || {
            let element = self.find(BUTTONS, name, partly).await?;
            within(element.click()).await
        });
        if pressed.await.is_none() {
            panic!(
                "nothing to press is called `{name}`; the page says:\n{}",
                self.text().await
            );
        }
    }

    /// Opens the row of a list that shows `name`, with a double click.
    pub(crate) async fn open_row(&self, name: &str) {
        const OPEN: &str = "const rows = [...document.querySelectorAll('[role=row], tr, li, [role=option]')];\
            const row = rows.filter((row) => row.textContent.includes(arguments[0])).at(-1);\
            if (!row) return false; row.dispatchEvent(new MouseEvent('dblclick', { bubbles: true })); return true;";
        let opened = wait_for(async || {
            let found = self.run(OPEN, vec![json!(name)]).await?;
            (found == json!(true)).then_some(())
        });
        assert!(opened.await.is_some(), "no row shows `{name}`");
    }

    /// Whether something to press has this name now.
    pub(crate) async fn offers(&self, name: &str) -> bool {
        self.find(BUTTONS, name, false).await.is_some()
    }

    /// Types `text` into the field with this label, instead of what stands there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let typed = wait_for(async || {
            let field = self.find(FIELDS, label, true).await?;
            within(field.clear()).await?;
            within(field.send_keys(text)).await
        });
        if typed.await.is_none() {
            panic!(
                "no field is called `{label}`; the page says:\n{}",
                self.text().await
            );
        }
    }

    /// Presses keys, for example `\u{E00C}` for Escape, where the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        // What has the focus may be drawn anew just now: then nothing was typed.
        let typed = wait_for(async || {
            let active = within(self.client.active_element()).await?;
            within(active.send_keys(keys)).await
        });
        typed.await.expect("the page takes keys");
    }

    /// The name of what has the focus; none when nothing has it.
    pub(crate) async fn focused(&self) -> String {
        let found = self
            .run(
                &format!("{NAMES} const focused = document.activeElement; return focused === document.body ? '' : name(focused);"),
                Vec::new(),
            )
            .await;
        found
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// The text of the element of a CSS selector; none when there is no such element.
    pub(crate) async fn text_of(&self, selector: &str) -> String {
        const TEXT: &str = "return document.querySelector(arguments[0])?.innerText ?? '';";
        let text = self.run(TEXT, vec![json!(selector)]).await;
        text.and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Waits for the element of a CSS selector.
    pub(crate) async fn element(&self, selector: &str) -> Element {
        let found = wait_for(async || within(self.client.find(Locator::Css(selector))).await).await;
        match found {
            Some(element) => element,
            None => panic!(
                "nothing fits `{selector}`; the page says:\n{}",
                self.text().await
            ),
        }
    }

    /// Whether something fits a CSS selector now.
    pub(crate) async fn has(&self, selector: &str) -> bool {
        within(self.client.find(Locator::Css(selector)))
            .await
            .is_some()
    }

    /// Waits until nothing fits a CSS selector.
    pub(crate) async fn gone(&self, selector: &str) {
        let gone = wait_for(async || {
            let found = within(self.client.find_all(Locator::Css(selector))).await?;
            found.is_empty().then_some(())
        });
        assert!(gone.await.is_some(), "`{selector}` is still there");
    }

    /// Calls a command of the program as the page does.
    pub(crate) async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        const CALL: &str = "const [command, given, done] = arguments;\
            window.__TAURI_INTERNALS__.invoke(command, given)\
            .then((value) => done({ value }), (error) => done({ error }));";
        let answer = self
            .client
            .execute_async(CALL, vec![json!(command), arguments]);
        let answer = within(answer)
            .await
            .unwrap_or_else(|| panic!("`{command}` was not answered"));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer.get("value").cloned().unwrap_or(Value::Null)),
        }
    }

    /// Calls a command after which the program may be gone: nobody waits for what it answers.
    pub(crate) async fn send(&self, command: &str, arguments: Value) {
        const CALL: &str = "void window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]);";
        // Gone before even this was answered.
        let _ =
            tokio::time::timeout(PATIENCE, self.run(CALL, vec![json!(command), arguments])).await;
    }

    /// Listens to events of the program, beside the page itself.
    pub(crate) async fn listen(&self, events: &[&str]) {
        const LISTEN: &str = "const [events, done] = arguments; window.heardByTest = [];\
            const { invoke, transformCallback } = window.__TAURI_INTERNALS__;\
            Promise.all(events.map((event) => invoke('plugin:event|listen', { event, target: { kind: 'Any' },\
            handler: transformCallback(({ payload }) => window.heardByTest.push([event, payload])) })))\
            .then(() => done(true), (error) => done(String(error)));";
        let answer = self.client.execute_async(LISTEN, vec![json!(events)]);
        assert_eq!(within(answer).await, Some(json!(true)));
    }

    /// The payloads of an event that came since [`Self::listen`].
    pub(crate) async fn heard(&self, event: &str) -> Vec<Value> {
        let all = self.run("return window.heardByTest ?? []", Vec::new());
        let all = all.await.expect("the page says what it heard");
        let all = all.as_array().cloned().unwrap_or_default();
        all.into_iter()
            .filter(|one| one[0] == event)
            .map(|one| one[1].clone())
            .collect()
    }

    /// Chooses in the list with this label.
    pub(crate) async fn choose(&self, label: &str, value: &str) {
        const CHOOSE: &str = "const [list, value] = arguments; list.value = value;\
            list.dispatchEvent(new Event('change', { bubbles: true })); return list.value === value;";
        let chosen = wait_for(async || {
            let list = self.find("select", label, true).await?;
            let list = serde_json::to_value(list).ok()?;
            let done = self.run(CHOOSE, vec![list, json!(value)]).await?;
            (done == json!(true)).then_some(())
        });
        assert!(
            chosen.await.is_some(),
            "`{value}` cannot be chosen in `{label}`"
        );
    }

    /// Waits until the page has painted what it holds: two frames, which a page that nobody sees does not draw.
    pub(crate) async fn painted(&self) {
        const ASK: &str = "window.paintedForTest = 0; const next = () => { if (++window.paintedForTest < 3) \
            requestAnimationFrame(next); }; next();";
        let _ = self.run(ASK, Vec::new()).await;
        let painted = wait_for(async || {
            let frames = self.run("return window.paintedForTest", Vec::new()).await?;
            frames.as_u64().filter(|frames| *frames >= 3)
        });
        assert!(painted.await.is_some(), "the page does not paint");
    }

    async fn find(&self, selector: &str, name: &str, partly: bool) -> Option<Element> {
        let found = self
            .run(
                &format!("{NAMES}{FIND}"),
                vec![json!(selector), json!(name), json!(partly)],
            )
            .await?;
        let reference = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(
            self.client.clone(),
            reference.into(),
        ))
    }
}
