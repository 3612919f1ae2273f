package main

import "testing"

func TestGoName(t *testing.T) {
	for in, want := range map[string]string{
		"fill": "Fill", "rnn_forward": "RNNForward", "off_dw": "OffDw", "dW": "DW", "TILE_M": "TileM", "BM": "BM",
		"softmax_cross_entropy": "SoftmaxCrossEntropy", "cwy_gram": "CWYGram", "ldA": "LdA", "H_out": "HOut",
		"local_size_x": "LocalSizeX", "K_SPLIT": "KSplit", "x4": "X4", "leaky_relu": "LeakyReLU",
	} {
		if got, err := goName(in); err != nil || got != want {
			t.Errorf("goName(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "_", "4a", "a-b", "a b"} {
		if got, err := goName(in); err == nil {
			t.Errorf("goName(%q) = %q, want an error", in, got)
		}
	}
}

func TestHeaderComment(t *testing.T) {
	for _, c := range []struct{ text, doc, first string }{
		{"// Y = X.\n//\n// More.\n#version 450\n", "Y = X.\n\nMore.", "Y = X."},
		{"#version 450\n\n//  Two spaces\n// end here. And on.\nvoid main() {}\n// no", " Two spaces\nend here. And on.", "Two spaces end here."},
		{"#version 450\nvoid main() {}\n// late\n", "", "."},
		{"", "", "."},
	} {
		doc := headerComment(c.text)
		if doc != trimDoc(c.doc) {
			t.Errorf("headerComment(%q) = %q, want %q", c.text, doc, c.doc)
		}
		if got := firstSentence(doc); got != c.first {
			t.Errorf("first sentence of %q = %q, want %q", doc, got, c.first)
		}
	}
}

func trimDoc(doc string) string {
	for len(doc) > 0 && doc[0] == ' ' {
		doc = doc[1:]
	}
	return doc
}

func TestNameClashes(t *testing.T) {
	kernelOf := func(name string, f iface) kernel {
		id, err := goName(name)
		if err != nil {
			t.Fatal(err)
		}
		return kernel{source: source{Path: name + ".comp", Name: name, Go: id, Doc: "."}, iface: f}
	}
	for _, c := range []struct {
		name    string
		kernels []kernel
	}{
		{"hand-written type", []kernel{kernelOf("region", iface{})}},
		{"another kernel's push type", []kernel{kernelOf("gemm", iface{}), kernelOf("gemm_push", iface{})}},
		{"binding Push", []kernel{kernelOf("k", iface{Bindings: []binding{{Name: "Push"}}})}},
		{"push fields of one Go name", []kernel{kernelOf("k", iface{Push: []pushField{{Name: "a_b"}, {Name: "aB"}}})}},
		{"bad constant", []kernel{kernelOf("k", iface{Spec: []specConst{{Name: "_"}}})}},
	} {
		if checkNames(c.kernels) == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}
