"""Runs one network on Brian2 in C++ standalone mode, and prints what it took."""

import shutil
import tempfile
import time

import brian2
import networks
import numpy as np
from brian2 import (
    Hz, NeuronGroup, PoissonInput, SpikeMonitor, Synapses, defaultclock, device, mV, ms, pA, pF,
    prefs, run, seed, set_device,
)  # fmt: skip

given, net = networks.arguments()
folder = tempfile.mkdtemp(prefix="brian2-")
set_device("cpp_standalone", build_on_run=False, directory=folder)
prefs.devices.cpp_standalone.openmp_threads = given.threads if given.threads > 1 else 0
# Brian2's own advice for speed (its default leaves out the processor's instructions).
prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-ffast-math", "-march=native", "-std=c++17"]
defaultclock.dt = networks.DT * ms
seed(given.seed)
random = np.random.default_rng(given.seed)
first = {}  # the number of the first neuron of each population
for name in net.sizes:
    first[name] = sum(net.sizes[other] for other in list(net.sizes)[: len(first)])
parts = []  # objects that Brian2 must see


def brunel():
    group = NeuronGroup(
        net.neurons,
        "dv/dt = (e_l - v) / tau_m : volt (unless refractory)",
        threshold="v > v_th",
        reset="v = v_reset",
        refractory=net.t_ref * ms,
        method="exact",
        namespace={
            "e_l": net.e_l * mV, "tau_m": net.tau_m * ms, "v_th": net.v_th * mV,
            "v_reset": net.v_reset * mV,
        },
    )  # fmt: skip
    group.v = net.e_l * mV
    drive = net.drive_weight * mV
    parts.append(PoissonInput(group, "v", net.drive_inputs, net.drive_hz * Hz, weight=drive))
    for source, size in net.sizes.items():
        degree = net.indegree[source]
        sources, targets = indegrees(size, degree, first[source])
        synapses = Synapses(
            group, group, "", on_pre="v_post += w", namespace={"w": net.weight[source] * mV}
        )
        synapses.connect(i=sources, j=targets)
        synapses.delay = net.delay * ms
        parts.append(synapses)
    return group


def indegrees(size, degree, offset):
    """So many sources for each neuron, with repetition, without itself: Brian2 has no such rule."""
    targets = np.repeat(np.arange(net.neurons), degree)
    sources = random.integers(0, size, targets.size) + offset
    while (own := sources == targets).any():
        sources[own] = random.integers(0, size, own.sum()) + offset
    return sources, targets


def vogels_abbott():
    leak = net.c_m / net.tau_m  # nS
    if net.conductances:
        # Conductances in units of the leak.
        inputs = "ge * (e_ex - v) + gi * (e_in - v)"
        unit, scale, sign = "1", 1 / leak, 1
    else:
        # Currents as the potential at which they would hold the neuron.
        inputs, unit, scale, sign = "ge + gi", "volt", mV / leak, 1
    group = NeuronGroup(
        net.neurons,
        f"""dv/dt = ({inputs} + e_l + drive - v) / tau_m : volt (unless refractory)
            dge/dt = -ge / tau_ex : {unit}
            dgi/dt = -gi / tau_in : {unit}""",
        threshold="v > v_th",
        reset="v = v_reset",
        refractory=net.t_ref * ms,
        method="exponential_euler" if net.conductances else "exact",
        namespace={
            "e_l": net.e_l * mV, "drive": net.i_e / leak * mV, "tau_m": net.tau_m * ms,
            "tau_ex": net.tau_syn["exc"] * ms, "tau_in": net.tau_syn["inh"] * ms,
            "e_ex": net.e_rev["exc"] * mV, "e_in": net.e_rev["inh"] * mV,
            "v_th": net.v_th * mV, "v_reset": net.v_reset * mV,
        },
    )  # fmt: skip
    low, high = net.v_reset, net.v_th
    group.v = f"({low} + rand() * {high - low}) * mV"
    for source, receptor in (("exc", "ge"), ("inh", "gi")):
        weight = sign * net.weight[source] * scale
        begin, end = first[source], first[source] + net.sizes[source]
        synapses = Synapses(
            group[begin:end], group, on_pre=f"{receptor}_post += w", namespace={"w": weight}
        )
        synapses.connect(condition=f"i + {begin} != j", p=net.probability)
        synapses.delay = net.delay * ms
        parts.append(synapses)
    return group


