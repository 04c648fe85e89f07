# A catalogue in the format of gettext (PO) as rows of lib/base/lang.c, in the
# order of strcmp: LC_ALL=C awk -f po.awk ru.po.  Entries have blank lines between
# them.

function fail(what) {
	printf "%s:%d: %s\n", FILENAME, NR, what >"/dev/stderr"
	failed = 1
	exit 1
}

# The bytes that a C string stands for, as far as the order needs them.
function bytes(s,    out, at) {
	out = ""
	while ((at = index(s, "\\")) > 0) {
		out = out substr(s, 1, at - 1)
		out = out escapes[substr(s, at + 1, 1)]
		s = substr(s, at + 2)
	}
	return out s
}

function end_entry() {
	if (id != "" && !fuzzy) {
		if (form[0] == "")
			fail("no translation of \"" id "\"")
		n++
		msg[n] = context != "" ? context "\\4\" \"" id : id
		key[n] = context != "" ? bytes(context) "\004" bytes(id) : bytes(id)
		row[n] = "\"" form[0] "\""
		for (i = 1; i in form; i++)
			row[n] = row[n] ", \"" form[i] "\""
	}
	id = context = part = ""
	fuzzy = 0
	for (i in form)
		delete form[i]
}

function swap(a, b,    t) {
	t = key[a]; key[a] = key[b]; key[b] = t
	t = msg[a]; msg[a] = msg[b]; msg[b] = t
	t = row[a]; row[a] = row[b]; row[b] = t
}

function sift(root, last,    child) {
	while ((child = 2 * root) <= last) {
		if (child < last && key[child] < key[child + 1])
			child++
		if (key[root] >= key[child])
			return
		swap(root, child)
		root = child
	}
}

BEGIN {
	escapes["n"] = "\n"
	escapes["t"] = "\t"
	escapes["\""] = "\""
	escapes["\\"] = "\\"
}

/^#~/ { next }
/^#, .*fuzzy/ { fuzzy = 1; next }
/^#/ { next }
/^$/ { end_entry(); next }
{
	if (match($0, /^msg(ctxt|id|id_plural|str|str\[[0-9]\]) +"/)) {
		part = $1
	} else if (!/^"/ || part == "")
		fail("neither a word of PO nor a string")
	text = $0
	sub(/^[^"]*"/, "", text)
	if (!sub(/"[ \t]*$/, "", text))
		fail("a string that does not end")
	if (part == "msgctxt")
		context = context text
	else if (part == "msgid")
		id = id text
	else if (part == "msgstr")
		form[0] = form[0] text
	else if (part != "msgid_plural") {
		i = substr(part, 8, 1) + 0
		form[i] = form[i] text
	}
}

END {
	if (failed)
		exit 1
	end_entry()
	if (failed)
		exit 1
	for (k = int(n / 2); k > 0; k--)
		sift(k, n)
	for (k = n; k > 1; k--) {
		swap(1, k)
		sift(1, k - 1)
	}
	for (k = 1; k <= n; k++) {
		if (key[k] == key[k - 1] && k > 1)
			fail("twice: \"" msg[k] "\"")
		printf "{ \"%s\",\n  FORMS(%s) },\n", msg[k], row[k]
	}
}
