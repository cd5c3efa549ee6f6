//! "Must hold": what other programs do meanwhile, to the same file and to the same keyring, loses nothing.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use sifter_api::{
    Clock, ErrorCode, Homes, Sifter,
    images::ImageState,
    keychain::MemoryKeychain,
    keys::{ImportSource, KeepPassphrase, KeyState},
    tasks::{TaskOutcome, TaskState},
    units::Timestamp,
    verdict::{Badge, VerifyRequest},
};
use sifter_testkit::{TempHome, images, keys};

use crate::desk::{Desk, NOW, PATIENCE, passphrase};

/// Where a child process finds what it is about.
const CHILD_PLACE: &str = "SIFTER_TEST_CHILD_PLACE";
/// How a child ends that did what it is there for; a failed assertion ends with another number.
const DONE: i32 = 77;

/// This test program, to run one of the children below.
fn child(wrapper: &[&str], name: &str, place: &Path) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut words = wrapper
        .iter()
        .map(std::ffi::OsString::from)
        .collect::<Vec<_>>();
    words.extend([program.into(), "--exact".into(), name.into()]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env(CHILD_PLACE, place);
    command
}

/// What another program does to a file.
type Way = fn(&Path);

/// The time of a file that was changed later: the clocks of file systems tick in milliseconds only.
fn later(file: &File) {
    let modified = file.metadata().unwrap().modified().unwrap();
    file.set_modified(modified + Duration::from_secs(1))
        .unwrap();
}

fn change_in_place(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let last = bytes.len() - 1;
    bytes[last / 2] ^= 1;
    fs::write(path, bytes).unwrap();
    later(&File::options().write(true).open(path).unwrap());
}

fn put_another_in_place(path: &Path) {
    let other = path.with_extension("new");
    fs::copy(path, &other).unwrap();
    fs::rename(other, path).unwrap();
}

