"""The potentials of tests/judge/exact.rs, to 50 digits: python3 tests/judge/exact.py

Each is a solution in closed form, a quadrature of one, or a Taylor series of 50 digits (Izhikevich).
All times in ms; `events` are (step, receptor, weight): what arrives at the end of a step.
"""

from mpmath import exp, findroot, mp, mpf, odefun, quad

mp.dps = 60


def number(x):
    """A double as what it is."""
    return mpf(float(x))


def psp(t, tau_m, tau_s, c_m):
    """The potential of a current that begins at 1 pA, at time t after it."""
    if tau_m == tau_s:
        return t / c_m * exp(-t / tau_m)
    return tau_m * tau_s / (c_m * (tau_m - tau_s)) * (exp(-t / tau_m) - exp(-t / tau_s))


def current_based(dt, steps, tau_m, tau_s, c_m, i_e, v_m, events):
    """iaf_psc_exp relative to E_L."""
    dt, tau_m, c_m, i_e, v_m = map(number, (dt, tau_m, c_m, i_e, v_m))
    t = dt * steps
    v = v_m * exp(-t / tau_m) + i_e * tau_m / c_m * (1 - exp(-t / tau_m))
    for step, receptor, w in events:
        v += number(w) * psp(dt * (steps - step), tau_m, number(tau_s[receptor]), c_m)
    return v


def delta(dt, steps, tau_m, c_m, i_e, v_m, events):
    """iaf_psc_delta relative to E_L."""
    dt, tau_m, c_m, i_e, v_m = map(number, (dt, tau_m, c_m, i_e, v_m))
    t = dt * steps
    v = v_m * exp(-t / tau_m) + i_e * tau_m / c_m * (1 - exp(-t / tau_m))
    return v + sum(number(w) * exp(-dt * (steps - step) / tau_m) for step, _, w in events)


def conductance(dt, steps, c_m, g_l, e_l, e_syn, tau_s, i_e, v_m, events):
    """iaf_cond_exp: the exact solution of a linear equation, by quadrature between arrivals."""
    dt, c_m, g_l, e_l, i_e, v = map(number, (dt, c_m, g_l, e_l, i_e, v_m))
    e_syn, tau_s = [number(e) for e in e_syn], [number(t) for t in tau_s]
    g, now = [mpf(0), mpf(0)], 0
    for step, receptor, w in [*events, (steps, 0, 0)]:
        span = dt * (step - now)
        if span > 0:
            grown = lambda t: (g_l * t + sum(x * T * (1 - exp(-t / T)) for x, T in zip(g, tau_s))) / c_m
            pull = lambda t: (g_l * e_l + i_e + sum(x * E * exp(-t / T) for x, E, T in zip(g, e_syn, tau_s))) / c_m
            ends = {mpf(0), span}
            for scale in [*tau_s, *([c_m / (g_l + sum(g))] if g_l + sum(g) > 0 else [])]:
                for k in range(-12, 9):
                    ends |= {scale * mpf(2) ** k, span - scale * mpf(2) ** k}
            last = c_m / (g_l + sum(x * exp(-span / T) for x, T in zip(g, tau_s)) + mpf(10) ** -300)
            ends |= {span - last * mpf(2) ** k for k in range(-6, 9)}
            ends |= {span * k / 16 for k in range(17)}
            ends = sorted(e for e in ends if 0 <= e <= span)
            v = v * exp(-grown(span)) + quad(lambda s: pull(s) * exp(grown(s) - grown(span)), ends)
        g = [x * exp(-span / T) for x, T in zip(g, tau_s)]
        g[receptor] += number(w)
        now = step
    return v


def izhikevich(dt, steps, a, b, c, d, v_th, tau_s, i_e, v_m, u_m, events, spike=None):
    """V and U; a step in which V crosses v_th (`spike`) ends with V = c, U = U at the crossing + d."""
    dt, a, b, i_e, v, u = map(number, (dt, a, b, i_e, v_m, u_m))
    tau_s = [number(t) for t in tau_s]
    i, now = [mpf(0), mpf(0)], 0

    def flow(v, u, i, span):
        f = lambda t, y: [
            mpf(4) / 100 * y[0] ** 2 + 5 * y[0] + 140 - y[1] + i_e + sum(x * exp(-t / T) for x, T in zip(i, tau_s)),
            a * (b * y[0] - y[1]),
        ]
        return odefun(f, 0, [v, u])(span) if spike is None else odefun(f, 0, [v, u])

    mp.dps = 50
    stops = sorted({e[0] for e in events} | {steps} | ({spike - 1, spike} if spike else set()))
    for stop in stops:
        span = dt * (stop - now)
        if span > 0:
            begin, piece = mpf(0), [x for x in i]
            # A current that is over after 150 time constants is cut out, so that the series can go on.
            for T in sorted(tau_s):
                end = min(span, 150 * T)
                if begin < end < span:
                    out = flow(v, u, piece, end - begin)
                    v, u = out(end - begin) if spike is not None else out
                    piece = [x * exp(-(end - begin) / S) for x, S in zip(piece, tau_s)]
                    piece = [mpf(0) if end >= 150 * S else x for x, S in zip(piece, tau_s)]
                    begin = end
            out = flow(v, u, piece, span - begin)
            if spike is not None:
                if stop == spike:
                    at = findroot(lambda t: out(t)[0] - number(v_th), (0, span / 2), solver="anderson", tol=1e-80)
                    assert 0 < at < span, at
                    v, u = number(c), out(at)[1] + number(d)
                else:
                    v, u = out(span - begin)
            else:
                v, u = out
        i = [x * exp(-span / T) for x, T in zip(i, tau_s)]
        for step, receptor, w in events:
            if step == stop:
                i[receptor] += number(w)
        now = stop
    mp.dps = 60
    return v, u


