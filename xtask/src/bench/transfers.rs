//! The rows that pull and push, all at one cloud of our own.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clock::{Side, medians, peak_memory};
use super::cloud::Cloud;
use super::images::size;
use super::link::{Link, Shape};
use super::peers::{Apptainer, LINK_ADDRESS, Library, Ours, remove};
use super::report::{Goal, Line, Unit};
use super::rows::Bench;
use crate::process::Program;
use crate::{Outcome, stop};

/// The remotes in our home.
const NEAR: &str = "bench";
const FAR: &str = "bench-link";

/// 200 Mbit/s, 50 ms there and back.
const SHAPE: Shape = Shape {
    bytes_per_second: 25_000_000,
    round_trip: Duration::from_millis(50),
};
/// One takes most of a minute, and the link is the same every time.
const LINK_ROUNDS: usize = 2;
/// At least 95 % of the link.
const LINK_RATIO: f64 = 1.0 / 0.95;

/// The cloud, and both sides pointed at it.
struct Place<'a> {
    cloud: Cloud,
    ours: &'a Ours,
    pulled: PathBuf,
}

impl<'a> Place<'a> {
    fn make(bench: &'a Bench) -> Outcome<Self> {
        let cloud = Cloud::start(&bench.ours, &bench.folder)?;
        bench
            .ours
            .use_remote(NEAR, &format!("127.0.0.1:{}", cloud.port()))?;
        if let Some(apptainer) = &bench.apptainer {
            apptainer.use_cloud(cloud.port(), cloud.token())?;
        }
        Ok(Self {
            cloud,
            ours: &bench.ours,
            pulled: bench.folder.join("pulled.sif"),
        })
    }

    fn library(&self) -> Library<'_> {
        Library {
            remote: NEAR,
            token: self.cloud.token(),
        }
    }

    /// Puts an image there.
    fn fill(&self, bench: &Bench, name: &str) -> Outcome {
        let push = self
            .ours
            .push(&bench.images.image(name), &self.library(), name);
        push.read().map(drop)
    }

    /// Our pull, each time of a file that is not there.
    fn our_pull(&self, program: Program) -> Side<'_> {
        Side {
            before: Box::new(|| remove(&self.pulled)),
            program,
        }
    }

    /// Takes an image away that must be there, so that its bytes have to be sent again.
    fn take_away(&self, name: &str) -> Outcome {
        self.ours.delete(&self.library(), name).read().map(drop)
    }
}

const APPTAINER: &str = "apptainer, same server";

fn beside(work: &str, ours: f64, (against, theirs): (&str, f64), goal: Goal) -> Line {
    Line {
        work: work.into(),
        unit: Unit::Seconds,
        ours,
        against: against.into(),
        theirs,
        goal,
    }
}

/// Without apptainer there is nothing to compare with, which was said aloud already.
fn apptainer(bench: &Bench) -> Option<&Apptainer> {
    bench.apptainer.as_ref()
}

pub(super) fn pull(bench: &Bench) -> Outcome<Vec<Line>> {
    let Some(apptainer) = apptainer(bench) else {
        return Ok(Vec::new());
    };
    let place = Place::make(bench)?;
    place.fill(bench, "one")?;
    // Also what the other side pulled: what of that is not on the disk yet would be written beside this one.
    let side = |program| Side {
        before: Box::new(|| {
            remove(&place.pulled)?;
            apptainer.forget_pulled()
        }),
        program,
    };
    let sides = [
        side(bench.ours.pull(NEAR, "one", &place.pulled)),
        side(apptainer.pull("one")),
        side(durable_copy(&bench.images.image("one"), &place.pulled)),
    ];
    let times = medians(&sides, bench.scale.rounds())?;
    remove(&place.pulled)?;
    apptainer.forget_pulled()?;
    let [ours, theirs, copy] = *times else {
        return stop("a row needs all of its sides");
    };
    let work = format!("pull {} and verify it", size(bench.scale.large()));
    // What no pull can be faster than: ours is on the disk when it ends, apptainer's is not.
    let copy = ("a copy that waits for the disk", copy);
    Ok(vec![
        beside(&work, ours, (APPTAINER, theirs), Goal::Ratio(0.5)),
        beside(&work, ours, copy, Goal::None),
    ])
}

fn durable_copy(from: &Path, to: &Path) -> Program {
    let operand = |name: &str, path: &Path| {
        let mut operand = OsString::from(name);
        operand.push(path);
        operand
    };
    Program::new("dd")
        .args([operand("if=", from), operand("of=", to)])
        .args(["bs=4M", "conv=fsync", "status=none"])
}

pub(super) fn push(bench: &Bench) -> Outcome<Vec<Line>> {
    let Some(apptainer) = apptainer(bench) else {
        return Ok(Vec::new());
    };
    let place = Place::make(bench)?;
    place.fill(bench, "one")?;
    let image = bench.images.image("one");
    let side = |program| Side {
        before: Box::new(|| place.take_away("one")),
        program,
    };
    let sides = [
        side(place.ours.push(&image, &place.library(), "one")),
        side(apptainer.push(&image, "one")?),
    ];
    let times = medians(&sides, bench.scale.rounds())?;
    let [ours, theirs] = *times else {
        return stop("a row needs both of its sides");
    };
    let work = format!("push {}", size(bench.scale.large()));
    let line = beside(&work, ours, (APPTAINER, theirs), Goal::Ratio(0.6));
    Ok(vec![line])
}

/// A pull through a link, beside what the link alone needs. What comes after the last byte is not the link's.
pub(super) fn link(bench: &Bench) -> Outcome<Vec<Line>> {
    let place = Place::make(bench)?;
    place.fill(bench, "one")?;
    let port = place.cloud.port();
    let Ok(address) = LINK_ADDRESS.parse::<IpAddr>() else {
        return stop("the address of the link is none");
    };
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let link = Link::start((address, port).into(), there, SHAPE)?;
    place.ours.use_remote(FAR, &link.address().to_string())?;
    let pull = bench.ours.pull(FAR, "one", &place.pulled);
    let sides = [place.our_pull(pull.args(["--no-verify"]))];
    let times = medians(&sides, bench.scale.rounds().min(LINK_ROUNDS))?;
    remove(&place.pulled)?;
    let bytes = std::fs::metadata(bench.images.image("one"))?.len();
    let [ours] = times.as_slice() else {
        return stop("the pull was not measured");
    };
    Ok(vec![Line {
        work: format!("pull {} over 50 ms, 200 Mbit/s", size(bytes)),
        unit: Unit::Seconds,
        ours: *ours,
        against: "the link alone".into(),
        theirs: SHAPE.seconds(bytes),
        goal: Goal::Ratio(LINK_RATIO),
    }])
}

/// The peak memory of a pull and of a push of the large image.
pub(super) fn peaks(bench: &Bench) -> Outcome<(f64, f64)> {
    let place = Place::make(bench)?;
    place.fill(bench, "one")?;
    remove(&place.pulled)?;
    let pulling = peak_memory(&bench.ours.pull(NEAR, "one", &place.pulled))?;
    remove(&place.pulled)?;
    place.take_away("one")?;
    let image = bench.images.image("one");
    let pushing = peak_memory(&place.ours.push(&image, &place.library(), "one"))?;
    Ok((pulling, pushing))
}
