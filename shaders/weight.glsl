// Decoding stored weights, eight neighbours of a row at a time.
//
// Layouts are GGUF's (blocks of 32 to 256 along a row).  Everything is read as
// aligned 32-bit words: blocks of 17, 18, 34 or 210 bytes straddle them.  The
// order of operations is that of the gguf package's reference, and `precise`
// keeps them apart, so that the values are equal to the bit.

#include "quant/grids.h"

// the weight_type of the call, or Q*_, so that other branches fall away
layout(constant_id = JK_CONST_WEIGHT_TYPE) const uint WEIGHT_TYPE = JK_F32;

// 1: rows of F32, F16 or BF16 are whole eights and begin on 16 bytes
layout(constant_id = JK_CONST_WIDE_WEIGHT) const uint WIDE_WEIGHT = 0;

// its block: how many numbers, how many bytes
#define NUMBERS(id, number, block, bytes, gguf, scale, minimum) \
	WEIGHT_TYPE == id ? uint(block) :
#define BYTES(id, number, block, bytes, gguf, scale, minimum) \
	WEIGHT_TYPE == id ? uint(bytes) :
const uint BLOCK = JK_WEIGHT_TYPES(NUMBERS) 1u;
const uint BLOCK_BYTES = JK_WEIGHT_TYPES(BYTES) 0u;
#undef NUMBERS
#undef BYTES

// Loads are what decoding costs, on software devices above all, so none is
// conditional and none is made twice.  The word behind the last that is wanted
// may be read: memory has one to spare.

// blocks are whole words
const bool ALIGNED = WEIGHT_TYPE == JK_Q4_1 || WEIGHT_TYPE == JK_Q5_1 ||
    WEIGHT_TYPE == JK_Q4_K || WEIGHT_TYPE == JK_Q5_K ||
    WEIGHT_TYPE == JK_IQ1_M || WEIGHT_TYPE == JK_NVFP4;

// four bytes from an even byte offset
uint bytes4(Weights w, uint at)
{
	uint i = at >> 2, low = w.v[i];
	if (ALIGNED)
		return low;
	uint high = w.v[i + 1];
	return (at & 2) == 0 ? low : low >> 16 | high << 16;
}

// two bytes from an even byte offset
uint bytes2(Weights w, uint at)
{
	return w.v[at >> 2] >> (at & 2) * 8 & 0xffff;
}

// eight bytes from any byte offset
void any_bytes8(Weights w, uint at, out uint words[2])
{
	uint i = at >> 2, shift = (at & 3) * 8;
	uint low = w.v[i], middle = w.v[i + 1], high = w.v[i + 2];
	// a shift by 32 is none
	words = uint[2](low >> shift | middle << 1 << 31 - shift,
	    middle >> shift | high << 1 << 31 - shift);
}

void bytes8(Weights w, uint at, out uint words[2])
{
	uint i = at >> 2, low = w.v[i], middle = w.v[i + 1];
	words = uint[2](low, middle);
	if (ALIGNED)
		return;
	uint high = w.v[i + 2];
	if ((at & 2) != 0)
		words = uint[2](low >> 16 | middle << 16,
		    middle >> 16 | high << 16);
}

uint byte1(Weights w, uint at)
{
	return w.v[at >> 2] >> (at & 3) * 8 & 0xff;
}

float half1(Weights w, uint at)
{
	return unpackHalf2x16(bytes2(w, at)).x;
}

int signed_byte(uint word, uint i)
{
	return bitfieldExtract(int(word), int(8 * i), 8);
}

// 6-bit scale (x) and minimum (y) of sub-block j of a K-quant, from three words
uvec2 scale_min(Weights w, uint at, uint j)
{
	uint i = at >> 2, shift = j % 4 * 8;
	uint a = w.v[i] >> shift, b = w.v[i + 1] >> shift;
	uint both = w.v[i + 2] >> shift & 0xff;
	return j < 4 ? uvec2(a & 63, b & 63) :
	    uvec2((both & 15) | (a & 0xff) >> 6 << 4,
	    both >> 4 | (b & 0xff) >> 6 << 4);
}

// where the device has JK_GRIDS; arrays in a shader take minutes to compile on
// software devices
layout(constant_id = JK_CONST_GRIDS_LOW) const uint GRIDS_LOW = 0;
layout(constant_id = JK_CONST_GRIDS_HIGH) const uint GRIDS_HIGH = 0;

