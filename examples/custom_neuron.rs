//! A neuron model defined outside the crate runs as fast as one inside: here a quadratic
//! integrate-and-fire neuron, `tau dV/dt = V (V / V_c - 1) + R I`, and its voltage under a current.
//!
//!     cargo run --release --example custom_neuron

use std::path::Path;

use murine::neuron::{Element, Limit, Neuron, Real, Receptor, Setup, Sign, Start, Variable};
use murine::plot::{Line, LineOptions, lines};
use murine::prelude::*;

#[derive(Clone, Debug)]
struct Quadratic {
    tau: Parameter<Time>,
}

const EXCITATORY: Receptor = Receptor {
    name: "default",
    kind: WeightKind::Voltage,
    sign: Sign::Any,
    inhibitory: false,
    input: 0,
};

impl Neuron for Quadratic {
    const NAME: &'static str = "quadratic";
    const RECEPTORS: &'static [Receptor] = &[EXCITATORY];
    const VARIABLES: &'static [Variable] = &[Variable { name: "v_m", unit: "mV" }];
    type State<T: Element> = [T; 1];
    type Input<T: Element> = [T; 1];
    type Constants<T: Element> = [T; 1];

    fn setup(&self, setup: &Setup) -> Result<Start<Self>> {
        let rate = setup.dt().ms() / setup.value("tau", &self.tau, Limit::Positive)?;
        Ok(Start { constants: [rate], state: [0.0], refractory: 0 })
    }

    fn step<F: Real>(
        [rate]: &[F; 1],
        [v]: &mut [F; 1],
        [input]: &[F; 1],
        current: F,
        _: bool,
    ) -> bool {
        let critical = F::from_f64(0.1);
        let next = *v + *rate * (*v * (critical * *v - F::from_f64(1.0)) + current) + *input;
        let spikes = next >= F::from_f64(30.0);
        *v = if spikes { F::from_f64(-10.0) } else { next };
        spikes
    }

    fn observe(_: &[f64; 1], state: &[f64; 1], _: usize) -> f64 {
        state[0]
    }
}

fn main() -> Result<()> {
    let mut network = Network::new("quadratic");
    let cell = network.population("cell", 1, Quadratic { tau: (10.0 * MS).into() });
    network.stimulate(cell, DcGenerator::new(4.0 * PA));

    let mut simulation = Simulation::new(&network, 1)?;
    let mut points = Vec::new();
    for _ in 0..2000 {
        simulation.run(0.1 * MS)?;
        points.push((simulation.time().ms(), simulation.observe(cell, 0, "v_m")?));
    }
    let line = Line { name: "quadratic".into(), points, ..Line::default() };
    let options = LineOptions {
        x_name: "Time (ms)".into(),
        y_name: "V (mV)".into(),
        marks: vec![(30.0, "threshold".into())],
        ..LineOptions::default()
    };
    lines(&[line], &options, Path::new("custom_neuron.png"))
}
