//! A first network: excitation and inhibition in balance, from description to raster.
//!
//!     cargo run --release --example first_network

use std::path::Path;

use murine::plot::{RasterOptions, raster};
use murine::prelude::*;

fn main() -> Result<()> {
    let neuron = IafPscExp {
        i_e: (395.0 * PA).into(),
        v_m: Some(Distribution::uniform(-70.0 * MV, -55.0 * MV).into()),
        ..IafPscExp::default()
    };
    let mut network = Network::new("first network");
    let exc = network.population("exc", 800, neuron.clone());
    let inh = network.population("inh", 200, neuron);
    for target in [exc, inh] {
        network
            .project(exc, target, FixedIndegree::new(80))
            .receptor("excitatory")
            .weight(20.0 * PA)
            .delay(1.5 * MS);
        network
            .project(inh, target, FixedIndegree::new(20))
            .receptor("inhibitory")
            .weight(-100.0 * PA)
            .delay(1.5 * MS);
    }

    let mut simulation = Simulation::new(&network, 0)?;
    simulation.run(500.0 * MS)?;
    let recording = simulation.recording();
    println!("{} spikes", recording.spikes.len());
    raster(&recording, &RasterOptions::default(), Path::new("first_network.png"))
}
