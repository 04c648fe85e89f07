#ifndef JK_DEV_VULKAN_H
#define JK_DEV_VULKAN_H

#include "dev/dev.h"

/*
 * The Vulkan device: any device with Vulkan 1.2, buffer device addresses,
 * scalar block layout and a compute queue.  libvulkan is loaded when it is
 * first asked for; nothing links to it.
 */

/*
 * `name` is "vulkan" (the first hardware device, else the first at all) or
 * "vulkan:N".  With hardware_only, software rasterizers do not count.  nth: of
 * devices as good as the first the one that many behind it, counted around.
 * Errors: JK_EDEVICE with what was found, JK_ESYS, JK_EUSAGE.
 */
int jk_vulkan_open(const char *name, bool hardware_only, uint32_t nth,
    struct jk_dev **dev, struct jk_err *err) JK_WARN_UNUSED;

/* Append a line per device to `out`; none is no error. */
int jk_vulkan_list(struct jk_buf *out, struct jk_err *err) JK_WARN_UNUSED;

#endif
