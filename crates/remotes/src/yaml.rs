//! The file as a tree: texts as they were written, and the line of everything. A number or a flag is a text here: what is
//! meant by it depends on where it stands.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};

use crate::BadFile;

/// No such file has more. Names for parts of a file could make a short one as large as one likes.
const MOST_NODES: usize = 100_000;
/// By this key a map takes over the members of another.
const MERGE: &str = "<<";

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text {
        text: String,
        /// Without quotes and without a tag, so that it may be something else than a text.
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A member of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: u64,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Text { text, is_plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    fn count(&self) -> usize {
        match &self.kind {
            Kind::Text { .. } => 1,
            Kind::List(nodes) => 1 + nodes.iter().map(Self::count).sum::<usize>(),
            Kind::Map(entries) => {
                1 + entries
                    .iter()
                    .map(|entry| entry.value.count())
                    .sum::<usize>()
            }
        }
    }
}

/// The first document of a text; none if there is none. Others are not looked at, as the command lines do not.
///
/// # Errors
///
/// [`BadFile::NotYaml`], also for a key that stands twice, and [`BadFile::TooLong`].
pub(crate) fn document(text: &str) -> Result<Option<Node>, BadFile> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tree = Tree {
        events: Parser::new_from_str(text),
        named: HashMap::new(),
        nodes: 0,
    };
    match tree.next()? {
        (Step::Begin, _) => {}
        (Step::End, _) => return Ok(None),
        (Step::Node(_) | Step::Close, line) => return Err(not_yaml(line)),
    }
    let (step, line) = tree.next()?;
    let node = tree.node(step, line)?;
    match tree.next()? {
        (Step::End, _) => Ok(Some(node)),
        (_, line) => Err(not_yaml(line)),
    }
}

struct Tree<'a> {
    events: Parser<'a, StrInput<'a>>,
    /// Parts that have a name, by the number of it.
    named: HashMap<usize, Node>,
    nodes: usize,
}

/// An event that counts.
enum Step {
    Begin,
    End,
    Node(Opened),
    Close,
}

enum Opened {
    Text {
        text: String,
        is_plain: bool,
        name: usize,
    },
    List {
        name: usize,
    },
    Map {
        name: usize,
    },
    Named(usize),
}

impl Tree<'_> {
    fn next(&mut self) -> Result<(Step, u64), BadFile> {
        loop {
            let Some(event) = self.events.next() else {
                return Ok((Step::End, 0));
            };
            // Its words may quote the file, and so a token: only the place is taken from them.
            let (event, span) = event.map_err(|error| not_yaml(line(error.marker().line())))?;
            let step = match event {
                Event::DocumentStart(..) => Step::Begin,
                Event::DocumentEnd | Event::StreamEnd => Step::End,
                Event::SequenceEnd | Event::MappingEnd => Step::Close,
                Event::Alias(name) => Step::Node(Opened::Named(name)),
                Event::SequenceStart(_, name, _) => Step::Node(Opened::List { name }),
                Event::MappingStart(_, name, _) => Step::Node(Opened::Map { name }),
                Event::Scalar(text, style, name, tag) => Step::Node(Opened::Text {
                    is_plain: style == ScalarStyle::Plain && tag.is_none(),
                    text: text.into_owned(),
                    name,
                }),
                _ => continue,
            };
            return Ok((step, line(span.start.line())));
        }
    }

    fn node(&mut self, step: Step, line: u64) -> Result<Node, BadFile> {
        let Step::Node(opened) = step else {
            return Err(not_yaml(line));
        };
        self.nodes += 1;
        let (kind, name) = match opened {
            Opened::Text {
                text,
                is_plain,
                name,
            } => (Kind::Text { text, is_plain }, name),
            Opened::List { name } => (Kind::List(self.list()?), name),
            Opened::Map { name } => (Kind::Map(self.map(line)?), name),
            Opened::Named(name) => {
                let node = self
                    .named
                    .get(&name)
                    .cloned()
                    .ok_or_else(|| not_yaml(line))?;
                self.nodes = self.nodes.saturating_add(node.count());
                (node.kind, 0)
            }
        };
        if self.nodes > MOST_NODES {
            return Err(BadFile::TooLong);
        }
        let node = Node { line, kind };
        if name != 0 {
            self.named.insert(name, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self) -> Result<Vec<Node>, BadFile> {
        let mut nodes = Vec::new();
        loop {
            match self.next()? {
                (Step::Close, _) => return Ok(nodes),
                (step, line) => nodes.push(self.node(step, line)?),
            }
        }
    }

    fn map(&mut self, opened: u64) -> Result<Vec<Entry>, BadFile> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (step, line) = match self.next()? {
                (Step::Close, _) => break,
                step => step,
            };
            let Kind::Text {
                text: key,
                is_plain,
            } = self.node(step, line)?.kind
            else {
                return Err(not_yaml(line));
            };
            let (step, begins) = self.next()?;
            let value = self.node(step, begins)?;
            if key == MERGE && is_plain {
                merged.push(value);
                continue;
            }
            if entries.iter().any(|entry| entry.key == key) {
                return Err(not_yaml(line));
            }
            entries.push(Entry { key, line, value });
        }
        for value in merged {
            take_over(&mut entries, value, opened)?;
        }
        Ok(entries)
    }
}

/// Takes over the members that are not there; those of the first map win.
fn take_over(entries: &mut Vec<Entry>, from: Node, line: u64) -> Result<(), BadFile> {
    match from.kind {
        Kind::Map(others) => {
            for other in others {
                if entries.iter().all(|entry| entry.key != other.key) {
                    entries.push(other);
                }
            }
            Ok(())
        }
        Kind::List(nodes) => nodes
            .into_iter()
            .try_for_each(|node| take_over(entries, node, line)),
        Kind::Text { .. } => Err(not_yaml(line)),
    }
}

fn line(line: usize) -> u64 {
    line as u64
}

const fn not_yaml(line: u64) -> BadFile {
    let line = if line == 0 { None } else { Some(line) };
    BadFile::NotYaml { line }
}
