//! Section `siftool`: what the reference's command prints.

use sif::{Image, ObjectId, text};

use crate::expected::Printed;
use crate::{Corpus, Tally, same_bytes};

pub(crate) fn run(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("siftool");
    for case in &corpus.expected.siftool {
        let name = format!("{} {} {:?}", case.command, case.image, case.id);
        tally.case(&name, || {
            same_bytes(
                &print(&corpus.read(&case.image)?, case)?,
                &corpus.read(&case.stdout)?,
            )
        });
    }
    tally
}

fn print(bytes: &[u8], case: &Printed) -> Result<Vec<u8>, String> {
    let image = Image::read(bytes).map_err(|error| error.to_string())?;
    let object = || {
        let id = ObjectId(case.id.ok_or("no object named")?);
        image.object(id).ok_or_else(|| "no such object".to_owned())
    };
    match case.command.as_str() {
        "list" => Ok(text::list(&image).into_bytes()),
        "header" => Ok(text::header(&image).into_bytes()),
        "info" => Ok(text::info(object()?).into_bytes()),
        "dump" => {
            let mut output = Vec::new();
            text::dump(bytes, object()?, &mut output).map_err(|error| error.to_string())?;
            Ok(output)
        }
        other => Err(format!("unknown command `{other}`")),
    }
}
