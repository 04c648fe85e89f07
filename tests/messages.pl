#!/usr/bin/perl
# messages.pl [CHECK]: what is wrong with the translation of messages, a line
# each; without CHECK all of them.
#	missing	messages of the sources that a catalogue lacks
#	unused	entries of a catalogue that no source has
#	formats	conversions of printf that a translation changes, plural forms
#	help	options that the Russian help of a script lacks
#	unmarked	words that are printed as they stand, as part of a message
#	new	the missing ones as empty entries of a catalogue
# The tools' catalogue is lib/ru.po, the scripts' pipelines/ru.po.
use strict;
use warnings;
use Errno;
use POSIX ();

# Which argument of a function, from 0, is a message.
my %calls = (
	jk_tr => [0], jk_trn => [0], JK_TRN => [0], JK_MSG => [0],
	jk_fail => [2], jk_fail_errno => [1], jk_fail_prefix => [1],
	jk_record_fail => [2], jk_jinja_fail => [1], jk_value_undefined => [1],
	jk_input_note => [1], tool_usage => [1], tool_warn => [1],
	tool_say => [1], tool_note => [1], tool_refuse_terminal => [1],
	tool_await => [1], tool_progress => [2],
	jk_doc_section => [2], jk_doc_caption => [1], jk_doc_paragraph => [1],
	jk_doc_item => [2], jk_report_bars => [1],
	# helpers that hand a message on
	jk_scan_fail => [1], jk_cfg_fail => [1], jk_vk_fail => [2],
	jk_value_as_int => [2], jk_value_as_str => [2],
	jk_jinja_unexpected => [1], JK_DESCRIBE => [1],
	jk_describe_name => [1],
	'onednn.c:have_memory' => [1],
	'container.c:refuse' => [1, 2], 'container.c:MAGIC' => [2], 'csv.c:second_reading' => [2],
	'json.c:fail_at' => [2], 'json_scan.c:broken' => [1],
	'shard_read.c:damaged' => [1], 'stat_print.c:add_counts' => [1],
	'stat_print.c:add_field' => [1], 'stat_print.c:print_lengths' => [1],
	'describe.c:show_special' => [3], jk_report_change_row => [2],
	'data.c:stat_row' => [4], 'data_look.c:histogram' => [3],
	'observe.c:share' => [2], 'training.c:fact' => [2],
);
# Messages that are a plural as well: the units of progress.
my %counted = (tool_progress => 1, JK_TRN => 1);
# What is no message of ours though it stands in such a place.
my $none = qr{^(?:%(?:[\d.*]*|l*|z)[a-z]|\\n|[^A-Za-z]|--device=|/log\.jsonl)*$};

# What is data: of jk-train.json, of a hash, a key that is translated later.
my $unmarked = qr{^(?:%s, %u layers, |jk tokenizer 1$)};

my (%found, @problems, %macros);
my $check = shift // 'all';

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$f>;
}

sub note {
	my ($catalogue, $context, $id, $plural, $place) = @_;
	return if $id =~ $none;
	my $key = $context eq '' ? $id : "$context\\4$id";
	my $e = $found{$catalogue}{$key} ||= { context => $context, id => $id };
	$e->{plural} = $plural if defined $plural;
	push @{$e->{at}}, $place;
}

# --- C

