#!/usr/bin/env bash
# The path of somebody who has a CSV file, from end to end: train, report, predict new rows, export, and load what was exported in PyTorch and
# ONNX Runtime, whose outputs have to be those of `predict` within 1e-5.
#   tools/user-path.sh [SPECTRAL_GPU [DIR]]   the program (built where it is not given), and a folder to work in (a temporary one)
# The last part needs a Python with torch, safetensors, onnxruntime and numpy: SPECTRAL_PYTHON names it ("python3" where it is not set); without
# these modules the part is left out and said to be, unless SPECTRAL_PYTHON is set, which then has to have them.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-}
dir=${2:-}
made=()
trap '[ ${#made[@]} = 0 ] || rm -rf "${made[@]}"' EXIT
if [ -z "$dir" ]; then dir=$(mktemp -d); made+=("$dir"); fi
if [ -z "$program" ]; then
  build=$(mktemp -d)
  made+=("$build")
  go build -o "$build/spectral-gpu" ./cmd/spectral-gpu
  program=$build/spectral-gpu
fi
fail() { echo "user-path: $*" >&2; exit 1; }

# Waves of two shapes with noise: 24 values and the class. New rows come from another part of the same stream of numbers; their classes are kept apart.
waves() { # waves FIRST COUNT
  awk -v first="$1" -v count="$2" 'BEGIN {
    s = 12345 + 77 * first
    for (i = 0; i < count; i++) {
      square = i % 2; line = ""
      s = (s * 16807) % 2147483647; phase = 6.2831853 * s / 2147483647
      for (t = 0; t < 24; t++) {
        s = (s * 16807) % 2147483647
        v = sin(phase + t / 2); if (square) v = v > 0 ? 1 : -1
        line = line sprintf("%.4f,", 20 + 3 * v + (s / 2147483647 - 0.5))
      }
      print line (square ? "square" : "sine")
    }
  }'
}
header=$(seq -f 'v%g' -s, 1 24)
{ echo "$header,shape"; waves 1 400; } >"$dir/waves.csv"
waves 1001 50 >"$dir/labelled.csv"
{ echo "$header"; sed 's/,[a-z]*$//' "$dir/labelled.csv"; } >"$dir/new.csv"

echo "train"
"$program" train "csv:$dir/waves.csv" --hidden 32 --activation tanh --epochs 15 --lr 5e-3 --seed 2 --device cpu --out "$dir/waves" --overwrite --gradients --tensorboard 2>"$dir/train.log" ||
  fail "train: $(cat "$dir/train.log")"

echo "report"
"$program" report "$dir/waves" --device cpu >/dev/null
page=$dir/waves/report.html
for part in Curves Spectrum "Gradients through time" "Confusion matrix" Settings Environment; do
  grep -q "$part" "$page" || fail "the report has no $part"
done
! grep -q '<script\|src=\|href=' "$page" || fail "the report needs something beside itself"

echo "predict"
"$program" predict "$dir/waves" --input "$dir/new.csv" --device cpu >"$dir/predicted.csv"
"$program" predict "$dir/waves" --input "$dir/new.csv" --device cpu --json >"$dir/predicted.jsonl"
right=$(paste -d, <(tail -n +2 "$dir/predicted.csv" | cut -d, -f2) <(sed 's/.*,//' "$dir/labelled.csv") | awk -F, '$1 == $2' | wc -l)
[ "$(wc -l <"$dir/predicted.jsonl")" = 50 ] || fail "50 rows were to be predicted"
[ "$right" -ge 45 ] || fail "$right of 50 new rows are right; want 45"
echo "  $right of 50 new rows right"

echo "export"
for ending in onnx safetensors npz; do "$program" export "$dir/waves" --out "$dir/waves.$ending" 2>/dev/null; done

read -ra python <<<"${SPECTRAL_PYTHON:-python3}"
if ! "${python[@]}" -c 'import torch, onnxruntime, numpy, safetensors.torch' 2>/dev/null; then
  [ -z "${SPECTRAL_PYTHON:-}" ] || fail "$SPECTRAL_PYTHON has not torch, onnxruntime, numpy and safetensors"
  echo "PyTorch and ONNX Runtime: left out, no Python here has them (name one in SPECTRAL_PYTHON)"
  exit 0
fi
echo "PyTorch and ONNX Runtime"
"${python[@]}" - "$dir" 2>"$dir/python.log" <<'PYTHON' || fail "$(tail -n 20 "$dir/python.log")"
import csv, json, sys
import numpy, onnxruntime, torch
from safetensors import safe_open
from safetensors.torch import load_file

folder = sys.argv[1]
rows = list(csv.reader(open(folder + "/new.csv")))[1:]
data = numpy.array(rows, dtype=numpy.float32)
want = [json.loads(line)["probabilities"] for line in open(folder + "/predicted.jsonl")]

path = folder + "/waves.safetensors"
about = json.loads(safe_open(path, "pt").metadata()["spectral-gpu.network"])
classes = about["encoding"]["classes"]
want = torch.tensor([[w[c] for c in classes] for w in want], dtype=torch.float64)

tensors = load_file(path)
part = lambda p: {k[len(p):]: v for k, v in tensors.items() if k.startswith(p)}
hidden, inputs = tensors["rnn.weight_ih_l0"].shape
rnn = torch.nn.RNN(inputs, hidden, about["config"]["layers"], nonlinearity="tanh", batch_first=True)
rnn.load_state_dict({k: v for k, v in part("rnn.").items() if "." not in k})
head = torch.nn.Linear(hidden, len(classes))
head.load_state_dict(part("head."))
scale = about["encoding"]["inputs"][0]
x = torch.tensor((data.astype(numpy.float64) - scale["mean"]) / scale["deviation"], dtype=torch.float32).reshape(len(data), -1, inputs)
with torch.no_grad():
    found = {"PyTorch": head(rnn(x)[0][:, -1])}

session = onnxruntime.InferenceSession(folder + "/waves.onnx", providers=["CPUExecutionProvider"])
one = session.get_inputs()[0]
shape = [len(data)] + [d if isinstance(d, int) else -1 for d in one.shape[1:]]
found["ONNX Runtime"] = torch.tensor(session.run(None, {one.name: data.reshape(shape)})[0])

for name, logits in found.items():
    error = (torch.softmax(logits.double(), 1) - want).abs().max().item()
    print(f"  {name}: the largest difference of a probability is {error:.1e}")
    if not error <= 1e-5:
        sys.exit(f"user-path: {name} differs by {error}, want at most 1e-5")

archive = numpy.load(folder + "/waves.npz")
if not all(numpy.array_equal(archive[k], v.numpy()) for k, v in tensors.items()):
    sys.exit("user-path: the tensors of waves.npz are not those of waves.safetensors")
PYTHON
