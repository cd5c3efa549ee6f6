//! What is begun before there is a window: the log, Sifter, and what the first frame of the page depends on.
//!
//! A plugin, because those start before any window is made and may hand a script to its page. It comes behind the one
//! that ends a second start, so that a second start touches nothing.

use serde::Serialize;
use sifter_api::{
    Homes,
    settings::{SettingsView, Theme},
};
use tauri::{AppHandle, Manager as _, Runtime, plugin::Plugin};

use crate::{engine::Engine, logs::Logs, shell};

const SCRIPT: &str = include_str!("before_paint.js");

/// Starts Sifter, and tells the page what it needs for its first frame.
#[derive(Debug, Default)]
pub(crate) struct BeforePaint {
    script: Option<String>,
}

/// What the first frame depends on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    theme: Theme,
    zoom: u32,
    first_run: bool,
}

impl<R: Runtime> Plugin<R> for BeforePaint {
    fn name(&self) -> &'static str {
        "before-paint"
    }

    fn initialize(
        &mut self,
        app: &AppHandle<R>,
        _config: serde_json::Value,
    ) -> Result<(), Box<dyn std::error::Error>> {
        if let Some(logs) = Homes::of_this_user()
            .ok()
            .and_then(|homes| Logs::start(&homes.logs))
        {
            app.manage(logs);
        }
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
        let engine = Engine::of_this_user();
        self.script = script(&engine);
        shell::prepare(app, engine);
        Ok(())
    }

    fn initialization_script(&self) -> Option<String> {
        self.script.clone()
    }
}

/// Nothing when Sifter did not start: its page says so instead.
fn script(engine: &Engine) -> Option<String> {
    let sifter = engine.sifter().ok()?;
    let view = tauri::async_runtime::block_on(sifter.get_settings()).ok()?;
    script_for(&view)
}

fn script_for(view: &SettingsView) -> Option<String> {
    let known = Known {
        theme: view.settings.theme,
        zoom: view.settings.zoom,
        first_run: !view.settings.first_run_done,
    };
    let known = serde_json::to_string(&known).ok()?;
    Some(format!("({})({known});", SCRIPT.trim_end()))
}
