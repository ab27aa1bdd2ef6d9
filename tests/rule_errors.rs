//! What connection rules refuse, with the key, the limit and the remedy in the message.

use murine::prelude::*;
use murine::rule::{Pairing, Rule, RuleSpec};

fn refused(rule: impl Into<Box<dyn Rule>>, same: bool, sizes: (u64, u64), parts: &[&str]) {
    let rule = rule.into();
    let (sources, targets) = sizes;
    let p = Pairing {
        seed: 1,
        projection: 0,
        sources,
        targets,
        own: same.then_some(0),
        modules: 1,
        dt: 0.1 * MS,
    };
    let message = rule.validate(&p).expect_err(&format!("{rule:?} must be refused")).to_string();
    for part in parts {
        assert!(message.contains(part), "{message} lacks {part}");
    }
}

#[test]
fn impossible_degrees_are_refused() {
    let distinct = |indegree| FixedIndegree { multapses: false, ..FixedIndegree::new(indegree) };
    refused(distinct(101), false, (100, 50), &["indegree", "101", "at most 100", "multapses"]);
    let own = FixedIndegree { autapses: false, ..distinct(100) };
    refused(own, true, (100, 100), &["indegree", "at most 99"]);
    let out = FixedOutdegree { multapses: false, ..FixedOutdegree::new(51) };
    refused(out, false, (100, 50), &["outdegree", "at most 50"]);
    let lonely = FixedOutdegree { autapses: false, ..FixedOutdegree::new(1) };
    refused(lonely, true, (1, 1), &["outdegree", "no targets", "autapses"]);
    refused(FixedIndegree::new(1 << 60), false, (100, 50), &["indegree", "at most 1000000000"]);
    refused(FixedOutdegree::new(u64::MAX), false, (100, 50), &["outdegree", "at most"]);
}

#[test]
fn impossible_totals_are_refused() {
    let total = FixedTotalNumber::new;
    refused(total(10u64.pow(18)), false, (100, 50), &["total_number", "1000000000000000"]);
    refused(total(10u64.pow(14)), false, (100, 50), &["total_number", "at most 1000000000"]);
    let distinct = FixedTotalNumber { multapses: false, ..total(5001) };
    refused(distinct.clone(), false, (100, 50), &["total_number", "at most 5000"]);
    let own = FixedTotalNumber { autapses: false, total_number: Some(2451), ..distinct };
    refused(own, true, (50, 50), &["total_number", "at most 2450"]);
    let both = FixedTotalNumber { probability: Some(0.1), ..total(1) };
    refused(both, false, (100, 50), &["probability", "give one of them"]);
    let none = FixedTotalNumber { total_number: None, ..total(1) };
    refused(none, false, (100, 50), &["total_number", "missing"]);
    for p in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
        let rule = FixedTotalNumber::with_probability(p);
        refused(rule, false, (100, 50), &["probability", "below 1"]);
    }
}

#[test]
fn impossible_probabilities_and_pairs_are_refused() {
    for p in [-0.1, 1.1, f64::NAN] {
        refused(PairwiseBernoulli::new(p), false, (100, 50), &["p: ", "from 0 to 1"]);
    }
    refused(OneToOne {}, false, (100, 50), &["100 sources", "50 targets"]);
}

#[test]
fn impossible_lists_are_refused() {
    let good = Listed { source: 1, target: 2, weight: 1.0, delay: 1.5 };
    for (bad, parts) in [
        (Listed { source: 100, ..good }, ["[1].source", "0 to 99"]),
        (Listed { target: 50, ..good }, ["[1].target", "0 to 49"]),
        (Listed { weight: f64::NAN, ..good }, ["[1].weight", "finite"]),
        (Listed { delay: 0.15, ..good }, ["[1].delay", "multiple of dt"]),
        (Listed { delay: 0.0, ..good }, ["[1].delay", "0.1 ms"]),
        (Listed { delay: f64::NAN, ..good }, ["[1].delay", "multiple of dt"]),
        (Listed { delay: 1e7, ..good }, ["[1].delay", "out of range"]),
    ] {
        refused(List::new(&[good, bad]).unwrap(), false, (100, 50), &parts);
    }
    refused(List::from_file("a.csv"), false, (100, 50), &["path", "a.csv"]);
}

#[test]
fn rules_are_written_by_name() {
    assert_eq!(
        RuleSpec::names(),
        [
            "all_to_all",
            "one_to_one",
            "fixed_indegree",
            "fixed_outdegree",
            "fixed_total_number",
            "pairwise_bernoulli",
            "list"
        ]
    );
    for text in [
        "all_to_all = { autapses = false }",
        "one_to_one = {}",
        "fixed_indegree = { indegree = 100, multapses = false }",
        "fixed_outdegree = { outdegree = 10 }",
        "fixed_total_number = { probability = 0.1009 }",
        "pairwise_bernoulli = { p = 0.02 }",
        "list = { path = \"synapses.csv\" }",
    ] {
        let spec: RuleSpec = toml::from_str(text).unwrap();
        let again: RuleSpec = toml::from_str(&toml::to_string(&spec).unwrap()).unwrap();
        assert_eq!(spec, again);
        let name = text.split(' ').next().unwrap();
        assert_eq!(Box::<dyn Rule>::from(spec).name(), name);
    }
    assert!(toml::from_str::<RuleSpec>("fixed_indegree = { indegre = 1 }").is_err());
    assert!(toml::from_str::<RuleSpec>("fixed_indegree = {}").is_err());
}
