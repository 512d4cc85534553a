#!/bin/bash
# A real window under Xvfb with software OpenGL: how long from the start of the program to its first frame (five starts; the first of them is not warm),
# and the share of a core that a paused lesson takes, alone and with Find open (ten seconds each).
# usage: window_bench.sh PROGRAM
set -u
program=$(realpath "$1") lesson=$(realpath "$(dirname "$0")/../../scenarios/replication/leader-failover.json") folder=$(mktemp -d)
trap 'kill $pid 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export HOME="$folder" KAFKASCOPE_REPORT="$folder/report" LIBGL_ALWAYS_SOFTWARE=1 LANG=C.UTF-8
mkdir -p .config/kafkascope; touch .config/kafkascope/hints-seen
per_second=$(getconf CLK_TCK)
cpu() { awk '{print $14 + $15}' "/proc/$pid/stat"; }
time_us() { awk '$1=="time_us" {print $2}' report; }
open() {
  rm -f report
  began=$(date +%s%N)
  "$program" "$lesson" >/dev/null 2>&1 &
  pid=$!
  while [ ! -s report ]; do kill -0 $pid 2>/dev/null || { echo "the program ended" >&2; exit 1; }; sleep .002; done
  first_ms=$((($(date +%s%N) - began) / 1000000)) first_cpu=$(cpu)
}
for start in 1 2 3 4 5; do
  open
  echo "first frame, start $start: $first_ms ms, of these $((first_cpu * 1000 / per_second)) ms of CPU"
  [ $start = 5 ] || { kill -INT $pid; wait $pid; }
done
moves() { before=$(time_us); sleep 2; [ "$(time_us)" != "$before" ]; }
for _ in $(seq 20); do if moves; then break; fi; done  # time stands until the first step could be read
for _ in 1 2 3; do if moves; then xdotool key space; sleep 2; fi; done
# share NAME: of ten seconds
share() {
  before=$(time_us) ticks=$(cpu)
  sleep 10
  used=$(($(cpu) - ticks))
  [ "$(time_us)" = "$before" ] || { echo "the lesson was not paused" >&2; exit 1; }
  echo "$1: $((used * 10 / per_second)).$((used * 100 / per_second % 10)) % of a core"
}
share paused
xdotool key ctrl+k
sleep 1
xdotool type broker
share "paused, Find is open"
