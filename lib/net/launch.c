#include "net/launch.h"

#include <stddef.h>
#include <stdlib.h>

uint32_t
jk_launched(const char **by)
{
	/* a job's batch script has SLURM_NTASKS, too, and is one process */
	static const char *const variables[] = { "OMPI_COMM_WORLD_SIZE",
		"PMI_SIZE", "SLURM_STEP_NUM_TASKS" };
	const char *value;
	size_t i;
	long n;

	for (i = 0; i < sizeof variables / sizeof *variables; i++) {
		value = getenv(variables[i]);
		n = value ? strtol(value, NULL, 10) : 0;
		if (n < 1 || n > INT32_MAX)
			continue;
		if (by)
			*by = variables[i];
		return (uint32_t)n;
	}
	return 1;
}
