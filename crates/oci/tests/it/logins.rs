//! The file of logins that belongs to other programs too, and the programs that keep logins.

use std::path::PathBuf;
#[cfg(unix)]
use std::time::Duration;

use oci::{Helpers, Host, KeptLoginPlace, Login, LoginFile, LoginFileError, Reference};
use tempfile::TempDir;

/// As Docker writes it, with members that nobody here knows.
const FILE: &str = r#"{
	"auths": {
		"https://index.docker.io/v1/": { "auth": "YW5uYTpodWI=" },
		"ghcr.io": { "email": "anna@lab.example",
			"auth": "YW5uYTpnaGNy" },
		"https://quay.io/v2/": { "auth": "YW5uYTpxdWF5" },
		"reg.example:5000/team": { "auth": "dGVhbTp0ZWFt" },
		"reg.example:5000": { "identitytoken": "identity" },
		"empty.example": {}
	},
	"HttpHeaders": { "User-Agent": "Docker-Client/19.03" },
	"psFormat": "table {{.ID}}",
	"big": 123456789012345678901234567890.5
}"#;

fn folder(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::with_prefix("sifter-oci-").unwrap();
    let path = folder.path().join("docker-config.json");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn shown(login: Option<&Login>) -> String {
    use secrecy::ExposeSecret as _;
    match login {
        None => "none".into(),
        Some(Login::Password { user, password }) => format!("{user}:{}", password.expose_secret()),
        Some(Login::Identity(token)) => format!("identity {}", token.expose_secret()),
        Some(Login::Bearer(token)) => format!("bearer {}", token.expose_secret()),
    }
}

fn host(text: &str) -> Host {
    text.parse().unwrap()
}

#[tokio::test]
async fn logins_are_found_by_repository_then_by_registry() {
    let (_folder, path) = folder(FILE);
    let file = LoginFile::read(&path).unwrap();
    for (reference, expected) in [
        ("docker://alpine", "anna:hub"),
        ("docker://index.docker.io/x/y", "anna:hub"),
        ("oras://ghcr.io/lab/x:1", "anna:ghcr"),
        ("oras://quay.io/lab/x", "anna:quay"),
        ("oras://reg.example:5000/team", "team:team"),
        ("oras://reg.example:5000/other", "identity identity"),
        ("oras://empty.example/x", "none"),
        ("oras://reg.example/x", "none"),
    ] {
        let reference: Reference = reference.parse().unwrap();
        let login = file
            .find(&reference.repository, &Helpers::none())
            .await
            .unwrap();
        assert_eq!(shown(login.as_ref()), expected, "{reference}");
    }
    let logins: Vec<_> = file
        .logins()
        .into_iter()
        .map(|login| {
            assert_eq!(login.place, KeptLoginPlace::File);
            (
                login.key,
                login.host.map(|host| host.to_string()),
                login.user,
            )
        })
        .collect();
    let row = |key: &str, host: &str, user: Option<&str>| {
        (
            key.to_owned(),
            Some(host.to_owned()),
            user.map(str::to_owned),
        )
    };
    assert_eq!(
        logins,
        [
            row("https://index.docker.io/v1/", "docker.io", Some("anna")),
            row("ghcr.io", "ghcr.io", Some("anna")),
            row("https://quay.io/v2/", "quay.io", Some("anna")),
            row("reg.example:5000/team", "reg.example:5000", Some("team")),
            row("reg.example:5000", "reg.example:5000", None),
        ]
    );
    assert!(!format!("{file:?}").contains("YW5"));
}

#[tokio::test]
async fn a_login_is_written_and_taken_out_and_all_else_stays() {
    let (_folder, path) = folder(FILE);
    let mut file = LoginFile::read(&path).unwrap();
    let none = Helpers::none();
    file.store(
        &host("new.example:5000"),
        "anna",
        &"secret".to_owned().into(),
        &none,
    )
    .await
    .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let expected = FILE.replace(
        "\"empty.example\": {}\n",
        "\"empty.example\": {},\n\t\t\"new.example:5000\": {\n\t\t\t\"auth\": \"YW5uYTpzZWNyZXQ=\"\n\t\t}\n",
    );
    assert_eq!(text, expected);
    assert!(file.erase(&host("new.example:5000"), &none).await.unwrap());
    assert!(!file.erase(&host("new.example:5000"), &none).await.unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), FILE);
    // In its old place, under the name that all tools know, and out under all names.
    file.store(&host("docker.io"), "tom", &"x".to_owned().into(), &none)
        .await
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {\n\t\t\t\"auth\": \"dG9tOng=\"\n\t\t},"), "{text}");
    assert!(file.erase(&host("docker.io"), &none).await.unwrap());
    assert!(file.erase(&host("quay.io"), &none).await.unwrap());
    // A team's login is not that of its registry.
    assert!(file.erase(&host("reg.example:5000"), &none).await.unwrap());
    let keys: Vec<_> = LoginFile::read(&path)
        .unwrap()
        .logins()
        .into_iter()
        .map(|login| login.key)
        .collect();
    assert_eq!(keys, ["ghcr.io", "reg.example:5000/team"]);
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_and_an_old_one_keeps_its_mode_and_its_links() {
    let folder = TempDir::with_prefix("sifter-oci-").unwrap();
    let path = folder.path().join("docker-config.json");
    let store = async || {
        let mut file = LoginFile::read(&path).unwrap();
        file.store(
            &host("ghcr.io"),
            "anna",
            &"x".to_owned().into(),
            &Helpers::none(),
        )
        .await
    };
    store().await.unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "{\n\t\"auths\": {\n\t\t\"ghcr.io\": {\n\t\t\t\"auth\": \"YW5uYTp4\"\n\t\t}\n\t}\n}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        let real = folder.path().join("real.json");
        std::fs::rename(&path, &real).unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.json", &path).unwrap();
        store().await.unwrap();
        assert_eq!(mode(&real), 0o640);
        assert!(path.symlink_metadata().unwrap().is_symlink());
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        if cfg!(unix) { 2 } else { 1 }
    );
}

