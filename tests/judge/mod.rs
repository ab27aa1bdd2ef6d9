//! An independent judge: random networks of extreme, but legal values against solvers that share
//! nothing with the crate but its equations.
//!
//! Sources whose spikes are known drive a few neurons. The solvers take the spikes that Murine reports,
//! the weights as they were given, and the models as they are documented. Then
//!
//! - V is within 1e-4 of the way from reset to threshold, and 0.2 % of what the magnitudes of the weights
//!   that arrived would have brought,
//! - a spike is not before V might have reached the threshold so, nor later than a step after it must have,
//!   counted from the spike before,
//! - nothing is ever NaN or infinite, and at most one network in twenty is refused, each for a reason.

mod case;
mod cell;
mod conductance;
mod dice;
mod draw;
mod exact;
mod izhikevich;
mod linear;
mod verdict;
mod wide;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cell::Kind;
use verdict::{Outcome, Wrong};

/// Judges networks `numbers` of a model; `JUDGE=17` in the environment judges number 17 alone.
fn judge(kind: Kind, numbers: std::ops::Range<u64>) {
    let one = std::env::var("JUDGE").ok().map(|n| n.parse().expect("a number"));
    let numbers = one.map_or(numbers, |n: u64| n..n + 1);
    let count = numbers.end - numbers.start;
    let (mut refused, mut spikes) = (0, 0);
    let mut found: BTreeMap<&str, Vec<(u64, String)>> = BTreeMap::new();
    for number in numbers {
        let case = draw::draw(kind, number);
        if one.is_some() {
            println!("{case:#?}");
        }
        let verdict = catch_unwind(AssertUnwindSafe(|| verdict::judge(&case, number)));
        let panicked = || Err(Wrong { what: "a panic", how: String::new() });
        match verdict.unwrap_or_else(|_| panicked()) {
            Ok(Outcome::Right(n)) => spikes += n,
            Ok(Outcome::Refused) => refused += 1,
            Err(Wrong { what, how }) => found.entry(what).or_default().push((number, how)),
        }
    }
    let report = |(what, all): (&&str, &Vec<(u64, String)>)| {
        let examples: String =
            all.iter().take(5).map(|(n, how)| format!("\n    network {n}: {how}")).collect();
        format!("\n  {what}: {} networks{examples}", all.len())
    };
    let report: String = found.iter().map(report).collect();
    assert!(
        found.is_empty(),
        "{kind:?}, {count} networks, {refused} refused for a reason, {spikes} spikes; wrong:{report}"
    );
    assert!(refused * 20 <= count.max(20), "{refused} of {count} networks are refused");
    assert!(one.is_some() || spikes as u64 > count, "{spikes} spikes in {count} networks show little");
}

macro_rules! judged {
    ($($name:ident, $long:ident, $kind:expr;)*) => {$(
        #[test]
        fn $name() {
            judge($kind, 0..25);
        }

        #[test]
        #[ignore = "takes a minute"]
        fn $long() {
            judge($kind, 1000..3500);
        }
    )*};
}

judged! {
    iaf_psc_exp, iaf_psc_exp_at_length, Kind::Exp;
    iaf_psc_delta, iaf_psc_delta_at_length, Kind::Delta;
    iaf_cond_exp, iaf_cond_exp_at_length, Kind::Cond;
    izhikevich, izhikevich_at_length, Kind::Izhikevich;
}
