"""How long builds take, and how many units a change compiles anew. scripts/build-times calls it."""
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

FOLDERS = ("broker", "protocol", "cluster", "observe")
A_SOURCE = "src/broker/replica_requests.cpp"


def headers_of(folder):
    return sorted(str(path) for path in pathlib.Path("src", folder).rglob("*.h"))


def files_of(patch):
    """What it changes; new files are read by nothing yet."""
    return re.findall(r"^--- a/(\S+)$", pathlib.Path(patch).read_text(), re.M)


class Units:
    """Object file -> the files it was made from."""

    def __init__(self, build):
        listed = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
        self.read = {}
        unit = None
        for line in listed.splitlines():
            if line and not line.startswith(" "):
                unit = line.split(": #deps")[0]
                self.read[unit] = set()
            elif line.strip():
                self.read[unit].add(os.path.relpath(os.path.join(build, line.strip())))

    def anew(self, files, tests=False):
        wanted = set(files)
        return sum(1 for unit, read in self.read.items() if read & wanted and (tests or not unit.startswith("tests/")))


def print_units(build):
    units = Units(build)
    print("| header in | headers | units of the program, median | worst | with all tests, median | worst |\n|---|---|---|---|---|---|")
    for folder in FOLDERS:
        headers = headers_of(folder)
        row = []
        for tests in (False, True):
            counts = [units.anew([header], tests) for header in headers]
            row += [f"{statistics.median(counts):g}", str(max(counts))]
        print(f"| `{folder}` | {len(headers)} | " + " | ".join(row) + " |")
    print("\n| change | units of the program | with all tests |\n|---|---|---|")
    for patch in sorted(pathlib.Path("docs/examples").glob("*.patch")):
        files = files_of(patch)
        print(f"| `{patch}` | {units.anew(files)} | {units.anew(files, True)} |")


def build(folder):
    started = time.monotonic()
    subprocess.run(["cmake", "--build", folder, "--target", "kafkascope"], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def after_change(folder, file):
    os.utime(file)  # without ccache Ninja compiles what has a newer time, whatever it holds
    return build(folder)


def print_times(folder, every):
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cmake", "--preset", "release", "-B", folder], check=True, stdout=subprocess.DEVNULL)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n\n| what | seconds |\n|---|---|", flush=True)
    print(f"| clean release | {build(folder):.0f} |", flush=True)
    print(f"| one line in `{A_SOURCE}` | {after_change(folder, A_SOURCE):.1f} |", flush=True)
    everything = []
    for of in FOLDERS:
        times = {header: after_change(folder, header) for header in headers_of(of)[::every]}
        everything += times.values()
        slowest = max(times, key=times.get)
        print(f"| a header of `{of}` ({len(times)}): median, worst | {statistics.median(times.values()):.0f}, {times[slowest]:.0f} (`{slowest}`) |", flush=True)
    print(f"| any of these headers ({len(everything)}): median, worst | {statistics.median(everything):.0f}, {max(everything):.0f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--units", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    if asked.units:
        print_units(asked.build)
    else:
        print_times(asked.build, max(1, asked.every))


if __name__ == "__main__":
    main()
