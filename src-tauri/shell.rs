//! Puts the shell together: plugins, commands, events, the window. Generic over the runtime, so that the tests run the
//! same commands without a window.

use std::process::ExitCode;

use tauri::{
    App, AppHandle, Builder, Context, Manager, RunEvent, Runtime, Wry, webview::PageLoadEvent,
};

use crate::{
    before_paint::BeforePaint, bindings, commands::limits, drop::Dragged, engine::Engine, events,
    graphics, links::Registration, menu, notify, open, own_page, taskbar, window,
};

/// The configuration, the page and the permissions that are compiled into the program.
#[must_use]
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Adds all commands to `builder`.
pub fn with_commands<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    let commands = bindings::builder().invoke_handler();
    builder.invoke_handler(move |call| {
        match limits::check(call.message.command(), call.message.payload()) {
            Ok(()) => commands(call),
            Err(error) => {
                call.resolver.reject(error);
                true
            }
        }
    })
}

/// Adds what ties the program to the person's desktop session. The first one ends a second start before anything else
/// happens.
fn with_session<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder
        .plugin(tauri_plugin_single_instance::init(
            |app, arguments, folder| {
                open::on_second_start(app, &arguments, &folder);
            },
        ))
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(window::remembered())
                .build(),
        )
        .plugin(BeforePaint::default())
}

/// Adds the plugins that commands use.
pub fn with_plugins<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_dialog::init());
    builder
        .plugin(tauri_plugin_notification::init())
        .plugin(
            tauri_plugin_opener::Builder::new()
                .open_js_links_on_click(false)
                .build(),
        )
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_deep_link::init())
}

/// Hands `engine` to the commands and forwards what it tells.
pub fn prepare<R: Runtime>(app: &AppHandle<R>, engine: Engine) {
    bindings::builder::<R>().mount_events(app);
    app.manage(Dragged::default());
    app.manage(Registration::default());
    events::forward(app, &engine);
    app.manage(engine);
}

/// Runs the program until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    open::with_readable_arguments();
    graphics::avoid_blank_window();
    let built = with_commands(with_plugins(with_session(Builder::<Wry>::default())))
        .setup(set_up)
        .on_window_event(window::on_event)
        .on_page_load(|_, load| {
            if load.event() == PageLoadEvent::Finished {
                tracing::info!("the page is there");
            }
        })
        .build(context());
    match built {
        Ok(app) => {
            app.run(on_run_event);
            ExitCode::SUCCESS
        }
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "there is no window to say it in")]
            {
                eprintln!("sifter: the window could not be opened: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn set_up<R: Runtime>(app: &mut App<R>) -> Result<(), Box<dyn std::error::Error>> {
    let app = app.handle();
    menu::install(app)?;
    notify::listen(app);
    let window = own_page::open(app)?;
    window::keep_on_screen(&window);
    #[cfg(target_os = "linux")]
    crate::drop::exact_names::listen(&window, app.state::<Dragged>().inner().clone());
    #[cfg(target_os = "linux")]
    crate::sleep::listen(app);
    apply_settings(app);
    open::take_own_arguments(app);
    Ok(())
}

fn apply_settings<R: Runtime>(app: &AppHandle<R>) {
    let Ok(sifter) = app.state::<Engine>().sifter().cloned() else {
        return;
    };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Ok(view) = sifter.get_settings().await {
            events::apply(&app, &view);
        }
    });
}

#[cfg_attr(
    not(target_os = "macos"),
    expect(clippy::needless_pass_by_value, reason = "the signature is Tauri's")
)]
fn on_run_event<R: Runtime>(app: &AppHandle<R>, event: RunEvent) {
    match event {
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            open::take_urls(app, &urls);
        }
        RunEvent::Exit => {
            taskbar::clear(app);
            // The system may end the program without asking the window.
            tauri::async_runtime::block_on(window::suspend(app));
            tracing::info!("ended");
        }
        _ => {}
    }
}
