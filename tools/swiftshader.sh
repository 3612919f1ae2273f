#!/usr/bin/env bash
# Puts SwiftShader, a second software Vulkan driver, into a folder and prints the path of its manifest: taken out of Debian's package
# chromium-common, which stays uninstalled. Prints nothing and says why on standard error where it cannot be had.
set -euo pipefail
dir=${1:?folder}
icd=$dir/vk_swiftshader_icd.json
if [ ! -f "$icd" ]; then
  temp=$(mktemp -d)
  trap 'rm -rf "$temp"' EXIT
  if ! (cd "$temp" && apt-get download chromium-common >/dev/null 2>&1 || { apt-get update -qq && apt-get download chromium-common; } >/dev/null 2>&1); then
    echo "without SwiftShader: Debian's package chromium-common cannot be downloaded" >&2
    exit 0
  fi
  if ! dpkg-deb --fsys-tarfile "$temp"/chromium-common*.deb | tar -x -C "$temp" ./usr/lib/chromium/libvk_swiftshader.so ./usr/lib/chromium/vk_swiftshader_icd.json 2>/dev/null; then
    echo "without SwiftShader: it is not in Debian's package chromium-common" >&2
    exit 0
  fi
  mkdir -p "$dir"
  cp "$temp"/usr/lib/chromium/{libvk_swiftshader.so,vk_swiftshader_icd.json} "$dir"
fi
echo "$(cd "$dir" && pwd)/vk_swiftshader_icd.json"
