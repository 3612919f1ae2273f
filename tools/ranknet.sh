#!/usr/bin/env bash
# Runs a command as MPI ranks, each in a network namespace of its own, joined by a network of a given bandwidth. As root, with Open MPI:
#   tools/ranknet.sh RANKS MBIT DELAY COMMAND…
#   tools/ranknet.sh 2 100 0 bin/spectral-gpu bench --suite distributed --distributed mpi --cell rnn --T 2 --B 2 --n 1024
# With DELAY 0 every rank has a port of a bridge, and tc (tbf) lets at most MBIT Mbit/s through it in each direction, Ethernet's headers included. With a delay,
# such as 1ms, tools/link is the network, and has every packet on its way for so long; tc lets MBIT Mbit/s into it from each rank, without headers of Ethernet.
# The namespaces (rank0, rank1, … and rankhub) are there for as long as the command runs.
set -euo pipefail
self=$(readlink -f "$0")

# inside HOST COMMAND…: as a machine of this name, on its network
inside() { exec ip netns exec "$1" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$@"; }

# mpirun calls this in the place of ssh, with an address
if [ "${1:-}" = agent ]; then
  shift
  address=$1; shift
  inside "rank$((${address##*.} - 1))" sh -c "$*"
fi

ranks=${1:?how many ranks} mbit=${2:?Mbit/s} delay=${3:?0, or a time such as 1ms}; shift 3
if ip netns list | grep -qE '^rank([0-9]+|hub)\b'; then echo "$0: there are namespaces rank… already: another is running, or was killed ('ip netns del' takes them away)" >&2; exit 1; fi
link=
cleanup() {
  if [ -n "$link" ]; then kill "$link" 2>/dev/null && wait "$link" 2>/dev/null || true; fi
  for i in $(seq 0 $((ranks - 1))) hub; do ip netns del "rank$i" 2>/dev/null || true; done
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# A bucket of a few packets, which is no part of what a message of megabytes takes, and a queue that loses nothing
shape="tbf rate ${mbit}mbit burst 10kb limit 64mb"

bridged() {
  ip netns add rankhub
  ip -n rankhub link add bridge type bridge
  ip -n rankhub link set bridge up
  for i in $(seq 0 $((ranks - 1))); do
    ip netns add "rank$i"
    ip -n "rank$i" link set lo up
    ip -n rankhub link add "port$i" type veth peer name net0 netns "rank$i"
    ip -n rankhub link set "port$i" master bridge up
    ip -n "rank$i" addr add "10.77.0.$((i + 1))/24" dev net0
    ip -n "rank$i" link set net0 up
    tc -n "rank$i" qdisc add dev net0 root $shape
    tc -n rankhub qdisc add dev "port$i" root $shape
  done
}

linked() {
  local program; program=$(mktemp)
  (cd "$(dirname "$self")/.." && go build -o "$program" ./tools/link)
  nice -n -15 "$program" -nodes "$ranks" -rate 100000 -delay "$delay" >"$program.out" &
  link=$!
  for _ in $(seq 100); do grep -q ready "$program.out" && break; sleep 0.1; done
  grep -q ready "$program.out" || { cat "$program.out" >&2; echo "$0: tools/link was not ready within 10 s" >&2; exit 1; }
  rm -f "$program" "$program.out"
  for i in $(seq 0 $((ranks - 1))); do tc -n "rank$i" qdisc add dev net0 root $shape; done
}

if [ "$delay" = 0 ]; then bridged; else linked; fi
hosts=
for i in $(seq 0 $((ranks - 1))); do
  ip netns exec "rank$i" sysctl -qw net.ipv4.tcp_congestion_control="${CONGESTION:-reno}"
  hosts+=,10.77.0.$((i + 1)):1
done
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
status=0
(inside rank0 mpirun --bind-to none --host "${hosts#,}" -n "$ranks" --mca plm rsh --mca plm_rsh_agent "$self agent" --mca oob_tcp_if_include net0 \
  --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include net0 "$@") || status=$?
exit $status
