// What package mpi needs of MPI. Every function returns an MPI error code, 0 for none, unless it says otherwise. They are not to be called
// at the same time.
#ifndef SPECTRAL_MPI_H
#define SPECTRAL_MPI_H

// spectral_mpi_open begins, and tells the number of this rank, how many there are, and both among the ranks of its machine.
int spectral_mpi_open(int *rank, int *size, int *local_rank, int *local_size);

// spectral_mpi_all gathers length bytes of every rank, or of every rank of the machine, on all of them.
int spectral_mpi_all(int local, const void *own, int length, void *all);

// spectral_mpi_post begins the transfer of length bytes to or from a peer. Its number is that of the call since spectral_mpi_clear.
int spectral_mpi_post(int send, int peer, void *memory, int length);

// spectral_mpi_test tests all transfers until they are done, at most for so many microseconds, and writes 1 for each that is done to done. wrong is set to
// the number of a transfer that brought another length than was asked for, or failed; else to -1.
int spectral_mpi_test(double microseconds, unsigned char *done, int *wrong);

// spectral_mpi_clear forgets all transfers.
void spectral_mpi_clear(void);

// spectral_mpi_say sends a short word to a peer, unless the one before is under way still: then *busy is set.
int spectral_mpi_say(int peer, const void *word, int length, int *busy);

// spectral_mpi_hear takes a word that has come from any peer: *peer is -1 where none has.
int spectral_mpi_hear(int *peer, void *word);

// spectral_mpi_close ends in order.
int spectral_mpi_close(void);

// spectral_mpi_abort ends all ranks.
void spectral_mpi_abort(int code);

// spectral_mpi_error writes what an error code means; text has at least 512 bytes.
void spectral_mpi_error(int code, char *text);

// spectral_mpi_pause sleeps.
void spectral_mpi_pause(int microseconds);

// Bytes of a word at most.
#define SPECTRAL_MPI_WORD 4096

#endif
