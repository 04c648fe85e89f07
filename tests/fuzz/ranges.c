/* Where the bytes of a file of any format went. */

#include "account.h"
#include "file.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* The first byte is the format, and how it divides; the next the encoding. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static const char *const encodings[] = { "UTF-8", "CP1251", "UTF-16LE",
	    NULL };
	struct jk_input_options options = { .quote = JK_QUOTE_AUTO,
	    .header = JK_HEADER_AUTO, .max_row_bytes = 4096 };
	struct account a;
	char path[FUZZ_PATH];
	int fd;

	if (n < 2)
		return 0;
	options.format = (enum jk_format)(data[0] % JK_N_FORMATS);
	options.separator = (enum jk_separator)(data[0] / JK_N_FORMATS %
	    JK_N_SEPARATORS);
	options.encoding = encodings[data[1] & 3];
	fd = fuzz_file(data + 2, n - 2, path);
	account_file(&a, path, &options);
	close(fd);
	fuzz_check(!*a.broken, a.broken);
	return 0;
}
