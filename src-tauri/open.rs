//! Files and links that come from outside the page: the command line, a second start, *Open with*, macOS's open event.
//!
//! They may arrive before the page exists: Sifter keeps them in queues that the page drains when it starts, and again
//! at each [`crate::events::FilesOpened`] and [`crate::events::LinkOpened`].

use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager, Runtime, Url};

use crate::{engine::Engine, links, window};

/// What a command line names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    paths: Vec<PathBuf>,
    links: Vec<String>,
}

/// Returns the files and links that a command line names. The first argument is the program; options are not ours.
pub(crate) fn opened_by(arguments: &[String], folder: &Path) -> Opened {
    let mut opened = Opened::default();
    let mut only_files = false;
    for argument in arguments.iter().skip(1) {
        match argument.as_str() {
            "" => {}
            "--" if !only_files => only_files = true,
            option if !only_files && option.starts_with('-') => {}
            link if !only_files && links::is_link(link) => opened.links.push(link.to_owned()),
            file => opened.paths.extend(path_of(file, folder)),
        }
    }
    opened
}

fn path_of(argument: &str, folder: &Path) -> Option<PathBuf> {
    if argument.starts_with("file:") {
        return Url::parse(argument).ok()?.to_file_path().ok();
    }
    Some(folder.join(argument))
}

/// Queues what the program itself was started with.
pub(crate) fn take_own_arguments<R: Runtime>(app: &AppHandle<R>) {
    let arguments: Vec<String> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let folder = std::env::current_dir().unwrap_or_default();
    queue_arguments(app, &arguments, &folder);
}

/// A second program was started: it hands its files over, and the window that is there comes to the front.
pub(crate) fn on_second_start<R: Runtime>(app: &AppHandle<R>, arguments: &[String], folder: &str) {
    window::show(app);
    queue_arguments(app, arguments, Path::new(folder));
}

fn queue_arguments<R: Runtime>(app: &AppHandle<R>, arguments: &[String], folder: &Path) {
    if wants_sample(arguments) {
        let engine = app.state::<Engine>();
        let Ok(sifter) = engine.sifter().cloned() else {
            return;
        };
        tauri::async_runtime::spawn(async move {
            if let Err(error) = sifter.queue_sample_image().await {
                tracing::warn!(code = ?error.code, "the sample image was not written");
            }
        });
    }
    let opened = opened_by(arguments, folder);
    queue(app, opened.paths);
    links::queue(app, opened.links);
}

/// Queues what macOS hands over.
#[cfg(target_os = "macos")]
pub(crate) fn take_urls<R: Runtime>(app: &AppHandle<R>, urls: &[Url]) {
    let files = urls.iter().filter_map(|url| url.to_file_path().ok());
    queue(app, files.collect());
    let links = urls
        .iter()
        .map(Url::as_str)
        .filter(|url| links::is_link(url));
    links::queue(app, links.map(str::to_owned).collect());
}

/// Whether the sample image is asked for: `sifter --sample`, which `cargo xtask run` uses.
fn wants_sample(arguments: &[String]) -> bool {
    let mut options = arguments.iter().skip(1).take_while(|word| *word != "--");
    options.any(|word| word == "--sample")
}

/// Hands `paths` to the queue.
fn queue<R: Runtime>(app: &AppHandle<R>, paths: Vec<PathBuf>) {
    let engine = app.state::<Engine>();
    let Ok(sifter) = engine.sifter() else { return };
    if paths.is_empty() {
        return;
    }
    let sifter = sifter.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = sifter.queue_opened(paths).await {
            tracing::warn!(code = ?error.code, "opened files were not taken");
        }
    });
}

/// Starts the program anew with `file:` URLs in place of arguments that are not UTF-8, since the way to the first
/// instance carries UTF-8 only and would lose the name.
#[cfg(unix)]
pub(crate) fn with_readable_arguments() {
    use std::os::unix::process::CommandExt;

    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.iter().all(|argument| argument.to_str().is_some()) {
        return;
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let readable = arguments
        .into_iter()
        .map(|argument| match argument.into_string() {
            Ok(text) => text,
            Err(raw) => Url::from_file_path(folder.join(raw))
                .map(String::from)
                .unwrap_or_default(),
        });
    // Returns only when it failed; then the names are lost, and the files are reported as missing.
    let error = std::process::Command::new(program).args(readable).exec();
    tracing::warn!("could not start anew: {error}");
}

#[cfg(not(unix))]
pub(crate) fn with_readable_arguments() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], expected: &[&str]) {
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect();
        let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(opened_by(&arguments, Path::new("/data")).paths, expected);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_no_files_unless_they_are_meant_to_be() {
        let arguments = ["sifter", "sifter://a/b/c:1", "a.sif", "--", "library://x"];
        let opened = opened_by(&arguments.map(str::to_owned), Path::new("/data"));
        assert_eq!(opened.links, ["sifter://a/b/c:1"]);
        let paths = ["/data/a.sif", "/data/library://x"].map(PathBuf::from);
        assert_eq!(opened.paths, paths);
    }

    #[cfg(unix)]
    #[test]
    fn arguments_become_paths() {
        check(&["sifter"], &[]);
        check(
            &["sifter", "a.sif", "/b/c d.sif"],
            &["/data/a.sif", "/b/c d.sif"],
        );
        check(
            &["sifter", "file:///b/c%20d.sif", "file://other/host.sif"],
            &["/b/c d.sif"],
        );
        check(&["sifter", "--flag", "", "-x", "a.sif"], &["/data/a.sif"]);
        check(
            &["sifter", "--", "-x.sif", "--"],
            &["/data/-x.sif", "/data/--"],
        );
    }

    #[test]
    fn the_sample_is_an_option_and_not_a_file() {
        let wanted = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            wants_sample(&words)
        };
        assert!(wanted(&["sifter", "--sample"]));
        assert!(wanted(&["sifter", "a.sif", "--sample"]));
        assert!(!wanted(&["sifter"]));
        assert!(!wanted(&["sifter", "--", "--sample"]));
        check(&["sifter", "--sample"], &[]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_survives_as_a_url() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let path = Path::new("/data").join(OsStr::from_bytes(b"b\xe4d.sif"));
        let url = String::from(Url::from_file_path(&path).unwrap());
        assert_eq!(url, "file:///data/b%E4d.sif");
        assert_eq!(path_of(&url, Path::new("/")), Some(path));
    }
}
