#include "dev/open.h"

#include <string.h>

#include "dev/host.h"
#include "dev/vulkan.h"

/* Why there is no Vulkan device; in files, too, and there in English. */
static void
add_reason(struct jk_dev *dev, const struct jk_err *why)
{
	const enum jk_lang lang = jk_lang();
	struct jk_err english = *why;
	struct jk_dev *other;

	jk_buf_printf(&dev->told, " (%s)", why->msg);
	if (lang != JK_LANG_EN) {
		jk_lang_set(JK_LANG_EN);
		if (jk_vulkan_open("vulkan", true, 0, &other, &english) == 0)
			jk_dev_close(other);
		jk_lang_set(lang);
	}
	jk_buf_printf(&dev->description, " (%s)", english.msg);
}

int
jk_dev_open(const char *name, int threads, struct jk_dev **dev,
    struct jk_err *err)
{
	return jk_dev_open_nth(name, 0, threads, dev, err);
}

int
jk_dev_open_nth(const char *name, uint32_t nth, int threads,
    struct jk_dev **dev, struct jk_err *err)
{
	bool is_auto = strcmp(name, "auto") == 0;
	struct jk_err none;

	if (!is_auto && strcmp(name, "cpu") != 0 &&
	    strcmp(name, "vulkan") != 0 &&
	    strncmp(name, "vulkan:", 7) != 0)
		return jk_fail(err, JK_EUSAGE, "unknown device '%s' "
		    "(auto, cpu, vulkan or vulkan:N)", name);
	if (!is_auto && strcmp(name, "cpu") != 0) {
		if (jk_vulkan_open(name, false, nth, dev, err) < 0)
			return -1;
		(*dev)->n_threads = jk_cpu_threads_wanted(threads);
		return 0;
	}
	if (is_auto) {
		if (jk_vulkan_open("vulkan", true, nth, dev, &none) == 0) {
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
		add_reason(*dev, &none);
	return 0;
}

int
jk_dev_list(struct jk_buf *out, struct jk_err *err)
{
	struct jk_dev *dev;

	if (jk_host_open(0, &dev, err) < 0)
		return -1;
	jk_buf_adds(out, jk_buf_str(&dev->told));
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
