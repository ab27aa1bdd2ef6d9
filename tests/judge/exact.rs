//! The solvers against twenty values of 50 digits, made by tests/judge/exact.py, which holds the
//! formulas (25 digits are printed, of which a double takes 17).
#![expect(clippy::unreadable_literal, clippy::excessive_precision, reason = "as printed")]

use super::cell::{Cell, Kind, Membrane, membrane};
use super::izhikevich::Izhikevich;

/// (step, receptor, weight).
type Arrival = (u64, usize, f64);

/// A cell at E_L = 0 that never spikes.
fn cell(kind: Kind, dt: f64) -> Cell {
    Cell {
        kind,
        dt,
        c_m: 250.0,
        tau_m: 10.0,
        g_l: 0.0,
        e_l: 0.0,
        e_syn: [0.0, -85.0],
        tau_syn: [2.0; 2],
        v_th: 1e30,
        v_reset: 0.0,
        t_ref: 0,
        i_e: 0.0,
        v_m: None,
        a: 0.02,
        b: 0.2,
        d: 8.0,
        u_m: -13.0,
    }
}

fn weights(arrivals: &[Arrival], step: u64) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for &(_, receptor, weight) in arrivals.iter().filter(|a| a.0 == step) {
        sums[receptor] += weight;
    }
    sums
}

/// V at the end of `steps` steps.
fn potential(cell: &Cell, steps: u64, arrivals: &[Arrival]) -> f64 {
    let mut membrane: Box<dyn Membrane> = membrane(cell);
    for step in 1..=steps {
        membrane.advance(0.0, false);
        let weights = weights(arrivals, step);
        membrane.arrive(weights, weights.map(f64::abs), false);
    }
    membrane.potential()
}

fn close(found: f64, exact: f64, error: f64) {
    assert!((found - exact).abs() <= error * exact.abs(), "{found:e} in place of {exact:e}");
}

#[test]
fn currents_are_solved() {
    const VOLLEY: [Arrival; 4] = [(1, 0, 1000.0), (3, 1, -400.0), (20, 0, 250.0), (21, 0, 37.5)];
    type Case = (f64, u64, f64, [f64; 2], f64, f64, f64, f64);
    let cases: [Case; 9] = [
        (0.1, 60, 10.0, [0.5, 2.0], 250.0, 300.0, 3.0, 6.603002790719168963408212),
        (0.1, 60, 10.0, [10.0, 10.0], 250.0, 300.0, 0.0, 16.41615074139025456437536),
        (
            0.1,
            60,
            10.0,
            [10.0 * (1.0 + 1e-9), 10.0 * (1.0 - 1e-9)],
            250.0,
            0.0,
            0.0,
            11.00189038046120334108889,
        ),
        (
            0.025,
            60,
            10.0,
            [10.000000000000002, 9.999999999999998],
            250.0,
            0.0,
            0.0,
            4.151201897798269412996927,
        ),
        (1.0, 30, 10.0, [1e-6, 2e-6], 1e-3, 0.0, 0.0, 0.1084750378688021492682403),
        (0.001, 3000, 1e9, [2.0, 1e9], 1.0, 2.0, -1.0, 805.1187631013889105752688),
        (0.001, 24, 1e-6, [1e-3, 1e-2], 1e-3, 5.0, 1.0, -0.0375350927823344790115284),
        (1.0 / 32.0, 100, 20.0, [1e9, 1e8], 1e6, 0.0, -10.0, -8.551037408854731618847935),
        (
            0.1,
            3000,
            20.0,
            [2.0, 2.0],
            250.0,
            15.0 * (1.0 - 1e-9) * 250.0 / 20.0,
            14.0,
            15.00000217230131278813907,
        ),
    ];
    for (dt, steps, tau_m, tau_syn, c_m, i_e, v_m, exact) in cases {
        let v_m = Some(v_m);
        let cell = Cell { c_m, tau_m, tau_syn, i_e, v_m, ..cell(Kind::Exp, dt) };
        close(potential(&cell, steps, &VOLLEY), exact, 1e-15);
    }
}

