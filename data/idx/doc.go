// Package idx reads and writes the idx format of the MNIST files (LeCun, Cortes and Burges): a
// big-endian header (two zero bytes, element type, number of dimensions, then each dimension as a 32-bit
// number), then the elements in row-major order. It holds unsigned bytes, plain or gzip-compressed, told
// apart by content and not by name.
//
// The reader trusts nothing: a file that is truncated, mislabelled, longer than its header says, or that
// claims more than MaxBytes is refused with an *Error that names the file, the byte and the remedy. Memory
// grows with the bytes that really arrive, so a false header cannot make it allocate.
//
//   - Read and ReadFile return any Array of bytes.
//   - ReadLabelled returns images with their labels, checked against each other.
//   - Write and WriteFile produce the format.
package idx
