//! Looking at one image.

use std::path::PathBuf;

use sifter_api::{
    ApiError, Result, Sifter,
    images::{ImageView, PartView},
    units::ImageId,
};

use crate::{exit::Outcome, print};

/// Lends an image to `work` and takes it back.
async fn with_image<T>(
    sifter: &Sifter,
    path: PathBuf,
    work: impl AsyncFnOnce(ImageId) -> Result<T>,
) -> Result<T> {
    let ids = sifter.borrow_images(vec![path]).await?;
    let id = ids
        .first()
        .copied()
        .ok_or_else(|| ApiError::plain(sifter_api::ErrorCode::Internal))?;
    let result = work(id).await;
    sifter.give_back_images(ids).await?;
    result
}

async fn view(sifter: &Sifter, path: PathBuf) -> Result<ImageView> {
    with_image(sifter, path, async |id| sifter.inspect_image(id).await).await
}

pub(crate) async fn inspect(sifter: &Sifter, path: PathBuf, json: bool) -> Result<Outcome> {
    let view = view(sifter, path).await?;
    if json {
        print::json(&view);
        return Ok(ended(&view));
    }
    print::line(&format!(
        "{}  {}",
        view.row.name,
        view.row
            .size
            .map(|size| print::size(size.0))
            .unwrap_or_default()
    ));
    if let Some(arch) = &view.row.arch {
        print::line(&format!("architecture: {arch}"));
    }
    if let Some(created) = view.header.created {
        print::line(&format!("created: {}", print::time(created)));
    }
    if view.encrypted {
        print::line("the file system is encrypted");
    }
    for part in &view.parts {
        print::line(&part_line(part));
    }
    for finding in &view.findings {
        print::line(&format!("note: {}", finding.message));
    }
    if let Some(error) = &view.refused {
        return Ok(print::error(error, false));
    }
    Ok(Outcome::Done)
}

fn part_line(part: &PartView) -> String {
    let group = part
        .group
        .map(|group| format!("group {group}"))
        .unwrap_or_else(|| "no group".into());
    let mut line = format!(
        "{:>4}  {:<34} {:>10}  {group}",
        part.id,
        part.technical,
        print::size(part.size.0)
    );
    if !part.name.is_empty() {
        line = format!("{line}  {}", part.name);
    }
    if let Some(problem) = &part.problem {
        line = format!("{line}  ! {problem}");
    }
    line
}

fn ended(view: &ImageView) -> Outcome {
    view.refused
        .as_ref()
        .map_or(Outcome::Done, |error| Outcome::of(error.code))
}

pub(crate) async fn list(sifter: &Sifter, path: PathBuf, json: bool) -> Result<Outcome> {
    if json {
        let view = view(sifter, path).await?;
        print::json(&view.parts);
        return Ok(ended(&view));
    }
    let text = with_image(sifter, path, async |id| sifter.siftool_list(id).await).await?;
    print::text(&text);
    Ok(Outcome::Done)
}

pub(crate) async fn header(sifter: &Sifter, path: PathBuf, json: bool) -> Result<Outcome> {
    if json {
        let view = view(sifter, path).await?;
        print::json(&view.header);
        return Ok(ended(&view));
    }
    let text = with_image(sifter, path, async |id| sifter.siftool_header(id).await).await?;
    print::text(&text);
    Ok(Outcome::Done)
}

pub(crate) async fn info(sifter: &Sifter, part: u32, path: PathBuf, json: bool) -> Result<Outcome> {
    let text = with_image(sifter, path.clone(), async |id| {
        sifter.siftool_info(id, part).await
    })
    .await?;
    if json {
        let view = view(sifter, path).await?;
        print::json(&view.parts.iter().find(|one| one.id == part));
    } else {
        print::text(&text);
    }
    Ok(Outcome::Done)
}

pub(crate) async fn dump(sifter: &Sifter, part: u32, path: PathBuf, json: bool) -> Result<Outcome> {
    if json {
        let message = "`dump` writes bytes, which JSON does not hold";
        return Err(ApiError::new(sifter_api::ErrorCode::InputInvalid, message)
            .with_hint("leave --json out"));
    }
    let dumped = sifter.clone();
    with_image(sifter, path, async move |id| {
        dumped.dump_part(id, part, &mut std::io::stdout().lock())
    })
    .await?;
    Ok(Outcome::Done)
}