#[tokio::test]
async fn what_cannot_be_understood_is_not_written() {
    for text in [
        "[]",
        "{",
        "\u{feff}{}",
        "{\"auths\": []}",
        "{\"auths\": {}, \"credHelpers\": 7}",
        "{}{}",
    ] {
        let (_folder, path) = folder(text);
        assert!(
            matches!(LoginFile::read(&path), Err(LoginFileError::Damaged { .. })),
            "{text}"
        );
    }
    let (_folder, path) = folder(&" ".repeat((1 << 20) + 1));
    assert!(matches!(
        LoginFile::read(&path),
        Err(LoginFileError::Damaged { .. })
    ));
    for text in ["", " \n", "{\"auths\": null}"] {
        let (_folder, path) = folder(text);
        assert_eq!(LoginFile::read(&path).unwrap().logins(), [], "{text}");
    }
    // Another program was quicker.
    let (_folder, path) = folder(FILE);
    let mut file = LoginFile::read(&path).unwrap();
    std::fs::write(&path, "{}").unwrap();
    let error = file
        .store(
            &host("ghcr.io"),
            "anna",
            &"x".to_owned().into(),
            &Helpers::none(),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, LoginFileError::Changed(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}");
}

/// A helper that writes down what it is told and answers with what lies beside it.
#[cfg(unix)]
fn helper(folder: &TempDir, name: &str, script: &str) -> Helpers {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.path().join(format!("docker-credential-{name}"));
    std::fs::write(
        &path,
        format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n"),
    )
    .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Its folder comes first; the shell finds its own programs behind it.
    Helpers::new(folder.path().into(), Duration::from_secs(20))
}

#[cfg(unix)]
#[tokio::test]
async fn programs_keep_logins() {
    let (folder, path) = folder(
        r#"{"credsStore":"all","credHelpers":{"ghcr.io":"one","gone.example":"gone","bad.example":"../x"},"auths":{"quay.io":{}}}"#,
    );
    let script = r#"
echo "$1 $(cat)" >> said
case "$1:$(tail -n 1 said)" in
get:*quay.io*) echo '{"ServerURL":"quay.io","Username":"<token>","Secret":"identity"}';;
get:*ghcr.io) echo '{"ServerURL":"ghcr.io","Username":"anna","Secret":"kept"}';;
get:*) echo 'credentials not found in native keychain'; exit 1;;
esac"#;
    let helpers = helper(&folder, "all", script);
    helper(&folder, "one", script);
    let mut file = LoginFile::read(&path).unwrap();
    let find = async |file: &LoginFile, name: &str| file.find_host(&host(name), &helpers).await;
    assert_eq!(
        shown(find(&file, "ghcr.io").await.unwrap().as_ref()),
        "anna:kept"
    );
    assert_eq!(
        shown(find(&file, "quay.io").await.unwrap().as_ref()),
        "identity identity"
    );
    assert_eq!(
        shown(find(&file, "other.example").await.unwrap().as_ref()),
        "none"
    );
    assert!(
        matches!(find(&file, "gone.example").await, Err(LoginFileError::NoHelper(name)) if name == "docker-credential-gone")
    );
    assert!(matches!(
        find(&file, "bad.example").await,
        Err(LoginFileError::HelperName(_))
    ));
    let places: Vec<_> = file
        .logins()
        .into_iter()
        .map(|login| (login.key, login.place))
        .collect();
    let by = |key: &str, helper: &str| (key.to_owned(), KeptLoginPlace::Helper(helper.to_owned()));
    assert_eq!(
        places,
        [
            by("quay.io", "all"),
            by("ghcr.io", "one"),
            by("gone.example", "gone"),
            by("bad.example", "../x")
        ]
    );
    // What a person shares goes to the program, not into the file.
    file.store(
        &host("ghcr.io"),
        "tom",
        &"very-secret".to_owned().into(),
        &helpers,
    )
    .await
    .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("\"ghcr.io\": {}") && !text.contains("auth\""),
        "{text}"
    );
    assert!(file.erase(&host("ghcr.io"), &helpers).await.unwrap());
    let said = std::fs::read_to_string(folder.path().join("said")).unwrap();
    let told: Vec<_> = said.lines().rev().take(2).collect();
    assert_eq!(
        told,
        [
            "erase ghcr.io",
            r#"store {"ServerURL":"ghcr.io","Username":"tom","Secret":"very-secret"}"#
        ]
    );
    assert!(
        !std::fs::read_to_string(&path)
            .unwrap()
            .contains("ghcr.io\": {")
    );
}

#[cfg(unix)]
#[tokio::test]
async fn programs_that_fail_or_never_end_are_told() {
    let (folder, path) = folder(r#"{"credsStore":"bad"}"#);
    let file = LoginFile::read(&path).unwrap();
    for (script, expected) in [
        (
            "echo 'pass is not initialized'; exit 1",
            "pass is not initialized",
        ),
        ("echo 'no JSON'", "its answer is no login"),
        (
            "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
            "failed: xxxxxxxx",
        ),
    ] {
        let helpers = helper(&folder, "bad", script);
        let error = file
            .find_host(&host("ghcr.io"), &helpers)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{script}: {error}");
    }
    helper(&folder, "bad", "exec tail -f /dev/null");
    let impatient = Helpers::new(folder.path().into(), Duration::from_millis(200));
    let error = file
        .find_host(&host("ghcr.io"), &impatient)
        .await
        .unwrap_err();
    assert!(matches!(error, LoginFileError::HelperTime(_)), "{error}");
}
