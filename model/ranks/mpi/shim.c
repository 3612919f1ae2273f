//go:build mpi

#include "shim.h"

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Transfers and words have communicators of their own, so that neither meets the other.
static MPI_Comm transfers, words, machine;

static MPI_Request *requests; // of transfers; MPI_REQUEST_NULL where one is done
static MPI_Status *statuses;
static int *indices, *lengths; // negative lengths are of sends
static int posted, room;

static MPI_Request *saying; // to each peer
static char *said, heard[SPECTRAL_MPI_WORD];
static MPI_Request hearing;

static int listen_again(void) {
    return MPI_Irecv(heard, SPECTRAL_MPI_WORD, MPI_BYTE, MPI_ANY_SOURCE, 0, words, &hearing);
}

int spectral_mpi_open(int *rank, int *size, int *local_rank, int *local_size) {
    // Open MPI would catch signals that the Go runtime has to have.
    setenv("OMPI_MCA_opal_signal", "", 0);
    // Over TCP it would move long messages by its PUT protocol, where sums of both directions now and then take turns: send and receive alone.
    setenv("OMPI_MCA_btl_tcp_flags", "1", 0);
    int given, err = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &given);
    if (err) return err;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (given < MPI_THREAD_SERIALIZED) return MPI_ERR_OTHER;
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
    if ((err = MPI_Comm_dup(MPI_COMM_WORLD, &transfers)) || (err = MPI_Comm_dup(MPI_COMM_WORLD, &words)) ||
        (err = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, *rank, MPI_INFO_NULL, &machine)))
        return err;
    MPI_Comm_set_errhandler(transfers, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(words, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(machine, MPI_ERRORS_RETURN);
    MPI_Comm_rank(machine, local_rank);
    MPI_Comm_size(machine, local_size);
    room = 2 * *size;
    requests = malloc(room * sizeof *requests);
    statuses = malloc(room * sizeof *statuses);
    indices = malloc(room * sizeof *indices);
    lengths = malloc(room * sizeof *lengths);
    saying = malloc(*size * sizeof *saying);
    said = malloc((size_t)*size * SPECTRAL_MPI_WORD);
    if (!requests || !statuses || !indices || !lengths || !saying || !said) return MPI_ERR_NO_MEM;
    for (int i = 0; i < *size; i++) saying[i] = MPI_REQUEST_NULL;
    return listen_again();
}

int spectral_mpi_all(int local, const void *own, int length, void *all) {
    return MPI_Allgather(own, length, MPI_BYTE, all, length, MPI_BYTE, local ? machine : MPI_COMM_WORLD);
}

int spectral_mpi_post(int send, int peer, void *memory, int length) {
    if (posted == room) return MPI_ERR_OTHER;
    int at = posted++;
    lengths[at] = send ? -1 - length : length;
    if (send) return MPI_Isend(memory, length, MPI_BYTE, peer, 0, transfers, &requests[at]);
    return MPI_Irecv(memory, length, MPI_BYTE, peer, 0, transfers, &requests[at]);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * t.tv_sec + 1e-3 * t.tv_nsec;
}

int spectral_mpi_test(double microseconds, unsigned char *done, int *wrong) {
    double start = now();
    *wrong = -1;
    for (;;) {
        int count, err = MPI_Testsome(posted, requests, &count, indices, statuses);
        if (err && err != MPI_ERR_IN_STATUS) return err;
        if (count == MPI_UNDEFINED) return 0; // all are done
        for (int i = 0; i < count; i++) {
            int at = indices[i], got;
            done[at] = 1;
            if (err && statuses[i].MPI_ERROR && statuses[i].MPI_ERROR != MPI_ERR_PENDING) {
                *wrong = at;
                return statuses[i].MPI_ERROR;
            }
            MPI_Get_count(&statuses[i], MPI_BYTE, &got);
            if (lengths[at] >= 0 && got != lengths[at]) {
                *wrong = at;
                return MPI_ERR_TRUNCATE;
            }
        }
        if (now() - start >= microseconds) return 0;
        if (!count) sched_yield();
    }
}

void spectral_mpi_clear(void) { posted = 0; }

int spectral_mpi_say(int peer, const void *word, int length, int *busy) {
    int done = 1, err = 0;
    *busy = 0;
    if (saying[peer] != MPI_REQUEST_NULL && (err = MPI_Test(&saying[peer], &done, MPI_STATUS_IGNORE))) return err;
    if (!done) {
        *busy = 1;
        return 0;
    }
    char *copy = said + (size_t)peer * SPECTRAL_MPI_WORD;
    memcpy(copy, word, length);
    return MPI_Isend(copy, length, MPI_BYTE, peer, 0, words, &saying[peer]);
}

int spectral_mpi_hear(int *peer, void *word) {
    MPI_Status s;
    int done, length, err = MPI_Test(&hearing, &done, &s);
    *peer = -1;
    if (err || !done) return err;
    MPI_Get_count(&s, MPI_BYTE, &length);
    *peer = s.MPI_SOURCE;
    memset(word, 0, SPECTRAL_MPI_WORD);
    memcpy(word, heard, length);
    return listen_again();
}

int spectral_mpi_close(void) {
    MPI_Cancel(&hearing);
    MPI_Wait(&hearing, MPI_STATUS_IGNORE);
    return MPI_Finalize();
}

void spectral_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

void spectral_mpi_error(int code, char *text) {
    int length = 0;
    if (MPI_Error_string(code, text, &length)) length = 0;
    text[length] = 0;
}

void spectral_mpi_pause(int microseconds) {
    struct timespec t = {microseconds / 1000000, microseconds % 1000000 * 1000L};
    nanosleep(&t, NULL);
}
