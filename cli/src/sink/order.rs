//! Puts what parallel workers tell back into the order in which one worker would have told it.

use std::collections::VecDeque;

use reactant_core::{detection::Detection, runtime::Report};

/// Reports that wait for others before them. Detections come in order; their outcomes do not.
#[derive(Default)]
pub(super) struct Order {
    queue: Queue<Report>,
}

impl Order {
    /// Takes a report and gives those whose turn has come.
    pub(super) fn take(&mut self, report: Report) -> Vec<Report> {
        let key = |detection: &Detection| (detection.event.number(), detection.recipe_index);
        match &report {
            Report::Detection(detection) => {
                let (key, reactions) = (key(detection), detection.recipe.reactions.len());
                self.queue.open(key, report, reactions);
            }
            Report::Outcome(outcome) => {
                let (key, reaction) = (key(&outcome.detection), outcome.reaction);
                self.queue.fill(key, reaction, report);
            }
            _ => return vec![report],
        }
        self.queue.ready()
    }

    /// How many detections wait.
    pub(super) fn len(&self) -> usize {
        self.queue.waiting.len()
    }
}

type Key = (u64, usize);

struct Queue<T> {
    waiting: VecDeque<Waiting<T>>,
}

struct Waiting<T> {
    key: Key,
    head: T,
    parts: Vec<Option<T>>,
    missing: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue { waiting: VecDeque::new() }
    }
}

impl<T> Queue<T> {
    fn open(&mut self, key: Key, head: T, parts: usize) {
        let waiting =
            Waiting { key, head, parts: (0..parts).map(|_| None).collect(), missing: parts };
        self.waiting.push_back(waiting);
    }

    fn fill(&mut self, key: Key, part: usize, value: T) {
        let at = self.waiting.partition_point(|waiting| waiting.key < key);
        let Some(waiting) = self.waiting.get_mut(at).filter(|waiting| waiting.key == key) else {
            return;
        };
        if let Some(slot @ None) = waiting.parts.get_mut(part) {
            *slot = Some(value);
            waiting.missing -= 1;
        }
    }

    fn ready(&mut self) -> Vec<T> {
        let mut ready = Vec::new();
        while self.waiting.front().is_some_and(|waiting| waiting.missing == 0) {
            if let Some(waiting) = self.waiting.pop_front() {
                ready.push(waiting.head);
                ready.extend(waiting.parts.into_iter().flatten());
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_interleaving_comes_out_in_order(
            sizes in prop::collection::vec((1u64..4, 0usize..4), 1..20),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 100),
        ) {
            // Keys rise; each detection is opened before any of its parts, parts end in any order.
            let mut number = 0;
            let detections: Vec<(Key, usize)> = sizes
                .iter()
                .map(|(step, parts)| {
                    number += step;
                    ((number / 2, number as usize), *parts)
                })
                .collect();
            let mut expected = Vec::new();
            for (key, parts) in &detections {
                expected.push((*key, None));
                expected.extend((0..*parts).map(|part| (*key, Some(part))));
            }
            let mut queue = Queue::default();
            let mut written = Vec::new();
            let mut next = 0;
            let mut open: Vec<(Key, usize)> = Vec::new();
            let mut choices = choices.iter();
            while next < detections.len() || !open.is_empty() {
                let options = open.len() + usize::from(next < detections.len());
                let choice = choices.next().map_or(0, |choice| choice.index(options));
                if choice < open.len() {
                    let (key, part) = open.swap_remove(choice);
                    queue.fill(key, part, (key, Some(part)));
                } else {
                    let (key, parts) = detections[next];
                    next += 1;
                    queue.open(key, (key, None), parts);
                    open.extend((0..parts).map(|part| (key, part)));
                }
                written.extend(queue.ready());
            }
            prop_assert_eq!(written, expected);
        }
    }
}