// group i of the grid that begins there
uint grid_group(uint grid, uint i)
{
	Weights grids = Weights(uvec2(GRIDS_LOW, GRIDS_HIGH));
	return grids.v[grid + (i >> 1)] >> (i & 1) * 16 & 0xffff;
}

// the eighth sign makes the number of minuses even
uint even_signs(uint packed, uint i)
{
	uint signs = packed >> 7 * i & 127;
	return signs | (bitCount(signs) & 1) << 7;
}

// Eight numbers of an IQ1_*, IQ2_* or IQ3_* block at the byte `at`, from its
// number e on.
void decode_grid(Weights w, uint at, uint e, out float v[8])
{
	uint j = e / 32, k = e / 8, group, signs = 0, low, high, scale, word;
	precise float d = half1(w, at);
	float zero = 0;

	if (WEIGHT_TYPE == JK_IQ1_S) {
		high = bytes2(w, at + 34 + 2 * j);
		scale = high >> 12 & 7;
		zero = (high & 0x8000) == 0 ? -0.875 : -1.125;
		group = grid_group(JK_IQ1_AT, byte1(w, at + 2 + k) |
		    (high >> 3 * (k % 4) & 7) << 8);
	} else if (WEIGHT_TYPE == JK_IQ1_M) {
		// four bits of the scale are in each of four words
		low = bytes4(w, at + 48) >> 12;
		high = bytes4(w, at + 52) >> 12;
		d = unpackHalf2x16((low & 15) | (low >> 12 & 0xf0) |
		    (high & 15) << 8 | (high >> 4 & 0xf000)).x;
		scale = bytes2(w, at + 48 + e / 64 * 2) >> e % 64 / 16 * 3 & 7;
		high = byte1(w, at + 32 + k / 2) >> k % 2 * 4;
		zero = (high & 8) == 0 ? -0.875 : -1.125;
		group = grid_group(JK_IQ1_AT, byte1(w, at + k) | (high & 7) << 8);
	} else if (WEIGHT_TYPE == JK_IQ2_XXS) {
		word = bytes4(w, at + 6 + 8 * j);
		scale = word >> 28;
		signs = even_signs(word, k % 4);
		group = grid_group(JK_IQ2_XXS_AT, byte1(w, at + 2 + 8 * j + k % 4));
	} else if (WEIGHT_TYPE == JK_IQ2_XS) {
		word = bytes2(w, at + 2 + 2 * k);
		scale = byte1(w, at + 66 + j) >> e % 32 / 16 * 4 & 15;
		signs = even_signs(word >> 9, 0);
		group = grid_group(JK_IQ2_XS_AT, word & 511);
	} else if (WEIGHT_TYPE == JK_IQ2_S) {
		scale = byte1(w, at + 74 + j) >> e % 32 / 16 * 4 & 15;
		signs = byte1(w, at + 34 + k);
		group = grid_group(JK_IQ2_S_AT, byte1(w, at + 2 + k) |
		    (byte1(w, at + 66 + j) >> k % 4 * 2 & 3) << 8);
	} else if (WEIGHT_TYPE == JK_IQ3_XXS) {
		word = bytes4(w, at + 66 + 4 * j);
		scale = word >> 28;
		signs = even_signs(word, k % 4);
		low = bytes2(w, at + 2 + 2 * k);
		group = grid_group(JK_IQ3_XXS_AT, low & 255) |
		    grid_group(JK_IQ3_XXS_AT, low >> 8) << 16;
	} else {
		scale = byte1(w, at + 106 + j / 2) >> j % 2 * 4 & 15;
		signs = byte1(w, at + 74 + k);
		high = byte1(w, at + 66 + j) >> k % 4 * 2;
		low = bytes2(w, at + 2 + 2 * k);
		group = grid_group(JK_IQ3_S_AT, (low & 255) | (high & 1) << 8) |
		    grid_group(JK_IQ3_S_AT, low >> 8 | (high & 2) << 7) << 16;
	}
	if (WEIGHT_TYPE == JK_IQ1_S || WEIGHT_TYPE == JK_IQ1_M) {
		d = d * float(2 * scale + 1);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = d * (float(group >> 2 * i & 3) + zero);
		return;
	}
	if (WEIGHT_TYPE == JK_IQ3_S) {
		d = d * float(2 * scale + 1);
	} else {
		d = d * (0.5 + float(scale));
		d = d * (WEIGHT_TYPE == JK_IQ3_XXS ? 0.5 : 0.25);
	}
	[[unroll]] for (uint i = 0; i < 8; i++) {
		uint q = group >> 4 * i & 15;
		if (WEIGHT_TYPE == JK_IQ3_XXS) {
			q = 4 + 8 * q + (q + 1 >> 3) * 2;
		} else if (WEIGHT_TYPE == JK_IQ3_S) {
			q = 1 + 2 * q;
		} else {
			q = group >> 2 * i & 3;
			q = 8 + 17 * q + (q >> 1);
		}
		v[i] = d * float((signs >> i & 1) == 0 ? int(q) : -int(q));
	}
}

