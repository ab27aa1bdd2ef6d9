//! Sorting the synapses of one source by partition, delay and port.

/// A row sorted by key.
#[derive(Default)]
pub(super) struct Sorted {
    /// (key, how many), ascending.
    pub(super) groups: Vec<(u32, u32)>,
    /// The synapses, group by group.
    pub(super) words: Vec<u32>,
    counts: Vec<u32>,
    items: Vec<(u32, u32)>,
}

impl Sorted {
    /// Sorts by counting where rows are long for the number of `keys`, else by comparing.
    pub(super) fn sort(&mut self, items: &[(u32, u32)], keys: usize) {
        self.groups.clear();
        if keys > 4 * items.len() + 256 {
            self.compare(items);
        } else {
            self.count(items, keys);
        }
    }

    fn compare(&mut self, items: &[(u32, u32)]) {
        self.items.clear();
        self.items.extend_from_slice(items);
        self.items.sort_unstable_by_key(|i| i.0);
        self.words.clear();
        self.words.extend(self.items.iter().map(|i| i.1));
        for group in self.items.chunk_by(|a, b| a.0 == b.0) {
            self.groups.push((group[0].0, group.len() as u32));
        }
    }

    fn count(&mut self, items: &[(u32, u32)], keys: usize) {
        self.counts.clear();
        self.counts.resize(keys, 0);
        for &(key, _) in items {
            self.counts[key as usize] += 1;
        }
        let mut sum = 0;
        for (key, count) in self.counts.iter_mut().enumerate() {
            if *count > 0 {
                self.groups.push((key as u32, *count));
                sum += *count;
                *count = sum - *count;
            }
        }
        self.words.resize(items.len(), 0);
        for &(key, word) in items {
            let place = &mut self.counts[key as usize];
            self.words[*place as usize] = word;
            *place += 1;
        }
    }
}
