//! Pulling: what will happen, names that are taken, hashes that are pinned.

use sifter_api::{
    ErrorCode,
    library::{IfExists, PullItem, PullPlanView, PullRequest},
    tasks::{TaskOutcome, TaskState},
    units::{FolderId, RemoteId},
    verdict::Badge,
};
use sifter_testkit::images;

use crate::{
    lab::Person,
    transfers::{ended, item, push, push_item, put_image},
};

struct Shelf {
    person: Person,
    here: RemoteId,
    folder: FolderId,
}

/// A person with one image in the library of this computer, and an empty folder.
async fn shelf() -> Shelf {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    push(
        &person,
        &here,
        "me/tools",
        push_item(image, "tool", &["1.0"]),
    )
    .await;
    let path = person.home.file("in");
    std::fs::create_dir_all(&path).unwrap();
    let folder = person.sifter.offer_target_folder(path).await.unwrap().id;
    Shelf {
        person,
        here,
        folder,
    }
}

impl Shelf {
    async fn plan(&self, items: Vec<PullItem>, if_exists: IfExists) -> PullPlanView {
        let request = PullRequest {
            items,
            folder: Some(self.folder.clone()),
            verify: true,
            if_exists,
        };
        self.person.sifter.plan_pull(request).await.unwrap()
    }

    fn tool(&self) -> PullItem {
        item("me/tools/tool:1.0", &self.here)
    }

    async fn pull(&self, item: PullItem, if_exists: IfExists) -> String {
        let plan = self.plan(vec![item], if_exists).await;
        let task = self.person.sifter.run_pull(plan.plan).await.unwrap();
        match ended(&self.person.sifter, task).await.state {
            TaskState::Done {
                outcome: TaskOutcome::Pulled { mut items },
            } => {
                assert_eq!(items[0].error, None);
                assert_eq!(items[0].badge, Some(Badge::NotSigned));
                items.remove(0).name
            }
            other => panic!("{other:?}"),
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.person.home.file("in")).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_keeps_both_or_sends_the_old_one_to_the_trash() {
    let shelf = shelf().await;
    let shown = shelf.plan(vec![shelf.tool()], IfExists::KeepBoth).await;
    assert_eq!(shown.items[0].name, "tool_1.0.sif");
    let resolved = shown.items[0].resolved.clone().unwrap();
    assert_eq!(shown.total, resolved.size.unwrap());
    assert!(shown.fits && resolved.hash.is_some() && !resolved.claims_signed);
    assert_eq!(resolved.architectures, ["amd64"]);

    assert_eq!(
        shelf.pull(shelf.tool(), IfExists::KeepBoth).await,
        "tool_1.0.sif"
    );
    assert_eq!(
        shelf.pull(shelf.tool(), IfExists::KeepBoth).await,
        "tool_1.0-2.sif"
    );
    let path = shelf.person.home.file("in").join("tool_1.0.sif");
    std::fs::write(&path, b"mine").unwrap();
    assert_eq!(
        shelf.pull(shelf.tool(), IfExists::Replace).await,
        "tool_1.0.sif"
    );
    assert_eq!(std::fs::read(&path).unwrap(), images::plain());
    assert_eq!(shelf.names(), ["tool_1.0-2.sif", "tool_1.0.sif"]);
    let trash = shelf
        .person
        .home
        .path()
        .join("home/.local/share/Trash/files");
    assert_eq!(std::fs::read(trash.join("tool_1.0.sif")).unwrap(), b"mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_refused_when_a_name_was_taken_meanwhile() {
    let shelf = shelf().await;
    let shown = shelf.plan(vec![shelf.tool()], IfExists::KeepBoth).await;
    std::fs::write(shelf.person.home.file("in").join("tool_1.0.sif"), b"x").unwrap();
    let refused = shelf.person.sifter.run_pull(shown.plan).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::PlanOutdated);
    let unknown = sifter_api::units::PlanId("nothing".into());
    let refused = shelf.person.sifter.run_pull(unknown).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::HandleUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pulled_says_why_and_the_rest_is_pulled() {
    let shelf = shelf().await;
    let with = |change: fn(&mut PullItem)| {
        let mut item = shelf.tool();
        change(&mut item);
        item
    };
    let items = vec![
        with(|item| item.arch = Some("arm64".into())),
        with(|item| item.sha256 = Some(format!("sha256:{}", "0".repeat(64)))),
        with(|item| item.sha256 = Some("md5:1".into())),
        with(|item| item.reference = "me/tools/nothing:1".into()),
        with(|item| item.reference = "docker://alpine".into()),
        with(|item| item.reference = "two words".into()),
        shelf.tool(),
        with(|item| item.name = Some("../../evil".into())),
    ];
    let shown = shelf.plan(items, IfExists::KeepBoth).await;
    let codes: Vec<_> = shown
        .items
        .iter()
        .map(|item| item.problem.as_ref().map(|problem| problem.code))
        .collect();
    assert_eq!(
        codes,
        [
            Some(ErrorCode::ArchMissing),
            Some(ErrorCode::DigestMismatch),
            Some(ErrorCode::InputInvalid),
            Some(ErrorCode::NotFoundOrPrivate),
            Some(ErrorCode::TransportUnsupported),
            Some(ErrorCode::ReferenceInvalid),
            None,
            None,
        ]
    );
    let task = shelf.person.sifter.run_pull(shown.plan).await.unwrap();
    let view = ended(&shelf.person.sifter, task).await;
    assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
    assert_eq!(shelf.names(), ["_.._.._evil", "tool_1.0.sif"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_gone_fails_and_can_be_tried_again() {
    let shelf = shelf().await;
    let shown = shelf.plan(vec![shelf.tool()], IfExists::KeepBoth).await;
    let hash = shown.items[0].resolved.clone().unwrap().hash.unwrap();
    let deleted = shelf.person.sifter.delete_library_images(
        shelf.here.clone(),
        "me/tools/tool".into(),
        vec![(hash, "amd64".into())],
    );
    assert_eq!(deleted.await.unwrap(), []);
    let task = shelf.person.sifter.run_pull(shown.plan).await.unwrap();
    let view = ended(&shelf.person.sifter, task).await;
    match &view.state {
        TaskState::Failed { error } => assert_eq!(error.code, ErrorCode::NotFoundOrPrivate),
        other => panic!("{other:?}"),
    }
    assert!(view.can_retry);
    assert_eq!(shelf.names(), Vec::<String>::new(), "no bad file is left");
}
