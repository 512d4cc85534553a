# The Debian/Ubuntu packages that each purpose needs; sourced by the other scripts. Does nothing by itself.
# (Other systems: install the same software under their own package names; CMake reports what is missing.)

packages_engine="g++ cmake ninja-build pkg-config ccache mold libcli11-dev libfmt-dev libxxhash-dev libre2-dev nlohmann-json3-dev"
packages_ui="libimgui-dev libglfw3-dev libegl-dev libopengl-dev python3-glad libgl1-mesa-dri libegl1 libgl1 libstb-dev fonts-nanum"
packages_test="doctest-dev librapidcheck-dev xvfb xauth xdotool git python3-jsonschema"
packages_all="clang libclang-rt-dev clang-format-14 clang-tidy-14"
packages_bench="libbenchmark-dev"
packages_web="$packages_engine emscripten nodejs perl python3 python3-six python3-fonttools unicode-data dpkg-dev fonts-nanum libstb-dev"
packages_web_pages="python3-pil"
packages_windows="$packages_engine g++-mingw-w64-x86-64-posix python3-glad perl python3 python3-six unicode-data dpkg-dev fonts-nanum libstb-dev zip"
packages_windows_check="wine wine64 xvfb xauth imagemagick"
packages_web_chromium="chromium chromium-driver xvfb libgl1-mesa-dri libegl1 libgl1 python3-websocket python3-pil python3-numpy"
packages_web_test="$packages_web_chromium firefox-esr"
packages_package="dpkg-dev file gzip xz-utils binutils desktop-file-utils shared-mime-info"
packages_package_check="debootstrap git"
packages_fuzz="clang libclang-rt-dev"

# ensure_packages WHY PACKAGE...: says what is missing, then installs it. Fails with the remedy when it can't.
ensure_packages() {
  why=$1; shift
  missing=""
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  echo "Kafkascope needs these packages $why (about 1 minute, up to 620 MB on disk with the compiler):"
  echo " $missing"
  as_root=""
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1; then as_root="sudo"; else
      echo "Not root, and no sudo. Install them yourself, then run this again:" >&2
      echo "  apt-get install --no-install-recommends$missing" >&2
      return 1
    fi
  fi
  # apt may have no package list yet on a fresh machine.
  $as_root apt-get update -qq || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "The packages could not be installed. Try: apt-get install --no-install-recommends$missing" >&2
    return 1
  }
}

# debian_sources PACKAGE...: Debian's source packages of these names in build/sources, fetched with a package list of that folder's own.
debian_sources() {
  sources=$(pwd)/build/sources
  wanted=""
  for package in "$@"; do
    [ -e "$sources/$package/complete" ] || wanted="$wanted $package"
  done
  [ -z "$wanted" ] && return 0
  rm -rf "$sources/apt"
  mkdir -p "$sources/apt/parts" "$sources/apt/lists/partial" "$sources/apt/cache/archives/partial"
  for list in /etc/apt/sources.list.d/*.sources; do
    [ -e "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" > "$sources/apt/parts/$(basename "$list")"
  done
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >> "$sources/apt/parts/debian.list"
  done
  apt="apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$sources/apt/parts
    -o Dir::State::Lists=$sources/apt/lists -o Dir::Cache=$sources/apt/cache -o APT::Sandbox::User="
  $apt update || true  # a repository without sources is not ours; what is missing is reported below
  for package in $wanted; do
    rm -rf "$sources/$package" "$sources/$package"-*
    (cd "$sources" && $apt source "$package" >/dev/null) || {
      echo "The sources of Debian's package $package could not be fetched (apt-get source $package)." >&2
      return 1
    }
    mv "$sources/$package"-*/ "$sources/$package"
    # Debian leaves out the files that are generated from the Unicode tables.
    [ "$package" != re2 ] || (cd "$sources/re2/re2" && perl make_perl_groups.pl > perl_groups.cc &&
      /usr/bin/python3 make_unicode_groups.py > unicode_groups.cc && /usr/bin/python3 make_unicode_casefold.py > unicode_casefold.cc)
    touch "$sources/$package/complete"
  done
}

# build_release TARGET...: brings these targets of the release build up to date.
build_release() {
  [ -f build/release/build.ninja ] || cmake --preset release -DKAFKASCOPE_TESTS=OFF >/dev/null
  cmake --build --preset release --target "$@" ${KAFKASCOPE_JOBS:+"-j$KAFKASCOPE_JOBS"}
}

# native_program: sets native, the program to compare with: $KAFKASCOPE_NATIVE, else the release build, brought up to
# date.
native_program() {
  native=${KAFKASCOPE_NATIVE:-build/release/kafkascope}
  [ -n "${KAFKASCOPE_NATIVE:-}" ] && return
  # shellcheck disable=SC2086
  ensure_packages "to build the program to compare with" $packages_engine $packages_ui
  build_release kafkascope
}
