"""Runs one network on ANNarchy, and prints what it took."""

import importlib.metadata
import os
import shutil
import tempfile
import time

import ANNarchy
import networks

given, net = networks.arguments()
# The folder of the generated code is made where the program stands.
folder = tempfile.mkdtemp(prefix="annarchy-")
os.chdir(folder)
sim = ANNarchy.Network(dt=networks.DT, seed=given.seed)
sim.config(num_threads=given.threads)


def brunel():
    # Spikes and drive add to v, but not while the neuron is refractory.
    probability = net.drive_hz * networks.DT * 1e-3
    neuron = ANNarchy.Neuron(
        parameters=dict(
            tau_m=net.tau_m, e_l=net.e_l, v_th=net.v_th, v_reset=net.v_reset, kick=net.drive_weight
        ),
        equations=f"""
            drive = Binomial({net.drive_inputs}, {probability})
            tau_m * dv/dt = e_l - v + tau_m / dt * (g_exc + g_inh + kick * drive) : init = {net.e_l}
            g_exc = 0.0
            g_inh = 0.0
        """,
        spike="v > v_th",
        reset="v = v_reset",
        refractory=net.t_ref,
    )
    cells = populations(neuron)
    for source in cells.values():
        for target in cells.values():
            name = source.name
            projection = sim.connect(source, target, target=name)
            projection.fixed_number_pre(
                number=net.indegree[name], weights=net.weight[name], delays=net.delay
            )
    return cells


def populations(neuron):
    return {name: sim.create(geometry=n, neuron=neuron, name=name) for name, n in net.sizes.items()}


def vogels_abbott():
    leak = net.c_m / net.tau_m
    inputs, method = "g_exc + g_inh", "exponential"
    if net.conductances:
        inputs = "g_exc * (e_ex - v) + g_inh * (e_in - v)"
    neuron = ANNarchy.Neuron(
        parameters=dict(
            tau_m=net.tau_m, e_l=net.e_l + net.i_e / leak, v_th=net.v_th, v_reset=net.v_reset,
            tau_exc=net.tau_syn["exc"], tau_inh=net.tau_syn["inh"],
            e_ex=net.e_rev["exc"], e_in=net.e_rev["inh"],
        ),
        equations=f"""
            tau_m * dv/dt = e_l - v + {inputs} : {method}
            tau_exc * dg_exc/dt = -g_exc : exponential
            tau_inh * dg_inh/dt = -g_inh : exponential
        """,
        spike="v > v_th",
        reset="v = v_reset",
        refractory=net.t_ref,
    )  # fmt: skip
    cells = populations(neuron)
    for population in cells.values():
        population.v = ANNarchy.Uniform(net.v_reset, net.v_th)
    for source in cells.values():
        for target in cells.values():
            name = source.name
            projection = sim.connect(source, target, target=name)
            projection.fixed_probability(
                probability=net.probability, weights=net.weight[name] / leak, delays=net.delay
            )
    return cells


if given.network == "microcircuit":
    raise SystemExit("ANNarchy has no rule that draws a total number of synapses with repetition")
begin = time.perf_counter()
cells = brunel() if given.network == "brunel" else vogels_abbott()
monitors = {name: sim.monitor(population, ["spike"]) for name, population in cells.items()}
sim.compile(directory=folder + "/build/", silent=True)
prepared = time.perf_counter()
if net.warmup_ms:
    sim.simulate(net.warmup_ms)
    for monitor in monitors.values():
        monitor.get("spike")  # forgets them
started = time.perf_counter()
sim.simulate(net.duration_ms)
ended = time.perf_counter()
spikes = {
    name: sum(len(times) for times in monitor.get("spike").values())
    for name, monitor in monitors.items()
}
os.chdir(tempfile.gettempdir())  # ANNarchy looks where it stands when it ends
shutil.rmtree(folder, ignore_errors=True)
networks.report(
    simulator="annarchy",
    version=importlib.metadata.version("ANNarchy"),
    precision="double",
    delay="as murine",
    integration="Euler" if given.network == "brunel" else "exponential Euler",
    prepare_s=prepared - begin,
    simulate_s=ended - started,
    rates_hz=networks.rates(net, spikes),
)