fn cut_short(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(10_000).unwrap();
    later(&file);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_hashed_has_no_verdict() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk
        .image("x.sif", &images::with_partition(&vec![5; 8 << 20]))
        .await;
    desk.sign(image, &anna).await;
    let path = desk.path("x.sif");
    let signed = fs::read(&path).unwrap();
    let ways: [(&str, Way); 3] = [
        ("changed in place", change_in_place),
        ("replaced by another", put_another_in_place),
        ("cut short", cut_short),
    ];
    for (what, change) in ways {
        fs::write(&path, &signed).unwrap();
        let changed = AtomicBool::new(false);
        let in_the_middle = |done: u64, total: u64| {
            if done > 0 && done < total && !changed.swap(true, Ordering::SeqCst) {
                change(&path);
            }
            true
        };
        let request = VerifyRequest::default();
        let error = desk
            .sifter
            .verify_file(&path, &request, &in_the_middle)
            .expect_err(what);
        assert!(changed.load(Ordering::SeqCst), "{what}: in the middle");
        assert_eq!(error.code, ErrorCode::FileChanged, "{what}: {error:?}");
        assert!(error.message.contains("`x.sif`"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_task_keeps_no_verdict_of_a_file_that_changes_meanwhile() {
    let desk = Desk::new();
    let anna = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &anna).await;
    assert_eq!(desk.verify(image).await.badge, Badge::Verified);
    let Desk { home, sifter, .. } = desk;
    drop(sifter);

    // A task asks for the time when it has read the table and before it reads the parts: the other program's moment.
    let armed = Arc::new(AtomicBool::new(false));
    let (moment, path) = (Arc::clone(&armed), home.file("x.sif"));
    let clock = Clock::from_fn(move || {
        let thread = std::thread::current();
        let in_task = thread.name().is_some_and(|name| name.starts_with("task "));
        if in_task && moment.swap(false, Ordering::SeqCst) {
            change_in_place(&path);
        }
        Timestamp(NOW).to_system_time()
    });
    let keychain = Arc::new(MemoryKeychain::default());
    let sifter = Sifter::start(Homes::below(home.path()), keychain, clock).unwrap();
    armed.store(true, Ordering::SeqCst);
    let task = sifter.verify_images(vec![image]).await.unwrap();
    assert!(sifter.wait_for_tasks(PATIENCE).await.unwrap(), "it ends");
    let TaskState::Done {
        outcome: TaskOutcome::Verified { items },
    } = sifter.get_task(task).await.unwrap().state
    else {
        panic!("one file does not fail the task");
    };
    assert!(!armed.load(Ordering::SeqCst), "the file was changed");
    let error = items[0].error.as_ref().expect("no verdict");
    assert_eq!(
        (error.code, items[0].badge),
        (ErrorCode::FileChanged, Badge::CantCheck)
    );
    assert_eq!(sifter.get_verdict(image).await.unwrap(), None);
    assert_eq!(
        sifter.list_images().await.unwrap()[0].badge,
        Badge::NotChecked
    );
}

#[tokio::test]
async fn a_keyring_that_another_program_holds_is_busy_and_nothing_is_lost() {
    let desk = Desk::without_waiting();
    let anna = desk.own(keys::anna()).await;
    let folder = desk.home.keyring_folder();
    let both = || ["pgp-secret", "pgp-public"].map(|name| fs::read(folder.join(name)).unwrap());
    let before = both();
    let mut other = Holder::of(
        &desk
            .home
            .path()
            .join("data/keyrings/singularity/keyrings.lock"),
    );

    let text = || ImportSource::Text(keys::tom().to_armored().to_string());
    let plan = desk.sifter.plan_key_import(text()).await.unwrap();
    let import = desk.sifter.run_key_import(plan.plan, None).await;
    let delete = desk
        .sifter
        .delete_key(anna.clone(), "Anna Ruiz".into(), false)
        .await;
    let reason = sifter_api::keys::RevocationReason::Retired;
    let revoke = desk
        .sifter
        .revoke_key(anna.clone(), reason, String::new(), Some(passphrase()))
        .await;
    for (what, error) in [
        ("import", import.expect_err("held")),
        ("delete", delete.expect_err("held")),
        ("revoke", revoke.expect_err("held")),
    ] {
        assert_eq!(error.code, ErrorCode::KeyringBusy, "{what}: {error:?}");
        assert!(error.retryable, "{what}");
    }
    assert!(before == both(), "not a byte of the keyrings changed");
    let row = desk.sifter.get_key(anna).await.unwrap().row;
    assert!(row.own, "reading needs no lock");

    other.let_go();
    let plan = desk.sifter.plan_key_import(text()).await.unwrap();
    let taken = desk
        .sifter
        .run_key_import(plan.plan, None)
        .await
        .unwrap()
        .taken;
    assert_eq!(taken, [keys::tom().fingerprint().to_string()]);
}

/// Another process that holds a lock.
struct Holder(Child);

impl Holder {
    fn of(lock: &Path) -> Self {
        let mut other = child(&[], "meanwhile::a_program_that_holds_a_lock", lock)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(other.stdout.take().unwrap()).lines();
        assert!(
            told.any(|line| line.unwrap().ends_with("held")),
            "the other program has the lock"
        );
        Self(other)
    }

    fn let_go(&mut self) {
        drop(self.0.stdin.take());
        assert_eq!(self.0.wait().unwrap().code(), Some(DONE));
    }
}

/// The child of the test above: holds the lock until its input ends. By itself it does nothing.
#[test]
fn a_program_that_holds_a_lock() {
    let Some(place) = std::env::var_os(CHILD_PLACE) else {
        return;
    };
    let lock = File::options().write(true).open(place).unwrap();
    lock.lock().unwrap();
    // Past the test harness, which keeps what is printed.
    std::io::stdout().write_all(b"held\n").unwrap();
    std::io::stdout().flush().unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    std::process::exit(DONE);
}

/// What `key remove --secret` of the command lines does: the keys that stay lose their secret parts.
fn destroy(desk: &Desk) {
    let path = desk.home.keyring_folder().join("pgp-secret");
    fs::write(path, keys::anna().certificate().to_bytes()).unwrap();
}

async fn check_restored(desk: &Desk) {
    let anna = keys::anna().fingerprint().to_string();
    let row = desk.sifter.get_key(anna.clone()).await.unwrap().row;
    assert_eq!((row.state, row.own), (KeyState::SecretLost, false));
    let found = desk.sifter.restore_lost_keys().await.unwrap();
    assert_eq!(found.restored, std::slice::from_ref(&anna));
    assert!(found.missing.is_empty());
    desk.sifter
        .unlock_key(anna, passphrase(), KeepPassphrase::ThisAction)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_that_was_just_imported_survives_its_destruction() {
    let desk = Desk::new();
    desk.own(keys::anna()).await;
    destroy(&desk);
    check_restored(&desk).await;
}

#[tokio::test]
async fn keys_of_the_command_line_are_kept_at_the_start_and_when_they_change() {
    for watched_first in [false, true] {
        let desk = Desk::new();
        let secret = desk.home.keyring_folder().join("pgp-secret");
        if watched_first {
            desk.sifter.watch().await.unwrap();
        }
        fs::write(&secret, keys::anna().to_bytes()).unwrap();
        if watched_first {
            desk.sifter.focus_gained().await.unwrap();
        } else {
            desk.sifter.watch().await.unwrap();
        }
        destroy(&desk);
        check_restored(&desk).await;
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = TempHome::new();
    let (file, folder) = (home.file("private.sif"), home.file("folder"));
    images::put(&file, &images::plain());
    fs::create_dir(&folder).unwrap();
    images::put(&folder.join("inside.sif"), &images::plain());
    for place in [&file, &folder] {
        fs::set_permissions(place, fs::Permissions::from_mode(0o000)).unwrap();
    }
    // Root may read everything, as long as it has the two powers that are taken away here.
    let wrapper: &[&str] = if File::open(&file).is_ok() {
        &["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    } else {
        &[]
    };
    let ended = child(
        wrapper,
        "meanwhile::a_program_that_may_not_read",
        home.path(),
    )
    .output();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let ended = match ended {
        Ok(ended) => ended,
        Err(reason) => return sifter_testkit::faults::skip("unreadable file", &reason.to_string()),
    };
    assert_eq!(
        ended.status.code(),
        Some(DONE),
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
}

/// The child of the test above; by itself it does nothing.
#[cfg(unix)]
#[tokio::test]
async fn a_program_that_may_not_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(place) = std::env::var_os(CHILD_PLACE).map(std::path::PathBuf::from) else {
        return;
    };
    let clock = Clock::from_fn(SystemTime::now);
    let keychain = Arc::new(MemoryKeychain::default());
    let sifter = Sifter::start(Homes::below(&place), keychain, clock).unwrap();
    for name in ["work/private.sif", "work/folder/inside.sif"] {
        let image = sifter.add_image(place.join(name)).await.unwrap();
        let error = sifter.inspect_image(image).await.expect_err(name);
        assert_eq!(error.code, ErrorCode::FileNotReadable, "{name}: {error:?}");
        assert!(error.hint.is_some(), "{name}");
        let task = sifter.verify_images(vec![image]).await.unwrap();
        assert!(sifter.wait_for_tasks(PATIENCE).await.unwrap());
        let TaskState::Done {
            outcome: TaskOutcome::Verified { items },
        } = sifter.get_task(task).await.unwrap().state
        else {
            panic!("{name}: one file does not fail the task");
        };
        let error = items[0].error.as_ref().expect("no verdict");
        assert_eq!(
            (error.code, items[0].badge),
            (ErrorCode::FileNotReadable, Badge::CantCheck),
            "{name}"
        );
        let rows = sifter.list_images().await.unwrap();
        let row = rows.iter().find(|row| row.id == image).unwrap();
        assert!(
            matches!(&row.state, ImageState::Refused { error } if error.code == ErrorCode::FileNotReadable),
            "{row:?}"
        );
    }
    let private = place.join("work/private.sif");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).unwrap();
    sifter.focus_gained().await.unwrap();
    let rows = sifter.list_images().await.unwrap();
    let row = rows.iter().find(|row| row.name == "private.sif").unwrap();
    assert_eq!(row.state, ImageState::Ready, "permission was given");
    std::process::exit(DONE);
}
