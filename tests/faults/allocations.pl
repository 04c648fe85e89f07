#!/usr/bin/perl
# usage: allocations.pl SHIM [POINTS [NAME...]]
#
# Run every tool (or those whose names begin so) on small inputs again and again, each time
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
use FindBin;
use lib $FindBin::RealBin;
use Runs;

my ($shim, $points, @names) = @ARGV;
$points //= 0;
make_inputs($shim);

my %tools = (
	'jk-clean' => "jk-clean -q --summary=clean.json ../jokes.csv",
	'jk-clean in threads' => "jk-clean -q --threads=2 ../many.csv",
	'jk-clean of text' => "jk-clean -q --format=plain ../chats.jsonl",
	'jk-clean of JSON' => "jk-clean -q --format=json --summary=c.json ../chats.jsonl",
	'jk-clean of JSON Lines' => "jk-clean -q ../chats.jsonl",
	'jk-filter' => "jk-filter -q --dedup=near --max-chars=400 --summary=f.json ../jokes.jsonl",
	'jk-stat' => "jk-stat -q --json ../jokes.jsonl",
	'jk-stat in words' => "jk-stat -q ../jokes.jsonl",
	'jk-template' => "jk-template -q --model=$model ../jokes.jsonl",
	'jk-tokenize' => "jk-tokenize -q --threads=1 --model=$model ../chats.jsonl",
	'jk-info' => "jk-info -q --model=$gguf",
	'jk-gen' => "jk-gen $cpu --max-new-tokens=3 --adapter=$model/adapter ../prompts.jsonl",
	'jk-ppl' => "jk-ppl $cpu ../data.shard",
	'jk-merge' => "jk-merge -q --model=$model --adapter=$model/adapter --out=merged",
	'jk-merge of GPT-2' => "jk-merge -q --model=$data/tiny/gpt2 --adapter=$data/tiny/gpt2/adapter --out=merged",
	'jk-merge to GGUF' => "jk-merge -q --model=$gguf --adapter=$data/tiny/llama/adapter --out=m.gguf",
	'jk-merge of a folder to GGUF' => "jk-merge -q --model=$model/. --adapter=$model/adapter --out=m.gguf",
	'jk-train' => "jk-train $cpu --threads=1 --max-steps=2 --save-every=1 --out=adapter ../data.shard",
	'jk-report' => "jk-report -q --before=../before.jsonl ../after.jsonl",
	'jk-report of settings' => "jk-report -q --format=json --settings=../settings.json ../answer.jsonl",
);
@names = select_names(\%tools, @names);
# Where a rare place is what it is about: all of them, always.
my %whole = ('jk-report of settings' => 1);

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

for my $name (@names) {
	my $command = $tools{$name};
	my ($status, $out, $err, $files) = run($command,
		env => { JK_FAIL_COUNT => "$dir/count" });
	my $count = slurp('count') + 0;
	my (%wrong, $n, $n_died, $n_theirs);
	if ($status || !$count) {
		report("$name does not run", { $err => [0] });
		next;
	}
	$n = $n_died = $n_theirs = 0;
	my $stride = $points && $count > $points && !$whole{$name} ?
		$count / $points : 1;
	for (my $next = 1; $next <= $count; $next += $stride) {
		my $at = int $next;
		my @got = run($command, env => { JK_FAIL_AT => $at });
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
	report("$name: $n of $count allocations failed, $n_died noticed, " .
		"$n_theirs crashed a library", \%wrong);
}
