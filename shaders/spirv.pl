# spirv.pl <WORDS >WORDS: SPIR-V, as glslc prints words for C, without what makes each
# access to shared memory wait for itself.  In the Vulkan memory model, which
# cooperative matrices need, glslang says of all of them that what others wrote is to
# be made visible and what they write available; RADV waits for each load then, one
# by one.  The barriers of wait.glsl do that for all.
use strict;
use warnings;

# where memory operands begin: OpLoad, OpStore, OpCooperativeMatrixLoadKHR and StoreKHR
my %at = (61 => 4, 62 => 3, 4457 => 6, 4458 => 5);
my ($ALIGNED, $AVAILABLE, $VISIBLE) = (0x2, 0x8, 0x10);

my @words = map { hex } do { local $/; <STDIN> } =~ /0x([0-9a-f]+)/gi;
my @out = splice @words, 0, 5;
while (@words) {
	my @i = splice @words, 0, $words[0] >> 16;
	my $op = $i[0] & 0xffff;
	if (my $at = $at{$op}) {
		my $mask = $i[$at] // 0;
		for ($AVAILABLE, $VISIBLE) {
			splice @i, $at + 1 + !!($mask & $ALIGNED), 1 if $mask & $_;
		}
		$i[$at] &= ~($AVAILABLE | $VISIBLE) if $mask;
		$i[0] = @i << 16 | $op;
	}
	push @out, @i;
}
my $text = '{' . join(',', map { sprintf '0x%x', $_ } @out) . "}\n";
$text =~ s/((?:[^,]*,){4})/$1\n/g;
print $text;
