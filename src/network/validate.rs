//! Everything that can be wrong with a network, found before anything is built.

use super::{Network, Population, PopulationId, PopulationKind, Precision, Projection, Storage};
use crate::neuron::{Receptor, Setup, Sign};
use crate::random::{Delays, Distribution};
use crate::rule::TILE;
use crate::stimulus::Action;
use crate::units::{Weight, WeightKind};
use crate::{Error, Result};

/// Neurons a population may have at most: numbers within a population are 32 bits.
const MAX_POPULATION: u64 = 4_000_000_000;

impl Network {
    /// Checks everything that can be checked without building; keys in errors are paths such as
    /// `population.exc.tau_m`.
    ///
    /// # Errors
    /// The first thing that is wrong, with key, value, limit and remedy.
    pub fn validate(&self) -> Result<()> {
        self.validate_time()?;
        if self.populations.is_empty() {
            return Err(Error::parameter(
                "population",
                "there is none: add at least one population",
            ));
        }
        for (i, population) in self.populations.iter().enumerate() {
            self.validate_population(i, population)
                .map_err(|e| e.within(&format!("population.{}", population.name)))?;
        }
        self.validate_modules()?;
        self.validate_ids()?;
        for i in 0..self.projections.len() {
            self.validate_projection(i).map_err(|e| e.within(&self.projection_key(i)))?;
        }
        for input in &self.stimuli {
            self.validate_stimulus(input)
                .map_err(|e| e.within(&format!("stimulus.{}", input.name)))?;
        }
        for (i, recorder) in self.recorders.iter().enumerate() {
            self.validate_recorder(recorder).map_err(|e| e.within(&format!("recorder.{i}")))?;
        }
        Ok(())
    }

    /// Refuses numbers of populations that another network has given out.
    pub(crate) fn validate_ids(&self) -> Result<()> {
        for (i, projection) in self.projections.iter().enumerate() {
            let key = |e: Error, key: &str| e.within(&format!("projection.{i}.{key}"));
            self.known(projection.source).map_err(|e| key(e, "source"))?;
            let mut targets = projection.target.populations().map(PopulationId);
            targets.try_for_each(|id| self.known(id).map(|_| ())).map_err(|e| key(e, "target"))?;
        }
        self.stimuli.iter().try_for_each(|input| {
            let known = self.known(input.target).map(|_| ());
            known.map_err(|e| e.within(&format!("stimulus.{}.target", input.name)))
        })
    }

    /// The population of that number.
    pub(crate) fn known(&self, id: PopulationId) -> Result<&Population> {
        self.populations.get(id.0).ok_or_else(|| {
            let (n, count) = (id.0, self.populations.len());
            let problem = format!(
                "there is no population {n}, but {count} numbered from 0: take a number that this network has returned"
            );
            Error::parameter("", problem)
        })
    }

    /// `projection.SOURCE->TARGET`, by which messages name a projection.
    #[must_use]
    pub fn projection_key(&self, i: usize) -> String {
        let Projection { source, target, .. } = &self.projections[i];
        format!("projection.{}->{}", self.populations[source.0].name, target.name(self))
    }

    fn validate_time(&self) -> Result<()> {
        let dt = self.dt.ms();
        if dt.is_finite() && dt > 0.0 && dt <= 1000.0 {
            return Ok(());
        }
        Err(Error::parameter(
            "simulation.dt",
            format!(
                "{} is no time step: give one above zero and at most 1 s, for example \"0.1 ms\"",
                self.dt
            ),
        ))
    }

    fn validate_population(&self, i: usize, population: &Population) -> Result<()> {
        if population.size == 0 || population.size > MAX_POPULATION {
            return Err(Error::parameter(
                "size",
                format!(
                    "{} is out of range: a population has 1 to {MAX_POPULATION} neurons{}",
                    population.size,
                    if self.modules > 1 { " in all modules together" } else { "" }
                ),
            ));
        }
        if self.populations[..i].iter().any(|p| p.name == population.name) {
            return Err(Error::parameter("", "there are two populations of this name"));
        }
        match &population.kind {
            PopulationKind::Neurons(model) => {
                let double = self.precision != Precision::Single;
                model.validate(&Setup::new(self.seed, i, population.size, 0, self.dt), double)
            }
            PopulationKind::Source(source) => source.validate(population.size, self.dt),
        }
    }

