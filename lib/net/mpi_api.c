#include "net/mpi_api.h"

#include <dlfcn.h>
#include <string.h>

/*
 * Open MPI from its version 3 on; what others are called, to name them: MPICH and
 * its kin, and MPI 5's standard interface.
 */
static const char *const libraries[] = { "libmpi.so.40", "libmpi.so.12",
	"libmpi_abi.so.0" };

static void *
open_library(const char **name)
{
	void *library = NULL;
	size_t i;

	/* its plugins look for its symbols among all */
	for (i = 0; !library && i < sizeof libraries / sizeof *libraries; i++) {
		*name = libraries[i];
		library = dlopen(*name, RTLD_NOW | RTLD_GLOBAL);
	}
	if (!library) {
		*name = libraries[0];
		/* so that dlerror speaks of the first */
		library = dlopen(*name, RTLD_NOW | RTLD_GLOBAL);
	}
	return library;
}

static int
fail_other(void *library, const char *name, struct jk_err *err)
{
	int (*version)(char *, int *);
	char text[8192] = "";	/* MPI_MAX_LIBRARY_VERSION_STRING of any */
	int n;

	*(void **)&version = dlsym(library, "MPI_Get_library_version");
	if (version)
		version(text, &n);
	text[strcspn(text, "\n")] = '\0';
	return jk_fail(err, JK_ESYS, "%s is not Open MPI, but %.200s: only "
	    "Open MPI is known", name, *text ? text : "?");
}

int
jk_mpi_load(struct jk_mpi_api *api, struct jk_err *err)
{
	const char *name;
	void *library = open_library(&name);
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{ "ompi_mpi_comm_world", &api->world },
		{ "ompi_mpi_byte", &api->byte },
		{ "ompi_mpi_errors_return", &api->errors_return },
#define SYMBOL(f, parameters) { "MPI_" #f, &api->f },
		JK_MPI_FUNCTIONS(SYMBOL)
#undef SYMBOL
	};
	void *address;
	size_t i;

	if (!library)
		return jk_fail(err, JK_ESYS, "Open MPI cannot be loaded "
		    "(%s): install openmpi-bin", dlerror());
	if (!dlsym(library, symbols[0].name))
		return fail_other(library, name, err);
	for (i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		address = dlsym(library, symbols[i].name);
		if (!address)
			return jk_fail(err, JK_ESYS, "%s has no %s", name,
			    symbols[i].name);
		/* objects and functions alike: POSIX has them of one size */
		memcpy(symbols[i].to, &address, sizeof address);
	}
	return 0;
}
