#!/usr/bin/env bash
# Builds an archive for each target into dist/, with checksums: the program, its manual page, README, CHANGELOG and licence.
#   tools/dist.sh --targets         only lists the targets
#   tools/dist.sh [GOOS/GOARCH…]    VERSION=v1.2.3 names the version; else git does
# Vulkan needs cgo: it is in the archive of a target whose C compiler is here and links it (CC_windows_amd64=… names another); an archive
# without it has "-cpu" in its name, and its program says so with 'version'.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo devel)}
targets=("$@")
[ $# -gt 0 ] && [ "$1" != --targets ] || targets=(linux/amd64 linux/arm64 windows/amd64 darwin/arm64)
if [ "${1:-}" = --targets ]; then printf '%s\n' "${targets[@]}"; exit 0; fi
flags=(-trimpath -ldflags "-s -w -X github.com/spectral-gpu/spectral-gpu/model.version=$version")
host=$("$go" env GOHOSTOS)/$("$go" env GOHOSTARCH)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf dist
mkdir dist
"$go" run "${flags[@]}" ./cmd/spectral-gpu man >"$work/spectral-gpu.1"

compiler() { # prints the C compiler of a target, if it is here
  local chosen=CC_${1/\//_}
  local cc=${!chosen:-}
  case $1 in
  "$host") cc=${cc:-$("$go" env CC)} ;;
  linux/arm64) cc=${cc:-aarch64-linux-gnu-gcc} ;;
  linux/amd64) cc=${cc:-x86_64-linux-gnu-gcc} ;;
  windows/amd64) cc=${cc:-x86_64-w64-mingw32-gcc} ;;
  esac
  if [ -n "$cc" ] && command -v "${cc%% *}" >/dev/null; then echo "$cc"; fi
}

for target in "${targets[@]}"; do
  os=${target%/*} arch=${target#*/}
  exe=spectral-gpu
  [ "$os" != windows ] || exe=spectral-gpu.exe
  cc=$(compiler "$target")
  kind=
  if [ -z "$cc" ]; then
    kind=-cpu why="no C compiler for it is here"
  elif ! CGO_ENABLED=1 CC=$cc GOOS=$os GOARCH=$arch "$go" build "${flags[@]}" -o "$work/$exe" ./cmd/spectral-gpu 2>"$work/log"; then
    kind=-cpu why="$cc does not build it: $(tail -1 "$work/log")"
  fi
  if [ -n "$kind" ]; then
    CGO_ENABLED=0 GOOS=$os GOARCH=$arch "$go" build "${flags[@]}" -o "$work/$exe" ./cmd/spectral-gpu
  fi
  name=spectral-gpu-$version-$os-$arch$kind
  mkdir "$work/$name"
  mv "$work/$exe" "$work/$name/"
  cp LICENSE README.md CHANGELOG.md "$work/spectral-gpu.1" "$work/$name/"
  if [ "$os" = windows ] && command -v zip >/dev/null; then
    (cd "$work" && zip -qr "$name.zip" "$name") && mv "$work/$name.zip" dist/
  else
    tar -C "$work" --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
  fi
  if [ -n "$kind" ]; then echo "$name: CPU executor only: $why"; else echo "$name: with Vulkan, by $cc"; fi
done
(cd dist && sha256sum spectral-gpu-* >SHA256SUMS)
echo "dist/SHA256SUMS has their checksums"
