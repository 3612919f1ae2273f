#!/usr/bin/env bash
# Installs the program from a tag in both ways that the README names, without a network beyond Go's own modules: `go install MODULE@TAG` from a
# module proxy of files, and `go install ./cmd/spectral-gpu` in a checkout of the tag; `version` has to say the tag. The tag is made in a copy.
#   tools/install.sh [TAG]
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-v0.999.0}
module=github.com/spectral-gpu/spectral-gpu
work=$(mktemp -d)
modules=$(go env GOMODCACHE)
trap 'rm -rf "$work" "$modules/$module@$tag" "$modules/cache/download/$module/@v/$tag".*' EXIT
export GODEBUG=goindex=0 # go remembers which files a version has, and this version is another one each time
export CGO_ENABLED=0 GOFLAGS="-buildvcs=auto -modcacherw"
fail() { echo "install: $*" >&2; exit 1; }
says() { # says WHERE PROGRAM
  local found
  found=$("$2" version); found=${found%%$'\n'*}
  [[ $found == "spectral-gpu $tag "* ]] || fail "$1: 'version' says '$found', want $tag"
  echo "$1: $found"
}

git clone -q . "$work/checkout"
git -C "$work/checkout" tag "$tag"
(cd "$work/checkout" && GOBIN=$work/a go install ./cmd/spectral-gpu)
says "in a checkout" "$work/a/spectral-gpu"

proxy=$work/proxy/$module/@v
mkdir -p "$proxy"
echo "$tag" >"$proxy/list"
printf '{"Version":"%s"}\n' "$tag" >"$proxy/$tag.info"
cp go.mod "$proxy/$tag.mod"
git archive --format=zip --prefix="$module@$tag/" -o "$proxy/$tag.zip" HEAD
cd "$work" # outside of any module
GOBIN=$work/b GOSUMDB=off GOPROXY="file://$work/proxy,file://$modules/cache/download,$(go env GOPROXY)" go install "$module/cmd/spectral-gpu@$tag" 2>"$work/log" ||
  fail "go install $module/cmd/spectral-gpu@$tag: $(tail -n 5 "$work/log")"
says "from a proxy" "$work/b/spectral-gpu"