// half of a number in UE4M3; 0x7f is not a number, and read as 0
float half_ue4m3(uint x)
{
	uint exponent = x >> 3 & 15, mantissa = x & 7;
	return x == 0x7f ? 0 : exponent == 0 ? float(mantissa) / 1024 :
	    uintBitsToFloat(exponent + 119 << 23 | mantissa << 20);
}

// E2M1 times 2^(e - 127), put together from bits: a product may flush denormal
// numbers to 0
float mxfp4(uint code, uint e)
{
	int exponent = int(e + (code >> 1 & 3)) - 1;
	// 1/2 alone is a denormal number of E2M1
	uint mantissa = 2 | ((code & 7) == 1 ? 0 : code & 1);
	uint bits = exponent > 0 ? min(exponent, 255) << 23 |
	    (exponent < 255 ? mantissa & 1 : 0) << 22 :
	    mantissa << 22 >> 1 - exponent;
	bits = (code & 7) == 0 ? 0 : bits | code >> 3 << 31;
	return uintBitsToFloat(bits);
}

// the byte where the block begins that holds W[row, k]
uint block_at(uint row, uint width, uint k)
{
	return (row * (width / BLOCK) + k / BLOCK) * BLOCK_BYTES;
}

// W[row, k … k+7] of a matrix with `width` columns; k is a multiple of 8.
// Only the plain types may have columns behind the last: they decode as 0.
// a number of F16 or BF16
float half_at(uint bits)
{
	return WEIGHT_TYPE == JK_F16 ? unpackHalf2x16(bits).x :
	    uintBitsToFloat(bits << 16);
}

