"""Runs one network on NEST, and prints what it took."""

import time

import nest
import networks

given, net = networks.arguments()
nest.set_verbosity("M_ERROR")
nest.ResetKernel()
nest.SetKernelStatus(
    {"resolution": networks.DT, "local_num_threads": given.threads, "rng_seed": given.seed}
)


def brunel():
    neuron = {
        "tau_m": net.tau_m, "t_ref": net.t_ref, "E_L": net.e_l, "V_th": net.v_th,
        "V_reset": net.v_reset, "V_m": net.e_l, "C_m": 1.0,
    }  # fmt: skip
    cells = {name: nest.Create("iaf_psc_delta", n, neuron) for name, n in net.sizes.items()}
    everyone = cells["exc"] + cells["inh"]
    drive = nest.Create("poisson_generator", params={"rate": net.drive_inputs * net.drive_hz})
    nest.Connect(drive, everyone, "all_to_all", {"weight": net.drive_weight, "delay": networks.DT})
    for source in cells:
        rule = {
            "rule": "fixed_indegree", "indegree": net.indegree[source], "allow_autapses": False,
        }  # fmt: skip
        synapse = {"weight": net.weight[source], "delay": net.delay}
        nest.Connect(cells[source], everyone, rule, synapse)
    return cells


def vogels_abbott():
    neuron = {
        "C_m": net.c_m, "E_L": net.e_l, "I_e": net.i_e, "t_ref": net.t_ref, "V_th": net.v_th,
        "V_reset": net.v_reset, "tau_syn_ex": net.tau_syn["exc"], "tau_syn_in": net.tau_syn["inh"],
        "V_m": nest.random.uniform(net.v_reset, net.v_th),
    }  # fmt: skip
    model, sign = "iaf_psc_exp", {"exc": 1, "inh": 1}
    if net.conductances:
        model, sign["inh"] = "iaf_cond_exp", -1
        neuron |= {"g_L": net.c_m / net.tau_m, "E_ex": net.e_rev["exc"], "E_in": net.e_rev["inh"]}
    else:
        neuron["tau_m"] = net.tau_m
    cells = {name: nest.Create(model, n, neuron) for name, n in net.sizes.items()}
    for source in cells:
        rule = {"rule": "pairwise_bernoulli", "p": net.probability, "allow_autapses": False}
        synapse = {"weight": sign[source] * net.weight[source], "delay": net.delay}
        nest.Connect(cells[source], cells["exc"] + cells["inh"], rule, synapse)
    return cells


def microcircuit():
    cells = {}
    for i, (name, size) in enumerate(net.sizes.items()):
        neuron = {
            "C_m": net.c_m, "tau_m": net.tau_m, "tau_syn_ex": net.tau_syn,
            "tau_syn_in": net.tau_syn, "t_ref": net.t_ref, "E_L": net.e_l, "V_th": net.v_th,
            "V_reset": net.v_reset, "I_e": net.current(i),
            "V_m": nest.random.normal(net.v_mean[i], net.v_sd[i]),
        }  # fmt: skip
        cells[name] = nest.Create("iaf_psc_exp", size, neuron)
        drive = nest.Create("poisson_generator", params={"rate": net.inputs[i] * net.drive_hz})
        synapse = {"weight": net.drive_weight, "delay": networks.DT}
        nest.Connect(drive, cells[name], "all_to_all", synapse)
    # NEST counts the synapses of a model and thread in 27 bits, too few for all of these.
    for name in net.names:
        nest.CopyModel("static_synapse", f"from_{name}")
    for target, target_name in enumerate(net.names):
        for source, source_name in enumerate(net.names):
            connect(cells, target, target_name, source, source_name)
    return cells


def connect(cells, target, target_name, source, source_name):
    number = net.synapses(target, source)
    if number == 0:
        return
    weight = net.weight(target, source)
    mean, sd = net.delay(source)
    ends = {"max": 0.0} if weight < 0 else {"min": 0.0}
    synapse = {
        "synapse_model": f"from_{source_name}",
        "weight": nest.math.redraw(
            nest.random.normal(weight, net.relative_sd * abs(weight)),
            **{"min": float("-inf"), "max": float("inf")} | ends,
        ),
        # Delays are rounded to steps: half a step below the shortest still becomes the shortest.
        "delay": nest.math.redraw(
            nest.random.normal(mean, sd), min=networks.DT / 2 * 1.0001, max=float("inf")
        ),
    }
    rule = {"rule": "fixed_total_number", "N": number}
    nest.Connect(cells[source_name], cells[target_name], rule, synapse)


BUILDERS = {"brunel": brunel, "microcircuit": microcircuit}

begin = time.perf_counter()
populations = BUILDERS.get(given.network, vogels_abbott)()
recorders = {}
for name, cells in populations.items():
    recorders[name] = nest.Create("spike_recorder", params={"start": net.warmup_ms})
    nest.Connect(cells, recorders[name])
nest.Prepare()
prepared = time.perf_counter()
if net.warmup_ms:
    nest.Run(net.warmup_ms)
started = time.perf_counter()
nest.Run(net.duration_ms)
ended = time.perf_counter()
spikes = {name: recorder.n_events for name, recorder in recorders.items()}
nest.Cleanup()

model = "iaf_cond_exp by an adaptive Runge-Kutta 4/5" if given.network == "coba" else "exact"
networks.report(
    simulator="nest",
    version=nest.__version__,
    precision="double",
    delay="as murine",
    integration=model,
    prepare_s=prepared - begin,
    simulate_s=ended - started,
    rates_hz=networks.rates(net, spikes),
)
