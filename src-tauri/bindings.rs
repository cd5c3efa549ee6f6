//! The one list of commands and events, and the one exporter of the page's bindings.
//!
//! `tauri-specta` is a release candidate: nothing else in the program depends on it, apart from the event derives.

use std::{fs, path::Path};

use specta_typescript::Typescript;
use tauri::{Runtime, Wry};
use tauri_specta::{Builder, Commands, collect_commands};

use crate::{
    commands::{
        images, keys, keyservers, library, outside, program, remotes, settings, signatures, start,
        tasks,
    },
    events,
};

/// Commands and events, for any runtime.
pub(crate) fn builder<R: Runtime>() -> Builder<R> {
    // One shape for both directions: views are complete when they are sent, whichever way.
    Builder::new()
        .commands(commands())
        .events(events::all())
        .disable_serde_phases()
}

// The types are collected for the real runtime: they do not depend on it, and a generic parameter cannot be named here.
fn commands<R: Runtime>() -> Commands<R> {
    collect_commands![
        start::start,
        start::finish_first_run,
        start::trust_all_found_keys,
        start::open_sample_image,
        start::take_opened,
        settings::get_settings,
        settings::change_settings::<Wry>,
        settings::reset_settings,
        images::offer_text,
        outside::pick_images::<Wry>,
        outside::pick_keys::<Wry>,
        outside::pick_folder::<Wry>,
        images::take_images,
        images::add_folders,
        images::list_folders,
        images::remove_folder,
        images::reread_folder,
        images::list_images,
        images::recent_images,
        images::forget_images,
        images::trash_images,
        outside::locate_image::<Wry>,
        outside::reveal_image::<Wry>,
        outside::copy_text::<Wry>,
        outside::copy_details::<Wry>,
        images::inspect_image,
        images::peek_part,
        images::read_definition,
        images::read_labels,
        images::read_environment,
        images::raw_header,
        images::raw_descriptor,
        images::siftool_list,
        outside::export_part::<Wry>,
        signatures::verify_images,
        signatures::get_verdict,
        signatures::plan_signing,
        signatures::run_signing,
        signatures::suggest_signer,
        keys::list_keys,
        keys::get_key,
        keys::create_key,
        keys::plan_key_import,
        keys::run_key_import,
        keys::list_gnupg_keys,
        keys::plan_gnupg_import,
        outside::export_key::<Wry>,
        keys::public_key_text,
        keys::change_passphrase,
        keys::extend_key,
        keys::revoke_key,
        outside::save_revocation::<Wry>,
        keys::delete_key,
        keys::key_backups,
        keys::restore_lost_keys,
        keys::repair_keyring,
        keys::compare_fingerprint,
        keys::trust_key,
        keys::distrust_key,
        keys::block_key,
        keys::unlock_key,
        keys::forget_kept_passphrase,
        keys::lock_keys,
        keys::lock_state,
        keyservers::search_keys,
        keyservers::look_for_key,
        keyservers::publish_key,
        keyservers::publish_key_when_online,
        keyservers::look_for_key_when_online,
        remotes::list_remotes,
        remotes::set_current_remote,
        remotes::probe_remote,
        remotes::add_remote,
        remotes::change_remote,
        remotes::remove_remote,
        remotes::make_remote_active,
        remotes::refresh_remote,
        remotes::sign_in,
        remotes::sign_out,
        remotes::share_login,
        remotes::unshare_login,
        remotes::set_keyservers,
        remotes::import_logins,
        remotes::sign_in_registry,
        remotes::sign_out_registry,
        remotes::share_registry_login,
        remotes::try_keychain,
        remotes::cloud,
        remotes::revoke_cloud_token,
        remotes::contacts,
        outside::new_cloud_token::<Wry>,
        library::list_library,
        library::search_library,
        library::get_container,
        library::delete_library_images,
        library::move_tag,
        library::read_reference,
        library::resolve_reference,
        library::target_folder,
        library::plan_pull,
        library::run_pull,
        library::push_places,
        library::plan_push,
        library::run_push,
        library::take_links,
        library::remove_partial,
        library::pull_when_online,
        library::plan_push_when_online,
        library::push_when_online,
        library::push_reviewed,
        library::hurry_task,
        outside::pick_target_folder::<Wry>,
        outside::pick_ca_file::<Wry>,
        outside::open_token_page::<Wry>,
        tasks::list_tasks,
        tasks::cancel_task,
        tasks::pause_task,
        tasks::resume_task,
        tasks::retry_task,
        tasks::answer_task,
        tasks::forget_tasks,
        program::about,
        program::diagnostics_report::<Wry>,
        program::save_report::<Wry>,
        program::open_log_folder::<Wry>,
        program::confirm_close::<Wry>,
        program::close_window::<Wry>,
        program::reset_window_layout::<Wry>,
    ]
}

/// Writes the page's bindings to `path`.
///
/// # Errors
/// The file cannot be written, or a type has no form in TypeScript.
pub fn typescript(path: &Path) -> Result<(), specta_typescript::Error> {
    let header = "// Generated by `cargo xtask codegen` from the commands and events of the shell. Do not edit.\n";
    builder::<Wry>().export(Typescript::default().header(header), path)?;
    let text = fs::read_to_string(path)?;
    fs::write(path, with_complete_settings(&text))?;
    Ok(())
}

/// A settings file may leave fields out, hence `#[serde(default)]`; a view that crosses to the page never does.
fn with_complete_settings(text: &str) -> String {
    const START: &str = "export type Settings = {";
    let Some((before, rest)) = text.split_once(START) else {
        return text.to_owned();
    };
    let Some((fields, after)) = rest.split_once("\n}") else {
        return text.to_owned();
    };
    format!("{before}{START}{}\n}}{after}", fields.replace("?: ", ": "))
}
