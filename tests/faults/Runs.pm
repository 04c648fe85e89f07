# What the walks share: inputs, made once in a scratch folder, and runs of a
# tool in a folder of their own in it, under a shim, with all that came out.
package Runs;
use strict;
use warnings;
use Cwd 'abs_path';
use Exporter 'import';
use File::Basename 'dirname';
use File::Find;
use File::Path qw(make_path remove_tree);
use File::Temp 'tempdir';
use Digest::MD5;

our @EXPORT = qw($dir $data $model $gguf $cpu make_inputs run files slurp
	report
	select_names);
our ($dir, $data, $model, $gguf, $cpu);
my ($shim, $n_tests) = ('', 0);

sub sh { system('sh', '-c', $_[0]) == 0 or die "$0: $_[0]\n" }

# make_inputs(SHIM): we are in the scratch folder then.
sub make_inputs {
	$shim = abs_path($_[0]);
	my $top = abs_path(dirname(__FILE__) . '/../..');
	$data = "$top/tests/data";
	$model = "$data/tiny/smollm2";
	$gguf = "$data/tiny/llama/llama-F32.gguf";
	$cpu = "--model=$model --device=cpu --precision=f32 -q";
	# in memory, where syncing takes no time
	$dir = abs_path(tempdir(CLEANUP => 1,
		-w '/dev/shm' ? (DIR => '/dev/shm') : (TMPDIR => 1)));
	$ENV{OMP_WAIT_POLICY} = 'passive';
	$ENV{OMP_NUM_THREADS} = 1;
	$ENV{LC_ALL} = 'C.UTF-8';
	$ENV{PATH} = abs_path($ENV{BUILD} // "$top/build") . ":$ENV{PATH}";
	chdir $dir or die;
	sh "head -12 $data/examples/jokes.csv >jokes.csv";
	sh "head -4 $data/examples/jokes.csv >few.csv";
	# windows of rows for several threads
	sh 'sed 1q jokes.csv >many.csv; for n in $(seq 100); do ' .
	    'sed 1d jokes.csv; done >>many.csv';
	for ('jokes', 'few') {
		sh "jk-clean -q $_.csv >$_.jsonl 2>/dev/null";
	}
	sh "head -6 jokes.jsonl | jk-template -q --model=$model >chats.jsonl";
	sh "jk-tokenize -q --model=$model chats.jsonl >data.shard";
	sh "head -2 chats.jsonl >two.jsonl";
	sh "jk-tokenize -q --model=$model two.jsonl >eval.shard";
	sh "head -2 jokes.jsonl | jk-template -q --prompts-only " .
	    "--model=$model >prompts.jsonl";
	sh "head -3 $data/examples/report-before.jsonl >before.jsonl";
	sh "head -3 $data/examples/report-after.jsonl >after.jsonl";
	sh "head -1 after.jsonl >answer.jsonl";
	# strings whose closing quote is the first byte of a larger buffer
	open my $f, '>', 'settings.json' or die;
	print $f '{"settings": {}, ', join(', ', map sprintf('"%s": "%s"',
		'a' x (2 ** $_ - 2), 'b' x (2 ** $_ - 2)), 4 .. 7), "}\n";
	close $f or die;
}

sub slurp {
	open my $f, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$f> // '';
}

# The names in the table that begin with one of the others, if there are any.
sub select_names {
	my ($table, @begin) = @_;
	return grep { my $name = $_;
		!@begin || grep index($name, $_) == 0, @begin }
		sort keys %$table;
}

# All files below this folder with their sums; but for what tells the time.
sub files {
	my %sums;
	find({ no_chdir => 1, wanted => sub {
		return unless -f $_;
		my $text = slurp($_);
		$text =~ s/"(seconds|memory|memory_bytes|written|tokens_per_second)":\s*[^,}]*//g;
		$text =~ s/ --resume"/"/;	# of the provenance
		$text =~ s/\d+\.\d+ s|\d{4}-\d\d-\d\d[ T][\d:]+//g
			if /\.(html|json|jsonl)$/;
		$sums{$_} = Digest::MD5::md5_hex($text);
	} }, '.');
	return \%sums;
}

# run(COMMAND, OPTION => VALUE...): under the shim in the folder run/, with the
# variables in `env`; in a new folder, first filled by the command `before`,
# unless it is `again`; with `stdin`.  The status, as wait(2) has it, standard
# output and error, and files().
sub run {
	my ($command, %o) = @_;
	if (!$o{again}) {
		remove_tree('run') if -e 'run';
		make_path('run');
		run($o{before}, again => 1) if $o{before};
	}
	chdir 'run' or die;
	my $pid = fork // die;
	if (!$pid) {
		open STDOUT, '>', '../out' or die;
		open STDERR, '>', '../err' or die;
		open STDIN, '<', $o{stdin} // '/dev/null' or die;
		$ENV{$_} = $o{env}{$_} for keys %{$o{env} // {}};
		$ENV{LD_PRELOAD} = join ':', $shim, $ENV{LD_PRELOAD} // ();
		exec split ' ', $command or exit 127;
	}
	waitpid $pid, 0;
	my $status = $?;
	my $files = files();
	chdir '..' or die;
	return ($status, slurp('out'), slurp('err'), $files);
}

# A test point: its name, and for each thing that was wrong the places where.
sub report {
	my ($name, $wrong) = @_;
	printf "%sok %d - %s\n", %$wrong ? 'not ' : '', ++$n_tests, $name;
	for (sort { @{$wrong->{$b}} <=> @{$wrong->{$a}} } keys %$wrong) {
		my $text = $_;
		$text =~ s/\s+$//;
		$text =~ s/\n/ | /g;
		printf "# %d times, first at %s: %s\n",
			scalar @{$wrong->{$_}},
			join('; ', grep defined, @{$wrong->{$_}}[0 .. 2]),
			$text;
	}
}

END { print $n_tests ? "1..$n_tests\n" : "1..0 # SKIP no walk is called so\n"; chdir "/" }

1;
