//! How random networks are drawn, and shrunk towards small and simple ones.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::models::{ModelKind, ModelRecipe, ParameterSpread};
use super::recipe::{
    BetweenRecipe, FlickerRecipe, KindRecipe, PopulationRecipe, ProjectionRecipe, Recipe, Spread,
    StimulusKind, StimulusRecipe, Window,
};
use super::rules::{RuleKind, RuleRecipe};

const MODELS: &[ModelKind] =
    &[ModelKind::Delta, ModelKind::Exp, ModelKind::Cond, ModelKind::Izhikevich];

const RULES: &[RuleKind] = &[
    RuleKind::OneToOne,
    RuleKind::AllToAll,
    RuleKind::FixedIndegree,
    RuleKind::FixedOutdegree,
    RuleKind::FixedTotalNumber,
    RuleKind::PairwiseBernoulli,
    RuleKind::List,
];

/// A random network.
pub fn recipe() -> impl Strategy<Value = Recipe> {
    (
        select(vec![0.1, 0.25, 1.0]),
        0..1000u64,
        any::<bool>(),
        prop_oneof![3 => Just(1), 1 => 2..=7u64],
        vec(population(), 1..=5),
        vec(projection(), 1..=8),
        vec(stimulus(), 0..=3),
    )
        .prop_map(|(dt, seed, double, modules, populations, projections, stimuli)| Recipe {
            dt,
            seed,
            double,
            modules,
            populations,
            projections,
            stimuli,
        })
}

/// Sizes around the 64 neurons of a block, and any others.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![1..=150u64, select(vec![1, 2, 63, 64, 65, 127, 128, 129, 150])]
}

fn population() -> impl Strategy<Value = PopulationRecipe> {
    let kind = prop_oneof![
        6 => model().prop_map(KindRecipe::Neurons),
        1 => (0.0..0.1, window()).prop_map(|(rate, window)| KindRecipe::Poisson(rate, window)),
        1 => (flicker(), 2.0..90.0, 0.0..1.0, 0.0..=1.0, window()).prop_map(
            |(waveform, period, phase, contrast, window)| {
                KindRecipe::Flicker { waveform, period, phase, contrast, window }
            },
        ),
        1 => vec((0..150u64, 0..400u64), 0..60).prop_map(KindRecipe::Train),
    ];
    (size(), kind).prop_map(|(size, kind)| PopulationRecipe { size, kind })
}

fn flicker() -> impl Strategy<Value = FlickerRecipe> {
    let rate = || 0.0..0.1;
    prop_oneof![
        Just(FlickerRecipe::Volley),
        rate().prop_map(FlickerRecipe::Square),
        rate().prop_map(FlickerRecipe::Sine),
        rate().prop_map(FlickerRecipe::Pulse),
    ]
}

fn model() -> impl Strategy<Value = ModelRecipe> {
    let tau_syn = || select(vec![0.5, 2.0, 5.0, 10.0]);
    (
        select(MODELS),
        0.7..2.5,
        select(vec![5.0, 10.0, 20.0]),
        (tau_syn(), tau_syn()),
        prop_oneof![0..30u64, select(vec![254, 255, 256, 300])],
        prop_oneof![spread().prop_map(ParameterSpread::Drawn), Just(ParameterSpread::List)],
        any::<[bool; 4]>(),
    )
        .prop_map(|(kind, drive, tau_m, tau_syn, t_ref, spread, spread_of)| ModelRecipe {
            kind,
            drive,
            tau_m,
            tau_syn: tau_syn.into(),
            t_ref,
            spread,
            spread_of,
        })
}

fn spread() -> impl Strategy<Value = Spread> {
    select(vec![Spread::Constant, Spread::Uniform, Spread::Normal, Spread::Lognormal])
}

fn window() -> impl Strategy<Value = Window> {
    (prop_oneof![Just(0), 0..100u64], option::of(1..300u64), any::<bool>())
        .prop_map(|(start, length, stepwise)| Window { start, length, stepwise })
}

fn rule() -> impl Strategy<Value = RuleRecipe> {
    (select(RULES), 0.0..1.0, any::<bool>(), any::<bool>(), 1..4u64).prop_map(
        |(kind, density, autapses, multapses, blocks)| RuleRecipe {
            kind,
            density,
            autapses,
            multapses,
            blocks,
        },
    )
}

fn projection() -> impl Strategy<Value = ProjectionRecipe> {
    let delay = prop_oneof![1..=4u64, select(vec![1, 15, 63, 64, 65, 300])];
    let between = prop_oneof![
        (0..7u64, 0..9u64).prop_map(|(n, d)| BetweenRecipe::Ring(n, d)),
        (0..7u64, 0..9u64).prop_map(|(n, d)| BetweenRecipe::SmallWorld(n, d)),
        (0..9u64).prop_map(BetweenRecipe::Grid),
        Just(BetweenRecipe::List),
    ];
    let delays = (delay, spread(), option::of(between));
    let target = (0..5usize, option::weighted(0.3, 0..5usize));
    (0..5usize, target, rule(), any::<bool>(), 2.0..60.0, spread(), delays).prop_map(
        |(
            source,
            (target, also),
            rule,
            inhibitory,
            strength,
            weights,
            (delay, delays, between),
        )| {
            ProjectionRecipe {
                source,
                target,
                also,
                rule,
                inhibitory,
                strength,
                weights,
                delay,
                delays,
                between,
            }
        },
    )
}

fn stimulus() -> impl Strategy<Value = StimulusRecipe> {
    let kind = prop_oneof![
        (0.0..12.0, 0.05..2.0, any::<bool>()).prop_map(|(rate, strength, inhibitory)| {
            StimulusKind::Poisson(rate, strength, inhibitory)
        }),
        (-200.0..600.0).prop_map(StimulusKind::Current),
    ];
    (0..5usize, prop::bool::weighted(0.7), kind, window()).prop_map(
        |(target, everywhere, kind, window)| StimulusRecipe { target, everywhere, kind, window },
    )
}
