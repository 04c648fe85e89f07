#ifndef JK_BASE_CRC32C_H
#define JK_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, as in RFC 3720
 * section 12.1.  Start with crc = 0 and feed the result back in to go on:
 * jk_crc32c(0, "123456789", 9) is 0xE3069283.
 */
uint32_t jk_crc32c(uint32_t crc, const void *data, size_t n);

/* The same without the processor's help, which jk_crc32c takes if it can. */
uint32_t jk_crc32c_plain(uint32_t crc, const void *data, size_t n);

#endif