#[test]
fn jumps_are_solved() {
    const JUMPS: [Arrival; 4] = [(1, 0, 3.0), (3, 0, -1.25), (20, 0, 0.125), (24, 0, 1e-3)];
    for (dt, steps, tau_m, c_m, i_e, exact) in [
        (0.1, 60, 10.0, 250.0, 300.0, 5.357199832593255843217954),
        (0.001, 3000, 1e9, 1e-3, 1e-3, 2.875999995873774066407561),
        (0.001, 24, 1e-6, 1e-3, 5000.0, 5.000999999999999669677967),
    ] {
        let cell = Cell { tau_m, c_m, i_e, v_m: Some(-2.0), ..cell(Kind::Delta, dt) };
        close(potential(&cell, steps, &JUMPS), exact, 1e-15);
    }
}

#[test]
fn conductances_are_solved() {
    type Case<'a> = (f64, u64, f64, f64, [f64; 2], f64, &'a [Arrival], f64);
    let cases: [Case; 5] = [
        (
            0.1,
            60,
            250.0,
            16.6667,
            [0.2, 2.0],
            100.0,
            &[(1, 0, 50.0), (3, 1, 200.0), (20, 0, 30.0)],
            -75.94210785305242254335189,
        ),
        (
            1.0,
            7,
            250.0,
            16.6667,
            [0.2, 2.0],
            0.0,
            &[(1, 0, 1e6), (3, 1, 1e7), (4, 0, 3e5)],
            -84.99980952400445899215308,
        ),
        (
            1.0,
            6,
            200.0,
            10.0,
            [1e-6, 3e-5],
            0.0,
            &[(1, 0, 2e8), (3, 1, 1e7)],
            -72.03661542991354043873926,
        ),
        (
            0.001,
            2000,
            1e3,
            0.0,
            [1e9, 5.0],
            20.0,
            &[(1, 0, 3.0), (30, 1, 1e3)],
            -80.81562130615001458284125,
        ),
        (
            1.0,
            8,
            1.0,
            1e6,
            [5.0, 1e-3],
            -3e6,
            &[(1, 0, 1e5), (5, 1, 1e6)],
            -71.24316484192796782688622,
        ),
    ];
    for (dt, steps, c_m, g_l, tau_syn, i_e, arrivals, exact) in cases {
        let cell =
            Cell { c_m, g_l, tau_syn, i_e, e_l: -70.0, v_m: Some(-65.0), ..cell(Kind::Cond, dt) };
        close(potential(&cell, steps, arrivals), exact, 1e-13);
    }
}

#[test]
fn izhikevich_is_solved() {
    type Case<'a> = (f64, u64, f64, [f64; 2], f64, &'a [Arrival], [f64; 2]);
    let cases: [Case; 3] = [
        (
            0.1,
            60,
            0.2,
            [2.0, 5.0],
            3.0,
            &[(1, 0, 4.0), (20, 1, -3.0)],
            [-66.42034383120002223803953, -12.9629116242340965094933],
        ),
        (
            0.1,
            12,
            0.2,
            [2.0, 5.0],
            0.0,
            &[(1, 1, -1e5), (8, 0, 1e4)],
            [-1405.750128756152071414112, -19.31594784814038441597729],
        ),
        (
            0.1,
            4,
            -0.1,
            [1e-6, 1e-3],
            0.0,
            &[(1, 0, 1e6), (2, 1, -2e3)],
            [-67.13487101657524503693225, -12.84395549314026158551595],
        ),
    ];
    for (dt, steps, b, tau_syn, i_e, arrivals, [v, u]) in cases {
        let v_m = Some(-65.0);
        let mut found =
            Izhikevich::new(&Cell { tau_syn, i_e, v_m, b, ..cell(Kind::Izhikevich, dt) });
        for step in 1..=steps {
            assert!(!found.advance(0.0));
            let weights = weights(arrivals, step);
            found.arrive(weights, weights.map(f64::abs));
        }
        close(found.v, v, 1e-10);
        close(found.u, u, 1e-10);
    }
}

