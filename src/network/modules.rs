//! Projections module by module.

use std::ops::Range;

use super::{Input, Network, Projection};
use crate::random::{Delays, Distribution, Levels};
use crate::rule::{Forecast, Pairing, Synapses, TILE, Tile};
use crate::{Error, Result};

/// The longest delay in steps: 14 bits in a row's directory.
const MAX_DELAY: f64 = 16_383.0;

impl Network {
    /// The populations that a projection connects, for its rule.
    #[must_use]
    pub fn pairing(&self, projection: usize) -> Pairing {
        let Projection { source, target, .. } = self.projections[projection];
        Pairing {
            seed: self.seed,
            projection,
            sources: self.populations[source.0].size,
            targets: self.populations[target.0].size,
            same: source == target,
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
        let tiles = self.tiles(projection)?;
        let later = || tiles.iter().flatten().map(|t| t.later);
        Ok((least + later().min().unwrap_or(0), most + later().max().unwrap_or(0)))
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
        let of_pair =
            self.projections[projection].rule.forecast(&self.pairing(projection).module());
        if self.modules == 1 {
            return of_pair;
        }
        // Links that cannot be have been refused before.
        let links = self.tiles(projection).unwrap_or_default();
        let mut into = vec![0_u32; self.modules as usize];
        links.iter().flatten().for_each(|tile| into[tile.index as usize] += 1);
        let pairs = links.iter().map(Vec::len).sum::<usize>() as f64;
        let most_in = into.into_iter().max().unwrap_or(0);
        let most_out = links.iter().map(Vec::len).max().unwrap_or(0);
        Forecast {
            synapses: of_pair.synapses * pairs,
            sd: of_pair.sd * libm::sqrt(pairs),
            in_degree: of_pair.in_degree * f64::from(most_in),
            out_degree: of_pair.out_degree * most_out as f64,
        }
    }

    /// The tiles that each module projects to.
    pub(crate) fn tiles(&self, projection: usize) -> Result<Vec<Vec<Tile>>> {
        let (p, pairing) = (&self.projections[projection], self.pairing(projection));
        if self.modules == 1 {
            return Ok(vec![pairing.tiles().collect()]);
        }
        let Some(between) = &p.between else {
            return Ok(pairing.tiles().map(|tile| vec![tile]).collect());
        };
        let per_place = p.delay_per_distance.ms() / self.dt.ms();
        let tile = |link: &crate::rule::Link| Tile {
            later: libm::round(link.distance * per_place).min(MAX_DELAY) as u16,
            ..pairing.tile(u64::from(link.target))
        };
        let links = between.links(self.modules, self.seed).map_err(|e| e.within("between"))?;
        Ok(links.iter().map(|of| of.iter().map(tile).collect()).collect())
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
        let (count, neurons) = (self.modules, self.stimulated(input));
        if modules.is_empty() || modules.end > count {
            let (first, last) = (modules.start, modules.end.saturating_sub(1));
            let problem =
                format!("{first} to {last} is no range of the {count} modules, numbered from 0");
            return Err(Error::parameter("modules", problem));
        }
        let block = crate::neuron::BLOCK as u64;
        let size = self.populations[input.target.0].size;
        let whole = |n: u64| n % block == 0 || n == size;
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
        let latest = self
            .tiles(projection)?
            .iter()
            .flatten()
            .map(|t| f64::from(t.later))
            .fold(0.0, f64::max);
        let longest =
            f64::from(Delays::new(&p.delay, self.dt).map_err(|e| e.within("delay"))?.max());
        if latest + longest > MAX_DELAY {
            let most = MAX_DELAY * self.dt.ms();
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

    /// Refuses populations that cannot be cut into modules.
    pub(super) fn validate_modules(&self) -> Result<()> {
        if self.modules == 0 {
            return Err(Error::parameter("modules", "0 is out of range: give at least 1"));
        }
        if self.modules == 1 {
            return Ok(());
        }
        for p in &self.populations {
            let (size, rest) = (p.size / self.modules, p.size % self.modules);
            if rest != 0 || size == 0 || size > TILE {
                let problem = format!(
                    "{} neurons cannot be cut into {} modules: give each of them the same number, 1 to {TILE}",
                    p.size, self.modules
                );
                return Err(Error::parameter(format!("population.{}.size", p.name), problem));
            }
        }
        Ok(())
    }
}
