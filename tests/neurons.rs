//! Neuron models against closed forms, and slices against single cells.
#![expect(clippy::float_cmp, reason = "exact results are what is tested")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use murine::neuron::{Cell, Lane, Model, ModelSpec, PLACES, Setup, SliceContext};
use murine::prelude::*;
use murine::random::{Key, Purpose, Stream};
use proptest::prelude::*;

/// Counts of `n` empty lanes of an inbox.
fn empty(n: usize) -> Vec<i32> {
    vec![0; n * PLACES]
}

/// The lanes.
fn lanes(counts: &mut [i32]) -> &mut [Lane] {
    counts.as_chunks_mut().0
}

fn cell(model: &dyn Model, dt: Time, units: &[f64], double: bool) -> Box<dyn Cell> {
    model.cell(&Setup::new(1, 0, 1, 0, dt), units, double).unwrap()
}

/// The neuron of the current-to-interval table: 0.04 mV/pA, 10 ms, 15 mV to threshold.
fn delta(i_e: f64) -> IafPscDelta {
    IafPscDelta { i_e: (i_e * PA).into(), ..Default::default() }
}

fn exp(i_e: f64) -> IafPscExp {
    IafPscExp { i_e: (i_e * PA).into(), ..Default::default() }
}

/// Steps between the second and third spike of a cell.
fn interval(model: &dyn Model, dt: f64, current: f64) -> u32 {
    let mut cell = cell(model, dt * MS, &[1.0, 1.0], true);
    let spikes: Vec<u32> = (0..20_000).filter(|_| cell.step(&[0, 0], current)).take(3).collect();
    spikes[2] - spikes[1]
}

/// The same through a slice.
fn slice_interval(model: &dyn Model, dt: f64, current: f64) -> usize {
    let context = SliceContext {
        seed: 1,
        population: 0,
        size: 1,
        first: 0,
        count: 1,
        dt: dt * MS,
        units: vec![1.0, 1.0],
        double: true,
    };
    let mut slice = model.slice(&context).unwrap();
    let mut counts = empty(2);
    let inbox = lanes(&mut counts);
    let mut steps = Vec::new();
    for step in 0..20_000 {
        let mut spikes = Vec::new();
        slice.update(0..1, inbox, 0, current, &mut spikes);
        if !spikes.is_empty() {
            steps.push(step);
        }
    }
    steps[2] - steps[1]
}

#[test]
fn current_gives_the_exact_interval() {
    let table: [(f64, [u32; 3]); 4] = [
        (380.0, [46, 454, 1813]),
        (450.0, [20, 200, 797]),
        (600.0, [12, 119, 473]),
        (1450.0, [5, 50, 200]),
    ];
    for (i, row) in table {
        let threshold_time = 10.0 * (0.04 * i / (0.04 * i - 15.0)).ln();
        let mut cases: Vec<(f64, u32)> = [1.0, 0.1, 0.025].into_iter().zip(row).collect();
        for dt in [0.5, 0.01] {
            cases.push((dt, (2.0 / dt).round() as u32 + (threshold_time / dt).ceil() as u32));
        }
        for (dt, steps) in cases {
            for (constant, stimulus) in [(i, 0.0), (0.0, i)] {
                assert_eq!(interval(&delta(constant), dt, stimulus), steps, "delta {i} pA {dt} ms");
                assert_eq!(interval(&exp(constant), dt, stimulus), steps, "exp {i} pA {dt} ms");
                assert_eq!(slice_interval(&delta(constant), dt, stimulus), steps as usize);
                assert_eq!(slice_interval(&exp(constant), dt, stimulus), steps as usize);
            }
        }
    }
}

/// The unit and the count by which a network stores a constant weight.
fn rounded(model: impl Into<Box<dyn Model>>, weight: Weight, receptor: &str) -> (Vec<f64>, i32) {
    let mut network = Network::new("psp");
    let source = network.source("source", 1, SpikeGenerator::new(vec![vec![1.0 * MS]]));
    let target = network.population("target", 1, model);
    let builder = network.project(source, target, OneToOne {}).receptor(receptor);
    match weight {
        Weight::Current(w) => builder.weight(w),
        Weight::Voltage(w) => builder.weight(w),
        Weight::Conductance(w) => builder.weight(w),
    };
    let rounding = network.rounding().unwrap();
    (rounding.units[1].clone(), rounding.projections[0].counts(0))
}

