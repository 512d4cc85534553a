#!/bin/sh
# usage: tests/cmake/examples_test.sh SOURCE
# The patches of docs/examples apply to this tree, and each is as small as CONTRIBUTING.md promises.
set -eu
source=$1
most_files=4
most_lines=60
command -v git > /dev/null || exit 77
cd "$source"
# Within another repository git apply would pass over all files in silence.
GIT_CEILING_DIRECTORIES=$(cd .. && pwd)
export GIT_CEILING_DIRECTORIES
for patch in docs/examples/*.patch; do
  git apply --check "$patch" || { echo "$patch does not apply: make it anew"; exit 1; }
  files=$(grep -c '^diff --git' "$patch")
  lines=$(grep -c '^[+-]' "$patch")
  lines=$((lines - 2 * files)) # without the names of the files
  echo "$patch: $files files, $lines lines"
  [ "$files" -le "$most_files" ] && [ "$lines" -le "$most_lines" ] || { echo "more than $most_files files or $most_lines lines"; exit 1; }
done
