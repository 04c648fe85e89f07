#!/usr/bin/perl
# usage: syscalls.pl SHIM [POINTS [NAME...]]
#
# Run every tool that writes files (or those whose names begin so) on small inputs again and
# again, each time with another system call going wrong in another way (POINTS
# of them; 0: all), and print a test point for each tool in TAP.  It fails with
# an error that fits it, is cut short, or the process is killed before it, in
# the middle of it, or after it.  What must hold after each run:
#
#   every file under its final name is that of the run before, or whole and
#   new; one that was there still is;
#   an error: status 1, a message that names the file, nothing half-written
#   left; or, where nothing depends on the call, output and files of a run where
#   nothing goes wrong.  So, after EINTR and short writes, always;
#   and, unless it came to its end, the same command run again (jk-train with
#   --resume) ends with output and files of a run where nothing goes wrong, and
#   nothing half-written is left.
use strict;
use warnings;
use Errno qw(EINTR EIO ENOSPC EMFILE ENOMEM EACCES);
use FindBin;
use lib $FindBin::RealBin;
use JSON::PP;
use Runs;

my ($shim, $points, @names) = @ARGV;
$points //= 0;
make_inputs($shim);

my $merge = "jk-merge -q --model=$model --adapter=$model/adapter";
my $merge_gguf = "jk-merge -q --model=$gguf --adapter=$data/tiny/llama/adapter";
my $train = "jk-train $cpu --threads=1 --max-steps=2 --save-every=1 --out=adapter --eval=../eval.shard";
my $filter = "jk-filter -q --dedup=near --top=50% --keep-unrated --dropped=d.jsonl --summary=f.json";
my $report = "jk-report -q --date=2026-01-02 --experiments=t.tsv";

# command, `before` it, what is `added` to run it again, its `stdin`; whether
# the earlier result `moves` while the new one takes its place
my %tools = (
	'jk-clean' => { command => "jk-clean -q --summary=clean.json ../jokes.csv",
		before => "jk-clean -q --summary=clean.json ../few.csv" },
	'jk-filter' => { command => "$filter ../jokes.jsonl",
		before => "$filter ../few.jsonl" },
	'jk-tokenize' => { command => "jk-tokenize -q --threads=1 --model=$model ../chats.jsonl" },
	'jk-report' => { command => "$report --name=now --before=../before.jsonl ../after.jsonl",
		before => "$report --name=earlier ../after.jsonl" },
	'jk-merge' => { command => "$merge --out=merged",
		added => '--force' },
	'jk-merge over a folder' => { command => "$merge --force --out=merged",
		before => "$merge --type=f32 --out=merged", moves => 1 },
	'jk-merge to GGUF' => { command => "$merge_gguf --force --out=m.gguf",
		before => "$merge_gguf --type=f32 --out=m.gguf" },
	'jk-train' => { command => "$train ../data.shard",
		added => '--resume' },
	'jk-train of a pipe' => { command => $train, added => '--resume',
		stdin => '../data.shard' },
	'jk-train again' => { command => "$train --force ../data.shard",
		before => "$train --seed=7 ../data.shard", moves => 1 },
);
@names = select_names(\%tools, @names);

# How each call can go wrong: errors, then the others.
my @killed = qw(kill after);
my %ways = (
	'open' => [EMFILE, EIO, EINTR], 'open-w' => [EMFILE, ENOSPC, EACCES, EINTR, @killed],
	'read' => [EIO, EINTR], 'mmap' => [ENOMEM], 'flock' => [EINTR], 'lseek' => [EIO],
	'access' => [EIO], 'stat' => [EIO],
	'write' => [ENOSPC, EIO, EINTR, 'short', 'half', @killed],
	'fsync' => [EIO, ENOSPC, EINTR, @killed],
	'ftruncate' => [EIO, EINTR, @killed], 'rename' => [EIO, ENOSPC, @killed],
	'unlink' => [EIO, @killed], 'rmdir' => [EIO, @killed],
	'mkdir' => [ENOSPC, EACCES, @killed],
	'close' => [EIO, EINTR], 'close-w' => [EIO, ENOSPC, EINTR, @killed],
);
# What nothing may ignore.
my %counts = map { $_ => 1 } qw(write fsync ftruncate rename mkdir read);

sub is_temporary { $_[0] =~ m{(^|[./])tmp-\d+} }

# Whether a file is whole as far as it says that itself.
sub is_whole {
	my ($path) = @_;
	my $text = slurp($path);
	return 1 if $path =~ /log\.jsonl$/;	# grows
	return eval { decode_json($text); 1 } if $path =~ /\.json$/;
	return 1 unless $path =~ /\.safetensors$/;
	my $n = unpack 'Q<', $text;
	my $header = eval { decode_json(substr $text, 8, $n) } or return 0;
	my $end = 0;
	for (grep $_ ne '__metadata__', keys %$header) {
		my $e = $header->{$_}{data_offsets}[1];
		$end = $e if $e > $end;
	}
	return length($text) == 8 + $n + $end;
}

