//! Replaying recordings: parsed by several threads, given in order.

use std::{io, panic::catch_unwind, sync::Arc, thread};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use memchr::memchr_iter;
use reactant_core::event::{EventError, Line, MAX_EVENT};

use crate::{
    Content, Input, Item, Source, SourceError, StopSignal, Stopper,
    lines::{Block, Lines},
};

/// Recordings in JSON Lines, one after another.
///
/// One thread reads, others parse, and [`Source::next`] gives what they made in the order of the lines, the same for any number of
/// threads. Few blocks are under way at a time, so memory is bounded however long the recording is. A line that is no event, and an input
/// that cannot be read, are items of their own.
#[derive(Debug)]
pub struct Replay {
    /// Blocks in order, each with the way to its items.
    blocks: Receiver<Pending>,
    items: std::vec::IntoIter<Item>,
    position: u64,
    size: Option<u64>,
    stopper: Stopper,
    stopped: StopSignal,
}

/// A block that is being parsed.
#[derive(Debug)]
struct Pending {
    input: Arc<Input>,
    first: u64,
    /// Its length in bytes.
    len: u64,
    items: Receiver<Vec<Item>>,
}

/// A block to be parsed.
struct Task {
    input: Arc<Input>,
    first: u64,
    bytes: Vec<u8>,
    items: Sender<Vec<Item>>,
}

/// So many blocks a parser may be ahead of who takes the items.
const AHEAD: usize = 2;

impl Replay {
    /// Begins to read the inputs in order; `jobs` threads (at least one) parse.
    ///
    /// The threads end with the replay; one that waits for standard input or a FIFO, once there is something to read or the other
    /// side closes.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub fn start(inputs: Vec<Input>, jobs: usize) -> io::Result<Replay> {
        Replay::start_with(inputs, jobs, Line::parse)
    }

    fn start_with(inputs: Vec<Input>, jobs: usize, parser: Parser) -> io::Result<Replay> {
        let jobs = jobs.max(1);
        let size = inputs.iter().map(Input::size).sum();
        let (blocks, blocks_in_order) = bounded(jobs * AHEAD);
        // What is under way is bounded by the blocks in order.
        let (tasks, tasks_to_do) = unbounded();
        for number in 0..jobs {
            let tasks: Receiver<Task> = tasks_to_do.clone();
            spawn(format!("parse-{number}"), move || {
                for task in tasks {
                    let items = parse(&task.input, task.first, &task.bytes, parser);
                    // Nobody waits any more: the replay was dropped.
                    let _ = task.items.send(items);
                }
            })?;
        }
        spawn("read".to_owned(), move || {
            for input in inputs {
                if read(&Arc::new(input), &blocks, &tasks).is_none() {
                    break;
                }
            }
        })?;
        let (stopper, stopped) = Stopper::new();
        Ok(Replay {
            blocks: blocks_in_order,
            items: Vec::new().into_iter(),
            position: 0,
            size,
            stopper,
            stopped,
        })
    }

    /// How many bytes there are to read; `None` where an input is a stream or does not open.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes were read so far, to the block of the last item.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Source for Replay {
    fn next(&mut self) -> Option<Item> {
        loop {
            if self.stopped.is_set() {
                return None;
            }
            if let Some(item) = self.items.next() {
                return Some(item);
            }
            let block = self.stopped.or_receive(&self.blocks)?;
            self.position += block.len;
            match self.stopped.or_receive(&block.items) {
                Some(items) => self.items = items.into_iter(),
                None if self.stopped.is_set() => return None,
                None => {
                    let (input, line) = (block.input, block.first);
                    return Some(fault(line, SourceError::Parser { input, line }));
                }
            }
        }
    }

    fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name).spawn(work).map(drop)
}

/// Reads an input to its end; `None` once nobody takes the items.
fn read(input: &Arc<Input>, blocks: &Sender<Pending>, tasks: &Sender<Task>) -> Option<()> {
    let announce = |first, len| {
        let (sender, items) = bounded(1);
        let input = Arc::clone(input);
        blocks.send(Pending { input, first, len, items }).ok()?;
        Some(sender)
    };
    let reader = match input.open() {
        Ok(reader) => reader,
        Err(error) => return announce(0, 0)?.send(vec![fault(0, error)]).ok(),
    };
    for block in Lines::new(reader, MAX_EVENT) {
        let (line, len, error) = match block {
            Block::Lines { first, bytes } => {
                let items = announce(first, bytes.len() as u64)?;
                tasks.send(Task { input: Arc::clone(input), first, bytes, items }).ok()?;
                continue;
            }
            Block::Long { line, len } => {
                let (input, source) = (Arc::clone(input), EventError::TooLong { len });
                (line, len as u64, SourceError::Event { input, line, source })
            }
            Block::Failed { line, error: source } => {
                (line, 0, SourceError::Read { input: Arc::clone(input), line, source })
            }
        };
        announce(line, len)?.send(vec![fault(line, error)]).ok()?;
    }
    Some(())
}

fn fault(line: u64, error: SourceError) -> Item {
    Item { line, content: Content::Fault(error) }
}

/// How a line becomes an event.
type Parser = fn(&[u8], u64) -> Result<Line, EventError>;

/// Parses the lines of a block. Blank ones count, and give nothing.
fn parse(input: &Arc<Input>, first: u64, bytes: &[u8], read: Parser) -> Vec<Item> {
    let mut items = Vec::new();
    let mut from = 0;
    let ends = memchr_iter(b'\n', bytes).chain([bytes.len()]);
    for (line, end) in (first..).zip(ends) {
        let text = &bytes[from..end];
        from = end + 1;
        let blank = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        if blank.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        // A parser that fails inside costs its line, whatever else its thread has to do.
        let content = match catch_unwind(|| read(text, line)) {
            Ok(Ok(Line::Event(event))) => Content::Event(event),
            Ok(Ok(Line::Header(header))) => Content::Header(header),
            Ok(Err(source)) => {
                Content::Fault(SourceError::Event { input: Arc::clone(input), line, source })
            }
            Err(_) => Content::Fault(SourceError::Parser { input: Arc::clone(input), line }),
        };
        items.push(Item { line, content });
    }
    items
}

#[cfg(test)]
mod tests;
