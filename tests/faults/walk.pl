#!/usr/bin/perl
# usage: walk.pl SHIM [POINTS [NAME...]]
#
# Run every tool (or those NAMEd) on small inputs again and again, each time
# with another allocation failing (POINTS of them; 0: all), and print a test
# point for each tool in TAP.  What must hold after each run:
#
#   status 0: the very output of a run where nothing fails;
#   status 1: a message, and no file under its final name that differs from
#   that run's; so, without a message, 98, a crash in oneDNN or a driver.
#   jk-train may have saved an earlier step: --resume gives that run's files.
#
# Anything else, such as a crash, another status, other bytes, is a failure.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Path qw(make_path remove_tree);
use File::Find;
use File::Temp 'tempdir';
use Digest::MD5;

my ($shim, $points, @names) = @ARGV;
$shim = abs_path($shim);
$points //= 0;
my $top = abs_path("$0/../../..");
my $data = "$top/tests/data";
my $model = "$data/tiny/smollm2";
my $gguf = "$data/tiny/llama/llama-F32.gguf";
my $dir = tempdir(CLEANUP => 1);
$ENV{OMP_WAIT_POLICY} = 'passive';
$ENV{OMP_NUM_THREADS} = 1;
$ENV{LC_ALL} = 'C.UTF-8';
$ENV{PATH} = abs_path($ENV{BUILD} // "$top/build") . ":$ENV{PATH}";

# Inputs, made once.
sub sh { system('sh', '-c', $_[0]) == 0 or die "$0: $_[0]\n" }
chdir $dir or die;
sh "head -12 $data/examples/jokes.csv >jokes.csv";
sh "jk-clean -q jokes.csv >jokes.jsonl 2>/dev/null";
sh "head -6 jokes.jsonl | jk-template -q --model=$model >chats.jsonl";
sh "jk-tokenize -q --model=$model chats.jsonl >data.shard";
sh "head -2 jokes.jsonl | jk-template -q --prompts-only --model=$model >prompts.jsonl";
sh "head -3 $data/examples/report-before.jsonl >before.jsonl";
sh "head -3 $data/examples/report-after.jsonl >after.jsonl";

my $cpu = "--model=$model --device=cpu --precision=f32 -q";
my %tools = (
	'jk-clean' => "jk-clean -q --summary=clean.json ../jokes.csv",
	'jk-clean of text' => "jk-clean -q --format=plain ../chats.jsonl",
	'jk-filter' => "jk-filter -q --dedup=near --max-chars=400 --summary=f.json ../jokes.jsonl",
	'jk-stat' => "jk-stat -q --json ../jokes.jsonl",
	'jk-stat in words' => "jk-stat -q ../jokes.jsonl",
	'jk-template' => "jk-template -q --model=$model ../jokes.jsonl",
	'jk-tokenize' => "jk-tokenize -q --threads=1 --model=$model ../chats.jsonl",
	'jk-info' => "jk-info -q --model=$gguf",
	'jk-gen' => "jk-gen $cpu --max-new-tokens=3 --adapter=$model/adapter ../prompts.jsonl",
	'jk-ppl' => "jk-ppl $cpu ../data.shard",
	'jk-merge' => "jk-merge -q --model=$model --adapter=$model/adapter --out=merged",
	'jk-merge to GGUF' => "jk-merge -q --model=$gguf --adapter=$data/tiny/llama/adapter --out=m.gguf",
	'jk-train' => "jk-train $cpu --threads=1 --max-steps=2 --save-every=1 --out=adapter ../data.shard",
	'jk-report' => "jk-report -q --before=../before.jsonl ../after.jsonl",
);
@names = sort keys %tools unless @names;

# All files below a folder with their sums; but for what tells the time.
sub files {
	my %sums;
	find({ no_chdir => 1, wanted => sub {
		return unless -f $_;
		open my $f, '<:raw', $_ or die "$_: $!";
		my $text = do { local $/; <$f> };
		$text =~ s/"(seconds|memory|written|tokens_per_second)":\s*[^,}]*//g;
		$text =~ s/ --resume"/"/;	# of the provenance
		$text =~ s/\d+\.\d+ s|\d{4}-\d\d-\d\d[ T][\d:]+//g
			if /\.(html|json|jsonl)$/;
		$sums{$_} = Digest::MD5::md5_hex($text);
	} }, '.');
	return \%sums;
}