    fn validate_projection(&self, i: usize) -> Result<()> {
        let projection = &self.projections[i];
        self.validate_targets(projection)?;
        let receptor = self.receptor_of(projection)?;
        validate_given(projection)?;
        self.validate_between(i)?;
        let pairing = self.linked(i)?;
        projection
            .rule
            .validate(&pairing)
            .map_err(|e| e.within(&format!("rule.{}", projection.rule.name())))?;
        validate_storage(projection)?;
        if let Some(weights) = projection.rule.weights() {
            return validate_signs(weights.iter().copied(), &receptor, Origin::List);
        }
        validate_weight(&projection.weight, &receptor).map_err(|e| e.within("weight"))?;
        Delays::new(&projection.delay, self.dt).map_err(|e| e.within("delay"))?;
        Ok(())
    }

    /// Refuses populations that cannot be targets together.
    fn validate_targets(&self, projection: &Projection) -> Result<()> {
        let refuse = |problem: String| Err(Error::parameter("target", problem));
        let targets: Vec<usize> = projection.target.populations().collect();
        let Some((first, others)) = targets.split_first() else {
            return refuse("there is none: give at least one population".into());
        };
        let name = |i: usize| &self.populations[i].name;
        let twice = |&i: &usize| targets.iter().filter(|j| **j == i).count() > 1;
        if let Some(&i) = targets.iter().find(|i| twice(i)) {
            return refuse(format!("`{}` is named twice", name(i)));
        }
        let (size, modules) = (projection.target.size(self), self.modules);
        if size > MAX_POPULATION || (modules > 1 && size / modules > TILE) {
            let (size, most) =
                if modules > 1 { (size / modules, TILE) } else { (size, MAX_POPULATION) };
            let of = if modules > 1 { "in a module" } else { "in all" };
            return refuse(format!(
                "{size} neurons {of} are too many to be targets together: at most {most} can be"
            ));
        }
        if !others.is_empty() && projection.rule.cuts() {
            return refuse(
                "blocks of several populations at once are not possible: take `modules`, or give each population its own projection"
                    .into(),
            );
        }
        let receptor = |i: usize| self.receptor(i, projection.receptor.as_deref());
        let is_source = |i: &usize| matches!(self.populations[*i].kind, PopulationKind::Source(_));
        if let Some(&source) = targets.iter().find(|i| is_source(i)) {
            receptor(source)?;
        }
        let of_first = receptor(*first);
        for &i in others {
            let alike = match (&of_first, &receptor(i)) {
                (Ok(a), Ok(b)) => a == b,
                (Err(a), Err(b)) => a.to_string() == b.to_string(),
                _ => false,
            };
            if !alike {
                return refuse(format!(
                    "`{}` and `{}` have different receptors (also where the synaptic time constants are equal in one only), so they cannot be targets together: give each its own projection",
                    name(*first),
                    name(i)
                ));
            }
        }
        Ok(())
    }

    /// The receptor that a projection acts on.
    ///
    /// # Errors
    /// What [`receptor`](Self::receptor) refuses.
    pub fn receptor_of(&self, projection: &Projection) -> Result<Receptor> {
        let target = projection.target.populations().next();
        let none = || Error::parameter("target", "there is none: give at least one population");
        self.receptor(target.ok_or_else(none)?, projection.receptor.as_deref())
    }

    fn validate_stimulus(&self, input: &super::Input) -> Result<()> {
        input.stimulus.validate(self.dt)?;
        self.validate_stimulated(input)?;
        match input.stimulus.action() {
            Action::Current => self.receptors(input.target.0).map(|_| ()),
            Action::Poisson { receptor, weight } => {
                let receptor = self.receptor(input.target.0, receptor.as_deref())?;
                validate_weight(&Distribution::Constant(weight), &receptor)
                    .map_err(|e| e.within("weight"))
            }
        }
    }

    fn receptors(&self, population: usize) -> Result<&'static [Receptor]> {
        let Population { name, kind, .. } =
            self.known(PopulationId(population)).map_err(|e| e.within("target"))?;
        match kind {
            PopulationKind::Neurons(model) => Ok(model.receptors()),
            PopulationKind::Source(_) => Err(Error::parameter(
                "target",
                format!(
                    "`{name}` only emits spikes and receives none: take a population of neurons"
                ),
            )),
        }
    }

    /// The receptor of that name (or the only one) of a population.
    ///
    /// # Errors
    /// No such receptor or population, several receptors to choose from, or a population that
    /// receives nothing.
    pub fn receptor(&self, population: usize, name: Option<&str>) -> Result<Receptor> {
        let receptors = self.receptors(population)?;
        let names =
            || receptors.iter().map(|r| format!("\"{}\"", r.name)).collect::<Vec<_>>().join(" or ");
        match name {
            None if receptors.len() == 1 => Ok(receptors[0]),
            None => Err(Error::parameter("receptor", format!("missing: say {}", names()))),
            Some(name) => receptors.iter().find(|r| r.name == name).copied().ok_or_else(|| {
                Error::parameter(
                    "receptor",
                    format!("unknown receptor `{name}`: the target has {}", names()),
                )
            }),
        }
    }
}

