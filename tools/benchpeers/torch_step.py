"""The median seconds of one whole training step in plain PyTorch on the CPU, as a user would write it, for `make bench-peers`.

  python3 torch_step.py words CELL LAYERS   a language model: embedding 10,000 x 200, recurrences of 200 units, read-out of 10,000 words
                                            at every one of T=35 steps, B=20; the state is carried from step to step
     CELL  lstm | rnn                       torch.nn.LSTM, torch.nn.RNN (tanh)
           spectral                         W by compact WY once per step, then a loop of products
  python3 torch_step.py pixels CELL         one pixel at each of T=784 steps, recurrence of 128 units, 10 classes at the last step, B=128
     CELL  lstm | rnn
  python3 torch_step.py copy CELL           copying memory: one of 10 letters at each of T=2,020 steps, recurrence of 190 units, a letter at every step, B=128
     CELL  lstm | rnn | spectral
  python3 torch_step.py mlp LAYERS          784 inputs, LAYERS layers of 128 units with leaky ReLU, 10 classes, B=128
  python3 torch_step.py spectral-mlp LAYERS the same, every square W by compact WY, as one batch

Options: --runs N (15), --reflectors M a side (100 of 200 units, 95 of 190, 16 of 128, as spectral-gpu has them), --blas N: threads of OpenBLAS (2; with recurrent layers 1 can be faster, so measure both), --optimizer fused | foreach.
Adam, cross-entropy, two threads, denormal numbers flushed. Prints one JSON line.
"""
import argparse, json, os, time

args = argparse.ArgumentParser()
args.add_argument("model", choices=["words", "pixels", "copy", "mlp", "spectral-mlp"])
args.add_argument("rest", nargs="+")
args.add_argument("--runs", type=int, default=15)
args.add_argument("--reflectors", type=int)
args.add_argument("--blas", type=int, default=2)
args.add_argument("--optimizer", choices=["fused", "foreach"], default="fused")
args = args.parse_args()
os.environ["OPENBLAS_NUM_THREADS"] = str(args.blas)  # read when torch is loaded
os.environ.setdefault("OMP_NUM_THREADS", "2")

import torch
from torch import nn
from torch.nn.functional import cross_entropy, leaky_relu

torch.set_num_threads(2)
torch.set_flush_denormal(True)  # else vanishing numbers cost a processor up to a hundred times more
torch.manual_seed(1)


class Weights(nn.Module):
    """count matrices W = Q(U) diag(sigma) Q(V)^T of n x n, m reflectors a side, made together."""

    def __init__(self, count, n, m, radius):
        super().__init__()
        mask = torch.tril(torch.ones(n, m))
        self.u = nn.Parameter(torch.randn(count, n, m) * mask)
        self.v = nn.Parameter(torch.randn(count, n, m) * mask)
        self.s = nn.Parameter(torch.randn(count, n))
        self.radius = radius

    @staticmethod
    def orthogonal(u):
        g = u.mT @ u
        s = torch.triu(g, 1) + torch.diag_embed(g.diagonal(dim1=-2, dim2=-1) / 2)
        return torch.eye(u.shape[-2]) - u @ torch.linalg.solve_triangular(s, u.mT, upper=True)

    def forward(self):
        sigma = 1 + 2 * self.radius * (torch.sigmoid(self.s) - 0.5)
        return self.orthogonal(self.u) * sigma[:, None, :] @ self.orthogonal(self.v).mT


class SpectralRNN(nn.Module):
    def __init__(self, inputs, n, layers, m):
        super().__init__()
        self.w = Weights(layers, n, m, 0.45)
        self.maps = nn.ModuleList(nn.Linear(inputs if i == 0 else n, n) for i in range(layers))

    def forward(self, x, state=None):
        last = []
        for i, w in enumerate(self.w()):
            h = x.new_zeros(x.shape[1], w.shape[0]) if state is None else state[i]
            wt, hs = w.T, []
            for z in self.maps[i](x).unbind(0):  # indexing z[t] would make the backward pass quadratic in T
                h = torch.tanh(torch.addmm(z, h, wt))
                hs.append(h)
            last.append(h)
            x = torch.stack(hs)
        return x, torch.stack(last)


