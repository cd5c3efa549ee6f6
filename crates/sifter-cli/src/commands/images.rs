//! `inspect`, `list`, `header`, `info` and `dump`.

use std::{
    fmt::Write as _,
    io::{self, Write},
    path::PathBuf,
};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Sifter,
    images::{ImageFormat, ImageState, ImageView, PartView},
    tasks::TaskOutcome,
    units::ImageId,
};

use crate::{
    answer::{Answer, Failure, unwritten},
    wait,
};

/// Lends the image to Sifter, does something with it and takes it back.
pub(crate) async fn with_image<T>(
    sifter: &Sifter,
    image: PathBuf,
    work: impl AsyncFnOnce(ImageId) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let ids = sifter.borrow_images(vec![image]).await?;
    let id = *ids
        .first()
        .ok_or_else(|| Failure::from(ApiError::plain(ErrorCode::Internal)))?;
    let done = work(id).await;
    sifter.give_back_images(ids).await?;
    done
}

pub(crate) async fn inspect(sifter: &Sifter, image: PathBuf) -> Result<Answer, Failure> {
    let view = with_image(sifter, image, async |id| {
        Ok(sifter.inspect_image(id).await?)
    })
    .await?;
    if let ImageState::Refused { error } = &view.row.state
        && view.parts.is_empty()
    {
        return Err(error.clone().into());
    }
    let is_whole = view.refused.is_none();
    Ok(Answer::new(overview(&view), &view)?.and(is_whole))
}

fn overview(view: &ImageView) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<12} {value}");
        }
    };
    line("Image", &view.row.name);
    line(
        "Kind",
        &format!(
            "{}{}",
            match view.format {
                ImageFormat::Sif => "SIF",
                ImageFormat::OciSif => "OCI-SIF",
            },
            if view.encrypted { ", encrypted" } else { "" }
        ),
    );
    line("Arch", view.row.arch.as_deref().unwrap_or(""));
    line("UUID", view.header.image_uuid.as_deref().unwrap_or(""));
    line(
        "Size",
        &view
            .row
            .size
            .map_or_else(String::new, |size| format!("{} bytes", size.0)),
    );
    line(
        "Objects",
        &format!(
            "{} of {}",
            view.header.descriptors_used, view.header.descriptors_total
        ),
    );
    if let Some(error) = &view.refused {
        line("Refused", &error.message);
    }
    for finding in &view.findings {
        line("Note", &finding.message);
    }
    let _ = writeln!(
        text,
        "\n{:>3}  {:>5}  {:>14}  {:>14}  what",
        "id", "group", "offset", "bytes"
    );
    for part in &view.parts {
        let _ = writeln!(text, "{}", part_line(part));
    }
    text
}

fn part_line(part: &PartView) -> String {
    let group = part
        .group
        .map_or_else(|| "-".into(), |group| group.to_string());
    let problem = part
        .problem
        .as_ref()
        .map_or_else(String::new, |problem| format!("  ! {problem}"));
    let name = if part.name.is_empty() {
        String::new()
    } else {
        format!("  {:?}", part.name)
    };
    format!(
        "{:>3}  {group:>5}  {:>14}  {:>14}  {}{name}{problem}",
        part.id, part.offset.0, part.size.0, part.technical
    )
}

pub(crate) async fn list(sifter: &Sifter, image: PathBuf, json: bool) -> Result<Answer, Failure> {
    with_image(sifter, image, async |id| {
        let text = sifter.siftool_list(id).await?;
        if !json {
            return Ok(Answer::plain(text));
        }
        Answer::new(text, &sifter.inspect_image(id).await?.parts)
    })
    .await
}

pub(crate) async fn header(sifter: &Sifter, image: PathBuf, json: bool) -> Result<Answer, Failure> {
    with_image(sifter, image, async |id| {
        let text = sifter.siftool_header(id).await?;
        if !json {
            return Ok(Answer::plain(text));
        }
        Answer::new(text, &sifter.inspect_image(id).await?.header)
    })
    .await
}

pub(crate) async fn info(
    sifter: &Sifter,
    image: PathBuf,
    part: u32,
    json: bool,
) -> Result<Answer, Failure> {
    with_image(sifter, image, async |id| {
        let text = sifter.siftool_info(id, part).await?;
        if !json {
            return Ok(Answer::plain(text));
        }
        let view = sifter.inspect_image(id).await?;
        let part = view.parts.into_iter().find(|other| other.id == part);
        Answer::new(text, &part)
    })
    .await
}

pub(crate) async fn dump(
    sifter: &Sifter,
    image: PathBuf,
    part: u32,
    output: Option<PathBuf>,
    json: bool,
) -> Result<Answer, Failure> {
    with_image(sifter, image, async |id| match output {
        Some(output) => {
            let mut events = sifter.events();
            let task = sifter.export_part(id, part, output).await?;
            let TaskOutcome::Exported { name, size } =
                wait::outcome(sifter, &mut events, task).await?
            else {
                return Err(ApiError::plain(ErrorCode::Internal).into());
            };
            let text = format!("{name}: {} bytes\n", size.0);
            Answer::new(text, &json!({ "file": name, "size": size }))
        }
        None if json => {
            let message = "the data of an object and JSON cannot share standard output";
            Err(ApiError::new(ErrorCode::InputInvalid, message)
                .with_hint("name a file with --output")
                .into())
        }
        None => {
            let mut out = Out::default();
            let dumped = sifter.dump_part(id, part, &mut out);
            match out.failed {
                // A reader that went away has what it wanted.
                Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Answer::said()),
                Some(error) => Err(unwritten(&error)),
                None => dumped.map(|()| Answer::said()).map_err(Failure::from),
            }
        }
    })
    .await
}

/// Standard output that tells its own failures from those of the image.
#[derive(Debug, Default)]
struct Out {
    failed: Option<io::Error>,
}

impl Out {
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let told = error.kind().into();
            self.failed = Some(error);
            told
        })
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = io::stdout().lock().write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = io::stdout().lock().flush();
        self.note(flushed)
    }
}
