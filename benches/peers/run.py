#!/usr/bin/env python3
"""Runs the same networks on Murine and its peers, and says how they compare.

Each run is a process of its own; runs go round, so that a slow minute of the machine meets all
simulators. Time is that of the simulation after its warm-up; compiling and construction are told
apart. A ratio is given only where the firing rates agree.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import tempfile

import networks

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = {"nest": "nest-simulator", "brian2": "brian2", "annarchy": "ANNarchy"}
USUAL = ["brunel", "cuba", "coba", "cuba40000"]  # the microcircuit takes minutes


def main():
    options = arguments()
    print(plan(options), file=sys.stderr)
    cases = [
        (network, simulator, threads)
        for network in options.network
        for simulator in ["murine", *options.simulators]
        for threads in options.threads
    ]
    runs = {case: [] for case in cases}
    failures = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for number in range(options.repeat):
            for case in cases:
                measure(case, number, options, runs, failures)
            write(runs, failures, options)
    except KeyboardInterrupt:
        print("interrupted: this is what was measured", file=sys.stderr)
    print(write(runs, failures, options))
    out = pathlib.Path(options.out)
    print(f"written: {out.with_suffix('.json')}, {out.with_suffix('.md')}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", nargs="+", default=USUAL, choices=networks.NAMES)
    parser.add_argument("--simulators", nargs="*", default=None, choices=list(PEERS))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument(
        "--duration", nargs="+", default=[], metavar="NETWORK=MS", help="simulated milliseconds"
    )
    parser.add_argument(
        "--warmup", nargs="+", default=[], metavar="NETWORK=MS", help="simulated, but not timed"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the microcircuit")
    parser.add_argument("--murine", default=ROOT / "target/release/murine", type=pathlib.Path)
    parser.add_argument("--precision", default="single", choices=["single", "double"],
                        help="of murine; the peers have double")  # fmt: skip
    parser.add_argument("--tolerance", type=float, default=0.1, help="of rates, relative")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for one run")
    parser.add_argument("--out", default="peers", help="writes OUT.json and OUT.md")
    options = parser.parse_args()
    if not options.murine.exists():
        parser.error(f"{options.murine} is missing: cargo build --release, or give --murine")
    if options.repeat < 1 or min(options.threads) < 1:
        parser.error("--repeat and --threads are at least 1")
    options.duration = times(parser, options.duration)
    options.warmup = times(parser, options.warmup)
    if options.simulators is None:
        options.simulators = [name for name in PEERS if version(name)]
    return options


def times(parser, texts):
    """Milliseconds by network."""
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            parser.error(f"`{text}` is no NETWORK=MS, as in cuba=2000")
        if name not in networks.NAMES:
            parser.error(f"there is no network `{name}`: take one of {', '.join(networks.NAMES)}")
    return found


def version(simulator):
    """The version that is installed; None if there is none."""
    try:
        return importlib.metadata.version(PEERS[simulator])
    except importlib.metadata.PackageNotFoundError:
        return None


def plan(options):
    missing = [name for name in PEERS if not version(name)]
    lines = [
        f"networks {', '.join(options.network)}; murine, {', '.join(options.simulators)}; "
        f"threads {', '.join(map(str, options.threads))}; {options.repeat} runs each"
    ]
    if missing:
        lines.append(f"not installed: {', '.join(missing)} (see README.md)")
    return "\n".join(lines)


def chosen(network, options):
    """The network, and how long it is simulated."""
    net = networks.network(network, options.scale)
    net.duration_ms = options.duration.get(network, net.duration_ms)
    net.warmup_ms = options.warmup.get(network, net.warmup_ms)
    return net


def measure(case, number, options, runs, failures):
    """One run of one case; a case that has failed is not tried again."""
    network, simulator, threads = case
    if case in failures:
        return
    print(f"round {number + 1}: {network}, {simulator}, threads {threads}", file=sys.stderr)
    run = murine if simulator == "murine" else peer
    try:
        runs[case].append(run(case, number + 1, options))
    except subprocess.TimeoutExpired:
        failures[case] = f"took more than {options.timeout:.0f} s"
    except subprocess.CalledProcessError as error:
        failures[case] = ((error.stderr or "").strip().splitlines() or ["no message"])[-1]
    if case in failures:
        print(f"  failed: {failures[case]}", file=sys.stderr)


def execute(command, options, **more):
    """Standard output of a command that must succeed."""
    # ANNarchy calls the CMake that was installed beside it.
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True, text=True, check=True, timeout=options.timeout,
        env=os.environ | {"PATH": path}, **more,
    )  # fmt: skip
    return done.stdout


def peer(case, seed, options):
    network, simulator, threads = case
    net = chosen(network, options)
    command = [
        sys.executable, HERE / f"on_{simulator}.py", "--network", network, "--threads", threads,
        "--seed", seed, "--scale", options.scale, "--duration-ms", net.duration_ms,
        "--warmup-ms", net.warmup_ms,
    ]  # fmt: skip
    # Some leave files where they stand.
    with tempfile.TemporaryDirectory() as folder:
        told = json.loads(execute(command, options, cwd=folder).strip().splitlines()[-1])
    return told | {"duration_ms": net.duration_ms}


def murine(case, seed, options):
    network, _, threads = case
    net = chosen(network, options)
    settings = [
        *net.set,
        f"simulation.warmup={net.warmup_ms} ms",
        f"simulation.precision={options.precision}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            options.murine.resolve(), "run", ROOT / "configs" / net.config, "--json", "--quiet",
            "--no-plot", "--out", pathlib.Path(folder) / "run", "--threads", threads,
            "--seed", seed, "--duration", f"{net.duration_ms} ms",
        ]  # fmt: skip
        for setting in settings:
            command += ["--set", setting]
        if network == "microcircuit" and options.scale != 1:
            command += ["--scale", options.scale]
        told = json.loads(execute(command, options))
    return {
        "simulator": "murine",
        "version": told["version"],
        "precision": told["precision"],
        "delay": "as published",
        "integration": "Runge-Kutta 4" if network == "coba" else "exact",
        "prepare_s": told["construct_s"],
        "simulate_s": told["simulate_s"],
        "rates_hz": {name: p["rate_hz"] for name, p in told["populations"].items()},
        "duration_ms": net.duration_ms,
    }


def summary(case, runs):
    """Medians of the runs of a case, and means of its rates."""
    network, simulator, threads = case
    first = runs[0]
    seconds = [run["simulate_s"] / run["duration_ms"] * 1e3 for run in runs]
    return {
        "network": network,
        "simulator": simulator,
        "threads": threads,
        **{key: first[key] for key in ("version", "precision", "delay", "integration")},
        "duration_ms": first["duration_ms"],
        "runs": len(runs),
        "prepare_s": statistics.median(run["prepare_s"] for run in runs),
        "real_time_factor": statistics.median(seconds),
        "min": min(seconds),
        "max": max(seconds),
        "rates_hz": {
            name: statistics.mean(run["rates_hz"][name] for run in runs)
            for name in first["rates_hz"]
        },
    }


def best(results, network, simulator):
    """The result on the best number of threads; None if there is none."""
    found = [r for r in results if (r["network"], r["simulator"]) == (network, simulator)]
    return min(found, key=lambda r: r["real_time_factor"], default=None)


def disagreement(ours, theirs):
    """The largest relative difference of a population's rate, and the population."""
    def relative(name):
        mean = (ours["rates_hz"][name] + theirs["rates_hz"][name]) / 2
        return abs(ours["rates_hz"][name] - theirs["rates_hz"][name]) / mean if mean else 0.0

    name = max(ours["rates_hz"], key=relative)
    return relative(name), name