fn psp(t: f64, w: f64, tau_m: f64, tau_s: f64, c_m: f64) -> f64 {
    if tau_m == tau_s {
        return w / c_m * t * (-t / tau_m).exp();
    }
    w * tau_m * tau_s / (c_m * (tau_m - tau_s)) * ((-t / tau_m).exp() - (-t / tau_s).exp())
}

#[test]
fn published_potentials_are_right() {
    for (t, v) in [(0.1, 0.360_671_748_781), (1.0, 1.620_004_494_314), (5.0, 1.276_811_073_227)] {
        assert!((psp(t, 1000.0, 10.0, 0.5, 250.0) - v).abs() < 1e-11);
    }
    for (t, v) in [(1.0, 3.619_349_672_144), (10.0, 14.715_177_646_858)] {
        assert!((psp(t, 1000.0, 10.0, 10.0, 250.0) - v).abs() < 1e-11);
    }
}

#[test]
fn potentials_of_one_spike_are_exact() {
    for tau_s in [0.5, 2.0, 10.0, 30.0] {
        for (receptor, sign) in [("excitatory", 1.0), ("inhibitory", -1.0)] {
            for w in [1e-3_f64, 0.1, 87.8085, 1000.0, 12_345.678, 1e5].map(|w| w * sign) {
                // Where both decay alike, they are one input.
                let alike = w.abs() > 100.0;
                let other = if alike { tau_s } else { tau_s + 1.0 };
                let (ex, inh) = if sign > 0.0 { (tau_s, other) } else { (other, tau_s) };
                let model = IafPscExp {
                    tau_syn_ex: (ex * MS).into(),
                    tau_syn_in: (inh * MS).into(),
                    v_th: (1e9 * MV).into(),
                    e_l: (0.0 * MV).into(),
                    ..Default::default()
                };
                let model: Box<dyn Model> = model.into();
                let (units, count) = rounded(model.clone(), (w * PA).into(), receptor);
                let mut input = vec![0_i64; units.len()];
                assert_eq!(units.len(), if alike { 1 } else { 2 });
                input[model.receptors().iter().find(|r| r.name == receptor).unwrap().input] =
                    count.into();
                let silence = vec![0; units.len()];
                let mut double = cell(&*model, 0.1 * MS, &units, true);
                let mut single = cell(&*model, 0.1 * MS, &units, false);
                double.step(&input, 0.0);
                single.step(&input, 0.0);
                let largest = psp(10.0, w, 10.0, tau_s, 250.0).abs();
                for step in 1..=500 {
                    double.step(&silence, 0.0);
                    single.step(&silence, 0.0);
                    let v = psp(f64::from(step) * 0.1, w, 10.0, tau_s, 250.0);
                    let off = (double.observe(0) - v).abs();
                    assert!(off < 1e-9, "{w} pA, tau {tau_s}, step {step}: off by {off} mV");
                    assert!((single.observe(0) - v).abs() < 2e-5 * largest.max(1e-6), "{w} {step}");
                }
            }
        }
    }
}

#[test]
fn a_delta_synapse_jumps_and_decays_exactly() {
    for w in [1e-3, 0.1, -0.5, 20.0, -1e5, 1e5] {
        let model =
            IafPscDelta { v_th: (1e9 * MV).into(), e_l: (0.0 * MV).into(), ..Default::default() };
        let (units, count) = rounded(model.clone(), (w * MV).into(), "default");
        let mut cell = cell(&model, 0.1 * MS, &units, true);
        cell.step(&[count.into()], 0.0);
        for step in 0..500 {
            let v = w * (-0.01 * f64::from(step)).exp();
            assert!((cell.observe(0) - v).abs() < 1e-9, "{w} mV, step {step}");
            cell.step(&[0], 0.0);
        }
    }
}

