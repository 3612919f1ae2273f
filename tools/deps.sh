#!/usr/bin/env bash
# Installs what `make run` and `make test` need from Debian (as root), or says what to install.
#   tools/deps.sh run     a C compiler and the Vulkan loader; only says what to install: without them the CPU executor runs
#   tools/deps.sh window  a C compiler and what a window of X11 is made with; all required
#   tools/deps.sh window-test      besides, an X server without a screen, and what presses keys on it
#   tools/deps.sh shells  zsh and fish, in which completion is tried
#   tools/deps.sh mpi   a C compiler, and an MPI library with its compiler and mpirun; all required
#   tools/deps.sh test    the loader, a software Vulkan driver, the validation layer, the shader compiler and translator; all required
#   tools/deps.sh --have WHAT      installs nothing, and fails where something is missing
set -euo pipefail
only_ask=
if [ "${1:-}" = --have ]; then only_ask=1; shift; fi
what=${1:?run, test, window, window-test, shells or mpi}

missing=()
need() { # need PACKAGE TEST...
  local package=$1; shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
file() { compgen -G "$1" >/dev/null; }
loader() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep libvulkan.so.1 >/dev/null; } # not grep -q: it would break the pipe
icd() { [ -n "${VK_ICD_FILENAMES:-}${VK_DRIVER_FILES:-}" ] || file '/usr/share/vulkan/icd.d/*.json' || file '/etc/vulkan/icd.d/*.json'; }

command -v go >/dev/null || { echo "install Go 1.26 or newer first: https://go.dev/dl" >&2; exit 1; }
case $what in
run)
  for name in gcc cc "${CC:-gcc}"; do command -v "${name%% *}" >/dev/null && have_cc=1; done
  [ -n "${have_cc:-}" ] || missing+=(gcc)
  need libvulkan1 loader
  if [ ${#missing[@]} -gt 0 ]; then
    [ -n "${have_cc:-}" ] && what="no Vulkan loader" || what="no C compiler, so Vulkan is left out of this build"
    echo "note: $what: training runs on the processor. For a GPU, install its Vulkan driver and these Debian packages (or your system's like of them), and run it again:" >&2
    echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  fi
  exit 0
  ;;
test)
  need gcc command -v gcc
  need libvulkan1 loader
  need mesa-vulkan-drivers icd
  need vulkan-validationlayers file '/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json'
  need glslc command -v glslc
  need spirv-tools command -v spirv-val
  need spirv-cross command -v spirv-cross
  ;;
window | window-test)
  need gcc command -v gcc
  need libvulkan1 loader
  if [ "$(uname)" = Linux ]; then
    need libx11-dev file /usr/include/X11/Xlib.h
    need libxcursor-dev file /usr/include/X11/Xcursor/Xcursor.h
    need libxrandr-dev file /usr/include/X11/extensions/Xrandr.h
    need libxinerama-dev file /usr/include/X11/extensions/Xinerama.h
    need libxi-dev file /usr/include/X11/extensions/XInput2.h
    need libxxf86vm-dev file /usr/include/X11/extensions/xf86vmode.h
    need libgl-dev eval 'file "/usr/lib/*/libGL.so" || file "/usr/lib*/libGL.so"'
  fi
  if [ "$what" = window-test ]; then
    need mesa-vulkan-drivers icd
    need vulkan-validationlayers file '/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json'
    need xvfb command -v Xvfb
    need xdotool command -v xdotool
  fi
  ;;
shells)
  need zsh command -v zsh
  need fish command -v fish
  ;;
mpi)
  need gcc command -v gcc
  command -v "${MPICC:-mpicc}" >/dev/null || missing+=(libopenmpi-dev)
  command -v mpirun >/dev/null || missing+=(openmpi-bin)
  ;;
*) echo "deps.sh: run, test, window, window-test, shells or mpi, not $what" >&2; exit 2 ;;
esac
[ ${#missing[@]} -gt 0 ] || exit 0
if [ -n "$only_ask" ]; then
  echo "not installed: ${missing[*]}" >&2
  exit 1
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2
else
  echo "make $what needs these Debian packages (or your system's like of them):" >&2
  echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
