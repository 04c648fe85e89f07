// Decoding stored weights, eight neighbours of a row at a time.
//
// Layouts are GGUF's (blocks of 32 or 256 along a row).  Everything is read as
// aligned 32-bit words: blocks of 18, 22, 34 or 210 bytes straddle them.  The
// order of operations is that of the gguf package's reference, and `precise`
// keeps them apart, so that the values are equal to the bit.

// the weight_type of the call, or Q*_, so that other branches fall away
layout(constant_id = 0) const uint WEIGHT_TYPE = JK_F32;

// four bytes from any byte offset
uint bytes4(Weights w, uint at)
{
	uint i = at >> 2, shift = (at & 3) * 8;
	uint low = w.v[i];
	return shift == 0 ? low : low >> shift | w.v[i + 1] << (32 - shift);
}

uint byte1(Weights w, uint at)
{
	return w.v[at >> 2] >> (at & 3) * 8 & 0xff;
}

float half1(Weights w, uint at)
{
	return unpackHalf2x16(w.v[at >> 2] >> (at & 2) * 8 & 0xffff).x;
}

int signed_byte(uint word, uint i)
{
	return bitfieldExtract(int(word), int(8 * i), 8);
}

// 6-bit scale (x) and minimum (y) of sub-block j of a K-quant
uvec2 scale_min(Weights w, uint at, uint j)
{
	if (j < 4)
		return uvec2(byte1(w, at + j) & 63, byte1(w, at + j + 4) & 63);
	uint both = byte1(w, at + j + 4);
	return uvec2((both & 15) | byte1(w, at + j - 4) >> 6 << 4,
	    both >> 4 | byte1(w, at + j) >> 6 << 4);
}

// W[row, k … k+7] of a matrix with `width` columns; k is a multiple of 8.
// Only the plain types may have columns behind the last: they decode as 0.
void decode8(Weights w, uint row, uint width, uint k, out float v[8])
{
	uint words[2];
	precise float x;

	if (WEIGHT_TYPE == JK_F32) {
		uint at = row * width + k;
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = k + i < width ? uintBitsToFloat(w.v[at + i]) : 0;
		return;
	}
	if (WEIGHT_TYPE == JK_F16 || WEIGHT_TYPE == JK_BF16) {
		uint at = row * width + k;
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint bits = k + i < width ?
			    w.v[at + i >> 1] >> (at + i & 1) * 16 & 0xffff : 0;
			v[i] = WEIGHT_TYPE == JK_F16 ? unpackHalf2x16(bits).x :
			    uintBitsToFloat(bits << 16);
		}
		return;
	}
	if (WEIGHT_TYPE == JK_Q8_0) {
		uint at = (row * (width / 32) + k / 32) * 34;
		float d = half1(w, at);
		at += 2 + k % 32;
		words[0] = bytes4(w, at);
		words[1] = bytes4(w, at + 4);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = d * float(signed_byte(words[i / 4], i % 4));
		return;
	}
	if (WEIGHT_TYPE == JK_Q4_0 || WEIGHT_TYPE == JK_Q4_1 ||
	    WEIGHT_TYPE == JK_Q5_0 || WEIGHT_TYPE == JK_Q5_1) {
		bool has_min = WEIGHT_TYPE == JK_Q4_1 || WEIGHT_TYPE == JK_Q5_1;
		bool five = WEIGHT_TYPE == JK_Q5_0 || WEIGHT_TYPE == JK_Q5_1;
		uint size = 18 + (has_min ? 2 : 0) + (five ? 4 : 0);
		uint at = (row * (width / 32) + k / 32) * size;
		float d = half1(w, at);
		float m = has_min ? half1(w, at + 2) : 0;
		at += has_min ? 4 : 2;
		uint high = 0;
		if (five) {
			high = bytes4(w, at) >> k % 32;
			at += 4;
		}
		uint shift = k % 32 / 16 * 4;
		words[0] = bytes4(w, at + k % 16) >> shift;
		words[1] = bytes4(w, at + k % 16 + 4) >> shift;
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint q = words[i / 4] >> 8 * (i % 4) & 15;
			q |= (high >> i & 1) << 4;
			if (has_min) {
				x = d * float(q);
				x = x + m;
			} else {
				x = d * float(int(q) - (five ? 16 : 8));
			}
			v[i] = x;
		}
		return;
	}
	if (WEIGHT_TYPE == JK_Q4_K || WEIGHT_TYPE == JK_Q5_K) {
		bool five = WEIGHT_TYPE == JK_Q5_K;
		uint e = k % 256, j = e / 32;
		uint at = (row * (width / 256) + k / 256) * (five ? 176 : 144);
		uvec2 sm = scale_min(w, at + 4, j);
		precise float d = half1(w, at) * float(sm.x);
		precise float m = half1(w, at + 2) * float(sm.y);
		uint high[2] = uint[2](0, 0);
		at += 16;
		if (five) {
			high[0] = bytes4(w, at + e % 32) >> j;
			high[1] = bytes4(w, at + e % 32 + 4) >> j;
			at += 32;
		}
		at += e / 64 * 32 + e % 32;
		words[0] = bytes4(w, at) >> (j & 1) * 4;
		words[1] = bytes4(w, at + 4) >> (j & 1) * 4;
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint q = words[i / 4] >> 8 * (i % 4) & 15;
			q |= (high[i / 4] >> 8 * (i % 4) & 1) << 4;
			x = d * float(q);
			x = x - m;
			v[i] = x;
		}
		return;
	}
	// Q6_K
	uint e = k % 256, quarter = e % 128 / 32;
	uint at = (row * (width / 256) + k / 256) * 210;
	uint low = at + e / 128 * 64 + (quarter & 1) * 32 + e % 32;
	uint high = at + 128 + e / 128 * 32 + e % 32;
	uint scale = byte1(w, at + 192 + e / 128 * 8 + quarter * 2 +
	    e % 32 / 16);
	precise float d = half1(w, at + 208) * float(signed_byte(scale, 0));
	words[0] = bytes4(w, low) >> (quarter >> 1) * 4;
	words[1] = bytes4(w, low + 4) >> (quarter >> 1) * 4;
	uint tops[2] = uint[2](bytes4(w, high) >> 2 * quarter,
	    bytes4(w, high + 4) >> 2 * quarter);
	[[unroll]] for (uint i = 0; i < 8; i++) {
		uint q = (words[i / 4] >> 8 * (i % 4) & 15) |
		    (tops[i / 4] >> 8 * (i % 4) & 3) << 4;
		v[i] = d * float(int(q) - 32);
	}
}
