//! `murine plot`: draw the raster of a run again, or its activity, with other options.

use std::path::{Path, PathBuf};

use murine::config::{Config, Overrides};
use murine::plot::{ActivityOptions, RasterOptions, activity, raster};
use murine::record::{
    ActivityStream, SpikeStream, SpoolFile, read_activity_npz, read_spikes_sonata,
};
use murine::units::Time;
use murine::{Error, Result};

use super::convert::Conversion;
use super::directory::{ACTIVITY, CONFIG, RunDirectory, SPOOL};
use super::output;
use super::recover::recover;
use super::voice::Voice;

/// Arguments of `murine plot`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A run directory
    run: PathBuf,
    /// Draw the rates of modules, from the recorder `activity`, in place of the raster
    #[arg(long, conflicts_with_all = ["rows", "bin"])]
    activity: bool,
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
    /// A .png or .svg file; raster.png (activity.png) in the run directory if not given
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
    let title = title(&directory);
    let usual = if arguments.activity { "activity.png" } else { "raster.png" };
    let path = arguments.out.clone().unwrap_or_else(|| directory.file(usual));
    if SpoolFile::is_being_written(&spool) {
        let spikes = SpoolFile::open(&spool)?;
        let recording = spikes.description();
        let up_to = recording.time_ms(recording.last_step);
        voice.note(&format!("the run goes on; this is how far it is: {up_to:.1} ms"));
        if arguments.activity {
            let counts = spikes.activity().ok_or_else(not_recorded)?;
            arguments.draw_activity(&counts, title, &path)?;
        } else {
            arguments.draw_raster(&spikes, title, &path)?;
        }
    } else {
        recover(&directory, &Conversion::default(), voice)?;
        let counts = directory.file(ACTIVITY);
        if !arguments.activity {
            let spikes = read_spikes_sonata(&directory.file("spikes.h5"))?;
            arguments.draw_raster(&spikes, title, &path)?;
        } else if counts.exists() {
            arguments.draw_activity(&read_activity_npz(&counts)?, title, &path)?;
        } else {
            return Err(not_recorded());
        }
    }
    output::print(&path.display().to_string())?;
    Ok(0)
}

impl Arguments {
    fn draw_raster(&self, spikes: &impl SpikeStream, title: String, path: &Path) -> Result<()> {
        let usual = RasterOptions::default();
        let options = RasterOptions {
            title,
            size: self.size.unwrap_or(usual.size),
            from_ms: self.from.map(Time::ms),
            to_ms: self.to.map(Time::ms),
            populations: self.populations.clone(),
            max_rows: self.rows.unwrap_or(usual.max_rows),
            bin_ms: self.bin.map_or(usual.bin_ms, Time::ms),
            ..usual
        };
        raster(spikes, &options, path).map_err(as_option)
    }

    fn draw_activity(
        &self,
        counts: &impl ActivityStream,
        title: String,
        path: &Path,
    ) -> Result<()> {
        let options = ActivityOptions {
            title,
            size: self.size.unwrap_or(ActivityOptions::default().size),
            from_ms: self.from.map(Time::ms),
            to_ms: self.to.map(Time::ms),
            populations: self.populations.clone(),
        };
        activity(counts, &options, path).map_err(as_option)
    }
}

/// An option that does not fit the recording is called as it is on the command line.
fn as_option(error: Error) -> Error {
    match error {
        Error::Parameter { key, problem } if key == "picture" => Error::parameter("--out", problem),
        Error::Parameter { key, problem } => Error::parameter(format!("--{key}"), problem),
        other => other,
    }
}

fn not_recorded() -> Error {
    let problem = "the run has counted no spikes of modules: \
                   add `[recorder.NAME.activity]` to its config, and run it again";
    Error::parameter("--activity", problem)
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
