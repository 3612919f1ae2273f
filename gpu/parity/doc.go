// Package parity proves that an executor computes what the operations say: one list of cases over every operation of package gpu,
// each compared with the float64 oracle (package gpu/oracle) within a derived tolerance. The go tests of this package run the list on
// every executor; `spectral-gpu verify` runs it on the user's machine.
//
// A reader meets the parts in this order:
//
//   - [Cases] is the list; case_*.go hold it, a family of operations a file.
//   - [Run] runs the cases on a device and reports a [Result] for each and a [Summary] for each operation.
//   - [Compare] runs the cases on two devices and compares their results with each other.
//   - [Tolerances] is the table of what is allowed and why: |got − want| ≤ C·k·2⁻²⁴·scale.
//
// # How a case is judged
//
// All operands of a case lie in one buffer, apart from each other, with guard words around each and in the gaps of padded rows.
// Guard words and outputs hold NaN beforehand, each word another one, so that reading what is not an operand's shows in the result.
// After the run every word that is not an output must have kept its bits, and every output must be within its tolerance; an
// output that was never written is an error even where NaN is expected. Inputs come from gpu/philox and depend on nothing but the case's name.
//
// # Ownership
//
// Run and Compare close what they open on the device; the device stays the caller's.
package parity
