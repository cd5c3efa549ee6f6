//! `pull`.

use std::path::PathBuf;

use sifter_api::{
    ApiError, ErrorCode, Sifter,
    library::{IfExists, PullItem, PullPlanView, PullRequest, PulledItem},
    tasks::TaskOutcome,
    verdict::Badge,
};

use super::{at, verify::badge};
use crate::{
    answer::{Answer, Failure},
    arguments::Pull,
    wait,
};

pub(crate) async fn run(sifter: &Sifter, pull: Pull) -> Result<Answer, Failure> {
    let reference = at::reference(sifter, &pull.reference, &pull.at).await?;
    if let Some(problem) = reference.problem {
        return Err(problem.into());
    }
    let (folder, name) = place(&pull)?;
    let wished = name.clone().unwrap_or(reference.suggested_name);
    let folder = sifter.offer_target_folder(folder).await?;
    let item = PullItem {
        reference: pull.reference,
        remote: reference.remote,
        arch: pull.arch,
        name,
        sha256: pull.sha256.as_deref().map(with_prefix),
    };
    let request = PullRequest {
        items: vec![item],
        folder: Some(folder.id),
        verify: !pull.no_verify,
        if_exists: if pull.force {
            IfExists::Replace
        } else {
            IfExists::KeepBoth
        },
    };
    let plan = sifter.plan_pull(request).await?;
    refuse(&plan, pull.force, &wished)?;
    let mut events = sifter.events();
    let task = sifter.run_pull(plan.plan).await?;
    let TaskOutcome::Pulled { items } = wait::outcome(sifter, &mut events, task).await? else {
        return Err(ApiError::plain(ErrorCode::Internal).into());
    };
    answer(items)
}

/// The folder and, if one was given, the name of the file.
fn place(pull: &Pull) -> Result<(PathBuf, Option<String>), Failure> {
    let invalid = |message: &str| ApiError::new(ErrorCode::InputInvalid, message);
    let folder = pull.dir.clone().unwrap_or_default();
    let mut path = folder.clone();
    let mut name = None;
    if let Some(given) = &pull.name {
        path.push(given);
        if path.is_dir() {
            let message = format!("`{}` is a folder", given.display());
            let error = ApiError::new(ErrorCode::FileIsFolder, message);
            return Err(error.with_hint("say --dir for a folder").into());
        }
        let last = path.file_name().and_then(|last| last.to_str());
        let last = last.ok_or_else(|| invalid("the name of the file cannot be used"))?;
        name = Some(last.to_owned());
        path.pop();
    }
    if path.as_os_str().is_empty() {
        path = PathBuf::from(".");
    }
    let path =
        std::path::absolute(&path).map_err(|_| invalid("the name of the folder is empty"))?;
    Ok((path, name))
}

/// What a person would be asked, or would see in the plan, ends the command here.
fn refuse(plan: &PullPlanView, force: bool, name: &str) -> Result<(), Failure> {
    for item in &plan.items {
        if let Some(problem) = &item.problem {
            return Err(problem.clone().into());
        }
        if item.exists && !force {
            let message = format!("there is a file `{name}` already");
            let error = ApiError::new(ErrorCode::FileExists, message);
            return Err(error
                .with_hint("say --force to replace it, or give another name")
                .into());
        }
    }
    if !plan.fits {
        return Err(ApiError::plain(ErrorCode::DiskFull).into());
    }
    Ok(())
}

fn answer(items: Vec<PulledItem>) -> Result<Answer, Failure> {
    let Some(item) = items.into_iter().next() else {
        return Err(ApiError::plain(ErrorCode::Internal).into());
    };
    if let Some(error) = item.error {
        return Err(error.into());
    }
    let verdict = item.badge.unwrap_or(Badge::NotChecked);
    let text = format!("{}: {}\n", item.name, badge(verdict));
    Ok(Answer::new(text, &item)?.and(verdict != Badge::Tampered))
}

fn with_prefix(digits: &str) -> String {
    let digits = digits.strip_prefix("sha256:").unwrap_or(digits);
    format!("sha256:{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use clap::Parser as _;

    fn pull(words: &str) -> Pull {
        let words = format!("sifter-cli pull {words}");
        match Arguments::try_parse_from(words.split(' ')).unwrap().command {
            crate::arguments::Command::Pull(pull) => pull,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_name_comes_before_the_reference_and_may_have_a_folder() {
        let here = std::path::absolute(".").unwrap();
        for (words, reference, folder, name) in [
            ("library://a", "library://a", here.clone(), None),
            (
                "x.sif library://a",
                "library://a",
                here.clone(),
                Some("x.sif"),
            ),
            ("sub/x.sif a", "a", here.join("sub"), Some("x.sif")),
            ("--dir /d x.sif a", "a", PathBuf::from("/d"), Some("x.sif")),
            (
                "--dir /d e/x.sif a",
                "a",
                PathBuf::from("/d/e"),
                Some("x.sif"),
            ),
            ("--dir /d a", "a", PathBuf::from("/d"), None),
        ] {
            let pull = pull(words);
            assert_eq!(pull.reference, reference, "{words}");
            let (found, named) = place(&pull).unwrap();
            assert_eq!((found, named.as_deref()), (folder, name), "{words}");
        }
        assert!(place(&pull(". a")).is_err());
        assert!(place(&pull("x/.. a")).is_err());
    }
}
