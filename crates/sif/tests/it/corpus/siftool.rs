//! What the reference's command prints.

use sif::{Image, ObjectId, text};

use super::expected::Printed;
use super::{Corpus, Tally, same_bytes};

#[test]
fn siftool_prints_the_same() {
    let Some(corpus) = Corpus::find("siftool") else {
        return;
    };
    let mut tally = Tally::new("siftool");
    for case in &corpus.expected.siftool {
        let name = format!("{} {} {:?}", case.command, case.image, case.id);
        let result = print(&corpus.read(&case.image), case)
            .and_then(|found| same_bytes(&found, &corpus.read(&case.stdout)));
        tally.record(&name, result);
    }
    tally.finish();
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
