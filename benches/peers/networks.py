"""The networks that are compared: the parameters of configs/*.toml, for every simulator.

Times in ms, potentials in mV, currents in pA, conductances in nS, capacitances in pF, rates in Hz.
"""

import argparse
import json
import math
from dataclasses import dataclass, field

DT = 0.1


@dataclass
class Network:
    """One network, and how long it is simulated unless told otherwise."""

    config: str
    sizes: dict  # neurons by population
    duration_ms: float
    warmup_ms: float = 0.0
    set: list = field(default_factory=list)  # what murine changes in the config

    @property
    def neurons(self):
        return sum(self.sizes.values())


@dataclass
class Brunel(Network):
    """Brunel 2000, g = 5, eta = 2: delta synapses, exact in-degrees, Poisson drive."""

    tau_m: float = 20.0
    t_ref: float = 2.0
    e_l: float = 0.0
    v_th: float = 20.0
    v_reset: float = 10.0
    indegree: dict = field(default_factory=lambda: {"exc": 1000, "inh": 250})
    weight: dict = field(default_factory=lambda: {"exc": 0.1, "inh": -0.5})
    delay: float = 1.5
    drive_inputs: int = 1000
    drive_hz: float = 20.0  # of each input
    drive_weight: float = 0.1


@dataclass
class VogelsAbbott(Network):
    """Vogels and Abbott 2005 as in Brette et al. 2007: driven by nothing but its initial state."""

    probability: float = 0.02
    c_m: float = 200.0
    tau_m: float = 20.0
    tau_syn: dict = field(default_factory=lambda: {"exc": 5.0, "inh": 10.0})
    t_ref: float = 5.0
    v_th: float = -50.0
    v_reset: float = -60.0
    delay: float = 0.1
    # What tells the two apart.
    conductances: bool = False
    e_l: float = -49.0
    i_e: float = 0.0
    e_rev: dict = field(default_factory=lambda: {"exc": 0.0, "inh": -80.0})
    weight: dict = field(default_factory=lambda: {"exc": 16.2, "inh": -90.0})  # pA; or nS


MICROCIRCUIT_SIZES = {
    "L23E": 20683, "L23I": 5834, "L4E": 21915, "L4I": 5479,
    "L5E": 4850, "L5I": 1065, "L6E": 14395, "L6I": 2948,
}  # fmt: skip

# Row: target; column: source.
PROBABILITIES = [
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000],
    [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
]


@dataclass
class Microcircuit(Network):
    """Potjans and Diesmann 2014. Smaller by `scale` with the mean input kept (van Albada 2015)."""

    scale: float = 1.0
    c_m: float = 250.0
    tau_m: float = 10.0
    tau_syn: float = 0.5
    t_ref: float = 2.0
    e_l: float = -65.0
    v_th: float = -50.0
    v_reset: float = -65.0
    drive_hz: float = 8.0
    full_weight: float = 87.8085
    relative_sd: float = 0.1
    full_inputs: tuple = (1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100)
    rates: tuple = (0.90, 2.97, 4.41, 5.88, 7.57, 8.63, 1.11, 7.83)
    v_mean: tuple = (-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43)
    v_sd: tuple = (5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48)

    @property
    def names(self):
        return list(self.sizes)

    @property
    def inputs(self):
        """Poisson inputs per neuron."""
        return [round(self.scale * k) for k in self.full_inputs]

    @property
    def drive_weight(self):
        return self.full_weight / math.sqrt(self.scale)

    def synapses(self, target, source):
        """The number of synapses of a projection."""
        return round(self.scale**2 * self._full_synapses(target, source))

    def _full_synapses(self, target, source):
        sizes = list(MICROCIRCUIT_SIZES.values())
        p = PROBABILITIES[target][source]
        pairs = sizes[target] * sizes[source]
        return round(math.log(1 - p) / math.log(1 - 1 / pairs)) if p else 0

    def _full_weight(self, target, source):
        if self.names[source].endswith("I"):
            return -4 * self.full_weight
        doubled = (self.names[target], self.names[source]) == ("L23E", "L4E")
        return self.full_weight * (2 if doubled else 1)

    def weight(self, target, source):
        return self._full_weight(target, source) / math.sqrt(self.scale)

    def delay(self, source):
        """Mean and standard deviation."""
        return (0.75, 0.375) if self.names[source].endswith("I") else (1.5, 0.75)

    def current(self, target):
        """The constant current that keeps the mean input of a smaller network."""
        size = list(MICROCIRCUIT_SIZES.values())[target]
        recurrent = sum(
            self._full_weight(target, source) * self._full_synapses(target, source) / size * rate
            for source, rate in enumerate(self.rates)
        )
        external = self.full_weight * self.full_inputs[target] * self.drive_hz
        return (1 - math.sqrt(self.scale)) * self.tau_syn * 1e-3 * (recurrent + external)


def network(name, scale=1.0):
    """The network of this name."""
    vogels_abbott = {"exc": 3200, "inh": 800}
    if name == "brunel":
        return Brunel("brunel.toml", {"exc": 10_000, "inh": 2_500}, 1000.0, 100.0)
    if name == "cuba":
        return VogelsAbbott("cuba.toml", vogels_abbott, 5000.0)
    if name == "coba":
        return VogelsAbbott(
            "coba.toml", vogels_abbott, 5000.0,
            conductances=True, e_l=-60.0, i_e=200.0, weight={"exc": 6.0, "inh": 67.0},
        )  # fmt: skip
    if name == "cuba40000":
        # As many synapses per neuron as with 4,000 neurons.
        probabilities = [
            f"projection.{kind}.rule.pairwise_bernoulli.p=0.002"
            for kind in ("excitation", "inhibition")
        ]
        return VogelsAbbott(
            "cuba.toml", {"exc": 32_000, "inh": 8_000}, 2000.0, probability=0.002,
            set=["population.exc.size=32000", "population.inh.size=8000", *probabilities],
        )  # fmt: skip
    if name == "microcircuit":
        # As murine rounds: half a neuron is one.
        sizes = {name: int(scale * size + 0.5) for name, size in MICROCIRCUIT_SIZES.items()}
        return Microcircuit("microcircuit.toml", sizes, 1000.0, 500.0, scale=scale)
    raise SystemExit(f"there is no network `{name}`: take one of {', '.join(NAMES)}")


NAMES = ["brunel", "cuba", "coba", "cuba40000", "microcircuit"]


def arguments():
    """What run.py tells the script of a simulator."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", required=True, choices=NAMES)
    parser.add_argument("--scale", type=float, default=1.0, help="of the microcircuit")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duration-ms", type=float)
    parser.add_argument("--warmup-ms", type=float)
    given = parser.parse_args()
    chosen = network(given.network, given.scale)
    if given.duration_ms is not None:
        chosen.duration_ms = given.duration_ms
    if given.warmup_ms is not None:
        chosen.warmup_ms = given.warmup_ms
    return given, chosen


def rates(chosen, spikes):
    """Spikes per neuron and second by population, from numbers of spikes."""
    seconds = chosen.duration_ms * 1e-3
    return {name: spikes[name] / size / seconds for name, size in chosen.sizes.items()}


def report(**numbers):
    """Tells run.py what was measured: the last line of standard output."""
    print(json.dumps(numbers), flush=True)
