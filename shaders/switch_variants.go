package shaders

// The kernels without tiles: what the operands decide.
var (
	_ = declare(&accumulateKernel, DefaultAccumulateSpec())
	_ = declare(&activateKernel, combine([]ActivateSpec{DefaultActivateSpec()},
		either(func(s *ActivateSpec, on bool) { s.Flat = on }), either(func(s *ActivateSpec, on bool) { s.Wide = on }),
		oneOf(func(s *ActivateSpec, v uint32) { s.Activation = v }, 0, 1, 2, 3, 4, 5))...)
	_ = declare(&activateBackwardKernel, combine([]ActivateBackwardSpec{DefaultActivateBackwardSpec()},
		either(func(s *ActivateBackwardSpec, on bool) { s.Flat = on }), either(func(s *ActivateBackwardSpec, on bool) { s.Wide = on }),
		oneOf(func(s *ActivateBackwardSpec, v uint32) { s.Activation, s.HasDunit = v, v > 3 }, 0, 1, 2, 3, 4, 5))...)
	_ = declare(&adamKernel, combine([]AdamSpec{DefaultAdamSpec()}, either(func(s *AdamSpec, on bool) { s.Wide = on }))...)
	_ = declare(&copyKernel, combine([]CopySpec{DefaultCopySpec()}, either(func(s *CopySpec, on bool) { s.Flat = on }), either(func(s *CopySpec, on bool) { s.Wide = on }))...)
	_ = declare(&dropoutKernel, combine([]DropoutSpec{DefaultDropoutSpec()}, either(func(s *DropoutSpec, on bool) { s.Wide = on }), either(func(s *DropoutSpec, on bool) { s.HasX = on }))...)
	_ = declare(&fillKernel, combine([]FillSpec{DefaultFillSpec()}, either(func(s *FillSpec, on bool) { s.Flat = on }), either(func(s *FillSpec, on bool) { s.Wide = on }))...)
	_ = declare(&gatherKernel, combine([]GatherSpec{DefaultGatherSpec()}, either(func(s *GatherSpec, on bool) { s.Wide = on }))...)
	_ = declare(&hadamardKernel, combine([]HadamardSpec{DefaultHadamardSpec()}, either(func(s *HadamardSpec, on bool) { s.Wide = on }),
		either(func(s *HadamardSpec, on bool) { s.HasA = on }), either(func(s *HadamardSpec, on bool) { s.HasBeta = on }))...)
	_ = declare(&timeSumKernel, combine([]TimeSumSpec{DefaultTimeSumSpec()}, either(func(s *TimeSumSpec, on bool) { s.Wide = on }),
		either(func(s *TimeSumSpec, on bool) { s.HasBeta = on }))...)
	_ = declare(&gramKernel, combine([]GramSpec{DefaultGramSpec()}, either(func(s *GramSpec, on bool) { s.Wide = on }))...)
	_ = declare(&mapKernel, combine([]MapSpec{DefaultMapSpec()},
		either(func(s *MapSpec, on bool) { s.Flat = on }), either(func(s *MapSpec, on bool) { s.Wide = on }),
		oneOf(func(s *MapSpec, v uint32) { s.Function = v }, 0, 1, 2, 3, 4, 5))...)
	_ = declare(&maskReflectorsKernel, combine([]MaskReflectorsSpec{DefaultMaskReflectorsSpec()}, either(func(s *MaskReflectorsSpec, on bool) { s.Vec = on }))...)
	_ = declare(&minMaxKernel, combine([]MinMaxSpec{DefaultMinMaxSpec()}, either(func(s *MinMaxSpec, on bool) { s.Flat = on }), either(func(s *MinMaxSpec, on bool) { s.Wide = on }))...)
	_ = declare(&noiseKernel, DefaultNoiseSpec())
	_ = declare(&normKernel, combine([]NormSpec{DefaultNormSpec()}, either(func(s *NormSpec, on bool) { s.Flat = on }), either(func(s *NormSpec, on bool) { s.Wide = on }),
		either(func(s *NormSpec, on bool) { s.Alone = on }))...)
	_ = declare(&rmspropKernel, combine([]RMSpropSpec{DefaultRMSpropSpec()}, either(func(s *RMSpropSpec, on bool) { s.Wide = on }))...)
	_ = declare(&scaleKernel, combine([]ScaleSpec{DefaultScaleSpec()},
		either(func(s *ScaleSpec, on bool) { s.Flat = on }), either(func(s *ScaleSpec, on bool) { s.Wide = on }),
		either(func(s *ScaleSpec, on bool) { s.HasX = on }),
		either(func(s *ScaleSpec, on bool) { s.HasL, s.HasR = on, on }),
		either(func(s *ScaleSpec, on bool) { s.HasBeta = on }),
		either(func(s *ScaleSpec, on bool) { s.HasZ = on }))...)
	_ = declare(&scatterAddKernel, combine([]ScatterAddSpec{DefaultScatterAddSpec()}, either(func(s *ScatterAddSpec, on bool) { s.BYColumns = on }))...)
	_ = declare(&sgdKernel, combine([]SGDSpec{DefaultSGDSpec()}, either(func(s *SGDSpec, on bool) { s.Wide = on }))...)
	_ = declare(&sigmaKernel, combine([]SigmaSpec{DefaultSigmaSpec()}, either(func(s *SigmaSpec, on bool) { s.Positive = on }))...)
	_ = declare(&triInverseKernel, combine([]TriInverseSpec{DefaultTriInverseSpec()}, oneOf(func(s *TriInverseSpec, v uint32) { s.LocalSizeX = v }, 64, 32))...)
	_ = declare(&symTriuKernel, combine([]SymTriuSpec{DefaultSymTriuSpec()}, either(func(s *SymTriuSpec, on bool) { s.INPlace = on }))...)
)

