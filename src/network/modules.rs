//! Projections module by module.

use std::ops::Range;

use super::{Input, Network, Projection};
use crate::random::{Delays, Distribution, Levels, time_at};
use crate::rule::{Forecast, Pairing, Synapses, TILE, Tiles};
use crate::{Error, Result};

/// The longest delay in steps.
pub(super) const MAX_DELAY: f64 = Delays::MAX_STEPS as f64;

/// Modules of a network at most: each has its entry in the links of every projection.
const MAX_MODULES: u64 = 1_000_000;

impl Network {
    /// The populations that a projection connects, for its rule.
    #[must_use]
    pub fn pairing(&self, projection: usize) -> Pairing {
        let Projection { source, target, .. } = &self.projections[projection];
        let before = target.populations().take_while(|p| *p != source.0);
        let before: u64 = before.map(|p| self.populations[p].size / self.modules).sum();
        Pairing {
            seed: self.seed,
            projection,
            sources: self.populations[source.0].size,
            targets: target.size(self),
            own: target.populations().any(|p| p == source.0).then_some(before),
            modules: self.modules,
            dt: self.dt,
        }
    }

    /// The synapses of a projection, made on demand.
    ///
    /// # Errors
    /// What the rule, the delays or the links between modules refuse.
    pub fn synapses(&self, projection: usize) -> Result<Synapses> {
        let p = &self.projections[projection];
        let delay = match p.rule.delays() {
            Some(_) => Distribution::Constant(self.dt),
            None => p.delay.clone(),
        };
        let (levels, delays) = (Levels::new(&p.weight), Delays::new(&delay, self.dt)?);
        let synapses = Synapses::new(&*p.rule, self.pairing(projection), &levels, delays)
            .map_err(|e| e.within(&self.projection_key(projection)))?;
        Ok(synapses.between(self.tiles(projection)?))
    }

    /// The shortest and longest delay of a projection in steps.
    ///
    /// # Errors
    /// What the delays or the links between modules refuse.
    pub fn delays(&self, projection: usize) -> Result<(u16, u16)> {
        let (least, most) = self.own_delays(projection)?;
        let later = self.tiles(projection)?.later();
        Ok((least + later.0, most + later.1))
    }

    /// The same without what the distance of modules adds.
    pub(crate) fn own_delays(&self, projection: usize) -> Result<(u16, u16)> {
        let p = &self.projections[projection];
        if let Some((least, most)) = p.rule.delays() {
            let steps = |ms: f64| libm::round(ms / self.dt.ms()).clamp(1.0, MAX_DELAY) as u16;
            return Ok((steps(least), steps(most)));
        }
        let delays = Delays::new(&p.delay, self.dt).map_err(|e| e.within("delay"))?;
        Ok((delays.min(), delays.max()))
    }

    /// How many synapses a projection has.
    #[must_use]
    pub fn forecast(&self, projection: usize) -> Forecast {
        let rule = &self.projections[projection].rule;
        let itself = self.pairing(projection).module();
        let own = rule.forecast(&itself);
        if self.modules == 1 {
            return own;
        }
        let other = rule.forecast(&Pairing { own: None, ..itself });
        // Links that cannot be have been refused before.
        let Ok(tiles) = self.tiles(projection) else { return Forecast::default() };
        // By module: synapses into each target and out of each source.
        let mut into = vec![0.0; self.modules as usize];
        let mut most_out = 0.0_f64;
        let (mut synapses, mut variance) = (0.0, 0.0);
        for from in 0..tiles.modules() {
            let mut out = 0.0;
            for tile in tiles.of(from) {
                let pair = if tile.index as usize == from { &own } else { &other };
                synapses += pair.synapses;
                variance += pair.sd * pair.sd;
                into[tile.index as usize] += pair.in_degree;
                out += pair.out_degree;
            }
            most_out = most_out.max(out);
        }
        let in_degree = into.into_iter().fold(0.0, f64::max);
        Forecast { synapses, sd: libm::sqrt(variance), in_degree, out_degree: most_out }
    }

    /// One pair of linked modules: a module with itself, if there is such a link.
    pub(super) fn linked(&self, projection: usize) -> Result<Pairing> {
        let pair = self.pairing(projection).module();
        let tiles = self.tiles(projection)?;
        let itself = |from| tiles.of(from).any(|tile| tile.index as usize == from);
        let meets = self.modules == 1 || (0..tiles.modules()).any(itself);
        Ok(Pairing { own: pair.own.filter(|_| meets), ..pair })
    }

    /// The tiles that each module projects to.
    pub(crate) fn tiles(&self, projection: usize) -> Result<Tiles> {
        let pairing = self.pairing(projection);
        if self.modules == 1 {
            return Ok(Tiles::own(pairing));
        }
        Ok(Tiles::new(pairing, self.links.of(self, &self.projections[projection])?))
    }

