# Sourced by examples/*.sh, tests/run.sh and .ci/run: finds which
# Debian or Ubuntu packages are missing and installs them. With nothing missing
# it needs neither root nor a network. Expects the project's root as the
# current directory; its log is build/setup.log.
# shellcheck shell=bash

die() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

# run_or_die MESSAGE COMMAND...
run_or_die() {
  local message=$1
  shift
  "$@" || die "$message"
}

num_cores() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN; }

# What a group of tasks needs. `command:package` is a tool, which may come from
# anywhere as long as the command is there; a bare word is a package.
packages_of() {
  case $1 in
    build) echo "c++:g++ cmake:cmake ninja:ninja-build libhwy-dev" \
      "libxxhash-dev nlohmann-json3-dev libtomlplusplus-dev zlib1g-dev" \
      "libfmt-dev libeigen3-dev libzstd-dev libbz2-dev liblzma-dev" \
      "libjs-chart.js" ;;
    tests) echo "libgtest-dev libgmock-dev libbenchmark-dev" ;;
    clang) echo "clang++:clang libclang-rt-dev llvm-symbolizer:llvm" ;;
    aarch64) echo "aarch64-linux-gnu-g++:g++-aarch64-linux-gnu" \
      "qemu-aarch64:qemu-user" ;;
    text) echo "wordnet-base" ;;
    older_cpus) echo "qemu-x86_64:qemu-user" ;;
    onednn) echo "libdnnl-dev ocl-icd-opencl-dev" ;;
    lint) echo "git:git clang-format:clang-format clang-tidy:clang-tidy" ;;
    *) die "cmake/setup.sh knows no group '$1'" ;;
  esac
}

is_installed() {
  dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
    grep -qx installed
}

# missing_packages GROUP...: prints each once, all on one line. Where there is no
# dpkg, only the tools are looked for: CMake looks for the libraries itself.
missing_packages() {
  local group words=() word missing=()
  for group in "$@"; do
    # shellcheck disable=SC2207  # words are what is wanted
    words+=($(packages_of "$group"))
  done
  for word in $(printf '%s\n' "${words[@]}" | sort -u); do
    if [[ $word == *:* ]]; then
      command -v "${word%%:*}" >/dev/null || missing+=("${word#*:}")
    elif command -v dpkg-query >/dev/null; then
      is_installed "$word" || missing+=("$word")
    fi
  done
  echo "${missing[*]-}"
}

# cannot_install REASON PACKAGE...: says what a person has to do, and stops.
cannot_install() {
  local reason=$1
  shift
  cat >&2 <<EOF
Not installed, by their Debian names: $*
On Debian and Ubuntu, as root:
  apt-get install --no-install-recommends $*
On other systems install a C++20 compiler, CMake, Ninja and zlib.
CMake downloads pinned versions of the other libraries where it finds none;
--no-install makes this script go on without looking for packages.
EOF
  die "packages are missing and cannot be installed: $reason"
}

check_cmake() {
  local needed=3.24 version
  version=$(cmake --version | sed -n '1s/.*version *//p')
  if [[ $(printf '%s\n' "$needed" "$version" | sort -V | head -n 1) != \
    "$needed" ]]; then
    die "CMake $needed or newer is needed and this is $version; 'pip install cmake' or 'snap install --classic cmake' gives a newer one"
  fi
}

# install_packages GROUP...
install_packages() {
  local missing log=build/setup.log as_root=()
  read -ra missing <<<"$(missing_packages "$@")"
  if ((${#missing[@]} == 0)); then
    check_cmake
    return
  fi
  command -v apt-get >/dev/null ||
    cannot_install "this system has no apt-get" "${missing[@]}"
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null ||
      cannot_install "not root, and no sudo" "${missing[@]}"
    # Without a terminal nobody could type a password.
    if ! sudo -n true 2>/dev/null && ! { [[ -t 0 ]] && sudo -v; }; then
      cannot_install "not root, and sudo refused" "${missing[@]}"
    fi
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a)
  echo "Installing ${missing[*]}"
  mkdir -p build
  # A list that cannot be fetched matters only if the install then fails.
  if ! {
    "${as_root[@]}" apt-get update || true
    "${as_root[@]}" apt-get install --yes --no-install-recommends \
      -o DPkg::Lock::Timeout=300 "${missing[@]}"
  } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "apt-get could not install the packages; the end of $log is above"
  fi
  check_cmake
}
