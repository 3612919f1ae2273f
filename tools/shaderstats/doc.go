// Command shaderstats compiles every kernel in every variant that an executor
// may pick (shaders.Kernel.Variants) with the compiler that AMD's cards use on
// Linux, ACO in Mesa's RADV driver, and writes what the compiler says about
// registers, spills, occupancy and the hot loop. No card is needed: RADV compiles
// for a family of cards that an environment variable names.
//
//	go run ./tools/shaderstats                  write docs/shader-stats.md
//	go run ./tools/shaderstats -check           write nothing; fail on spills, scratch memory or a stale table
//	go run ./tools/shaderstats gemm adam        print the lines of two kernels
//	go run ./tools/shaderstats -hot gemm        print the assembly of their hot blocks
//	go run ./tools/shaderstats -asm gemm        print their whole assembly
//
// It needs the Debian packages libvulkan1 and mesa-vulkan-drivers, or their like.
//
// The parts: family.go starts this program again, once for each family of cards,
// because the driver reads its environment only once; worker.go is that second
// program, which compiles by radv.go and radv.c; assembly.go, classify.go and
// hot.go find the hot block in the disassembly; row.go, remarks.go and table.go
// write lines; check.go judges them.
package main