def microcircuit():
    group = NeuronGroup(
        net.neurons,
        """dv/dt = (e_l - v) / tau_m + (ge + gi + i_e) / c_m : volt (unless refractory)
           dge/dt = -ge / tau_syn : amp
           dgi/dt = -gi / tau_syn : amp
           i_e : amp""",
        threshold="v > v_th",
        reset="v = v_reset",
        refractory=net.t_ref * ms,
        method="exact",
        namespace={
            "e_l": net.e_l * mV, "tau_m": net.tau_m * ms, "c_m": net.c_m * pF,
            "tau_syn": net.tau_syn * ms, "v_th": net.v_th * mV, "v_reset": net.v_reset * mV,
        },
    )  # fmt: skip
    potentials, currents = np.empty(net.neurons), np.empty(net.neurons)
    for i, name in enumerate(net.names):
        cells = slice(first[name], first[name] + net.sizes[name])
        potentials[cells] = random.normal(net.v_mean[i], net.v_sd[i], net.sizes[name])
        currents[cells] = net.current(i)
        drive = net.drive_weight * pA
        rate = net.drive_hz * Hz
        parts.append(PoissonInput(group[cells], "ge", net.inputs[i], rate, weight=drive))
    group.v, group.i_e = potentials * mV, currents * pA
    for receptor, kind in (("ge", "E"), ("gi", "I")):
        ends, weights, delays = projections(kind)
        synapses = Synapses(group, group, "w : amp", on_pre=f"{receptor}_post += w")
        synapses.connect(i=ends[0], j=ends[1])
        synapses.w, synapses.delay = weights * pA, delays * ms
        parts.append(synapses)
    return group


def projections(kind):
    """All synapses from excitatory (E) or inhibitory (I) neurons."""
    ends, weights, delays = [], [], []
    for target, target_name in enumerate(net.names):
        for source, source_name in enumerate(net.names):
            number = net.synapses(target, source)
            if number == 0 or not source_name.endswith(kind):
                continue
            sources = random.integers(0, net.sizes[source_name], number) + first[source_name]
            targets = random.integers(0, net.sizes[target_name], number) + first[target_name]
            ends.append((sources, targets))
            weight = net.weight(target, source)
            drawn = random.normal(weight, net.relative_sd * abs(weight), number)
            weights.append(np.where(drawn * weight < 0, weight, drawn))
            delays.append(draw_delays(*net.delay(source), number))
    return np.concatenate(ends, axis=1), np.concatenate(weights), np.concatenate(delays)


def draw_delays(mean, sd, number):
    """Normal, redrawn below one step, on the grid."""
    drawn = random.normal(mean, sd, number)
    while (short := drawn < networks.DT / 2).any():
        drawn[short] = random.normal(mean, sd, short.sum())
    return np.round(drawn / networks.DT) * networks.DT


BUILDERS = {"brunel": brunel, "microcircuit": microcircuit}
begin = time.perf_counter()
group = BUILDERS.get(given.network, vogels_abbott)()
monitor = SpikeMonitor(group)
everything = brian2.Network(group, monitor, *parts)
if net.warmup_ms:
    everything.run(net.warmup_ms * ms)
everything.run(net.duration_ms * ms)
device.build(compile=True, run=False, directory=folder)
compiled = time.perf_counter()
device.run(folder, with_output=False, run_args=[])
ended = time.perf_counter()
simulate_s = device._last_run_time  # of the last of the two runs

late = np.asarray(monitor.i)[np.asarray(monitor.t / ms) >= net.warmup_ms]
spikes = {name: int(((late >= first[name]) & (late < first[name] + size)).sum())
          for name, size in net.sizes.items()}  # fmt: skip
everyone = simulate_s * (1 + net.warmup_ms / net.duration_ms)
shutil.rmtree(folder, ignore_errors=True)
networks.report(
    simulator="brian2",
    version=brian2.__version__,
    precision="double",
    delay="as murine",
    integration="exponential Euler" if given.network == "coba" else "exact",
    prepare_s=ended - begin - everyone,
    simulate_s=simulate_s,
    rates_hz=networks.rates(net, spikes),
)