void decode8(Weights w, uint row, uint width, uint k, out float v[8])
{
	uint words[2];
	precise float x;

	if (WIDE_WEIGHT != 0 && WEIGHT_TYPE == JK_F32) {
		uint at = (row * width + k) / 4;
		vec4 low = uintBitsToFloat(Weights4(uvec2(w)).v[at]);
		vec4 high = uintBitsToFloat(Weights4(uvec2(w)).v[at + 1]);
		v = float[8](low.x, low.y, low.z, low.w,
		    high.x, high.y, high.z, high.w);
		return;
	}
	if (WIDE_WEIGHT != 0 && (WEIGHT_TYPE == JK_F16 ||
	    WEIGHT_TYPE == JK_BF16)) {
		uvec4 pairs = Weights4(uvec2(w)).v[(row * width + k) / 8];
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = half_at(pairs[i / 2] >> i % 2 * 16 & 0xffff);
		return;
	}
	if (WEIGHT_TYPE == JK_F32) {
		uint at = row * width, last = width - 1;
		[[unroll]] for (uint i = 0; i < 8; i++) {
			x = uintBitsToFloat(w.v[at + min(k + i, last)]);
			v[i] = k + i < width ? x : 0;
		}
		return;
	}
	if (WEIGHT_TYPE == JK_F16 || WEIGHT_TYPE == JK_BF16) {
		uint at = row * width + k, last = row * width + width - 1 >> 1;
		uint pairs[5];
		[[unroll]] for (uint i = 0; i < 5; i++)
			pairs[i] = w.v[min((at >> 1) + i, last)];
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint bits = (at & 1) == 0 ?
			    pairs[i / 2] >> i % 2 * 16 & 0xffff :
			    pairs[(i + 1) / 2] >> (i + 1) % 2 * 16 & 0xffff;
			bits = k + i < width ? bits : 0;
			v[i] = half_at(bits);
		}
		return;
	}
	if (WEIGHT_TYPE == JK_Q8_0) {
		uint at = block_at(row, width, k);
		float d = half1(w, at);
		bytes8(w, at + 2 + k % 32, words);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = d * float(signed_byte(words[i / 4], i % 4));
		return;
	}
	if (WEIGHT_TYPE == JK_Q4_0 || WEIGHT_TYPE == JK_Q4_1 ||
	    WEIGHT_TYPE == JK_Q5_0 || WEIGHT_TYPE == JK_Q5_1) {
		bool has_min = WEIGHT_TYPE == JK_Q4_1 || WEIGHT_TYPE == JK_Q5_1;
		bool five = WEIGHT_TYPE == JK_Q5_0 || WEIGHT_TYPE == JK_Q5_1;
		uint at = block_at(row, width, k);
		vec2 dm = has_min ? unpackHalf2x16(w.v[at >> 2]) :
		    vec2(half1(w, at), 0);
		at += has_min ? 4 : 2;
		uint high = 0;
		if (five) {
			high = bytes4(w, at) >> k % 32;
			at += 4;
		}
		uint shift = k % 32 / 16 * 4;
		bytes8(w, at + k % 16, words);
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint q = words[i / 4] >> shift + 8 * (i % 4) & 15;
			q |= (high >> i & 1) << 4;
			if (has_min) {
				x = dm.x * float(q);
				x = x + dm.y;
			} else {
				x = dm.x * float(int(q) - (five ? 16 : 8));
			}
			v[i] = x;
		}
		return;
	}
	if (WEIGHT_TYPE == JK_Q4_K || WEIGHT_TYPE == JK_Q5_K) {
		bool five = WEIGHT_TYPE == JK_Q5_K;
		uint e = k % 256, j = e / 32;
		uint at = block_at(row, width, k);
		uvec2 sm = scale_min(w, at + 4, j);
		precise vec2 dm = unpackHalf2x16(w.v[at >> 2]) * vec2(sm);
		uint high[2] = uint[2](0, 0);
		at += 16;
		if (five) {
			bytes8(w, at + e % 32, high);
			at += 32;
		}
		bytes8(w, at + e / 64 * 32 + e % 32, words);
		uint shift = (j & 1) * 4;
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint q = words[i / 4] >> shift + 8 * (i % 4) & 15;
			q |= (high[i / 4] >> j + 8 * (i % 4) & 1) << 4;
			x = dm.x * float(q);
			x = x - dm.y;
			v[i] = x;
		}
		return;
	}
	if (WEIGHT_TYPE == JK_Q6_K) {
		uint e = k % 256, quarter = e % 128 / 32;
		uint at = block_at(row, width, k);
		uint low = at + e / 128 * 64 + (quarter & 1) * 32 + e % 32;
		uint high = at + 128 + e / 128 * 32 + e % 32;
		uint scale = byte1(w, at + 192 + e / 128 * 8 + quarter * 2 +
		    e % 32 / 16);
		precise float d = half1(w, at + 208) *
		    float(signed_byte(scale, 0));
		uint tops[2], shift = (quarter >> 1) * 4;
		bytes8(w, low, words);
		bytes8(w, high, tops);
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint q = (words[i / 4] >> shift + 8 * (i % 4) & 15) |
			    (tops[i / 4] >> 2 * quarter + 8 * (i % 4) & 3) << 4;
			v[i] = d * float(int(q) - 32);
		}
		return;
	}
	if (WEIGHT_TYPE == JK_Q2_K || WEIGHT_TYPE == JK_Q3_K ||
	    WEIGHT_TYPE == JK_TQ2_0) {
		uint e = k % 256, j = e / 16, shift = e % 128 / 32 * 2;
		uint at = block_at(row, width, k);
		uint low = e / 128 * 32 + e % 32, high[2] = uint[2](0, 0);
		precise float d, m = 0;
		int zero = 0;
		if (WEIGHT_TYPE == JK_Q2_K) {
			uint scale = byte1(w, at + j);
			d = half1(w, at + 80) * float(scale & 15);
			m = half1(w, at + 82) * float(scale >> 4);
			bytes8(w, at + 16 + low, words);
		} else if (WEIGHT_TYPE == JK_Q3_K) {
			uint scale = (byte1(w, at + 96 + j % 8) >>
			    j / 8 * 4 & 15) | (byte1(w, at + 104 + j % 4) >>
			    j / 4 * 2 & 3) << 4;
			d = half1(w, at + 108) * float(int(scale) - 32);
			bytes8(w, at + e % 32, high);
			bytes8(w, at + 32 + low, words);
			zero = 4;
		} else {
			d = half1(w, at + 64);
			bytes8(w, at + low, words);
			zero = 1;
		}
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint q = words[i / 4] >> shift + 8 * (i % 4) & 3;
			q |= (high[i / 4] >> e / 32 + 8 * (i % 4) & 1) << 2;
			x = d * float(int(q) - zero);
			if (WEIGHT_TYPE == JK_Q2_K)
				x = x - m;
			v[i] = x;
		}
		return;
	}
	if (WEIGHT_TYPE == JK_IQ4_NL || WEIGHT_TYPE == JK_IQ4_XS) {
		const int values[16] = int[16](JK_IQ4_VALUES);
		uint at = block_at(row, width, k), shift = k % 32 / 16 * 4;
		precise float d = half1(w, at);
		if (WEIGHT_TYPE == JK_IQ4_NL) {
			at += 2;
		} else {
			uint j = k % 256 / 32;
			uint scale = (byte1(w, at + 4 + j / 2) >>
			    j % 2 * 4 & 15) | (bytes4(w, at + 2) >>
			    2 * j & 3) << 4;
			d = d * float(int(scale) - 32);
			at += 8 + 16 * j;
		}
		bytes8(w, at + k % 16, words);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = d * float(values[words[i / 4] >>
			    shift + 8 * (i % 4) & 15]);
		return;
	}
	if (WEIGHT_TYPE == JK_TQ1_0) {
		const uint powers[5] = uint[5](1, 3, 9, 27, 81);
		uint e = k % 256, at = block_at(row, width, k);
		precise float d = half1(w, at + 52);
		// digits of 32, 16 and 4 bytes follow one another
		bytes8(w, e < 160 ? at + e % 32 : e < 240 ? at + 32 +
		    (e - 160) % 16 : at + 48, words);
		uint digit = e < 160 ? e / 32 : (e - 160) / 16;
		[[unroll]] for (uint i = 0; i < 8; i++) {
			uint b = e < 240 ? words[i / 4] >> 8 * (i % 4) :
			    words[0] >> 8 * (i % 4);
			uint n = e < 240 ? digit : (e - 240) / 4 + i / 4;
			b = (b & 255) * powers[n] & 255;
			v[i] = d * float(int(b * 3 >> 8) - 1);
		}
		return;
	}
	if (WEIGHT_TYPE == JK_MXFP4) {
		uint at = block_at(row, width, k);
		uint e = byte1(w, at), shift = k % 32 / 16 * 4;
		any_bytes8(w, at + 1 + k % 16, words);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = mxfp4(words[i / 4] >> shift + 8 * (i % 4) & 15,
			    e);
		return;
	}
	if (WEIGHT_TYPE == JK_NVFP4) {
		const int values[16] = int[16](JK_FP4_VALUES);
		uint at = block_at(row, width, k), j = k % 64 / 16;
		precise float d = half_ue4m3(byte1(w, at + j));
		bytes8(w, at + 4 + 8 * j, words);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = d * float(values[words[i / 4] >>
			    k % 16 / 8 * 4 + 8 * (i % 4) & 15]);
		return;
	}
	if (WEIGHT_TYPE == JK_Q1_0) {
		uint at = block_at(row, width, k);
		float d = half1(w, at);
		uint bits = byte1(w, at + 2 + k % 128 / 8);
		[[unroll]] for (uint i = 0; i < 8; i++)
			v[i] = (bits >> i & 1) != 0 ? d : -d;
		return;
	}
	if (JK_HAS_GRID(WEIGHT_TYPE)) {
		decode_grid(w, block_at(row, width, k), k % 256, v);
		return;
	}
	// no type of weights
	[[unroll]] for (uint i = 0; i < 8; i++)
		v[i] = 0;
}
