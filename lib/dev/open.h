#ifndef JK_DEV_OPEN_H
#define JK_DEV_OPEN_H

#include "dev/dev.h"

/*
 * Open a device: "auto", "cpu", "vulkan", "vulkan:N" (numbers as in jk-info
 * --devices).  auto takes a hardware Vulkan device, else the CPU; a software
 * rasterizer only when named.  threads: 0 for all that the process may use.
 * `description` says what was chosen and why.  Errors: JK_EUSAGE for a bad
 * name, JK_EDEVICE where there is no such device, JK_ESYS.
 */
int jk_dev_open(const char *name, int threads, struct jk_dev **dev,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * The same for one of several processes on a machine: `auto` and `vulkan` go
 * around the devices that are as good as the first.
 */
int jk_dev_open_nth(const char *name, uint32_t nth, int threads,
    struct jk_dev **dev, struct jk_err *err) JK_WARN_UNUSED;

/*
 * A list of devices for people: number, name, driver, memory, what was found.
 */
int jk_dev_list(struct jk_buf *out, struct jk_err *err) JK_WARN_UNUSED;
/* The same, or why there is none, for --version. */
void jk_dev_version(struct jk_buf *out);

#endif
