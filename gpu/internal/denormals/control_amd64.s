#include "textflag.h"

// func floatControl() uint64
TEXT ·floatControl(SB), NOSPLIT, $8-8
	STMXCSR 0(SP)
	MOVL    0(SP), AX
	MOVQ    AX, ret+0(FP)
	RET

// func setFloatControl(word uint64)
TEXT ·setFloatControl(SB), NOSPLIT, $8-8
	MOVQ    word+0(FP), AX
	MOVL    AX, 0(SP)
	LDMXCSR 0(SP)
	RET
