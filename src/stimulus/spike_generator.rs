//! A population that emits spikes at given times.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Emitter, Source, SourceContext};
use crate::random::{some_steps, step_of};
use crate::units::Time;
use crate::{Error, Result};

/// Spikes at given times, for example recorded ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpikeGenerator {
    /// The spike times of each neuron, in any order: one list per neuron of the population. Times
    /// are multiples of dt, at least dt; a time that stands twice means two spikes.
    pub spike_times: Vec<Vec<Time>>,
}

impl SpikeGenerator {
    /// One list of spike times per neuron.
    #[must_use]
    pub fn new(spike_times: Vec<Vec<Time>>) -> Self {
        Self { spike_times }
    }
}

impl Source for SpikeGenerator {
    fn name(&self) -> &'static str {
        "spike_generator"
    }

    fn validate(&self, size: u64, dt: Time) -> Result<()> {
        if self.spike_times.len() as u64 != size {
            let lists = self.spike_times.len();
            return Err(Error::parameter(
                "spike_times",
                format!("there are {lists} lists for {size} neurons: give one list for each"),
            ));
        }
        for (neuron, times) in self.spike_times.iter().enumerate() {
            for (i, &time) in times.iter().enumerate() {
                let key = format!("spike_times[{neuron}][{i}]");
                some_steps(time, dt).map_err(|e| e.within(&key))?;
            }
        }
        Ok(())
    }

    fn most(&self, dt: Time) -> u32 {
        let longest = |times: &Vec<Time>| {
            let mut steps: Vec<u64> = times.iter().map(|time| step_of(*time, dt)).collect();
            steps.sort_unstable();
            steps.chunk_by(|a, b| a == b).map(<[u64]>::len).max().unwrap_or(0)
        };
        self.spike_times.iter().map(longest).max().unwrap_or(0) as u32
    }

    fn emitter(&self, context: &SourceContext) -> Box<dyn Emitter> {
        let neurons = self.spike_times.iter().skip(context.first as usize).take(context.count);
        let mut spikes: Vec<(u64, u32)> = neurons
            .zip(0..)
            .flat_map(|(times, neuron)| {
                times.iter().map(move |time| (step_of(*time, context.dt), neuron))
            })
            .collect();
        spikes.sort_unstable();
        Box::new(Train { spikes, next: 0 })
    }

    fn clone_box(&self) -> Box<dyn Source> {
        Box::new(self.clone())
    }
}

/// The spikes of some neurons as (step, neuron), in order.
struct Train {
    spikes: Vec<(u64, u32)>,
    next: usize,
}

impl Emitter for Train {
    fn emit(&mut self, step: u64, spikes: &mut Vec<u32>) {
        let from = self.next + self.spikes[self.next..].partition_point(|s| s.0 <= step);
        let due = self.spikes[from..].partition_point(|s| s.0 == step + 1);
        spikes.extend(self.spikes[from..from + due].iter().map(|s| s.1));
        self.next = from + due;
    }
}
