#!/usr/bin/env bash
# Prints what compiling or linking with MPI takes, as the MPI compiler knows it:  tools/mpi.sh compile|link [MPICC]
set -euo pipefail
what=${1:?compile or link} mpicc=${2:-mpicc}
if flags=$("$mpicc" "--showme:$what" 2>/dev/null); then # Open MPI
  echo "$flags"
elif flags=$("$mpicc" "-${what}_info" 2>/dev/null) || flags=$("$mpicc" -show 2>/dev/null); then # MPICH: the whole command
  for word in $flags; do
    case $what/$word in compile/-[ID]* | link/-[Ll]* | link/-Wl,*) printf '%s ' "$word" ;; esac
  done
  echo
else
  echo "$mpicc is no MPI compiler" >&2
  exit 1
fi
