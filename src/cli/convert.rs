//! From the spool to the files a user works with.

use std::collections::HashSet;
use std::path::Path;

use murine::plot::{ActivityOptions, RasterOptions, activity, raster};
use murine::record::{
    SpoolFile, StateProbe, write_activity_csv, write_activity_npz, write_spikes_csv,
    write_spikes_npz, write_spikes_sonata, write_state_csv, write_state_npz, write_state_sonata,
};
use murine::{Error, Result};

use super::directory::{ACTIVITY, CONFIG, RunDirectory, SPOOL, file_name};

/// A format besides HDF5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Text, one row per spike
    Csv,
    /// Arrays of NumPy
    Npz,
}

/// Which files are made of a spool.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Conversion {
    /// Formats of spikes and state besides HDF5
    #[arg(long, value_delimiter = ',', value_name = "FORMATS")]
    format: Vec<Format>,
    /// Draw no pictures
    #[arg(long)]
    no_plot: bool,
    /// Draw pictures as SVG, too
    #[arg(long)]
    svg: bool,
}

impl Conversion {
    /// Converts the spool of a run; returns the names of the files made.
    pub(crate) fn convert(&self, run: &RunDirectory, title: &str) -> Result<Vec<String>> {
        let spool = SpoolFile::open(&run.file(SPOOL))?;
        let mut files = vec![CONFIG.to_owned()];
        let mut make = |name: String, write: &dyn Fn(&Path) -> Result<()>| {
            write(&run.file(&name))?;
            files.push(name);
            Ok::<_, Error>(())
        };
        make("spikes.h5".into(), &|path| write_spikes_sonata(&spool, path))?;
        for format in self.formats() {
            match format {
                Format::Csv => make("spikes.csv".into(), &|p| write_spikes_csv(&spool, p))?,
                Format::Npz => make("spikes.npz".into(), &|p| write_spikes_npz(&spool, p))?,
            }
        }
        let states = &spool.header().states;
        for (probe, name) in state_names(states).into_iter().enumerate() {
            let mut formats = self.formats();
            if !states[probe].is_mean() {
                make(format!("{name}.h5"), &|path| write_state_sonata(&spool, probe, path))?;
            } else if !formats.contains(&Format::Csv) {
                // A SONATA report belongs to neurons: a mean is text.
                formats.push(Format::Csv);
            }
            for format in formats {
                match format {
                    Format::Csv => {
                        make(format!("{name}.csv"), &|p| write_state_csv(&spool, probe, p))?;
                    }
                    Format::Npz => {
                        make(format!("{name}.npz"), &|p| write_state_npz(&spool, probe, p))?;
                    }
                }
            }
        }
        if let Some(rates) = spool.rates()? {
            make("rates.csv".into(), &|path| rates.write_csv(path))?;
            if self.formats().contains(&Format::Npz) {
                make("rates.npz".into(), &|path| rates.write_npz(path))?;
            }
        }
        for end in self.pictures() {
            make(format!("raster.{end}"), &|path| draw(&spool, title, path))?;
        }
        if let Some(counts) = spool.activity() {
            make(ACTIVITY.into(), &|path| write_activity_npz(&counts, path))?;
            if self.formats().contains(&Format::Csv) {
                make("activity.csv".into(), &|path| write_activity_csv(&counts, path))?;
            }
            let options = ActivityOptions { title: title.to_owned(), ..ActivityOptions::default() };
            for end in self.pictures() {
                make(format!("activity.{end}"), &|path| activity(&counts, &options, path))?;
            }
        }
        Ok(files)
    }

    fn formats(&self) -> Vec<Format> {
        let given = |format: &Format| self.format.contains(format);
        [Format::Csv, Format::Npz].into_iter().filter(given).collect()
    }

    /// The endings of pictures.
    fn pictures(&self) -> Vec<&'static str> {
        let wanted = [("png", true), ("svg", self.svg)];
        wanted.into_iter().filter(|w| w.1 && !self.no_plot).map(|w| w.0).collect()
    }
}

fn draw(spool: &SpoolFile, title: &str, path: &Path) -> Result<()> {
    let options = RasterOptions { title: title.to_owned(), ..RasterOptions::default() };
    raster(spool, &options, path)
}

/// The names of the files of state, without their endings: `state.exc.v_m`.
fn state_names(probes: &[StateProbe]) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |probe: &StateProbe| {
        let mean = if probe.is_mean() { ".mean" } else { "" };
        let base = format!("state.{}.{}{mean}", file_name(&probe.population), probe.variable);
        let mut names =
            std::iter::once(base.clone()).chain((2u32..).map(|n| format!("{base}.{n}")));
        let free = names.find(|name| !taken.contains(name)).unwrap_or(base);
        taken.insert(free.clone());
        free
    };
    probes.iter().map(name).collect()
}
