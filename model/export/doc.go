// Package export writes trained networks for other programs, and reads dense networks of theirs.
//
//   - [Read] turns a checkpoint into a [Network] of dense layers: W = U diag(σ) Vᵀ is multiplied out in float64, and its factors stay beside it.
//   - [Formats] lists the formats; [Format.Write] writes a network: safetensors and npz have its tensors under the names and in the layouts of
//     torch.nn.RNN, LSTM, GRU and Linear, onnx has the whole network as onnxruntime runs it, from data as they are to outputs.
//   - [ReadFile] reads the tensors of a safetensors file, and [Import] makes a checkpoint of a spectral network of them.
//
// # Names
//
// Layer l of a recurrence has rnn.weight_ih_l{l} (n × inputs), rnn.weight_hh_l{l} (n × n), rnn.bias_ih_l{l} (n) and rnn.bias_hh_l{l} (n zeros), and
// where it has them rnn.h0_l{l} (n), its first state, and rnn.act_l{l} (n), the parameters of modReLU or of the scaled tanh. An LSTM has the same with
// lstm in place of rnn and 4n rows, the gates in the order i, f, g, o; a GRU with gru and 3n rows, the gates in the order r, z, n, and of
// gru.bias_hh_l{l} the last n, inside of the reset gate, are not 0. Tokens have embedding.weight (vocabulary × width).
// Layer i of a dense network has layers.{i}.weight (outputs × inputs) and layers.{i}.bias, a residual block layers.{i}.1.weight and so on with
// layers.{i}.2.weight; the read-out has head.weight and head.bias. A factored weight has its factors beside it under its own name with .U (m × rows),
// .V (m × cols) and .sigma: W = H(U_0) … H(U_{m−1}) diag(σ) H(V_{m−1}) … H(V_0), H(u) = I − 2uuᵀ/uᵀu.
//
// In PyTorch, where the activation is tanh or relu:
//
//	t = safetensors.torch.load_file("model.safetensors")
//	part = lambda p: {k[len(p):]: v for k, v in t.items() if k.startswith(p)}
//	rnn = torch.nn.RNN(inputs, hidden, layers, nonlinearity="tanh", batch_first=True)
//	rnn.load_state_dict({k: v for k, v in part("rnn.").items() if k.count(".") == 0})
//	head = torch.nn.Linear(hidden, outputs)
//	head.load_state_dict(part("head."))
//	y = head(rnn(x)[0][:, -1])
//
// An LSTM is loaded the same way, with torch.nn.LSTM(inputs, hidden, layers, batch_first=True) and part("lstm."), a GRU with torch.nn.GRU and
// part("gru."); tokens pass through
// torch.nn.Embedding(vocabulary, width), of part("embedding."), before. torch.nn.RNN has no other activations; with them a layer is
//
//	h = torch.zeros(batch, hidden)
//	for step in range(length):
//		h = phi(x[:, step] @ t["rnn.weight_ih_l0"].T + h @ t["rnn.weight_hh_l0"].T + t["rnn.bias_ih_l0"])
//
// The tensors take what the network reads: data that are scaled as the encoding in the file's metadata says. The onnx file scales by itself.
package export
