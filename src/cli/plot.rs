//! `murine plot`: draw the raster of a run again, with other options.

use std::path::{Path, PathBuf};

use murine::config::{Config, Overrides};
use murine::plot::{RasterOptions, raster};
use murine::record::{SpikeStream, SpoolFile, read_spikes_sonata};
use murine::units::Time;
use murine::{Error, Result};

use super::convert::Conversion;
use super::directory::{CONFIG, RunDirectory, SPOOL};
use super::output;
use super::recover::recover;
use super::voice::Voice;

/// Arguments of `murine plot`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A run directory
    run: PathBuf,
    /// Where the picture begins: 200ms
    #[arg(long, value_name = "TIME")]
    from: Option<Time>,
    /// Where it ends
    #[arg(long, value_name = "TIME")]
    to: Option<Time>,
    /// The populations shown; all if not given
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    populations: Vec<String>,
    /// Rows at most; larger networks are sampled in proportion
    #[arg(long, value_name = "NUMBER")]
    rows: Option<usize>,
    /// The width of a bin of the rates
    #[arg(long, value_name = "TIME")]
    bin: Option<Time>,
    /// Width and height in pixels: 1600x1000
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<(u32, u32)>,
    /// A .png or .svg file; raster.png in the run directory if not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

/// Does it; returns the exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<u8> {
    let voice = Voice { quiet: arguments.quiet, verbose: false };
    let directory = RunDirectory::open(&arguments.run)?;
    let spool = directory.file(SPOOL);
    let options = arguments.options(title(&directory));
    let path = arguments.out.clone().unwrap_or_else(|| directory.file("raster.png"));
    if SpoolFile::is_being_written(&spool) {
        let spikes = SpoolFile::open(&spool)?;
        let recording = spikes.description();
        let up_to = recording.time_ms(recording.last_step);
        voice.note(&format!("the run goes on; this is how far it is: {up_to:.1} ms"));
        draw(&spikes, &options, &path)?;
    } else {
        recover(&directory, &Conversion::default(), voice)?;
        let file = directory.file("spikes.h5");
        draw(&read_spikes_sonata(&file)?, &options, &path)?;
    }
    output::print(&path.display().to_string())?;
    Ok(0)
}

impl Arguments {
    fn options(&self, title: String) -> RasterOptions {
        let usual = RasterOptions::default();
        RasterOptions {
            title,
            size: self.size.unwrap_or(usual.size),
            from_ms: self.from.map(Time::ms),
            to_ms: self.to.map(Time::ms),
            populations: self.populations.clone(),
            max_rows: self.rows.unwrap_or(usual.max_rows),
            bin_ms: self.bin.map_or(usual.bin_ms, Time::ms),
            ..usual
        }
    }
}

/// Draws; an option that does not fit the recording is called as it is on the command line.
fn draw(spikes: &impl SpikeStream, options: &RasterOptions, path: &Path) -> Result<()> {
    raster(spikes, options, path).map_err(|error| match error {
        Error::Parameter { key, problem } if key == "picture" => Error::parameter("--out", problem),
        Error::Parameter { key, problem } => Error::parameter(format!("--{key}"), problem),
        other => other,
    })
}

/// What stood above the raster before.
fn title(run: &RunDirectory) -> String {
    let config = Config::load(run.file(CONFIG), &Overrides::default());
    config.map_or(String::new(), |c| format!("{}, seed {}", c.network.name, c.network.seed))
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parse = || {
        let (width, height) = text.split_once(['x', 'X'])?;
        Some((width.parse().ok()?, height.parse().ok()?))
    };
    parse().ok_or_else(|| "give width and height in pixels, for example 1600x1000".into())
}
