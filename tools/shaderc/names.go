package main

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"
)

// initialisms are the words that Go names spell in capitals.
var initialisms = map[string]string{
	"bptt": "BPTT", "cwy": "CWY", "fma": "FMA", "gru": "GRU", "id": "ID", "irnn": "IRNN", "lr": "LR",
	"lstm": "LSTM", "mlp": "MLP", "mse": "MSE", "ornn": "ORNN", "qr": "QR", "relu": "ReLU",
	"rmsprop": "RMSprop", "rnn": "RNN", "sgd": "SGD", "svd": "SVD", "wy": "WY",
}

// goName turns a GLSL or file name into an exported Go name: rnn_forward →
// RNNForward, off_dw → OffDw, TILE_M → TileM, dW → DW.
func goName(name string) (string, error) {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		out.WriteString(goWord(word))
	}
	id := out.String()
	if !token.IsIdentifier(id) || !token.IsExported(id) {
		return "", fmt.Errorf("%q makes no exported Go name", name)
	}
	return id, nil
}

func goWord(word string) string {
	if word == "" {
		return ""
	}
	if known, ok := initialisms[strings.ToLower(word)]; ok {
		return known
	}
	if len(word) > 2 && word == strings.ToUpper(word) {
		word = strings.ToLower(word) // TILE, but not BM
	}
	r := []rune(word)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// reserved are the names that hand-written files of package shaders declare.
var reserved = []string{
	"Access", "Binding", "BindingInfo", "Dispatch", "Fold", "In", "InOut", "Kernel", "Kernels", "Lookup",
	"Out", "PushInfo", "Read", "ReadWrite", "Region", "SpecInfo", "Type", "Write",
}