/// dV/dt = 0.04 (V + 62.5)^2 + q has a tangent as its solution, if nothing else changes.
#[test]
fn the_threshold_is_found_within_a_step() {
    let arrives = |v_th: f64, u: f64| {
        let (above, q) = (2.5, 100.0 - 16.25 - u);
        let (root, speed) = ((q / 0.04_f64).sqrt(), (0.04 * q).sqrt());
        (((v_th + 62.5) / root).atan() - (-above / root).atan()) / speed
    };
    for (v_th, u_m) in [(30.0, -13.0), (1000.0, 5.0), (-64.9999, 0.0)] {
        let exact = arrives(v_th, u_m);
        for dt in [exact * (1.0 + 1e-9), exact * 1.5, exact * 100.0] {
            let cell = Cell {
                a: 1e-300,
                v_th,
                u_m,
                i_e: 100.0,
                v_m: Some(-65.0),
                ..cell(Kind::Izhikevich, dt)
            };
            assert!(Izhikevich::new(&cell).advance(0.0), "{v_th} mV within {dt} ms");
        }
        let dt = exact * (1.0 - 1e-9);
        let cell = Cell {
            a: 1e-300,
            v_th,
            u_m,
            i_e: 100.0,
            v_m: Some(-65.0),
            ..cell(Kind::Izhikevich, dt)
        };
        assert!(!Izhikevich::new(&cell).advance(0.0), "{v_th} mV after {exact} ms");
    }
}

/// What is said of the models: a solution of 1,000 sub-steps within each step. Here by the classical method
/// of Runge and Kutta; V at grid points, and the step in which Izhikevich's V reaches its threshold.
#[test]
fn a_thousand_sub_steps_say_the_same() {
    const SUB_STEPS: u32 = 1000;
    let cond = Cell {
        c_m: 200.0,
        g_l: 10.0,
        e_l: -70.0,
        tau_syn: [0.5, 4.0],
        i_e: 150.0,
        ..cell(Kind::Cond, 0.5)
    };
    let izhikevich = Cell {
        v_th: 30.0,
        v_m: Some(-65.0),
        i_e: 12.0,
        tau_syn: [0.5, 4.0],
        ..cell(Kind::Izhikevich, 0.5)
    };
    let arrivals: [Arrival; 4] = [(2, 0, 60.0), (5, 1, 40.0), (9, 0, 100.0), (12, 0, 90.0)];
    for kind in [Kind::Cond, Kind::Izhikevich] {
        let c = if kind == Kind::Cond { &cond } else { &izhikevich };
        let slope = |[v, u]: [f64; 2], s: [f64; 2]| {
            if kind == Kind::Cond {
                let [ex, inh] = [0, 1].map(|r| s[r] * (c.e_syn[r] - v));
                return [(c.g_l * (c.e_l - v) + ex + inh + c.i_e) / c.c_m, 0.0];
            }
            let input = s[0] - s[1] + c.i_e;
            [0.04 * v * v + 5.0 * v + 140.0 - u + input, c.a * (c.b * v - u)]
        };
        let mut solved = Izhikevich::new(c);
        let mut membrane = (kind == Kind::Cond).then(|| membrane(c));
        let (mut y, mut s) = ([c.v_m.unwrap_or(c.e_l), c.u_m], [0.0; 2]);
        let h = c.dt / f64::from(SUB_STEPS);
        let mut spikes = 0;
        for step in 1..=60 {
            let mut reached = false;
            for _ in 0..SUB_STEPS {
                let at = |t: f64| [0, 1].map(|r| s[r] * (-t / c.tau_syn[r]).exp());
                let plus = |k: [f64; 2], t: f64| [y[0] + t * k[0], y[1] + t * k[1]];
                let k1 = slope(y, s);
                let k2 = slope(plus(k1, 0.5 * h), at(0.5 * h));
                let k3 = slope(plus(k2, 0.5 * h), at(0.5 * h));
                let k4 = slope(plus(k3, h), at(h));
                if !reached {
                    y = [0, 1].map(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]));
                }
                s = at(h);
                reached |= kind == Kind::Izhikevich && y[0] >= c.v_th;
            }
            let arriving = weights(&arrivals, step);
            s = [s[0] + arriving[0], s[1] + arriving[1]];
            if let Some(membrane) = &mut membrane {
                membrane.advance(0.0, false);
                membrane.arrive(arriving, arriving, false);
                close(membrane.potential(), y[0], 1e-11);
                continue;
            }
            assert_eq!(solved.advance(0.0), reached, "step {step}");
            solved.arrive([arriving[0], -arriving[1]], arriving);
            if reached {
                // The sub-step beyond the threshold takes U with it.
                close(solved.u, y[1], 1e-3);
                solved.reset(solved.u);
                y = [solved.v, solved.u];
                spikes += 1;
            }
            close(solved.v, y[0], 1e-8);
        }
        assert!(kind == Kind::Cond || spikes > 3, "{spikes} spikes");
    }
}
