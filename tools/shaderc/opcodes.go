package main

// Opcodes, enumerants and limits of the SPIR-V specification that a compute
// kernel's interface is made of (sections 3.2 to 3.49 of version 1.6).
const (
	opName                  = 5
	opMemberName            = 6
	opEntryPoint            = 15
	opExecutionMode         = 16
	opTypeVoid              = 19
	opTypeBool              = 20
	opTypeInt               = 21
	opTypeFloat             = 22
	opTypeVector            = 23
	opTypeMatrix            = 24
	opTypeArray             = 28
	opTypeRuntimeArray      = 29
	opTypeStruct            = 30
	opTypePointer           = 32
	opTypeFunction          = 33
	opConstantTrue          = 41
	opConstantFalse         = 42
	opConstant              = 43
	opConstantComposite     = 44
	opSpecConstantTrue      = 48
	opSpecConstantFalse     = 49
	opSpecConstant          = 50
	opSpecConstantComposite = 51
	opSpecConstantOp        = 52
	opFunction              = 54
	opVariable              = 59
	opLoad                  = 61
	opStore                 = 62
	opAccessChain           = 65
	opInBoundsAccessChain   = 66
	opDecorate              = 71
	opMemberDecorate        = 72
	opAtomicLoad            = 227
	opAtomicStore           = 228
	opAtomicXor             = 242

	// Operations that OpSpecConstantOp may apply.
	opCompositeExtract = 81
	opUConvert         = 113
	opSConvert         = 114
	opBitcast          = 124
	opSNegate          = 126
	opIAdd             = 128
	opISub             = 130
	opIMul             = 132
	opUDiv             = 134
	opSDiv             = 135
	opUMod             = 137
	opSRem             = 138
	opSMod             = 139
	opLogicalEqual     = 164
	opLogicalNotEqual  = 165
	opLogicalOr        = 166
	opLogicalAnd       = 167
	opLogicalNot       = 168
	opSelect           = 169
	opIEqual           = 170
	opINotEqual        = 171
	opUGreaterThan     = 172
	opSGreaterThan     = 173
	opUGreaterEqual    = 174
	opSGreaterEqual    = 175
	opULessThan        = 176
	opSLessThan        = 177
	opULessEqual       = 178
	opSLessEqual       = 179
	opShiftRight       = 194
	opShiftRightArith  = 195
	opShiftLeft        = 196
	opBitwiseOr        = 197
	opBitwiseXor       = 198
	opBitwiseAnd       = 199
	opNot              = 200

	modeLocalSize  = 17
	modelGLCompute = 5

	classUniform       = 2
	classWorkgroup     = 4
	classPushConstant  = 9
	classStorageBuffer = 12
	classUniformConst  = 0

	decorSpecID        = 1
	decorBlock         = 2
	decorBufferBlock   = 3
	decorBuiltIn       = 11
	decorNonWritable   = 24
	decorNonReadable   = 25
	decorBinding       = 33
	decorDescriptorSet = 34
	decorOffset        = 35

	builtInWorkgroupSize = 25
)

// minOperands holds the least number of operand words of the instructions that
// module.declare and the reflection index into without further checks.
var minOperands = map[uint16]int{
	opName:                  2,
	opMemberName:            3,
	opEntryPoint:            3,
	opExecutionMode:         2,
	opTypeVoid:              1,
	opTypeBool:              1,
	opTypeInt:               3,
	opTypeFloat:             2,
	opTypeVector:            3,
	opTypeMatrix:            3,
	25:                      1, // OpTypeImage
	26:                      1, // OpTypeSampler
	27:                      1, // OpTypeSampledImage
	opTypeArray:             3,
	opTypeRuntimeArray:      2,
	opTypeStruct:            1,
	31:                      1, // OpTypeOpaque
	opTypePointer:           3,
	opTypeFunction:          2,
	opConstantTrue:          2,
	opConstantFalse:         2,
	opConstant:              3,
	opConstantComposite:     2,
	45:                      2, // OpConstantSampler
	46:                      2, // OpConstantNull
	47:                      2,
	opSpecConstantTrue:      2,
	opSpecConstantFalse:     2,
	opSpecConstant:          3,
	opSpecConstantComposite: 2,
	opSpecConstantOp:        3,
	opVariable:              3,
	opDecorate:              2,
	opMemberDecorate:        3,
}
