"""Measures failovers and draws them, published figures beside them. scripts/failover calls it."""
import argparse
import json
import math
import os
import subprocess
import tempfile

# (partitions, seconds, label, mode, what): measured by others, on their machines.
PUBLISHED = [
    (100_000, 28, "Kafka 1.0.0", "zookeeper", "Controller failover, reloading the state of 100,000 partitions (5 brokers, 2,000 topics of 50 partitions)",
     "Jun Rao, Apache Kafka Supports 200K Partitions Per Cluster, 2018"),
    (100_000, 14, "Kafka 1.1.0", "zookeeper", "The same with asynchronous requests to ZooKeeper, as 2.5 still has them",
     "the same"),
    (2_000_000, 503, "ZooKeeper, 2021", "zookeeper", "Recovery after an uncontrolled shutdown, 2,000,000 partitions",
     "Confluent, Apache Kafka Made Simple: A First Glance of a Kafka Without the ZooKeeper Dependency, 2021"),
    (2_000_000, 37, "KRaft, 2021", "kraft", "The same with the quorum controller", "the same"),
]
COLOURS = {"zookeeper": "#b45309", "kraft": "#1d4ed8"}
NAMES = {"zookeeper": "ZooKeeper, Kafka 2.5", "kraft": "KRaft, Kafka 4.1"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 470, 80, 180, 30, 60
X, Y = (1, 6.6), (-3, 3)  # decades: partitions, seconds


def measure(program, folder, zookeeper, partitions):
    """Two seconds in, the controller and a broker die (under ZooKeeper they are one); what the trace says about it, in µs."""
    crash = 2_000_000
    cluster = {"metadata": "zookeeper", "zookeepers": 3, "brokers": 5} if zookeeper else {"controllers": 3, "brokers": 5}
    steps = [{"at": "2s", "do": "crash", "node": "controller"}]
    if not zookeeper:
        steps.append({"at": "2s", "do": "crash", "node": "broker-1"})
    scenario = {"format": 1, "id": "failover-cost", "title": {"en": "Failover"}, "kafka": "2.5" if zookeeper else "4.1", "cluster": cluster,
                "topics": [{"name": "t", "partitions": partitions, "replication_factor": 3}], "steps": steps, "until": f"{40 + partitions // 2000}s"}
    file, trace = os.path.join(folder, "failover.json"), os.path.join(folder, "trace.jsonl")
    with open(file, "w") as out:
        json.dump(scenario, out)
    subprocess.run([program, "run", file, "--trace", trace], check=True, stdout=subprocess.DEVNULL)
    at = {}
    wanted = ("quorum.elected", "controller.active", "broker.fenced", "leader.elected", "znode.changed")
    with open(trace) as lines:
        for text in lines:
            if not any(kind in text for kind in wanted):
                continue
            line = json.loads(text)
            if line["t"] < crash or line["kind"] not in wanted:
                continue
            if line["kind"] == "controller.active":
                at.pop(("first", "znode.changed"), None)  # leaders' earlier writes
            if line["kind"] == "znode.changed" and not line["path"].endswith("/state"):
                continue
            at.setdefault(("first", line["kind"]), line["t"])
            at[("last", line["kind"])] = line["t"]
    last, active = at[("last", "leader.elected")], at[("last", "controller.active")]
    # Over ZooKeeper the controller elects (writes the partitions' states) as soon as it has read everything; under
    # KRaft when the broker's session is over.
    decides = at[("first", "znode.changed")] if zookeeper else at[("last", "broker.fenced")]
    takes_over = decides - active if zookeeper else active - at[("last", "quorum.elected")]
    elects = last - decides
    return {"mode": "zookeeper" if zookeeper else "kraft", "partitions": partitions, "takes_over_us": takes_over, "elects_us": elects, "outage_us": last - crash}


def x(partitions):
    return LEFT + (math.log10(partitions) - X[0]) / (X[1] - X[0]) * (WIDTH - LEFT - RIGHT)


def y(seconds):
    return HEIGHT - BOTTOM - (math.log10(seconds) - Y[0]) / (Y[1] - Y[0]) * (HEIGHT - TOP - BOTTOM)


def chart(rows):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for decade in range(math.ceil(X[0]), int(X[1]) + 1):
        at = x(10 ** decade)
        out.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#374151">{10 ** decade:,}</text>')
    for decade in range(Y[0], Y[1] + 1):
        at = y(10 ** decade)
        text = f"{10 ** decade} s" if decade >= 0 else f"{10 ** (decade + 3)} ms"
        out.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end" fill="#374151">{text}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle" fill="#111827">partitions in the cluster</text>')
    for mode, colour in COLOURS.items():
        points = [(r["partitions"], (r["takes_over_us"] + r["elects_us"]) / 1e6) for r in rows if r["mode"] == mode]
        out.append(f'<polyline points="{" ".join(f"{x(p):.1f},{y(s):.1f}" for p, s in points)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(p):.1f}" cy="{y(s):.1f}" r="3.5" fill="{colour}"/>' for p, s in points]
        p, s = points[-1]
        out.append(f'<text x="{x(p) + 8:.1f}" y="{y(s) + 18:.1f}" fill="{colour}">{NAMES[mode]} (simulated)</text>')
    for partitions, seconds, label, mode, _, _ in PUBLISHED:  # squares: another shape, besides another colour
        out.append(f'<rect x="{x(partitions) - 4:.1f}" y="{y(seconds) - 4:.1f}" width="8" height="8" fill="#ffffff" stroke="{COLOURS[mode]}" stroke-width="2"/>')
        out.append(f'<text x="{x(partitions) + 9:.1f}" y="{y(seconds) + 4:.1f}" fill="{COLOURS[mode]}">{label}: {seconds} s</text>')
    return "\n".join(out + ["</svg>", ""])


def page(rows, picture):
    by_partitions = {}
    for r in rows:
        by_partitions.setdefault(r["partitions"], {})[r["mode"]] = r
    lines = ["# What a failover costs", "",
             "Written by `scripts/failover`. Five brokers, replication factor 3; the controller and a broker die at the same moment (under ZooKeeper they are one). Times are simulated, with the",
             "default network (0.2 to 0.6 ms each way) and flushes of 4 ms, so the shape of the curve counts, not its height. Only the outage includes time-outs, which do not depend",
             "on partitions (ZooKeeper: the session of 18 s; KRaft: 2 s for a new leader of the quorum, then 9 s of silence of the broker).", "",
             f"![Failover by the number of partitions, both modes, published figures beside them]({picture})", "",
             "| partitions | ZooKeeper: read everything, ms | elect and write, ms | outage, s | KRaft: take over, ms | elect, ms | outage, s |",
             "|---:|---:|---:|---:|---:|---:|---:|"]
    for partitions, modes in sorted(by_partitions.items()):
        cells = []
        for mode in ("zookeeper", "kraft"):
            r = modes[mode]
            cells += [f"{r['takes_over_us'] / 1e3:,.1f}", f"{r['elects_us'] / 1e3:,.1f}", f"{r['outage_us'] / 1e6:.1f}"]
        lines.append(f"| {partitions:,} | " + " | ".join(cells) + " |")
    lines += ["",
              "Under ZooKeeper the next controller reads one znode for each partition, ten requests at a time (`zookeeper.max.in.flight.requests`), and writes one for each leader that it elects and each",
              "ISR that it shrinks, so both times grow with the partitions. Under KRaft a standby has already replayed the log; it writes its decisions as one batch and waits for one commit.", "",
              "Published, on real machines (the squares in the chart):", "", "| partitions | seconds | what | source |", "|---:|---:|---|---|"]
    lines += [f"| {partitions:,} | {seconds} | {label}. {what} | {source} |" for partitions, seconds, label, _, what, source in PUBLISHED]
    lines += ["", "The published times include the processor's work for each partition, in the controller and in every broker, which the simulator does not model. That is why KRaft's time rises there.", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("program", "markdown", "svg"):
        parser.add_argument(name, metavar=name.upper())
    given = parser.parse_args()
    program, markdown, svg = given.program, given.markdown, given.svg
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(program, folder, zookeeper, n) for zookeeper in (True, False) for n in (30, 100, 300, 1000, 3000, 10000, 30000)]
    with open(svg, "w") as file:
        file.write(chart(rows))
    with open(markdown, "w") as file:
        file.write(page(rows, svg.removeprefix("docs/")))


main()