#[test]
fn delta_input_counts_before_the_threshold_and_not_while_refractory() {
    let model = IafPscDelta { t_ref: (0.3 * MS).into(), ..Default::default() };
    let mut cell = cell(&model, 0.1 * MS, &[1.0], true);
    assert!(!cell.step(&[14], 0.0));
    assert!(cell.step(&[2], 0.0), "the input of a step counts in its threshold test");
    for _ in 0..3 {
        assert!(!cell.step(&[100], 0.0), "what arrives while refractory is discarded");
        assert_eq!(cell.observe(0), -70.0);
    }
    assert!(cell.step(&[15], 0.0));
}

#[test]
fn currents_go_on_while_refractory() {
    let model = IafPscExp { t_ref: (1.0 * MS).into(), ..Default::default() };
    let mut cell = cell(&model, 0.1 * MS, &[1.0, 1.0], true);
    while !cell.step(&[0, 0], 2000.0) {}
    cell.step(&[100, -50], 0.0);
    for step in 0..9 {
        let t = 0.1 * f64::from(step);
        assert_eq!(cell.observe(0), -70.0);
        assert!((cell.observe(1) - 100.0 * (-t / 2.0).exp()).abs() < 1e-10);
        assert!((cell.observe(2) + 50.0 * (-t / 2.0).exp()).abs() < 1e-10);
        cell.step(&[0, 0], 0.0);
    }
}

/// V after 4 ms of strong excitation and inhibition, without a threshold.
fn driven(dt: f64, double: bool) -> f64 {
    let model = IafCondExp {
        v_th: (1e3 * MV).into(),
        e_l: (-60.0 * MV).into(),
        c_m: (200.0 * PF).into(),
        g_l: (10.0 * NS).into(),
        tau_syn_ex: (5.0 * MS).into(),
        tau_syn_in: (10.0 * MS).into(),
        i_e: (200.0 * PA).into(),
        ..Default::default()
    };
    let mut cell = cell(&model, dt * MS, &[1.0, 1.0], double);
    cell.step(&[120, 67], 0.0);
    for _ in 0..(4.0 / dt).round() as u32 {
        cell.step(&[0, 0], 0.0);
    }
    // The first step brings the conductances, and a step of the constant current.
    cell.observe(0)
}

#[test]
fn conductances_are_integrated_to_fourth_order() {
    // The first step differs with dt, so start all at rest: measure against Richardson's limit.
    let errors: Vec<f64> =
        [0.1, 0.05, 0.025].iter().map(|&dt| (rested(dt) - rested(0.002)).abs()).collect();
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((3.7..4.4).contains(&order), "order {order} from {errors:?}");
    }
    assert!(errors[2] < 1e-4, "{errors:?}");
    assert!((driven(0.1, true) - driven(0.1, false)).abs() < 1e-3);
}

/// V 4 ms after a volley, with the neuron at rest when it arrives.
fn rested(dt: f64) -> f64 {
    let model = IafCondExp {
        v_th: (1e3 * MV).into(),
        e_l: (-60.0 * MV).into(),
        c_m: (200.0 * PF).into(),
        g_l: (10.0 * NS).into(),
        tau_syn_ex: (5.0 * MS).into(),
        tau_syn_in: (10.0 * MS).into(),
        ..Default::default()
    };
    let mut cell = cell(&model, dt * MS, &[1.0, 1.0], true);
    cell.step(&[120, 67], 0.0);
    for _ in 0..(4.0 / dt).round() as u32 {
        cell.step(&[0, 0], 0.0);
    }
    let decayed = 120.0 * (-4.0f64 / 5.0).exp();
    assert!((cell.observe(1) - decayed).abs() < 1e-9);
    assert!((cell.observe(2) - 67.0 * (-0.4f64).exp()).abs() < 1e-9);
    cell.observe(0)
}

#[test]
fn a_silent_neuron_is_a_fixed_point() {
    let models: [Box<dyn Model>; 3] =
        [IafPscDelta::default().into(), IafPscExp::default().into(), IafCondExp::default().into()];
    for model in models {
        for double in [false, true] {
            let mut cell = cell(&*model, 0.1 * MS, &[0.01, 0.01], double);
            let sign = if model.name() == "iaf_psc_exp" { -1 } else { 1 };
            let inputs = model.inputs();
            cell.step(&[100, 100 * sign][..inputs], 0.0);
            for _ in 0..20_000 {
                cell.step(&[0, 0][..inputs], 0.0);
            }
            assert_eq!(cell.observe(0), -70.0, "{} does not come to rest", model.name());
            for variable in 1..model.variables().len() {
                assert_eq!(cell.observe(variable), 0.0);
            }
        }
    }
}

