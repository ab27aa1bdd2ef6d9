//! What is drawn is as extreme as is said.

use super::case::{Case, Sources, Told};
use super::cell::Kind;
use super::draw::{draw, extremes};

const KINDS: [Kind; 4] = [Kind::Exp, Kind::Delta, Kind::Cond, Kind::Izhikevich];

/// How many of 1000 networks have a property.
fn count(kind: Kind, has: impl Fn(&Case) -> bool) -> usize {
    (0..1000).filter(|number| has(&draw(kind, *number))).count()
}

#[test]
fn networks_are_extreme() {
    for kind in KINDS {
        let most = |property: &str, least: usize, has: &dyn Fn(&Case) -> bool| {
            let found = count(kind, has);
            assert!(found >= least, "{kind:?}: {property} in {found} of 1000");
        };
        most("a step of 1 us", 50, &|c| c.cell.dt == 0.001);
        most("a step of 1 ms", 50, &|c| c.cell.dt == 1.0);
        let tau = |c: &Case| c.cell.tau_syn[0];
        most("short currents", 10, &|c| tau(c) < 1e-4);
        most("long currents", 10, &|c| tau(c) > 1e7);
        most("two receptors of one input or time", 100, &|c| {
            c.cell.tau_syn[0] == c.cell.tau_syn[1]
        });
        most("rates near 1 MHz", 10, &|c| {
            let fast = |s: &Sources| matches!(s, Sources::Poisson(_, rate) if *rate > 3e5);
            c.projections.iter().any(|p| fast(&p.sources))
        });
        most("several spikes of a source in a step", 100, &|c| {
            c.projections.iter().any(|p| p.sources.most(c.cell.dt) > 2.0)
        });
        for told in [Told::AllToAll, Told::OneToOne, Told::List] {
            most("a rule", 200, &|c| c.projections.iter().any(|p| p.told == told));
        }
        most("weights over five orders", 100, &|c| {
            let of =
                |r| c.projections.iter().filter(move |p| p.receptor == r).flat_map(|p| &p.synapses);
            [0, 1].iter().any(|&r| {
                let all = || of(r).map(|s| s.weight.abs());
                all().fold(0.0, f64::max) > 1e5 * all().fold(f64::INFINITY, f64::min)
            })
        });
        most("weights that no sum holds", 2, &|c| {
            [0, 1].iter().any(|&r| {
                let (sum, smallest) = extremes(c, r);
                sum > 5e6 * smallest
            })
        });
        if kind == Kind::Izhikevich {
            continue;
        }
        most("a range below 0.1 mV", 50, &|c| c.cell.range() < 0.1);
        most("a fast membrane", 10, &|c| c.cell.tau_m < 1e-4);
        most("a slow membrane", 10, &|c| c.cell.tau_m > 1e7);
        most("nearly the same time constants", 30, &|c| {
            let ratio = tau(c) / c.cell.tau_m;
            ratio != 1.0 && (ratio - 1.0).abs() < 1e-6
        });
        most("refractory for long", 30, &|c| c.cell.t_ref > 255);
    }
}