def markdown(results, failures, options):
    """One table for each network: every simulator at its best number of threads."""
    lines = [
        f"{processor()}, {datetime.date.today()}; medians of at most "
        f"{options.repeat} runs, the best of {', '.join(map(str, options.threads))} threads. "
        "Wall seconds per simulated second leave out warm-up, construction and compiling, which "
        "are `before`. The ratio is to Murine's time, where all rates agree within "
        f"{options.tolerance:.0%}.",
    ]
    for network in options.network:
        net = chosen(network, options)
        size = f", scale {options.scale}" if network == "microcircuit" else ""
        lines += ["", f"**{network}**{size}, {net.neurons:,} neurons, {net.duration_ms:g} ms", ""]
        lines.append(
            "| simulator | precision, integration | delay | threads | before (s) "
            "| wall s per simulated s | range | ratio | rates (Hz) |"
        )
        lines.append("|---|---|---|---|---|---|---|---|---|")
        ours = best(results, network, "murine")
        for simulator in ["murine", *options.simulators]:
            lines.append(row(ours, best(results, network, simulator), network, simulator, failures,
                             options))  # fmt: skip
    return "\n".join(lines)


def row(ours, result, network, simulator, failures, options):
    if result is None:
        reasons = [why for case, why in failures.items() if case[:2] == (network, simulator)]
        return f"| {simulator} | {reasons[0] if reasons else 'not run'} | | | | | | | |"
    ratio = "1"
    if simulator != "murine" and ours:
        difference, where = disagreement(ours, result)
        ratio = f"{result['real_time_factor'] / ours['real_time_factor']:.1f}"
        if difference > options.tolerance:
            ratio = f"none: rates of {where} differ by {difference:.0%}"
    rates = " ".join(f"{rate:.2f}" for rate in result["rates_hz"].values())
    return (
        f"| {simulator} {result['version']} | {result['precision']}, {result['integration']} "
        f"| {result['delay']} | {result['threads']} | {result['prepare_s']:.1f} "
        f"| {result['real_time_factor']:.3f} | {result['min']:.3f}-{result['max']:.3f} "
        f"| {ratio} | {rates} |"
    )


def processor():
    """The processor's name, as far as the system tells."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.processor()


def write(runs, failures, options):
    """Writes what was measured so far, and returns it as a table."""
    results = [summary(case, done) for case, done in runs.items() if done]
    table = markdown(results, failures, options)
    record = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processor": processor(),
        "python": platform.python_version(),
        "command": sys.argv[1:],
        "results": results,
        "failures": [
            {"network": case[0], "simulator": case[1], "threads": case[2], "why": why}
            for case, why in failures.items()
        ],
    }
    out = pathlib.Path(options.out)
    out.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")
    out.with_suffix(".md").write_text(table + "\n")
    return table


if __name__ == "__main__":
    main()