    /// The neurons that a stimulus acts on, within their population.
    #[must_use]
    pub fn stimulated(&self, input: &Input) -> Range<u64> {
        let size = self.populations[input.target.0].size;
        let all = 0..self.modules;
        let modules = input.modules.as_ref().unwrap_or(&all);
        let module = size / self.modules;
        modules.start * module..modules.end * module
    }

    /// Refuses modules of a stimulus that do not exist, or do not end where blocks do.
    pub(super) fn validate_stimulated(&self, input: &Input) -> Result<()> {
        let Some(modules) = &input.modules else { return Ok(()) };
        let count = self.modules;
        if modules.is_empty() || modules.end > count {
            let (first, many) = (modules.start, modules.end.saturating_sub(modules.start));
            let problem = format!(
                "{many} modules from number {first} on are out of range: there are {count}, numbered from 0; give at least one of them"
            );
            return Err(Error::parameter("modules", problem));
        }
        let neurons = self.stimulated(input);
        let block = crate::neuron::BLOCK as u64;
        let size = self.populations[input.target.0].size;
        let whole = |n: u64| n.is_multiple_of(block) || n == size;
        if !whole(neurons.start) || !whole(neurons.end) {
            let problem = format!(
                "modules of {} neurons cannot be stimulated one by one: make their size a multiple of {block}",
                size / count
            );
            return Err(Error::parameter("modules", problem));
        }
        Ok(())
    }

    /// Refuses what is wrong about modules in a projection.
    pub(super) fn validate_between(&self, projection: usize) -> Result<()> {
        let p = &self.projections[projection];
        let error = |key: &str, problem: String| Err(Error::parameter(key, problem));
        let per_place = p.delay_per_distance.ms();
        let Some(between) = &p.between else {
            return match (self.modules > 1 && !p.rule.by_module(), per_place == 0.0) {
                (true, _) => self.refuse_rule(p),
                (_, true) => Ok(()),
                _ => error(
                    "delay_per_distance",
                    "needs `between`: within a module there is no distance".into(),
                ),
            };
        };
        if self.modules == 1 {
            return error(
                "between",
                "there are no modules: say `modules = 100`, for example, at the head of the config"
                    .into(),
            );
        }
        if !p.rule.by_module() {
            return self.refuse_rule(p);
        }
        if !between.has_distance() && per_place != 0.0 {
            return error(
                "delay_per_distance",
                "modules that are listed have no distance: take this away".into(),
            );
        }
        if !(per_place.is_finite() && per_place >= 0.0) {
            return error(
                "delay_per_distance",
                format!("{} is out of range: give at least zero", p.delay_per_distance),
            );
        }
        let latest = f64::from(self.tiles(projection)?.later().1);
        let longest =
            f64::from(Delays::new(&p.delay, self.dt).map_err(|e| e.within("delay"))?.max());
        if latest + longest > MAX_DELAY {
            let most = time_at(MAX_DELAY as u64, self.dt.ms());
            return error(
                "delay_per_distance",
                format!(
                    "{} lets the longest delay exceed {most} ms: make it smaller",
                    p.delay_per_distance
                ),
            );
        }
        Ok(())
    }

    fn refuse_rule(&self, p: &Projection) -> Result<()> {
        let problem = format!(
            "`{}` cannot be applied to {} modules one by one: take `fixed_outdegree` or `pairwise_bernoulli`",
            p.rule.name(),
            self.modules
        );
        Err(Error::parameter("rule", problem))
    }

    /// Refuses numbers of modules that cannot be.
    pub(crate) fn check_modules(&self) -> Result<()> {
        if (1..=MAX_MODULES).contains(&self.modules) {
            return Ok(());
        }
        let problem = format!("{} is out of range: give 1 to {MAX_MODULES}", self.modules);
        Err(Error::parameter("modules", problem))
    }

    /// Refuses populations that cannot be cut into modules.
    pub(crate) fn validate_modules(&self) -> Result<()> {
        self.check_modules()?;
        if self.modules == 1 {
            return Ok(());
        }
        for p in &self.populations {
            let (size, rest) = (p.size / self.modules, p.size % self.modules);
            let problem = if rest != 0 || size == 0 {
                format!(
                    "{} neurons cannot be cut into {} modules: give each of them the same number, 1 to {TILE}",
                    p.size, self.modules
                )
            } else if size > TILE {
                format!(
                    "{size} neurons are too many for a module: give 1 to {TILE}, or take more modules"
                )
            } else {
                continue;
            };
            return Err(Error::parameter(format!("population.{}.size", p.name), problem));
        }
        Ok(())
    }
}