sub run {
	my ($command, %env) = @_;
	remove_tree('run') if -e 'run' && !$env{again};
	make_path('run');
	chdir 'run' or die;
	my $pid = fork // die;
	if (!$pid) {
		open STDOUT, '>', '../out' or die;
		open STDERR, '>', '../err' or die;
		open STDIN, '<', '/dev/null' or die;
		$ENV{$_} = $env{$_} for keys %env;
		$ENV{LD_PRELOAD} = join ':', $shim, $ENV{LD_PRELOAD} // ();
		exec split ' ', $command or exit 127;
	}
	waitpid $pid, 0;
	my $status = $?;
	my $files = files();
	chdir '..' or die;
	return ($status, slurp('out'), slurp('err'), $files);
}

sub slurp {
	open my $f, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$f> // '';
}

# What is wrong after a run with a failure, or ''.
sub judge {
	my ($status, $out, $err, $files, $want_out, $want_files) = @_;
	return 'signal ' . ($status & 127) if $status & 127;
	$status >>= 8;
	return "status $status: $err" if $status > 1 && $status != 98;
	return 'status 1 without a message' if $status == 1 && $err eq '';
	return 'other output with status 0' if !$status && $out ne $want_out;
	for (sort keys %$files) {
		next if $status && (/\.tmp-\d+/ || m{/adapter/});
		return "$_ differs" if ($files->{$_} // '') ne
			($want_files->{$_} // '');
	}
	return '' if $status;
	exists $files->{$_} or return "$_ is missing" for keys %$want_files;
	return '';
}

my $n_tests = 0;
for my $name (@names) {
	my $command = $tools{$name} // die "$0: no $name\n";
	my ($status, $out, $err, $files) = run($command,
		JK_FAIL_COUNT => "$dir/count");
	my $count = slurp('count') + 0;
	my (%wrong, $n, $n_died, $n_theirs);
	if ($status || !$count) {
		printf "not ok %d - %s does not run: %s\n", ++$n_tests, $name, $err;
		next;
	}
	$n = $n_died = $n_theirs = 0;
	my $stride = $points && $count > $points ? $count / $points : 1;
	for (my $next = 1; $next <= $count; $next += $stride) {
		my $at = int $next;
		my @got = run($command, JK_FAIL_AT => $at);
		my $wrong = judge(@got, $out, $files);
		if ($wrong eq '' && $got[0] && $command =~ /^jk-train/) {
			@got[0 .. 3] = run("$command --resume", again => 1);
			$wrong = "--resume: $got[2]" if $got[0];
			$wrong = judge(@got, $out, $files) unless $got[0];
			$got[0] = 256;
		}
		$n++;
		$n_died++ if $got[0] >> 8 == 1;
		$n_theirs++ if $got[0] >> 8 == 98;
		push @{$wrong{$wrong}}, $at if $wrong ne '';
	}
	printf "%sok %d - %s: %d of %d allocations failed, %d noticed, %d " .
		"crashed a library\n", %wrong ? 'not ' : '', ++$n_tests, $name,
		$n, $count, $n_died, $n_theirs;
	for (sort { @{$wrong{$b}} <=> @{$wrong{$a}} } keys %wrong) {
		my $text = $_;
		$text =~ s/\s+$//;
		printf "# %d times, first at %s: %s\n", scalar @{$wrong{$_}},
			join(' ', grep defined, @{$wrong{$_}}[0 .. 2]), $text;
	}
}
print "1..$n_tests\n";
