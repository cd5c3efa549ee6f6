//! The rows that measure the command line.

use std::path::{Path, PathBuf};

use super::clock::{Side, medians, peak_memory};
use super::images::{Images, Scale, Unsigned, size};
use super::peers::{self, Apptainer, Ours};
use super::report::{Goal, Line, Unit};
use super::transfers;
use crate::Outcome;
use crate::place::Place;

/// A program that ends in milliseconds is measured more often: then a busy machine hardly moves the median.
const SHORT_ROUNDS: usize = 301;

/// What the rows share.
pub(super) struct Bench {
    pub(super) scale: Scale,
    pub(super) folder: PathBuf,
    pub(super) images: Images,
    pub(super) ours: Ours,
    pub(super) apptainer: Option<Apptainer>,
}

impl Bench {
    /// Makes the images and the key, once, and signs what is verified.
    pub(super) fn prepare(place: &Place, scale: Scale) -> Outcome<Self> {
        let folder = place.made(scale.folder())?;
        let images = Images::make(&folder, scale)?;
        let ours = Ours::prepare(place, scale.profile(), &folder)?;
        let apptainer = Apptainer::find(&ours)?;
        let bench = Self {
            scale,
            folder,
            images,
            ours,
            apptainer,
        };
        for name in ["small", "one", "eight", "huge"] {
            bench.sign_once(name)?;
        }
        Ok(bench)
    }

    /// Signs an image unless an earlier run did. An interrupted signing leaves no mark and is done again.
    fn sign_once(&self, name: &str) -> Outcome {
        let mark = self.folder.join(format!("{name}.signed"));
        if !mark.exists() {
            crate::say::step(&format!("signing {name}.sif"));
            self.ours.sign(&self.images.image(name)).read()?;
            std::fs::write(mark, "")?;
        }
        Ok(())
    }

    /// An image that nobody signed, and how to make it so again.
    fn unsigned(&self, name: &str) -> Outcome<(PathBuf, Unsigned)> {
        let image = self.images.image(name);
        let unsigned = Unsigned::remember(&image)?;
        Ok((image, unsigned))
    }

    fn beside_openssl(
        &self,
        name: &str,
        count: usize,
        work: &str,
        goal: Goal,
    ) -> Outcome<Vec<Line>> {
        let image = self.images.image(name);
        let mut sides = vec![
            Side::of(self.ours.verify(&image)),
            Side::of(peers::openssl(&self.images.objects(name, count))),
        ];
        let mut against = vec![("openssl dgst -sha256", goal)];
        if let Some(apptainer) = &self.apptainer {
            sides.push(Side::of(apptainer.verify(&image)?));
            against.push(("apptainer verify", Goal::None));
        }
        let times = medians(&sides, self.scale.rounds())?;
        let theirs = times.iter().skip(1);
        let lines = against
            .iter()
            .zip(theirs)
            .map(|((against, goal), theirs)| Line {
                work: work.into(),
                unit: Unit::Seconds,
                ours: times[0],
                against: (*against).into(),
                theirs: *theirs,
                goal: *goal,
            });
        Ok(lines.collect())
    }
}

pub(super) fn verify_one(bench: &Bench) -> Outcome<Vec<Line>> {
    let work = format!("verify one object of {}", size(bench.scale.large()));
    bench.beside_openssl("one", 1, &work, Goal::Ratio(1.05))
}

pub(super) fn verify_eight(bench: &Bench) -> Outcome<Vec<Line>> {
    let work = format!("verify 8 objects of {}", size(bench.scale.large() / 4));
    bench.beside_openssl("eight", 8, &work, Goal::Ratio(0.6))
}

/// Signing beside verifying the same, plus what the key alone costs: signing an image of 4 KiB.
pub(super) fn sign(bench: &Bench) -> Outcome<Vec<Line>> {
    let (large, large_before) = bench.unsigned("one-unsigned")?;
    let (small, small_before) = bench.unsigned("small-unsigned")?;
    let signing = |image: &Path, before: Unsigned| Side {
        before: Box::new(move || before.restore()),
        program: bench.ours.sign(image),
    };
    let sides = [
        signing(&large, large_before),
        Side::of(bench.ours.verify(&bench.images.image("one"))),
        signing(&small, small_before),
    ];
    let times = medians(&sides, bench.scale.rounds())?;
    Ok(vec![Line {
        work: format!("sign {}", size(bench.scale.large())),
        unit: Unit::Seconds,
        ours: times[0] - times[2],
        against: format!(
            "our verify of the same (the key alone takes {:.0} ms more)",
            times[2] * 1e3
        ),
        theirs: times[1],
        goal: Goal::Ratio(1.1),
    }])
}

pub(super) fn open(bench: &Bench) -> Outcome<Vec<Line>> {
    let image = bench.images.image("huge");
    let sides = [
        Side::of(bench.ours.list(&image)),
        Side::of(peers::siftool_list(&image)),
    ];
    let times = medians(&sides, SHORT_ROUNDS)?;
    Ok(vec![Line {
        work: "open a 20 GB image".into(),
        unit: Unit::Seconds,
        ours: times[0],
        against: "siftool list".into(),
        theirs: times[1],
        goal: Goal::Ratio(1.0),
    }])
}

/// Peak memory of work on a large image above that of the same work on a tiny one.
pub(super) fn memory(bench: &Bench) -> Outcome<Vec<Line>> {
    let idle = peak_memory(&bench.ours.verify(&bench.images.image("small")))?;
    let line = |work: &str, ours| Line {
        work: format!("memory, {work}"),
        unit: Unit::Mebibytes,
        ours,
        against: "verify 4 KiB".into(),
        theirs: idle,
        goal: Goal::Above(64.0),
    };
    let verify = |name| peak_memory(&bench.ours.verify(&bench.images.image(name)));
    let (large, before) = bench.unsigned("one-unsigned")?;
    before.restore()?;
    let signing = peak_memory(&bench.ours.sign(&large))?;
    before.restore()?;
    let large = size(bench.scale.large());
    let mut lines = vec![
        line(&format!("verify {large}"), verify("one")?),
        line("verify 8 objects", verify("eight")?),
        line(&format!("sign {large}"), signing),
    ];
    let (pulling, pushing) = transfers::peaks(bench)?;
    lines.push(line(&format!("pull {large}"), pulling));
    lines.push(line(&format!("push {large}"), pushing));
    Ok(lines)
}