/// The models with all that may differ between neurons constant, drawn or listed.
fn model(which: usize, kind: usize, size: usize) -> Box<dyn Model> {
    let list = |a: f64, b: f64| (0..size).map(move |i| a + b * i as f64 / size as f64);
    let tau: murine::random::Parameter<Time> = match kind {
        0 => (10.0 * MS).into(),
        1 => Distribution::uniform(8.0 * MS, 20.0 * MS).into(),
        _ => list(8.0, 12.0).map(|x| x * MS).collect::<Vec<_>>().into(),
    };
    let v_m: murine::random::Parameter<Voltage> = match kind {
        0 => (-60.0 * MV).into(),
        1 => Distribution::normal(-60.0 * MV, 5.0 * MV).into(),
        _ => list(-70.0, 15.0).map(|x| x * MV).collect::<Vec<_>>().into(),
    };
    let t_ref: murine::random::Parameter<Time> = match kind {
        0 => (30.0 * MS).into(),
        1 => Distribution::uniform(0.0 * MS, 5.0 * MS).into(),
        _ => (0.0 * MS).into(),
    };
    match which {
        0 => IafPscDelta { tau_m: tau, v_m: Some(v_m), t_ref, ..Default::default() }.into(),
        1 => IafPscExp { tau_m: tau, v_m: Some(v_m), t_ref, ..Default::default() }.into(),
        4 => {
            let tau_syn_in = (3.0 * MS).into();
            IafPscExp { tau_m: tau, tau_syn_in, v_m: Some(v_m), t_ref, ..Default::default() }.into()
        }
        3 => {
            let b = match kind {
                0 => 0.2.into(),
                1 => Distribution::uniform(0.1, 0.25).into(),
                _ => list(0.1, 0.15).collect::<Vec<_>>().into(),
            };
            Izhikevich { b, tau_syn_in: tau, v_m, ..Default::default() }.into()
        }
        _ => IafCondExp { tau_syn_in: tau, v_m: Some(v_m), t_ref, ..Default::default() }.into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn slices_equal_cells_bit_for_bit(
        seed: u64, which in 0usize..5, kind in 0usize..3, double: bool, current in -200.0..600.0f64,
    ) {
        let size = 150;
        let model = model(which, kind, size);
        let sign = if which % 2 == 1 { -1 } else { 1 };
        let units = vec![if which == 0 { 0.01 } else { 1.0 }; model.inputs()];
        let mut context = SliceContext {
            seed, population: 2, size: size as u64, first: 0, count: 64,
            dt: 0.1 * MS, units: units.clone(), double,
        };
        let mut slices = vec![model.slice(&context).unwrap()];
        (context.first, context.count) = (64, size - 64);
        slices.push(model.slice(&context).unwrap());
        let mut cells: Vec<_> = (0..size as u64)
            .map(|i| model.cell(&Setup::new(seed, 2, size as u64, i, context.dt), &units, double).unwrap())
            .collect();
        let mut stream = Stream::new(Key::new(seed, Purpose::User, 0), [0; 3]);
        // The slices begin at these places of the inbox; the second is updated block by block.
        let places = [128, 640];
        let mut counts = empty(units.len());
        let inbox = lanes(&mut counts);
        for step in 0..300 {
            let mut inputs = vec![[0, 0]; size];
            for input in &mut inputs {
                if stream.below(4) == 0 {
                    *input = [stream.below(300) as i32, sign * stream.below(300) as i32];
                }
            }
            let mut spikes = Vec::new();
            for (i, cell) in cells.iter_mut().enumerate() {
                if cell.step(&inputs[i].map(i64::from)[..units.len()], current) {
                    spikes.push(i as u32);
                }
                let place = if i < 64 { places[0] + i } else { places[1] + i - 64 };
                for (r, lane) in inbox.iter_mut().enumerate() {
                    lane[place] = inputs[i][r];
                }
            }
            let mut found = Vec::new();
            slices[0].update(0..1, inbox, places[0], current, &mut found);
            let mut local = Vec::new();
            slices[1].update(0..1, inbox, places[1], current, &mut local);
            slices[1].update(1..2, inbox, places[1] + 64, current, &mut local);
            found.extend(local.iter().map(|&i| i + 64));
            prop_assert!(inbox.iter().all(|lane| lane.iter().all(|&x| x == 0)));
            prop_assert_eq!(&spikes, &found, "step {}", step);
            for (i, cell) in cells.iter().enumerate() {
                let (slice, local) = if i < 64 { (&slices[0], i) } else { (&slices[1], i - 64) };
                for variable in 0..model.variables().len() {
                    let (a, b) = (cell.observe(variable), slice.observe(local, variable));
                    // Potentials are reported above a resting potential of either precision.
                    prop_assert_eq!(a.to_bits(), b.to_bits(), "step {}: {} {}", step, a, b);
                }
            }
        }
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let refuse = |text: &str, parts: &[&str]| {
        let spec: ModelSpec = toml::from_str(text).unwrap();
        let model = Box::<dyn Model>::from(spec);
        let setup = Setup::new(1, 0, 3, 0, 0.1 * MS);
        let message = model.validate(&setup, true).expect_err(text).to_string();
        for part in parts {
            assert!(message.contains(part), "{text}: {message} lacks {part}");
        }
    };
    for name in ["iaf_psc_delta", "iaf_psc_exp", "iaf_cond_exp"] {
        let mut cases = vec![
            ("c_m = \"0 pF\"", "c_m"),
            ("c_m = \"-1 pF\"", "c_m"),
            ("t_ref = \"-1 ms\"", "t_ref"),
            ("t_ref = \"0.15 ms\"", "t_ref"),
            ("v_th = \"-90 mV\"", "v_th"),
            ("v_m = [\"-70 mV\"]", "v_m"),
            ("e_l = { normal = { mean = \"-70 mV\", sd = \"-1 mV\" } }", "e_l"),
            ("i_e = { uniform = { low = \"2 pA\", high = \"1 pA\" } }", "i_e"),
        ];
        if name != "iaf_cond_exp" {
            cases.push(("tau_m = \"0 ms\"", "tau_m"));
            cases.push(("tau_m = { normal = { mean = \"10 ms\", sd = \"5 ms\" } }", "tau_m"));
        }
        if name != "iaf_psc_delta" {
            cases.push(("tau_syn_ex = \"0 ms\"", "tau_syn_ex"));
            cases.push(("tau_syn_in = \"-1 ms\"", "tau_syn_in"));
        }
        if name == "iaf_cond_exp" {
            cases.push(("g_l = \"-1 nS\"", "g_l"));
        }
        for (line, key) in cases {
            let text = format!("[{name}]\n{line}");
            refuse(&text, &[key]);
        }
    }
    for (line, part) in [
        ("a = 0.0", "a: 0 must be above zero"),
        ("b = [0.2]", "b: the list has 1 values"),
        ("c = \"40 mV\"", "v_th: 30 mV must be above c = 40 mV: give a higher one, or a lower c"),
        (
            "v_m = \"30 mV\"",
            "v_m: 30 mV must be below v_th = 30 mV: give a lower one, or a higher v_th",
        ),
        ("tau_syn_ex = \"0 ms\"", "tau_syn_ex"),
        ("tau_syn_in = \"-1 ms\"", "tau_syn_in"),
    ] {
        refuse(&format!("[izhikevich]\n{line}"), &[part]);
    }
    assert!(toml::from_str::<ModelSpec>("[izhikevich]\na = \"0.02\"").is_err());
    assert!(toml::from_str::<ModelSpec>("[izhikevich]\nc = -65").is_err());
    assert!(toml::from_str::<ModelSpec>("[iaf_psc_exp]\ntau = \"1 ms\"").is_err());
    assert!(toml::from_str::<ModelSpec>("[iaf_psc_exp]\ntau_m = \"1 mV\"").is_err());
}
