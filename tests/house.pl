#!/usr/bin/perl
# house.pl CHECK: prints what is wrong with the structure of lib/, a line each.
#	arrows	includes against the arrows of HACKING.md
#	circles	files that include each other, a .c and its .h being one
#	tags	tags, and names in headers, that are defined twice
#	shaders	shaders, constants and operations without their counterparts
use strict;
use warnings;

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or die "$path: $!\n";
	local $/;
	my $text = <$f>;
	return $text;
}

sub without_comments {
	my ($text) = @_;
	$text =~ s{/\*.*?\*/}{my $c = $&; $c =~ s/[^\n]//g; $c}ges;
	return $text;
}

# wing => { wing => 1 } of all that it may include
sub arrows {
	my (%uses, %all);
	my ($map) = slurp('HACKING.md') =~ /^```\n(.*?)^```/ms
	    or die "HACKING.md has no map\n";
	for (split /\n/, $map) {
		m{^(\w+)/\s.*>\s*(.*)$} or die "HACKING.md: not an arrow: $_\n";
		$uses{$1} = [split ' ', $2];
	}
	for my $wing (keys %uses) {
		my @todo = ($wing);
		while (defined(my $w = pop @todo)) {
			next if $all{$wing}{$w}++;
			die "HACKING.md: no wing $w\n" unless $uses{$w};
			push @todo, @{$uses{$w}};
		}
	}
	return \%all;
}

my @files = sort glob 'lib/*/*.[ch]';
my %includes;	# of our own files: path => [line, path]
for my $f (@files) {
	my $n = 0;
	for (split /\n/, slurp($f)) {
		$n++;
		push @{$includes{$f}}, [$n, $1] if /^#\s*include "([^"]+)"/;
	}
}

sub check_arrows {
	my $all = arrows();
	for my $f (@files) {
		my ($from) = $f =~ m{^lib/(\w+)/};
		if (!$all->{$from}) {
			print "$f: its wing is not in HACKING.md\n";
			next;
		}
		for (@{$includes{$f} || []}) {
			my ($line, $to) = @$_;
			my ($wing) = $to =~ m{^(\w+)/};
			# the list of shaders, which the build makes, is op's
			$wing = 'op' if $wing eq 'shaders';
			print "$f:$line: $from/ may not include $to\n"
			    unless $all->{$from}{$wing};
		}
	}
}

my (%state, @path);
sub visit {
	my ($module, $next) = @_;
	return if ($state{$module} || '') eq 'done';
	if ($state{$module}) {
		my @circle = (@path, $module);
		shift @circle while $circle[0] ne $module;
		print join(' > ', @circle), "\n";
		return;
	}
	$state{$module} = 'open';
	push @path, $module;
	visit($_, $next) for sort keys %{$next->{$module}};
	pop @path;
	$state{$module} = 'done';
}

# The files of an operation, attention_pack.c of attention's, are one module.
my @ops = sort { length $b <=> length $a }
    slurp('lib/op/table.h') =~ /^\s*OP\((\w+),/mg;
sub module {
	my ($path) = @_;
	for (@ops) {
		return "op/$_" if $path =~ m{^op/$_(_|$)};
	}
	return $path;
}

sub check_circles {
	my %next;
	for my $f (@files) {
		my ($from) = $f =~ m{^lib/(.*)\.[ch]$};
		for (@{$includes{$f} || []}) {
			my ($to) = $_->[1] =~ m{^(.*)\.h$} or next;
			my ($a, $b) = (module($from), module($to));
			$next{$a}{$b} = 1 if $a ne $b;
		}
	}
	visit($_, \%next) for sort keys %next;
}

sub check_tags {
	my %at;
	for my $f (@files) {
		my $n = 0;
		my $code = without_comments(slurp($f));
		for (split /\n/, $code) {
			$n++;
			push @{$at{$1}}, "$f:$n" if
			    /^\s*(?:typedef\s+)?(?:struct|union|enum)\s+(jk_\w+)\s*\{/;
		}
		next unless $f =~ /\.h$/;
		my %here = map { $_ => 1 }
		    map("$_()", $code =~ /^(?:[^#\s].*[ *])?(jk_\w+)\(/mg),
		    map /(?:^|,)\s*(JK_[A-Z0-9_]+)/g,
		    $code =~ /\benum(?:\s+\w+)?\s*\{(.*?)\}/gs;
		push @{$at{$_}}, $f for keys %here;
	}
	for (sort keys %at) {
		print "$_: @{$at{$_}}\n" if @{$at{$_}} > 1;
	}
}

# Every shader is named by a rule, every constant by a rule and a shader, and
# every operation has its header, host version, shader and parity test.
sub check_shaders {
	my $rules = join '', map slurp($_), glob('lib/op/*.h'),
	    'lib/dev/vulkan_software.c', 'lib/dev/vulkan_dispatch.c';
	my %named = map { $_ => 1 } $rules =~ /JK_SHADER_(\w+)/g;
	my $glsl = '';
	for my $f (sort glob 'shaders/*.comp shaders/*.glsl ' .
	    'shaders/software/*') {
		my $text = slurp($f);
		$glsl .= $text;
		print "$f: no rule dispatches it\n" if
		    $f =~ m{(\w+)\.comp$} && !$named{$1};
		while ($text =~ /constant_id = (\S+)\) const uint (\w+)/g) {
			print "$f: $2 has the constant_id $1\n"
			    if $1 ne "JK_CONST_$2";
		}
		print "$f: local_size of a number of its own\n" if
		    $text =~ /local_size_x_id = (?!JK_CONST_)/;
	}
	for (keys %named) {
		print "a rule names the shader $_\n" unless
		    grep -e, "shaders/$_.comp", "shaders/software/$_.comp",
		    "shaders/spirv/$_.inc";
	}
	my $rule_text = $rules =~ s/^#define JK_CONST_.*//mgr;
	for (slurp('lib/op/constants.h') =~ /^#define (JK_CONST_\w+)/mg) {
		print "$_: no rule sets it\n" unless $rule_text =~ /\b$_\b/;
		print "$_: no shader has it\n" unless $glsl =~ /\b$_\b/;
	}
	my $tests = join '', map slurp($_), <tests/unit/vulkan_*.c>;
	for my $op (@ops) {
		for ("lib/op/$op.h", "lib/op/$op.c") {
			print "$op: no $_\n" unless -e;
		}
		print "$op: no shader\n" unless
		    () = glob "shaders/$op.comp shaders/${op}_*.comp";
		print "$op: no parity test\n" unless
		    $tests =~ /\b(?:jk|JK_OP)_$op\b/;
	}
}

my %checks = (arrows => \&check_arrows, circles => \&check_circles,
    tags => \&check_tags, shaders => \&check_shaders);
my $check = $checks{$ARGV[0] || ''} or die "usage: house.pl CHECK\n";
$check->();
