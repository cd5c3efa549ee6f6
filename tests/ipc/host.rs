//! The shell on the mock runtime, in a home of its own.

use serde_json::Value;
use sifter_api::{ApiError, ErrorCode, Homes, keychain::MemoryKeychain};
use sifter_lib::Engine;
use std::sync::Arc;
use tauri::{
    App, WebviewWindow, WebviewWindowBuilder,
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder},
    webview::InvokeRequest,
};
use tempfile::TempDir;

/// A running shell without a window.
pub(crate) struct Host {
    app: App<MockRuntime>,
    main: WebviewWindow<MockRuntime>,
    _home: TempDir,
}

impl Host {
    /// Starts Sifter in an empty home.
    pub(crate) fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let engine = Engine::start(
            Homes::below(home.path()),
            Arc::new(MemoryKeychain::default()),
        );
        Self::with(engine, home)
    }

    /// A shell whose Sifter did not start.
    pub(crate) fn failed() -> Self {
        Self::with(
            Engine::failed(ApiError::plain(ErrorCode::DiskFull)),
            tempfile::tempdir().unwrap(),
        )
    }

    fn with(engine: Engine, home: TempDir) -> Self {
        let app = sifter_lib::with_commands(sifter_lib::with_plugins(mock_builder()))
            .build(sifter_lib::context())
            .unwrap();
        sifter_lib::prepare(app.handle(), engine);
        let main = window(&app, "main");
        Self {
            app,
            main,
            _home: home,
        }
    }

    /// Calls a command as the page does.
    pub(crate) fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        request(&self.main, "tauri://localhost", command, arguments)
    }

    /// Calls a command from a window and an origin.
    pub(crate) fn call_from(
        &self,
        label: &str,
        origin: &str,
        command: &str,
        arguments: Value,
    ) -> Result<Value, Value> {
        let other = (label != "main").then(|| window(&self.app, label));
        request(
            other.as_ref().unwrap_or(&self.main),
            origin,
            command,
            arguments,
        )
    }
}

fn window(app: &App<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    WebviewWindowBuilder::new(app, label, tauri::WebviewUrl::default())
        .build()
        .unwrap()
}

fn request(
    window: &WebviewWindow<MockRuntime>,
    origin: &str,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: origin.parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.into(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

/// Fails unless `error` has the shape of an `ApiError`.
#[track_caller]
pub(crate) fn fails_as_api_error(command: &str, error: &Value) {
    let parsed: Result<ApiError, _> = serde_json::from_value(error.clone());
    let parsed =
        parsed.unwrap_or_else(|_| panic!("`{command}` answered with another error: {error}"));
    assert!(!parsed.message.is_empty(), "`{command}`: {error}");
    assert!(
        !parsed.message.ends_with('.'),
        "`{command}`: a message has no full stop: {error}"
    );
}
