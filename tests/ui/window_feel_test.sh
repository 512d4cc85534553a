#!/bin/bash
# The real window under Xvfb, by keys, and one click: what is saved, linked, drawn and kept is where the window says it is; another seed and back;
# a lesson goes on where it was left; keys work by their place whatever the keyboard's language; a second window follows.
# usage: window_feel_test.sh PROGRAM FOLDER
set -u
program=$(realpath "$1"); lesson=$(realpath "$(dirname "$0")/../../scenarios/replication/leader-failover.json"); folder=$2
rm -rf "$folder"; mkdir -p "$folder/home"; cd "$folder" || exit 1
export HOME="$folder/home" LIBGL_ALWAYS_SOFTWARE=1 LANG=C.UTF-8 KAFKASCOPE_PORT=$((20000 + $$ % 20000))
mkdir -p "$HOME/.config/kafkascope"; touch "$HOME/.config/kafkascope/hints-seen"
pid=; second=
trap '[ -z "$pid$second" ] || kill $pid $second 2>/dev/null' EXIT
fail() { echo "FAILED: $1"; cat report out.txt 2>/dev/null; import -window root failed.png 2>/dev/null; exit 1; }
# Polls what the window reports; no fixed waiting.
until_true() { for _ in $(seq 1 900); do if eval "$2"; then return 0; fi; kill -0 $pid 2>/dev/null || fail "the program ended"; sleep 0.1; done; fail "$1"; }
value() { awk -v what="$1" '$1==what {print $2}' report 2>/dev/null; }
notice() { sed -n 's/^notice //p' report 2>/dev/null; }
open() { rm -f report; KAFKASCOPE_REPORT="$folder/report" "$program" "$@" >> out.txt 2>&1 & pid=$!; until_true "the window opens" '[ -n "$(value time_us)" ]'; }
close_window() { kill -INT $pid; wait $pid; }
# Keys by their place: X key codes, which a keyboard's language does not change (57 n, 56 b, 42 g, 27 r, 39 s, 46 l, 33 p, 45 k, 52 z, 37 Control).
place() { xdotool key "$1"; }
with_control() { xdotool keydown 37 key "$1" keyup 37; }

open "$lesson" --at 3s
with_control 39
until_true "it says where the session is" '[[ "$(notice)" == "Saved: $folder/session-1.kafkascope.json" ]] && [ -s session-1.kafkascope.json ]'
"$program" check session-1.kafkascope.json || fail "the saved session does not check"
with_control 46
until_true "it says what the link is" '[[ "$(notice)" == "Link copied: #leader-failover@3s&lang=en" ]]'
xdotool mousemove 900 900
with_control 33
until_true "the picture of a panel is written" '[ -s kafkascope-panel-1.png ]'
with_control 27
until_true "the next seed runs" '[ "$(value seed)" = 43 ] && [ "$(value runs)" = 2 ]'
place 27
until_true "R goes back to the very moment" '[ "$(value seed)" = 42 ] && [ "$(value time_us)" = 3000000 ]'
xdotool key 42 1 1 Return   # at once: a slow picture loses no key
until_true "g goes to a time" '[ "$(value time_us)" = 11000000 ] && [ "$(value step)" = 6 ]'
xdotool key Home
until_true "Home goes to the beginning" '[ "$(value time_us)" = 0 ]'
xdotool key 42 1 1 Return
until_true "back at where it was" '[ "$(value time_us)" = 11000000 ] && [ "$(value step)" = 6 ]'
with_control 45             # Ctrl+K: an act that asks for values, and takes those that stand there
xdotool type --delay 30 "new producer"
xdotool key Return Return
until_true "a producer comes, by the palette and its form" 'grep -q "^state producer-1 " report'
kept="$HOME/.config/kafkascope/kept.json"
until_true "the act is kept" 'grep -q "producer-1" "$kept" 2>/dev/null'
with_control 52             # Ctrl+Z
until_true "and is taken back" '! grep -q "^state producer-1 " report && [ "$(value time_us)" = 11000000 ]'
close_window                # at once: within the second after which work is kept by itself

open "$lesson"
until_true "it offers to continue" '[ "$(value resume)" = 1 ]'
[ "$(value kept)" = 0 ] || fail "what was taken back is offered again"
xdotool key Return
until_true "it continues there" '[ "$(value time_us)" = 11000000 ] && [ "$(value resume)" = 0 ]'
close_window