// The kernels that spread a row or column over invocations: narrow, middling and wide ones.
var (
	_ = declare(&sigmaBackwardKernel, combine([]SigmaBackwardSpec{{LocalSizeX: 64, LocalSizeY: 1, HasDsigma: true}, {LocalSizeX: 16, LocalSizeY: 16, HasSums: true},
		{LocalSizeX: 32, LocalSizeY: 8, HasSums: true, HasDsigma: true, Wide: true}},
		either(func(s *SigmaBackwardSpec, on bool) { s.Positive = on }))...)
	_ = declare(&colDotKernel, combine([]ColDotSpec{{LocalSizeX: 1, LocalSizeY: 256}, {LocalSizeX: 16, LocalSizeY: 16}, {LocalSizeX: 32, LocalSizeY: 8}},
		either(func(s *ColDotSpec, on bool) { s.Wide = on }),
		either(func(s *ColDotSpec, on bool) { s.HasB = on }),
		either(func(s *ColDotSpec, on bool) { s.HasBeta = on }))...)
	_ = declare(&meanSquaredErrorKernel, combine([]MeanSquaredErrorSpec{DefaultMeanSquaredErrorSpec()},
		oneOf(func(s *MeanSquaredErrorSpec, v uint32) { s.Team = v }, 1, 16, 256),
		either(func(s *MeanSquaredErrorSpec, on bool) { s.Gradient = on }),
		either(func(s *MeanSquaredErrorSpec, on bool) { s.HasLabels = on }),
		either(func(s *MeanSquaredErrorSpec, on bool) { s.HasScale = on }))...)
	_ = declare(&softmaxCrossEntropyKernel, combine([]SoftmaxCrossEntropySpec{DefaultSoftmaxCrossEntropySpec()},
		oneOf(func(s *SoftmaxCrossEntropySpec, v uint32) { s.Team = v }, 1, 16, 256),
		either(func(s *SoftmaxCrossEntropySpec, on bool) { s.Gradient = on }),
		either(func(s *SoftmaxCrossEntropySpec, on bool) { s.HasScale = on }))...)
	_ = declare(&normalizeReflectorsKernel, combine([]NormalizeReflectorsSpec{{}},
		oneOf(func(s *NormalizeReflectorsSpec, v uint32) { s.LocalSizeX, s.Team = v, v }, 32, 256),
		either(func(s *NormalizeReflectorsSpec, on bool) { s.Wide = on }))...)
	_ = declare(&reflectFactorKernel, combine([]ReflectFactorSpec{{}},
		oneOf(func(s *ReflectFactorSpec, v uint32) { s.LocalSizeX, s.Team = v, v }, 32, 256),
		either(func(s *ReflectFactorSpec, on bool) { s.Wide = on }))...)
)

// The walks through reflectors: rows of 128, 512 and 4,096 elements and the longest, one row and as many as registers hold.
var (
	_ = declare(&reflectKernel, combine([]ReflectSpec{
		{LocalSizeX: 32, Elems: 4, Rows: 1, Segments: 8}, {LocalSizeX: 32, Elems: 4, Rows: 8, Segments: 4},
		{LocalSizeX: 128, Elems: 4, Rows: 8, Segments: 8}, {LocalSizeX: 256, Elems: 16, Rows: 2, Segments: 16},
		{LocalSizeX: 1024, Elems: 32, Rows: 1, Segments: 32},
	}, either(func(s *ReflectSpec, on bool) { s.Transpose = on }), either(func(s *ReflectSpec, on bool) { s.Wide = on }))...)
	_ = declare(&reflectBackwardKernel, combine([]ReflectBackwardSpec{
		{LocalSizeX: 32, Elems: 4, Rows: 1, Segments: 8}, {LocalSizeX: 32, Elems: 4, Rows: 4, Segments: 4},
		{LocalSizeX: 128, Elems: 4, Rows: 4, Segments: 8}, {LocalSizeX: 256, Elems: 16, Rows: 1, Segments: 16},
		{LocalSizeX: 1024, Elems: 16, Rows: 1, Segments: 32},
	}, either(func(s *ReflectBackwardSpec, on bool) { s.Transpose = on }), either(func(s *ReflectBackwardSpec, on bool) { s.Wide = on }))...)
)
