#!/bin/sh
# ccache and mold, where they are installed: does this build use them, and does a second checkout get what the first one has compiled?
# usage: build_tools_test.sh SOURCE BUILD C++-COMPILER SCRATCH
set -eu
source=$1 build=$2 compiler=$3 scratch=$4
failed=0
fail() { echo "FAIL: $*" >&2; failed=1; }

ccache=$(command -v ccache || true) mold=$(command -v mold || true)
[ "$(uname -s)" = Linux ] || mold=
grep -q '^CMAKE_CXX_COMPILER_LAUNCHER:[A-Z]*=.' "$build/CMakeCache.txt" && ccache=  # somebody wants another
if [ -z "$ccache$mold" ]; then
  echo "neither ccache nor mold is installed: not tested"
  exit 77
fi

# This build.
rules=$build/CMakeFiles/rules.ninja
if [ -f "$rules" ]; then
  compiles=$(grep -c -e ' -c \$in' "$rules" || true)
  [ "$compiles" -gt 0 ] || fail "$rules has no command that compiles"
  if [ "$ccache" ]; then
    cached=$(grep -e ' -c \$in' "$rules" | grep -F "CCACHE_BASEDIR=$source " | grep -c "/ccache " || true)
    [ "$cached" -eq "$compiles" ] || fail "$((compiles - cached)) of $compiles ways to compile go without ccache and its base directory"
    grep -q -F -e "-fmacro-prefix-map=$source/=" "$build/build.ninja" || fail "paths of this checkout get into what is compiled"
  fi
  if [ "$mold" ]; then
    links=$(grep -c '^build .*: CXX_EXECUTABLE_LINKER' "$build/build.ninja" || true)
    by_mold=$(grep -c 'LINK_FLAGS = .*-fuse-ld=mold' "$build/build.ninja" || true)
    { [ "$links" -gt 0 ] && [ "$by_mold" -ge "$links" ]; } || fail "$by_mold of $links programs are linked by mold"
  fi
fi

# Two checkouts of a small project with the same settings.
rm -rf "$scratch"
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd)
export CCACHE_DIR="$scratch/cache"
unset CCACHE_DISABLE CCACHE_RECACHE CCACHE_BASEDIR CCACHE_READONLY 2>/dev/null || true
hits() { ccache --print-stats | awk '$1 ~ /^(direct|preprocessed)_cache_hit$/ { n += $2 } END { print n + 0 }'; }
for checkout in one two; do
  mkdir -p "$scratch/$checkout/cmake"
  cp "$source/cmake/compiler_cache.cmake" "$scratch/$checkout/cmake"
  printf '%s\n' 'cmake_minimum_required(VERSION 3.20)' 'project(small CXX)' 'include(cmake/compiler_cache.cmake)' \
    'add_executable(small small.cpp)' 'target_include_directories(small PRIVATE ${PROJECT_SOURCE_DIR})' > "$scratch/$checkout/CMakeLists.txt"
  echo '#define WHERE __FILE__' > "$scratch/$checkout/small.h"
  printf '%s\n' '#include "small.h"' '#include <cstdio>' 'int main() { return std::puts(WHERE) < 0; }' > "$scratch/$checkout/small.cpp"
  cmake -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -S "$scratch/$checkout" -B "$scratch/$checkout/build" > "$scratch/log" 2>&1 &&
    cmake --build "$scratch/$checkout/build" >> "$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
  if [ "$ccache" ] && [ "$checkout" = one ]; then before=$(hits); fi
done
if [ "$ccache" ] && [ "$(hits)" -le "$before" ]; then fail "the second checkout compiled anew what the first one had compiled"; fi
if [ "$mold" ] && ! grep -a -q 'mold [0-9]' "$scratch/one/build/small"; then fail "mold is installed, and another linker has linked"; fi
rm -rf "$scratch"
exit $failed