sub tokens {
	my ($text) = @_;
	my ($line, @tokens) = (1);
	while ($text =~ m{\G(?:(\s+|/\*.*?\*/|//[^\n]*|\\\n)|("(?:[^"\\]|\\.)*")|
	    ('(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(.))}gsx) {
		my $kind = defined $2 ? 's' : defined $4 ? 'i' : 'o';
		push @tokens, [$kind, $&, $line] unless defined $1;
		$line += $& =~ tr/\n//;
	}
	return \@tokens;
}

# The arguments of the call whose "(" is at $i, each a list of tokens.
sub arguments {
	my ($t, $i) = @_;
	my ($depth, @args) = (0, []);
	for (; $i < @$t; $i++) {
		my $word = $t->[$i][1];
		if ($t->[$i][0] eq 'o') {
			if ($word =~ /[(\[{]/) {
				next if $depth++ == 0;
			} elsif ($word =~ /[)\]}]/) {
				last if --$depth == 0;
			} elsif ($word eq ',' && $depth == 1) {
				push @args, [];
				next;
			}
		}
		push @{$args[-1]}, $t->[$i];
	}
	return @args;
}

# The strings of an expression, those side by side joined: [context, text].
sub strings {
	my @t = @{$_[0] || []};
	my (@out, $open);
	for (my $i = 0; $i < @t; $i++) {
		my ($kind, $word) = @{$t[$i]};
		if ($kind eq 'i' && ($word eq 'JK_CTX' || $calls{$word}) &&
		    $i < $#t && $t[$i + 1][1] eq '(') {
			my @args = arguments(\@t, $i + 1);
			my @both = map { strings($_) } @args;
			push @out, [$both[0][1], $both[1][1]]
			    if $word eq 'JK_CTX' && @both == 2;
			my $depth = 0;
			for ($i++; $i < @t; $i++) {
				$depth++ if $t[$i][1] eq '(';
				last if $t[$i][1] eq ')' && --$depth == 0;
			}
			$open = 0;
			next;
		}
		my $text = $kind eq 's' ? substr($word, 1, -1) :
		    $kind eq 'i' ? $macros{$word} : undef;
		if (!defined $text) {
			$open = 0;
		} elsif ($open) {
			$out[-1][1] .= $text;
		} else {
			push @out, ['', $text];
			$open = 1;
		}
	}
	return @out;
}

sub read_macros {
	for my $path (@_) {
		my $text = slurp($path);
		while ($text =~ /^#define ((?:JK|TOOL)_[A-Z_]+)((?: |\\\n\t|"(?:[^"\\]|\\.)*")+)$/mg) {
			my $name = $1;
			$macros{$name} = join '', map { substr $_->[1], 1, -1 }
			    @{tokens($2)};
		}
	}
	my $chat = slurp('lib/chat/chat.h');
	$macros{JK_CHAT_FORMAT_NAMES} = join '', map { "$_, " }
	    $chat =~ /^\s*X\((\w+),/mg;
}

# Rows of options: the words of --help, and names of values in capitals.
sub read_options {
	my ($t, $path) = @_;
	for my $i (0 .. $#$t - 2) {
		next unless $t->[$i][1] eq '{' &&
		    $t->[$i + 1][1] =~ /^JK_OPT_[A-Z]+$/;
		my @row = arguments($t, $i);
		next if @row < 6;
		for my $k (4, 5) {
			for (strings($row[$k])) {
				my $text = $_->[1];
				next if $k == 4 && $text !~ /^[A-Z][A-Z,.=-]*$/;
				note('lib', '', $text, undef,
				    "$path:$t->[$i][2]");
			}
		}
	}
}

# Words among the other arguments of a call that makes text, translated by none.
sub read_unmarked {
	my ($t, $path) = @_;
	my %makes = (jk_buf_adds => 1, jk_buf_printf => 1, snprintf => 2,
	    jk_fail => 3, jk_fail_errno => 2, jk_fail_prefix => 2,
	    jk_record_fail => 3);
	for my $i (0 .. $#$t - 1) {
		my $from = $t->[$i][0] eq 'i' && $t->[$i + 1][1] eq '(' &&
		    $makes{$t->[$i][1]} or next;
		my @args = arguments($t, $i + 1);
		for (map { strings($_) } @args[$from .. $#args]) {
			push @problems, "$path:$t->[$i][2]: not marked: " .
			    "\"$_->[1]\"" if $_->[1] =~ s/<[^>]*>?//gr =~
			    /\b[a-z]{2,} [a-z]{2,}/ && $_->[1] !~ $unmarked;
		}
	}
}

sub read_c {
	my ($path) = @_;
	my $text = slurp($path);
	my ($file) = $path =~ m{([^/]*)$};
	my $t = tokens($text);
	for my $i (0 .. $#$t - 1) {
		my $word = $t->[$i][1];
		my $which = $t->[$i][0] eq 'i' && $t->[$i + 1][1] eq '(' &&
		    ($calls{"$file:$word"} || $calls{$word});
		# designated: .help = "Input", .summary = "..."
		if ($word =~ /^(?:help|summary|usage)$/ && $i &&
		    $t->[$i - 1][1] eq '.' && $t->[$i + 1][1] eq '=') {
			my @value;
			for (my $k = $i + 2; $t->[$k][0] eq 's'; $k++) {
				push @value, $t->[$k];
			}
			note('lib', '', $_->[1], undef, "$path:$t->[$i][2]")
			    for strings(\@value);
		}
		next unless $which;
		my @args = arguments($t, $i + 1);
		for my $k (@$which) {
			next unless $args[$k];
			my @strings = strings($args[$k]);
			my $plural;
			if ($word eq 'jk_trn' && $args[1]) {
				my @many = strings($args[1]);
				$plural = $many[0][1] if @many;
			}
			for (@strings) {
				note('lib', $_->[0], $_->[1],
				    $plural // ($counted{$word} ? $_->[1] : undef),
				    "$path:$t->[$i][2]");
			}
		}
	}
	read_options($t, $path);
	read_unmarked($t, $path) if $check =~ /^(?:unmarked|all)$/;
	# tables of headers and of what is measured
	while ($text =~ /char \*(?:const )?headers\[\] = \{(.*?)\};/gs) {
		note('lib', '', $_->[1], undef, $path)
		    for map { strings([$_]) } grep { $_->[0] eq 's' } @{tokens($1)};
	}
	if ($text =~ /jk_measure_table\[\] = \{(.*?)\n\};/s) {
		my $rows = tokens("{$1}");
		for my $i (1 .. $#$rows) {
			next unless $rows->[$i][1] eq '{';
			my @row = arguments($rows, $i);
			note('lib', '', $_->[1], undef, $path)
			    for map { strings($_) } @row[1, 2];
		}
	}
}

# What is made of other words: bounds of jk-filter, and what the system says of
# errors.
sub read_made {
	my $filter = slurp('bin/jk-filter.c');
	while ($filter =~ /^\s*BOUNDS\((\w+)\)/mg) {
		note('lib', '', "$_ N $1", undef, 'bin/jk-filter.c')
		    for 'at least', 'at most';
	}
	delete $found{lib}{$_} for 'at least N ', 'at most N ';
	# jansson's, of which base/json.c puts its own together
	note('lib', '', $_, undef, 'lib/base/json.c') for
	    "unable to decode byte", "premature end of input",
	    "unexpected newline", "control character", "invalid escape",
	    "invalid Unicode escape", "invalid Unicode",
	    "too big negative integer", "too big integer",
	    "real number overflow", "maximum parsing depth reached",
	    "string or '}' expected", "duplicate object key", "':' expected",
	    "invalid token", "unexpected token", "']' expected",
	    "'}' expected", "'[' or '{' expected", "end of file expected",
	    "NUL byte in object key not supported";
	for my $name (qw(ENOENT EACCES EPERM EISDIR ENOTDIR EEXIST ENOSPC EIO
	    EROFS EMFILE ENFILE ENAMETOOLONG EFBIG ENOMEM EINVAL ELOOP EXDEV
	    EBUSY EDQUOT ENODEV ENXIO ETXTBSY ENOTEMPTY ESPIPE EPIPE EBADF
	    EAGAIN EOVERFLOW)) {
		my $code = Errno->can($name) or next;
		note('lib', '', POSIX::strerror($code->()), undef, "errno.h:$name");
	}
}

# --- scripts

sub quoted {
	my ($word) = @_;
	my $text = substr $word, 1, -1;
	$text =~ s/\\([\\"\$`])/$1/g if $word =~ /^"/;
	$text =~ s/([\\"])/\\$1/g;
	$text =~ s/\n/\\n/g;
	return $text;
}

sub help_of {
	my ($text) = @_;
	my $help = '';
	for (split /\n/, ($text =~ /^#![^\n]*\n(.*?)\n\n/s)[0]) {
		s/^# ?//;
		$help .= "$_\n";
	}
	$help =~ s/\n\z//;
	return $help;
}

sub read_script {
	my ($path) = @_;
	my $text = slurp($path);
	(my $code = $text) =~ s/\\\n\s*/ /g;
	my $word = qr/"(?:[^"\\\$`]|\\.)*"|'[^']*'/;
	my $any = qr/"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"';|&]+/;
	while ($code =~ /\b(?:say\)?|text|setting|(?:die|give_up)\s+$any|wheel\s+$any\s+\S+|announce\s+$any|step\s+$any\s+\w+\s+$any)\s+($word)/g) {
		note('pipelines', '', quoted($1), undef, $path);
	}
	if ($path =~ m{^pipelines/(?!common\.sh)}) {
		note('pipelines', '', quoted('"' . help_of($text) =~
		    s/([\\"\$`])/\\$1/gr . '"'), undef, $path);
	}
}

# --- catalogues

sub read_catalogue {
	my ($path) = @_;
	my (%entries, %e, $part);
	my $n = 0;
	for (split(/\n/, slurp($path)), '') {
		$n++;
		if (/^$/) {
			if (defined $e{msgid} && $e{msgid} ne '') {
				my $key = defined $e{msgctxt} ?
				    "$e{msgctxt}\\4$e{msgid}" : $e{msgid};
				$entries{$key} = { %e };
			}
			%e = ();
		} elsif (/^#/) {
			push @problems, "$path:$n: fuzzy" if /^#,.*fuzzy/;
		} elsif (/^(msg\w+(?:\[\d\])?)\s+"(.*)"$/) {
			$part = $1;
			$e{$part} = $2;
			$e{line} //= $n;
		} elsif (/^"(.*)"$/ && $part) {
			$e{$part} .= $1;
		} else {
			push @problems, "$path:$n: not a line of PO";
		}
	}
	return \%entries;
}

sub conversions {
	my ($text) = @_;
	return join ' ', grep { $_ ne '%%' } $text =~
	    /%(?:%|[-+#0]*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z])/g;
}

sub check_formats {
	my ($path, $entries) = @_;
	for my $e (values %$entries) {
		my $want = conversions($e->{msgid});
		my @forms = grep { /^msgstr/ } keys %$e;
		my $n = defined $e->{msgid_plural} ? 3 : 1;
		push @problems, "$path:$e->{line}: $n forms are wanted"
		    if @forms != $n;
		for (@forms) {
			my $got = conversions($e->{$_});
			push @problems, "$path:$e->{line}: conversions: " .
			    "\"$want\", in the translation \"$got\""
			    if $got ne $want;
			push @problems, "$path:$e->{line}: empty"
			    if $e->{$_} eq '';
			for my $end ('\\A(?:\\\\n| )+', '(?:\\\\n| )+\\z') {
				my ($a) = $e->{msgid} =~ /($end)/;
				my ($b) = $e->{$_} =~ /($end)/;
				push @problems, "$path:$e->{line}: blanks or " .
				    "line ends at an end differ"
				    if ($a // '') ne ($b // '');
			}
		}
	}
}

sub check_help {
	my ($path, $entries) = @_;
	for my $e (values %$entries) {
		next unless $e->{msgid} =~ /^usage: /;
		my $options = sub {
			join ' ', $_[0] =~ /(?:\\n| )  (--?[a-z-]+)/g };
		push @problems, "$path:$e->{line}: other options than in English"
		    if $options->($e->{msgid}) ne $options->($e->{msgstr});
	}
}

sub lines_of {
	my ($word, $text) = @_;
	my @lines = split /(?<=\\n)/, $text;
	return "$word \"$text\"\n" if @lines < 2;
	return "$word \"\"\n" . join '', map { "\"$_\"\n" } @lines;
}

my @c = sort(glob('lib/*/*.[ch]'), glob('bin/*.[ch]'));
read_macros(@c);
read_c($_) for @c;
read_made();
read_script($_) for sort(glob 'pipelines/*.sh'), 'tests/build.sh', 'tests/deps.sh',
    'Makefile';
for my $side ('lib', 'pipelines') {
	my $path = "$side/ru.po";
	my $entries = -e $path ? read_catalogue($path) : {};
	my $order = sub { my %seen;
		join ' ', grep { !$seen{$_}++ } map { s/:\d+$//r } @{$_[0]{at}} };
	for my $key (sort { $order->($found{$side}{$a}) cmp
	    $order->($found{$side}{$b}) || $a cmp $b } keys %{$found{$side}}) {
		my $e = $found{$side}{$key};
		my $there = $entries->{$key};
		next if $there &&
		    defined $there->{msgid_plural} == defined $e->{plural};
		push @problems, "$e->{at}[0]: not in $path: \"$e->{id}\""
		    if $check eq 'missing' || $check eq 'all';
		next unless $check eq 'new';
		print "#: ", $order->($e), "\n";
		print "msgctxt \"$e->{context}\"\n" if $e->{context} ne '';
		print lines_of('msgid', $e->{id});
		print defined $e->{plural} ? lines_of('msgid_plural', $e->{plural}) .
		    "msgstr[0] \"\"\nmsgstr[1] \"\"\nmsgstr[2] \"\"\n" :
		    "msgstr \"\"\n", "\n";
	}
	for my $key (sort keys %$entries) {
		push @problems, "$path:$entries->{$key}{line}: of no source: \"$key\""
		    if !$found{$side}{$key} && $check =~ /^(?:unused|all)$/;
	}
	check_formats($path, $entries) if $check =~ /^(?:formats|all)$/;
	check_help($path, $entries) if $check =~ /^(?:help|all)$/;
}
print "$_\n" for @problems;
exit(@problems ? 1 : 0);
