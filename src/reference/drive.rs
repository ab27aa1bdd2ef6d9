//! What stimuli bring, neuron by neuron.

use std::ops::Range;

use crate::Result;
use crate::network::{Network, Rounding};
use crate::stimulus::{Action, PoissonCounts, PoissonKeys, Stimulus};
use crate::units::Time;

/// The stimuli of a network.
pub(super) struct Drive {
    dt: Time,
    inputs: Vec<Input>,
}

/// A stimulus and what it acts on.
struct Input {
    target: usize,
    /// The neurons of the target.
    neurons: Range<usize>,
    stimulus: Box<dyn Stimulus>,
    poisson: Option<Poisson>,
    /// Overrides the stimulus' own strength.
    value: Option<f64>,
}

/// Independent Poisson input to each neuron.
struct Poisson {
    keys: PoissonKeys,
    input: usize,
    /// The weight in counts.
    weight: i32,
    /// The rate in Hz that `counts` are drawn with.
    rate: f64,
    counts: PoissonCounts,
}

impl Poisson {
    fn new(keys: PoissonKeys, input: usize, weight: i32) -> Self {
        Self { keys, input, weight, rate: 0.0, counts: PoissonCounts::new(keys, 0.0) }
    }

    /// Adds what arrives in the update that begins at `step` to `sums`.
    fn add(
        &mut self,
        rate: f64,
        dt: Time,
        step: u64,
        sums: &mut [i64],
        inputs: usize,
        neurons: Range<usize>,
    ) {
        if rate.to_bits() != self.rate.to_bits() {
            self.rate = rate;
            self.counts = PoissonCounts::at(self.keys, rate, dt);
        }
        for neuron in neurons {
            let sums = &mut sums[inputs * neuron..inputs * (neuron + 1)];
            sums[self.input] +=
                i64::from(self.weight) * i64::from(self.counts.count(neuron as u64, step));
        }
    }
}

impl Drive {
    pub(super) fn new(network: &Network, rounding: &Rounding) -> Result<Self> {
        let input = |(i, input): (usize, &crate::network::Input)| {
            let poisson = match input.stimulus.action() {
                Action::Current => None,
                Action::Poisson { receptor, .. } => {
                    let input = network.receptor(input.target.0, receptor.as_deref())?.input;
                    let keys = PoissonKeys::stimulus(network.seed, i);
                    Some(Poisson::new(keys, input, rounding.stimuli[i]))
                }
            };
            let stimulus = input.stimulus.clone();
            let neurons = network.stimulated(input);
            let neurons = neurons.start as usize..neurons.end as usize;
            Ok(Input { target: input.target.0, neurons, stimulus, poisson, value: None })
        };
        let inputs = network.stimuli.iter().enumerate().map(input).collect::<Result<_>>()?;
        Ok(Self { dt: network.dt, inputs })
    }

    /// Adds the Poisson input of population `p` in the update that begins at `step` to `sums`
    /// (`inputs` of each neuron) and its currents in pA to `currents`.
    pub(super) fn apply(
        &mut self,
        p: usize,
        step: u64,
        sums: &mut [i64],
        inputs: usize,
        currents: &mut [f64],
    ) {
        for input in self.inputs.iter_mut().filter(|input| input.target == p) {
            let value = input.value.unwrap_or_else(|| input.stimulus.value(step, self.dt).0);
            match &mut input.poisson {
                None => currents[input.neurons.clone()].iter_mut().for_each(|c| *c += value),
                Some(poisson) => {
                    poisson.add(value, self.dt, step, sums, inputs, input.neurons.clone());
                }
            }
        }
    }

    /// Overrides the strength of stimulus `i`.
    pub(super) fn set_value(&mut self, i: usize, value: f64) {
        self.inputs[i].value = Some(value);
    }
}
