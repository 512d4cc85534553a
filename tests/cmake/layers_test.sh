#!/bin/sh
# usage: layers_test.sh source
# The include rule holds for the program, too: no library includes it, and its command line includes no graphics.
set -eu
source=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/sim" "$tree/ui" "$tree/app/cli"
check() { cmake -DSOURCE="$tree" -DLAYERS=sim,ui,app -P "$source/cmake/check_layers.cmake" >/dev/null 2>&1; }
refuses() {
  printf '#include "%s"\n' "$2" > "$tree/$1"
  if check; then echo "$1 may include $2" >&2; exit 1; fi
  rm "$tree/$1"
}
printf '#include "ui/ui.h"\n#include "app/player.h"\n' > "$tree/app/player.cpp"
printf '#include "app/player.h"\n' > "$tree/app/cli/main.cpp"
check || { echo "the program may include every layer" >&2; exit 1; }
refuses ui/panel.cpp app/player.h
refuses sim/kernel.h app/player.h
refuses sim/kernel.h ui/ui.h
refuses app/cli/look.cpp ui/ui.h
