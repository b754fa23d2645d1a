//! Counting what happened in the last minute.

/// How long is looked back, in seconds. The second that is running and those before it that lie within 60 s of its end.
pub(crate) const SPAN: u64 = 61;

/// What happened in each of the last seconds.
#[derive(Debug, Clone)]
pub(super) struct Window {
    seconds: [u32; SPAN as usize],
    /// The second that is running.
    last: u64,
    sum: u64,
}

impl Default for Window {
    fn default() -> Self {
        Window { seconds: [0; SPAN as usize], last: 0, sum: 0 }
    }
}

impl Window {
    fn pass(&mut self, second: u64) {
        let from = self.last.max(second.saturating_sub(SPAN)) + 1;
        for passed in from..=second {
            let slot = &mut self.seconds[(passed % SPAN) as usize];
            self.sum -= u64::from(std::mem::take(slot));
        }
        self.last = self.last.max(second);
    }

    /// How many there were.
    pub(super) fn count(&mut self, second: u64) -> u64 {
        self.pass(second);
        self.sum
    }

    /// One more.
    pub(super) fn add(&mut self, second: u64) {
        self.pass(second);
        let slot = &mut self.seconds[(self.last % SPAN) as usize];
        if let Some(more) = slot.checked_add(1) {
            *slot = more;
            self.sum += 1;
        }
    }

    /// One less, of those of a second, if that is not forgotten.
    pub(super) fn remove(&mut self, second: u64, now: u64) {
        self.pass(now);
        let slot = &mut self.seconds[(second % SPAN) as usize];
        if second + SPAN > self.last && *slot > 0 {
            *slot -= 1;
            self.sum -= 1;
        }
    }
}

impl Window {
    /// Without what another window counts, of the seconds that both remember.
    pub(super) fn forgive(&mut self, mut other: Window) {
        let now = self.last.max(other.last);
        self.pass(now);
        other.pass(now);
        for (slot, less) in self.seconds.iter_mut().zip(other.seconds) {
            let less = less.min(*slot);
            *slot -= less;
            self.sum -= u64::from(less);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a list of times.
        #[test]
        fn it_counts_as_a_list_of_times_does(steps in prop::collection::vec((0..40_u64, any::<bool>()), 1..80)) {
            let (mut window, mut times, mut now) = (Window::default(), Vec::new(), 0);
            for (wait, adds) in steps {
                now += wait;
                times.retain(|time| now - time < SPAN);
                prop_assert_eq!(window.count(now), times.len() as u64);
                if adds {
                    window.add(now);
                    times.push(now);
                } else if let Some(time) = times.pop() {
                    window.remove(time, now);
                }
            }
        }
    }

    #[test]
    fn what_is_forgiven_leaves_the_rest() {
        let (mut all, mut one) = (Window::default(), Window::default());
        for second in [1, 1, 5, 9] {
            all.add(second);
        }
        one.add(1);
        one.add(9);
        all.forgive(one.clone());
        assert_eq!(all.count(9), 2);
        assert_eq!(all.count(1 + SPAN), 1);
        // What is counted nowhere any more is not taken away.
        all.forgive(one);
        assert_eq!(all.count(1 + SPAN), 1);
    }

    #[test]
    fn what_is_forgotten_is_not_taken_away_again() {
        let mut window = Window::default();
        window.add(5);
        window.add(5 + SPAN);
        window.remove(5, 5 + SPAN);
        assert_eq!(window.count(5 + SPAN), 1);
    }
}
