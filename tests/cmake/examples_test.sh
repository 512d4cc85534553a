#!/bin/sh
# usage: tests/cmake/examples_test.sh SOURCE
# The patches of docs/examples apply to this tree, and each is as small as CONTRIBUTING.md promises: its words stand in the two catalogues,
# everything else in a few files.
set -eu
source=$1
most_files=4
most_lines=60
most_words=8 # lines of each catalogue
command -v git > /dev/null || exit 77
cd "$source"
# Within another repository git apply would pass over all files in silence.
GIT_CEILING_DIRECTORIES=$(cd .. && pwd)
export GIT_CEILING_DIRECTORIES
for patch in docs/examples/*.patch; do
  git apply --check "$patch" || { echo "$patch does not apply: make it anew"; exit 1; }
  files=$(grep '^diff --git' "$patch" | grep -vc ' b/assets/words/')
  lines=$(awk '/^diff --git/ { words = / b\/assets\/words\// } /^[+-]/ && !/^(\+\+\+|---) / && !words { n++ } END { print n + 0 }' "$patch")
  words=$(awk '/^diff --git/ { words = / b\/assets\/words\// } /^[+-]/ && !/^(\+\+\+|---) / && words { n++ } END { print n + 0 }' "$patch")
  echo "$patch: $files files, $lines lines, $words lines of words"
  [ "$files" -le "$most_files" ] && [ "$lines" -le "$most_lines" ] && [ "$words" -le $((2 * most_words)) ] || {
    echo "more than $most_files files, $most_lines lines or $most_words lines of words in each catalogue"
    exit 1
  }
done