def show(name, *values):
    print(name, *(mp.nstr(v, 25) for v in values), flush=True)


volley = [(1, 0, 1000.0), (3, 1, -400.0), (20, 0, 250.0), (21, 0, 37.5)]
for name, dt, steps, tau_m, tau_s, c_m, i_e, v_m in [
    ("ordinary", 0.1, 60, 10.0, (0.5, 2.0), 250.0, 300.0, 3.0),
    ("alike", 0.1, 60, 10.0, (10.0, 10.0), 250.0, 300.0, 0.0),
    ("nearly_alike", 0.1, 60, 10.0, (10.0 * (1 + 1e-9), 10.0 * (1 - 1e-9)), 250.0, 0.0, 0.0),
    ("a_digit_apart", 0.025, 60, 10.0, (10.000000000000002, 9.999999999999998), 250.0, 0.0, 0.0),
    ("short_currents", 1.0, 30, 10.0, (1e-6, 2e-6), 1e-3, 0.0, 0.0),
    ("slow_membrane", 0.001, 3000, 1e9, (2.0, 1e9), 1.0, 2.0, -1.0),
    ("fast_membrane", 0.001, 24, 1e-6, (1e-3, 1e-2), 1e-3, 5.0, 1.0),
    ("slow_currents", 1.0 / 32.0, 100, 20.0, (1e9, 1e8), 1e6, 0.0, -10.0),
    ("just_below", 0.1, 3000, 20.0, (2.0, 2.0), 250.0, 15.0 * (1 - 1e-9) * 250.0 / 20.0, 14.0),
]:
    show(f"exp {name}", current_based(dt, steps, tau_m, tau_s, c_m, i_e, v_m, volley))

jumps = [(1, 0, 3.0), (3, 0, -1.25), (20, 0, 0.125), (24, 0, 1e-3)]
for name, dt, steps, tau_m, c_m, i_e in [
    ("ordinary", 0.1, 60, 10.0, 250.0, 300.0),
    ("slow", 0.001, 3000, 1e9, 1e-3, 1e-3),
    ("fast", 0.001, 24, 1e-6, 1e-3, 5000.0),
]:
    show(f"delta {name}", delta(dt, steps, tau_m, c_m, i_e, -2.0, jumps))

for name, dt, steps, c_m, g_l, tau_s, i_e, events in [
    ("ordinary", 0.1, 60, 250.0, 16.6667, (0.2, 2.0), 100.0, [(1, 0, 50.0), (3, 1, 200.0), (20, 0, 30.0)]),
    ("huge", 1.0, 7, 250.0, 16.6667, (0.2, 2.0), 0.0, [(1, 0, 1e6), (3, 1, 1e7), (4, 0, 3e5)]),
    ("short", 1.0, 6, 200.0, 10.0, (1e-6, 3e-5), 0.0, [(1, 0, 2e8), (3, 1, 1e7)]),
    ("no_leak", 0.001, 2000, 1e3, 0.0, (1e9, 5.0), 20.0, [(1, 0, 3.0), (30, 1, 1e3)]),
    ("stiff_leak", 1.0, 8, 1.0, 1e6, (5.0, 1e-3), -3e6, [(1, 0, 1e5), (5, 1, 1e6)]),
]:
    show(f"cond {name}", conductance(dt, steps, c_m, g_l, -70.0, (0.0, -85.0), tau_s, i_e, -65.0, events))

for name, dt, steps, b, tau_s, i_e, v_th, events, spike in [
    ("ordinary", 0.1, 60, 0.2, (2.0, 5.0), 3.0, 30.0, [(1, 0, 4.0), (20, 1, -3.0)], None),
    ("inhibited", 0.1, 12, 0.2, (2.0, 5.0), 0.0, 30.0, [(1, 1, -1e5), (8, 0, 1e4)], None),
    ("short", 0.1, 4, -0.1, (1e-6, 1e-3), 0.0, 30.0, [(1, 0, 1e6), (2, 1, -2e3)], None),
]:
    show(f"izhikevich {name}", *izhikevich(dt, steps, 0.02, b, -65.0, 8.0, v_th, tau_s, i_e, -65.0, -13.0, events, spike))
