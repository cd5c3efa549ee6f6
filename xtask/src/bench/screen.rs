//! When a window has painted, seen from outside: in the memory of the X server.
//!
//! Xvfb keeps its picture in a mapped file. Reading that file asks neither the server nor the program, so that watching
//! costs the watched program nothing, and both windows of a comparison are watched in the same way.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::{Duration, Instant};

use crate::desktop::Desktop;
use crate::{Outcome, stop};

/// How often the picture is looked at.
const INTERVAL: Duration = Duration::from_millis(2);

/// Every so many lines one is read: a line of text is higher.
const STEP: usize = 6;

/// The colours of a screen with a painted page on it. An empty screen, window or page has fewer; smooth text has more.
const COLOURS: usize = 8;

/// Waits until the screen shows text, and returns the time since `start`.
pub(crate) fn wait_for_paint(
    desktop: &Desktop,
    start: Instant,
    patience: Duration,
) -> Outcome<Duration> {
    let mut picture = Picture::open(File::open(desktop.framebuffer())?)?;
    loop {
        if picture.has_text()? {
            return Ok(start.elapsed());
        }
        if start.elapsed() > patience {
            return stop("no window painted anything");
        }
        std::thread::sleep(INTERVAL);
    }
}

/// The X server's picture: a header of big-endian numbers, a colour table, lines of pixels (`XWDFile.h`).
struct Picture {
    file: File,
    pixels: u64,
    line: usize,
    height: usize,
}

/// Numbers in the header, by position.
const HEADER_SIZE: usize = 0;
const HEIGHT: usize = 5;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLOUR_COUNT: usize = 19;
const HEADER_NUMBERS: usize = 25;
const COLOUR_BYTES: u64 = 12;

impl Picture {
    fn open(mut file: File) -> Outcome<Self> {
        let mut header = [0; HEADER_NUMBERS * 4];
        file.read_exact(&mut header)?;
        let number = |index: usize| {
            let bytes = [0, 1, 2, 3].map(|byte| header[index * 4 + byte]);
            u32::from_be_bytes(bytes)
        };
        if number(BITS_PER_PIXEL) != 32 {
            return stop("the X server's picture has an unknown form");
        }
        Ok(Self {
            pixels: u64::from(number(HEADER_SIZE)) + u64::from(number(COLOUR_COUNT)) * COLOUR_BYTES,
            line: number(BYTES_PER_LINE) as usize,
            height: number(HEIGHT) as usize,
            file,
        })
    }

    fn has_text(&mut self) -> Outcome<bool> {
        let mut colours = HashSet::new();
        let mut line = vec![0; self.line];
        for row in (0..self.height).step_by(STEP) {
            let place = self.pixels + (row * self.line) as u64;
            self.file.seek(SeekFrom::Start(place))?;
            self.file.read_exact(&mut line)?;
            for pixel in line.chunks_exact(4) {
                colours.insert([pixel[0], pixel[1], pixel[2]]);
            }
            if colours.len() >= COLOURS {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colour_of: impl Fn(u8) -> u8) -> Vec<u8> {
        let (width, height) = (16_u32, 12_u32);
        let mut header = [0_u32; HEADER_NUMBERS];
        header[HEADER_SIZE] = 100;
        header[HEIGHT] = height;
        header[BITS_PER_PIXEL] = 32;
        header[BYTES_PER_LINE] = width * 4;
        header[COLOUR_COUNT] = 2;
        let mut bytes: Vec<u8> = header.iter().flat_map(|n| n.to_be_bytes()).collect();
        bytes.extend([9; 24]);
        for _ in 0..height {
            for x in 0..width as u8 {
                bytes.extend([colour_of(x), 0, 0, 0]);
            }
        }
        bytes
    }

    #[test]
    fn text_is_told_from_an_empty_window() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        for (bytes, text) in [
            (picture(|_| 0), false),
            (picture(|x| u8::from(x > 8)), false),
            (picture(|x| x * 3), true),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let mut picture = Picture::open(File::open(&path).unwrap()).unwrap();
            assert_eq!(picture.has_text().unwrap(), text);
        }
    }
}
