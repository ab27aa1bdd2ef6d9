//! Random small networks: every engine gives the spikes of the reference, and what is always true
//! holds on each.

use crate::support::engines::{ENGINES, reference};
use crate::support::script::{Action, play, script};
use crate::support::strategy::recipe;
use murine::prelude::*;
use murine::reference::Reference;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

/// Networks per test; `PROPTEST_CASES` overrides it.
const CASES: u32 = 60;

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").map_or(CASES, |_| Config::default().cases);
    Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_engine_gives_the_spikes_of_the_reference(recipe in recipe(), script in script()) {
        let network = recipe.network();
        let expected = play(&mut *reference(&network), &network, &script);
        for (name, build) in ENGINES {
            let found = play(&mut *build(&network), &network, &script);
            prop_assert_eq!(&found, &expected, "{}", name);
        }
    }

    #[test]
    fn cutting_a_run_into_pieces_changes_nothing(
        recipe in recipe(),
        pieces in prop::collection::vec(0..90u64, 1..8),
    ) {
        let network = recipe.network();
        let total = pieces.iter().sum();
        let pieces: Vec<Action> = pieces.into_iter().map(Action::Run).collect();
        for (name, build) in ENGINES {
            let whole = play(&mut *build(&network), &network, &[Action::Run(total)]);
            let cut = play(&mut *build(&network), &network, &pieces);
            prop_assert_eq!(&cut, &whole, "{}", name);
        }
    }

    #[test]
    fn no_event_is_lost(recipe in recipe(), script in script()) {
        let network = recipe.network();
        for (name, build) in ENGINES {
            let mut engine = build(&network);
            let [delivered, pending, sent] = play(&mut *engine, &network, &script).events;
            prop_assert_eq!(delivered + pending, sent, "{}", name);
        }
        let mut engine = Reference::new(&network)?;
        let spikes = engine.run(300);
        let firsts = network.firsts();
        let out_degree = |&(_, neuron): &(u64, u64)| {
            let population = firsts.partition_point(|first| *first <= neuron) - 1;
            engine.out_degree(PopulationId(population), neuron - firsts[population])
        };
        prop_assert_eq!(spikes.iter().map(out_degree).sum::<u64>(), engine.out_degrees());
    }

    #[test]
    fn recorders_change_nothing(recipe in recipe()) {
        let network = recipe.network();
        let mut recorded = network.clone();
        for p in 0..network.populations.len() {
            let population = PopulationId(p);
            recorded.record(Recorder::Spikes { population, sample: Some(1) });
            recorded.record(Recorder::Rate { population, bin: network.dt * 10.0 });
        }
        for (name, build) in ENGINES {
            let plain = build(&network).run(200);
            prop_assert_eq!(build(&recorded).run(200), plain, "{}", name);
        }
    }

    #[test]
    fn spikes_come_in_order(recipe in recipe()) {
        let network = recipe.network();
        for (name, build) in ENGINES {
            let spikes = build(&network).run(200);
            prop_assert!(spikes.is_sorted(), "{}", name);
            prop_assert!(spikes.iter().all(|s| (1..=200).contains(&s.0)), "{}", name);
        }
    }
}

/// A comparison of silence with silence shows nothing.
#[test]
fn most_random_networks_spike_and_deliver() {
    let mut runner = TestRunner::deterministic();
    let (mut spiking, mut delivering) = (0, 0);
    for _ in 0..100 {
        let network = recipe().new_tree(&mut runner).expect("a recipe").current().network();
        let mut engine = reference(&network);
        spiking += u32::from(engine.run(300).len() > 10);
        delivering += u32::from(engine.events()[0] > 100);
    }
    assert!(spiking >= 90, "{spiking} of 100 networks spike");
    assert!(delivering >= 80, "{delivering} of 100 networks deliver events");
}

/// Spikes must depend on synapses, or the engines' delivery would go untested.
#[test]
fn most_random_networks_would_spike_otherwise_without_their_synapses() {
    let mut runner = TestRunner::deterministic();
    let mut depend = 0;
    for _ in 0..400 {
        let network = recipe().new_tree(&mut runner).expect("a recipe").current().network();
        let mut without = network.clone();
        without.projections.clear();
        depend += u32::from(reference(&network).run(300) != reference(&without).run(300));
    }
    // 82 % of 3000: 328 of 400, with a standard deviation of 8.
    assert!(depend >= 300, "the spikes of {depend} of 400 networks depend on synapses");
}