# Whether a message names the file that a call was about.
sub names {
	my ($err, $path, $tool) = @_;
	return 1 if $err =~ /: its folder cannot be synced: /;
	return $err =~ /out of memory/ if $path eq '-';
	return $err =~ /<stdout>/ if $path eq "$dir/out";
	return $err =~ /<temporary file>/ if $path =~ / \(deleted\)$/;
	# and its copy
	return 1 if $path =~ /data\.shard/ && $tool->{stdin} &&
		$err =~ /<stdin>/;
	$path =~ s{/+$}{};
	$path =~ s{(\.tmp-\d+(\.gguf)?)+$}{};
	$path =~ s{/tmp-\d+$}{};
	$path =~ s{.*/}{};
	return index($err, $path) >= 0;
}

# What is wrong with the files of a run that did not come to its end, or ''.
sub judge_files {
	my ($tool, $got, $old, $new, $left) = @_;
	my $trains = $tool->{command} =~ /^jk-train/;
	for (sort keys %$got) {
		if (is_temporary($_)) {
			return "$_ is left" unless $left;
			next;
		}
		my $sum = $got->{$_};
		next if $sum eq ($old->{$_} // '') || $sum eq ($new->{$_} // '');
		# steps that the whole run writes over; an earlier run, aside
		return "$_ is neither the old nor the new one" unless $trains;
		return "$_ is half-written" unless is_whole("run/$_");
	}
	my $name = './adapter/adapter_model.safetensors';
	if ($tool->{moves} && $trains) {
		return "the earlier adapter is gone" unless $got->{$name} ||
		    ($got->{'./adapter/earlier/adapter_model.safetensors'} //
		    '') eq $old->{$name};
	} elsif ($tool->{moves}) {
		return '' unless $got->{'./merged/config.json'};
		my @from = grep { my $side = $_; !grep !is_temporary($_) &&
		    ($got->{$_} // '') ne ($side->{$_} // ''),
		    keys %$got, keys %$side } $old, $new;
		return 'a model of mixed files' unless @from;
	} else {
		for (keys %$old) {
			return "$_ is gone" unless $got->{$_};
		}
	}
	return '';
}

# What is wrong with a run that should have come to its end, or ''.
sub judge_end {
	my ($status, $out, $err, $got, $want_out, $want) = @_;
	return "status " . ($status & 127 ? "of signal " . ($status & 127) :
		$status >> 8) . ": $err" if $status;
	return 'other output with status 0' if $out ne $want_out;
	for (sort keys %$got) {
		return "$_ differs, or is left" if $got->{$_} ne
			($want->{$_} // '');
	}
	exists $got->{$_} or return "$_ is missing" for sort keys %$want;
	return '';
}

# One point; what was wrong, or ''.
sub walk {
	my ($tool, $at, $call, $path, $how, $old, $out, $new) = @_;
	my %start = (before => $tool->{before}, stdin => $tool->{stdin});
	my @got = run($tool->{command}, %start, env => {
		JK_FAIL_AT => $at, JK_FAIL_HOW => $how });
	my ($status, undef, $err, $files) = @got;
	my $is_killed = $how =~ /^(kill|half|after)$/;
	my $must_end = $how eq 'short' || $how eq EINTR + 0;

	return 'not killed' if $is_killed && $status != 9;
	if ($must_end || !$status) {
		return "$call was ignored" if !$status && !$must_end &&
			$counts{$call};
		return judge_end(@got, $out, $new);
	}
	if (!$is_killed) {
		return "signal $status" if $status & 127;
		return 'status ' . ($status >> 8) . ": $err"
			if $status != 256;
		return "a message that does not name the file: $err"
			unless names($err, $path, $tool);
	}
	my $left = $is_killed || $call =~ /^(unlink|rmdir)$/ ||
		$err =~ /the result is good/;
	my $wrong = judge_files($tool, $files, $old, $new, $left);
	return $wrong if $wrong ne '';
	@got = run(join(' ', $tool->{command}, $tool->{added} // ()), %start,
		again => 1);
	$wrong = judge_end(@got, $out, $new);
	return $wrong eq '' ? '' : "run again: $wrong";
}

for my $name (@names) {
	my $tool = $tools{$name};
	my ($old, %wrong, %n) = ({});
	$old = (run($tool->{before}))[3] if $tool->{before};
	my ($status, $out, $err, $new) = run($tool->{command},
		before => $tool->{before}, stdin => $tool->{stdin},
		env => { JK_FAIL_LOG => "$dir/log" });
	if ($status) {
		report("$name does not run", { $err => [0] });
		next;
	}
	my ($at, @all) = 0;
	for (split /\n/, slurp('log')) {
		my ($call, $path) = split ' ', $_, 2;
		$at++;
		push @all, [$at, $call, $path, $_] for @{$ways{$call}};
	}
	my $stride = $points && @all > $points ? @all / $points : 1;
	for (my $next = 0; $next < @all; $next += $stride) {
		my ($k, $call, $path, $how) = @{$all[int $next]};
		my $wrong = walk($tool, $k, $call, $path, $how, $old, $out,
			$new);
		$n{$how =~ /^\d/ ? 'failed' : $how eq 'short' ? 'cut short' :
			'killed'}++;
		$path =~ s{^\Q$dir\E/}{};
		push @{$wrong{$wrong}}, "$k $call $path $how" if $wrong ne '';
	}
	report("$name: of $at calls " . join(', ', map "$n{$_} $_",
		sort keys %n), \%wrong);
}
