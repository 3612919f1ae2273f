#!/usr/bin/env bash
# Tries the Windows program under Wine, beside the one of this system: tools/windows.sh SPECTRAL-GPU.EXE SPECTRAL-GPU. It has to prove its kernels, to train,
# to resume and to predict, and what it writes has to be the other's byte for byte. Vulkan is tried where Wine shows a device, which takes an X
# display (xvfb-run serves). Everything lies in build/wine; where there is no Wine it says so and ends well.
set -euo pipefail
exe=$(realpath "$1") native=$(realpath "$2")
cd "$(dirname "$0")/.."
for tool in wine wineboot x86_64-w64-mingw32-gcc; do
  command -v $tool >/dev/null || { echo "skipped: the Windows program is not tried, there is no $tool (Debian: apt-get install wine wine64 mingw-w64)"; exit 0; }
done
if [ -z "${DISPLAY:-}" ] && [ -z "${SPECTRAL_XVFB:-}" ] && command -v xvfb-run >/dev/null; then
  SPECTRAL_XVFB=1 exec xvfb-run -a "$0" "$exe" "$native"
fi
export WINEPREFIX=$PWD/build/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
mkdir -p build
[ -d "$WINEPREFIX/drive_c/windows" ] || timeout 300 wineboot -i >/dev/null 2>&1
# Programs in Go ask this library for random bytes. Wine has it from version 9 on; before, it is made of what there is.
prng=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
if [ ! -e "$prng" ]; then
  printf '%s\n' '#include <windows.h>' 'BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);' \
    '__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }' |
    x86_64-w64-mingw32-gcc -shared -O2 -x c -o "$prng" - -ladvapi32
fi

work=$WINEPREFIX/drive_c/spectral
rm -rf "$work"
mkdir -p "$work"
cd "$work"
windows() { timeout "${LIMIT:-300}" wine "$exe" "$@"; }
both() { # the same command in both programs, their run folders beside each other
  windows "$@" --out 'C:\spectral\windows' >/dev/null 2>log || { cat log; return 1; }
  "$native" "$@" --out native >/dev/null 2>log || { cat log; return 1; }
}
windows version
windows devices | tee devices
echo "== the proofs on the processor"
windows verify --device cpu 2>/dev/null | tail -1
echo "== a run that is resumed, and predictions: the bytes of this system's program"
both train adding --length 20 --steps 60 --eval-every 30 --device cpu
both train adding --length 20 --steps 90 --eval-every 30 --device cpu --resume
cmp windows/metrics.csv native/metrics.csv
cmp windows/checkpoint.safetensors native/checkpoint.safetensors
for i in $(seq 20); do echo "0.$i,$((i == 3 || i == 9))"; done >rows.csv
windows predict 'C:\spectral\windows' --stream --device cpu <rows.csv 2>/dev/null | tr -d '\r' >windows.csv
"$native" predict native --stream --device cpu <rows.csv 2>/dev/null >native.csv
test -s native.csv
cmp windows.csv native.csv
if grep -q ' vulkan  ' devices; then
  echo "== the proofs by Vulkan"
  LIMIT=900 windows verify --device vulkan 2>/dev/null | tail -1
else
  echo "Vulkan was not tried: Wine shows no device of it"
fi
echo "the Windows program holds under $(wine --version 2>/dev/null)"