# A lesson that was left in the middle goes on there from the list of lessons, also after it has been opened at its beginning and closed.
xdotool_list() { xdotool key l; sleep 0.5; xdotool type --delay 30 "$1"; sleep 0.3; xdotool key Return; }
open "$lesson"
until_true "it offers to continue again" '[ "$(value resume)" = 1 ]'
close_window
open
xdotool_list "leader-failover"
until_true "the list opens the lesson where it was left" '[ "$(value time_us)" = 11000000 ] && [ "$(value step)" = 6 ]'
close_window

# The language and the hints of the first launch.
rm -f "$HOME/.config/kafkascope/hints-seen"
open
until_true "the first launch shows hints" 'grep -q "^hints" report'
[ "$(value lang)" = en ] || fail "the system's language is English"
xdotool mousemove 1508 24; sleep 0.3; xdotool mousedown 1; sleep 0.15; xdotool mouseup 1   # 한국어
until_true "the language is chosen" '[ "$(value lang)" = ko ]'
kill -KILL $pid; wait $pid 2>/dev/null   # it is kept at once
open
until_true "the language is kept" '[ "$(value lang)" = ko ]'
grep -q "^hints" report && fail "the hints come back"
close_window
open --lang en
until_true "--lang is stronger" '[ "$(value lang)" = en ]'
close_window
rm -f "$HOME/.config/kafkascope/language"

open "$lesson@12.5s#broker-2"
until_true "a file and a moment open there" '[ "$(value time_us)" = 12500000 ]'
close_window
open "#leader-failover@3s&lang=en"
until_true "a copied link opens its moment" '[ "$(value time_us)" = 3000000 ]'
if command -v setxkbmap > /dev/null && setxkbmap ru 2>/dev/null; then
  close_window
  open "$lesson" --at 3s
  with_control 27
  until_true "Ctrl and the key at R's place, on another layout" '[ "$(value seed)" = 43 ]'
  place 27
  until_true "the key at R's place, on another layout" '[ "$(value seed)" = 42 ]'
  setxkbmap us
fi
rm -f second
KAFKASCOPE_REPORT="$folder/second" "$program" --audience >> out.txt 2>&1 & second=$!
here() { awk '$1=="time_us" {print $2}' second 2>/dev/null; }
until_true "the second window follows" '[ -n "$(here)" ] && [ "$(here)" = "$(value time_us)" ]'

# What is done in the first window is seen in the second one; the mouse in the second one moves nothing in either.
first_window=$(xdotool search --pid $pid | tail -1); second_window=$(xdotool search --pid $second | tail -1)
xdotool windowunmap "$second_window"; sleep 0.5   # without a window manager the keys go to the window below the pointer
xdotool mousemove 640 300 key Home
xdotool windowmap "$second_window"
until_true "the second window follows to the beginning" '[ "$(here)" = 0 ] && [ "$(value time_us)" = 0 ]'
xdotool windowraise "$second_window"; sleep 0.5
for at in "640 300" "400 650" "1240 680"; do xdotool mousemove $at; sleep 0.2; xdotool click 1; sleep 0.2; xdotool click 3; sleep 0.2; xdotool click 4; done
import -window "$second_window" audience.png 2>/dev/null
[ "$(here)" = 0 ] && [ "$(value time_us)" = 0 ] && ! grep -q "^detour" report || fail "the audience's window moves the run"
kill -INT $second; wait $second
close_window

# Work by hand is offered again with its file; nothing of it is lost when other work is done instead.
rm -f "$kept"
open "$lesson" --at 3s
with_control 45
xdotool type --delay 30 "crash broker-3"
xdotool key Return
until_true "broker-3 crashes, and the work is kept" 'grep -q "crash" "$kept" 2>/dev/null'
kill -KILL $pid; wait $pid 2>/dev/null
open "$lesson" --at 3s
until_true "the work of this file is offered" '[ "$(value kept)" = 1 ]'
with_control 45
xdotool type --delay 30 "crash broker-2"
xdotool key Return
until_true "other work takes its place, and the earlier one waits" 'grep -q "broker-3" "${kept%.json}-1.json" 2>/dev/null && grep -q "broker-2" "$kept"'
close_window
open "$(dirname "$lesson")/min-insync.json"
until_true "with another file nothing is offered" '[ "$(value kept)" = 0 ]'
close_window
open "${kept%.json}-1.json"
until_true "the earlier work opens" 'grep -q "^detour" report'
close_window
echo "saved, linked, drawn, another seed and back, continued, another layout, followed: all by keys and one click"
