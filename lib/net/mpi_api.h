#ifndef JK_NET_MPI_API_H
#define JK_NET_MPI_API_H

#include <stddef.h>

#include "base/err.h"

/*
 * What is used of MPI (MPI: A Message-Passing Interface Standard, version 3.1),
 * by Open MPI's binary interface, which has been the same since its version 1.3
 * for this: handles are pointers, and those that are there from the start are
 * the addresses of objects that the library exports.  No header of it is needed.
 * libmpi is loaded when it is first asked for; nothing links to it.
 */
struct jk_mpi_status {
	int source, tag, error;
	int of_open_mpi;
	size_t also_of_it;
};

typedef void *jk_mpi_handle;	/* a communicator, a type, a request, … */

enum { JK_MPI_THREAD_SERIALIZED = 2, JK_MPI_ANY_SOURCE = -1 };

#define JK_MPI_FUNCTIONS(F) \
	F(Init_thread, (int *argc, char ***argv, int wanted, int *had)) \
	F(Comm_rank, (jk_mpi_handle comm, int *rank)) \
	F(Comm_size, (jk_mpi_handle comm, int *size)) \
	F(Comm_set_errhandler, (jk_mpi_handle comm, jk_mpi_handle handler)) \
	F(Isend, (const void *data, int n, jk_mpi_handle type, int to, \
	    int tag, jk_mpi_handle comm, jk_mpi_handle *request)) \
	F(Irecv, (void *data, int n, jk_mpi_handle type, int from, int tag, \
	    jk_mpi_handle comm, jk_mpi_handle *request)) \
	F(Recv, (void *data, int n, jk_mpi_handle type, int from, int tag, \
	    jk_mpi_handle comm, struct jk_mpi_status *status)) \
	F(Iprobe, (int from, int tag, jk_mpi_handle comm, int *is_there, \
	    struct jk_mpi_status *status)) \
	F(Test, (jk_mpi_handle *request, int *done, \
	    struct jk_mpi_status *status)) \
	F(Error_string, (int code, char *text, int *length)) \
	F(Get_library_version, (char *text, int *length)) \
	F(Abort, (jk_mpi_handle comm, int status)) \
	F(Finalize, (void))

enum { JK_MPI_MAX_TEXT = 512 };	/* of an error or a version */

struct jk_mpi_api {
	jk_mpi_handle world, byte, errors_return;
#define JK_MPI_MEMBER(name, parameters) int (*name) parameters;
	JK_MPI_FUNCTIONS(JK_MPI_MEMBER)
#undef JK_MPI_MEMBER
};

/*
 * Load it; it stays loaded.  Errors: JK_ESYS where there is none, or another
 * than Open MPI, which is named.
 */
int jk_mpi_load(struct jk_mpi_api *api, struct jk_err *err) JK_WARN_UNUSED;

#endif
