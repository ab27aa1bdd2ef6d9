//! Which neurons the targets of a projection are.

/// The neurons that are the targets of a projection.
///
/// Targets are numbered through all populations of the projection, module by module: first those
/// of the first module in each population, then those of the second.
#[derive(Clone, Debug)]
pub struct Pool {
    parts: Vec<Part>,
    /// Targets in a module.
    size: u64,
}

/// What a population has of each module.
#[derive(Clone, Copy, Debug)]
struct Part {
    population: usize,
    /// How many targets of the module come before it.
    first: u64,
    size: u64,
}

/// Targets that are neighbours in a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The number of the first target.
    pub target: u64,
    /// The number of the population.
    pub population: usize,
    /// The number of the first of them within the population.
    pub neuron: u64,
    /// How many.
    pub count: u64,
}

impl Pool {
    /// The targets of some populations: their numbers, and how many neurons of each a module has.
    pub fn new(populations: impl Iterator<Item = (usize, u64)>) -> Self {
        let mut pool = Self { parts: Vec::new(), size: 0 };
        for (population, size) in populations {
            pool.parts.push(Part { population, first: pool.size, size });
            pool.size += size;
        }
        pool
    }

    /// The neuron that is target number `target`: its population, and its number there.
    #[inline]
    #[must_use]
    pub fn find(&self, target: u64) -> (usize, u64) {
        if let [only] = self.parts.as_slice() {
            return (only.population, target);
        }
        let (module, within) = (target / self.size, target % self.size);
        let after = self.parts.partition_point(|part| part.first <= within);
        let part = &self.parts[after - 1];
        (part.population, module * part.size + within - part.first)
    }

    /// `count` targets of one module from number `first` on, population by population.
    pub fn spans(&self, first: u64, count: u64) -> impl Iterator<Item = Span> {
        let (module, begin) = (first / self.size, first % self.size);
        let end = begin + count;
        self.parts.iter().filter_map(move |part| {
            let from = begin.max(part.first);
            let to = end.min(part.first + part.size);
            (from < to).then(|| Span {
                target: first + (from - begin),
                population: part.population,
                neuron: module * part.size + from - part.first,
                count: to - from,
            })
        })
    }

    /// The targets among `count` neurons of a population from number `first` on, module by module.
    pub fn among(&self, population: usize, first: u64, count: u64) -> impl Iterator<Item = Span> {
        let part = self.parts.iter().find(move |part| part.population == population);
        part.into_iter().flat_map(move |part| {
            let end = first + count;
            (first / part.size..end.div_ceil(part.size)).map(move |module| {
                let begin = module * part.size;
                let (from, to) = (first.max(begin), end.min(begin + part.size));
                let target = module * self.size + part.first + from - begin;
                Span { target, population, neuron: from, count: to - from }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(sizes: &[u64]) -> Pool {
        Pool::new(sizes.iter().copied().enumerate())
    }

    #[test]
    fn targets_are_numbered_module_by_module() {
        let pool = pool(&[10, 4]);
        let found: Vec<_> = [0, 9, 10, 13, 14, 24, 41].map(|t| pool.find(t)).to_vec();
        assert_eq!(found, [(0, 0), (0, 9), (1, 0), (1, 3), (0, 10), (1, 4), (1, 11)]);
    }

    #[test]
    fn spans_are_what_find_finds() {
        let pool = pool(&[7, 3, 6]);
        for (first, count) in [(16, 16), (3, 9), (48, 1), (71, 9)] {
            let mut next = first;
            for span in pool.spans(first, count) {
                assert_eq!(span.target, next);
                for i in 0..span.count {
                    assert_eq!(pool.find(next + i), (span.population, span.neuron + i));
                }
                next += span.count;
            }
            assert_eq!(next, first + count);
        }
        for (population, first, count) in [(0, 0, 35), (1, 2, 9), (2, 11, 2)] {
            let mut next = first;
            for span in pool.among(population, first, count) {
                assert_eq!((span.population, span.neuron), (population, next));
                for i in 0..span.count {
                    assert_eq!(pool.find(span.target + i), (population, next + i));
                }
                next += span.count;
            }
            assert_eq!(next, first + count);
        }
    }
}
