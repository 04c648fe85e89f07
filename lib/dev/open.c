#include "dev/open.h"

#include <string.h>

#include "dev/host.h"
#include "dev/vulkan.h"

int
jk_dev_open(const char *name, int threads, struct jk_dev **dev,
    struct jk_err *err)
{
	bool is_auto = strcmp(name, "auto") == 0;
	struct jk_err none;

	if (!is_auto && strcmp(name, "cpu") != 0 &&
	    strcmp(name, "vulkan") != 0 &&
	    strncmp(name, "vulkan:", 7) != 0)
		return jk_fail(err, JK_EUSAGE, "unknown device '%s' "
		    "(auto, cpu, vulkan or vulkan:N)", name);
	if (!is_auto && strcmp(name, "cpu") != 0) {
		if (jk_vulkan_open(name, false, dev, err) < 0)
			return -1;
		(*dev)->n_threads = jk_cpu_threads_wanted(threads);
		return 0;
	}
	if (is_auto) {
		if (jk_vulkan_open("vulkan", true, dev, &none) == 0) {
			(*dev)->n_threads = jk_cpu_threads_wanted(threads);
			return 0;
		}
		if (none.status != JK_EDEVICE) {
			*err = none;
			return -1;
		}
	}
	if (jk_host_open(threads, dev, err) < 0)
		return -1;
	if (is_auto)
		jk_buf_printf(&(*dev)->description, " (%s)", none.msg);
	return 0;
}

int
jk_dev_list(struct jk_buf *out, struct jk_err *err)
{
	struct jk_dev *dev;

	if (jk_host_open(0, &dev, err) < 0)
		return -1;
	jk_buf_adds(out, jk_buf_str(&dev->description));
	jk_buf_addc(out, '\n');
	jk_dev_close(dev);
	return jk_vulkan_list(out, err);
}

void
jk_dev_version(struct jk_buf *out)
{
	struct jk_err err;

	if (jk_dev_list(out, &err) < 0)
		jk_buf_printf(out, "%s\n", err.msg);
}
