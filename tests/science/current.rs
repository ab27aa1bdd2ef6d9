//! Constant current: the interval between spikes, exactly.

use super::{double, intervals};
use crate::support::engines::on_every_engine;
use murine::prelude::*;

/// 40 megaohm, 10 ms, 15 mV from reset to threshold, 2 ms refractory.
fn neuron(i_e: f64, e_l: f64) -> IafPscExp {
    IafPscExp {
        e_l: (e_l * MV).into(),
        c_m: (250.0 * PF).into(),
        tau_m: (10.0 * MS).into(),
        t_ref: (2.0 * MS).into(),
        v_th: ((e_l + 15.0) * MV).into(),
        v_reset: (e_l * MV).into(),
        i_e: (i_e * PA).into(),
        ..Default::default()
    }
}

/// Checks the first spike and all intervals of a neuron that fires every `period` steps.
fn check(dt: f64, neuron: IafPscExp, period: u64) {
    let mut network = double(dt);
    network.population("a", 1, neuron);
    on_every_engine(&network, |name, engine| {
        let spikes = engine.run(5 * period);
        let t_ref = (2.0 / dt).round() as u64;
        assert_eq!(spikes[0].0, period - t_ref, "{name}: first spike at dt {dt}");
        assert_eq!(intervals(&spikes), vec![period; spikes.len() - 1], "{name}: dt {dt}");
        assert_eq!(spikes.len(), 5, "{name}: dt {dt}");
    });
}

#[test]
fn the_table_of_intervals_is_exact() {
    const TABLE: [(f64, [u64; 3]); 4] = [
        (380.0, [46, 454, 1813]),
        (450.0, [20, 200, 797]),
        (600.0, [12, 119, 473]),
        (1450.0, [5, 50, 200]),
    ];
    for (current, periods) in TABLE {
        for (dt, period) in [1.0, 0.1, 0.025].into_iter().zip(periods) {
            check(dt, neuron(current, 0.0), period);
            check(dt, neuron(current, -65.0), period);
        }
    }
}

#[test]
fn intervals_follow_the_closed_form_at_every_dt() {
    for dt in [2.0, 1.0, 0.5, 0.25, 0.2, 0.125, 0.1, 0.05, 0.025, 0.02, 0.01] {
        for current in [376.0, 380.0, 397.3, 450.0, 613.7, 1000.0, 1450.0, 9000.0] {
            let ri: f64 = 0.04 * current;
            let time = 10.0 * (ri / (ri - 15.0)).ln();
            let period = (2.0_f64 / dt).round() + (time / dt).ceil();
            check(dt, neuron(current, 0.0), period as u64);
        }
    }
}

#[test]
fn a_current_at_threshold_never_fires() {
    let mut network = double(0.1);
    network.population("a", 1, neuron(374.999, 0.0));
    on_every_engine(&network, |name, engine| {
        assert_eq!(engine.run(20_000), [], "{name}");
    });
}
