#!/usr/bin/env bash
# The benchmarks and the tests on a bare x86-64 Linux machine with an NVIDIA driver, without a network.
#
#   bench/gpu/run.sh pack        on a machine with Deno and a network: fills bench/gpu/kit/
#   bench/gpu/run.sh [FOLDER]    on the bare machine, the kit beside this script: what they print goes to
#                                FOLDER, bench/gpu/out by default
#
# The kit is Deno (compressed), its cache of the packages that benchmarks, tests and jax-js need, and the
# Vulkan loader, which servers' drivers come without. In the environment:
#   PEERS      who to compare with; "jax" by default, "none", or "jax,tf" if the kit was packed so
#   ADAPTER    "any" accepts an adapter in software too, to try this script
#   TESTS      "no" leaves the tests out
#   BENCH_ARGS more arguments for the benchmark, such as "--quick"
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
kit=$here/kit
peers=${PEERS:-jax}
PATH=$PATH:/usr/sbin:/sbin # ldconfig

say() { printf '%s\n' "$*" >&2; }
fail() { say "run.sh: $*"; exit 1; }

pack() {
  local deno loader
  deno=$(readlink -f "$(command -v deno)") || fail "there is no deno to pack"
  loader=$(ldconfig -p | awk '/libvulkan\.so\.1 .*x86-64/ { print $NF; exit }' || true)
  [ -n "$loader" ] || fail "there is no Vulkan loader to pack (Debian and Ubuntu: apt-get install libvulkan1)"
  rm -rf "$kit" && mkdir -p "$kit/cache"
  say "packing $deno"
  gzip -9 -c "$deno" > "$kit/deno.gz"
  cp -L "$loader" "$kit/libvulkan.so.1"
  local files=(bench/measure.ts bench/gpu/probe.ts)
  case ,$peers, in *,jax,*) files+=(bench/peers/jax_js.ts) ;; esac
  case ,$peers, in *,tf,*) files+=(bench/peers/tensorflow_js.ts) ;; esac
  (cd "$root" && DENO_DIR=$kit/cache deno cache --no-lock "${files[@]}")
  if [ "${TESTS:-yes}" != no ]; then
    mapfile -t files < <(cd "$root" && find core nn props serialize bench -name '*_test.ts' -not -path '*/kit/*')
    (cd "$root" && DENO_DIR=$kit/cache deno cache --no-lock "${files[@]}")
  fi
  # What is compiled from here would be compiled anew over there.
  rm -rf "$kit"/cache/{gen,*_cache_v*,*.db*}
  tar -C "$kit" -czf "$kit/cache.tgz" cache && rm -rf "$kit/cache"
  du -sh "$kit" >&2
}

# A file whose ICD names the driver's library, for each driver that can be found: the system's own
# descriptions first, then descriptions made here. libGLX_nvidia needs X11's libraries, libEGL_nvidia none.
candidates() {
  local file name library
  for file in /etc/vulkan/icd.d /usr/share/vulkan/icd.d /usr/local/share/vulkan/icd.d \
    /usr/local/nvidia/share/vulkan/icd.d; do
    for file in "$file"/*nvidia*.json; do [ -e "$file" ] && printf '%s\n' "$file"; done
  done
  for name in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
    library=$(ldconfig -p 2>/dev/null | awk -v name="$name" '$1 == name && /x86-64/ { print $NF; exit }' || true)
    [ -n "$library" ] || library=$(find /usr/lib /usr/lib64 /usr/local /opt -name "$name" -print -quit 2>/dev/null || true)
    [ -n "$library" ] || continue
    file=$work/${name%%.*}.json
    printf '{"file_format_version":"1.0.0","ICD":{"library_path":"%s","api_version":"1.3.0"}}\n' \
      "$library" > "$file"
    printf '%s\n' "$file"
  done
  [ "${ADAPTER:-}" != any ] || printf 'the system\n'
}

# Sets the environment so that Deno finds an adapter, and says which.
find_adapter() {
  local candidate found
  while read -r candidate; do
    unset VK_DRIVER_FILES VK_ICD_FILENAMES
    if [ "$candidate" != "the system" ]; then
      export VK_DRIVER_FILES=$candidate VK_ICD_FILENAMES=$candidate # older loaders know the second name
    fi
    if found=$(deno_run bench/gpu/probe.ts "${ADAPTER:-gpu}" 2>"$work/probe.err"); then
      say "$candidate: $found"
      return
    fi
    say "$candidate: no (${found:-$(tail -n 1 "$work/probe.err")})"
  done < <(candidates)
  fail "no adapter. Drivers of the system: $(ls /proc/driver/nvidia/version 2>/dev/null || echo none);" \
    "a container needs NVIDIA_DRIVER_CAPABILITIES=graphics,compute,utility (or all)"
}

deno_run() { (cd "$root" && "$work/deno" run -A --no-check --cached-only --no-lock "$@"); }

main() {
  local out=${1:-$here/out}
  [ "$(uname -sm)" = "Linux x86_64" ] || fail "this kit is for x86-64 Linux, not $(uname -sm)"
  [ -f "$kit/deno.gz" ] || fail "there is no $kit/deno.gz: run \"bench/gpu/run.sh pack\" where there is a network"
  mkdir -p "$out" && out=$(cd "$out" && pwd)
  work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
  gzip -dc "$kit/deno.gz" > "$work/deno" && chmod +x "$work/deno"
  tar -C "$work" -xzf "$kit/cache.tgz"
  export DENO_DIR=$work/cache DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
  export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work}
  if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1 .*x86-64'; then
    mkdir "$work/lib" && cp "$kit/libvulkan.so.1" "$work/lib/"
    export LD_LIBRARY_PATH=$work/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  fi
  {
    date -u +%Y-%m-%d
    uname -r
    "$work/deno" --version | head -n 1
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || true
  } | tee "$out/machine.txt"
  find_adapter
  local failed=0
  # shellcheck disable=SC2086
  deno_run bench/main.ts --device webgpu --peers "$peers" --json "$out/bench.json" ${BENCH_ARGS:-} \
    > >(tee "$out/bench.txt") || failed=1
  if [ "${TESTS:-yes}" != no ]; then
    (cd "$root" && "$work/deno" test -A --no-check --cached-only --no-lock --parallel core nn props serialize bench/*_test.ts) \
      > "$out/tests.txt" 2>&1 || failed=1
    tail -n 3 "$out/tests.txt"
  fi
  exit "$failed"
}

if [ "${1:-}" = pack ]; then pack; else main "$@"; fi