def recurrence(cell, inputs, n, layers):
    if cell == "spectral":
        return SpectralRNN(inputs, n, layers, args.reflectors or n // 2)
    return {"lstm": nn.LSTM, "rnn": nn.RNN}[cell](inputs, n, layers)


class Words(nn.Module):
    words, n, T, B = 10_000, 200, 35, 20

    def __init__(self, cell, layers):
        super().__init__()
        n = self.n
        self.embedding, self.readout = nn.Embedding(self.words, n), nn.Linear(n, self.words)
        self.cell = recurrence(cell, n, n, layers)
        self.x, self.y = torch.randint(self.words, (self.T, self.B)), torch.randint(self.words, (self.T * self.B,))
        self.state = None

    def loss(self):
        h, state = self.cell(self.embedding(self.x), self.state)
        self.state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        return cross_entropy(self.readout(h.view(-1, self.n)), self.y)


class Pixels(nn.Module):
    n, T, B = 128, 784, 128

    def __init__(self, cell):
        super().__init__()
        self.cell, self.readout = {"lstm": nn.LSTM, "rnn": nn.RNN}[cell](1, self.n), nn.Linear(self.n, 10)
        self.x, self.y = torch.randn(self.T, self.B, 1), torch.randint(10, (self.B,))

    def loss(self):
        return cross_entropy(self.readout(self.cell(self.x)[0][-1]), self.y)


class Copy(nn.Module):
    letters, n, T, B = 10, 190, 2020, 128

    def __init__(self, cell):
        super().__init__()
        self.cell, self.readout = recurrence(cell, self.letters, self.n, 1), nn.Linear(self.n, self.letters)
        self.x = nn.functional.one_hot(torch.randint(self.letters, (self.T, self.B)), self.letters).float()
        self.y = torch.randint(self.letters, (self.T * self.B,))

    def loss(self):
        return cross_entropy(self.readout(self.cell(self.x)[0].view(-1, self.n)), self.y)


class Dense(nn.Module):
    n, B = 128, 128

    def __init__(self, layers, spectral):
        super().__init__()
        n = self.n
        if spectral:
            self.first, self.w, self.b = nn.Linear(784, n), Weights(layers - 1, n, args.reflectors or 16, 0.1), nn.Parameter(torch.zeros(layers - 1, n))
        else:
            maps = [nn.Linear(784, n)] + [nn.Linear(n, n) for _ in range(layers - 1)]
            self.net = nn.Sequential(*[f for m in maps for f in (m, nn.LeakyReLU())])
        self.readout, self.spectral = nn.Linear(n, 10), spectral
        self.x, self.y = torch.randn(self.B, 784), torch.randint(10, (self.B,))

    def loss(self):
        if self.spectral:
            h = leaky_relu(self.first(self.x))
            for w, b in zip(self.w(), self.b):
                h = leaky_relu(torch.addmm(b, h, w.T))
        else:
            h = self.net(self.x)
        return cross_entropy(self.readout(h), self.y)


if args.model == "words":
    model = Words(args.rest[0], int(args.rest[1]))
elif args.model == "pixels":
    model = Pixels(args.rest[0])
elif args.model == "copy":
    model = Copy(args.rest[0])
else:
    model = Dense(int(args.rest[0]), args.model == "spectral-mlp")
adam = torch.optim.Adam(model.parameters(), lr=1e-3, **{args.optimizer: True})


def step():
    adam.zero_grad()
    model.loss().backward()
    adam.step()


for _ in range(3):
    step()
times = []
for _ in range(args.runs):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
times.sort()
print(json.dumps({"peer": "torch " + torch.__version__, "model": [args.model] + args.rest, "blas": args.blas,
                  "median_s": round(times[len(times) // 2], 5), "min_s": round(times[0], 5)}))