/// Refuses weights of the wrong kind or sign.
fn validate_storage(projection: &Projection) -> Result<()> {
    if projection.storage != Storage::Procedural || projection.rule.by_row() {
        return Ok(());
    }
    Err(Error::parameter(
        "storage",
        format!(
            "`procedural` is not possible with `{}`, which is drawn target by target: take `fixed_total_number` or `fixed_outdegree`, or `stored`",
            projection.rule.name()
        ),
    ))
}

/// Refuses a weight or delay that was never set.
fn validate_given(projection: &Projection) -> Result<()> {
    let refuse = |key: &str, example: &str| {
        let problem = format!("there is none: set it, for example with `.{key}({example})`");
        Err(Error::parameter(key, problem))
    };
    if projection.rule.weights().is_some() {
        return Ok(());
    }
    if projection.weight.constant().is_some_and(|weight| weight.value().is_nan()) {
        return refuse("weight", "0.1 * MV");
    }
    if projection.delay.constant().is_some_and(|delay| delay.ms().is_nan()) {
        return refuse("delay", "1.5 * MS");
    }
    Ok(())
}

fn validate_weight(weight: &Distribution<Weight>, receptor: &Receptor) -> Result<()> {
    let mut wrong = None;
    let _ = weight.map(|w: Weight| {
        if w.kind() != receptor.kind {
            wrong = wrong.or(Some(w));
        }
        w
    });
    if let Some(w) = wrong {
        let because = match receptor.kind {
            WeightKind::Voltage => "delta synapses take mV",
            WeightKind::Current => "current synapses take pA",
            WeightKind::Conductance => "conductance synapses take nS",
        };
        return Err(Error::parameter(
            "",
            format!("{w} has the wrong unit for the receptor `{}`: {because}", receptor.name),
        ));
    }
    weight.validate()?;
    let (least, most) = weight.range();
    let origin = if weight.constant().is_some() { Origin::One } else { Origin::Distribution };
    validate_signs([least, most].into_iter(), receptor, origin)
}

/// Where weights come from, which decides how they can be mended.
#[derive(Clone, Copy)]
enum Origin {
    One,
    Distribution,
    List,
}

impl Origin {
    /// How to keep weights on one side of zero, for which a distribution has the key `bound`.
    fn remedy(self, bound: &str, unit: &str) -> String {
        match self {
            Self::One => "change the sign".into(),
            Self::Distribution => format!("bound them with {bound} = \"0 {unit}\""),
            Self::List => "split the list, or change the signs".into(),
        }
    }
}

fn validate_signs(
    values: impl Iterator<Item = f64>,
    receptor: &Receptor,
    origin: Origin,
) -> Result<()> {
    let refuse = |problem: String| Err(Error::parameter("", problem));
    let (mut least, mut most) = (0.0_f64, 0.0_f64);
    for value in values {
        if !value.is_finite() {
            return refuse(format!("{value} is not a finite weight"));
        }
        least = least.min(value);
        most = most.max(value);
    }
    let Receptor { name, kind, sign, .. } = receptor;
    let unit = kind.unit();
    let range = format!("weights lie in {least}..{most} {unit}");
    // Receptors of conductances all take the same sign.
    let or = if *kind == WeightKind::Current { ", or take the other receptor" } else { "" };
    let one_side = |side: &str, bound: &str| {
        let remedy = origin.remedy(bound, unit);
        refuse(format!(
            "{range}, but those into the receptor `{name}` must be {side} zero: {remedy}{or}"
        ))
    };
    match sign {
        Sign::Positive if least < 0.0 => one_side("at least", "min"),
        Sign::Negative if most > 0.0 => one_side("at most", "max"),
        Sign::Any if least < 0.0 && most > 0.0 => {
            let remedy = match origin {
                Origin::List => "split the list by sign".into(),
                _ => format!("bound them with min = \"0 {unit}\" or max = \"0 {unit}\""),
            };
            refuse(format!("{range}: the weights of a projection must have one sign; {remedy}"))
        }
        _ => Ok(()),
    }
}
