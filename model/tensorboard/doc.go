// Package tensorboard writes event files that TensorBoard reads: scalars, histograms and hyper-parameters.
//
// A [Writer] writes one file. A file is a sequence of records: the length of the data as 8 bytes, the masked CRC-32C of these, the data, and its
// masked CRC-32C, all little-endian. The data is an Event, a protocol buffer (tensorflow/core/util/event.proto). The first one says which version
// of the format it is. A run that goes on begins a new file, whose second event tells from which step on what earlier files say is void.
package tensorboard
