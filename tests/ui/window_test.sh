#!/bin/bash
# The real window under Xvfb, by mouse and keys only: crash a broker, see another lead, drag the timeline back, save the session,
# and check that the saved session runs to the very same end.
# usage: window_test.sh PROGRAM FOLDER
set -u
program=$(realpath "$1"); lesson=$(realpath "$(dirname "$0")/../../scenarios/replication/leader-failover.json"); folder=$2
rm -rf "$folder"; mkdir -p "$folder/home"; cd "$folder" || exit 1
export HOME="$folder/home" KAFKASCOPE_REPORT="$folder/report" LIBGL_ALWAYS_SOFTWARE=1 LANG=C.UTF-8
mkdir -p "$HOME/.config/kafkascope"; touch "$HOME/.config/kafkascope/hints-seen"
"$program" "$lesson" > out.txt 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null' EXIT
fail() { echo "FAILED: $1"; cat report out.txt 2>/dev/null; import -window root failed.png 2>/dev/null; exit 1; }
# Polls what the window reports; no fixed waiting.
until_true() { for _ in $(seq 1 600); do if eval "$2"; then return 0; fi; kill -0 $pid 2>/dev/null || fail "the program ended"; sleep 0.1; done; fail "$1"; }
field() { awk -v what="$1" -v who="$2" '$1==what && $2==who {print $3}' report 2>/dev/null; }
time_us() { awk '$1=="time_us" {print $2}' report 2>/dev/null; }
click() { xdotool mousemove "$2" "$3"; sleep 0.15; xdotool mousedown "$1"; sleep 0.15; xdotool mouseup "$1"; sleep 0.2; }

until_true "the window opens and time runs" '[ "$(time_us)" -gt 200000 ] 2>/dev/null'
xdotool mousemove 840 295 sleep 0.2
click 3 800 295                                   # right-click broker-1
sleep 0.4
import -window root menu.png 2>/dev/null
xdotool key Escape; sleep 0.2
click 1 800 295                                   # select it
xdotool key c                                     # crash it
until_true "broker-1 has crashed" '[ "$(field state broker-1)" = 3 ]'
for _ in 1 2 3 4 5 6; do xdotool key Up; sleep 0.1; done   # faster
until_true "another broker leads orders-0" '[ "$(field leader orders-0)" = 2 ]'
until_true "a time is reported" 'after=$(time_us); [ -n "$after" ]'   # the report may just be written
# Drag the scrubber back to its beginning.
xdotool mousemove 900 1048; sleep 0.2; xdotool mousedown 1; sleep 0.2; xdotool mousemove 300 1048; sleep 0.3; xdotool mousemove 230 1048; sleep 0.3; xdotool mouseup 1
until_true "the timeline was dragged back" '[ "$(time_us)" -lt '"$after"' ] && [ "$(field leader orders-0)" = 1 ]'
xdotool key ctrl+s
until_true "the session is saved" 'ls session-*.kafkascope.json >/dev/null 2>&1'
kill -INT $pid; wait $pid
ls | grep -q autosave && fail "a file that nobody asked for is left in the folder"
[ -s "$HOME/.config/kafkascope/autosave.kafkascope.json" ] || fail "the acts by hand are not kept among the settings"
"$program" check session-1.kafkascope.json || fail "the saved session does not check"
"$program" inspect session-1.kafkascope.json --at 14s --path /nodes/broker-1/state | grep -q crashed || fail "the saved session does not crash broker-1"
echo "crashed, elected, dragged back, saved: all by mouse and keys"
