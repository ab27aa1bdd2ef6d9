//! Closed forms: what one neuron, one synapse and Poisson input must do, on every engine.

mod current;
mod delays;
mod delta;
mod izhikevich;
mod poisson;
mod psp;
mod refractory;

use crate::support::engines::Engine;
use murine::prelude::*;

/// A network in double precision.
fn double(dt_ms: f64) -> Network {
    Network::new("science").dt(dt_ms * MS).precision(Precision::Double)
}

/// The microcircuit's neuron, rest at 0 mV and a threshold that nothing reaches.
fn passive() -> IafPscExp {
    IafPscExp {
        e_l: (0.0 * MV).into(),
        c_m: (250.0 * PF).into(),
        tau_m: (10.0 * MS).into(),
        tau_syn_ex: (0.5 * MS).into(),
        tau_syn_in: (0.5 * MS).into(),
        v_th: (1e9 * MV).into(),
        v_reset: (0.0 * MV).into(),
        ..Default::default()
    }
}

/// The steps at which spikes of one neuron are stamped, and the intervals between them.
fn intervals(spikes: &[(u64, u64)]) -> Vec<u64> {
    spikes.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
}

/// A variable of the first neuron of a population after each step, from the present on.
fn trace(
    engine: &mut dyn Engine,
    population: PopulationId,
    variable: usize,
    steps: u64,
) -> Vec<f64> {
    let mut values = vec![engine.observe(population, 0, variable)];
    for _ in 0..steps {
        engine.run(1);
        values.push(engine.observe(population, 0, variable));
    }
    values
}
