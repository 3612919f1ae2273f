#!/usr/bin/env bash
# Prints the linker's flags for OpenBLAS where it is installed and cgo works, nothing otherwise.
set -uo pipefail
go=${GO:-go}
[ "$("$go" env CGO_ENABLED)" = 1 ] || exit 0
flags=$(pkg-config --libs openblas 2>/dev/null) || flags=-lopenblas
# shellcheck disable=SC2086
echo 'void cblas_dgemm(void); int main(void) { cblas_dgemm(); return 0; }' |
  $("$go" env CC) -x c -o /dev/null - $flags >/dev/null 2>&1 && echo $flags
exit 0
